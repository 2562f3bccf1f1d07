import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import (
    HELD_MX_FINAL,
    HELD_MX_RETURN,
    MEMBERS,
    MX_FORCES_KILLED,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    Account,
)
from premortem.model.index_sets import PARTIES
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.leadership import LEADERSHIP
from premortem.model.signals import (
    ALLY_STRENGTH,
    COHESION_RATIO,
    CONFLICT,
    FEUD,
    INTERNAL_CONFLICT,
    RECRUITMENT_CAPACITY,
    RIVAL_WEIGHT,
    STATE_EFFORT,
    US_REMOVALS,
    WAR_ONSET,
)
from premortem.model.splits import divide
from premortem.model.units import NEVER
from premortem.model.world import World
from tests.model.given import each, median, one_week, scripted, simulate, watched
from tests.model.given import of as changed
from tests.model.toys import orders, toy_world

WEEKS = 52
BIG, SECOND, SMALL, POOL, SLOT, OTHER_SLOT = range(6)
ARMS = Account(
    "toy_arms", "weapon", "ro", "an account of another mechanism, with its labels in another order", divides=True
)
STOCKS = (MEMBERS, HELD_MX_FINAL, HELD_MX_RETURN, ARMS, RESIDENTS_HOME)


def world() -> World:
    """Three organisations, a pool and two spare slots in four regions."""
    sizes = jnp.asarray([10_000.0, 5_000.0, 300.0, 8_000.0, 0.0, 0.0])
    members = sizes[:, None] * jnp.asarray([0.1, 0.2, 0.3, 0.4])
    return dataclasses.replace(
        toy_world(6),
        members=members,
        pooled=jnp.zeros(6).at[POOL].set(1.0),
        spare=jnp.zeros(6).at[SLOT:].set(1.0),
    )


WORLD = world()


def stocks() -> dict[Any, Any]:
    return {
        MEMBERS: WORLD.members,
        HELD_MX_FINAL: WORLD.members / 2,
        HELD_MX_RETURN: WORLD.members / 4,
        ARMS: 2 * WORLD.members.T,
        RESIDENTS_HOME: WORLD.population,
    }


def by_organisation(name: str, read: Any) -> tuple[Outcome, ...]:
    return each([f"{name} {o}" for o in range(6)], read)


PROBED = watched(
    LEADERSHIP,
    *by_organisation("conflict", lambda view, own, moved: view[CONFLICT].max(1)),
    *by_organisation("first conflict", lambda view, own, moved: view[CONFLICT][:, 0]),
    *by_organisation("cohesion", lambda view, own, moved: view[COHESION_RATIO]),
    *by_organisation("internal", lambda view, own, moved: view[INTERNAL_CONFLICT].sum(1)),
    *by_organisation("capacity", lambda view, own, moved: view[RECRUITMENT_CAPACITY]),
    *by_organisation("allies", lambda view, own, moved: view[ALLY_STRENGTH]),
    *by_organisation("vacancies", lambda view, own, moved: divide(view, jnp.ones(6))),
    *by_organisation("rivals of big", lambda view, own, moved: (view[RIVAL_WEIGHT] + view[FEUD])[BIG]),
    *by_organisation("rivals of slot", lambda view, own, moved: (view[RIVAL_WEIGHT] + view[FEUD])[:, SLOT]),
    *by_organisation("members", lambda view, own, moved: moved.stocks[MEMBERS].sum(1)),
    *by_organisation("first region", lambda view, own, moved: moved.stocks[MEMBERS][:, 0]),
    *by_organisation("held", lambda view, own, moved: moved.stocks[HELD_MX_FINAL].sum(1)),
    *by_organisation("arms", lambda view, own, moved: moved.stocks[ARMS].sum(0)),
    Outcome("war", lambda view, own, moved: view[WAR_ONSET].sum()),
    Outcome("forces killed", lambda view, own, moved: moved.stocks[MX_FORCES_KILLED].sum()),
    Outcome("residents killed", lambda view, own, moved: moved.stocks[RESIDENTS_KILLED].sum()),
    Outcome(
        "by organisations",
        lambda view, own, moved: moved.stocks[RESIDENTS_KILLED][PARTIES.index("organisations")].sum(),
    ),
)
GIVEN = scripted((US_REMOVALS, STATE_EFFORT), STOCKS)
EXPECTED, NOISY = Model((GIVEN, PROBED), noise=False), Model((GIVEN, PROBED))
FEW = tuple(outcome for outcome in PROBED.outcomes if outcome.id.startswith(("cohesion", "leaders_removed")))
SMALL_MODEL = Model((GIVEN, dataclasses.replace(LEADERSHIP, outcomes=FEW)))
CERTAIN: dict[str, Any] = {"p_split": 1.0, "hier": np.ones(6), "split_share": 0.3, "rate": 0.0}
QUIET: dict[str, Any] = {"p_split": 0.0, "rate": 0.0}


