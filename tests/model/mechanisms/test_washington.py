import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS, US_DEAD_OTHER, US_FORWARD
from premortem.model.index_sets import CONSENT, IF_REFUSED, LEGAL_ELEMENTS, MANDATED, REACHES, STOPS, TASKS
from premortem.model.mechanisms.operations import OPERATIONS
from premortem.model.mechanisms.washington import WASHINGTON
from premortem.model.signals import (
    COURTS,
    GDP_LOSS,
    MANDATE,
    OVERDOSE_RATIO,
    PERMISSION,
    US_SOIL_ATTACKS,
    VIOLENCE,
    WIDENED,
)
from premortem.model.units import NEVER
from tests.model.given import each, of, scripted, simulate, watched
from tests.model.toys import one_hot, orders, toy_world

WEEKS = 260
NEVER_IN_TIME = jnp.asarray([1e6])
QUIET = jax.tree.map(lambda _: NEVER_IN_TIME, toy_world().calendar)
WORLD = dataclasses.replace(toy_world(), calendar=QUIET)
SIGNALS = (PERMISSION, OVERDOSE_RATIO, US_SOIL_ATTACKS, VIOLENCE, GDP_LOSS)
PROBED = watched(
    WASHINGTON,
    *each([f"mandate {m}" for m in MANDATED], lambda view, own, moved: view[MANDATE]),
    *each([f"widened {m}" for m in MANDATED], lambda view, own, moved: view[WIDENED]),
    *each([f"court {e}" for e in LEGAL_ELEMENTS], lambda view, own, moved: view[COURTS]),
)
MODEL = Model((scripted(SIGNALS, (MEMBERS, US_FORWARD, US_DEAD_OTHER)), PROBED), noise=False)
STEADY: dict[str, Any] = {
    "rally": 0.0,
    "opinion_half_time": 1e-3,
    "stop_hazard": 0.0,
    "congress_hazard": 0.0,
    "clock_binding_ground": 0.0,
    "clock_binding_strikes": 0.0,
    "new_administration_stops": -10.0,
    "widen_hazard": 0.0,
    "success_memory": 1e-3,
    "noticed": 0.0,
}
"""Nothing stops, widens or rallies, and opinion moves at once."""


def run(
    people: float = 0.0,
    *,
    task: str = "presence",
    reach: tuple[str, ...] = REACHES,
    consent: str = "none",
    if_refused: str = "proceed",
    dead: float = 0.0,
    signals: dict[Any, Any] | None = None,
    world: Any = WORLD,
    parameters: dict[str, Any] | None = None,
    **plan: Any,
) -> Trajectories:
    made = orders(
        WEEKS,
        world,
        people=people,
        effort=[one_hot(task, TASKS)],
        reach=[[float(name in reach) for name in REACHES]],
        consent=one_hot(consent, CONSENT),
        if_refused=one_hot(if_refused, IF_REFUSED),
        in_force=1.0,
        **plan,
    )
    beyond = people if {"zone", "interior"} & set(reach) else 0.0
    told = {US_FORWARD: [beyond], US_DEAD_OTHER: [dead]} | (signals or {})
    return simulate(MODEL, made, world=world, told=told, **of(WASHINGTON, STEADY | (parameters or {})))


def weekly(*args: Any, **options: Any) -> dict[str, np.ndarray]:
    return {name: values[0] for name, values in run(*args, **options).weekly.items()}


def support(*args: Any, **options: Any) -> float:
    return float(weekly(*args, **options)["us_support"][1])


def test_nothing_ordered_leaves_everything_at_its_start() -> None:
    quiet = weekly(parameters={"new_administration_stops": 0.5, "stop_hazard": 0.5, "widen_hazard": 0.5})
    np.testing.assert_allclose(quiet["us_support"], 0.29, rtol=1e-5)
    for name in MANDATED:
        assert (quiet[f"mandate {name}"] == 1).all()
        assert (quiet[f"widened {name}"] == 0).all()
    for name in ("campaign_weeks", "days_beyond_authority", "legal_exposures", "adverse_rulings", "widened"):
        assert (quiet[name] == 0).all()


