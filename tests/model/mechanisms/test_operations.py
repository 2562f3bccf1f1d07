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
from premortem.evidence import parameters
from premortem.model.index_sets import LEGAL_ELEMENTS, ROLES, RULES, TASKS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.operations import OPERATIONS
from premortem.model.signals import (
    COOPERATION,
    COURTS,
    HEAVY_PER_MEMBER,
    INTELLIGENCE,
    MANDATE,
    PARTNER_GAIN,
    PERMISSION,
    REJOIN,
    US_INTERDICTION,
    US_PRESENCE,
    US_REMOVALS,
    WEAPONS_GIVEN_UP,
    WIDENED,
    Signal,
)
from tests.model.given import GROW, KILL, scripted, simulate
from tests.model.toys import WEEKS, campaign, orders, toy_world


def total(signal: Signal) -> Outcome:
    return Outcome(signal.name, lambda view, own, moved: view[signal].sum())


SIGNALS = (US_PRESENCE, US_INTERDICTION, US_REMOVALS, PARTNER_GAIN, WEAPONS_GIVEN_UP)
SEEN = (
    *(total(signal) for signal in SIGNALS),
    Outcome("raids", lambda view, own, moved: own.s.aimed),
    Outcome("blind", lambda view, own, moved: own.s.blind),
    Outcome("adaptation", lambda view, own, moved: own.s.adaptation[0]),
)
WATCHED = dataclasses.replace(OPERATIONS, outcomes=OPERATIONS.outcomes + SEEN)
TOLD = scripted((INTELLIGENCE, COOPERATION, COURTS, MANDATE, WIDENED, HEAVY_PER_MEMBER, PERMISSION, REJOIN))
PARTS = (WATCHED, GROW, TOLD)
MEAN, LUCKY = Model(PARTS, noise=False), Model(PARTS)
WORLD = toy_world()
IN_ZONE = float(WORLD.members[:, 0].sum())
RESIDENTS = float(WORLD.population[0])
SURE: dict[str, Any] = {
    "operations_blind_factor": 0.0,
    "operations_civ_raid": 0.0,
    "operations_cap_raid": 0.0,
    "operations_h_cov": 0.0,
}


# One person of any role is worth one on every task, and friction, lift, custody and places are out of the way.
EQUAL: dict[str, Any] = {
    f"operations_weight_{row}_{role}": 1.0 for row in (*TASKS, "exposed", "harm", "custody") for role in ROLES
} | {
    "operations_good": 1.0,
    "operations_capture_rules": 1.0,
    "operations_organic": 1.0,
    "operations_near": 1.0,
    "operations_detain_ratio": 1e6,
    "operations_q_raid": 40.0,
}


def play(*controls: Any, told: Any = None, **changes: Any) -> Trajectories:
    values = {"intelligence": [0.3] * 4} | (told or {})
    return simulate(MEAN, controls, told=values, **(EQUAL | changes))


def test_a_plan_without_a_task_force_does_exactly_nothing() -> None:
    crowd = (dataclasses.replace(OPERATIONS, outcomes=()), GROW, KILL)
    told = {"growth": 0.001, "weekly_state": 1.0}
    with_it = simulate(Model(crowd), orders(), futures=2, told=told)
    without = simulate(Model((GROW, KILL)), orders(), futures=2, told=told)
    for name, change in without.accounts.items():
        assert np.array_equal(with_it.accounts[name], change), name
    for name in with_it.accounts.keys() - without.accounts.keys():
        assert not with_it.accounts[name].any(), name


def test_with_many_leads_losses_are_those_of_aimed_fire() -> None:
    plain: dict[str, Any] = SURE | {"operations_objects_lab": 0.0, "operations_q_raid": 40.0, "operations_v_raid": 0.5}
    result = play(campaign(4000.0, raids=1.0), operations_lead=1e4, **plain)
    np.testing.assert_allclose(result.weekly["raids"][0, 5], 100.0, rtol=2e-3)
    assert result.accounts["killed_by_us"][0].sum() == pytest.approx(50 * (WEEKS - 2), rel=0.06)


def test_with_few_leads_more_people_remove_nobody_more() -> None:
    few: dict[str, Any] = {"operations_lead": 1e-4, "operations_objects_lab": 0.0} | SURE
    result = play(campaign(50_000.0, raids=1.0), campaign(200_000.0, raids=1.0), **few)
    small, large = result.accounts["killed_by_us"].reshape(2, -1).sum(1)
    assert 1 < large / small < 1.02
    assert result.weekly["raids"][1, 5] == pytest.approx(1e-4 * 0.3 * IN_ZONE, rel=0.02)


