import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS
from premortem.model.heat import log_level
from premortem.model.mechanism import Balanced, Outcome
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import (
    ALLY_STRENGTH,
    COVERAGE,
    EXPOSED,
    FEUD,
    HEADS_LOST,
    INTERNAL_CONFLICT,
    LETHALITY,
    ORGANISED_DEATHS,
    RECORDED_STATE_KILLS,
    REGIONAL_PRESSURE_RATIO,
    RIVAL_WEIGHT,
    TRADE_VALUE,
    VIOLENCE,
)
from premortem.model.signals import (
    CONFLICT as COHESION_LOST,
)
from tests.model.given import later, parameters, scripted, simulate, start_of, watched
from tests.model.toys import orders, toy_world

WEEKS = 52
SCRIPT = scripted(
    (
        EXPOSED,
        FEUD,
        HEADS_LOST,
        COHESION_LOST,
        INTERNAL_CONFLICT,
        LETHALITY,
        COVERAGE,
        REGIONAL_PRESSURE_RATIO,
        RIVAL_WEIGHT,
        ALLY_STRENGTH,
        RECORDED_STATE_KILLS,
        TRADE_VALUE,
    ),
    (MEMBERS,),
)
CONFLICT = Model((RECRUITMENT, RIVALRY, STATE), noise=False)


def given_theta(view: Any, own: Any, hazards: Any) -> Balanced:
    """Take risk per contact from a parameter that plays no other part."""
    return Balanced(dataclasses.replace(own.c, theta=jnp.full_like(own.c.theta, own.p.organised_floor)), own.s)


READ = watched(
    RIVALRY,
    Outcome("violence_first", lambda view, own, moved: view[VIOLENCE][0]),
    Outcome("violence_last", lambda view, own, moved: view[VIOLENCE][3]),
    Outcome("found", lambda view, own, moved: view[ORGANISED_DEATHS].sum()),
    Outcome("disruption", lambda view, own, moved: own.s.disruption[0]),
    Outcome("heat", lambda view, own, moved: log_level(own.s.heat)[0]),
    Outcome("nation", lambda view, own, moved: own.s.heat.level),
)
MEAN, LUCKY = Model((READ, SCRIPT), noise=False), Model((READ, SCRIPT))
FEW = dataclasses.replace(
    toy_world(),
    **{name: getattr(toy_world(), name) * 1e-3 for name in ("homicides", "homicides_before", "homicides_base")},
)
"""Homicides so few that members stay the same."""
STILL = dict.fromkeys([f"rivalry_{name}" for name in ("s_x", "s_u", "s_g", "s_l", "war_rate")], 0.0)
QUIET: dict[str, Any] = {"rivalry_tau_l": 1e9, "rivalry_k_d": 0.0, "rivalry_member_share": 0.2}


def weekly(
    world: Any = None, model: Model = MEAN, signals: Any = None, deal: Any = None, deal_on: Any = 0.0, **given: Any
) -> dict[str, Any]:
    """Return weekly outcomes without a drift of heat and without disruption, but for what is given."""
    world = world or toy_world()
    told = later(signals, world, WEEKS)
    result = simulate(model, orders(deal_on=deal_on, **(deal or {})), world=world, told=told, **(QUIET | given))
    return {name: values[0] for name, values in result.weekly.items()}


def test_the_start_years_homicides_are_met_in_every_region_and_every_future() -> None:
    world, futures = toy_world(), 64
    start, state = start_of(CONFLICT, world, futures=futures, at_median=False)
    hidden = parameters([RIVALRY], world, futures, at_median=False)["rivalry"].hidden
    found = (1 - hidden)[:, None] * state.own["rivalry"].deaths
    recorded = start.constants["rivalry"].base + found + state.own["state"].recorded
    np.testing.assert_allclose(52 * recorded, np.tile(world.homicides, (futures, 1)), rtol=2e-6)