def test_support_is_that_for_the_reach_of_the_campaign_and_permission_takes_the_penalty_away_exactly() -> None:
    assert support(1000) == pytest.approx(0.52 - 0.23, abs=1e-5)
    assert support(1000, signals={PERMISSION: jnp.ones(3)}) == pytest.approx(0.52, abs=1e-5)
    assert support(1000, reach=("home_side",), signals={PERMISSION: jnp.ones(3)}) == pytest.approx(0.29, abs=1e-5)


def test_consent_counts_as_far_as_people_notice_the_force_it_is_given_to() -> None:
    at = {"signals": {PERMISSION: jnp.ones(3)}, "parameters": {"noticed": 100.0}}
    assert support(1, **at) == pytest.approx(0.29 + 0.23 / 101, abs=1e-5)
    assert support(100, **at) == pytest.approx(0.29 + 0.23 / 2, abs=1e-5)


@pytest.mark.parametrize("overdose", [0.5, 1.5])
def test_in_the_first_school_support_falls_by_the_slope_per_tenfold_deaths_whatever_the_success(
    overdose: float,
) -> None:
    school = {"success_view": 0.0, "casualty_slope": 0.08, "support_force": 0.8}
    at = {OVERDOSE_RATIO: overdose}
    fall = support(1000, dead=1e4, signals=at, parameters=school) - support(
        1000, dead=1e5, signals=at, parameters=school
    )
    assert fall == pytest.approx(0.08, abs=5e-4)


def test_in_the_second_school_deaths_cost_nothing_while_people_expect_to_win() -> None:
    winning = {"success_view": 1.0, "success_sensitivity": 100.0, "success_gain": 0.1}
    at = {OVERDOSE_RATIO: 0.0}
    alive, dead = (support(1000, dead=d, signals=at, parameters=winning) for d in (0.0, 1e5))
    assert dead == pytest.approx(alive, abs=1e-5)
    assert alive == pytest.approx(0.29 + 0.1 / 2, abs=1e-4)
    losing = {OVERDOSE_RATIO: 2.0}
    assert support(1000, dead=1e3, signals=losing, parameters=winning) < 0.29 - 0.1 / 2


def test_success_follows_what_changed_since_the_start_with_its_memory() -> None:
    slow = {"success_memory": 12.0, "success_sensitivity": 8.0, "success_overdose": 0.6, "success_floor": 1.0}
    path = weekly(1000, signals={OVERDOSE_RATIO: 0.8}, parameters=slow | {"success_gain": 0.25})["us_support"]
    final = 1 / (1 + np.exp(-8 * 0.6 * 0.2))
    success = final + (0.5 - final) * np.exp(-np.arange(WEEKS) / 12.0)
    np.testing.assert_allclose(path, 0.29 + 0.25 * (success - 0.5), atol=1e-5)
    published = weekly(1000, signals={OVERDOSE_RATIO: 0.8}, parameters=slow, levers={"publish_results": 1.0})
    assert published["us_support"][-1] > path[-1]


def test_attacks_violence_and_prices_cost_support_and_members_removed_gain_it() -> None:
    base = support(1000)
    assert support(1000, signals={US_SOIL_ATTACKS: 1.0}) < base
    assert support(1000, signals={VIOLENCE: 2.0 * jnp.ones(4)}) < base
    priced = support(1000, signals={GDP_LOSS: 20e3}, parameters={"price_sensitivity": 0.01, "price0": 20.0})
    assert priced == pytest.approx(base - 0.01 * np.log(2), abs=1e-5)