def removals(*events: tuple[int, int]) -> Any:
    """Leaders removed by US forces: (week, organisation)."""
    path = np.zeros((WEEKS, 6))
    for week, organisation in events:
        path[week, organisation] += 1
    return path


def go(
    removed: Any = None,
    model: Model = EXPECTED,
    futures: int = 1,
    weeks: int = WEEKS,
    levers: Mapping[str, float] | None = None,
    effort: float = 1.0,
    succession: float = NEVER,
    falls: Any = NEVER,
    **changes: Any,
) -> Any:
    world = dataclasses.replace(WORLD, succession=jnp.full(6, NEVER).at[BIG].set(succession))
    controls = orders(weeks, world, levers={"kill_share": 0.0} | dict(levers or {}), falls=np.full((6, 4), falls))
    told = stocks() | {STATE_EFFORT: effort, US_REMOVALS: np.zeros(6) if removed is None else removed}
    changes = changed(LEADERSHIP, changes)
    result = simulate(model, controls, world=world, told=told, futures=futures, seed=1, **changes)
    assert (result.fault_week == -1).all()
    people = ("members", "held_mx_final", "held_mx_return", "residents_home", "residents_killed")
    for names, total in ((people, 40_000), ((ARMS.name,), 46_000)):
        change = sum(result.accounts[name].reshape(futures, -1).sum(1) for name in names)
        np.testing.assert_allclose(change, 0, atol=1e-5 * total)
    return result.weekly


def of(weekly: Any, what: str, future: int = 0) -> Any:
    """Return [week, o]."""
    return np.stack([weekly[f"{what} {o}"][future] for o in range(6)], axis=1)


def test_without_removals_everything_stays_as_at_the_start_bit_for_bit() -> None:
    weekly = go(model=NOISY, rate=0.0)
    assert (of(weekly, "conflict") == 1).all()
    assert (of(weekly, "cohesion") == 1).all()
    assert (of(weekly, "capacity") == 1).all()
    assert (of(weekly, "internal") == 0).all()
    assert (of(weekly, "members") == of(weekly, "members")[0]).all()
    assert (of(weekly, "rivals of big") == np.asarray(WORLD.rival_weight)[BIG]).all()
    assert weekly["splits"].sum() == weekly["leaders_removed"].sum() == 0


def test_a_removal_stirs_up_fights_where_the_head_fell_and_less_elsewhere_and_it_fades() -> None:
    """Members are as 1 to 4 over four regions: a head falls in one of them with the square of its members as its weight."""
    known = QUIET | {"b": 0.1, "b_spread": 0.0, "net": 0.25, "tau_a": 30.0, "kill_factor": 1.5}
    weekly = go(removals((0, BIG)), NOISY, futures=400, **known)
    most = np.log(np.stack([of(weekly, "conflict", i) for i in range(400)]))[:, :, BIG]
    np.testing.assert_allclose(most, 0.1 * np.exp(-np.arange(WEEKS) / 30)[None].repeat(400, 0), rtol=1e-4)
    first = np.log([of(weekly, "first conflict", i)[0, BIG] for i in range(400)])
    fell_there = first > 0.05
    assert fell_there.mean() == pytest.approx(1 / 30, abs=0.025)
    np.testing.assert_allclose(first[~fell_there], 0.1 * 0.25 * 0.25, rtol=1e-4)  # a quarter as many as where most are
    killed = go(removals((0, BIG)), levers={"kill_share": 1.0}, model=NOISY, **known)
    assert np.log(of(killed, "conflict")[0, BIG]) == pytest.approx(0.15, rel=1e-4)
    middle = go(removals((0, BIG)), levers={"middle_layer": 1.0}, model=NOISY, **known, b_mid=-0.02, mid_number=1.0)
    assert np.log(of(middle, "first conflict")[0, BIG]) < 0
    assert (of(weekly, "conflict")[:, [SECOND, SMALL, POOL, SLOT, OTHER_SLOT]] == 1).all()


