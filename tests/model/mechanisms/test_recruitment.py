import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import HELD_MX_FINAL, HELD_MX_RETURN, MEMBERS
from premortem.model.flows import Flow
from premortem.model.mechanism import Balanced, Outcome, Proposal
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import (
    ABSORBED,
    BACKLASH,
    JOBLESSNESS,
    PAY,
    PRESSURE_RATIO,
    RECRUITMENT_CAPACITY,
    RECRUITS,
    REJOIN,
    SPLIT_SHARE,
    SPLIT_TARGET,
    TRUCE,
)
from tests.model.given import RAIDS, each, later, scripted, simulate, start_of, watched
from tests.model.toys import orders, toy_world

WEEKS = 260
RATE = 0.004  # 1/week, given instead of solved
SCRIPT = scripted(
    (PAY, JOBLESSNESS, PRESSURE_RATIO, RECRUITMENT_CAPACITY, BACKLASH, SPLIT_SHARE, SPLIT_TARGET, ABSORBED, TRUCE)
)
CONFLICT = Model((RECRUITMENT, RIVALRY, STATE), noise=False)


def given_rate(view: Any, own: Any, hazards: Any) -> Balanced:
    assert RECRUITMENT.balance is not None
    solved = RECRUITMENT.balance(view, own, hazards)
    rate = jnp.full_like(solved.state.rate, own.p.smallest_rate)
    yearly = jnp.maximum(own.p.smallest_rate * view.stock(MEMBERS).sum() * 52, 1.0)
    return Balanced(dataclasses.replace(solved.constants, yearly=yearly), dataclasses.replace(solved.state, rate=rate))


GIVEN = watched(
    dataclasses.replace(RECRUITMENT, balance=given_rate),
    Outcome("ordinary", lambda view, own, moved: view[RECRUITS].sum()),
    Outcome("ordinary_first", lambda view, own, moved: view[RECRUITS][0]),
    Outcome("rejoin", lambda view, own, moved: view[REJOIN]),
    Outcome("vacancies", lambda view, own, moved: own.s.vacancies.sum()),
    Outcome("vacancies_second", lambda view, own, moved: own.s.vacancies[1].sum()),
    Outcome("kin", lambda view, own, moved: own.s.kin[0]),
    Outcome("kin_second", lambda view, own, moved: own.s.kin[1]),
    Outcome("rate_second", lambda view, own, moved: own.s.rate[1].max()),
)
MODEL = Model((GIVEN, SCRIPT, RAIDS), noise=False)
ALONE: dict[str, Any] = {
    "recruitment_smallest_rate": RATE,
    "recruitment_pool_share": 1e6,
    "recruitment_omega": 0.0,
    "recruitment_size": 1.0,
    "recruitment_org_share": 1.0,
    "recruitment_tau_programme": 1e-6,
}


def weekly(
    world: Any = None, signals: Any = None, levers: Any = None, strikes: Any = 0.0, **given: Any
) -> dict[str, Any]:
    """Return weekly outcomes with nothing but ordinary recruits at a given rate, but for what is given."""
    world = world or toy_world()
    told = later(signals, world, WEEKS)
    result = simulate(
        MODEL, orders(WEEKS, levers=levers), world=world, told=told | {"strikes": strikes}, **(ALONE | given)
    )
    return {name: values[0] for name, values in result.weekly.items()}


SIZES = each([f"size{o}" for o in range(3)], lambda view, own, moved: view.stock(MEMBERS).sum(1))
TOTAL = float(toy_world().members.sum())
T = np.arange(1, WEEKS + 1)


def test_without_losses_or_limits_an_organisation_grows_exponentially_whatever_the_step() -> None:
    np.testing.assert_allclose(weekly()["members"], TOTAL * np.exp(RATE * T), rtol=1e-4)


def test_in_a_limited_pool_growth_is_logistic() -> None:
    world = dataclasses.replace(toy_world(), members=toy_world().members.at[1:].set(0.0))
    start = np.asarray(world.members[0])
    pool = np.maximum(0.002 * np.asarray(world.population), 2 * start)
    expected = (pool / (1 + (pool / start - 1) * np.exp(-RATE * T[:, None]))).sum(1)
    limited = {"recruitment_pool_share": 0.002}
    np.testing.assert_allclose(weekly(world, **limited)["members"], expected, rtol=1e-3)