def test_output_gained_at_the_ports_raises_support_within_bounds() -> None:
    """Less violence lets ports gain more than ``price0``: its logarithm would be of less than nothing, and the future lost."""
    prices = {"price_sensitivity": 0.01, "price0": 20.0}
    half, all_, more = (support(1000, signals={GDP_LOSS: -one}, parameters=prices) for one in (10e3, 20e3, 60e3))
    assert half == pytest.approx(support(1000) + 0.01 * np.log(2), abs=1e-5)
    assert half < all_ == more < support(1000) + 0.04


def test_a_rally_fades_by_its_half_life() -> None:
    path = weekly(1000, parameters={"rally": 0.04, "rally_half_life": 8.0})["us_support"]
    np.testing.assert_allclose(path[1:] - 0.29, 0.04 * 0.5 ** (np.arange(1, WEEKS) / 8), atol=1e-5)


def test_a_binding_clock_ends_every_unauthorised_campaign_at_its_day() -> None:
    binding = {"clock_binding_ground": 1.0}
    plain = run(1000, parameters=binding)
    assert plain.stop_week[0] == np.ceil(62 / 7)
    assert plain.weekly["stopped_by_clock"][0, -1] == 1
    assert run(1000, parameters=binding, certify=1.0).stop_week[0] == np.ceil(92 / 7)
    assert run(1000, parameters=binding, report_hours=0.0).stop_week[0] == np.ceil(60 / 7)
    assert run(1000, parameters=binding, authorised=1.0).stop_week[0] == NEVER
    assert run(1000, reach=("home_side",), parameters=binding).stop_week[0] == NEVER
    assert run(1000, task="strikes", parameters=binding).stop_week[0] == NEVER
    assert run(1000, task="strikes", parameters={"clock_binding_strikes": 1.0}).stop_week[0] == np.ceil(62 / 7)


def test_a_clock_that_does_not_bind_only_counts_the_days_beyond() -> None:
    free = run(1000)
    assert free.stop_week[0] == NEVER
    assert free.weekly["days_beyond_authority"].sum() == pytest.approx(7 * (WEEKS - 62 / 7), rel=1e-5)
    assert free.weekly["campaign_weeks"].sum() == WEEKS
    assert run(1000, authorised=1.0).weekly["days_beyond_authority"].sum() == 0


def test_congress_authorises_a_bound_campaign_by_its_support() -> None:
    backed = {"clock_binding_ground": 1.0, "support_force": 0.73 + 0.05 * np.log(3), "authorise_width": 0.05}
    lucky, unlucky = (run(1000, parameters=backed | {"authorise_luck": luck}) for luck in (0.74, 0.76))  # odds 3 to 1
    assert lucky.stop_week[0] == NEVER
    assert lucky.weekly["days_beyond_authority"].sum() == 0
    assert unlucky.stop_week[0] == np.ceil(62 / 7)


@pytest.mark.parametrize("luck", [0.9, 0.5, 0.1])
def test_campaigns_end_by_their_hazard_half_of_them_after_its_half_life(luck: float) -> None:
    hazard = {"stop_hazard": 0.02, "stop_support_slope": 0.0, "support_luck": luck}
    ended = run(1000, parameters=hazard)
    assert ended.stop_week[0] == np.floor(-np.log(luck) / 0.02) + 1
    assert ended.weekly["stopped_by_support"][0, -1] == 1
    assert ended.weekly["stopped_by_plan"][0, -1] == 0


def test_low_support_hastens_the_end_and_strikes_alone_are_borne_longer() -> None:
    hazard = {"stop_hazard": 0.02, "stop_support_slope": 5.0, "support_luck": 0.5, "strike_tolerance": 0.25}
    liked, disliked = (run(1000, parameters=hazard | {"support_force": force}).stop_week[0] for force in (0.73, 0.43))
    expected = [np.log(2) / 0.02 * np.exp(-5 * (0.3 - s)) for s in (0.5, 0.2)]
    np.testing.assert_allclose([liked, disliked], expected, atol=2)
    steady = hazard | {"stop_support_slope": 0.0}
    ground, strikes = (run(1000, task=task, parameters=steady).stop_week[0] for task in ("presence", "strikes"))
    assert strikes == pytest.approx(4 * ground, abs=4)


