import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import (
    BRIBES,
    EXPOSED,
    FORCE_RATIO,
    INTEGRITY_RATIO,
    JOINT,
    ORGANISED_DEATHS,
    OWN_EFFORT,
    PARTNER_GAIN,
    PRESSURE,
    PRESSURE_RATIO,
    PROSECUTION,
    REGIONAL_PRESSURE_RATIO,
    REJOIN,
    STATE_EFFORT,
)
from premortem.model.world import World
from tests.model.given import RAIDS, later, scripted, simulate, start_of, watched
from tests.model.toys import orders, toy_world

WEEKS = 52
ARRESTS, KILLS = 6.0, 2.0  # a week, few enough that members hardly change over a year
SCRIPT = scripted((EXPOSED, BRIBES, FORCE_RATIO, OWN_EFFORT, PARTNER_GAIN, JOINT, ORGANISED_DEATHS, REJOIN), (MEMBERS,))
READ = watched(
    STATE,
    Outcome("integrity", lambda view, own, moved: own.s.integrity[0]),
    Outcome("threatened", lambda view, own, moved: (view[PRESSURE] * view.stock(MEMBERS)).sum()),
    Outcome("risk_of_the_first", lambda view, own, moved: view[PRESSURE][0, 0]),
    Outcome("risk_of_the_second", lambda view, own, moved: view[PRESSURE][1, 0]),
    Outcome("risk_of_the_third", lambda view, own, moved: view[PRESSURE][2, 0]),
    Outcome("ratio_of_the_second", lambda view, own, moved: view[PRESSURE_RATIO][1, 0]),
    Outcome("regional_ratio", lambda view, own, moved: view[REGIONAL_PRESSURE_RATIO][0]),
    Outcome("effort", lambda view, own, moved: view[STATE_EFFORT][0]),
    Outcome("integrity_ratio", lambda view, own, moved: view[INTEGRITY_RATIO].min()),
    Outcome("prosecution", lambda view, own, moved: view[PROSECUTION]),
)
PARTS = (READ, SCRIPT, RAIDS)
MEAN, LUCKY = Model(PARTS, noise=False), Model(PARTS)


def weekly(
    world: World | None = None, signals: Any = None, levers: Any = None, strikes: Any = 0.0, **given: Any
) -> dict[str, np.ndarray]:
    """Return weekly outcomes of the first future with few arrests and killings and no capture, but for what is given."""
    default = {"state_arrests": ARRESTS, "state_kills": KILLS, "state_capture_bias": 0.0}
    world = world or toy_world()
    told = later(signals, world, WEEKS)
    told |= {"strikes": np.concatenate([np.zeros((1, 3, 4)), np.broadcast_to(strikes, (WEEKS - 1, 3, 4))])}
    result = simulate(MEAN, orders(levers=levers), world=world, told=told, **(default | given))
    return {name: values[0] for name, values in result.weekly.items()}


@pytest.mark.parametrize(
    ("chi", "exposure", "expected"),
    [(0.0, 1.0, 1.0), (0.0, 0.25, 1.0), (1.0, 1.0, 1.0), (1.0, 0.5, 2 / 3), (1.0, 2.0, 4 / 3), (1e6, 0.5, 0.5)],
)
def test_arrests_follow_the_number_exposed_from_not_at_all_to_in_proportion(
    chi: float, exposure: float, expected: float
) -> None:
    threatened = weekly(signals={EXPOSED: exposure}, state_chi=chi)["threatened"]
    assert threatened[0] == pytest.approx(ARRESTS + KILLS, rel=1e-3)
    assert threatened[1] == pytest.approx(expected * (ARRESTS + KILLS), rel=2e-3)


def test_with_few_members_left_the_risk_of_arrest_stays_bounded() -> None:
    share = np.asarray(start_of(MEAN, toy_world())[0].constants["state"].share[0])
    chi, exposure = 0.1, 1e-4
    bound = (ARRESTS + KILLS) * share[0] * (1 + chi) / (chi * float(toy_world().members[:, 0].sum()))
    risk = weekly(signals={EXPOSED: exposure}, state_chi=chi)["risk_of_the_first"][1] / exposure
    assert 0.99 * bound < risk < bound


def test_arrests_are_shared_over_regions_by_members_and_organised_homicides() -> None:
    deaths = np.array([1.0, 4.0, 9.0, 16.0])
    start, _ = start_of(MEAN, toy_world(), told={ORGANISED_DEATHS: deaths})
    weight = np.sqrt(np.asarray(toy_world().members.sum(0)) * deaths)
    np.testing.assert_allclose(start.constants["state"].share[0], weight / weight.sum(), rtol=1e-5)


