"""Numbers for people: no more digits than their interval supports, thousands separated, units they know."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from premortem.analysis.compare import Interval

MINUS = "\N{MINUS SIGN}"
WHOLE = frozenset({
    "person", "death", "organisation", "split", "leader", "attack", "incident", "complaint", "ruling", "weapon", "firearm", "firearm/year",
    "day", "week",
})  # fmt: skip
DIGITS = 4  # at most, however narrow the interval


@dataclasses.dataclass(frozen=True)
class Scale:
    """How the numbers of one outcome are shown: divided by ``divisor``, in ``unit``; ``whole`` numbers where parts make no sense."""

    unit: str
    divisor: float = 1.0
    whole: bool = False

    def interval(self, values: Interval, *, signed: bool = False) -> tuple[str, str]:
        """Return the median and the range as text, rounded to a hundredth or more of the width of the range.

        A median that this would make zero keeps its first digit: a few deaths in a wide range are not none.

        >>> Scale("person").interval(Interval(12345.6, 8049.0, 19111.0))
        ('12,000', '8,000 to 19,000')
        >>> Scale("index").interval(Interval(0.41253, 0.39, 0.44), signed=True)
        ('+0.413', '+0.390 to +0.440')
        """
        median, low, high = (x / self.divisor for x in (values.median, values.low, values.high))
        decimals = self._decimals(high - low, max(abs(low), abs(high), abs(median)))
        finer = decimals
        if median and round(median, decimals) == 0:
            finer = -math.floor(math.log10(abs(median)))
            finer = min(finer, 0) if self.whole else finer
        return _text(median, finer, signed), f"{_text(low, decimals, signed)} to {_text(high, decimals, signed)}"

    def exact(self, value: float, *, signed: bool = False) -> str:
        """Return a number that has no range, such as a share of futures, without decimals."""
        return _text(value / self.divisor, 0, signed)

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


def _text(value: float, decimals: int, signed: bool) -> str:
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text
