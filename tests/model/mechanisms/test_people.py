import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given as cases
from hypothesis import settings
from hypothesis import strategies as st

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.accounts import BOUND_NORTH, DISPLACED, RESIDENTS_HOME
from premortem.model.index_sets import RESIDENTS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.operations import OPERATIONS
from premortem.model.mechanisms.people import PEOPLE
from premortem.model.signals import (
    BACKLASH,
    COOPERATION,
    COVERED,
    INTELLIGENCE,
    INTELLIGENCE_RATIO,
    MX_OPINION,
    PARTNER_SHARE,
    RECRUITS,
    SHELTER_PRICE,
    STATE_CIVILIAN_DEATHS_START,
    SUPPORT_STATE_RATIO,
    US_IN_MEXICO,
    US_SURVEILLANCE,
    US_TAKE_OF_DISPLACED,
    VIOLENCE,
)
from tests.model.given import GROW, KILL, scripted, simulate
from tests.model.toys import WEEKS, campaign, one_hot, orders, toy_world

WORLD = toy_world()
PEOPLE_THERE = np.asarray(WORLD.population)
SEEN = (
    Outcome("backlash", lambda view, own, moved: view[BACKLASH].sum()),
    Outcome("intelligence", lambda view, own, moved: view[INTELLIGENCE][0]),
    Outcome("intelligence_ratio", lambda view, own, moved: view[INTELLIGENCE_RATIO].max()),
    Outcome("support_state", lambda view, own, moved: view[SUPPORT_STATE_RATIO][0]),
    Outcome("support_us", lambda view, own, moved: (own.c.support_us0 + own.s.support_us)[0]),
    Outcome("felt", lambda view, own, moved: own.s.felt[0, 0]),
    Outcome(
        "fled", lambda view, own, moved: (moved(RESIDENTS_HOME, DISPLACED) + moved(RESIDENTS_HOME, BOUND_NORTH)).sum()
    ),
    Outcome(
        "displaced_zone",
        lambda view, own, moved: view.stock(next(a for a in PEOPLE.accounts if a.name == "displaced"))[0],
    ),
)
WATCHED = dataclasses.replace(PEOPLE, outcomes=PEOPLE.outcomes + SEEN)
TOLD = scripted(
    (
        COOPERATION,
        COVERED,
        MX_OPINION,
        PARTNER_SHARE,
        RECRUITS,
        SHELTER_PRICE,
        STATE_CIVILIAN_DEATHS_START,
        US_IN_MEXICO,
        US_SURVEILLANCE,
        US_TAKE_OF_DISPLACED,
        VIOLENCE,
    )
)
PARTS = (WATCHED, GROW, KILL, TOLD)
MEAN, LUCKY = Model(PARTS, noise=False), Model(PARTS)
CALM: dict[str, Any] = {"people_d0": 0.0}
HERE = {"us_in_mexico": [1000.0] * 4}


def play(*controls: Any, told: Any = None, **changes: Any) -> Trajectories:
    return simulate(MEAN, controls or [orders()], told=told, **changes)


def zone(residents: str = "stay", **changes: Any) -> Any:
    return campaign(residents=one_hot(residents, RESIDENTS), **changes)


def test_at_the_status_quo_nothing_felt_told_or_fled_moves_from_its_start() -> None:
    told = {"weekly_state": 2.0, "state_civilian_deaths_start": [2.0] * 4, "cooperation": 0.6}
    result = play(told=told)
    np.testing.assert_allclose(result.weekly["intelligence_ratio"], 1, atol=1e-6)
    np.testing.assert_allclose(result.weekly["support_state"], 1, atol=1e-6)
    np.testing.assert_allclose(result.weekly["backlash"], 0, atol=1e-3)
    np.testing.assert_allclose(result.weekly["displaced"][0], result.weekly["displaced"][0, 0], rtol=1e-3)


def test_ordinary_flight_and_return_balance_at_the_recorded_number_of_displaced() -> None:
    national = dataclasses.replace(WORLD, population=jnp.full(4, 130e6 / 4), homicides=jnp.full(4, 500.0))
    result = simulate(MEAN, orders(), world=national, people_d0=1.55e-5, people_d_return=0.0052)
    np.testing.assert_allclose(result.weekly["displaced"][0], 130e6 * 1.55e-5 / (1.55e-5 + 0.0052), rtol=2e-3)
    assert result.weekly["displaced"][0, -1] == pytest.approx(388_000, rel=0.005)