def test_members_never_outgrow_the_pool() -> None:
    result = weekly(recruitment_smallest_rate=0.5, recruitment_pool_share=0.002)
    pool = np.maximum(0.002 * np.asarray(toy_world().population), 2 * np.asarray(toy_world().members.sum(0))).sum()
    assert result["members"][-1] == pytest.approx(pool, rel=0.01)
    assert result["members"].max() < 1.01 * pool


NO_RECRUITS: dict[str, Any] = {"recruitment_smallest_rate": 0.0}


def struck_once(members: float) -> np.ndarray:
    """Return the risk [week, o, r] that takes this number, in proportion, in the second week; the first is the start's."""
    path = np.zeros((WEEKS, 3, 4))
    path[1] = -np.log1p(-members / TOTAL)
    return path


def test_of_a_thousand_lost_half_come_back_through_vacancies_half_of_them_within_a_half_life() -> None:
    back = {"recruitment_replace": 0.5, "recruitment_tau_vacancy": 26.0}
    members = weekly(strikes=struck_once(1000.0), **NO_RECRUITS, **back)["members"]
    assert members[1] == pytest.approx(TOTAL - 1000, abs=0.5)
    half_life = 26 * np.log(2)
    expected = TOTAL - 1000 + 500 * (1 - 2 ** (-np.arange(WEEKS - 1) / half_life))
    np.testing.assert_allclose(members[1:], expected, atol=0.6)


def _hold(view: Any, own: Any, luck: Any) -> Proposal:
    once = jnp.where(view.week == 0, 0.05, 0.0) * jnp.ones_like(view.stock(MEMBERS))
    return Proposal(
        (
            Flow("return", MEMBERS, HELD_MX_RETURN, hazard=once, noisy=False),
            Flow("final", MEMBERS, HELD_MX_FINAL, hazard=once, noisy=False),
        )
    )


POLICE = dataclasses.replace(scripted(), name="police", propose=_hold, accounts=(HELD_MX_RETURN, HELD_MX_FINAL))
STAY = 20.0


def after_arrests(levers: Any = None, **given: Any) -> tuple[float, np.ndarray]:
    """Return how many are held in the first week, half of whom will re-join, and members by week."""
    prison = {"recruitment_replace": 0.0, "recruitment_tau_prison": STAY}
    model = Model((GIVEN, SCRIPT, POLICE), noise=False)
    result = simulate(model, orders(WEEKS, levers=levers), **(ALONE | NO_RECRUITS | prison | given))
    members = result.weekly["members"][0]
    return TOTAL - float(members[0]), members


def test_of_those_held_half_re_join_after_the_mean_stay() -> None:
    held, members = after_arrests()
    assert held == pytest.approx(TOTAL * (1 - np.exp(-0.1)), rel=1e-4)
    assert members[-1] == pytest.approx(TOTAL - held / 2, rel=1e-5)
    came = np.diff(members)
    mean_delay = (came * np.arange(1, WEEKS)).sum() / came.sum()
    assert mean_delay == pytest.approx(STAY + 0.5, rel=0.01)  # counted at the end of the week in which they come


def test_rehabilitation_keeps_its_share_of_the_released_from_coming_back() -> None:
    held, members = after_arrests(levers={"rehabilitation": 0.5}, recruitment_yield_rehabilitation=0.8)
    assert members[-1] == pytest.approx(TOTAL - held / 2 - 0.5 * 0.8 * held / 2, rel=1e-5)


def test_drop_outs_rise_with_the_size_of_an_organisation_and_a_pool_counts_as_many() -> None:
    world = dataclasses.replace(toy_world(), concentration=jnp.asarray([1.0, 1.0, 0.01]))
    omega = 1e-7
    members = weekly(world, recruitment_omega=omega, **NO_RECRUITS)["members"]
    sizes, kept = np.asarray(world.members.sum(1)), np.array([1.0, 1.0, 0.01])
    expected = (sizes / (1 + omega * kept * sizes * T[:, None])).sum(1)  # dN/dt = -omega N^2, exactly
    np.testing.assert_allclose(members, expected, rtol=2e-4)