def test_doubled_effort_doubles_arrests_at_once_and_killings_by_root_two() -> None:
    none: dict[str, Any] = {"state_kills": 1e-6}
    assert weekly(levers={"arrest_capacity": 2.0}, **none)["threatened"][0] == pytest.approx(2 * ARRESTS, rel=2e-3)
    killed = weekly(levers={"arrest_capacity": 2.0}, state_arrests=1e-6)["threatened"][0]
    assert killed == pytest.approx(np.sqrt(2) * KILLS, rel=2e-3)


def test_capture_spares_the_dominant_organisation_and_takes_nothing_off_the_total() -> None:
    fair, biased = weekly(), weekly(state_capture_bias=0.8)
    risks = ["risk_of_the_first", "risk_of_the_second", "risk_of_the_third"]
    first, second, third = (biased[name][0] / fair[name][0] for name in risks)
    assert first < 1 < second == pytest.approx(third, rel=1e-5)
    members = np.asarray(toy_world().members[:, 0])
    assert members @ [first, second, third] == pytest.approx(members.sum(), rel=1e-5)


def test_a_pool_of_many_groups_captures_nobody() -> None:
    world = dataclasses.replace(toy_world(), pooled=jnp.asarray([1.0, 0.0, 0.0]))
    biased = weekly(world, state_capture_bias=0.8)
    assert biased["risk_of_the_second"][0] < biased["risk_of_the_first"][0]
    assert biased["risk_of_the_first"][0] == pytest.approx(biased["risk_of_the_third"][0], rel=1e-5)


HALF: dict[str, Any] = {
    "state_integrity_federal": 0.5,
    "state_integrity_local": 0.5,
    "state_e_bribe": 1.0,
    "state_tau_integrity": 2.0,
}


def test_integrity_stays_where_it_is_while_bribes_do() -> None:
    np.testing.assert_allclose(weekly(**HALF)["integrity"], 0.5, rtol=1e-6)


def test_doubled_bribes_take_integrity_from_a_half_to_a_third() -> None:
    integrity = weekly(signals={BRIBES: 2.0}, **HALF)["integrity"]
    odds = 2 - np.exp(-np.arange(WEEKS) / 2)  # from 1 to 2 with a time constant of two weeks, from the second week on
    np.testing.assert_allclose(integrity, 1 / (1 + odds), rtol=1e-5)


def test_vetting_of_log_two_undoes_doubled_bribes() -> None:
    vetted: dict[str, Any] = {"state_yield_vetting": np.log(2), "state_tau_vetting": 1.0} | HALF
    integrity = weekly(signals={BRIBES: 2.0}, levers={"vetting": 1.0}, **vetted)["integrity"]
    assert integrity[-1] == pytest.approx(0.5, rel=1e-5)


def test_pressure_is_the_risk_from_state_and_us_forces_whatever_moves_members() -> None:
    strikes = np.zeros((3, 4))
    strikes[1, 0] = 0.02
    result = weekly(strikes=strikes, state_chi=1e9)
    before = result["risk_of_the_second"][0]
    assert result["ratio_of_the_second"][0] == pytest.approx(1, rel=1e-5)
    assert result["risk_of_the_second"][1] == pytest.approx(before + 0.02, rel=1e-4)
    assert result["ratio_of_the_second"][1] == pytest.approx(1 + 0.02 / before, rel=1e-4)
    assert result["risk_of_the_first"][1] == pytest.approx(before, rel=1e-4)
    # the region's members are as 3 : 2 : 1, the second is struck
    assert result["regional_ratio"][1] == pytest.approx(1 + 0.02 / 3 / before, rel=1e-3)


def test_ratios_of_pressure_do_not_fall_below_their_floor() -> None:
    result = weekly(signals={EXPOSED: 1e-6}, state_pressure_floor=0.05)
    start, _ = start_of(MEAN, toy_world(), state_capture_bias=0.0)
    members, c = toy_world().members, start.constants["state"]
    floor = 0.05 * float((members * c.pressure[0]).sum() / members.sum()) / float(c.regional[0, 0])
    assert result["regional_ratio"][1] == pytest.approx(floor, rel=1e-4)


def test_those_held_are_split_into_those_who_will_re_join_and_the_rest() -> None:
    result = simulate(MEAN, orders(), told={REJOIN: 0.3})
    back, final = (result.accounts[name].sum() for name in ("held_mx_return", "held_mx_final"))
    assert back / (back + final) == pytest.approx(0.3, rel=1e-5)