def test_more_flee_where_more_are_killed_and_the_national_number_stays() -> None:
    quiet = dataclasses.replace(WORLD, population=jnp.full(4, 1e6), homicides=jnp.asarray([50.0, 50.0, 50.0, 200.0]))
    result = simulate(MEAN, orders(), world=quiet, people_e_violence=1.0, people_d0=1e-5, people_d_return=0.05)
    assert result.weekly["fled"][0, 0] == pytest.approx(4e6 * 1e-5, rel=0.01)
    np.testing.assert_allclose(result.weekly["displaced_zone"] / result.weekly["displaced"], 50 / 350, rtol=0.01)


@pytest.mark.parametrize(("party", "weight"), [("us", 1.0), ("state", 0.5)])
def test_recruits_by_harm_are_exactly_theta_for_each_death_whatever_the_memory(party: str, weight: float) -> None:
    told = {f"once_{party}": 10.0}
    taus = np.array([2.0, 4.0, 26.0])
    plain: dict[str, Any] = {"people_theta": 0.8, "people_w_state": 0.5}
    result = simulate(MEAN, [orders()] * 3, told=told, people_tau_grievance=taus, **plain)
    deaths = 4 * 10
    expected = 0.8 * weight * deaths * -np.expm1(-(WEEKS - 1) / taus)
    np.testing.assert_allclose(result.weekly["backlash"][:, :-1].sum(1), expected, rtol=1e-4)
    np.testing.assert_allclose(result.accounts["members"].reshape(3, -1).sum(1), expected, rtol=2e-3)


def test_what_is_felt_fades_at_the_rate_of_memory() -> None:
    result = play(told={"once_us": 10.0}, people_tau_grievance=13.0)
    np.testing.assert_allclose(result.weekly["felt"][0], 10 * np.exp(-np.arange(WEEKS) / 13), rtol=1e-4)


def test_fear_deters_at_most_its_share_of_ordinary_recruits() -> None:
    result = play(told={"once_us": 1e4, "recruits": [20.0] * 4}, people_theta=-5.0, people_tau_grievance=26.0)
    assert result.weekly["backlash"][0].min() == pytest.approx(-0.3 * 80)


def test_deaths_that_residents_blame_on_us_forces_are_felt_only_while_these_are_present_and_never_counted() -> None:
    told = {"once_organisations": 100.0, "us_in_mexico": [[0.0] * 4, [1000.0] * 4]}
    result = play(orders(), orders(), told=told, people_misattributed=0.2)
    np.testing.assert_allclose(result.weekly["felt"][:, 0], [0.0, 20.0], rtol=1e-5)
    counted = result.accounts["residents_killed"].sum(2)
    np.testing.assert_allclose(counted, [[0, 0, 400, 0]] * 2, rtol=1e-4)


def test_without_sensors_residents_or_partners_only_the_base_is_known() -> None:
    result = play(told=HERE, people_i_tech=0.0, people_i_pop=0.0, people_i_part=0.0, people_i_base=0.08)
    np.testing.assert_allclose(result.weekly["intelligence"][0], 0.08, rtol=1e-5)


def test_with_everything_at_its_most_everything_becomes_known() -> None:
    told = HERE | {"cooperation": 1.0, "partner_share": 1.0, "covered": [1.0] * 4, "us_surveillance": [1e9] * 4}
    full: dict[str, Any] = {"people_i_tech": 1.0, "people_i_pop": 1.0, "people_i_part": 1.0, "people_tau_up": 3.0}
    result = play(told=told, **full)
    assert result.weekly["intelligence"][0, -1] == pytest.approx(1.0, abs=1e-3)


def test_intelligence_rises_with_cooperation_protection_and_sensors_and_falls_with_harm() -> None:
    protected = orders(levers={"tip_protection": 1.0})
    told = {
        "us_in_mexico": [[1000.0] * 4] * 5,
        "cooperation": [0.5, 0.9, 0.5, 0.5, 0.5],
        "us_surveillance": [[0.0] * 4] * 2 + [[12.5] * 4] + [[0.0] * 4] * 2,
        "weekly_us": [0.0, 0.0, 0.0, 50.0, 0.0],
    }
    result = simulate(MEAN, [*[orders()] * 4, protected], told=told, people_support_us_zone=0.0, **CALM)
    known = result.weekly["intelligence"][:, -1]
    assert known[1] > known[0]
    assert known[2] > known[0]
    assert known[3] < known[0]
    assert known[4] > known[0]