def test_help_to_leave_multiplies_exits_by_what_it_yields() -> None:
    leaving = {"recruitment_omega": 1e-7, "recruitment_yield_exit_aid": 0.5} | NO_RECRUITS
    plain, helped = (TOTAL - weekly(**leaving, levers=levers)["members"][0] for levers in ({}, {"exit_aid": 3.0}))
    assert helped == pytest.approx(2 * plain, rel=2e-3)


@pytest.mark.parametrize(
    ("signals", "changes", "expected"),
    [
        ({PAY: 2.0}, {"recruitment_e_pay": 0.5}, np.sqrt(2)),
        ({JOBLESSNESS: 5.0}, {"recruitment_joblessness": 0.02}, np.exp(0.1)),
        ({PRESSURE_RATIO: 3.0}, {"recruitment_deterrence": 0.1}, 3**-0.1),
        ({PRESSURE_RATIO: 3.0}, {"recruitment_deterrence": -0.1}, 3**0.1),
        ({RECRUITMENT_CAPACITY: 0.7}, {}, 0.7),
    ],
)
def test_pay_joblessness_pressure_and_lost_leaders_move_recruits(
    signals: Any, changes: dict[str, float], expected: float
) -> None:
    plain, moved = weekly(**changes)["ordinary"], weekly(signals=signals, **changes)["ordinary"]
    assert moved[1] / plain[1] == pytest.approx(expected, rel=1e-3)


SLOW_RATE = 1e-4  # so low that those who are kept out hardly change who is there to recruit
SLOW = {"recruitment_smallest_rate": SLOW_RATE}


def test_prevention_keeps_out_its_yield_once_the_programme_reaches_people() -> None:
    prevented = {"recruitment_yield_prevention": 0.6, "recruitment_displaced": 0.25, "recruitment_tau_programme": 26.0}
    ordinary = weekly(levers={"prevention": 0.5}, **(SLOW | prevented))["ordinary"]
    reach = 1 - np.exp(-T / 26)
    np.testing.assert_allclose(ordinary / weekly(**SLOW)["ordinary"], 1 - 0.5 * 0.6 * 0.75 * reach, rtol=0.01)


def test_youth_jobs_keep_out_what_a_job_year_yields_while_jobs_last() -> None:
    jobs = {"recruitment_job_yield": 0.01, "recruitment_job_life": 4.0}
    ordinary = weekly(levers={"youth_jobs": 2.0}, **(SLOW | jobs))["ordinary"]
    standing = 2000 * 4 * (1 - np.exp(-T / (4 * 52)))
    kept_out = 0.01 * standing / (TOTAL * SLOW_RATE * 52)
    np.testing.assert_allclose(ordinary / weekly(**SLOW)["ordinary"], np.exp(-kept_out), rtol=0.02)


def test_recruits_made_by_harm_come_on_top_and_no_programme_prevents_them() -> None:
    harm = {BACKLASH: np.array([20.0, 0.0, 0.0, 0.0])}
    for levers in ({}, {"prevention": 0.5}):
        with_harm, without = (weekly(levers=levers, signals=s)["recruits"] for s in (harm, {}))
        assert with_harm[1] - without[1] == pytest.approx(20, rel=1e-3)


def test_who_is_bound_by_a_truce_rests_and_recruits() -> None:
    at_peace = np.zeros((3, 4))
    at_peace[0] = 1.0
    known = {"recruitment_truce_respite": 0.052}
    more, usual = (weekly(signals=s, **known)["recruits"] for s in ({TRUCE: at_peace}, {}))
    assert more[1] - usual[1] == pytest.approx(0.001 * float(toy_world().members[0].sum()), rel=0.02)


def test_fear_cannot_make_recruits_negative() -> None:
    result = weekly(signals={BACKLASH: -1e6})
    assert result["recruits"][1] == 0
    assert (result["members"] > 0).all()


