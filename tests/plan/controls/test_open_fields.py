from typing import Any

import jax
import numpy as np
import pytest

from premortem.evidence import priors, sampling
from premortem.plan.controls.compile import Compiled, compile_plan
from premortem.plan.controls.open_fields import ELEMENT, Draws, law
from premortem.plan.language import catalogue
from premortem.plan.language.load import load, load_text
from premortem.plan.language.words import UNSPECIFIED
from premortem.theatre import load as load_theatre

FUTURES = np.arange(400)
BY_BOUNDS = "measure[].level"  # its law is in words: it follows from the bounds of each lever
DRAWN = sorted(
    path
    for path, law in catalogue.open_laws().items()
    if law.prior or law.choices or law.probability is not None or path == BY_BOUNDS
)
ALL_OPEN = """schema = 1
title = "Everything that can be drawn is left open"
source = ["project"]
start = "unspecified"
duration_weeks = "unspecified"
author = "third_state"
[authority]
congress = { sunset_weeks = "unspecified" }
[zone]
kind = "exclusion"
depth_miles = "unspecified"
[exit]
after = "unspecified"
[[task_force]]
id = "west"
reach = ["home_side", "zone", "interior"]
effort = "unspecified"
units = { ranger_battalion = "unspecified", seal_team = "unspecified" }
trigger = "unspecified"
[[domestic]]
id = "guard"
service = "ng"
[[domestic]]
id = "police"
service = "local_police"
tasks = ["federal_enforcement"]
[[partner]]
aid_musd_per_year = "unspecified"
id = "army"
service = "sedena"
tasks = ["arrest"]
[[measure]]
id = "oversight"
lever = "arms.dealer_oversight"
level = "unspecified"
[[measure]]
id = "bill"
lever = "foreign.sanctions"
level = 1
standing = "proposed"
[[sea]]
id = "boats"
service = "navy"
tasks = ["strike_vessel"]
[emergency]
suspends = ["counsel"]
term_weeks = 4
[[deal]]
id = "disband"
kind = "demobilisation"
[[phase]]
name = "paused"
set = { "measure.oversight.level" = 0 }
[[bargain]]
id = "for_guards"
partner = "mexico"
asks = "guards at the line"
by_week = 4
agreed = "paused"
"""


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


def all_open() -> Compiled:
    futures = np.arange(34, 52)  # in some of which a statute lapses before the campaign ends
    return compile_plan(load_text(ALL_OPEN), load_theatre(depth_miles=60), seed=1, futures=futures, weeks=104)


def rows(made: Compiled) -> dict[str, list[str]]:
    """Return the paths drawn by the path of their law."""
    found: dict[str, list[str]] = {}
    for path in made.open_fields:
        found.setdefault(ELEMENT.sub(r"\1[].", path), []).append(path)
    return found


def test_what_has_a_law_is_drawn_and_nothing_else() -> None:
    assert sorted(rows(all_open())) == DRAWN


@pytest.mark.parametrize("row", [row for row in DRAWN if len(law(row).choices) != 1])
def test_what_is_drawn_changes_what_the_simulation_receives(row: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, uniform = all_open(), sampling.uniform
    paths = {f"plan.{path}" for path in rows(made)[row]}

    def other(seed: int, stream: str, *rest: Any) -> Any:
        return uniform(seed + (stream in paths), stream, *rest)

    monkeypatch.setattr(sampling, "uniform", other)
    pairs = zip(jax.tree.leaves(made.controls), jax.tree.leaves(all_open().controls), strict=True)
    assert any(not np.array_equal(one, two) for one, two in pairs)
