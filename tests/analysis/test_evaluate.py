"""Plans evaluated together: the bits of an ordinary run, whatever the company, the ids and the reading; changes reach one plan alone."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

import premortem as pm
from premortem.analysis.evaluate import evaluate
from premortem.plan.language.load import load
from premortem.study.cases import Reading
from premortem.study.executors import Threads
from premortem.study.recipes import Inputs
from premortem.study.spec import make

OUTCOMES = ("homicides_mx", "us_killed")


def with_another_base(given: Inputs) -> Inputs:
    """Return inputs whose base of homicides is another."""
    parameters = dict(given.setup.parameters)
    rivalry = parameters["rivalry"]
    parameters["rivalry"] = dataclasses.replace(rivalry, base_factor=np.asarray(rivalry.base_factor) * np.float32(1.5))
    return dataclasses.replace(given, setup=dataclasses.replace(given.setup, parameters=parameters))


@pytest.mark.slow
def test_plans_evaluated_together_have_the_numbers_of_an_ordinary_run(small_run: pm.Comparison) -> None:
    plans = [load("border_task_forces"), load("border_task_forces"), load("status_quo")]
    spec = make(plans=("status_quo",), futures=40, years=1, depth_miles=20)
    found = evaluate(plans, spec, OUTCOMES, executor=Threads())
    carried_out = evaluate(plans[:1], spec, OUTCOMES, reading="carried_out", executor=Threads())
    by_reading: dict[Reading, Mapping[str, np.ndarray]] = {"as_likely": found, "carried_out": carried_out}
    for reading, evaluated in by_reading.items():
        table = small_run.study.store.under(reading).table().sort("future").collect()
        for place, plan in enumerate(
            ("border_task_forces", "border_task_forces", "status_quo")[: len(evaluated["us_killed"])]
        ):
            stored = table.filter(table["plan"] == plan)
            for outcome in OUTCOMES:
                assert np.array_equal(evaluated[outcome][place], stored[outcome].to_numpy()), (reading, plan)
    assert np.isfinite(list(found.values())).all()
    assert not np.array_equal(found["us_killed"][0], carried_out["us_killed"][0])


def test_a_change_of_inputs_reaches_its_own_plan_alone(small_run: pm.Comparison) -> None:
    plans = [load("border_task_forces")] * 2
    spec = make(plans=("status_quo",), futures=40, years=1, depth_miles=20)
    found = evaluate(plans, spec, OUTCOMES, changes=(None, with_another_base), executor=Threads())
    table = small_run.study.store.table().sort("future").collect()
    stored = table.filter(table["plan"] == "border_task_forces")["homicides_mx"].to_numpy()
    assert np.array_equal(found["homicides_mx"][0], stored)
    assert (found["homicides_mx"][1] != stored).all()


def test_changes_are_one_for_each_plan() -> None:
    with pytest.raises(ValueError, match="1 changes for 2 plans"):
        evaluate(
            [load("status_quo")] * 2,
            make(plans=("status_quo",), futures=1, years=1),
            (),
            changes=(None,),
            executor=Threads(),
        )