def test_sources_go_silent_at_one_pace_and_speak_at_another() -> None:
    told = HERE | {"once_us": [3000.0, 0.0]}
    slow: dict[str, Any] = {"people_tau_grievance": 1e6, "people_tau_support": 1e-3}
    speaks = orders(levers={"tip_protection": 1.0})
    result = play(orders(), speaks, told=told, people_tau_up=17.0, people_tau_down=4.0, **slow)
    steps = np.diff(result.weekly["intelligence"][:, 2:14])
    np.testing.assert_allclose(
        steps[:, 1:] / steps[:, :-1], np.exp([[-1 / 4], [-1 / 17]]) * np.ones((2, 10)), rtol=5e-3
    )
    assert (steps[0] < 0).all()
    assert (steps[1] > 0).all()


def test_harm_lowers_support_to_its_floor_and_harm_by_others_hardly_raises_it() -> None:
    told = {"weekly_us": [0.0, 1e4, 0.0], "violence": [[1.0] * 4, [1.0] * 4, [3.0] * 4]}
    result = play(
        orders(),
        orders(),
        orders(),
        told=told,
        people_a_harm=1.0,
        people_a_org=0.05,
        people_tau_grievance=4.0,
        people_tau_support=3.0,
    )
    support = result.weekly["support_us"][:, -1]
    assert support[1] == pytest.approx(0.02, abs=0.005)
    assert 0 < support[2] - support[0] < 0.0501


def test_compensation_softens_the_loss_of_support() -> None:
    paid = orders(levers={"compensation": 1.0})
    told = {"weekly_us": 20.0}
    result = play(orders(), paid, told=told, people_a_harm=0.05, people_compensation_effect=0.3)
    start = result.weekly["support_us"][0, 0]
    lost = start - result.weekly["support_us"][:, -1]
    assert lost[1] / lost[0] == pytest.approx(0.7, abs=0.03)


def test_support_starts_from_national_opinion() -> None:
    result = play(told={"mx_opinion": 0.4}, people_support_us_zone=-0.05)
    assert result.weekly["support_us"][0, 0] == pytest.approx(0.35, abs=1e-6)


def test_a_zone_displaces_its_share_by_its_rule_within_the_spread() -> None:
    rules = [zone("stay"), zone("warned"), zone("screened"), zone("evacuated")]
    result = simulate(MEAN, rules, people_d_zone=0.02, people_order=1.0, people_spread=5.5, people_d_return=0.0, **CALM)
    there = result.weekly["displaced"] / PEOPLE_THERE[0]
    np.testing.assert_allclose(there[:, -1], -np.expm1(-0.02 * np.array([1, 4, 4, 25])), rtol=2e-3)
    np.testing.assert_allclose(there[:, 5], there[:, -1], rtol=1e-5)
    assert (there[:, 2] < 0.62 * there[:, -1]).all()


def test_nobody_can_leave_faster_than_the_limit() -> None:
    result = play(zone("evacuated"), people_d_zone=10.0, people_spread=1.0, people_d_return=0.0, **CALM)
    assert result.weekly["displaced"][0, 0] / PEOPLE_THERE[0] == pytest.approx(-np.expm1(-0.3), rel=1e-3)


def test_a_zone_without_a_way_out_keeps_people_where_they_are() -> None:
    closed = zone("evacuated", flight_open=0.0)
    result = play(zone("evacuated"), closed, people_flight_blocked=0.5, people_d_zone=0.001, people_spread=1.0, **CALM)
    fled = result.weekly["fled"][:, 0]
    assert fled[1] / fled[0] == pytest.approx(0.5, rel=0.02)


def test_those_barred_by_a_zone_hardly_return_and_shelter_helps() -> None:
    never, barred = zone("evacuated", zone_in_force=0.0), zone("evacuated")
    opened = np.where(np.arange(WEEKS) < 2, 1.0, 0.0)
    lifted = zone("evacuated", zone_in_force=opened, zone_share=opened[:, None] * np.array([1.0, 0, 0, 0]))
    sheltered = dataclasses.replace(
        lifted, orders=dataclasses.replace(lifted.orders, levers=orders(levers={"shelter": 2.0}).orders.levers)
    )
    flat: dict[str, Any] = {
        "people_d_zone": 0.01,
        "people_spread": 1.0,
        "people_d_return": 0.02,
        "people_shelter_yield": 0.5,
    }
    displaced = play(never, barred, lifted, sheltered, **flat, **CALM).weekly["displaced"]
    assert not displaced[0].any()
    rate = -np.log(displaced[1:, -1] / displaced[1:, 10]) / (WEEKS - 11)
    np.testing.assert_allclose(rate, [0.004, 0.02, 0.03], rtol=0.02)


