"""A first screen of what decides a difference: rank correlation of every parameter drawn with the paired differences.

It costs nothing beyond the run. It sees only what rises or falls steadily with one parameter; effects that turn, and parameters that act
together, need a design of their own (``premortem study`` with a Sobol or Morris design).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

FISHER = 3  # degrees of freedom that Fisher's transformation of a correlation takes
CHANCE = 0.05
AT_ONCE = (
    64  # parameters ranked together: of a large study the ranks of all would take as much memory as all that was drawn
)
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


def screens(draws: Mapping[str, Floats], differences: Mapping[str, Floats]) -> dict[str, Screen]:
    """Return Spearman's rank correlation of everything drawn with each difference; none where it would say nothing.

    That is where futures are too few, nothing drawn varies, or the difference does not.

    Parameters
    ----------
    draws : parameter -> [future]; those that do not vary are left out.
    differences : outcome -> [future], plan minus baseline.
    """
    asked = {id_: values for id_, values in differences.items() if len(values) >= FEWEST and np.ptp(values) > 0}
    if not asked:
        return {}
    ranks = np.stack([_standard_ranks(values) for values in asked.values()])
    known, names, found = list(draws), list[str](), list[Floats]()
    for first in range(0, len(known), AT_ONCE):
        some = ((name, draws[name]) for name in known[first : first + AT_ONCE])
        moving = {name: values for name, values in some if np.ptp(values) > 0}
        if moving:
            names += moving
            found.append(_standard_ranks(np.stack(list(moving.values()))) @ ranks.T)
    if not names:
        return {}
    correlations = np.concatenate(found)
    return {id_: _screen(names, correlations[:, place], len(asked[id_])) for place, id_ in enumerate(asked)}


def screen(draws: Mapping[str, Floats], difference: Floats) -> Screen | None:
    """Return the screen of one difference, None where it would say nothing: see `screens`."""
    return screens(draws, {"": difference}).get("")


def _screen(names: Sequence[str], rho: Floats, futures: int) -> Screen:
    order = np.argsort(-np.abs(rho), kind="stable")
    ranked = tuple((names[i], float(rho[i])) for i in order)
    return Screen(ranked, beyond_chance(len(ranked), futures), len(ranked), futures)


def _standard_ranks(values: Floats) -> Floats:
    """Return ranks along the last axis, less their mean, of length one: products of two are rank correlations."""
    ranks = rankdata(values, axis=-1)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    return np.asarray(ranks / np.sqrt((ranks**2).sum(axis=-1, keepdims=True)))
