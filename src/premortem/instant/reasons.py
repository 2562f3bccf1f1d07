"""Why an instant answer is what it is: what each input that was moved adds to it.

Between the start of the levers and a place lie the places at which only some of the inputs are moved. What an input adds is the change of
the median at the end that comes with its move, on average over all orders in which the inputs could be moved one after another (Shapley,
A value for n-person games, 1953). So the parts add up to the difference from the start exactly, and what inputs do only together is divided
evenly between them. They are parts of the fitted answer, not of a run: each is a difference of medians whose errors are quoted beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.box import Values
from premortem.analysis.shapley import shares
from premortem.instant.file import Levers
from premortem.instant.fit import MEDIAN

MOST_MOVED = 10
"""Inputs moved beyond which the places between are too many."""


@dataclass(frozen=True)
class Reasons:
    """Medians at the end at the ``start`` [outcome], and what each input that was moved adds to them: path -> [outcome]."""

    start: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]


def reasons(levers: Levers, start: Values, values: Values, reading: str) -> Reasons | None:
    """Return what each input adds that stands elsewhere than at a start.

    None where a place between is too far from what was run, or where too many inputs are moved.
    """
    fitted = levers.readings[reading]
    moved = [one.path for one in levers.inputs.input if values[one.path] != start[one.path]]
    if len(moved) > MOST_MOVED:
        return None
    some = [frozenset(one) for size in range(len(moved) + 1) for one in combinations(moved, size)]
    points = [{**start, **{path: values[path] for path in one}} for one in some]
    quantiles, left = fitted.quantiles(levers.inputs.array(points))
    if (left > fitted.most_left[0]).any():
        return None
    medians = quantiles[:, :, -1, MEDIAN]
    return Reasons(medians[0], shares(moved, dict(zip(some, medians, strict=True))))
