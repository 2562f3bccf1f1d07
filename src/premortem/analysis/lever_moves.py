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
ALONE, UNDER = "status_quo", "border_task_forces_resourced"
"""The plan that orders nothing, and one whose every part acts."""
NAMED = 12
"""Outcomes that are named for a lever: those it moves most for how far they differ between futures."""
LEAST = 1e-3
"""A change below this share of how an outcome differs between futures is rounding, or too small to name."""
COSTS = {"fiscal_cost", "fiscal_cost_present", "fiscal_cost_mexico"}
"""What every lever with a price moves: its own bill, which is not enough to say that it moves something."""


def moved(plan: str, levers: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Return the outcomes that each lever moves under a plan when it is pulled alone to its far end, those it moves most first.

    Where the plan has the lever at its far end already, it is put back to the status quo instead.

    Parameters
    ----------
    levers : to pull; by default all.
    """
    experiment = Experiment.of(make(plans=(plan,), futures=FUTURES, years=YEARS, seed=SEED))
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
    result = simulate.run(experiment.model(), setup, seed=SEED, futures=luck, weeks=weeks)
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
    """Return lever_moves.json: what each lever moves alone, or, where that is its cost or nothing, under the named plan."""
    alone = moved(ALONE)
    still = [name for name, found in alone.items() if not beyond_cost(found)]
    under = moved(UNDER, still) if still else {}
    moves = {name: beyond_cost(under.get(name, ())) or found for name, found in sorted(alone.items())}
    record = {
        "futures": FUTURES,
        "years": YEARS,
        "alone": ALONE,
        "under": UNDER,
        "only_under": sorted(name for name in under if beyond_cost(moves[name])),
        "only_cost": sorted(name for name, found in moves.items() if not beyond_cost(found)),
        "moves": {name: list(found) for name, found in moves.items()},
    }
    return json.dumps(record, indent=1) + "\n"
