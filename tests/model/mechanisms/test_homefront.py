from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS, US_FORWARD
from premortem.model.index_sets import HOME_DUTIES, HOME_SERVICES, LEGAL_ELEMENTS, US_HARMS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.homefront import (
    HOME_RESERVE,
    HOME_RETURNED,
    HOME_STAFF,
    HOME_STAFF_KILLED,
    HOMEFRONT,
    US_HARMED,
    _count,
)
from premortem.model.mechanisms.washington import WASHINGTON
from premortem.model.signals import (
    BORDER_LOAD,
    COHESION_RATIO,
    COURTS,
    HEAVY_PER_MEMBER,
    LINE_EFFORT,
    NORTHERN_GUARD,
    RETAIL_COST,
    SOUTH_SEARCHED,
    TRADE_VALUE,
    US_INTERDICTION,
    US_PRESSURE,
    US_REMOVALS,
    US_SOIL_ATTACKS,
    VIOLENCE,
)
from premortem.model.units import WEEKS_PER_YEAR
from tests.model import lines
from tests.model.given import each, median, of, scripted, simulate, watched
from tests.model.lines import LAND_1, LAND_2, MAIL, PORT_1, PORT_2, SEA
from tests.model.toys import orders

WORLD = lines.manned_line()
WEEKS = 104
SIGNALS = (
    US_PRESSURE,
    US_REMOVALS,
    US_INTERDICTION,
    NORTHERN_GUARD,
    COURTS,
    BORDER_LOAD,
    HEAVY_PER_MEMBER,
    TRADE_VALUE,
    COHESION_RATIO,
    VIOLENCE,
)
PRESSED = {US_PRESSURE: [1.0, 0.0, 0.0]}


PROBED = watched(
    HOMEFRONT,
    *each([f"effort {k}" for k in range(6)], lambda view, own, moved: view[LINE_EFFORT]),
    *each(HOME_SERVICES, lambda view, own, moved: moved.stocks[HOME_STAFF].sum(1)),
    *each([f"on {o}" for o in range(3)], lambda view, own, moved: own.s.retaliates),
    *each(US_HARMS, lambda view, own, moved: moved.entered(US_HARMED)),
    Outcome("cells", lambda view, own, moved: own.s.cells[0]),
    Outcome("retail", lambda view, own, moved: view[RETAIL_COST]),
    Outcome("soil", lambda view, own, moved: view[US_SOIL_ATTACKS]),
    Outcome("searched", lambda view, own, moved: view[SOUTH_SEARCHED].max()),
)
PARTS = (scripted(SIGNALS), PROBED)
MEAN, LUCKY = Model(PARTS, noise=False), Model(PARTS)


def work(**shares: float) -> Any:
    """Return shares of work by duty for one service."""
    return [shares.get(duty, 0.0) for duty in HOME_DUTIES]


def go(
    people: dict[str, Any] | None = None,
    duties: dict[str, Any] | None = None,
    signals: Any = None,
    levers: Any = None,
    model: Model = MEAN,
    **changes: Any,
) -> dict[str, Any]:
    """Run two years at medians; ``people`` added by service, on the first side, and what they do."""
    added = np.zeros((len(HOME_SERVICES), 5))
    done = np.zeros((len(HOME_SERVICES), len(HOME_DUTIES)))
    for service, count in (people or {}).items():
        added[HOME_SERVICES.index(service), 0] = count
        done[HOME_SERVICES.index(service)] = (duties or {}).get(service, work(line=1.0))
    made = orders(WEEKS, WORLD, levers=levers, home_people=added, home_work=done)
    result = simulate(
        model, made, world=WORLD, told=signals, **of(HOMEFRONT, {"bp_growth": 1e6, "clean": 1.0} | changes)
    )
    return {**result.weekly, "accounts": {name: np.asarray(a) for name, a in result.accounts.items()}}


def effort(results: dict[str, Any], k: int) -> float:
    return float(results[f"effort {k}"][0, -1])


# The line


def test_at_status_quo_the_work_is_that_of_the_start_and_nothing_comes_back() -> None:
    rest = go()
    for k in range(6):
        np.testing.assert_allclose(rest[f"effort {k}"], 1.0, rtol=1e-6)
    for quiet in ("us_soil_attacks", "us_persons_harmed", "on 0", "soil"):
        assert (rest[quiet] == 0).all()
    np.testing.assert_allclose(rest["us_gang_violence"], 1.0, rtol=1e-6)
    p = median(HOMEFRONT, WORLD)
    assert rest["agents_fired_on"][0].mean() * WEEKS_PER_YEAR == pytest.approx(float(p.shots), rel=1e-4)


