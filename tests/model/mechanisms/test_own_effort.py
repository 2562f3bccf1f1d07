"""Known answers of own effort: people are placed and conserved, work moves with injury, pressure and governments."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import US_FORWARD
from premortem.model.index_sets import TASKS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.own_effort import OWN_EFFORT_OF_MEXICO
from premortem.model.signals import (
    FORCE_RATIO,
    INJURY,
    MX_MIGRATION_CONTROL,
    NORTHERN_GUARD,
    ORGANISED_DEATHS,
    OWN_EFFORT,
    OWN_INTENSITY,
    PERMISSION,
    US_IN_MEXICO,
)
from tests.model.given import each, later, of, scripted, simulate, watched
from tests.model.toys import one_hot, orders, toy_world

WEEKS = 104
QUIET = jax.tree.map(lambda _: jnp.asarray([1e6]), toy_world().calendar)
WORLD = dataclasses.replace(toy_world(), calendar=QUIET, northern_guard=jnp.asarray([800.0, 0.0, 0.0, 0.0]))
START = np.asarray(WORLD.federal_forces)
REGIONS = tuple(f"region {i}" for i in range(4))
PROBED = watched(
    OWN_EFFORT_OF_MEXICO,
    *each(
        [f"people {i}" for i in range(4)], lambda view, own, moved: own.s.people + view[NORTHERN_GUARD] + own.s.sent[0]
    ),
    *each([f"force {i}" for i in range(4)], lambda view, own, moved: view[FORCE_RATIO]),
    *each([f"effort {i}" for i in range(4)], lambda view, own, moved: view[OWN_EFFORT]),
    Outcome("intensity", lambda view, own, moved: view[OWN_INTENSITY]),
    Outcome("guard", lambda view, own, moved: view[NORTHERN_GUARD].sum()),
    Outcome("migration", lambda view, own, moved: view[MX_MIGRATION_CONTROL]),
)
GIVEN = scripted((ORGANISED_DEATHS, INJURY, PERMISSION, US_IN_MEXICO), (US_FORWARD,))
EXPECTED, NOISY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))
FIXED = {"growth": 0.0, "move_time": 1e-3, "intensity_half_time": 1e-3, "least_kept": 0.5, "violence_memory": 1e-3}
USUAL = {ORGANISED_DEATHS: np.full(4, 10.0)}


def run(
    signals: Any = None,
    *,
    world: Any = WORLD,
    model: Model = EXPECTED,
    futures: int = 1,
    people: float = 0.0,
    parameters: dict[str, Any] | None = None,
    **plan: Any,
) -> dict[str, np.ndarray]:
    """Return weekly outcomes; signals leave what is usual in the second week."""
    told = {US_FORWARD: [people]} | later(USUAL | (signals or {}), world, WEEKS, USUAL)
    made = orders(WEEKS, world, effort=[one_hot("presence", TASKS)], **plan)
    given = of(OWN_EFFORT_OF_MEXICO, FIXED | (parameters or {}))
    result = simulate(model, made, world=world, told=told, futures=futures, **given)
    return {name: values[0] if futures == 1 else values for name, values in result.weekly.items()}


def people(result: dict[str, np.ndarray], week: int = -1) -> np.ndarray:
    return np.array([result[f"people {i}"][week] for i in range(4)])


def test_nothing_moves_while_nothing_happens() -> None:
    quiet = run()
    np.testing.assert_allclose(people(quiet), START, rtol=1e-6)
    for i in range(4):
        np.testing.assert_allclose(quiet[f"effort {i}"], 1.0, rtol=1e-6)
    np.testing.assert_allclose(quiet["migration"], 1.0, rtol=1e-6)


def test_people_follow_violence_by_its_elasticity_and_none_are_made() -> None:
    tripled = {ORGANISED_DEATHS: [30.0, 10.0, 10.0, 10.0]}
    moved = people(run(tripled, parameters={"response": 0.5, "violence_floor": 1e-6}))
    assert moved.sum() == pytest.approx(START.sum(), rel=1e-6)
    standing = START - np.array([800.0, 0, 0, 0])
    weight = standing * [3**0.5, 1, 1, 1]
    np.testing.assert_allclose(moved - [800, 0, 0, 0], weight / weight.sum() * standing.sum(), rtol=1e-4)


def test_a_quiet_region_keeps_its_least_share_and_the_sum_holds() -> None:
    war = {ORGANISED_DEATHS: [10.0, 10.0, 10.0, 5000.0]}
    moved = people(run(war, parameters={"response": 1.1, "least_kept": 0.6}))
    assert moved.sum() == pytest.approx(START.sum(), rel=1e-6)
    assert (moved[1:3] >= 0.6 * START[1:3] * (1 - 1e-6)).all()


def test_forces_grow_as_given() -> None:
    grown = people(run(parameters={"growth": 0.05}))
    standing = START.sum() - 800
    assert grown.sum() - 800 == pytest.approx(standing * np.exp(0.05 * 103 / 52), rel=1e-4)


def test_work_follows_injury_pressure_and_governments_with_either_sign() -> None:
    for effect in (-0.3, 0.3):
        hurt = run({INJURY: 1.0}, parameters={"injury_effect": effect})
        assert hurt["intensity"][-1] == pytest.approx(np.exp(effect), rel=1e-4)
        pressed = run(parameters={"pressure_effect": effect}, levers={"pressure": 1.0})
        assert pressed["intensity"][-1] == pytest.approx(np.exp(effect), rel=1e-4)
        eased = run(parameters={"pressure_effect": effect}, levers={"pressure": 0.25})
        assert eased["intensity"][-1] == pytest.approx(np.exp(-effect / 2), rel=1e-4)
    elected = dataclasses.replace(WORLD, calendar=dataclasses.replace(QUIET, mx_governments=jnp.asarray([50.5])))
    changed = run(world=elected, parameters={"government_effect": 0.2})["intensity"]
    assert changed[50] == pytest.approx(1.0, rel=1e-5)
    assert changed[-1] == pytest.approx(np.exp(0.2), rel=1e-4)
    most = run({INJURY: 3.0}, parameters={"injury_effect": 0.6, "intensity_most": 1.8})["intensity"][-1]
    assert most == pytest.approx(1.8, rel=1e-5)


def test_a_threat_moves_people_to_the_border_from_elsewhere_up_to_a_ceiling() -> None:
    pressed = {"guard_pressure": np.log(1.5), "guard_ceiling": 2.0}
    sent = run(parameters=pressed, levers={"pressure": 1.0})
    assert sent["guard"][-1] == pytest.approx(1200, rel=1e-4)
    assert people(sent).sum() == pytest.approx(START.sum(), rel=1e-6)
    capped = run(parameters=pressed | {"guard_ceiling": 1.2}, levers={"pressure": 1.0})
    assert capped["guard"][-1] == pytest.approx(960, rel=1e-4)
    ordered = run(levers={"border_deployment": 20_000.0})
    assert ordered["guard"][-1] == pytest.approx(1600, rel=1e-4)
    assert run(levers={"border_deployment": 0.0})["guard"][-1] == 0


def test_migration_control_follows_pressure_and_injury() -> None:
    given = {"migration_pressure": 0.5, "migration_injury": -0.2}
    assert run(parameters=given, levers={"pressure": 1.0})["migration"][-1] == pytest.approx(np.exp(0.5), rel=1e-5)
    assert run({INJURY: 1.0}, parameters=given)["migration"][-1] == pytest.approx(np.exp(-0.2), rel=1e-5)


SENT: dict[str, Any] = {
    "partner_people": [500.0, 0.0],
    "partner_place": [[[0, 1, 0, 0], [0, 1, 0, 0]], [[0] * 4, [0] * 4]],
}


def test_partners_act_where_they_are_sent_and_are_missed_where_they_are_from() -> None:
    new = run(parameters={"people_yield": 1.0}, **SENT)
    assert people(new)[1] == pytest.approx(START[1] + 500, rel=1e-5)
    assert new["force 1"][-1] == pytest.approx(
        (START[1] + WORLD.state_police[1] + 500) / (START[1] + WORLD.state_police[1])
    )
    assert new["effort 1"][-1] == pytest.approx(new["force 1"][-1], rel=1e-5)
    assert new["effort 0"][-1] == pytest.approx(1, rel=1e-6)
    drawn = people(run(**SENT, partner_origin=[[0, 0, 0.4, 0.6], [0] * 4]))
    assert drawn.sum() == pytest.approx(START.sum(), rel=1e-6)
    np.testing.assert_allclose(drawn[2:], START[2:] - [200, 300], rtol=1e-5)


def test_partners_who_only_patrol_stand_there_and_arrest_nobody() -> None:
    patrol = run(**SENT | {"partner_place": [[[0, 1, 0, 0], [0] * 4], [[0] * 4, [0] * 4]]})
    assert patrol["force 1"][-1] > 1.05
    assert patrol["effort 1"][-1] == pytest.approx(1, rel=1e-6)


def test_a_measure_moves_own_effort_where_it_says() -> None:
    moved = run(own_effort=[1.0, 1.5, 1.0, 1.0])
    assert [moved[f"effort {i}"][-1] for i in range(4)] == pytest.approx([1.0, 1.5, 1.0, 1.0], rel=1e-5)


def test_forces_that_face_an_intruder_are_missing_where_he_stands() -> None:
    broken = {INJURY: 50.0, US_IN_MEXICO: [1000.0, 0.0, 0.0, 0.0]}
    facing = run(broken, people=1000.0, parameters={"diverted": 0.1, "injury_effect": 0.0})
    assert facing["force 0"][-1] == pytest.approx(0.9, rel=1e-4)
    assert facing["force 1"][-1] == pytest.approx(1.0, rel=1e-5)
    invited = run(broken | {PERMISSION: [1.0, 1.0, 1.0]}, people=1000.0, parameters={"diverted": 0.1})
    assert invited["force 0"][-1] == pytest.approx(1.0, rel=1e-5)


def test_ups_and_downs_have_the_given_spread_and_keep_their_median() -> None:
    many = run(model=NOISY, futures=400, parameters={"noise": 0.15, "noise_half_life": 10.0})["intensity"][:, -1]
    assert np.log(many).std() == pytest.approx(0.15, rel=4 / np.sqrt(2 * 400))
    assert abs(np.median(np.log(many))) < 4 * 0.15 * 1.25 / np.sqrt(400)
