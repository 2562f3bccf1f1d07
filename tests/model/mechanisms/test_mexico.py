import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import (
    MX_FORCES_KILLED,
    US_FORWARD,
    US_KILLED_BY_MX,
)
from premortem.model.index_sets import CONSENT, EVENTS, PERMISSIONS, TASKS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.mexico import MEXICO
from premortem.model.signals import (
    COOPERATION_RATIO,
    COUNTERMEASURES,
    DEAL_CHILL,
    FRESH_INJURY,
    INCIDENT_FACTOR,
    PERMISSION,
    TRUST,
    US_CIVILIAN_DEATHS,
    US_IN_MEXICO,
    US_STRIKES,
)
from premortem.model.units import NEVER
from tests.model.given import each, of, scripted, simulate, watched
from tests.model.toys import one_hot, orders, toy_world

WEEKS = 260
NEVER_IN_TIME = jnp.asarray([1e6])
QUIET = jax.tree.map(lambda _: NEVER_IN_TIME, toy_world().calendar)
WORLD = dataclasses.replace(toy_world(), calendar=QUIET)


def shocked(kind: str, *weeks: float) -> Any:
    """Return a world with events of a kind in some weeks."""
    column = np.asarray([one == kind for one in EVENTS])
    shocks = jnp.asarray([np.where(column, week, NEVER) for week in weeks])
    return dataclasses.replace(WORLD, calendar=dataclasses.replace(WORLD.calendar, mx_shocks=shocks))


SHOCKED = shocked("official_arrested_abroad", 0.0)

PROBED = watched(
    MEXICO,
    *each(PERMISSIONS, lambda view, own, moved: view[PERMISSION]),
    Outcome("ratio", lambda view, own, moved: view[COOPERATION_RATIO]),
    Outcome("fresh", lambda view, own, moved: view[FRESH_INJURY]),
    Outcome("countermeasures", lambda view, own, moved: view[COUNTERMEASURES]),
    Outcome("us dead", lambda view, own, moved: moved.stocks[US_KILLED_BY_MX].sum()),
    Outcome("mx dead", lambda view, own, moved: moved.stocks[MX_FORCES_KILLED].sum()),
)
GIVEN = scripted((US_IN_MEXICO, US_STRIKES, US_CIVILIAN_DEATHS, INCIDENT_FACTOR, TRUST, DEAL_CHILL), (US_FORWARD,))
EXPECTED, NOISY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))
AT_ONCE = {"fall_half_time": 1e-3, "rise_half_time": 1e-3}
HARMLESS = {"injury_dwell": 0.0, "injury_death": 0.0, "injury_strike": 0.0, "incident_rate": 0.0}


def run(
    people: float = 0.0,
    strikes: float = 0.0,
    deaths: float = 0.0,
    *,
    world: Any = WORLD,
    model: Model = EXPECTED,
    trust: float = 0.0,
    chill: float = 0.0,
    futures: int = 1,
    factor: float = 1.0,
    parameters: dict[str, Any] | None = None,
    task: str = "presence",
    consent: str = "none",
    **plan: Any,
) -> dict[str, np.ndarray]:
    """Return weekly outcomes [week] (of the first future) or [future, week] where there are many."""
    made = orders(WEEKS, world, effort=[one_hot(task, TASKS)], consent=one_hot(consent, CONSENT), in_force=1.0, **plan)
    told = {
        US_FORWARD: [people],
        US_IN_MEXICO: people / world.regions,
        US_STRIKES: strikes,
        US_CIVILIAN_DEATHS: deaths / world.regions,
        INCIDENT_FACTOR: factor,
        TRUST: trust,
        DEAL_CHILL: chill,
    }
    result = simulate(model, made, world=world, told=told, futures=futures, **of(MEXICO, parameters or {}))
    return {name: values[0] if futures == 1 else values for name, values in result.weekly.items()}