def test_a_level_that_was_known_less_well_opens_as_far_off_as_it_was_known_and_a_state_shares_its_luck() -> None:
    spread, nation, futures = 0.3, 0.1, 400
    world = dataclasses.replace(
        toy_world(),
        homicides_spread=jnp.full_like(toy_world().homicides, spread),
        homicides_spread_national=jnp.asarray(nation),
    )
    start, state = start_of(CONFLICT, world, futures=futures, at_median=False)
    hidden = parameters([RIVALRY], world, futures, at_median=False)["rivalry"].hidden
    found = (1 - hidden)[:, None] * state.own["rivalry"].deaths
    recorded = start.constants["rivalry"].base + found + state.own["state"].recorded
    off = np.log(52 * np.asarray(recorded) / np.asarray(world.homicides))
    np.testing.assert_allclose(off.std(axis=0), np.hypot(spread, nation), rtol=0.12)
    assert abs(np.median(off)) < 0.05
    same = np.asarray(world.same_state)
    for a, b in zip(*np.nonzero(np.triu(same, 1)), strict=True):
        np.testing.assert_allclose(off[:, a], off[:, b], atol=1e-4)


def test_what_is_recorded_in_the_first_week_is_a_fiftysecond_of_the_year() -> None:
    result = simulate(CONFLICT, orders(13)).weekly
    assert 52 * result["homicides_mx"][0, 0] == pytest.approx(float(toy_world().homicides.sum()), rel=0.01)
    assert result["violent_deaths_mx"][0, 0] > result["homicides_mx"][0, 0]


def test_the_missing_start_at_the_register_s_level_as_well_as_it_was_known_and_follow_hidden_killings() -> None:
    world = dataclasses.replace(toy_world(), missing=jnp.full_like(toy_world().homicides, 52.0))
    calm = weekly(world)
    np.testing.assert_allclose(calm["missing"][0], len(world.missing), rtol=1e-3)
    killings = calm["members_killed_rivals"] + calm["civilians_killed_organisations"]
    np.testing.assert_allclose(calm["missing"] / calm["missing"][0], killings / killings[0], rtol=0.02)
    off = weekly(dataclasses.replace(world, missing_spread=jnp.asarray(0.2)), rivalry_level_missing=2.0)
    np.testing.assert_allclose(off["missing"], calm["missing"] * np.exp(0.4), rtol=1e-5)


def test_members_are_their_share_of_the_dead_and_hidden_dead_are_not_found() -> None:
    result = weekly(rivalry_hidden=0.25)
    members, residents = result["members_killed_rivals"][0], result["civilians_killed_organisations"][0] / 0.75
    assert members / (members + residents) == pytest.approx(0.2, rel=0.01)
    assert result["found"][0] == pytest.approx(0.75 * (members + residents), rel=0.01)


def two_groups(first: float, second: float) -> Any:
    """Return a world of two organisations without ties in one region."""
    members = np.zeros((3, 4))
    members[:2, 0] = first, second
    return dataclasses.replace(
        toy_world(),
        members=jnp.asarray(members),
        rival_weight=jnp.zeros((3, 3)),
        ally_strength=jnp.zeros(3),
        population=jnp.asarray([1e6, 1e-3, 1e-3, 1e-3]),
    )


def test_two_organisations_alone_follow_lanchesters_linear_law() -> None:
    theta, n = 1e-6, 5000.0
    fight = Model((dataclasses.replace(READ, balance=given_theta), SCRIPT), noise=False)
    alone: dict[str, Any] = {"rivalry_organised_floor": theta, "rivalry_member_share": 1.0, "rivalry_hidden": 0.0}
    for first, second in ((n, n), (1.2 * n, 0.8 * n)):
        killed = weekly(two_groups(first, second), fight, **alone)["members_killed_rivals"].cumsum()
        left = first + second - killed
        # Each side loses theta N1 N2: the difference stays, and the smaller dies out.
        t = np.arange(1, WEEKS + 1)
        gap = first - second
        if gap:
            ratio = first / second * np.exp(theta * gap * t)
            expected = gap * (ratio + 1) / (ratio - 1)
        else:
            expected = 2 * n / (1 + theta * n * t)
        np.testing.assert_allclose(left, expected, rtol=1e-3)


