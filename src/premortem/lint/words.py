"""Numbers and lists in the words of messages."""

from __future__ import annotations

from collections.abc import Iterable

from premortem.theatre.glossary import Estimate

WORDS = (("billion", 1e9), ("million", 1e6))
WHOLE_FROM = 100
"""Numbers of this size and more are shown without decimals."""


def count(number: float) -> str:
    """Return a number for reading: every number in a message is written so, but for shares in percent.

    >>> count(7479154), count(149583.1), count(206), count(41.0), count(0.1667)
    ('7.48 million', '149,583', '206', '41', '0.167')
    """
    for word, size in WORDS:
        if abs(number) >= size:
            return f"{number / size:.3g} {word}"
    return f"{number:,.0f}" if abs(number) >= WHOLE_FROM else f"{number:.3g}"


def money(musd: float) -> str:
    """Return an amount in million USD for reading.

    >>> money(2684.3), money(0.15)
    ('2.68 billion USD', '150,000 USD')
    """
    return f"{count(musd * 1e6)} USD"


def about(number: float) -> str:
    """Return a computed number to two significant digits.

    >>> about(149583.1)
    '150,000'
    """
    return count(float(f"{number:.2g}"))


def estimate(value: Estimate) -> str:
    """Return an estimate with its range.

    >>> estimate(Estimate(5.26e6, 4.42e6, 7.3e6))
    '5.26 million (4.42 to 7.3 million)'
    """
    low, high = count(value.low), count(value.high)
    if low == high:
        return count(value.value)
    shared = " million"
    return f"{count(value.value)} ({low.removesuffix(shared) if high.endswith(shared) else low} to {high})"


def listed(items: Iterable[str]) -> str:
    """Return items in a row; nothing for none.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = tuple(items) or ("",)
    return f"{', '.join(first)} and {last}" if first else last