def test_without_an_act_cooperation_stays_at_its_start_for_ever() -> None:
    quiet = run()
    np.testing.assert_allclose(quiet["mx_cooperation"], 0.6, rtol=1e-6)
    np.testing.assert_allclose(quiet["mx_opinion"], 0.41, rtol=1e-6)
    np.testing.assert_allclose(quiet["ratio"], 1.0, rtol=1e-6)
    assert (quiet["countermeasures"] == 0).all()
    assert quiet["incidents_between_armies"].sum() == 0


def test_an_injury_halves_every_half_life_and_cooperation_is_its_exponential() -> None:
    shock = {"injury_arrest": np.log(2), "injury_half_life": 70.0}
    cooperation = run(world=SHOCKED, parameters=shock | AT_ONCE)["mx_cooperation"]
    injury = np.log(2) * 2 ** (-np.arange(WEEKS) / 70.0)
    np.testing.assert_allclose(cooperation, 0.6 * np.exp(-injury), rtol=1e-5)
    recovered = int(np.argmax(cooperation >= 0.9 * 0.6))
    assert recovered == np.ceil(2.7168 * 70)  # T log2(ln 2 / ln(1/.9))


def test_an_event_of_a_lesser_kind_hurts_by_its_weight_and_heals_in_a_time_of_its_own() -> None:
    shock = {"injury_arrest": np.log(2), "injury_half_life": 70.0, "lesser_half_life": 20.0}
    for kind in EVENTS[1:]:
        cooperation = run(world=shocked(kind, 0.0), parameters=shock | {f"shock_{kind}": 0.5} | AT_ONCE)[
            "mx_cooperation"
        ]
        injury = 0.5 * np.log(2) * 2 ** (-np.arange(WEEKS) / 20.0)
        np.testing.assert_allclose(cooperation, 0.6 * np.exp(-injury), rtol=1e-5)


def test_injuries_of_both_kinds_add_up_and_each_heals_at_its_own_pace() -> None:
    both = jnp.concatenate([SHOCKED.calendar.mx_shocks, shocked("covert_lethal", 0.0).calendar.mx_shocks])
    world = dataclasses.replace(WORLD, calendar=dataclasses.replace(WORLD.calendar, mx_shocks=both))
    shock = {"injury_arrest": 0.3, "injury_half_life": 70.0, "lesser_half_life": 20.0, "injury_max": 1e9}
    cooperation = run(world=world, parameters=shock | {"shock_covert_lethal": 0.5} | AT_ONCE)["mx_cooperation"]
    injury = 0.3 * 2 ** (-np.arange(WEEKS) / 70.0) + 0.15 * 2 ** (-np.arange(WEEKS) / 20.0)
    np.testing.assert_allclose(cooperation, 0.6 * np.exp(-injury), rtol=1e-5)


def test_an_event_without_weight_changes_no_bit_and_a_heavier_one_costs_more_cooperation() -> None:
    calm = run()["mx_cooperation"]
    lowest = []
    for weight in (0.0, 0.1, 0.3, 1.0):
        given = {"shock_covert_lethal": weight}
        falls = run(world=shocked("covert_lethal", 3.0), parameters=given)["mx_cooperation"]
        assert np.array_equal(falls, calm) is (weight == 0.0)
        lowest.append(falls.min())
    assert lowest == sorted(lowest, reverse=True)


def test_one_act_as_in_april_2026_costs_a_few_percent_at_its_lowest_and_is_half_made_good_within_the_year() -> None:
    ratio = run(world=shocked("covert_lethal", 0.0))["mx_cooperation"] / 0.6
    lowest = int(ratio.argmin())
    assert 0.03 < 1 - ratio[lowest] < 0.25
    half = int(np.argmax(ratio[lowest:] > (1 + ratio[lowest]) / 2))
    assert 15 <= half <= 60


def test_more_diplomacy_shortens_healing_by_its_slope() -> None:
    shock = {"injury_arrest": np.log(2), "injury_half_life": 70.0, "diplomacy_slope": 0.5}
    cooperation = run(world=SHOCKED, parameters=shock | AT_ONCE, levers={"diplomacy": 1.0})["mx_cooperation"]
    half_life = 70.0 * (1 + 0.5 * (0.3 - 1.0))
    injury = np.log(2) * 2 ** (-np.arange(WEEKS) / half_life)
    np.testing.assert_allclose(cooperation, 0.6 * np.exp(-injury), rtol=1e-5)


