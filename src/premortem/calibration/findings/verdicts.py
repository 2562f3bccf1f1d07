"""Verdict and power of one finding, from the model's interval and the published one on the model's scale. Pure functions.

They read estimate, interval, unit and dilution of a finding; what it says for or against anybody (``lean``) is never read.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

from premortem.calibration.findings.dilution import Interval, on_the_models_scale
from premortem.calibration.findings.schema import Finding

Verdict = Literal["inside", "outside", "wrong_sign", "not_expressible"]
VERDICTS: tuple[Verdict, ...] = ("inside", "outside", "wrong_sign", "not_expressible")

WIDTHS = 3.0
"""A model whose interval is wider than so many of the published one has no power."""
NULL_WIDENED = 0.5
FEWEST = 40
"""Futures for power: of fewer, less than two lie beyond each end of a range of 90 %, which is hardly more than the extremes."""
SIGN = 0.6
"""80 % of futures on one side."""

Weakness = Literal["", "model", "study", "open", "chance", "few"]
"""Why there is no power: the model is too wide, the study is, an open sign asks nothing, futures are too few to tell a
sign, or anything."""


@dataclasses.dataclass(frozen=True)
class Judged:
    """The verdict on one finding.

    ``target``: the published interval on the model's scale. ``weakness``: why it has no power, empty if it has. ``halved`` and ``doubled``:
    the verdict if the treated unit weighed half or double.
    """

    verdict: Verdict
    weakness: Weakness
    target: Interval
    halved: Verdict
    doubled: Verdict

    @property
    def power(self) -> bool:
        """Whether this finding could have failed a model that is wrong."""
        return not self.weakness


def judge(finding: Finding, model: Interval, futures: int = FEWEST) -> Judged:
    """Judge the model's interval of the statistic of a finding.

    For a ``sign`` the interval is of ``2 P(effect > 0) - 1``. ``futures``: of which the interval is, by default as many as power needs.
    """
    target = on_the_models_scale(finding)
    halved, doubled = (_verdict(finding, model, on_the_models_scale(finding, factor)) for factor in (0.5, 2.0))
    weakness: Weakness = "few" if futures < FEWEST else _weakness(finding, model, target)
    return Judged(_verdict(finding, model, target), weakness, target, halved, doubled)


def _verdict(finding: Finding, model: Interval, target: Interval) -> Verdict:
    if finding.unit == "sign":
        return _sign(finding.estimate, model)
    middle, nothing = model.median, finding.nothing
    if finding.estimate == nothing:
        wide = target.widened(NULL_WIDENED)
        return "inside" if wide.holds(model.low) and wide.holds(model.high) else "outside"
    if target.holds(middle):
        return "inside"
    apart = (middle - nothing) * (target.median - nothing) < 0
    clear = apart and not target.holds(nothing) and not model.holds(nothing)
    return "wrong_sign" if clear else "outside"


def _sign(asked: float, model: Interval) -> Verdict:
    if asked == 0.0:
        return "inside" if abs(model.median) <= SIGN else "outside"
    if model.median * asked >= SIGN:
        return "inside"
    return "wrong_sign" if model.low * asked < 0.0 and model.high * asked < 0.0 else "outside"


def _weakness(finding: Finding, model: Interval, target: Interval) -> Weakness:
    if finding.unit == "sign":
        if not finding.estimate:
            return "open"
        return "chance" if model.low < finding.estimate * SIGN < model.high else ""
    if model.width > WIDTHS * target.width:
        return "model"
    nothing = finding.nothing
    if finding.estimate != nothing:
        doubled = 2.0 * (target.median - nothing) + nothing
        if all(each.holds(nothing) and each.holds(doubled) for each in (model, target)):
            return "study"
    return ""
