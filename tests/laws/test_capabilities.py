"""Laws of what people of different roles, and the departments behind them, do in a campaign.

The record behind them: docs/model/operations.md, docs/model/command.md. Parts of the model, draws of all priors, one year.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.index_sets import ROLES, RULES
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.command import COMMAND
from premortem.model.mechanisms.operations import OPERATIONS
from premortem.model.mechanisms.people import PEOPLE
from premortem.model.signals import (
    EFFICIENCY,
    EXPOSED,
    INTELLIGENCE,
    INTELLIGENCE_RATIO,
    JOINT,
    US_IN_MEXICO,
    WRONG,
    YIELD,
)
from premortem.model.world import neutral_world
from tests.laws.futures import inside, share_within
from tests.model.given import GROW, parameters, scripted, simulate, watched
from tests.model.toys import campaign, one_hot, toy_world

FUTURES = 40
SEEN = watched(
    OPERATIONS,
    Outcome("killed", lambda view, own, moved: moved.by_name["operations.killed"].sum(), flow=True),
    Outcome("captured", lambda view, own, moved: moved.by_name["operations.captured"].sum(), flow=True),
    Outcome("in_mexico", lambda view, own, moved: view[US_IN_MEXICO].sum()),
    Outcome("efficiency", lambda view, own, moved: view[EFFICIENCY][0]),
    Outcome("yield", lambda view, own, moved: view[YIELD]),
    Outcome("wrong", lambda view, own, moved: view[WRONG]),
    Outcome("told", lambda view, own, moved: view[INTELLIGENCE_RATIO].mean()),
)
MODEL = Model((SEEN, COMMAND, GROW, scripted((INTELLIGENCE, EXPOSED))))
ALONE = Model((SEEN, GROW, scripted((INTELLIGENCE, EXPOSED))), noise=False)
SURE = Model(MODEL.mechanisms, noise=False)
KNOWN: dict[str, Any] = {"intelligence": [0.2] * 4}
SHARES: dict[str, Any] = {
    "presence": 0.3,
    "raids": 0.25,
    "interdiction": 0.15,
    "surveillance": 0.15,
    "strikes": 0.05,
    "partner": 0.1,
}
BACKED = [1.0, 1.0, 1.0]
OPED = {"ground": 0.45, "support": 0.15, "lift": 0.12, "assault": 0.1, "advise": 0.08, "police": 0.05, "isr": 0.05}


def mixture(**shares: float) -> list[float]:
    return [shares.get(role, 0.0) for role in ROLES]


def force(people: float = 9000.0, roles: dict[str, float] | None = None, **changes: Any) -> Any:
    given = SHARES | {"roles": mixture(**(roles or OPED)), "backing": BACKED, "seam_answered": [1.0] * 3} | changes
    return campaign(people, **given)


def play(*controls: Any, futures: int = FUTURES, model: Model = MODEL, **given: Any) -> list[Trajectories]:
    """Return the paired futures of each plan."""
    told = given.pop("told", KNOWN)
    return [simulate(model, one, futures=futures, at_median=False, told=told, **given) for one in controls]


def total(result: Trajectories, name: str) -> np.ndarray:
    """Return an outcome added up over the year, by future."""
    values = result.weekly if name in result.weekly else result.regional
    by_future = np.asarray(values[name]).reshape(len(result.fault_week), -1)
    return np.asarray(by_future.sum(1))


@cache
def of_role(role: str) -> Trajectories:
    return play(force(roles={role: 1.0}))[0]


@pytest.mark.parametrize("pair", [("assault", "police"), ("ground", "advise"), ("isr", "assault")])
def test_equal_forces_of_other_roles_differ_in_what_their_roles_are_for(pair: tuple[str, str]) -> None:
    one, other = (of_role(role) for role in pair)
    named = ("killed", "captured", "civilians_killed_us", "us_wounded", "coverage", "raids")
    differs = np.stack([total(one, name) != total(other, name) for name in named])
    assert (differs.sum(0) >= 3).all()


def test_aircraft_alone_with_nobody_forward_cost_no_life_and_let_forces_know_more() -> None:
    model = Model((SEEN, COMMAND, GROW, PEOPLE, scripted((EXPOSED,))))
    aircraft = force(320.0, roles={"isr": 1.0}, strikes=0.0, raids=0.0, presence=0.0, partner=0.0, surveillance=1.0)
    nobody = force(0.0)
    watched_, left = play(aircraft, nobody, model=model, told={})
    for name in ("us_killed", "us_wounded", "in_mexico", "killed", "civilians_killed_us"):
        assert not total(watched_, name).any(), name
    assert (watched_.weekly["orbits"][:, -1] > 0).all()
    assert (watched_.weekly["told"][:, -1] > left.weekly["told"][:, -1]).all()


def test_without_lift_raids_beyond_the_zone_go_by_road_and_the_wounded_die() -> None:
    walk, fly = {"assault": 0.8, "ground": 0.2}, {"assault": 0.4, "ground": 0.1, "lift": 0.5}
    inland: dict[str, Any] = {"reach": [[1.0, 0.0, 1.0]], "presence": 0.5, "raids": 0.5}
    still: dict[str, Any] = {"operations_organic": 0.25, "operations_med_gap": 1.6, "operations_near": 1.0}
    still |= {"operations_lead": 1e3, "operations_weight_factor_ground": 1.0, "operations_weight_factor_assault": 1.0}
    plans = [campaign(1000.0, roles=mixture(**roles), **inland) for roles in (walk, fly)]
    by_road, by_air = (simulate(ALONE, plan, told=KNOWN, **still) for plan in plans)
    assert by_road.weekly["evacuation_cover"][0, 5] == 0
    assert by_air.weekly["evacuation_cover"][0, 5] == 1
    # Half the people and the same mixture of raiders: by road a quarter of what they could do, by air all.
    ratio = by_road.weekly["raids"][0, 5] / by_air.weekly["raids"][0, 5]
    assert ratio == pytest.approx(2 * 0.25, rel=0.02)


def test_in_the_zone_lift_carries_nobody_and_hospitals_across_the_line_serve() -> None:
    walk = campaign(1000.0, roles=mixture(assault=1.0), presence=0.5, raids=0.5)
    near, far = (simulate(ALONE, walk, told=KNOWN, operations_near=near, operations_organic=0.0) for near in (1.0, 0.7))
    assert far.weekly["raids"][0, 5] > 0
    assert near.weekly["raids"][0, 5] == pytest.approx(far.weekly["raids"][0, 5], rel=1e-3)  # a few more are alive
    np.testing.assert_allclose(near.weekly["evacuation_cover"][0, 5], 1.0, rtol=1e-6)
    np.testing.assert_allclose(far.weekly["evacuation_cover"][0, 5], 0.7, rtol=1e-6)


def test_without_intelligence_agencies_there_are_fewer_leads_and_removals() -> None:
    full, without = play(force(), force(backing=[1.0, 1.0, 0.0]))
    sources = ("leads_residents", "leads_aircraft", "leads_agencies")
    leads = [np.stack([total(one, name) for name in sources]).sum(0) for one in (full, without)]
    assert (leads[1] < leads[0]).all()
    assert not total(without, "leads_agencies").any()
    removed = [total(one, "killed") + total(one, "captured") for one in (full, without)]
    assert removed[1].mean() < removed[0].mean()


def test_without_homeland_security_its_seam_is_wider() -> None:
    full, without = play(force(), force(backing=[1.0, 0.0, 1.0]))
    assert (without.weekly["efficiency"][:, 0] < full.weekly["efficiency"][:, 0]).all()
    assert (without.weekly["yield"][:, 0] < full.weekly["yield"][:, 0]).all()


def test_each_seam_that_opens_costs_tempo_and_yield_and_sends_more_to_the_wrong_people() -> None:
    answers = [[1.0] * 3, [0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0] * 3]
    first = [one.weekly for one in play(*(force(seam_answered=answer) for answer in answers))]
    for closed, opened in itertools.pairwise(first):
        assert (opened["efficiency"][:, 0] <= closed["efficiency"][:, 0]).all()
        assert (opened["yield"][:, 0] <= closed["yield"][:, 0]).all()
        assert (opened["wrong"][:, 0] >= closed["wrong"][:, 0]).all()
        assert (opened["raid_yield"][:, 0] <= closed["raid_yield"][:, 0]).all()


def test_special_operations_command_raids_faster_with_assault_units_and_not_with_others() -> None:
    usual, special = (force(roles={"assault": 1.0}, special_lead=lead) for lead in (0.0, 1.0))
    told: dict[str, Any] = {"command_socom_tempo": 1.5, "command_delay": 0.0, "operations_lead": 1e4}
    one, other = (each.weekly["raids"][:, 3] for each in play(usual, special, futures=4, model=SURE, **told))
    np.testing.assert_allclose(other / one, 1.5, rtol=0.02)
    ground, ground_special = (force(roles={"ground": 1.0}, special_lead=lead) for lead in (0.0, 1.0))
    one, other = (each.weekly["raids"][:, 3] for each in play(ground, ground_special, futures=4, model=SURE, **told))
    assert np.array_equal(other, one)


def test_a_million_people_remove_more_than_ninety_thousand_and_those_more_than_nine_with_falling_gains() -> None:
    sizes = (9_000.0, 90_000.0, 900_000.0)
    plans = [force(size, reach=[[1.0, 1.0, 1.0]]) for size in sizes]
    results = play(*plans, operations_wear=0.0)
    removed = [total(one, "killed") + total(one, "captured") for one in results]
    covered = [one.regional["coverage"][:, -1].mean(-1) for one in results]
    for least, more in ((0, 1), (1, 2)):
        share_within(removed[more] > removed[least], 0.85, 1.0)
        assert (covered[more] > covered[least]).all()
    assert (removed[2] - removed[1]).mean() / 810 < (removed[1] - removed[0]).mean() / 81


CASES = {
    "Afghanistan 2010-11": (10_000.0, 30_000.0, 0.35, 0.7, 163.0),
    "Iraq 2006": (4_000.0, 7_500.0, 0.5, 1.0, 69.0),
}


@pytest.mark.parametrize("case", CASES)
def test_with_the_forces_and_fighters_of_the_record_there_are_the_raids_of_the_record(case: str) -> None:
    """Forces, fighters and intelligence are judgement (docs/model/operations.md); what residents know alone makes leads, as recorded."""
    people, fighters, intelligence, exposed, record = CASES[case]
    members = jnp.asarray([[fighters, 0.0, 0.0, 0.0]])
    world = neutral_world(members, zone=jnp.asarray([1.0, 0.0, 0.0, 0.0]))
    told = {"intelligence": [intelligence] * 4, "exposed": np.full((1, 4), exposed)}
    raiders = campaign(people, 13, world=world, raids=1.0, roles=mixture(assault=1.0))
    plain: dict[str, Any] = {"operations_handover": 0.0, "operations_mitigation_readiness": 0.0}
    seen = simulate(ALONE, raiders, world=world, futures=400, at_median=False, told=told, **plain)
    inside(seen.weekly["raids"][:, 5], record, 10, 90)
    assert np.median(seen.weekly["raids"][:, 5]) == pytest.approx(record, rel=0.25)


def test_raids_of_draws_kill_capture_and_err_as_recorded() -> None:
    p = parameters([OPERATIONS], toy_world(), 400, at_median=False)["operations"]
    inside(np.asarray(p.v_raid), 0.616)
    inside(np.asarray(p.good * p.cap_raid), 0.27)
    inside(np.asarray(p.held_in_error), 1.3)
    breeding = np.asarray(p.y_exp * p.good * p.cap_raid)
    assert np.percentile(breeding, 99) < 0.8


def test_rules_of_capture_kill_fewer_in_a_raid_and_capture_as_many() -> None:
    free, strict = (force(rules=one_hot(rule, RULES), capture=1.0) for rule in ("any_cartel_activity", "hostile_act"))
    one, other = play(free, strict)
    assert (other.weekly["raid_yield"][:, 3] <= one.weekly["raid_yield"][:, 3]).all()
    assert total(other, "killed").mean() < total(one, "killed").mean()
    share_within(total(other, "captured") >= 0.9 * total(one, "captured"), 0.75, 1.0)


def test_whose_end_is_announced_meets_fewer_members_and_never_more() -> None:
    announced, left_open = play(force(announced_end=1.0), force(announced_end=0.0))
    removed = [total(one, "killed") + total(one, "captured") for one in (announced, left_open)]
    assert removed[0].mean() < removed[1].mean()
    least = parameters([OPERATIONS], toy_world(), 40, at_median=False)["operations"].wait
    assert float(np.max(least)) <= 0.3
    share_within(removed[0] > 0.5 * removed[1], 0.85, 1.0)


def test_aircraft_lent_without_a_force_are_aloft_tell_more_and_need_shared_leads() -> None:
    model = Model((SEEN, COMMAND, GROW, PEOPLE, scripted((EXPOSED, JOINT))))
    lent = force(0.0, levers={"isr_orbits": 10.0})
    at_start, suspended = (play(lent, force(0.0), model=model, told={"joint": [joint] * 3}) for joint in (1.0, 0.0))
    np.testing.assert_allclose(at_start[0].weekly["orbits"][:, -1], 10.0, rtol=1e-5)
    assert (at_start[0].weekly["told"][:, -1] > at_start[1].weekly["told"][:, -1]).all()
    assert not total(suspended[0], "us_killed").any()
    np.testing.assert_allclose(suspended[0].weekly["orbits"][:, -1], 0.0, atol=1e-6)