def test_cooperation_falls_fast_and_rises_slowly() -> None:
    shock = {"injury_arrest": 1.0, "fall_half_time": 8.0, "rise_half_time": 26.0, "injury_half_life": 1e9}
    falls = run(world=SHOCKED, parameters=shock)["mx_cooperation"]
    target = 0.6 * np.exp(-1)
    np.testing.assert_allclose(falls, target + (0.6 - target) * 0.5 ** ((np.arange(WEEKS) + 1) / 8), rtol=1e-5)
    raised = run(parameters=shock | {"pressure_effect": 0.2}, levers={"pressure": 1.0})["mx_cooperation"]
    np.testing.assert_allclose(raised, 0.7 - 0.1 * 0.5 ** ((np.arange(WEEKS) + 1) / 26), rtol=1e-5)


def test_injury_never_exceeds_its_bound_whatever_is_done() -> None:
    worst = run(50_000, 100.0, 1000.0, parameters=AT_ONCE | {"injury_ground_entry": 10.0})
    assert worst["mx_cooperation"].min() >= 0.6 * np.exp(-3) * (1 - 1e-5)
    assert worst["mx_cooperation"].max() < 0.6


def test_pressure_at_the_status_quo_makes_its_effect_irrelevant() -> None:
    one, other = (run(8000, parameters={"pressure_effect": g})["mx_cooperation"] for g in (-0.2, 0.3))
    assert np.array_equal(one, other)


def test_pressure_may_raise_or_lower_cooperation() -> None:
    up, down = (run(parameters={"pressure_effect": g}, levers={"pressure": 1.0}) for g in (0.2, -0.2))
    assert up["mx_cooperation"][-1] == pytest.approx(0.7, rel=1e-3)
    assert down["mx_cooperation"][-1] == pytest.approx(0.5, rel=1e-3)


def test_full_permission_and_no_harm_injure_nobody() -> None:
    permitted = run(
        20_000,
        consent="senate_authorized",
        consent_assumed=1.0,
        parameters={"permission_loss": 0.0, "incident_rate": 0.0},
    )
    np.testing.assert_allclose(permitted["mx_cooperation"], 0.6, rtol=1e-6)
    assert permitted["combat"][0] == 1


def test_entry_injures_once_and_only_if_people_stand_on_the_ground() -> None:
    entry = AT_ONCE | HARMLESS | {"injury_ground_entry": 0.5, "injury_half_life": 1e9, "opposition0": 0.59}
    entered = run(1000, parameters=entry)["mx_cooperation"]
    np.testing.assert_allclose(entered[1:10], 0.6 * np.exp(-0.5), rtol=1e-4)
    for task in ("strikes", "surveillance", "partner"):
        afar = run(1000, task=task, parameters=entry)["mx_cooperation"]
        np.testing.assert_allclose(afar, 0.6, rtol=1e-6)


def test_strikes_and_stay_injure_by_their_number_until_injury_saturates() -> None:
    rates = AT_ONCE | HARMLESS | {"injury_ground_entry": 0.0, "injury_half_life": 1e9, "opposition0": 0.59}
    struck = run(0, 2.0, parameters=rates | {"injury_strike": 0.001})["mx_cooperation"]
    weeks = np.arange(1, WEEKS + 1)
    injury = 3 * (1 - (1 - 0.002 / 3) ** weeks)
    np.testing.assert_allclose(struck, 0.6 * np.exp(-injury), rtol=2e-4)
    stayed = run(10_000, parameters=rates | {"injury_dwell": 0.002, "opinion_combat": 0.0})["mx_cooperation"]
    np.testing.assert_allclose(stayed, struck, rtol=1e-5)


