"""Numbers and lists in the words of messages."""

from __future__ import annotations

from collections.abc import Iterable

from premortem.theatre.glossary import Estimate


def count(number: float) -> str:
    """Return a number of people, vehicles or guns for reading.

    >>> count(7479154), count(149583.1), count(41)
    ('7.48 million', '149,583', '41')
    """
    return f"{number / 1e6:.2f} million" if abs(number) >= 1e6 else f"{number:,.0f}"


def about(number: float) -> str:
    """Return a computed number to two significant digits.

    >>> about(149583.1)
    '150,000'
    """
    return count(float(f"{number:.2g}"))


def estimate(value: Estimate) -> str:
    """Return an estimate with its range.

    >>> estimate(Estimate(5.26e6, 4.42e6, 7.3e6))
    '5.26 million (4.42 to 7.30 million)'
    """
    low, high = count(value.low), count(value.high)
    if low == high:
        return count(value.value)
    shared = " million"
    return f"{count(value.value)} ({low.removesuffix(shared) if high.endswith(shared) else low} to {high})"


def listed(items: Iterable[str]) -> str:
    """Return items in a row.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
