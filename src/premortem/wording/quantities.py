"""Numbers of the evidence as a reader says them: 34 %, 12 deaths per thousand person-years."""

from __future__ import annotations

import math
import re

SIGNIFICANT = 4
SHARES = {"share": 100.0, "probability": 100.0, "percent": 1.0}
BARE = frozenset(
    {"count", "ratio", "index", "elasticity", "exponent", "log", "sign", "rank"}
)  # the statement says of what
MANY = {"person": "people", "laboratory": "laboratories", "percentage_point": "percentage points", "foot": "feet"}
MULTIPLIERS = frozenset({"hundred", "thousand", "100,000", "million", "billion"})
UNCOUNTED = frozenset({"usd", "mxn", "kg", "lb", "km", "mg", "g", "wounded", *SHARES, *BARE})


def number(value: float, digits: int | None = None) -> str:
    """Return a number for reading, thousands apart: whole from a thousand on, below it with at most four digits.

    Parameters
    ----------
    digits : to how many it is rounded before, where it is known no better.

    >>> number(253000.0), number(0.0303), number(12027.3), number(0.0), number(12027.3, 3)
    ('253,000', '0.0303', '12,027', '0', '12,000')
    """
    if not math.isfinite(value):
        return str(value)
    value = value if digits is None else float(f"{value:.{digits}g}")
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.{SIGNIFICANT}g}"


def amount(value: float, unit: str) -> str:
    """Return a number with its unit, an expression of the registry.

    >>> amount(0.34, "share"), amount(12.0, "death/(thousand person year)"), amount(3.0, "count")
    ('34 %', '12 deaths per thousand person-years', '3')
    """
    return f"{number(value * SHARES.get(unit, 1.0))} {measured(unit)}".rstrip()


def measured(unit: str) -> str:
    """Return a unit in words, nothing for a number that stands alone.

    >>> measured("share/week"), measured("1/(member week)"), measured("million USD/year"), measured("person")
    ('share per week', 'per member-week', 'million USD per year', 'people')
    """
    if unit in SHARES:
        return "%"
    if unit in BARE or not unit:
        return ""
    above, *below = re.sub(r"[()]", "", unit).split("/")
    first = "" if above == "1" else _words(above, many=True)
    return " per ".join([first, *(_words(part, many=False) for part in below)]).strip()


def _words(unit: str, *, many: bool) -> str:
    """Return the words of a product: multipliers stand apart and make a plural, factors are joined (thousand person-years)."""
    parts = unit.replace("hundred_thousand", "100,000").split()
    multipliers = [part for part in parts if part in MULTIPLIERS]
    *others, last = (part for part in parts if part not in MULTIPLIERS)
    square, last = "square " * last.endswith("**2"), last.removesuffix("**2")
    square, last = ("square root of " if last.endswith("**0.5") else square), last.removesuffix("**0.5")
    name = last.replace("_", " ")
    if (many or multipliers) and last.casefold() not in UNCOUNTED:
        name = MANY.get(last, f"{name}s")
    return " ".join(
        [*multipliers, square + "-".join([*(other.replace("**2", "\N{SUPERSCRIPT TWO}") for other in others), name])]
    )