def test_incidents_come_at_their_rate_and_kill_on_both_sides_through_the_ledger() -> None:
    fixed = {"incident_rate": 0.0042, "incident_deaths": 4.0, "incident_us_share": 0.25, "meet_hostile": 3.0}
    clashes = run(10_000, parameters=fixed)
    overlap = clashes["incidents_between_armies"][0] / 0.042
    assert 0.5 < overlap < 2
    per_week = clashes["incidents_between_armies"]
    assert per_week[:48].sum() == pytest.approx(2.0 * overlap, rel=0.01)
    assert clashes["us dead"][-1] == pytest.approx(per_week.sum() * 4 * 0.25, rel=1e-4)
    assert clashes["mx dead"][-1] == pytest.approx(per_week.sum() * 4 * 0.75, rel=1e-4)
    half = run(10_000, factor=0.5, parameters=fixed)["incidents_between_armies"].sum()
    assert half == pytest.approx(per_week.sum() / 2, rel=1e-5)
    assert run(10_000, parameters=fixed | {"incident_rate": 0.0})["us dead"][-1] == 0
    hostile = run(10_000, parameters=fixed, zone_share=[1.0] * 4, mexican_forces=[0.0, 0.0, 0.0, 1.0])[
        "incidents_between_armies"
    ].sum()
    assert hostile == pytest.approx(3 * per_week.sum(), rel=1e-5)


def test_incidents_are_poisson_counts_and_their_dead_whole_people() -> None:
    fixed = {"incident_rate": 0.004, "incident_deaths": 4.0, "incident_us_share": 0.25, "injury_death": 0.0}
    mean = run(10_000, parameters=fixed)["incidents_between_armies"].sum()
    many = run(10_000, parameters=fixed, model=NOISY, futures=160)
    counts = many["incidents_between_armies"].sum(1)
    assert counts.mean() == pytest.approx(mean, rel=0.1)
    assert counts.var() == pytest.approx(mean, rel=0.3)
    assert np.allclose(many["us dead"], np.round(many["us dead"]), atol=1e-3)


@pytest.mark.parametrize(
    ("luck", "granted"),
    [(0.05, {"information", "partnered", "combat"}), (0.3, {"information", "partnered"}), (0.95, set())],
)
def test_a_bolder_grant_implies_a_lesser_one(luck: float, granted: set[str]) -> None:
    asked = run(consent="senate_authorized", parameters={"grant_luck": luck})
    assert {name for name in PERMISSIONS if asked[name][0] > 0} == granted


def test_permission_is_what_the_plan_asks_for_within_its_scope() -> None:
    lucky = {"grant_luck": 0.01, "tacit": 0.3, "partial": 0.6}
    assert run(consent="none", parameters=lucky)["combat"][0] == 0
    assert run(consent="agency", parameters=lucky)["combat"][0] == pytest.approx(0.3)
    assert run(consent="executive_only", parameters=lucky)["combat"][0] == pytest.approx(0.6)
    scoped = run(consent="senate_authorized", consent_scope=[1.0, 0.0, 0.0], parameters=lucky)
    assert [scoped[name][0] for name in PERMISSIONS] == [1, 0, 0]
    assumed = run(consent="senate_authorized", consent_assumed=1.0, parameters={"grant_luck": 0.99})
    assert assumed["combat"][0] == 1


def test_a_permission_in_use_is_withdrawn_when_its_summed_hazard_has_passed() -> None:
    given = {"permission_loss": 0.01, "loss_luck": [0.5, 0.5, 0.5], "grant_luck": 0.01}
    used = run(1000, consent="senate_authorized", parameters=given)
    assert int((used["combat"] > 0).sum()) == np.ceil(np.log(2) / 0.01) - 1
    assert (used["partnered"] > 0).all()
    harmed = run(1000, 0.0, 20.0, consent="senate_authorized", parameters=given)
    assert (harmed["combat"] > 0).sum() < (used["combat"] > 0).sum()


def test_civilian_deaths_turn_opinion_and_relations() -> None:
    harmed, quiet = run(0, 0, 5.0), run()
    assert harmed["mx_opinion"][-1] < quiet["mx_opinion"][-1]
    assert harmed["mx_cooperation"][-1] < quiet["mx_cooperation"][-1]


