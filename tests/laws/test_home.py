"""Laws of forces at home: what agents, the Guard, police and barriers do to people, drugs and guns at the line, and to gangs in US cities.

Differences between cases in the same drawn futures, of the home side, the line and people on the move alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.engine.week import Model
from premortem.model.accounts import BOUND_NORTH, MEMBERS
from premortem.model.index_sets import HOME_DUTIES, HOME_SERVICES, LOADS
from premortem.model.mechanism import Outcome, View
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.homefront import HOMEFRONT
from premortem.model.mechanisms.migration import MIGRATION
from premortem.model.signals import LOSS, ROUTES
from tests.laws.futures import share_within
from tests.model import lines
from tests.model.given import scripted, simulate_each, watched
from tests.model.toys import orders

WORLD = lines.manned_line()
WEEKS, FUTURES = 104, 40
AGENTS = 600.0
"""Six for each ten who stand on the toy line: as 10,000 are to the Border Patrol of the south-west."""

JUMP_START = 360.0
"""6,000 of the Guard on the same scale (homeforce.jumpstart.people)."""


def _passes(load: str, view: View, own: Any, moved: Any) -> Any:
    i = LOADS.index(load)
    return (view[ROUTES][i] * (1.0 - view[LOSS][i])).sum()


PROBED = watched(
    CROSSINGS, *(Outcome(f"{load}_passes", functools.partial(_passes, load)) for load in ("fentanyl", "firearms"))
)
MODEL = Model((scripted((), (BOUND_NORTH, MEMBERS)), PROBED, MIGRATION, HOMEFRONT), noise=False)


def sent(service: str, people: float, **duties: float) -> dict[str, Any]:
    """Return orders for people of one service, on both sides of the toy line, and what they do."""
    assert duties.keys() <= set(HOME_DUTIES), duties
    added, done = np.zeros((len(HOME_SERVICES), 5)), np.zeros((len(HOME_SERVICES), len(HOME_DUTIES)))
    row = HOME_SERVICES.index(service)
    added[row, :2] = np.array([0.6, 0.4]) * people
    done[row] = [duties.get(duty, 0.0) for duty in HOME_DUTIES]
    return {"home_people": added, "home_work": done}


def deployed_2006() -> dict[str, Any]:
    """Return what came to the line in 2006 to 2008: 6,000 of the Guard in support, 3,000 more agents, 548 miles of fence."""
    guard, agents = sent("guard", JUMP_START, line_support=1.0), sent("border_patrol", JUMP_START / 2, line=1.0)
    return {name: guard[name] + agents[name] for name in guard} | {"levers": {"barrier_miles": 548.0}}


CASES: Mapping[str, dict[str, Any]] = {
    "rest": {},
    "agents": sent("border_patrol", AGENTS, line=1.0),
    "twice the agents": sent("border_patrol", 2 * AGENTS, line=1.0),
    "guard in support": sent("guard", AGENTS, line_support=1.0),
    "guard with police powers": sent("guard", AGENTS, line=1.0),
    "soldiers barred from arrest": sent("active", AGENTS),
    "police in cities": sent("local_police", AGENTS, cities=1.0),
    "checks of what leaves": sent("border_patrol", AGENTS, southbound=1.0),
    "barrier": {"levers": {"barrier_miles": 548.0}},
    "6,000 of the Guard": sent("guard", JUMP_START, line_support=1.0),
    "6,000 of the Guard, 3,000 agents and fences": deployed_2006(),
    "focused deterrence": {"levers": {"focused_deterrence": 0.3}},
}


@functools.cache
def results() -> Mapping[str, Mapping[str, NDArray[Any]]]:
    """Run all cases as one program, in the same drawn futures; means of the second year."""
    told = {BOUND_NORTH: np.zeros(4), MEMBERS: WORLD.members}
    cases = [
        {
            "controls": orders(WEEKS, WORLD, **case),
            "futures": FUTURES,
            "at_median": False,
            "told": told,
            "homefront_bp_growth": 1e6,
        }
        for case in CASES.values()
    ]
    weekly = simulate_each(MODEL, cases, world=WORLD).weekly
    means = {name: values[:, 52:].mean(1) for name, values in weekly.items()}
    parts = {case: slice(i * FUTURES, (i + 1) * FUTURES) for i, case in enumerate(CASES)}
    return {case: {name: values[part] for name, values in means.items()} for case, part in parts.items()}


def change(outcome: str, case: str, other: str = "rest") -> NDArray[Any]:
    """Return the relative change of an outcome, by future."""
    before = results()[other][outcome]
    return np.asarray(results()[case][outcome] / np.where(before != 0, before, 1.0) - 1.0)


def test_agents_at_the_line_let_fewer_through_but_the_next_as_many_may_only_move_people_to_other_ways() -> None:
    got_in = change("migrants_entered", "agents")
    assert (got_in < 0).all()
    share_within(change("migrants_entered", "twice the agents") < 0, 0.9, 1.0)
    assert -0.45 < np.median(got_in) < -0.05  # a study has -12 to -37 percent of attempts for three fifths more agents
    share_within(change("smuggling_revenue", "agents") > 0, 0.5, 1.0)


@pytest.mark.xfail(
    strict=True, reason="in 65 percent of futures, by 0.6 percent at the median: docs/model/homefront.md"
)
def test_twice_the_agents_let_fewer_through_than_once() -> None:
    assert (change("migrants_entered", "twice the agents", "agents") < 0).all()


def test_agents_hardly_touch_drugs_because_little_goes_between_ports_and_the_rest_goes_round() -> None:
    passes = change("fentanyl_passes", "agents")
    share_within(passes < 0, 0.9, 1.0)
    share_within(passes > -0.02, 0.9, 1.0)


@pytest.mark.xfail(strict=True, reason="in 70 percent of futures, by specification 95: docs/model/homefront.md")
def test_agents_keep_back_less_than_a_hundredth_of_fentanyl() -> None:
    share_within(change("fentanyl_passes", "agents") > -0.01, 0.95, 1.0)


def guard_over_agents() -> NDArray[Any]:
    """Return what the Guard in support keeps out over what as many agents do."""
    return np.asarray(change("migrants_entered", "guard in support") / change("migrants_entered", "agents"))


def test_of_what_came_in_2006_the_guard_in_support_did_less_than_a_third() -> None:
    """Apprehensions fell by 27 percent in Operation Jump Start, which came with more agents and fences (homeforce.jumpstart.drop)."""
    everything = change("migrants_entered", "6,000 of the Guard, 3,000 agents and fences")
    share_within(change("migrants_entered", "6,000 of the Guard") / everything < 1 / 3, 0.8, 1.0)
    caught = change("migrants_apprehended", "6,000 of the Guard, 3,000 agents and fences")
    assert np.quantile(caught, 0.05) < -0.27 < np.quantile(caught, 0.95)
    assert -0.5 < np.median(caught) < -0.1


def test_the_guard_in_support_does_some_of_what_agents_do_and_more_with_police_powers() -> None:
    assert (guard_over_agents() > 0).all()
    share_within(guard_over_agents() < 1, 0.9, 1.0)
    share_within(change("migrants_entered", "guard with police powers", "guard in support") < 0, 0.8, 1.0)


def test_who_is_barred_from_police_work_does_none() -> None:
    for outcome in ("migrants_entered", "fentanyl_passes", "firearms_passes", "us_gang_violence"):
        np.testing.assert_array_equal(change(outcome, "soldiers barred from arrest"), 0.0)


def test_a_barrier_cuts_the_flow_by_a_few_percent() -> None:
    got_in = change("migrants_entered", "barrier")
    assert (got_in < 0).all()
    share_within(got_in > -0.2, 0.9, 1.0)


def test_checks_of_what_leaves_take_guns_and_nothing_that_enters() -> None:
    assert (change("firearms_passes", "checks of what leaves") < 0).all()
    np.testing.assert_allclose(change("migrants_entered", "checks of what leaves"), 0.0, atol=1e-6)


def test_gangs_in_cities_answer_police_and_focused_deterrence_and_not_agents_at_the_line() -> None:
    assert (change("us_gang_violence", "police in cities") != 0).all()
    share_within(change("us_gang_violence", "focused deterrence") < 0, 0.7, 0.9)  # a fifth of programmes lapse
    np.testing.assert_allclose(change("us_gang_violence", "agents"), 0.0, atol=1e-6)