def test_forces_killed_civilians_and_complaints_have_the_recorded_means() -> None:
    result = weekly(signals={ORGANISED_DEATHS: 25.0}, state_chi=0.0)
    soldiers, clashes, police, civilians, complaints = 0.06, 400, 0.017, 0.15, 6  # medians of the priors
    assert result["mx_forces_killed"][1] == pytest.approx(soldiers * clashes / 52 + police * 100, rel=1e-4)
    assert result["civilians_killed_state"][1] == pytest.approx(civilians * KILLS, rel=1e-3)
    troops = float(toy_world().federal_forces.sum())
    assert result["abuse_complaints"][1] == pytest.approx(complaints / 1000 * troops / 52, rel=1e-3)


def test_restraint_halves_killings_and_leaves_arrests_alone() -> None:
    plain, restrained = weekly(), weekly(levers={"lethality_policy": 0.5})
    for name, factor in (("members_killed_state", 0.5), ("civilians_killed_state", 0.5), ("members_held", 1.0)):
        assert restrained[name][0] == pytest.approx(factor * plain[name][0], rel=1e-3)


def test_prosecution_moves_arrests_and_keeps_people_from_re_joining() -> None:
    result = weekly(levers={"prosecution": 0.55}, state_prosecution_arrests=-0.4, state_prosecution_rejoin=0.5)
    assert result["effort"][0] == pytest.approx(1 - 0.4 * 0.5, rel=1e-5)
    assert result["prosecution"][0] == pytest.approx((1 - 0.5 * 0.55) / (1 - 0.5 * 0.05), rel=1e-5)


def test_what_partners_and_shared_leads_add_is_not_own_effort() -> None:
    plain = weekly()
    beside = weekly(signals={PARTNER_GAIN: 1.5})
    assert beside["effort"][1] == pytest.approx(1.5 * plain["effort"][1], rel=1e-4)
    for name in ("own_effort", "abuse_complaints"):
        assert beside[name][1] == pytest.approx(plain[name][1], rel=1e-4)
    cut = weekly(signals={JOINT: [0.0, 0.0, 0.0]}, state_joint_share=0.1)
    assert cut["members_held"][1] == pytest.approx(0.9 * plain["members_held"][1], rel=2e-3)
    for name in ("own_effort", "abuse_complaints", "mx_forces_killed"):
        assert cut[name][1] == pytest.approx(plain[name][1], rel=1e-4)


def test_complaints_follow_people_by_their_elasticity() -> None:
    plain = weekly()["abuse_complaints"]
    doubled = weekly(signals={FORCE_RATIO: 2.0}, state_complaints_by_people=1.2)["abuse_complaints"]
    assert doubled[1].sum() == pytest.approx(2**1.2 * plain[1].sum(), rel=1e-4)


def test_at_the_status_quo_effort_and_integrity_stay_those_of_the_start_in_every_future() -> None:
    result = simulate(MEAN, orders(), futures=8, at_median=False).weekly
    np.testing.assert_allclose(result["effort"], 1, rtol=1e-5)
    np.testing.assert_allclose(result["integrity_ratio"], 1, rtol=1e-5)


def test_luck_moves_neither_pressure_nor_its_ratio() -> None:
    calm: dict[str, Any] = {
        "state_arrests": 1e-3,
        "state_kills": 1e-3,
        "state_capture_bias": 0.0,
    }  # hardly anybody leaves
    result = simulate(LUCKY, orders(), futures=4, **calm).weekly
    np.testing.assert_allclose(result["ratio_of_the_second"], 1, rtol=1e-3)
    np.testing.assert_allclose(result["regional_ratio"], 1, rtol=1e-3)


def test_deaths_of_forces_are_counts_with_poisson_spread_and_nobody_vanishes() -> None:
    deaths = np.concatenate([np.zeros((1, 4)), np.full((WEEKS - 1, 4), 25.0)])
    result = simulate(LUCKY, orders(), futures=48, told={ORGANISED_DEATHS: deaths})
    killed = result.weekly["mx_forces_killed"][:, 1:]
    np.testing.assert_allclose(killed, np.round(killed), atol=1e-3)
    assert killed.var() / killed.mean() == pytest.approx(1, abs=0.15)
    gone = -result.accounts["members"].sum((1, 2))
    kept = [result.accounts[name].sum((1, 2)) for name in ("held_mx_final", "held_mx_return", "killed_by_mx")]
    np.testing.assert_allclose(gone, sum(kept), rtol=1e-4)