def test_congress_acts_only_past_the_clock_and_consultation_changes_its_mood() -> None:
    hazard = {"congress_hazard": 0.02, "stop_support_slope": 0.0, "congress_luck": 0.5, "consultation_effect": -0.5}
    told, untold = (run(1000, parameters=hazard, consulted=c) for c in (1.0, 0.0))
    assert untold.stop_week[0] == pytest.approx(62 / 7 + np.log(2) / 0.02, abs=2)
    assert told.stop_week[0] == pytest.approx(62 / 7 + np.log(2) / 0.02 * np.exp(0.5), abs=2)
    assert told.weekly["stopped_by_congress"][0, -1] == 1
    assert run(1000, parameters=hazard, authorised=1.0).stop_week[0] == NEVER


def test_a_new_administration_may_stop_force_at_its_date_and_at_no_other() -> None:
    world = dataclasses.replace(
        WORLD, calendar=dataclasses.replace(WORLD.calendar, us_administrations=jnp.asarray([100.5]))
    )
    even = {"new_administration_stops": 0.5, "stop_support": 0.29}
    stops, spares = (
        run(1000, world=world, parameters=even | {"administration_luck": [luck, 0.5, 0.5]}) for luck in (0.49, 0.51)
    )
    assert stops.stop_week[0] == 102
    assert stops.weekly["stopped_by_administration"][0, -1] == 1
    assert spares.stop_week[0] == NEVER
    assert run(1000, world=world, reach=("home_side",), parameters=even).stop_week[0] == NEVER


def test_nobody_may_be_beyond_the_line_once_the_withdrawal_is_over() -> None:
    stopped = weekly(1000, parameters={"clock_binding_ground": 1.0, "withdrawal_weeks": 10.0})
    zone = stopped["mandate zone"]
    stop = int(np.ceil(62 / 7))
    assert (zone[: stop + 9] == 1).all()  # probes see the mandate for the next week
    assert (zone[stop + 9 :] == 0).all()
    assert (stopped["mandate home_side"] == 1).all()


def test_what_is_refused_is_done_anyway_reduced_or_abandoned_as_the_plan_says() -> None:
    asks: dict[str, Any] = {"consent": "senate_authorized"}
    assert (weekly(1000, **asks, if_refused="proceed")["mandate zone"] == 1).all()
    reduced = run(1000, **asks, if_refused="reduce")
    assert (reduced.weekly["mandate zone"] == 0).all()
    assert (reduced.weekly["mandate strikes"] == 0).all()
    assert reduced.stop_week[0] == NEVER
    abandoned = run(1000, **asks, if_refused="abandon")
    assert abandoned.stop_week[0] == 1
    assert abandoned.weekly["stopped_by_mexico"][0, -1] == 1
    granted = run(1000, **asks, if_refused="abandon", signals={PERMISSION: jnp.asarray([1.0, 1.0, 0.3])})
    assert granted.stop_week[0] == NEVER
    assert run(1000, consent="none", if_refused="abandon").stop_week[0] == NEVER
    assert run(1000, task="partner", **asks, if_refused="abandon").stop_week[0] == NEVER
    assert run(0, **asks, if_refused="abandon").stop_week[0] == NEVER


