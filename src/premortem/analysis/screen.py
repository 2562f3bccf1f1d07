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


class Screener:
    """Everything drawn, ranked once, to be screened against as many differences as are asked for.

    Parameters
    ----------
    draws : parameter -> [future]; those that do not vary are left out.
    """

    def __init__(self, draws: Mapping[str, Floats]) -> None:
        moving = {name: values for name, values in draws.items() if np.ptp(values) > 0}
        self._names = tuple(moving)
        self._ranks = _standard_ranks(np.stack(list(moving.values()))) if moving else None

    def screen(self, difference: Floats) -> Screen | None:
        """Return Spearman's rank correlation of every parameter with a difference, ``[future]`` plan minus baseline.

        None if futures are too few, nothing drawn varies, or the difference does not.
        """
        futures = len(difference)
        if self._ranks is None or futures < FEWEST or np.ptp(difference) == 0:
            return None
        rho = self._ranks @ _standard_ranks(difference)
        order = np.argsort(-np.abs(rho), kind="stable")
        ranked = tuple((self._names[i], float(rho[i])) for i in order)
        return Screen(ranked, beyond_chance(len(ranked), futures), len(ranked), futures)


def screen(draws: Mapping[str, Floats], difference: Floats) -> Screen | None:
    """Return the screen of one difference: see `Screener`."""
    return Screener(draws).screen(difference)


def _standard_ranks(values: Floats) -> Floats:
    """Return ranks along the last axis, less their mean, of length one: products of two are rank correlations."""
    ranks = rankdata(values, axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=-1, keepdims=True)))