def test_where_no_rivals_meet_at_the_start_the_record_is_met_and_the_first_who_come_are_no_massacre() -> None:
    world = toy_world()
    alone = dataclasses.replace(world, members=world.members.at[1:, 0].set(0.0).at[:, 3].set(0.0))
    start, state = start_of(CONFLICT, alone, futures=64, at_median=False)
    c, p = start.constants["rivalry"], parameters([RIVALRY], alone, 64, at_median=False)["rivalry"]
    found = (1 - p.hidden)[:, None] * state.own["rivalry"].deaths
    np.testing.assert_allclose(
        52 * (c.base + found + state.own["state"].recorded)[:, [0, 3]],
        np.tile(world.homicides[jnp.array([0, 3])], (64, 1)),
        rtol=2e-6,
    )
    assert (c.apart[:, [0, 3]] > 0).all()
    assert (c.apart[:, [1, 2]] == 0).all()
    risk = c.theta / p.member_share[:, None]
    met = (c.deaths - c.apart) / risk  # members who meet rivals, summed
    nation = c.deaths.sum(1) / met.sum(1)
    assert (risk.max(1) <= 1.001 * p.risk_most * nation).all()


def test_a_fight_kills_nobody_twice() -> None:
    fatal = weekly(rivalry_member_share=0.5, rivalry_hidden=0.0, signals={LETHALITY: 1e9})
    assert fatal["civilians_killed_organisations"].max() == pytest.approx(float(toy_world().members.sum()), rel=0.01)


def test_heat_is_met_in_all_homicides_of_a_region_whatever_share_of_them_is_organised() -> None:
    growing = dataclasses.replace(FEW, national_growth=jnp.asarray(1.0))
    for factor in (0.2, 1.0):  # of the base: most homicides are organised, or few
        known: dict[str, Any] = {"rivalry_base_factor": factor, "rivalry_heat_share": 0.01, "rivalry_hidden": 0.0}
        result = weekly(growing, rivalry_tau_g=1e9, **known)
        usual = weekly(FEW, **known)
        ratio = result["homicides_mx"] / usual["homicides_mx"]
        np.testing.assert_allclose(ratio[1:], np.exp(result["nation"][:-1]), rtol=0.002)
        np.testing.assert_allclose(result["nation"], np.arange(1, WEEKS + 1) / 52, rtol=1e-4)


def test_the_nation_returns_to_the_years_before_and_growth_fades() -> None:
    world = dataclasses.replace(toy_world(), homicides_before=toy_world().homicides * 2)
    weeks = np.arange(1, WEEKS + 1)
    back = weekly(world, rivalry_tau_l=40.0)["nation"]
    np.testing.assert_allclose(back, np.log(2) * (1 - np.exp(-weeks / 40)), rtol=1e-4)
    growing = dataclasses.replace(toy_world(), national_growth=jnp.asarray(0.2), national_growth_sd=jnp.asarray(0.1))
    grown = weekly(growing, rivalry_tau_g=30.0, rivalry_growth_start=-1.0)["nation"]
    kept = np.exp(-1 / 30)
    np.testing.assert_allclose(grown, (0.1 / 52) * (1 - kept**weeks) / (1 - kept), rtol=1e-4)


STIRRED: dict[str, Any] = {"rivalry_k_d": 0.5, "rivalry_tau_rise": 4.0, "rivalry_tau_d": 20.0}


def crowding() -> float:
    members = np.asarray(toy_world().members[:, 0])
    return float(1 - ((members / members.sum()) ** 2).sum())


def test_pressure_at_its_start_stirs_nothing_ever() -> None:
    assert (weekly(**STIRRED)["disruption"] == 0).all()


