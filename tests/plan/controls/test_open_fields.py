import numpy as np
import pytest

from premortem.evidence import priors
from premortem.plan.controls.compile import compile_plan
from premortem.plan.controls.open_fields import Draws, law
from premortem.plan.language.load import load
from premortem.plan.language.words import UNSPECIFIED
from premortem.theatre import load as load_theatre

FUTURES = np.arange(400)


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    made = compile_plan(load("border_task_forces"), load_theatre(), seed=1, futures=FUTURES, weeks=52)
    parts = {path for path in made.drawn if path not in made.open_fields}
    assert all(path.rpartition(".")[0] in made.open_fields for path in parts)  # shares of effort, a group each
    return dict(made.drawn)


def test_numbers_recorded_follow_the_law_of_their_field(drawn: dict[str, np.ndarray]) -> None:
    prior = priors.parse(law("duration_weeks").prior)
    assert np.median(drawn["duration_weeks"]) == pytest.approx(float(prior.median()), rel=0.2)
    assert drawn["duration_weeks"].min() >= 13


def test_choices_are_recorded_as_words_in_the_shares_of_their_law(drawn: dict[str, np.ndarray]) -> None:
    weights = {str(choice.value): choice.weight for choice in law("zone.ports").choices}
    for word, weight in weights.items():
        assert np.mean(drawn["zone.ports"] == word) == pytest.approx(weight, abs=0.08)
    assert set(drawn["roe.targets"]) == {"+".join(law("roe.targets").choices[0].value)}  # type: ignore[arg-type]


def test_shares_of_effort_that_are_all_open_add_up_to_one(drawn: dict[str, np.ndarray]) -> None:
    parts = [values for path, values in drawn.items() if path.startswith("task_force.btfg_texas.effort.")]
    assert np.allclose(sum(parts), 1.0)


def test_a_group_that_is_open_alone_gets_everything() -> None:
    draws = Draws(1, FUTURES)
    assert np.allclose(draws.shares("task_force.one.effort", {"raids": UNSPECIFIED}, ("raids",)), np.ones((400, 1)))


def test_a_field_that_two_plans_leave_open_takes_the_same_value_in_both(drawn: dict[str, np.ndarray]) -> None:
    other = compile_plan(load("status_quo"), load_theatre(), seed=1, futures=FUTURES, weeks=52).drawn
    both = other.keys() & drawn.keys()
    assert both
    assert all(np.array_equal(other[path], drawn[path]) for path in both)