def test_a_guard_counts_for_what_its_task_and_status_let_it_do() -> None:
    weights: dict[str, Any] = {"w_support": 0.3, "w_police": 0.6}
    base = 600 + 0.3 * 300 + (1 - 0.3) * 0.275 * 500  # agents, soldiers' support, Mexican guards on open land
    settings: dict[str, Any] = {"at_ports": 0.3, "w_north": 0.275, **weights}
    for duty, agents in ((work(line_support=1.0), 0.3), (work(line=1.0), 0.6), (work(), 0.0), (work(cities=1.0), 0.0)):
        made = go({"guard": 1000}, {"guard": duty}, **settings)
        assert effort(made, LAND_1) == pytest.approx(1 + 1000 * agents / base, rel=1e-4)
        assert effort(made, LAND_2) == effort(made, SEA) == effort(made, MAIL) == 1.0
    assert effort(go({"border_patrol": 100}, **settings), LAND_1) == pytest.approx(1 + 100 / base, rel=1e-4)
    ordered = go({"active": 1000}, {"active": work(line=1.0)}, **settings)  # police work that the law bars them from
    assert effort(ordered, LAND_1) == 1.0


def test_work_adds_up_over_forces() -> None:
    both, guard, agents = (
        effort(go(people, {"guard": work(line_support=1.0), "border_patrol": work(line=1.0)}), LAND_1)
        for people in ({"guard": 500, "border_patrol": 50}, {"guard": 500}, {"border_patrol": 50})
    )
    assert both - 1 == pytest.approx(guard - 1 + agents - 1, rel=1e-4)


def test_officers_at_ports_work_at_ports() -> None:
    added = go({"border_patrol": 300}, {"border_patrol": work(ports=1.0)})
    staffed = go(levers={"port_staffing": 2.0})
    for made in (added, staffed):
        assert effort(made, PORT_1) > 1.01
        assert effort(made, LAND_1) == 1.0
    assert effort(added, PORT_2) == pytest.approx(1.0, abs=1e-5)  # they stand on the side of the first sector
    officers = float(median(HOMEFRONT, WORLD).port_officers)
    assert 1.5 < effort(staffed, PORT_2) <= 2.0
    assert effort(added, PORT_1) == pytest.approx(1 + 300 / (officers * 2 / 3), rel=0.05)


def test_forces_beyond_the_line_work_for_it_where_they_face_it() -> None:
    guards = go(signals={NORTHERN_GUARD: [1500.0, 300.0, 0.0, 0.0]})
    us = go(signals={US_INTERDICTION: [0.0, 200.0, 0.0, 0.0]})
    assert effort(guards, LAND_1) > 1.2
    assert effort(guards, LAND_2) == pytest.approx(1.0, rel=1e-6)
    assert effort(us, LAND_2) > 1.2
    assert effort(us, PORT_2) > 1.0
    gone = go(signals={NORTHERN_GUARD: np.zeros(4)})
    assert effort(gone, LAND_1) < 1.0


def test_agents_cannot_be_had_faster_than_they_can_be_hired() -> None:
    slow = go({"border_patrol": 1000}, bp_growth=104.0)
    np.testing.assert_allclose(np.diff(slow["border_patrol"][0][1:]), 2.0, rtol=1e-2)
    hired = go(levers={"bp_hire": 520.0})
    assert hired["border_patrol"][0, -1] == pytest.approx(1000 + 520 * 2, rel=0.02)
    assert effort(hired, LAND_1) > 1.5


def test_who_is_barred_by_a_court_goes_home() -> None:
    barred = np.ones((WEEKS, len(LEGAL_ELEMENTS)))
    barred[52:, LEGAL_ELEMENTS.index("guard")] = 0.0
    ruled = go({"guard": 1000, "active": 500}, signals={COURTS: barred})
    assert ruled["guard"][0, 50] == pytest.approx(1100)
    assert ruled["guard"][0, -1] == pytest.approx(100)
    assert ruled["active"][0, -1] == pytest.approx(800)


