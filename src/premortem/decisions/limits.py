"""Limits on what was drawn, in words and in the language of conditions: what trees and boxes are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.drawn import CHOICE
from premortem.analysis.inputs import unit_of
from premortem.decisions.saying import meaning, within
from premortem.plan.language.expression import TOKEN_OF_RESULTS
from premortem.study.chunks import OPEN
from premortem.wording.inputs import field_words
from premortem.wording.languages import messages
from premortem.wording.quantities import number
from premortem.wording.sentences import counted

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """An input above or below a value; of a field that takes words, whether the future took one (``open.PATH=word``)."""

    input: str
    above: bool
    value: float

    @property
    def choice(self) -> bool:
        """Whether it is about a word of a field."""
        return CHOICE in self.input

    def holds(self, values: Floats) -> NDArray[np.bool_]:
        """Return where it holds, for values of its input."""
        return np.asarray(values > self.value if self.above else values <= self.value)

    @property
    def where(self) -> str:
        """The limit in the language of conditions.

        >>> Limit("rivalry.k_d", True, 0.3).where, Limit("open.consent.mexico=none", False, 0.5).where
        ('rivalry.k_d > 0.3', 'not consent.mexico = none')
        """
        name, _, word = self.input.removeprefix(OPEN).partition(CHOICE)
        if self.choice:
            plain = TOKEN_OF_RESULTS.fullmatch(word)
            shown = word if plain and plain["name"] else f'"{word}"'
            return f"{'' if self.above else 'not '}{name} {CHOICE} {shown}"
        if self.flag:
            return f"{name} {CHOICE} {'true' if self.above else 'false'}"
        sign, size = (">" if self.above else "<="), f"{abs(self.value):.17g}"
        return f"{name} {sign} {'-' if self.value < 0 else ''}{_shortest(size)}"

    @property
    def flag(self) -> bool:
        """Whether it is about a field that is true or false."""
        return self.input.startswith(OPEN) and not self.choice and self.value == 0.5

    @property
    def name(self) -> str:
        """Its input as a reader says it."""
        path = self.input.removeprefix(OPEN).partition(CHOICE)[0]
        if self.input.startswith(OPEN):
            return within(field_words(path, messages("en")))
        said = within(meaning(self.input))
        return said if said == path else f"{said} ({path})"

    def amount(self, value: float) -> str:
        """Return a value of its input with the unit, where that is something counted: weeks, people; not a share or a ratio."""
        unit, shown, t = unit_of(self.input), number(value), messages("en")
        return counted(shown, unit, t) if f"unit.{unit}.other" in t.texts else shown

    @property
    def words(self) -> str:
        """The limit as a reader says it."""
        if self.choice or self.flag:
            word = self.input.partition(CHOICE)[2].replace("_", " ") if self.choice else "true"
            return f"{self.name} is {'' if self.above else 'not '}{word}"
        return f"{self.name} is {'above' if self.above else 'at most'} {self.amount(self.value)}"


LEAST_SHARE = 0.05  # of futures in a leaf or a box
LEAST = 10  # futures in a leaf or a box
CHANCE = 0.05  # that one stands out among many by luck alone


@dataclass(frozen=True)
class Part:
    """Some of the futures: those between limits, ``inside`` [future]. A leaf of a tree, or a box on the path of peeling."""

    limits: tuple[Limit, ...]
    inside: NDArray[np.bool_]


def least_inside(futures: int) -> int:
    """Return how many of so many futures a leaf or a box must hold."""
    return max(LEAST, math.ceil(LEAST_SHARE * futures))


def where(limits: Iterable[Limit]) -> str:
    """Return all limits as one condition, empty where there is none."""
    return " and ".join(limit.where for limit in limits)


def words(limits: Sequence[Limit]) -> str:
    """Return all limits as one clause; two of one input as its range."""
    if not limits:
        return "in all futures"
    said: dict[str, str] = {}
    for limit in limits:
        pair = [one for one in limits if one.input == limit.input and not one.choice and not one.flag]
        if len(pair) == 2:
            low, high = sorted(one.value for one in pair)
            said[limit.input] = f"{limit.name} is between {number(low)} and {limit.amount(high)}"
        else:
            said.setdefault(limit.input, limit.words)
    return " and ".join(said.values())


def holding(limits: Iterable[Limit], inputs: Mapping[str, Floats], futures: int) -> NDArray[np.bool_]:
    """Return in which futures all limits hold."""
    found = np.ones(futures, np.bool_)
    for limit in limits:
        found &= limit.holds(inputs[limit.input])
    return found


def tightest(limits: Iterable[Limit]) -> tuple[Limit, ...]:
    """Return limits without those that another one of the same input and side implies, in order of first mention."""
    found: dict[tuple[str, bool], Limit] = {}
    for limit in limits:
        key = (limit.input, limit.above)
        old = found.get(key)
        tighter = old is None or (limit.value > old.value if limit.above else limit.value < old.value)
        found[key] = limit if tighter else found[key]
    return tuple(found.values())


def between(low: float, high: float) -> float:
    """Return the number with the fewest digits, three at least, from ``low`` on and below ``high``.

    >>> between(0.123456, 0.129), between(1.0, 2.0), between(0.0, 1.0)
    (0.126, 1.5, 0.5)
    """
    middle = (low + high) / 2
    for digits in range(3, 17):
        value = float(f"{middle:.{digits}g}")
        if low <= value < high:
            return value
    return low if math.isclose(low, high) or not low <= middle < high else middle


def _shortest(text: str) -> str:
    return repr(float(text)).removesuffix(".0")
