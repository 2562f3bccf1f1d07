"""Numbers of a decision in words: with their unit, their interval, and no more digits than it supports."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.analysis import chance
from premortem.analysis.compare import Interval
from premortem.evidence.outcomes import OutcomeInfo
from premortem.wording.inputs import input_words
from premortem.wording.languages import messages
from premortem.wording.numbers import per_cent, scale, signed
from premortem.wording.quantities import number
from premortem.wording.sentences import counted

Floats = NDArray[np.float64]
Z90 = chance.Z90
"""Half the width of a 90 % interval in standard errors."""
DIGITS = 3
NAMES = ("Mexic", "Washington", "Congress")
"""How texts begin that begin with a name."""


def amount(info: OutcomeInfo, value: float, low: float, high: float, *, change: bool = False) -> str:
    """Return a number with its interval and unit: "12,000 (8,000 to 19,000) people".

    ``change``: it is a difference, shown with its sign.
    """
    interval = Interval(value, low, high)
    how = scale(info.unit, [interval])
    shown, span = how.interval(interval, signed=change)
    return f"{counted(shown, how.unit, messages('en'), change=change)} ({span})"


def plain(info: OutcomeInfo, value: float, *, change: bool = False) -> str:
    """Return a number without an interval, with its unit: "12,000 people"; ``change``: it is a difference, shown with its sign."""
    how = scale(info.unit, [Interval(value, value, value)])
    part = value / how.divisor
    return counted(signed(part, DIGITS) if change else number(part, DIGITS), how.unit, messages("en"), change=change)


def average(info: OutcomeInfo, values: Floats, *, change: bool = False) -> str:
    """Return the average over futures with its 90 % interval over futures."""
    low, high = nine_in_ten(values).tolist()
    return amount(info, float(values.mean()), low, high, change=change)


def share(value: float, low: float, high: float) -> str:
    """Return a share of futures with its interval: "38 % (31 to 45 %)"."""
    return f"{per_cent(value)} ({per_cent(low).removesuffix(' %')} to {per_cent(high)})"


def meaning(name: str) -> str:
    """Return what an input is, in words."""
    return input_words(name, messages("en"))


def mechanism_words(name: str) -> str:
    """Return what a mechanism of the model is about, as it stands within a sentence."""
    return messages("en").named("mechanism", name)


def title(info: OutcomeInfo) -> str:
    """Return the title of an outcome as it stands within a sentence."""
    return within(info.title)


def within(text: str) -> str:
    """Return a text as it stands within a sentence: small at its beginning, but for a name or a word in capitals.

    >>> within("Fiscal cost"), within("US deaths"), within("A share"), within("Mexican cooperation")
    ('fiscal cost', 'US deaths', 'a share', 'Mexican cooperation')
    """
    if text.startswith(NAMES):
        return text
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def nine_in_ten(values: Floats | Sequence[float]) -> Floats:
    """Return between what ends nine in ten of the values along the last axis lie, ``[end, ...]``."""
    return np.asarray(np.quantile(values, [0.05, 0.95], axis=-1))


def weeks_by(dates: NDArray[np.int64], horizon: int) -> dict[str, int | None]:
    """Return by which week 5 %, half and 95 % of futures have come to their date; None: not within the horizon."""
    found = np.quantile(dates, [0.05, 0.5, 0.95], method="inverted_cdf")
    return {
        name: int(week) if week < horizon else None for name, week in zip(("low", "median", "high"), found, strict=True)
    }


def share_interval(holds: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return a share and its 90 % interval (Wilson 1927, doi:10.2307/2276774).

    >>> share_interval(np.ones(400, bool))[2], share_interval(np.zeros(120, bool))[1]
    (1.0, 0.0)
    """
    count, z = len(holds), Z90
    p = float(holds.mean()) if count else 0.0
    if not count:
        return 0.0, 0.0, 1.0
    centre = (p + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * np.sqrt(p * (1 - p) / count + z**2 / (4 * count**2)) / (1 + z**2 / count)
    # The bounds hold the share itself: rounding of the last digit would leave all and nothing outside.
    return p, float(min(p, max(0.0, centre - half))), float(max(p, min(1.0, centre + half)))
