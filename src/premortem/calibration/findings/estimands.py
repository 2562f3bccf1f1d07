"""Statistics of studies, taken on simulated panels: the same futures with and without what was done.

Whatever a study removes to find what would have happened (trend, season, other units), the paired future without the intervention has in it
exactly: before an intervention both are the same, so an event study's ratio after over before, taken in both and divided, is their ratio.
Units of comparison are used where the study used them, spillovers into them included.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.findings.dilution import Interval
from premortem.calibration.findings.schema import Kind
from premortem.model.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]

NORMAL_90 = 1.6448536


@dataclasses.dataclass(frozen=True)
class Panel:
    """An outcome [future, step, region], steps of ``long`` weeks; a flow is an amount of a step, a level is read at its end.

    ``weights`` [region]: of a level that is a share or an index, over regions; None for amounts.
    """

    values: Floats
    long: int
    flow: bool
    weights: Floats | None = None

    def over(self, window: tuple[int, int], mask: Floats) -> Floats:
        """Return the outcome [future] of a window of weeks (from 1, both ends inside) in regions [future, region].

        Flows are amounts of the whole window, levels are its mean. A step counts if its middle lies in the window; where none does, the
        nearest.
        """
        ends = self.long * (np.arange(self.values.shape[1]) + 1.0)
        middle = ends - self.long / 2
        inside = (middle > window[0] - 1) & (middle <= window[1])
        if not inside.any():
            inside = np.arange(len(ends)) == np.argmin(np.abs(middle - (window[0] - 1 + window[1]) / 2))
        picked = self.values[:, inside]
        if self.weights is not None:
            weighed = mask * self.weights
            there = np.einsum("fsr,fr->fs", picked, weighed) / np.maximum(weighed.sum(1, keepdims=True), 1e-9)
        else:
            there = np.einsum("fsr,fr->fs", picked, mask)
        if not self.flow:
            return np.asarray(there.mean(1))
        covered = self.long * inside.sum()
        return np.asarray(there.sum(1) * (window[1] - window[0] + 1) / covered)


@dataclasses.dataclass(frozen=True)
class Contrast:
    """Sums of a window [future]: with (1) and without (0) in treated units, and in units of comparison where the study has them.

    ``weeks``: length of the window. ``people`` [future] in treated units, ``compared_people`` in those of comparison.
    """

    treated: Floats
    untreated: Floats
    weeks: float
    people: Floats
    compared: Floats | None = None
    compared_without: Floats | None = None
    compared_people: Floats | None = None

    @property
    def ratio(self) -> Floats:
        """With over without, over the same ratio in units of comparison."""
        found = over(self.treated, self.untreated)
        if self.compared is not None and self.compared_without is not None:
            found = found / over(self.compared, self.compared_without)
        return found

    def difference(self, per_person: bool) -> Floats:
        """With less without, for each resident or in all; less the same in units of comparison (there always by resident)."""
        found = (self.treated - self.untreated) / (self.people if per_person else 1.0)
        if self.compared is not None and self.compared_without is not None and self.compared_people is not None:
            rate = (self.compared - self.compared_without) / self.compared_people
            found = found - rate * (1.0 if per_person else self.people)
        return np.asarray(found)


def over(a: Floats, b: Floats) -> Floats:
    """Return a ratio, not a number where the lower side is zero."""
    return np.divide(a, b, out=np.full_like(a, np.nan), where=b != 0)


def statistic(
    kind: Kind,
    found: Contrast,
    *,
    per_person: bool = False,
    amount: Floats | float = 1.0,
    step: float = 0.0,
    lowered: Contrast | None = None,
    rise: Floats | float = 0.0,
) -> Floats:
    """Return a study's statistic [future].

    Parameters
    ----------
    per_person : a difference is one of rates.
    amount : of the intervention, for an effect per unit of it.
    step : logarithm of the cause over its status quo, for an elasticity; ``lowered`` is the contrast with the cause lowered as much.
    rise : what was recorded to have risen in the window [future], of which a share is explained.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # what is not finite is left out of a summary
        match kind:
            case "relative":
                value = found.ratio - 1.0
            case "ratio":
                value = found.ratio
            case "difference":
                value = found.difference(per_person)
            case "growth_difference":
                value = np.log(found.ratio) * WEEKS_PER_YEAR / found.weeks
            case "elasticity":
                up = np.log(found.ratio) / step
                value = up if lowered is None else (up - np.log(lowered.ratio) / step) / 2
            case "per_unit":
                units = np.broadcast_to(np.asarray(amount, np.float64), found.treated.shape)
                value = over(found.difference(per_person), units)
            case "share_explained":
                value = found.difference(False) / rise
            case "sign":
                value = np.sign(found.ratio - 1.0)
    return np.asarray(value)


def summary(kind: Kind, values: Floats) -> Interval:
    """Return the median and 5-95 % over futures; of a sign 2 P(effect > 0) - 1 and its 90 % sampling interval, ties counting half."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Interval(np.nan, np.nan, np.nan)
    if kind == "sign":
        share = float(np.mean(np.sign(known)))
        half = NORMAL_90 * float(np.sqrt(max(1.0 - share**2, 0.0) / len(known)))
        return Interval(max(share - half, -1.0), share, min(share + half, 1.0))
    low, median, high = (float(x) for x in np.quantile(known, (0.05, 0.5, 0.95)))
    return Interval(low, median, high)