def test_a_head_can_be_let_fall_at_a_week_and_a_place() -> None:
    falls = np.full((6, 4), NEVER)
    falls[SECOND, 0] = 3.0
    known = QUIET | {"b": 0.1, "b_spread": 0.0, "net": 0.25, "tau_a": 30.0}
    weekly = go(model=NOISY, falls=falls, **known)
    assert weekly["leaders_removed"][0].tolist() == [float(week == 3) for week in range(WEEKS)]
    first = np.log(of(weekly, "first conflict"))[:, SECOND]  # the smallest of its regions, which no draw would choose
    assert (first[:3] == 0).all()
    assert first[3] == pytest.approx(0.1, rel=1e-4)
    assert (of(weekly, "conflict")[:, BIG] == 1).all()


def test_a_split_begins_a_war_where_the_head_fell_with_its_chance_and_size() -> None:
    futures = 600
    known = CERTAIN | {"p_war": 0.5, "war_full": 0.2}
    weekly = go(removals((0, BIG)), NOISY, futures=futures, **known)
    begun = weekly["war"].sum(1)
    share = 10_000 / 23_300  # of the members of every region: above the share of full chance
    assert share > 0.2
    assert (begun > 0).mean() == pytest.approx(0.5, abs=0.06)
    assert begun[begun > 0].mean() == pytest.approx(1.0, abs=0.18)  # exponential, in mean sizes of a war
    assert (weekly["war"][:, 1:] == 0).all()
    half = go(removals((0, BIG)), NOISY, futures=futures, **(known | {"war_full": 2 * share}))["war"].sum(1)
    assert (half > 0).mean() == pytest.approx(0.25, abs=0.06)
    assert go(removals((0, BIG)), NOISY, **QUIET)["war"].sum() == 0


def test_a_killing_costs_more_cohesion_than_a_capture_and_a_middle_leader_less_than_a_head() -> None:
    def left(**kwargs: Any) -> float:
        known = QUIET | {"delta": 0.4, "tau": 1e6, "kill_factor": 1.5, "mid_level": 0.3, "mid_number": 3.0}
        return float(of(go(removals((0, BIG)), **kwargs, **known), "cohesion")[-1, BIG])

    assert left() == pytest.approx(0.6, rel=1e-4)
    assert left(levers={"kill_share": 1.0}) == pytest.approx(0.6**1.5, rel=1e-4)
    assert left(levers={"middle_layer": 1.0}) == pytest.approx(0.6 ** (3 * 0.3), rel=1e-4)


def test_middle_leaders_are_not_heads_nobody_splits_or_takes_revenge_for_them() -> None:
    weekly = go(removals((0, BIG)), levers={"middle_layer": 1.0}, **CERTAIN, mid_capacity=0.2)
    assert weekly["leaders_removed"].sum() == weekly["splits"].sum() == weekly["forces killed"].max() == 0
    assert of(weekly, "capacity")[-1, POOL] == pytest.approx(0.8, rel=1e-5)


def test_lost_cohesion_cuts_recruitment_and_makes_an_organisation_fight_itself() -> None:
    weekly = go(removals((0, BIG)), **QUIET, delta=0.4, tau=1e6, capacity_loss=0.25, iota=0.5)
    assert of(weekly, "capacity")[0, BIG] == pytest.approx(1 - 0.25 * 0.4, rel=1e-4)
    assert of(weekly, "internal")[0, BIG] == pytest.approx(0.5 * 0.4, rel=1e-4)


def test_cohesion_starts_at_its_mean_under_the_removals_of_the_status_quo() -> None:
    rate, weeks, futures = 2.0, 1040, 32
    known = {"rate": rate, "tau": 20.0, "delta": 0.4, "p_split": 0.0, "size_cap": 1.0}
    weekly = go(model=SMALL_MODEL, futures=futures, weeks=weeks, levers={"kill_share": 0.3}, **known)
    ratio = np.mean([of(weekly, "cohesion", future)[:, :2].mean() for future in range(futures)])
    assert ratio == pytest.approx(1, abs=0.01)
    # 10,300 of 23,300 members: two large organisations at the full rate, and the small one in proportion to its size.
    expected = rate * (2 + 300 / 23_300 / 0.05) / 52
    assert weekly["leaders_removed"].mean() == pytest.approx(expected, rel=0.03)


def test_the_start_of_cohesion_is_that_of_the_continuous_formula_for_rare_removals() -> None:
    lam, delta, tau = 0.25 / 52, 0.4, 52.0
    x = lam * delta * tau
    state = LEADERSHIP.start(
        one_week(WORLD, {MEMBERS: WORLD.members}),
        median(LEADERSHIP, WORLD, rate=0.25, size_cap=1.0, delta=delta, tau=tau, kill_factor=1.0),
    )[1]
    assert float(1 - state.at_rest[BIG]) == pytest.approx(x / (1 + x), rel=0.02)
    assert (state.at_rest[SLOT:] == 1).all()
    assert state.at_rest[POOL] == 1


