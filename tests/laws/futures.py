"""Paired futures of small plans, and how a law about their differences is held.

A law bounds a share of futures, or a median. Of n futures a share p has a standard error of (p (1 - p)/n)^.5: a law is broken
where the share lies more than two of these, at the share that it asks and at least one future, beyond what it says. Half of the futures,
two standard errors of a half more or less, lie on each side of a median.
"""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

from premortem.engine import compilation, simulate
from premortem.engine.week import Model, Setup
from premortem.model.controls import as_carried_out
from premortem.model.index_sets import LEGAL_ELEMENTS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.own_effort import OWN_EFFORT_OF_MEXICO
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.mechanisms.state import STATE
from premortem.model.mechanisms.washington import WASHINGTON
from premortem.model.signals import COURTS, INJURY, MX_MIGRATION_CONTROL, NORTHERN_GUARD, OWN_INTENSITY
from premortem.plan.language.load import load_text
from premortem.study.experiment import Experiment
from premortem.study.spec import make
from tests.model.given import each, watched

_READ = (
    watched(
        OWN_EFFORT_OF_MEXICO,
        Outcome("intensity", lambda view, own, moved: view[OWN_INTENSITY]),
        Outcome("guard", lambda view, own, moved: view[NORTHERN_GUARD].sum()),
        Outcome("migration", lambda view, own, moved: view[MX_MIGRATION_CONTROL]),
        Outcome("injury", lambda view, own, moved: view[INJURY]),
    ),
    watched(
        STATE,
        Outcome("soldiers_killed", lambda view, own, moved: moved.by_name["state.soldiers"], labels="r", flow=True),
    ),
    watched(WASHINGTON, *each([f"court {name}" for name in LEGAL_ELEMENTS], lambda view, own, moved: view[COURTS])),
)
WHOLE = Model(tuple({m.name: m for m in (*MECHANISMS, *_READ)}.values()))
"""All mechanisms, with what laws read beside outcomes: one model, so that the laws of a process share one compiled program."""

ROUNDING = 1e-9
"""What counting futures in floating point may be off by: a share exactly at the bound is within it."""
HEAD = """schema = 1
title = "A plan to hold a law with"
source = ["project"]
start = {start}
duration_weeks = {weeks}
"""


def simulated(setup: Setup, seed: int, futures: np.ndarray, weeks: int) -> simulate.Trajectories:
    """Return futures of the whole model, compiled as users do: laws run one program for tens of years, each in a quarter of the time."""
    with patch.dict(compilation.COMPILER_OPTIONS, xla_backend_optimization_level=1):
        return simulate.run(WHOLE, setup, seed=seed, futures=futures, weeks=weeks)


@cache
def experiment(text: str, futures: int, years: int, start: str = "", weeks: int = 0) -> Experiment:
    """Return the experiment of one plan: its text after the head, from the first week of a theatre's start, for ``weeks`` or the run."""
    dates = {"": "2025-07-07", "2018": "2020-01-06", "2026-04": "2026-04-06"}
    plan = HEAD.format(start=dates[start], weeks=weeks or 52 * years) + text
    spec = make(plans=["a_plan"], futures=futures, years=years, seed=1, start=start or "2025")
    return Experiment.of(spec, [load_text(plan, "a_plan.toml")])


def run(
    text: str,
    futures: int,
    years: int,
    start: str = "",
    changes: dict[str, dict[str, Any]] | None = None,
    world: Any = None,
    weeks: int = 0,
    carried_out: bool = False,
) -> simulate.Trajectories:
    """Return futures of a plan of some ``weeks``, or as long as the run, as likely to unfold or ``carried_out`` as written.

    ``changes`` sets parameters, by mechanism and name, in all futures; ``world`` takes another's place.
    """
    made = experiment(text, futures, years, start, weeks)
    given = made.inputs(0, np.arange(futures))
    controls = as_carried_out(given.setup.controls) if carried_out else given.setup.controls
    parameters = dict(given.setup.parameters)
    for mechanism, values in (changes or {}).items():
        record = parameters[mechanism]
        new = {name: np.broadcast_to(np.float32(value), getattr(record, name).shape) for name, value in values.items()}
        parameters[mechanism] = dataclasses.replace(record, **new)
    setup = Setup(given.setup.world if world is None else world, controls, parameters)
    result = simulated(setup, made.seed, given.luck, 52 * years)
    assert (result.fault_week < 0).all()
    return result


def slack(asked: float, futures: int) -> float:
    """Return two standard errors of a share of so many futures where a share is asked, or one future if that is more."""
    return max(2.0 * float(np.sqrt(asked * (1.0 - asked) / futures)), 1.0 / futures)


def share_within(holds: Any, low: float, high: float) -> None:
    """Hold a law about the share of futures in which something is so."""
    share, least, most = float(np.mean(holds)), low - slack(low, len(holds)), high + slack(high, len(holds))
    assert least - ROUNDING <= share <= most + ROUNDING, f"in {share:.3f} of futures, by law in {low:g} to {high:g}"


def median_within(values: Any, low: float, high: float) -> None:
    """Hold a law about a median."""
    most = 0.5 + slack(0.5, len(values))
    beyond = float(np.mean(values < low)), float(np.mean(values > high))
    assert max(beyond) <= most, f"median {np.median(values):.3g}, by law {low:g} to {high:g}"


def inside(values: Any, known: float, low: float = 5, high: float = 95) -> None:
    """Hold a law that a known value lies inside a band of futures, given by its points in percent."""
    ends = np.percentile(values, [low, high])
    assert ends[0] <= known <= ends[1], f"{known:g} is outside {ends[0]:.3g} to {ends[1]:.3g}"
