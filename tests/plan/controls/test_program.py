"""Conditions in the simulation give what their definition says."""

from itertools import accumulate
from typing import cast

import jax.numpy as jnp
import numpy as np
import pytest

from premortem import theatre
from premortem.model import campaign
from premortem.model.luck import Luck
from premortem.plan.controls.compile import compile_plan
from premortem.plan.controls.program import holds
from premortem.plan.language import catalogue
from premortem.plan.language.expression import Condition
from premortem.plan.language.load import load_text

WEEKS = 16
SERIES = {
    "us_killed": [0, 0, 3, 0, 1, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 0],
    "us_wounded": [0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0],
    "apprehensions_week": [70, 60, 90, 50, 40, 30, 80, 20, 10, 5, 60, 70, 90, 95, 99, 10],
}
CONDITIONS = [
    "us_killed > 3",
    "us_killed > 3 and us_wounded > 4",
    "us_killed > 12 or us_wounded > 4",
    "not us_killed < 4",
    "us_killed / us_wounded < 3",
    "avg(us_killed, 4) > 3",
    "change(us_killed, 3) > 8",
    "change(avg(us_killed, 3), 2) > 2.5",
    "avg(change(us_killed + us_wounded, 2), 3) >= 5",
    "apprehensions_week < 35",
    "avg(apprehensions_week, 4) < 30 and week > 2",
    "-apprehensions_week * 2 > 0 - 50",
    "true",
    "week >= 7",
    "us_killed > 999",
]


def known_to_decision_makers(name: str) -> list[float]:
    """The series at its reporting lag: NaN until the first report."""
    if name == "week":
        return [float(week) for week in range(WEEKS)]
    observable = catalogue.observables()[name]
    assert observable.error == 0
    values = [*accumulate(SERIES[name])] if observable.form == "cumulative" else SERIES[name]
    return ([np.nan] * observable.lag_weeks + [float(value) for value in values])[:WEEKS]


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_branch_fires_in_the_first_week_in_which_its_condition_holds(text: str) -> None:
    plan = (
        'title = "T"\nsource = ["project"]\nstart = 2025-07-07\nduration_weeks = 100\n'
        f"[[branch]]\nwhen = '{text}'\nthen = {{ stop = true }}\n"
    )
    compiled = compile_plan(load_text(plan), theatre.load(), seed=1, futures=np.arange(1), weeks=WEEKS)
    controls = compiled.controls
    state = campaign.begin(controls)
    for week in range(WEEKS):
        outcomes = {
            outcome: jnp.asarray(float(SERIES[name][week]))
            for name in SERIES
            for outcome in catalogue.observables()[name].outcomes
        }
        state = campaign.observe(controls, state, outcomes, jnp.asarray(week), cast("Luck", None))
    fired = float(np.asarray(state.fired).reshape(-1)[0])
    known = {name: known_to_decision_makers(name) for name in [*SERIES, "week"]}
    expected = [week for week in range(WEEKS) if holds(Condition.parse(text), known, week)]
    assert (fired < WEEKS) == bool(expected)
    if expected:
        assert fired == expected[0]