def test_without_leads_blind_action_hits_in_proportion_to_force_and_to_members_among_residents() -> None:
    blind: dict[str, Any] = {
        "operations_lead": 0.0,
        "operations_h_cov": 0.0,
        "operations_c_pres": 0.0,
        "operations_z": 20.0,
    }
    result = play(campaign(1000.0, raids=1.0), campaign(4000.0, raids=1.0), **blind)
    members = result.accounts["killed_by_us"].reshape(2, -1).sum(1)
    residents = result.accounts["residents_killed"].reshape(2, -1).sum(1)
    assert members[1] / members[0] == pytest.approx(4, rel=0.01)
    assert members[0] / (members[0] + residents[0]) == pytest.approx(20 * IN_ZONE / RESIDENTS, rel=0.01)
    assert (result.weekly["aimed_share"][:, 10] == 0).all()


def test_a_wider_rule_uses_more_idle_capacity_and_identification_caps_it() -> None:
    by_rule = [campaign(4000.0, raids=1.0, rule=rule) for rule in RULES]
    capped = [campaign(4000.0, raids=1.0, rule=rule, positive_identification=1.0) for rule in RULES]
    result = play(*by_rule, *capped, operations_blind_factor=1.0, operations_lead=0.0)
    idle = 4000 / 40
    np.testing.assert_allclose(result.weekly["blind"][:6, 10] / idle, [0.02, 0.05, 0.1, 0.15, 0.5, 0.5], rtol=0.01)
    np.testing.assert_allclose(result.weekly["blind"][6:, 10] / idle, [0.02, 0.05, 0.1, 0.15, 0.15, 0.15], rtol=0.01)


def test_fire_is_held_below_the_threshold_and_only_there() -> None:
    held = campaign(4000.0, raids=0.5, strikes=0.5, hold_fire_below=0.31)
    open_ = campaign(4000.0, raids=0.5, strikes=0.5, hold_fire_below=0.29)
    result = play(held, open_)
    assert not result.accounts["killed_by_us"][0].any()
    assert not result.accounts["residents_killed"][0].any()
    assert result.accounts["killed_by_us"][1].sum() > 1


def test_nobody_is_captured_without_a_basis_and_custody_decides_who_holds_them() -> None:
    none = campaign(4000.0, raids=1.0, presence=0.0, capture=0.0)
    ours = campaign(4000.0, raids=1.0)
    theirs = campaign(4000.0, raids=1.0, custody_mexico=1.0)
    held = play(none, ours, theirs, told={"rejoin": 0.25}).accounts
    us, back, final = (held[name].reshape(3, -1).sum(1) for name in ("held_us", "held_mx_return", "held_mx_final"))
    assert us[0] == back[0] == final[0] == 0
    assert us[1] > 1
    assert us[2] == 0
    assert back[2] == pytest.approx(final[2] / 3, rel=1e-3)
    assert back[2] + final[2] == pytest.approx(us[1], rel=1e-3)


def test_only_organisations_that_the_plan_names_are_sought() -> None:
    result = play(
        campaign(4000.0, raids=1.0, organisations=[0.0, 1.0, 0.0]), operations_blind_factor=0.0, operations_h_cov=0.0
    )
    killed = result.accounts["killed_by_us"][0]
    assert killed[1, 0] > 1
    assert not killed[[0, 2]].any()


def test_presence_alone_arrests_in_contact_by_its_own_part_of_coverage() -> None:
    sure: dict[str, Any] = {"operations_h_cov": 0.01, "operations_foreign_force": 0.5, "operations_coverage": 25.0}
    result = play(campaign(1000.0, presence=1.0), **sure)
    mexican = (0.75 * WORLD.federal_forces[0] + 0.55 * WORLD.state_police[0]) / RESIDENTS * 1000
    without, with_us = (1 - 3 ** (-density / 25) for density in (mexican, mexican + 1.0))
    expected = IN_ZONE * (1 - np.exp(-0.005 * float(with_us - without) * (WEEKS - 2)))
    assert result.accounts["held_us"][0].sum() == pytest.approx(expected, rel=0.02)


def test_at_the_reference_ratio_and_size_hostile_deaths_have_their_rate() -> None:
    armed = 0.3 * 3600 / IN_ZONE
    result = play(
        campaign(3600.0, presence=1.0),
        operations_kappa=3.1,
        operations_armed=armed,
        operations_q=0.5,
        operations_p=0.6,
        operations_h_cov=0.0,
        operations_nonhostile=0.0,
    )
    killed = result.accounts["us_killed_hostile"][0].sum()
    assert killed == pytest.approx(3.1 * 3.6 * (WEEKS - 2) / 52, rel=0.02)
    wounded = result.accounts["us_wounded_out"][0].sum()
    assert wounded == pytest.approx(8 * 0.3 * killed, rel=0.02)