def test_a_split_takes_its_share_of_everything_that_divides_in_every_region() -> None:
    weekly = go(removals((5, BIG)), **CERTAIN)
    for what in ("members", "first region", "held", "arms"):
        before, after = of(weekly, what)[4], of(weekly, what)[5]
        assert after[SLOT] == pytest.approx(0.3 * before[BIG], rel=1e-6)
        assert after[BIG] == pytest.approx(0.7 * before[BIG], rel=1e-6)
        np.testing.assert_array_equal(
            after[[SECOND, SMALL, POOL, OTHER_SLOT]], before[[SECOND, SMALL, POOL, OTHER_SLOT]]
        )
    assert weekly["splits"].sum() == 1
    vacancies = of(weekly, "vacancies")
    # One vacancy each before: what the slot's former holder left behind goes to the pool with him, nineteen parts in twenty.
    np.testing.assert_allclose(vacancies[5], [0.7, 1, 1, 1 + 0.95, 0.05 + 0.3, 1], rtol=1e-6)
    np.testing.assert_array_equal(np.delete(vacancies, 5, axis=0), 1)


@pytest.mark.parametrize("since", [0.0, 6.0, 20.0])
def test_an_open_succession_splits_once_with_the_chance_that_is_left_of_its_time(since: float) -> None:
    chance, weeks, hazard, futures = 0.5, 26.0, 1.5, 400
    given = QUIET | {"p_open": chance, "open_weeks": weeks, "open_hazard": hazard}
    splits = go(model=NOISY, futures=futures, succession=since, **given)["splits"]
    expected = 1 - (1 - chance) ** (hazard * (weeks - since) / weeks)
    assert splits.sum(1).max() == 1
    assert splits.sum(1).mean() == pytest.approx(expected, abs=3 * np.sqrt(expected * (1 - expected) / futures))
    assert splits[:, int(np.ceil(weeks - since)) :].sum() == 0


@pytest.mark.parametrize("since", [26.0, NEVER])
def test_a_succession_that_is_settled_changes_no_bit(since: float) -> None:
    given = QUIET | {"open_weeks": 26.0}
    settled, never = (go(model=NOISY, futures=4, succession=one, **given) for one in (since, NEVER))
    assert settled["splits"].sum() == 0
    assert all(np.array_equal(settled[name], never[name]) for name in never)


def test_a_splinter_has_its_parents_rivals_and_allies_and_is_its_rival_less_and_less() -> None:
    weekly = go(removals((0, BIG)), **CERTAIN, w_split=7.0, tau_w=100.0)
    with_slot, with_big = of(weekly, "rivals of slot"), of(weekly, "rivals of big")
    assert with_slot[0, SECOND] == np.asarray(WORLD.rival_weight)[BIG, SECOND]
    assert with_slot[0, SLOT] == 0
    np.testing.assert_allclose(with_slot[:, BIG], -1 + 7 * np.exp(-np.arange(WEEKS) / 100), rtol=1e-5)
    np.testing.assert_array_equal(with_big[:, SLOT], with_slot[:, BIG])
    allies = of(weekly, "allies")
    assert allies[0, SLOT] == np.asarray(WORLD.ally_strength)[BIG]
    assert of(weekly, "cohesion")[0, SLOT] == of(weekly, "cohesion")[0, BIG] < 1


def test_the_largest_organisation_splits_when_two_lose_their_leaders_in_one_week() -> None:
    weekly = go(removals((3, SECOND), (3, BIG)), **CERTAIN)
    assert weekly["leaders_removed"].sum() == 2
    assert weekly["splits"].sum() == 1
    assert of(weekly, "members")[-1, SECOND] == 5_000


def test_a_splinter_without_a_free_slot_joins_the_pool() -> None:
    weekly = go(removals((3, BIG), (10, BIG), (20, BIG)), **CERTAIN)
    members = of(weekly, "members")
    np.testing.assert_allclose(members[-1, [SLOT, OTHER_SLOT]], [3_000, 2_100], rtol=1e-5)
    assert members[-1, POOL] == pytest.approx(8_000 + 0.3 * 4_900, rel=1e-5)
    assert of(weekly, "rivals of big")[-1, POOL] == np.asarray(WORLD.rival_weight)[BIG, POOL]