def test_an_attack_widens_a_campaign_short_of_the_interior_for_a_time() -> None:
    quick = {"widen_hazard": 0.1, "widen_attack": 10.0, "widen_luck": 0.5, "widen_weeks": 26.0}
    factors = {"widen_effort": 1.5, "widen_strikes": 2.0, "widen_failure": 0.0}
    attack = {US_SOIL_ATTACKS: (jnp.arange(WEEKS) == 10).astype(float)}
    wide = weekly(1000, reach=("home_side", "zone"), signals=attack, parameters=quick | factors)
    week = np.arange(WEEKS)
    during = (week > 9) & (week <= 9 + 26)
    assert (wide["widened interior"] == during).all()
    np.testing.assert_allclose(wide["mandate zone"], np.where(during, 1.5, 1.0))
    np.testing.assert_allclose(wide["mandate strikes"], np.where(during, 2.0, 1.0))
    assert wide["widened"][-1] == 1
    at_home = weekly(1000, reach=("home_side",), signals=attack, parameters=quick | factors)
    assert (at_home["widened zone"] == during).all()
    assert (at_home["widened interior"] == 0).all()
    assert weekly(1000, signals=attack, parameters=quick | factors)["widened"][-1] == 0


def test_courts_rule_on_exposed_elements_in_use_and_bar_them_until_the_appeal_ends() -> None:
    lucks = {"ruling_luck": [0.5] * 6, "adverse_luck": [0.2] * 6, "stay_luck": [0.9] * 6, "appeal_luck": [0.5] * 6}
    times = {"ruling_time": 20.0, "adverse": 0.5, "adverse_abroad": 0.1, "stayed": 0.5, "appeal_time": 50.0}
    exposed = weekly(1000, exposures=[1.0, 0.5, 0.25, 0.0, 0.0, 0.0], parameters=lucks | times)
    ruling = int(np.ceil(20 * np.log(2)))
    barred = exposed["court active"] == 0
    assert barred.argmax() == ruling - 1
    assert barred.sum() == pytest.approx(50 * np.log(2), abs=1)
    assert (exposed["court force_abroad"] == 1).all()  # the ruling came, and was not adverse
    assert (exposed["court local_police"] == 1).all()
    assert exposed["adverse_rulings"].sum() == 2
    np.testing.assert_allclose(exposed["legal_exposures"][[0, ruling]], [1.75, 0.0])
    stayed = weekly(1000, exposures=[0.0, 1.0, 0.0, 0.0, 0.0, 0.0], parameters=lucks | times | {"stay_luck": [0.1] * 6})
    assert (stayed["court active"] == 1).all()
    assert stayed["adverse_rulings"].sum() == 1


def test_a_plan_that_pauses_holds_back_before_federal_elections_only() -> None:
    world = dataclasses.replace(WORLD, calendar=dataclasses.replace(WORLD.calendar, us_elections=jnp.asarray([60.5])))
    paused = weekly(1000, world=world, levers={"election_pause": 1.0}, parameters={"election_pause_effect": 0.4})
    np.testing.assert_allclose(paused["mandate zone"][53:61], 0.4, rtol=1e-6)
    assert (paused["mandate zone"][:53] == 1).all()
    assert (paused["mandate zone"][61:] == 1).all()
    assert (weekly(1000, world=world)["mandate zone"] == 1).all()


def test_a_stop_by_washington_brings_the_task_forces_home() -> None:
    model = Model((scripted(SIGNALS, (MEMBERS,)), OPERATIONS, WASHINGTON), noise=False)
    made = orders(
        WEEKS,
        people=1000.0,
        forward_share=[0.5],
        effort=[one_hot("presence", TASKS)],
        reach=[[1.0, 1.0, 1.0]],
        in_force=1.0,
        inventory=1e9,
        units_per_deployed=1.0,
    )
    binding = of(WASHINGTON, STEADY | {"clock_binding_ground": 1.0})
    result = simulate(model, made, world=WORLD, **binding)
    deployed, stop = result.weekly["us_deployed"][0], int(result.stop_week[0])
    assert 9 <= stop <= 11
    assert deployed[stop - 1] == pytest.approx(1000, rel=0.01)
    assert deployed[stop + 20] < 1
    assert result.weekly["campaign_weeks"][0].sum() < stop + 16
    assert {cause: result.weekly[f"stopped_by_{cause}"][0, -1] for cause in STOPS}["clock"] == 1