def test_own_losses_grow_less_than_the_force_where_exposure_diminishes_and_more_with_heavy_weapons() -> None:
    steady: dict[str, Any] = {
        "operations_q": 1e-6,
        "operations_h_cov": 0.0,
        "operations_nonhostile": 0.0,
        "operations_p": 0.6,
    }
    sizes = [campaign(3600.0, presence=1.0), campaign(36_000.0, presence=1.0), campaign(3600.0, presence=1.0)]
    heavy = [[1.0] * 3, [1.0] * 3, [4.0] * 3]
    killed = (
        play(*sizes, told={"heavy_per_member": heavy}, operations_g=0.5, **steady).accounts["us_killed_hostile"].sum(1)
    )
    assert killed[1] / killed[0] == pytest.approx(10**0.6, rel=0.02)
    assert killed[2] / killed[0] == pytest.approx(2.0, rel=0.02)


def test_own_losses_grow_with_both_sides_as_in_the_battles_of_cdb90() -> None:
    """Own losses in 646 battles: own strength to the power .633, enemy strength to .540; the priors hold both exponents."""
    own, enemy = 0.633, 0.540
    battles: dict[str, Any] = {"operations_h_cov": 0.0, "operations_nonhostile": 0.0}
    armed = 0.3 * 3600 / IN_ZONE
    sizes = [campaign(people, presence=1.0) for people in (3600.0, 36_000.0, 3600.0)]
    killed = (
        play(
            *sizes, operations_armed=[armed, armed, armed / 3], operations_p=own + enemy, operations_q=enemy, **battles
        )
        .accounts["us_killed_hostile"]
        .sum(1)
    )
    assert np.log10(killed[1] / killed[0]) == pytest.approx(own, abs=0.01)
    assert np.log(killed[0] / killed[2]) / np.log(3) == pytest.approx(enemy, abs=0.01)
    p, q = (parameters.load()[f"operations.{name}"].distribution.quantile for name in ("p", "q"))
    assert q(np.array(0.05)) < enemy < q(np.array(0.95))
    assert p(np.array(0.05)) < own + enemy < p(np.array(0.95))


def test_presence_harms_residents_at_its_rate_at_reference_intelligence_and_rule() -> None:
    still: dict[str, Any] = {"operations_h_cov": 0.0, "operations_c_pres": 1.5, "operations_rule_factor": 1.0}
    result = play(campaign(2000.0, presence=1.0), told={"intelligence": [0.6] * 4}, **still)
    assert result.accounts["residents_killed"][0].sum() == pytest.approx(1.5 * 2 * (WEEKS - 2) / 52, rel=0.02)


def test_mitigation_halves_harm_at_most_and_spares_no_member() -> None:
    plain = campaign(4000.0, raids=1.0)
    lever = campaign(4000.0, raids=1.0, levers={"harm_mitigation": 0.5})
    steps = campaign(4000.0, raids=1.0, harm_steps=6.0)
    result = play(plain, lever, steps, operations_harm_step=0.1, operations_mitigation_readiness=0.0)
    residents = result.accounts["residents_killed"].reshape(3, -1).sum(1)
    np.testing.assert_allclose(residents[1:] / residents[0], 0.5, rtol=1e-4)
    killed = result.accounts["killed_by_us"].reshape(3, -1).sum(1)
    np.testing.assert_allclose(killed[1:] / killed[0], 1.0, rtol=1e-4)
    raids = play(plain, lever, operations_mitigation_readiness=0.1, operations_lead=1e4).weekly["raids"][:, 5]
    assert raids[1] / raids[0] == pytest.approx(0.9, rel=1e-3)


def test_readiness_wears_down_to_what_can_be_sustained_and_comes_back_at_home() -> None:
    ramp = np.where(np.arange(WEEKS) < 26, 3000.0, 0.0)[:, None]
    forces: dict[str, Any] = {"inventory": 6000.0, "units_per_deployed": 3.0, "presence": 1.0}
    plan = campaign(ramp, **forces)
    wear: dict[str, Any] = {"operations_wear": [1.0, 0.0], "operations_handover": 0.0}
    result = play(plan, plan, operations_release=0.5, operations_tau_ready=10.0, **wear)
    ready, unworn = result.weekly["readiness"]
    assert (unworn == 1).all()
    floor = 6000 * 0.5 / 3 / 3000
    assert ready[25] == pytest.approx(floor + (1 - floor) * np.exp(-25 / 10), abs=0.01)
    assert ready[33] == pytest.approx(1 - (1 - ready[27]) * np.exp(-6 / 10), abs=1e-3)
    assert result.weekly["forces_tied_up"][0, 20] == pytest.approx(3 * 3000, rel=0.01)
    assert result.weekly["forces_tied_up"][0, -1] < 1


