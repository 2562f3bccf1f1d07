"""What would have to be believed for a plan to do what its authors expect: asked of every plan, at its best and at its worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import OutcomeComparison, line_of
from premortem.analysis.drawn import with_pairs
from premortem.analysis.screen import screen
from premortem.evidence import outcomes
from premortem.study.store import Store

Floats = NDArray[np.float64]

TAIL = 0.2
"""Share of futures in which a plan is at its most or least favourable."""
NAMED = 3
"""Assumptions named of each outcome at most: those that stand out most."""


@dataclass(frozen=True)
class Assumption:
    """One input on which an outcome turns: a parameter, or a field left open (``open.PATH``).

    Of the futures in which it lies on the ``above`` or below side of ``at``, its median, the plan does better in ``better_there``; of the
    others in ``better_elsewhere``. ``there`` and ``elsewhere`` are the median paired differences.
    """

    name: str
    above: bool
    at: float
    better_there: float
    better_elsewhere: float
    there: float
    elsewhere: float


@dataclass(frozen=True)
class Believed:
    """One outcome of a plan against the baseline.

    ``most`` and ``least`` are median paired differences in the fifth of futures most and least favourable to the plan.
    """

    line: OutcomeComparison
    most: float
    least: float
    assumptions: tuple[Assumption, ...]


def believed(store: Store, plan: str, baseline: str, ids: Sequence[str]) -> tuple[Believed, ...]:
    """Return for each outcome how often and by how much the plan does better, and on which inputs that turns.

    The study keeps its draws; results are read under the reading of ``store``.

    Raises
    ------
    InputError : the study lacks draws or results that can be read.
    """
    inputs, pairs = with_pairs(store, plan, baseline, ids)
    return tuple(
        of(line_of(outcomes.load()[id_], pairs[id_].to_numpy(), pairs[f"{id_}:baseline"].to_numpy()), inputs,
           (pairs[id_] - pairs[f"{id_}:baseline"]).to_numpy())
        for id_ in ids
    )  # fmt: skip


def of(line: OutcomeComparison, inputs: Mapping[str, Floats], difference: Floats) -> Believed:
    """Return what an outcome turns on, from paired differences and inputs, ``[future]`` each."""
    gain = difference if line.outcome.direction == "up" else -difference
    count = max(round(TAIL * len(gain)), 1)
    order = np.argsort(gain, kind="stable")
    screened = screen(inputs, gain)
    clear = screened.clear[:NAMED] if screened else ()
    return Believed(
        line,
        float(np.median(difference[order[-count:]])),
        float(np.median(difference[order[:count]])),
        tuple(_assumption(name, rho > 0, inputs[name], gain, difference) for name, rho in clear),
    )


def _assumption(name: str, above: bool, values: Floats, gain: Floats, difference: Floats) -> Assumption:
    at = float(np.median(values))
    there = values > at if above else values < at
    if not there.any() or there.all():  # a flag, or a word that most futures take
        there = values >= at if above else values <= at
    elsewhere = ~there
    return Assumption(
        name,
        above,
        at,
        float((gain[there] > 0).mean()),
        float((gain[elsewhere] > 0).mean()) if elsewhere.any() else 0.0,
        float(np.median(difference[there])),
        float(np.median(difference[elsewhere])) if elsewhere.any() else 0.0,
    )
