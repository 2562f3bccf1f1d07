"""The best policy in a box, by polling: change each choice alone, then all that is better together, then go on the same way.

A pattern search (Hooke and Jeeves 1961, doi:10.1145/321062.321069; Kolda, Lewis and Torczon 2003, doi:10.1137/S003614450242889) that
asks for many policies at once, of several problems side by side. A move is taken where it is better by more than chance would have it in
nine cases of ten over paired futures: a choice that does nothing stays where it is, and one that may do a little is not given away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

STEP = 0.5
POLLS = 2
"""From the middle of the box, as many steps as reach its side."""
CHANCE = 0.1
"""Chance that a move which does nothing is taken."""

Floats = NDArray[np.float64]
Policy = tuple[float, ...]
Asked = Callable[[Sequence[Sequence[Policy]]], Sequence[Floats]]
"""For each problem some policies -> for each problem ``[policy, future]``, what is to be raised."""


def climb(starts: Sequence[Policy], free: Sequence[int], asked: Asked, polls: int = POLLS) -> list[Policy]:
    """Return the best policy found for each problem.

    Parameters
    ----------
    starts : where each problem begins, numbers from -1 to 1.
    free : places of the numbers that may change; the others stay.
    asked : what policies are worth, future by future, NaN where a run failed.
    polls : how often to ask: at first either way of each choice, then on the way of those that changed.
    """
    best = list(starts)
    ways: list[dict[int, tuple[float, ...]]] = [dict.fromkeys(free, (STEP, -STEP)) for _ in starts]
    for _ in range(polls):
        around = [[one, *_around(one, way)] for one, way in zip(best, ways, strict=True)]
        if all(len(policies) == 1 for policies in around):
            break
        singles = asked(around)
        joint = [_together(policies, values) for policies, values in zip(around, singles, strict=True)]
        together = asked([[policies[0], policy] for policies, policy in zip(around, joint, strict=True)])
        for problem, (policies, values) in enumerate(zip(around, singles, strict=True)):
            pool = [*policies, joint[problem]]
            gains = np.concatenate([values - values[0], together[problem][1:] - together[problem][0]])
            better = [i for i, gain in enumerate(gains) if _clear(gain)]
            before = best[problem]
            best[problem] = pool[max(better, key=lambda i: float(np.nanmean(gains[i])))] if better else before
            ways[problem] = {i: (a - b,) for i, (a, b) in enumerate(zip(best[problem], before, strict=True)) if a != b}
    return best


def _around(policy: Policy, ways: Mapping[int, Sequence[float]]) -> list[Policy]:
    """Return the policies that differ in one choice by a step on one of its ways, inside the box."""
    found = []
    for place, steps in ways.items():
        for step in steps:
            value = min(1.0, max(-1.0, policy[place] + step))
            if value != policy[place]:
                found.append((*policy[:place], value, *policy[place + 1 :]))
    return found


def _together(policies: Sequence[Policy], values: Floats) -> Policy:
    """Return the first policy with every change that is better alone; of two of one choice the better one."""
    taken: dict[int, tuple[float, float]] = {}
    for policy, gain in zip(policies[1:], values[1:] - values[0], strict=True):
        place = next(i for i, (a, b) in enumerate(zip(policy, policies[0], strict=True)) if a != b)
        if _clear(gain) and np.nanmean(gain) > taken.get(place, (0.0, 0.0))[0]:
            taken[place] = float(np.nanmean(gain)), policy[place]
    return tuple(taken[place][1] if place in taken else value for place, value in enumerate(policies[0]))


def _clear(gain: Floats) -> bool:
    """Return whether a gain is above zero, but for `CHANCE`."""
    counted = gain[np.isfinite(gain)]
    if len(counted) < 2:
        return False
    average, error = float(counted.mean()), float(counted.std(ddof=1) / np.sqrt(len(counted)))
    return average > 0 and average > float(norm.isf(CHANCE)) * error