def test_staff_is_conserved() -> None:
    busy = go(
        {"guard": 1000, "border_patrol": 50}, signals={US_PRESSURE: np.full(3, 5.0)}, model=LUCKY, shot_deaths=5.0
    )
    moved = busy["accounts"]
    into = moved[HOME_RESERVE.name]
    out = [moved[a.name].sum((1, 2)) for a in (HOME_STAFF, HOME_RETURNED, HOME_STAFF_KILLED)]
    np.testing.assert_allclose(sum(out), into, rtol=1e-5)
    assert moved[HOME_STAFF_KILLED.name].sum() > 0
    assert moved[HOME_STAFF_KILLED.name].sum() == pytest.approx(busy["agents_killed"].sum())


# Cities


def test_police_and_drug_agents_in_cities_press_networks_and_the_price_hardly() -> None:
    changes: dict[str, Any] = {
        "a_cell": 0.2,
        "narcotics_officers": 900.0,
        "price_pass": 0.05,
        "v_link": 0.3,
        "v_churn": 0.0,
        "tau_cells": 5.0,
    }
    doubled = go(levers={"city_enforcement": 2.0}, **changes)
    assert doubled["cells"][0, -1] == pytest.approx(2**-0.2, rel=1e-3)
    assert doubled["retail"][0, -1] == pytest.approx(0.05 * np.log(2), rel=1e-3)
    by_agents = go({"drug_agents": 500}, {"drug_agents": work(cities=1.0)}, **changes)
    assert by_agents["cells"][0, -1] == pytest.approx(2**-0.2, rel=1e-3)
    assert by_agents["us_gang_violence"][0, -1] < 1
    worse = go(levers={"city_enforcement": 2.0}, **(changes | {"v_link": 0.0, "v_churn": 0.3}))
    assert worse["us_gang_violence"][0, -1] > 1
    half = go({"local_police": 500}, {"local_police": work(cities=1.0)}, w_police=0.5, **changes)
    assert 2**-0.2 < half["cells"][0, -1] < 1
    assert np.isfinite(go(levers={"city_enforcement": 0.0})["cells"]).all()


def test_gang_violence_follows_markets_and_splits_and_police_and_focused_deterrence_lower_it() -> None:
    quiet = {"v_link": 0.0, "v_churn": 0.0, "police_lives": 0.08, "us_homicides": 17_000.0, "focus": 0.3}

    def violence(**case: Any) -> float:
        return float(go(**(quiet | case))["us_gang_violence"][0, -1])

    police = {"people": {"local_police": 5000}, "duties": {"local_police": work(cities=1.0)}}
    assert violence(**police) == pytest.approx(np.exp(-0.08 * 5000 / 17_000), rel=1e-4)
    assert violence(people={"local_police": 5000}) == 1.0  # police at the line are not in cities
    assert violence(levers={"focused_deterrence": 0.3}) == pytest.approx(np.exp(-0.09), rel=1e-4)
    assert violence(signals={TRADE_VALUE: 0.5}, v_market=0.2) == pytest.approx(0.5**0.2, rel=1e-4)
    assert violence(signals={COHESION_RATIO: np.full(3, 0.5)}, v_split=0.2) == pytest.approx(np.exp(0.1), rel=1e-3)


def test_a_barrier_works_on_open_land_only() -> None:
    built = go(levers={"barrier_miles": 500.0}, barrier_gain=0.4)
    assert effort(built, LAND_1) == effort(built, LAND_2) == pytest.approx(1.2, rel=1e-5)
    assert effort(built, PORT_1) == effort(built, SEA) == 1.0


def test_where_officers_are_bought_part_of_what_is_added_counts_for_nothing() -> None:
    added: dict[str, Any] = {"people": {"border_patrol": 300}}
    whole, bought = (effort(go(**added, clean=share), LAND_1) - 1 for share in (1.0, 0.7))
    assert bought == pytest.approx(0.7 * whole, rel=1e-5)


def test_officers_who_check_what_leaves_check_their_vehicles_and_nothing_else() -> None:
    sent = go({"border_patrol": 650}, {"border_patrol": work(southbound=1.0)}, checks=3000.0)
    assert sent["searched"][0, -1] == pytest.approx(650 * 3000 / 6.5e6, rel=1e-4)
    assert effort(sent, PORT_1) == effort(sent, LAND_1) == 1.0
    soldiers = go({"active": 650}, {"active": work(southbound=1.0)}, checks=3000.0)
    assert soldiers["searched"][0, -1] == 0.0  # police work that the law bars them from