def test_doubled_pressure_stirs_violence_by_its_elasticity_times_crowding() -> None:
    result = weekly(signals={REGIONAL_PRESSURE_RATIO: 2.0}, **STIRRED)
    target = 0.5 * crowding() * np.log(2)
    expected = target * (1 - np.exp(-np.arange(WEEKS) / 4))
    np.testing.assert_allclose(result["disruption"], expected, rtol=0.02, atol=1e-6)


def test_what_was_stirred_up_dies_down_slowly() -> None:
    path = np.ones((WEEKS, 4))
    path[:26] = 2.0
    disruption = weekly(signals={REGIONAL_PRESSURE_RATIO: path}, **STIRRED)["disruption"]
    np.testing.assert_allclose(disruption[26:] / disruption[25], np.exp(-np.arange(1, 27) / 20), rtol=1e-3)


def test_in_a_region_of_one_organisation_nobody_is_there_to_take_advantage() -> None:
    world = dataclasses.replace(toy_world(), members=toy_world().members.at[1:].set(0.0))
    assert weekly(world, signals={REGIONAL_PRESSURE_RATIO: 2.0}, **STIRRED)["disruption"][-1] == pytest.approx(0)
    many = dataclasses.replace(world, pooled=jnp.asarray([1.0, 0, 0]), concentration=jnp.asarray([0.01, 1, 1]))
    stirred = weekly(many, signals={REGIONAL_PRESSURE_RATIO: 2.0}, **STIRRED)["disruption"][-1]
    assert stirred == pytest.approx(0.5 * 0.99 * np.log(2), rel=1e-3)


@pytest.mark.parametrize(
    ("signals", "changes", "expected"),
    [
        ({EXPOSED: 0.5}, {"rivalry_n_h": 1.0}, 0.25),  # both sides hide
        ({EXPOSED: 0.5}, {"rivalry_n_h": 0.0}, 1.0),
        ({COHESION_LOST: 1.2}, {}, 1.2),  # each fights more by itself, not its rivals against it
        ({LETHALITY: 1.5}, {}, 1.5),
        ({COVERAGE: 0.4}, {"rivalry_presence": 0.5}, np.exp(-0.2)),
        ({COVERAGE: 0.4}, {"rivalry_presence": -0.5}, np.exp(0.2)),
        ({ALLY_STRENGTH: 3.0}, {"rivalry_alpha": 0.0}, 1.0),
        ({TRADE_VALUE: 1.2}, {"rivalry_k_v": 0.5, "rivalry_value_span": 100.0}, 1.2**0.5),
        ({TRADE_VALUE: 0.8}, {"rivalry_k_v": 0.5, "rivalry_value_span": 100.0}, 0.8**0.5),
        ({TRADE_VALUE: 1.2}, {"rivalry_k_v": -0.5, "rivalry_value_span": 100.0}, 1.2**-0.5),
        ({TRADE_VALUE: 90.0}, {"rivalry_k_v": 1.0, "rivalry_value_span": 2.0}, 2.0),  # no further than the span
        ({TRADE_VALUE: 0.0}, {"rivalry_k_v": 1.0, "rivalry_value_span": 2.0}, 0.5),
    ],
)
def test_hiding_disarray_weapons_presence_and_what_the_trade_is_worth_move_violence(
    signals: Any, changes: dict[str, Any], expected: float
) -> None:
    plain, moved = weekly(**changes)["violence_first"], weekly(signals=signals, **changes)["violence_first"]
    assert plain[0] == pytest.approx(1, rel=1e-5)
    assert moved[1] / plain[1] == pytest.approx(expected, rel=0.01)


ALL: dict[str, Any] = {"deal_parties": [[1, 1, 1], [0, 0, 0]], "deal_regions": np.ones((2, 4))}
SURE: dict[str, Any] = {"rivalry_truce_agreed": 1.0, "rivalry_truce_depth": 0.6, "rivalry_truce_hidden": 0.0}
KEPT: dict[str, Any] = SURE | {"rivalry_truce_end": 0.0}