def test_a_tiny_splinter_is_absorbed_by_the_pool_when_its_slot_is_needed() -> None:
    events = removals((3, BIG), (10, SMALL), (20, SECOND))  # splinters of 3,000, 90 and 1,500
    weekly = go(events, **CERTAIN, absorb_below=200.0)
    members, held = of(weekly, "members"), of(weekly, "held")
    assert members[19, OTHER_SLOT] == pytest.approx(90, rel=1e-5)
    assert members[-1, OTHER_SLOT] == pytest.approx(1_500 + 0.05 * 90, rel=1e-5)
    assert members[-1, POOL] == pytest.approx(8_000 + 0.95 * 90, rel=1e-5)
    assert held[-1, POOL] == pytest.approx(4_000 + 0.95 * 45, rel=1e-5)


def test_a_splinter_can_itself_split() -> None:
    weekly = go(removals((3, BIG), (10, SLOT)), **CERTAIN)
    np.testing.assert_allclose(of(weekly, "members")[-1, SLOT:], [2_100, 900], rtol=1e-5)


def test_a_pool_has_no_leader_to_lose() -> None:
    weekly = go(removals((3, POOL)), **CERTAIN)
    assert weekly["leaders_removed"].sum() == weekly["splits"].sum() == weekly["forces killed"].max() == 0
    assert (of(weekly, "conflict") == 1).all()


def test_reprisals_follow_the_fall_of_a_leader_of_a_large_organisation_where_its_members_are() -> None:
    known = QUIET | {"reprisal": 8.0, "reprisal_spread": 0.0, "reprisal_size": 0.1, "reprisal_residents": 0.25}
    weekly = go(removals((2, BIG), (4, SMALL)), **known)
    np.testing.assert_allclose(weekly["forces killed"][0], np.where(np.arange(WEEKS) < 2, 0, 8), rtol=1e-5)
    assert weekly["residents killed"][0, -1] == pytest.approx(2, rel=1e-5)
    assert weekly["by organisations"][0, -1] == weekly["residents killed"][0, -1]


def test_reprisals_differ_from_one_removal_to_the_next_as_their_spread_says() -> None:
    known = QUIET | {"reprisal": 8.0, "reprisal_spread": 1.0, "reprisal_size": 0.1, "reprisal_residents": 0.1}
    killed = go(removals((2, BIG)), NOISY, futures=320, **known)["forces killed"][:, -1]
    assert np.median(killed) == pytest.approx(8, rel=0.15)
    assert np.mean(killed >= 25) == pytest.approx(0.127, abs=0.05)  # 1 - Phi(ln(25/8)), the one counted case


def test_expected_removals_rise_with_effort_by_its_exponent_and_with_the_lever() -> None:
    def count(effort: float = 1.0, **levers: float) -> float:
        known = QUIET | {"rate": 0.5, "size_cap": 1.0, "effort_exponent": 0.5, "delta": 0.0}
        return float(go(effort=effort, levers=levers, **known)["leaders_removed"].sum())

    base = 0.5 * (2 + 300 / 23_300 / 0.05)
    assert count() == pytest.approx(base, rel=0.01)
    assert count(effort=4.0) == pytest.approx(2 * base, rel=0.02)
    assert count(removal_effort=5.0) == pytest.approx(5 * base, rel=0.04)


def test_without_noise_cohesion_rests_where_removals_keep_it_on_average() -> None:
    weekly = go(rate=0.5, p_split=0.5, levers={"kill_share": 0.3})
    np.testing.assert_allclose(of(weekly, "cohesion"), 1, rtol=1e-5)
    np.testing.assert_allclose(of(weekly, "conflict"), 1, rtol=1e-5)
    assert weekly["splits"].sum() == 0


def test_two_plans_in_a_future_without_removals_are_the_same_bit_for_bit() -> None:
    kwargs: dict[str, Any] = {"model": NOISY, "futures": 64, "rate": 0.3, "p_split": 0.5}
    one, other = go(**kwargs), go(**kwargs, levers={"removal_effort": 2.0})
    none = (one["leaders_removed"].sum(1) == 0) & (other["leaders_removed"].sum(1) == 0)
    assert 0 < none.sum() < 64
    for name, path in one.items():
        assert np.array_equal(path[none], other[name][none]), name
    more = other["leaders_removed"].sum(1) - one["leaders_removed"].sum(1)
    assert (more >= 0).all()  # the same luck: more effort never removes fewer
    assert more.sum() > 0


def test_counts_of_organisations_follow_their_definitions() -> None:
    weekly = go(removals((0, BIG)), **CERTAIN)
    assert weekly["organisations_active"][0].tolist() == [5.0] * WEEKS
    sizes = np.asarray([7_000, 5_000, 300, 8_000, 3_000, 0])
    assert weekly["organisations_effective"][0, 0] == pytest.approx(sizes.sum() ** 2 / (sizes**2).sum(), rel=1e-5)