def test_border_counties_feel_what_spills_over_and_what_enforcement_moves_there() -> None:
    no_echo = {"county_spill": 0.0, "county_moved": 0.0}

    def homicides(signals: Any = None, people: Any = None, **changes: Any) -> float:
        return float(go(people, signals=signals, **(no_echo | changes))["border_county_violence"][0, -1])

    doubled = {VIOLENCE: np.full(4, 2.0)}
    assert homicides(doubled, county_spill=0.1) == pytest.approx(1.1, rel=1e-5)
    assert homicides({VIOLENCE: [1.0, 1.0, 50.0, 50.0]}, county_spill=0.1) == pytest.approx(1.0, abs=1e-6)
    agents = {"border_patrol": 500}
    assert homicides(people=agents, county_moved=0.1) > 1.01
    assert homicides(doubled, agents) == pytest.approx(1.0, abs=1e-6)


# What comes back


def test_without_pressure_nobody_ever_retaliates() -> None:
    calm = go(model=LUCKY, p_ret=1.0, p_lead=0.9, rate_ret=5.0)
    assert (calm["us_soil_attacks"] == 0).all()
    assert (calm["us_persons_harmed"] == 0).all()


def test_retaliation_comes_at_its_hazard_and_only_from_who_is_pressed() -> None:
    pressed = go(signals=PRESSED, p_ret=0.5)
    assert pressed["on 0"][0, 51] == pytest.approx(-np.expm1(-0.5), rel=1e-4)
    assert (pressed["on 1"] == 0).all()
    more = go(signals={US_PRESSURE: [50.0, 0, 0]}, p_ret=0.5)
    assert more["on 0"][0, 51] == pytest.approx(-np.expm1(-1.5), rel=1e-4)  # bounded at three


def test_with_luck_an_organisation_turns_when_its_summed_hazard_has_passed() -> None:
    turn = np.full((3, 16), 0.5)
    turn[0, 0] = np.exp(-0.5)  # half a unit of hazard: a year at p_ret .5
    pressure = np.zeros((WEEKS, 3))
    pressure[:78] = [1.0, 1.0, 0.0]
    path = go(signals={US_PRESSURE: pressure}, model=LUCKY, p_ret=0.5, tau_ret=6.0, turn_luck=turn)
    on = path["on 0"][0]
    assert on[50] == 0
    assert on[52:77].min() == 1  # it does not end while the pressure lasts
    assert on[78 + 3] == 1
    assert on[78 + 5] == 0  # ln 2 of six weeks later
    assert path["on 1"][0].max() == 1  # ln 2 of hazard comes in week 73
    assert path["on 2"].max() == 0
    sooner = go(signals={US_PRESSURE: 2 * pressure}, model=LUCKY, p_ret=0.5, tau_ret=6.0, turn_luck=turn)["on 0"][0]
    assert (sooner[:78] >= on[:78]).all()


def test_events_counted_by_summed_hazards_have_the_law_of_poisson() -> None:
    luck = np.random.default_rng(3).uniform(size=(20_000, 32))
    thresholds = jnp.cumsum(-jnp.log(jnp.asarray(luck)), axis=-1)
    for mean in (0.3, 4.0):
        counts = np.asarray(_count(jnp.full(20_000, mean), thresholds))
        assert counts.mean() == pytest.approx(mean, rel=0.03)
        assert counts.var() == pytest.approx(mean, rel=0.05)
        assert (counts == 0).mean() == pytest.approx(np.exp(-mean), abs=0.01)
    many = np.asarray(_count(jnp.full(20_000, 500.0), thresholds))  # far beyond the last threshold
    assert many.mean() == pytest.approx(500.0, rel=0.01)


def test_retaliation_ends_after_the_pressure_has() -> None:
    pressure = np.zeros((WEEKS, 3))
    pressure[:52, 0] = 3.0
    over = go(signals={US_PRESSURE: pressure}, p_ret=0.9, tau_ret=6.0)["on 0"][0]
    assert over[60] / over[54] == pytest.approx(np.exp(-1), rel=1e-3)


