"""What each lever moves: pulled to its far end alone, in the same futures and the same luck, under a plan."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping

import numpy as np

from premortem.arrays import jax
from premortem.engine import simulate
from premortem.engine.week import Setup
from premortem.evidence import outcomes
from premortem.plan.language import catalogue
from premortem.study.experiment import Experiment
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.spec import make

FUTURES, YEARS, SEED = 4, 2, 1


@dataclasses.dataclass(frozen=True)
class Trial:
    """A plan under which levers are pulled; ``expected``: without luck, so that what is too rare for a few futures acts by its chance."""

    plan: str
    expected: bool = False

    def __str__(self) -> str:
        return f"{self.plan}, without luck" if self.expected else self.plan


ALONE, *UNDER = TRIALS = (
    Trial("status_quo"),
    Trial("border_task_forces_resourced"),
    Trial("joint_statement_2025"),
    Trial("border_task_forces_resourced", expected=True),
)
"""The plan that orders nothing; then, for levers of which nothing but the bill moves so far, one whose every part acts, one that steps up
enforcement against laundering, and the first of these again without luck, for what acts on rare attacks."""
NAMED = 12
"""Outcomes that are named for a lever: those it moves most for how far they differ between futures."""
LEAST = 1e-3
"""A change below this share of how an outcome differs between futures is rounding, or too small to name."""
COSTS = {"fiscal_cost", "fiscal_cost_present", "fiscal_cost_mexico"}
"""What every lever with a price moves: its own bill, which is not enough to say that it moves something."""


def moved(trial: Trial, levers: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the outcomes that each lever moves under a plan when it is pulled alone to its far end, those it moves most first.

    Where the plan has the lever at its far end already, it is put back to the status quo instead.

    Parameters
    ----------
    levers : to pull; by default all.
    """
    experiment = Experiment.of(make(plans=(trial.plan,), futures=FUTURES, years=YEARS, seed=SEED))
    given = experiment.inputs(0, np.arange(FUTURES))
    names = given.setup.controls.lever_names
    pulled = tuple(levers) or names
    count = len(pulled) + 1
    controls, parameters = jax.tree.map(
        lambda x: np.concatenate([np.asarray(x)] * count), (given.setup.controls, given.setup.parameters)
    )
    levels, own_effort = np.array(controls.orders.levers), np.array(controls.orders.own_effort)
    for i, name in enumerate(pulled, start=1):
        lever, mine = catalogue.levers()[name], slice(i * FUTURES, (i + 1) * FUTURES)
        low, high = abs(lever.low - lever.status_quo), abs(lever.high - lever.status_quo)
        level = lever.high if high >= low else lever.low
        if lever.regional:
            own_effort[mine] = level
        else:
            ordered = levels[mine, ..., names.index(name)]
            at_its_end = np.isclose(ordered, level).any()
            levels[mine, ..., names.index(name)] = lever.status_quo if at_its_end else level
    orders = dataclasses.replace(controls.orders, levers=levels, own_effort=own_effort)
    setup = Setup(given.setup.world, dataclasses.replace(controls, orders=orders), parameters)
    luck, weeks = np.tile(given.luck, count), YEARS * WEEKS_PER_YEAR
    model = dataclasses.replace(experiment.model(), noise=not trial.expected)
    result = simulate.run(model, setup, seed=SEED, futures=luck, weeks=weeks)
    known = outcomes.load()
    totals = {
        id_: (weekly.sum(1) if known[id_].flow else weekly.mean(1)).reshape(count, FUTURES, -1).sum(-1)
        for id_, weekly in result.weekly.items()
        if id_ in known
    }
    return {
        name: _named({id_: _size(total[i], total[0]) for id_, total in totals.items()})
        for i, name in enumerate(pulled, 1)
    }


def _size(changed: np.ndarray, before: np.ndarray) -> float:
    """Return the mean size of a change over how far the outcome differs between futures, or over its size where it does not."""
    spread = float(before.std()) or float(np.abs(before).mean()) or LEAST
    return float(np.abs(changed - before).mean()) / spread


def _named(sizes: Mapping[str, float]) -> tuple[str, ...]:
    large = sorted((id_ for id_, size in sizes.items() if size > LEAST), key=lambda id_: -sizes[id_])
    return tuple(large[:NAMED])


def beyond_cost(found: Iterable[str]) -> tuple[str, ...]:
    """Return what a lever moves besides its own bill."""
    return tuple(id_ for id_ in found if id_ not in COSTS)


def text() -> str:
    """Return lever_moves.json: what each lever moves alone, or, where that is its cost or nothing, in the first trial where it is more."""
    moves, only_under = dict(moved(ALONE)), dict[str, str]()
    for trial in UNDER:
        still = [name for name, found in moves.items() if not beyond_cost(found)]
        under = moved(trial, still) if still else {}
        new = {name: beyond for name, found in under.items() if (beyond := beyond_cost(found))}
        moves |= new
        only_under |= dict.fromkeys(new, str(trial))
    record = {
        "futures": FUTURES,
        "years": YEARS,
        "trials": [str(trial) for trial in TRIALS],
        "only_under": dict(sorted(only_under.items())),
        "moves": {name: list(found) for name, found in sorted(moves.items())},
    }
    return json.dumps(record, indent=1) + "\n"
