"""How much of a number's spread each input, and each group of inputs, accounts for: from futures drawn independently, with no design.

First-order effects by classes of an input (Plischke, Borgonovo and Smith 2013, doi:10.1016/j.ejor.2012.11.047), less what chance gives a
class. Shapley effects of groups (Owen 2014, doi:10.1137/130936233; Song, Nelson and Staum 2016, doi:10.1137/15M1048070): a group's average
gain over all orders in which groups become known, where what is known of a set of groups is what a regression on them explains in futures
that it has not seen. They add up exactly to what all groups together explain.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.shapley import shares
from premortem.decisions.regression import FOLDS, fit, folds
from premortem.decisions.saying import Z90

Floats = NDArray[np.float64]

MOST_GROUPS = 6
"""Groups whose Shapley effects are computed, from all sets of them: the strongest alone."""
MOST_LEADERS = 20
"""Inputs of a group that a regression on several groups can carry: those that tell most alone, in the futures that it learns from."""
MOST_CLASSES = 20
LEAST_IN_CLASS = 10  # futures


@dataclass(frozen=True)
class Effect:
    """A share of variance with its 90 % interval."""

    share: float
    low: float
    high: float

    @staticmethod
    def of(by_future: Floats, errors: float = Z90) -> Effect:
        """Return the average of what each future says of it, within so many standard ``errors``."""
        mean, error = float(by_future.mean()), float(by_future.std(ddof=1) / np.sqrt(len(by_future)))
        return Effect(mean, mean - errors * error, mean + errors * error)


def first_order(inputs: Mapping[str, Floats], target: Floats, counts: Floats | None = None) -> dict[str, float]:
    """Return the share of variance that each input alone accounts for, bent effects too; about 0 where it accounts for none.

    Parameters
    ----------
    inputs : name -> ``[future]``.
    target : ``[future]``.
    counts : how often each future counts (a resample); once by default.
    """
    return by_class(classes(inputs), target, counts)


def classes(inputs: Mapping[str, Floats]) -> dict[str, NDArray[np.int64]]:
    """Return the class of each future by each input, for `by_class`."""
    return {name: _classes(values) for name, values in inputs.items()}


def by_class(
    sorted_in: Mapping[str, NDArray[np.int64]], target: Floats, counts: Floats | None = None
) -> dict[str, float]:
    """Return first-order effects as `first_order` does, of inputs that are in classes already."""
    weights = np.ones(len(target)) if counts is None else counts
    total = float(weights.sum())
    centred = target - float(weights @ target) / total
    spread = float(weights @ centred**2)
    found = {}
    for name, place in sorted_in.items():
        size = np.bincount(place, weights)
        sums = np.bincount(place, weights * centred)
        there = size > 0
        between = float((sums[there] ** 2 / size[there]).sum())
        free = int(there.sum()) - 1
        within = (spread - between) / max(total - free - 1, 1)
        found[name] = (between - free * within) / spread if spread > 0 else 0.0
    return found


def _classes(values: Floats) -> NDArray[np.int64]:
    """Return the class of each future: of equal size, or the values themselves where they are few."""
    distinct, place = np.unique(values, return_inverse=True)
    if len(distinct) <= MOST_CLASSES:
        return np.asarray(place, np.int64)
    count = int(np.clip(len(values) // LEAST_IN_CLASS, 2, MOST_CLASSES))
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(ranks * count // len(values), np.int64)


def resampled(inputs: Mapping[str, Floats], target: Floats, times: int = 100, seed: int = 1) -> dict[str, Effect]:
    """Return first-order effects with 90 % intervals over resamples of the futures."""
    random = np.random.default_rng(seed)
    sorted_in = classes(inputs)
    point = by_class(sorted_in, target)
    drawn = []
    for _ in range(times):
        rows = random.integers(0, len(target), len(target))
        drawn.append(list(by_class(sorted_in, target, np.bincount(rows, minlength=len(target)).astype(float)).values()))
    spread = np.std(drawn, axis=0)  # a resample repeats futures, which moves its average up, not its spread
    return {
        name: Effect(share, share - Z90 * float(error), share + Z90 * float(error))
        for (name, share), error in zip(point.items(), spread, strict=True)
    }


def explained(inputs: Mapping[str, Floats], target: Floats, learnt: Sequence[Collection[str]] | None = None) -> Floats:
    """Return what knowing inputs takes off the squared error, by future, as a share of the variance; its average is the share explained.

    ``learnt``: the inputs that the fit which leaves out each fold may use; all by default.
    """
    unseen = fit(inputs, target[None], learnt).unseen[0] if inputs else np.full(len(target), target.mean())
    return np.asarray(((target - target.mean()) ** 2 - (target - unseen) ** 2) / target.var())


def shapley(groups: Mapping[str, Sequence[str]], inputs: Mapping[str, Floats], target: Floats) -> dict[str, Floats]:
    """Return the Shapley effect of each group, by future; their averages add up to what all groups together explain.

    Of a large group only the `MOST_LEADERS` enter that tell most alone, chosen anew in the futures that each fit learns from: chosen in all
    futures, they would seem to explain what they do not in those kept back.

    Parameters
    ----------
    groups : name -> inputs; every set of them is regressed, so they must be few.
    """
    names = list(groups)
    leading = {name: _leaders({one: inputs[one] for one in groups[name]}, target) for name in names}
    known: dict[frozenset[str], Floats] = {frozenset(): np.zeros(len(target))}
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            learnt = [frozenset().union(*(leading[group][fold] for group in some)) for fold in range(FOLDS)]
            mine = {name: inputs[name] for name in sorted(frozenset().union(*learnt))}
            known[frozenset(some)] = explained(mine, target, learnt)
    return shares(names, known)


def _leaders(members: Mapping[str, Floats], target: Floats) -> list[frozenset[str]]:
    """Return the inputs of a group that tell most alone, for each fold that is left out: from the other futures."""
    if len(members) <= MOST_LEADERS:
        return [frozenset(members)] * FOLDS
    fold, sorted_in = folds(len(target)), classes(members)
    found = []
    for one in range(FOLDS):
        alone = by_class(sorted_in, target, (fold != one).astype(np.float64))
        found.append(frozenset(sorted(members, key=lambda name: -alone[name])[:MOST_LEADERS]))
    return found
