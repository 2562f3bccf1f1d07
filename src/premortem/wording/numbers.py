"""Numbers for people: no more digits than their interval supports, thousands separated, units they know."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from premortem.analysis.compare import Interval, OutcomeComparison
from premortem.wording.quantities import number

MINUS = "\N{MINUS SIGN}"
WHOLE = frozenset({
    "person", "death", "organisation", "split", "leader", "attack", "incident", "complaint", "ruling", "weapon", "firearm", "firearm/year",
    "day", "week",
})  # fmt: skip
DIGITS = 4  # at most, however narrow the interval
TENTH = 0.1  # of itself: the most by which rounding moves a number
HUNDREDTH = 0.01  # of what matters
NONE = 1e-3  # of the largest number of an interval: what is less is shown as none


@dataclasses.dataclass(frozen=True)
class Scale:
    """How the numbers of one outcome are shown: divided by ``divisor``, in ``unit``; ``whole`` numbers where parts make no sense."""

    unit: str
    divisor: float = 1.0
    whole: bool = False

    def interval(self, values: Interval, *, signed: bool = False) -> tuple[str, str]:
        """Return the median and the range as text, rounded to a hundredth or more of the width of the range.

        No number is moved by more than a tenth of itself: a few deaths in a wide range are neither none nor ten. One that is less than a
        thousandth of the largest of the three is none.

        >>> Scale("person").interval(Interval(12345.6, 8049.0, 19111.0))
        ('12,000', '8,000 to 19,000')
        >>> Scale("index").interval(Interval(0.41253, 0.39, 0.44), signed=True)
        ('+0.413', '+0.390 to +0.440')
        """
        median = self._near(_seen(values.median, values) / self.divisor, self._supported(values), signed)
        return median, self.range(values, signed=signed)

    def range(self, values: Interval, *, signed: bool = False, least: float = 0.0) -> str:
        """Return the range alone; an end that is smaller than ``least`` is none."""
        decimals = self._supported(values)
        ends = (_seen(end, values, least) / self.divisor for end in (values.low, values.high))
        return " to ".join(self._near(end, decimals, signed) for end in ends)

    def row(self, line: OutcomeComparison) -> tuple[str, str, str]:
        """Return the averages of the baseline, the plan and the difference as text.

        What is shown adds up: the difference is that of the levels as they are shown, as long as this moves it by less than a tenth. One
        that is less than a hundredth of what matters (`least`) is none.
        Averages of people may have parts: half a death is one death in every second future.
        """
        before, after = line.expected.baseline / self.divisor, line.expected.plan / self.divisor
        if abs(line.expected.difference) < least(line):
            after = before
        change = after - before
        decimals = max(map(self._supported, (line.baseline, line.plan)))
        if change:
            decimals = max(decimals, _leading(change))
        size = max(abs(before), abs(after))
        most = DIGITS - 1 + _leading(size) if size else decimals
        decimals = min(decimals, most)
        while decimals < most and not _adds_up(before, after, decimals):
            decimals += 1
        levels = [_text(x, decimals, signed=False) if x else "0" for x in (before, after)]
        if _adds_up(before, after, decimals):
            step = round(after, decimals) - round(before, decimals)
            return levels[0], levels[1], _text(step, decimals, signed=True)
        return levels[0], levels[1], self._near(change, decimals, signed=True, parts=True)

    def exact(self, value: float, *, signed: bool = False) -> str:
        """Return a number that has no range, such as a share of futures, without decimals."""
        return _text(value / self.divisor, 0, signed)

    def _near(self, value: float, decimals: int, signed: bool, *, parts: bool = False) -> str:
        """Return a number at some decimals, or at as many more as it takes not to move it by more than a tenth of itself."""
        most = decimals if not value else max(decimals, 1 - math.floor(math.log10(abs(value))))
        if self.whole and not parts:
            most = min(most, max(decimals, 0))
        while decimals < most and abs(round(value, decimals) - value) > TENTH * abs(value):
            decimals += 1
        return _text(value, decimals, signed)

    def _supported(self, values: Interval) -> int:
        low, median, high = (x / self.divisor for x in (values.low, values.median, values.high))
        return self._decimals(high - low, max(abs(low), abs(high), abs(median)))

    def _decimals(self, width: float, size: float) -> int:
        """Return how many decimals (negative: zeros before the point) the width of an interval supports."""
        if not size or not math.isfinite(width):
            return 0
        most = DIGITS - 1 - math.floor(math.log10(size))
        wanted = 1 - math.floor(math.log10(width)) if width > 0 else most
        decimals = min(wanted, most)
        return min(decimals, 0) if self.whole else decimals


def scale(unit: str, intervals: Iterable[Interval]) -> Scale:
    """Return how to show numbers of a unit: shares in per cent, large sums of money in millions or billions."""
    largest = max((abs(x) for i in intervals for x in (i.median, i.low, i.high)), default=0.0)
    if unit == "share":
        return Scale("%", 0.01)
    if unit == "yes_no":
        return Scale("yes-no", 0.01)
    if unit.startswith("USD") and not unit.startswith("USD/g"):
        for divisor, word in ((1e9, "billion"), (1e6, "million")):
            if largest >= divisor:
                return Scale(f"{word} {unit}", divisor)
    return Scale(unit.replace("_", "-"), whole=unit in WHOLE)


def signed(value: float, digits: int) -> str:
    """Return a number that has no range, by so many digits, with its sign.

    >>> signed(12345.6, 3), signed(-0.5, 3), signed(0.0, 3)
    ('+12,300', '−0.5', '0')
    """
    return f"{MINUS if value < 0 else '+' * (value > 0)}{number(abs(value), digits)}"


def per_cent(share: float) -> str:
    """Return a share of futures as text; only all is 100 %, only none is 0 %.

    >>> per_cent(0.996), per_cent(1.0), per_cent(0.001), per_cent(0.384)
    ('>99 %', '100 %', '<1 %', '38 %')
    """
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{share * 100:.0f} %"


def least(line: OutcomeComparison) -> float:
    """Return the smallest difference that is shown of an outcome: a hundredth of what matters."""
    return HUNDREDTH * line.matters


def _seen(value: float, among: Interval, smallest: float = 0.0) -> float:
    """Return a number of an interval, none where it is nothing beside the others, or smaller than the smallest that is shown."""
    return value if abs(value) >= max(smallest, NONE * max(map(abs, (among.low, among.median, among.high)))) else 0.0


def _adds_up(before: float, after: float, decimals: int) -> bool:
    """Return whether rounding both moves their difference by no more than a tenth of it."""
    shown = round(after, decimals) - round(before, decimals)
    return abs(shown - (after - before)) <= TENTH * abs(after - before)


def _leading(value: float) -> int:
    """Return the decimals of the first digit of a number that is not zero; negative: zeros before the point."""
    return -math.floor(math.log10(abs(value)))


def _text(value: float, decimals: int, signed: bool) -> str:
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text