def test_money_for_victims_buys_shelter_at_its_price() -> None:
    paid = orders(levers={"victim_support": 5.0})
    start = PEOPLE_THERE.sum() * 0.001 / 0.021
    price = 5.0 / (0.5 * start)  # five million pay for half of the displaced
    told = {"shelter_price": price}
    result = play(orders(), paid, told=told, people_d0=0.001, people_d_return=0.02, people_shelter_yield=1.0)
    back = -np.diff(result.weekly["displaced"][1])[0] / start
    assert back == pytest.approx(0.02 * 0.5, rel=0.1)


def test_people_settle_outside_the_zone_and_take_their_place_among_residents() -> None:
    result = play(
        zone("evacuated"), people_d_zone=0.02, people_spread=1.0, people_d_return=0.05, people_settle=0.4, **CALM
    )
    home = result.accounts["residents_home"][0]
    assert home[0] < 0
    assert (home[1:] > 0).all()
    total = sum(result.accounts[name][0].sum() for name in ("residents_home", "displaced", "bound_north"))
    assert abs(total) < 5


def test_some_of_those_who_flee_are_bound_north_as_migration_says() -> None:
    result = play(zone("evacuated"), told={"north_share": 0.25}, people_d_zone=0.01, people_d_return=0.0, **CALM)
    north, displaced = (result.accounts[name][0].sum() for name in ("bound_north", "displaced"))
    assert north / (north + displaced) == pytest.approx(0.25, rel=1e-3)


@settings(max_examples=10, deadline=None)
@cases(
    d_zone=st.floats(0, 50),
    d_return=st.floats(1e-4, 2),
    theta=st.floats(-20, 20),
    killed=st.floats(0, 1e5),
    violence=st.floats(0, 50),
    noise=st.booleans(),
)
def test_nobody_appears_or_vanishes_whatever_is_done_to_residents(
    d_zone: float, d_return: float, theta: float, killed: float, violence: float, noise: bool
) -> None:
    told = HERE | {"weekly_us": killed, "violence": [violence] * 4, "recruits": [50.0] * 4, "north_share": 0.1}
    result = simulate(
        LUCKY if noise else MEAN,
        zone("evacuated"),
        told=told,
        people_d_zone=d_zone,
        people_d_return=d_return,
        people_theta=theta,
    )
    assert (result.fault_week < 0).all()
    change = sum(result.accounts[name][0].sum() for name in result.accounts)
    assert abs(change) <= 2e-6 * PEOPLE_THERE.sum()
    assert (result.accounts["residents_home"][0] + PEOPLE_THERE >= 0).all()


def test_blind_action_helps_only_if_enough_of_those_it_hits_are_members() -> None:
    """Members fall by blind action if and only if their share among the dead exceeds theta / (1 + theta) (Kress and Szechtman)."""
    theta = np.array([0.3, 0.3, 3.0, 3.0])
    share = theta / (1 + theta) + np.array([-0.03, 0.03, -0.03, 0.03])
    np.testing.assert_allclose(theta[[0, 2]] / (1 + theta[[0, 2]]), [0.231, 0.75], atol=5e-4)
    members = float(WORLD.members[:, 0].sum())
    plan = campaign(2000.0, raids=1.0, rule="any_cartel_activity")
    quiet: dict[str, Any] = {"operations_lead": 0.0, "people_tau_grievance": 0.01, "people_misattributed": 0.0}
    result = simulate(
        Model((OPERATIONS, PEOPLE, GROW), noise=False),
        [plan] * 4,
        people_theta=theta,
        operations_z=share * PEOPLE_THERE[0] / members,
        people_d_zone=0.0,
        **quiet,
        **CALM,
    )
    change = result.accounts["members"].reshape(4, -1).sum(1)
    assert (np.sign(change) == [1, -1, 1, -1]).all()