def test_tours_cost_their_handover() -> None:
    result = play(campaign(3000.0, presence=1.0, tour_weeks=26.0), operations_handover=2.6, operations_tau_ready=1e-3)
    assert result.weekly["readiness"][0, -1] == pytest.approx(0.9, abs=1e-5)


def test_organisations_learn_to_deny_leads_and_forget_when_the_pressure_ends() -> None:
    half = np.where(np.arange(WEEKS) < 26, 20_000.0, 0.0)[:, None]
    result = play(campaign(half, raids=1.0), operations_a_max=0.5, operations_tau_learn=4.0, operations_h_half=1e-5)
    learned = result.weekly["adaptation"][0]
    assert 0.4 < learned[25] < 0.5
    assert learned[-1] < 0.01


def test_a_withdrawn_mandate_brings_everyone_back_over_the_line() -> None:
    result = play(campaign(3000.0, presence=1.0), told={"mandate": [1.0, 0.0, 1.0, 1.0]})
    assert not result.accounts["us_forward"].any()
    assert result.accounts["us_ready"][0].sum() == pytest.approx(3000.0, rel=0.01)


def test_a_widened_mandate_sends_more_people_and_opens_the_interior() -> None:
    share: dict[str, Any] = {"forward": 0.4, "raids": 0.5, "strikes": 0.5}
    told = {"mandate": [[1.0] * 4, [1.0, 1.5, 1.5, 2.0]], "widened": [[0.0] * 4, [0.0, 0.0, 1.0, 0.0]]}
    result = play(campaign(3000.0, **share), campaign(3000.0, **share), told=told)
    forward = result.accounts["us_forward"].sum(1)
    assert forward[1] / forward[0] == pytest.approx(2.0, rel=0.01)
    killed = result.accounts["killed_by_us"].sum(1)
    assert not killed[0, 1:].any()
    assert (killed[1] > 0).all()


def test_strikes_may_go_on_where_the_ground_is_forbidden() -> None:
    told = {"mandate": [1.0, 0.0, 0.0, 1.0], "intelligence": [0.3] * 4}
    seen = play(campaign(3000.0, presence=0.5, strikes=0.5), told=told).weekly
    assert seen["us_presence"][0, -1] == 0
    assert seen["raids"][0, -1] > 0


def test_a_court_can_bar_force_abroad_or_detention_alone() -> None:
    elements = {name: [float(e != name) for e in LEGAL_ELEMENTS] for name in ("force_abroad", "detention")}
    told = {"courts": [elements["force_abroad"], elements["detention"]]}
    result = play(campaign(3000.0, raids=1.0), campaign(3000.0, raids=1.0), told=told)
    forward, held, killed = (
        result.accounts[n].reshape(2, -1).sum(1) for n in ("us_forward", "held_us", "killed_by_us")
    )
    assert forward[0] == killed[0] == held[0] == held[1] == 0
    assert killed[1] > 1


def test_a_force_that_may_only_act_at_home_never_crosses() -> None:
    result = play(campaign(3000.0, raids=1.0, reach=[[1.0, 0.0, 0.0]]))
    assert not result.accounts["us_forward"].any()
    assert not result.accounts["killed_by_us"].any()


def test_partners_gain_nothing_without_people_or_permission_and_saturate() -> None:
    willing = {"cooperation": 1.0, "permission": [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]}
    controls = [campaign(200.0, partner=1.0), campaign(1e6, partner=1.0), campaign(1e6, partner=1.0)]
    gain = play(*controls, told=willing, operations_b_part=0.4, operations_partner_half=200.0).weekly["partner_gain"]
    np.testing.assert_allclose(gain[:, -1], [1.2, 1.4, 1.0], rtol=1e-3)


def test_interdiction_people_are_agents_and_not_presence() -> None:
    seen = play(campaign(1000.0, interdiction=1.0), operations_w_zone=0.5).weekly
    assert seen["us_interdiction"][0, -1] == pytest.approx(500, rel=0.01)
    assert seen["us_presence"][0, -1] == 0