def test_an_incident_injures_by_its_dead_and_less_where_mexico_has_agreed() -> None:
    dead = AT_ONCE | {
        "injury_ground_entry": 0.0,
        "injury_dwell": 0.0,
        "injury_half_life": 1e9,
        "injury_death": 1e-4,
        "opposition0": 0.59,
        "incident_rate": 0.004,
        "opinion_combat": 0.0,
    }
    few, many = (run(10_000, parameters=dead | {"incident_deaths": n})["fresh"][5] for n in (2.0, 24.0))
    assert many == pytest.approx(12 * few, rel=1e-3)
    agreed = {"consented": 0.25, "permission_loss": 0.0, "incident_deaths": 24.0}
    with_consent = run(10_000, parameters=dead | agreed, consent="senate_authorized", consent_assumed=1.0)
    assert with_consent["fresh"][5] == pytest.approx(many / 4, rel=1e-3)
    capped = run(10_000, parameters=dead | {"incident_deaths": 24.0, "deaths_most": 0.1})["fresh"][5]
    assert capped == pytest.approx(1e-4 * 0.1, rel=1e-3)


def test_trust_multiplies_what_cooperation_aims_at() -> None:
    np.testing.assert_allclose(run(trust=0.2, parameters=AT_ONCE)["mx_cooperation"], 0.6 * np.exp(0.2), rtol=1e-5)


def test_aid_raises_cooperation_from_where_it_stands() -> None:
    gain = {"aid_gain": 0.04} | AT_ONCE
    more = run(levers={"aid": 450.0}, parameters=gain)["mx_cooperation"]
    np.testing.assert_allclose(more, 0.6 + 0.04 * np.log(5), rtol=1e-5)
    partner = run(partner_aid=400.0, parameters=gain)["mx_cooperation"]
    np.testing.assert_allclose(partner, more, rtol=1e-6)


def test_a_new_mexican_government_redraws_the_base_whatever_the_plan() -> None:
    world = dataclasses.replace(
        WORLD, calendar=dataclasses.replace(WORLD.calendar, mx_governments=jnp.asarray([100.5]))
    )
    cooperation = run(world=world, parameters=AT_ONCE | {"government_effect": np.log(4 / 3)})["mx_cooperation"]
    assert cooperation[100] == pytest.approx(0.6, rel=1e-5)
    assert cooperation[101] == pytest.approx(0.8, rel=1e-5)
    assert run(world=world, parameters=AT_ONCE | {"government_effect": 0.9})["mx_cooperation"][-1] == pytest.approx(
        0.95
    )


def test_consent_by_date_and_number_holds_in_its_weeks_and_for_its_people() -> None:
    asked: dict[str, Any] = {"task": "partner", "consent": "senate_authorized", "consent_assumed": 1.0}
    weeks = np.zeros(WEEKS)
    weeks[:10] = 1
    dated = run(20.0, **asked, permitted=weeks)["partnered"]
    assert (dated[:10] > 0).all()
    assert not dated[10:].any()
    few = run(40.0, **asked, permitted_people=20.0)["partnered"]
    np.testing.assert_allclose(few[0], 0.5, rtol=1e-5)
    enough = run(20.0, **asked, permitted_people=20.0)["partnered"]
    np.testing.assert_allclose(enough[0], 1.0, rtol=1e-5)


def test_an_assumed_event_injures_once_like_one_on_record() -> None:
    shock = {"injury_arrest": np.log(2), "injury_half_life": 70.0} | AT_ONCE
    assumed = run(parameters=shock, assumed=[0.0, *[1e6] * (len(EVENTS) - 1)])["mx_cooperation"]
    np.testing.assert_allclose(assumed, run(world=SHOCKED, parameters=shock)["mx_cooperation"], rtol=1e-6)


def test_dealing_with_organisations_chills_cooperation_while_it_goes_on() -> None:
    cool = run(chill=0.1)["mx_cooperation"]
    np.testing.assert_allclose(cool[-1], 0.6 * np.exp(-0.1), rtol=1e-4)
