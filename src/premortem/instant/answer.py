"""Answering at once, or refusing with what to do instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem, Where
from premortem.evidence import outcomes
from premortem.instant.basis import rests_on
from premortem.instant.file import Levers
from premortem.instant.fit import ROUGH_EDGE, ROUGH_MEDIAN
from premortem.instant.observed import NAMES
from premortem.plan.language.load import LoadedPlan, load
from premortem.plan.telling.difference import differences


@dataclass(frozen=True)
class Band:
    """An outcome's difference to the baseline over time: ``quantiles`` [step, 5], and the errors quoted, as shares of the band [step].

    ``refused``: the errors are so large that the outcome is not answered at once; there are no quantiles then, and the plan must be run.
    """

    outcome: str
    quantiles: NDArray[np.float64]
    error_median: NDArray[np.float64]
    error_edge: NDArray[np.float64]
    refused: bool = False

    @property
    def rough(self) -> NDArray[np.bool]:
        """At which steps [step] the errors are so large that the picture is hatched."""
        found: NDArray[np.bool] = (self.error_median > ROUGH_MEDIAN) | (self.error_edge > ROUGH_EDGE)
        return found

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        info = outcomes.load()[self.outcome]
        named = dict(zip(NAMES, self.quantiles.T.tolist(), strict=True))
        errors = {
            "error_median": self.error_median.tolist(),
            "error_edge": self.error_edge.tolist(),
            "rough": self.rough.tolist(),
            "refused": self.refused,
        }
        about = {
            "id": self.outcome,
            "title": info.title,
            "unit": info.unit,
            "direction": info.direction,
            "running_total": info.flow,
        }
        return about | named | errors


def answer(levers: Levers, plan: LoadedPlan, reading: str) -> list[Band]:
    """Return the bands of a plan's outcomes under a reading.

    Raises
    ------
    InputError : the plan differs in something that was not varied, lies outside or too far from what was run, leaves an input open, the
        reading is not there, or what all rests on has changed. The message says to run it.
    """
    require_same(levers)
    parent = load(levers.inputs.plan)
    if other := sorted(set(_others(levers, parent, plan))):
        message = f"differs from {levers.inputs.plan} in what was not varied; run it: premortem run FILE"
        raise InputError(Problem("not_varied", message, Where(key=other[0]), ", ".join(other[:5])))
    return at(levers, levers.inputs.values_of(parent.plan, plan.plan), reading)


def at(levers: Levers, values: dict[str, float | str], reading: str) -> list[Band]:
    """Return the bands at a point; see `answer` for what it raises."""
    if reading not in levers.readings:
        raise InputError(Problem("reading", "no such reading", found=reading, allowed=", ".join(levers.readings)))
    fitted = levers.readings[reading]
    quantiles, left = fitted.quantiles(levers.inputs.array([values]))
    if left[0] > (most := float(fitted.most_left[0])):
        message = "too far from what was run to be trusted; run it: premortem run FILE"
        raise InputError(Problem("far", message, found=f"{left[0]:.0%} of the variance is left", allowed=f"{most:.0%}"))
    told = zip(levers.outcomes, quantiles[0], fitted.error_median, fitted.error_edge, fitted.refused, strict=True)
    return [
        Band(id_, band[:0] if refused else band, median, edge, bool(refused))
        for id_, band, median, edge, refused in told
    ]


def require_same(levers: Levers) -> None:
    """Refuse a file that was fitted to another plan, evidence or code than are here.

    Raises
    ------
    InputError : it was.
    """
    here = rests_on(levers.inputs.plan)
    if changed := [name for name, digest in here.items() if levers.rests_on.get(name) != digest]:
        message = "fitted to another version; make it again: premortem instant design, then fit"
        raise InputError(Problem("stale", message, found=f"changed: {', '.join(changed)}"))


def _others(levers: Levers, parent: LoadedPlan, plan: LoadedPlan) -> Iterable[str]:
    """Yield the paths in which a plan differs from the one that was varied, beside the inputs."""
    for found in differences(parent.plan, plan.plan):
        if not levers.inputs.moves(found.path):
            yield found.path