def test_leaders_and_laboratories_are_only_hit_where_the_plan_aims_at_them() -> None:
    few = [campaign(20_000.0, raids=1.0, targets=t) for t in ([1.0, 1.0, *[0.0] * 5], [0.0] * 7)]
    result = play(*few, operations_lead_share=0.1, operations_objects_lab=0.5)
    assert result.weekly["us_removals"][0].sum() > 1
    assert not result.weekly["us_removals"][1].any()
    killed = result.accounts["killed_by_us"].reshape(2, -1).sum(1)
    assert killed[1] > 1.5 * killed[0]  # actions on laboratories take no members


def test_weapons_are_given_up_with_the_members_who_are_lost() -> None:
    result = play(campaign(20_000.0, raids=1.0), operations_weapons_taken=1.0)
    assert result.weekly["weapons_given_up"][0, 1] == 0
    assert result.weekly["weapons_given_up"][0, -1] > 0


def test_draws_have_the_means_of_the_expected_values_and_the_spread_of_counts() -> None:
    futures = 160
    sure: dict[str, Any] = SURE | {"operations_objects_lab": 0.0, "operations_a_max": 0.0}
    plan = campaign(400.0, raids=1.0)
    sure = EQUAL | sure | {"operations_v_raid": 0.5}
    mean = simulate(MEAN, plan, told={"intelligence": [0.3] * 4}, **sure).accounts["killed_by_us"].sum()
    drawn = simulate(LUCKY, plan, told={"intelligence": [0.3] * 4}, futures=futures, **sure)
    killed = drawn.accounts["killed_by_us"].reshape(futures, -1).sum(1)
    raids = float(mean) / 0.5
    # A compound Poisson sum of log-normal results: variance = raids * v^2 * exp(s^2).
    sd = 0.5 * np.sqrt(raids * np.exp(1.1**2))
    assert killed.mean() == pytest.approx(mean, abs=3.5 * sd / np.sqrt(futures))
    assert killed.std() == pytest.approx(sd, rel=0.15)


LEDGER = (
    "us_ready",
    "us_forward",
    "us_dwell",
    "us_returned",
    "us_killed_hostile",
    "us_killed_by_mx",
    "us_dead_other",
    "us_wounded_out",
)
FORCE = st.floats(0, 300_000)


@settings(max_examples=12, deadline=None)
@cases(
    people=FORCE,
    forward=st.floats(0, 1),
    tasks=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    rule=st.sampled_from(RULES),
    intelligence=st.floats(0, 1),
    kappa=st.floats(0, 2000),
    noise=st.booleans(),
)
def test_whatever_the_force_everyone_is_accounted_for_and_nobody_twice(
    people: float, forward: float, tasks: list[float], rule: str, intelligence: float, kappa: float, noise: bool
) -> None:
    total = max(sum(tasks), 1.0)
    names = ("presence", "interdiction", "raids", "surveillance", "strikes", "partner")
    shares: dict[str, Any] = {name: share / total for name, share in zip(names, tasks, strict=True)}
    leave = np.where(np.arange(WEEKS) < 40, people, 0.0)[:, None]
    plan = campaign(leave, forward=forward, rule=rule, **shares)
    result = simulate(
        LUCKY if noise else MEAN,
        plan,
        at_median=False,
        futures=3,
        told={"intelligence": [intelligence] * 4},
        operations_kappa=kappa,
    )
    assert (result.fault_week < 0).all()
    given_out = result.accounts["us_reserve"]
    assert sum(result.accounts[name].sum(1) for name in LEDGER) == pytest.approx(given_out, rel=1e-4, abs=0.01)
    members = result.accounts["members"].sum((1, 2))
    removed = sum(
        result.accounts[n].reshape(3, -1).sum(1) for n in ("killed_by_us", "held_us", "held_mx_return", "held_mx_final")
    )
    assert members + removed == pytest.approx(np.zeros(3), abs=0.05)
    residents = result.accounts["residents_home"].sum(1) + result.accounts["residents_killed"].sum((1, 2))
    assert residents == pytest.approx(np.zeros(3), abs=2.0)
    assert (np.asarray(WORLD.members) + result.accounts["members"] >= 0).all()
    for name in LEDGER:
        assert (result.accounts[name] >= 0).all(), name


def test_the_force_is_filled_as_ordered_and_goes_home() -> None:
    ramp = np.concatenate([np.linspace(100, 2000, 20), np.full(12, 2000.0), np.zeros(20)])[:, None]
    result = play(campaign(ramp, forward=0.4, presence=1.0), operations_kappa=0.0, operations_nonhostile=0.0)
    np.testing.assert_allclose(result.weekly["us_deployed"][0, :32], ramp[:32, 0], rtol=1e-4)
    assert result.weekly["us_deployed"][0, -1] < 0.1
    assert float(jnp.asarray(result.accounts["us_returned"]).sum()) == pytest.approx(2000, rel=1e-3)