def on_offer(first: int = 0, last: int = WEEKS) -> np.ndarray:
    """Return the weeks in which the first deal is on offer."""
    weeks = np.arange(WEEKS)
    return np.stack([(weeks >= first) & (weeks < last), weeks < 0], axis=1).astype(float)


def test_a_truce_of_all_lowers_all_fights_from_the_next_week_until_its_term_ends() -> None:
    result = weekly(FEW, deal_on=on_offer(last=26), deal=ALL, **KEPT)
    ratio = result["violence_first"] / weekly(FEW)["violence_first"]
    np.testing.assert_allclose(ratio[1:26], 0.6, rtol=1e-4)
    np.testing.assert_allclose(ratio[26:], 1.0, rtol=1e-4)
    assert result["truce_regions"][:26].tolist() == [4.0] * 26


def test_a_truce_binds_its_parties_and_nobody_else() -> None:
    deal: dict[str, Any] = {"deal_parties": [[1, 1, 0], [0, 0, 0]], "deal_regions": [[1, 1, 0, 0], [0, 0, 0, 0]]}
    result = weekly(deal_on=on_offer(), deal=deal, rivalry_alpha=0.0, **KEPT)
    rivals = np.asarray(toy_world().rival_weight)
    both = np.outer([1, 1, 0], [1, 1, 0])
    n = np.asarray(toy_world().members[:, 0])
    met = (rivals + 1 - np.eye(3)) * np.outer(n, n)
    expected = 1 - 0.4 * (met * both).sum() / met.sum()
    assert result["violence_first"][2] / weekly(rivalry_alpha=0.0)["violence_first"][2] == pytest.approx(
        expected, rel=1e-3
    )
    assert result["violence_last"][2] == pytest.approx(1, rel=0.01)


def test_part_of_the_deaths_that_a_truce_seems_to_avoid_are_hidden() -> None:
    known = KEPT | {"rivalry_truce_hidden": 0.25, "rivalry_hidden": 0.2}
    result, usual = weekly(deal_on=on_offer(), deal=ALL, **known), weekly(rivalry_hidden=0.2)
    assert result["violence_first"][2] == pytest.approx(0.6 + 0.25 * 0.4, rel=2e-3)
    assert result["found"][2] / usual["found"][2] == pytest.approx(0.6, rel=2e-3)


@pytest.fixture(scope="module")
def broken() -> Any:
    """Four hundred futures in which the truce breaks, in each state by itself, and once when a head is lost."""
    known = QUIET | STILL | SURE | {"rivalry_truce_rebound": 1.5, "rivalry_tau_b": 1e-3, "rivalry_tau_w": 1e9}
    made = orders(deal_on=on_offer(), deal_monitors=[0.5, 0.0], **ALL)
    ends = known | {"rivalry_truce_end": 0.04, "rivalry_truce_monitors": 0.5, "rivalry_truce_parties": 0.0}
    return simulate(LUCKY, made, world=FEW, futures=400, rivalry_base_factor=0.0, rivalry_hidden=0.0, **ends).weekly


def test_a_truce_breaks_at_its_rate_and_fights_rise_by_its_rebound(broken: Any) -> None:
    left = broken["truce_regions"].mean(0) / 4
    weeks = np.arange(WEEKS)
    np.testing.assert_allclose(left, np.exp(-0.04 * 0.75 * weeks), atol=0.05)
    violence = broken["violence_first"][:, -1]
    gone = np.isclose(violence, 1.5, rtol=0.02)
    holds = np.isclose(violence, 0.6, rtol=0.02)
    assert (gone | holds).all()
    assert gone.mean() == pytest.approx(1 - left[-1], abs=0.06)


def test_a_truce_breaks_when_a_party_loses_its_head_and_does_not_come_back() -> None:
    lost = np.zeros((WEEKS, 3))
    lost[10, 2] = 1
    for chance in (0.0, 1.0):
        known = KEPT | {"rivalry_truce_head": chance, "rivalry_truce_rebound": 1.0}
        regions = weekly(deal_on=on_offer(), deal=ALL, signals={HEADS_LOST: lost}, **known)["truce_regions"]
        assert regions[9] == 4
        assert (regions[10:] == 4 * (1 - chance)).all()


