"""Every lever moves something under a campaign: two years of a few futures, with equal luck, each lever at its far end in turn."""

import dataclasses

import jax
import numpy as np
import pytest

from premortem.engine import simulate
from premortem.engine.week import NO_FAULT, Setup
from premortem.plan.language import catalogue
from premortem.study.experiment import Experiment
from premortem.study.spec import make

WEEKS, FUTURES = 104, 10
STILL: dict[str, str] = {}
"""Levers that move nothing, each with the date and the reason; the list only gets shorter."""


@pytest.fixture(scope="module")
def moved() -> dict[str, set[str]]:
    """Return the outcomes that each lever moves under the op-ed's plan at its best, whose every part acts."""
    experiment = Experiment.of(make(plans=("border_task_forces_resourced",), futures=FUTURES, years=2))
    given, model = experiment.inputs(0, np.arange(FUTURES)), experiment.model()
    names = given.setup.controls.lever_names
    count = len(names) + 1
    controls, parameters = jax.tree.map(
        lambda x: np.concatenate([np.asarray(x)] * count), (given.setup.controls, given.setup.parameters)
    )
    levers, own_effort = np.array(controls.orders.levers), np.array(controls.orders.own_effort)
    for i, name in enumerate(names):
        lever, mine = catalogue.levers()[name], slice((i + 1) * FUTURES, (i + 2) * FUTURES)
        low, high = abs(lever.low - lever.status_quo), abs(lever.high - lever.status_quo)
        level = lever.high if high >= low else lever.low
        if lever.regional:
            own_effort[mine] = level
        else:
            levers[mine, ..., i] = level
    orders = dataclasses.replace(controls.orders, levers=levers, own_effort=own_effort)
    setup = Setup(given.setup.world, dataclasses.replace(controls, orders=orders), parameters)
    result = simulate.run(model, setup, seed=1, futures=np.tile(given.luck, count), weeks=WEEKS)
    assert (result.fault_week == NO_FAULT).all()
    base = slice(0, FUTURES)
    return {
        name: {
            id_
            for id_, weekly in result.weekly.items()
            if (weekly[(i + 1) * FUTURES : (i + 2) * FUTURES] != weekly[base]).any()
        }
        for i, name in enumerate(names)
    }


@pytest.mark.slow
def test_every_lever_moves_some_outcome(moved: dict[str, set[str]]) -> None:
    still = sorted(name for name, outcomes in moved.items() if not outcomes)
    assert still == sorted(STILL), still
