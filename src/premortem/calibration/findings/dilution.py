"""The published interval on the model's scale: what a state or the nation shows of an effect in the place that was treated.

A relative effect ``b`` in a unit that holds the share ``w`` of its state's baseline shows as ``w b`` in the state where the rest is
untouched. ``w`` is log-uniform between its ends (uniform where the lower one is 0), ``b`` split-normal with median ``estimate`` and 90 %
between ``low`` and ``high``, for relative changes and ratios on the log scale. All combinations of 400 quantiles of one and 500 of the
other are taken, so that there is no luck in it.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from premortem.calibration.findings.schema import Finding

EFFECTS, WEIGHTS = 500, 400
ROUNDING = 1e-3
FIVE_PER_CENT = float(ndtri(0.95))
LOGARITHMIC = frozenset({"share", "ratio"})
"""Units whose estimates are multiplied, not added."""

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Interval:
    """Median and range of 90 %."""

    low: float
    median: float
    high: float

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low

    def holds(self, value: float) -> bool:
        """Whether a value lies inside, ends included, to a thousandth of the width: as exact as quantiles of a grid are."""
        slack = ROUNDING * self.width
        return self.low - slack <= value <= self.high + slack

    def widened(self, share: float) -> Interval:
        """Return it with each end moved away from the median by a share of its distance."""
        return Interval(
            self.low - share * (self.median - self.low), self.median, self.high + share * (self.high - self.median)
        )


def published(finding: Finding) -> Interval:
    """Return what was published, as judged: a range over indicators or drafts is widened by its own half, on the scale of the estimate."""
    found = Interval(finding.low, finding.estimate, finding.high)
    if finding.interval != "range":
        return found
    if not _logarithmic(finding):
        return found.widened(0.5)
    one = 0.0 if finding.unit == "ratio" else 1.0
    wide = Interval(*(float(np.log(one + x)) for x in (found.low, found.median, found.high))).widened(0.5)
    return Interval(float(np.exp(wide.low)) - one, found.median, float(np.exp(wide.high)) - one)


def on_the_models_scale(finding: Finding, factor: float = 1.0) -> Interval:
    """Return the published interval as the model's unit would show it.

    Parameters
    ----------
    factor : on the weight, which stays at most 1: what if the dilution were half, or double?
    """
    given = published(finding)
    if finding.unit == "sign":
        return given
    weights = np.minimum(factor * _weights(finding.dilution.low, finding.dilution.high), 1.0)
    effects = _effects(given, _logarithmic(finding), finding.nothing)
    if np.ptp(weights) == 0.0:  # known exactly
        low, median, high = (weights[0] * (x - finding.nothing) for x in (given.low, given.median, given.high))
    else:
        low, median, high = np.quantile(np.multiply.outer(weights, effects), (0.05, 0.5, 0.95))
    return Interval(*(float(x) + finding.nothing for x in (low, median, high)))


def _logarithmic(finding: Finding) -> bool:
    return finding.unit in LOGARITHMIC


def _middles(count: int) -> Floats:
    return (np.arange(count) + 0.5) / count


def _weights(low: float, high: float) -> Floats:
    u = _middles(WEIGHTS)
    return high * u if low == 0 else np.asarray(low * (high / low) ** u)


def _effects(given: Interval, logarithmic: bool, nothing: float) -> Floats:
    """Return quantiles of the effect in the treated unit, as its difference from nothing."""
    one = 1.0 - nothing  # a ratio is its own multiple, a relative change is one less
    low, middle, high = (np.log(one + x) if logarithmic else x for x in (given.low, given.median, given.high))
    z = ndtri(_middles(EFFECTS))
    found = middle + z / FIVE_PER_CENT * np.where(z < 0, middle - low, high - middle)
    return np.asarray(np.expm1(found) if logarithmic else found, np.float64)
