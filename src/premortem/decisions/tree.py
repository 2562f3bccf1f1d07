"""A small tree of what decides a number: best split first, a split only where it stands out from chance.

Splits are chosen on the ranks of the number, which heavy tails do not move, among cuts at the deciles of every input. A split counts where
its rank-sum statistic (Wilcoxon 1945, doi:10.2307/3001968) stands out from all cuts of all inputs tried in its node (Bonferroni), as in
trees of conditional inference (Hothorn, Hornik and Zeileis 2006, doi:10.1198/106186006X133933). The leaf whose split explains most is
split first, as in best-first trees (Shi 2007).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from premortem.decisions.limits import CHANCE, Limit, Part, between, least_inside, tightest

MOST_LEAVES = 8
CUTS = 9  # of an input that is a number: its deciles

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class _Split:
    gain: float
    limit: Limit
    left: Bools


class Grower:
    """Inputs sorted once, for as many trees as are asked for.

    Parameters
    ----------
    inputs : name -> ``[future]``; those that do not vary are left out.
    out_of : number of inputs that these were chosen from by what they tell, all of which count as tried.
    """

    def __init__(self, inputs: Mapping[str, Floats], out_of: int = 0) -> None:
        moving = {name: values for name, values in inputs.items() if np.ptp(values) > 0}
        self.names = tuple(moving)
        self.chosen_from = max(out_of / len(moving), 1.0) if moving else 1.0
        self.values = np.stack(list(moving.values())) if moving else np.zeros((0, 0))
        self.order = np.argsort(self.values, axis=1, kind="stable").astype(np.int32)

    def grow(self, target: Floats, kept: Bools | None = None, most: int = MOST_LEAVES) -> list[Part]:
        """Return the leaves of a tree for a number, from the first split's lower side.

        Parameters
        ----------
        target : ``[future]``.
        kept : the futures to learn from, all by default; leaves hold the others too.
        """
        kept = np.ones(len(target), np.bool_) if kept is None else kept
        ranks = np.zeros(len(target))
        ranks[kept] = rankdata(target[kept])
        least = least_inside(int(kept.sum()))
        leaves = [Part((), np.ones(len(target), np.bool_))]
        splits = [self._best(ranks, kept, least)]
        while len(leaves) < most:
            place = max(range(len(leaves)), key=lambda i: one.gain if (one := splits[i]) else -1.0)
            chosen = splits[place]
            if chosen is None:
                break
            leaf = leaves[place]
            below, above = chosen.limit, Limit(chosen.limit.input, True, chosen.limit.value)
            new = [
                Part((*leaf.limits, below), leaf.inside & chosen.left),
                Part((*leaf.limits, above), leaf.inside & ~chosen.left),
            ]
            leaves[place : place + 1] = new
            splits[place : place + 1] = [self._best(ranks, kept & one.inside, least) for one in new]
        return [Part(tightest(leaf.limits), leaf.inside) for leaf in leaves]

    def _best(self, ranks: Floats, inside: Bools, least: int) -> _Split | None:
        """Return the split of a node that explains most of its ranks, None where none stands out from chance."""
        count = int(inside.sum())
        if count < 2 * least or not self.names:
            return None
        order = self.order[inside[self.order]].reshape(len(self.names), count)
        sorted_values = np.take_along_axis(self.values, order, axis=1)
        mine = ranks - ranks[inside].mean()
        spread = float((mine[inside] ** 2).mean())
        if spread == 0:
            return None
        below = np.cumsum(mine[order], axis=1)
        rows = np.arange(len(self.names))
        best: tuple[float, int, int] | None = None
        tried = 0
        for place in self._cuts(sorted_values, count):  # [input] each: how many futures are below
            fine = (place >= least) & (place <= count - least)
            tried += int(fine.sum())
            at = np.clip(place, 1, count - 1)
            total = below[rows, at - 1]
            gain = np.where(fine, total**2 * count / (at * (count - at)), -1.0)
            here = int(np.argmax(gain))
            if fine[here] and (best is None or gain[here] > best[0]):
                best = (float(gain[here]), here, int(at[here]))
        if best is None or np.sqrt(best[0] / spread * (count - 1) / count) < norm.isf(
            CHANCE / 2 / (tried * self.chosen_from)
        ):
            return None
        gain_, row, at_ = best
        value = between(float(sorted_values[row, at_ - 1]), float(sorted_values[row, at_]))
        limit = Limit(self.names[row], False, value)
        return _Split(gain_, limit, self.values[row] <= value)

    @staticmethod
    def _cuts(sorted_values: Floats, count: int) -> list[NDArray[np.int64]]:
        """Return how many futures lie below each cut of each input, ``[input]`` a cut: cuts lie between different values."""
        found = []
        binary = (sorted_values[:, :1] == sorted_values) | (sorted_values[:, -1:] == sorted_values)
        two = binary.all(axis=1)
        low = (sorted_values == sorted_values[:, :1]).sum(axis=1)
        for k in range(1, CUTS + 1):
            wanted = round(count * k / (CUTS + 1))
            edge = sorted_values[:, min(max(wanted, 1), count - 1)][:, None]
            place = (sorted_values < edge).sum(axis=1)  # ties go up together
            found.append(np.where(two, low if k == 1 else 0, place))
        return found


def explained(grower: Grower, target: Floats, folds: int = 5, seed: int = 1) -> float:
    """Return the share of variance that a tree explains in futures that it has not seen, by cross-validation; negative: it misleads."""
    fold = np.random.default_rng(seed).permutation(len(target)) % folds
    guessed = np.empty(len(target))
    for one in range(folds):
        seen = fold != one
        for leaf in grower.grow(target, seen):
            here = leaf.inside & ~seen
            guessed[here] = target[leaf.inside & seen].mean()
    spread = float(((target - target.mean()) ** 2).sum())
    return 1.0 - float(((target - guessed) ** 2).sum()) / spread if spread else 0.0