def test_a_leader_removed_by_us_forces_may_turn_an_organisation() -> None:
    removals = np.zeros((WEEKS, 3))
    removals[10, 1] = 2.0
    turned = go(signals={US_REMOVALS: removals}, p_lead=0.4, tau_ret=1e9)
    assert turned["on 1"][0, 9] == 0
    assert turned["on 1"][0, -1] == pytest.approx(1 - 0.6**2, rel=1e-4)


def test_acts_divide_over_places_and_people_as_told() -> None:
    told: dict[str, Any] = {"p_ret": 0.9, "rate_ret": 1.0, "soil": 0.25, "persons": 4.0, "killed_share": 0.3}
    made = go(signals=PRESSED, **told)
    acts = made["us_soil_attacks"][0].sum()
    harmed = {harm: made[harm][0].sum() for harm in US_HARMS}
    assert harmed["killed_at_home"] == pytest.approx(acts * 4 * 0.3, rel=1e-2)
    assert harmed["hurt_in_mexico"] == pytest.approx(3 * acts * 4 * 0.7, rel=1e-2)
    assert made["us_persons_harmed"][0].sum() == pytest.approx(sum(harmed.values()), rel=1e-5)
    light = go(signals=PRESSED | {HEAVY_PER_MEMBER: np.zeros(3)}, **told)
    assert light["us_persons_harmed"][0].sum() == pytest.approx(sum(harmed.values()) / 4, rel=1e-2)


def test_protection_keeps_acts_and_harm_away() -> None:
    told: dict[str, Any] = {
        "p_ret": 0.9,
        "rate_ret": 1.0,
        "soil": 0.5,
        "port_security_effect": 0.5,
        "protect_effect": 0.4,
    }
    open_, guarded = (
        go(signals=PRESSED, **told),
        go(signals=PRESSED, levers={"port_security": 1, "protect_americans": 1}, **told),
    )
    assert guarded["us_soil_attacks"].sum() == pytest.approx(0.6 * open_["us_soil_attacks"].sum(), rel=1e-3)
    assert guarded["hurt_in_mexico"].sum() == pytest.approx(0.6 * open_["hurt_in_mexico"].sum(), rel=1e-3)


@pytest.mark.parametrize(("a_press", "factor"), [(0.5, 1.5), (-0.5, 0.5), (-3.0, 0.0)])
def test_pressure_may_draw_or_deter_fire_at_agents(a_press: float, factor: float) -> None:
    rest, pressed = go(a_press=a_press), go(signals={US_PRESSURE: np.ones(3)}, a_press=a_press)
    assert pressed["agents_fired_on"].sum() == pytest.approx(factor * rest["agents_fired_on"].sum(), abs=1e-4)
    crowded = go(signals={BORDER_LOAD: 2.0}, a_press=a_press)
    assert crowded["agents_fired_on"].sum() == pytest.approx(2 * rest["agents_fired_on"].sum(), rel=1e-4)


def test_with_luck_events_are_whole_and_come_as_often_as_expected() -> None:
    told: dict[str, Any] = {"p_ret": 0.9, "rate_ret": 1.0, "soil": 0.4, "shots": 26.0}
    lucky, mean = (go(signals=PRESSED, model=model, **told) for model in (LUCKY, MEAN))
    for id_ in ("us_soil_attacks", "agents_fired_on"):
        assert (lucky[id_] == np.round(lucky[id_])).all()
    assert lucky["agents_fired_on"].sum() == pytest.approx(mean["agents_fired_on"].sum(), rel=0.3)


def test_acts_on_us_soil_cost_a_campaign_the_success_that_the_public_sees() -> None:
    model = Model((scripted((US_PRESSURE,), (MEMBERS, US_FORWARD)), HOMEFRONT, WASHINGTON), noise=False)
    attacked = of(HOMEFRONT, {"p_ret": 0.9, "rate_ret": [0.0, 0.5], "soil": 0.9})
    judged = of(WASHINGTON, {"success_attack": 0.5, "success_gain": 0.4})
    told = {US_FORWARD: [5000.0], US_PRESSURE: [3.0, 3.0, 3.0]}
    made = orders(WEEKS, WORLD)
    result = simulate(model, [made, made], world=WORLD, told=told, **attacked, **judged).weekly
    attacks, support = result["us_soil_attacks"].sum(1), result["us_support"][:, -1]
    assert attacks[0] == 0
    assert attacks[1] > 10
    assert support[1] < support[0] - 0.01
