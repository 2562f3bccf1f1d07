"""A first screen of what decides a difference: rank correlation of every parameter drawn with the paired differences.

It costs nothing beyond the run. It sees only what rises or falls steadily with one parameter; effects that turn, and parameters that act
together, need a design of their own (``premortem study`` with a Sobol or Morris design).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

FISHER = 3  # degrees of freedom that Fisher's transformation of a correlation takes
CHANCE = 0.05
FEWEST = 20  # futures: with fewer a rank correlation says nothing

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Screen:
    """Rank correlations by parameter, strongest first.

    ``threshold``: if no parameter mattered, the strongest of all would exceed it in one run of twenty (Bonferroni). ``tried``: how many;
    ``futures``: over how many pairs.
    """

    ranked: tuple[tuple[str, float], ...]
    threshold: float
    tried: int
    futures: int

    @property
    def clear(self) -> tuple[tuple[str, float], ...]:
        """Those beyond what chance explains."""
        return tuple((name, rho) for name, rho in self.ranked if abs(rho) > self.threshold)


def beyond_chance(tried: int, futures: int) -> float:
    """Return the rank correlation that the strongest of ``tried`` would exceed in one case of twenty if none mattered (Bonferroni)."""
    return float(np.tanh(norm.isf(CHANCE / 2 / tried) / np.sqrt(futures - FISHER)))


def screen(draws: Mapping[str, Floats], difference: Floats) -> Screen | None:
    """Return Spearman's rank correlation of every parameter with a difference.

    Parameters
    ----------
    draws : parameter -> [future]; those that do not vary are left out.
    difference : [future] plan minus baseline.

    Returns
    -------
    None if futures are too few, or the difference does not vary.
    """
    futures = len(difference)
    if futures < FEWEST or np.ptp(difference) == 0:
        return None
    moving = {name: values for name, values in draws.items() if np.ptp(values) > 0}
    if not moving:
        return None
    ranks = rankdata(np.stack(list(moving.values())), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    ours = rankdata(difference)
    ours -= ours.mean()
    rho = ranks @ ours / np.sqrt((ranks**2).sum(axis=1) * (ours**2).sum())
    threshold = beyond_chance(len(moving), futures)
    order = np.argsort(-np.abs(rho), kind="stable")
    names = list(moving)
    return Screen(tuple((names[i], float(rho[i])) for i in order), threshold, len(names), futures)