def test_talks_among_many_take_longer() -> None:
    two: dict[str, Any] = {"deal_parties": [[1, 1, 0], [0, 0, 0]], "deal_regions": np.ones((2, 4))}
    known = QUIET | STILL | {"rivalry_truce_agreed": 0.5, "rivalry_truce_end": 0.0, "rivalry_truce_parties": 0.7}
    agreed = [
        (
            simulate(LUCKY, orders(deal_on=on_offer(), **d), futures=400, **known).weekly["truce_regions"][:, -1] > 0
        ).mean()
        for d in (two, ALL)
    ]
    assert agreed[0] == pytest.approx(0.5, abs=0.06)
    assert agreed[1] == pytest.approx(1 - 0.5 ** np.exp(-0.7), abs=0.06)


def contact(rivals: Any, allies: Any, alpha: float, inside: Any = 0.0) -> float:
    """Return sum of N_i S_ij N_j in the first region."""
    n = np.asarray(toy_world().members[:, 0])
    s = (np.asarray(rivals) + 1) / (np.asarray(allies) + 1)[:, None] ** alpha
    np.fill_diagonal(s, inside)
    return float(n @ s @ n)


def test_ties_as_they_are_now_make_contact_and_those_of_the_start_make_it_risky() -> None:
    world, alpha = toy_world(), 0.7
    rivals, allies = np.asarray(world.rival_weight), np.asarray(world.ally_strength)
    war = rivals.copy()
    war[0, 1] = war[1, 0] = 12.0
    plain = contact(rivals, allies, alpha)
    for signals, expected in (
        ({RIVAL_WEIGHT: war}, contact(war, allies, alpha)),
        ({ALLY_STRENGTH: allies + 2}, contact(rivals, allies + 2, alpha)),
        ({INTERNAL_CONFLICT: 0.5}, contact(rivals, allies, alpha, 0.5)),
        # A feud acts in full where both have most members: the last region; the first has half as many.
        ({FEUD: 4.0 * (1 - np.eye(3))}, contact(rivals + 2.0 * (1 - np.eye(3)), allies, alpha)),
    ):
        violence = weekly(signals=signals, rivalry_alpha=alpha)["violence_first"]
        assert violence[1] == pytest.approx(expected / plain, rel=0.01)


def test_where_the_base_alone_would_explain_all_homicides_a_floor_is_organised_and_the_sum_stays() -> None:
    world = dataclasses.replace(toy_world(), homicides_base=toy_world().homicides * 2)
    start, state = start_of(MEAN, world, rivalry_base_factor=1.0, rivalry_organised_floor=0.05)
    c = start.constants["rivalry"]
    np.testing.assert_allclose(52 * c.base[0], 0.95 * np.asarray(world.homicides), rtol=1e-5)
    found = state.own["rivalry"].deaths[0] * (1 - 6 / 33)
    np.testing.assert_allclose(52 * found, 0.05 * np.asarray(world.homicides), rtol=0.02)


def test_killings_by_forces_that_count_as_homicides_are_not_counted_as_organised() -> None:
    by_forces = np.array([0.5, 0.0, 0.0, 0.0])
    plain, less = (
        start_of(MEAN, toy_world(), told=signals, rivalry_hidden=0.2)[0].constants["rivalry"].deaths[0]
        for signals in ({}, {RECORDED_STATE_KILLS: by_forces})
    )
    np.testing.assert_allclose(plain - less, by_forces / 0.8, atol=1e-5)


def test_homicides_in_the_zone_are_those_of_its_regions() -> None:
    result = simulate(LUCKY, orders(), futures=4)
    np.testing.assert_array_equal(
        result.regional["homicides_zone"], result.regional["homicides_mx"] * np.asarray(toy_world().zone)
    )
    assert result.regional["homicides_zone"].sum() > 0