def test_a_splinter_takes_its_share_of_vacancies_and_its_parents_rate() -> None:
    world = dataclasses.replace(toy_world(), spare=jnp.asarray([0.0, 1.0, 0.0]))
    split, target = np.zeros((WEEKS, 3)), np.zeros((WEEKS, 3))
    split[5, 0], target[5, 1] = 0.25, 1.0
    result = weekly(
        world,
        strikes=struck_once(1000.0),
        signals={SPLIT_SHARE: split, SPLIT_TARGET: target},
        recruitment_replace=0.5,
        recruitment_tau_vacancy=1e9,
    )
    assert result["vacancies"][10] == pytest.approx(result["vacancies"][4], rel=1e-5)
    first = result["vacancies"][4] / 2  # members are as 3 : 2 : 1
    assert result["vacancies_second"][10] - result["vacancies_second"][4] == pytest.approx(first / 4, rel=1e-4)
    # A quarter and three quarters of what was one keep its risk of leaving: four times and four thirds of their own size weigh on them.
    np.testing.assert_allclose([result["kin_second"][10], result["kin"][10]], [4, 4 / 3], rtol=1e-5)


def test_at_the_start_every_organisation_grows_in_every_region_at_the_rate_drawn_for_it() -> None:
    growth = 0.01 + np.array([0.03, -0.01, 0.01])
    free: dict[str, Any] = {
        "recruitment_growth0": 0.01,
        "recruitment_growth_org": growth - 0.01,
        "recruitment_loss_floor": 1e-3,
        "recruitment_loss_ceiling": 1e3,
        "recruitment_smallest_rate": 1e-9,
    }
    model = Model((watched(RECRUITMENT, *SIZES), RIVALRY, STATE), noise=False)
    first_week = simulate(model, orders(13), **free).weekly
    for o, expected in enumerate(growth):
        now, before = first_week[f"size{o}"][0, 1], first_week[f"size{o}"][0, 0]
        assert np.log(now / before) * 52 == pytest.approx(expected, abs=0.002)


def test_at_a_start_after_a_rise_of_arrests_prisons_are_not_full_yet() -> None:
    settled, _ = start_of(CONFLICT, toy_world())
    world = dataclasses.replace(toy_world(), arrest_step=1.0)
    risen, _ = start_of(CONFLICT, world, state_arrest_step=2.0, recruitment_prison_fill=0.6)
    for account in (HELD_MX_RETURN, HELD_MX_FINAL):
        ratio = risen.opening[account.name].sum() / settled.opening[account.name].sum()
        assert float(ratio) == pytest.approx(2 * 0.6, rel=1e-4)


def test_drawn_sizes_keep_the_total_times_size_and_leave_the_pools_weight_alone() -> None:
    world = dataclasses.replace(toy_world(), pooled=jnp.asarray([0.0, 0.0, 1.0]))
    start, _ = start_of(CONFLICT, world, recruitment_size=1.5, recruitment_org_share=np.array([2.0, 0.5, 7.0]))
    members = np.asarray(start.opening["members"][0])
    medians = np.asarray(world.members)
    assert members.sum() == pytest.approx(1.5 * medians.sum(), rel=1e-5)
    np.testing.assert_allclose(members[0] / members[2], 2 * medians[0] / medians[2], rtol=1e-5)
    np.testing.assert_allclose(members[1] / members[2], 0.5 * medians[1] / medians[2], rtol=1e-5)


def test_over_ten_years_of_drawn_futures_everyone_is_accounted_for_and_nothing_explodes() -> None:
    result = simulate(Model(CONFLICT.mechanisms), orders(520), futures=16, at_median=False)
    assert (result.fault_week < 0).all()
    people = sum(
        change.reshape(16, -1).sum(1)
        for name, change in result.accounts.items()
        if name not in {"mx_forces_reserve", "mx_forces_killed", "abuses", "complaints"}
    )
    assert np.abs(people).max() < 1e-5 * float(toy_world().population.sum())
    growth = result.weekly["members"][:, -1] / result.weekly["members"][:, 0]
    assert (growth > 0).all()
    assert np.quantile(growth, 0.95) < 4
