"""Three-valued logic over open fields: true, open, false; and numbers of which only bounds are known.

A condition on a field that the plan leaves open is open, and remembers the field. ``and`` is the lesser, ``or`` the
greater, ``not`` turns true into false and leaves open open (Kleene's strong logic).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Never

Level = Literal[0, 1, 2]


@dataclass(frozen=True)
class Truth:
    """A truth value; an open one names the fields on which it depends.

    >>> (TRUE & opened("consent.mexico")).depends
    frozenset({'consent.mexico'})
    >>> (FALSE & opened("consent.mexico")) == FALSE
    True
    """

    level: Level
    depends: frozenset[str] = frozenset()

    def __and__(self, other: Truth | bool) -> Truth:
        return _join(self, known(other), 0)

    def __or__(self, other: Truth | bool) -> Truth:
        return _join(self, known(other), 2)

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> Truth:
        return self if self.is_open else (TRUE if self.level == 0 else FALSE)

    def __bool__(self) -> Never:
        raise TypeError("a three-valued truth is neither true nor false: ask is_true, is_open or possible")

    @property
    def is_true(self) -> bool:
        """Whether it holds whatever the open fields turn out to be."""
        return self.level == 2

    @property
    def is_open(self) -> bool:
        """Whether it holds for some values of the open fields."""
        return self.level == 1

    @property
    def possible(self) -> bool:
        """Whether it holds for some values at least."""
        return self.level > 0


TRUE, FALSE = Truth(2), Truth(0)


def opened(*paths: str) -> Truth:
    """Return the truth that depends on open fields."""
    return Truth(1, frozenset(paths))


def known(value: Truth | bool) -> Truth:
    """Return a truth for a plain truth value."""
    return value if isinstance(value, Truth) else TRUE if value else FALSE


def any_of(values: Iterable[Truth | bool]) -> Truth:
    """Return whether at least one holds; false for none."""
    result = FALSE
    for value in values:
        result = result | value
    return result


def all_of(values: Iterable[Truth | bool]) -> Truth:
    """Return whether all hold; true for none."""
    result = TRUE
    for value in values:
        result = result & value
    return result


def _join(left: Truth, right: Truth, decided: Literal[0, 2]) -> Truth:
    if decided in {left.level, right.level}:
        return TRUE if decided else FALSE
    if left.is_open or right.is_open:
        return Truth(1, left.depends | right.depends)
    return FALSE if decided else TRUE


@dataclass(frozen=True)
class Span:
    """A number known to lie from ``low`` to ``high``; ``depends`` names the open fields that leave it so wide.

    >>> Span(4, 8, frozenset({"duration_weeks"})).over(5).is_open
    True
    """

    low: float
    high: float
    depends: frozenset[str] = frozenset()

    @classmethod
    def of(cls, value: float) -> Span:
        """Return the span of a number that is known."""
        return cls(value, value)

    @classmethod
    def unknown(cls, path: str, low: float = 0, high: float = math.inf) -> Span:
        """Return the span of a field left open."""
        return cls(low, high, frozenset({path}))

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.low == self.high

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high, self.depends | other.depends)

    def times(self, low: float, high: float | None = None) -> Span:
        """Return the product with a number from ``low`` to ``high``, none of them negative."""
        high = low if high is None else high
        return Span(self.low * low, 0 if high == 0 else self.high * high, self.depends)

    def capped(self, limit: float) -> Span:
        """Return the lesser of the number and ``limit``."""
        span = Span(min(self.low, limit), min(self.high, limit), self.depends)
        return Span.of(span.low) if span.exact else span

    def over(self, limit: float) -> Truth:
        """Return whether the number is greater than ``limit``."""
        return self._decide(self.low > limit, self.high > limit)

    def at_least(self, limit: float) -> Truth:
        """Return whether the number is ``limit`` or more."""
        return self._decide(self.low >= limit, self.high >= limit)

    def under(self, limit: float) -> Truth:
        """Return whether the number is less than ``limit``."""
        return ~self.at_least(limit)

    def _decide(self, surely: bool, possibly: bool) -> Truth:
        return TRUE if surely else Truth(1, self.depends) if possibly else FALSE
