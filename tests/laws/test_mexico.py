"""Laws of Mexico's own effort, of joint work with the United States, and of Mexican forces that a plan sends.

The record behind them: docs/model/own_effort.md, docs/model/joint_work.md.
"""

import dataclasses
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import HELD_MX_FINAL, HELD_MX_RETURN, US_FORWARD
from premortem.model.index_sets import CONSENT, TASKS
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.joint_work import JOINT_WORK
from premortem.model.mechanisms.mexico import MEXICO
from premortem.model.mechanisms.own_effort import OWN_EFFORT_OF_MEXICO
from premortem.model.signals import ORGANISED_DEATHS, US_IN_MEXICO
from premortem.model.units import NEVER
from premortem.theatre import load as load_theatre
from tests.laws.futures import inside, median_within, run, share_within
from tests.model.given import later, of, scripted, simulate, watched
from tests.model.toys import one_hot, orders

QUICK, MANY = 40, 200
FORCE = """
[consent]
mexico = "none"
[[task_force]]
id = "force"
base = "fort_bliss"
reach = ["home_side", "zone", "interior"]
personnel = 8000
deploy_weeks = 1
forward_share = 1.0
regions = ["Chihuahua", "Sonora", "Tamaulipas"]
effort = { presence = 0.6, raids = 0.3 }
trigger = "always"
"""
BESIDE = """
[consent]
mexico = "senate_authorized"
assumed = true
scope = ["train_advise", "raid", "ground_hold", "intel_share"]
[[task_force]]
id = "beside"
base = "fort_bliss"
reach = ["home_side", "zone", "interior"]
personnel = %d
deploy_weeks = 1
forward_share = 1.0
regions = ["Chihuahua", "Sonora", "Tamaulipas"]
effort = { partner = 0.9 }
trigger = "always"
"""
THREAT = '[[measure]]\nlever = "mexico.pressure"\nlevel = 1\n'
SENT = """
[[partner]]
id = "reinforcement"
service = "sedena"
personnel = %d
regions = ["Michoacán"]
tasks = ["arrest", "raid"]
drawn_from = "%s"
aid_musd_per_year = 0
%s
"""
AT_REST = '[[measure]]\nlever = "mexico.pressure"\nlevel = 0.5\n'
YEAR = slice(0, 52)


@cache
def weekly(text: str = AT_REST, futures: int = QUICK, years: int = 1) -> dict[str, np.ndarray]:
    return run(text, futures, years).weekly


@cache
def regional(text: str, futures: int, years: int) -> dict[str, np.ndarray]:
    return run(text, futures, years).regional


def ratio(name: str, text: str, futures: int = QUICK, weeks: slice = YEAR) -> np.ndarray:
    """Return what a plan makes of an outcome over the weeks, over what it is at rest, by future."""
    plan, rest = (weekly(each, futures)[name][:, weeks].sum(1) for each in (text, AT_REST))
    return np.asarray(plan / rest)


def test_at_rest_joint_work_is_that_of_the_start_in_every_future() -> None:
    for name in ("joint_leads", "joint_units"):
        np.testing.assert_allclose(weekly()[name], 1.0, rtol=1e-6)
    assert weekly()["weeks_suspended"].sum() == 0


def test_at_rest_forces_work_as_hard_as_at_the_start() -> None:
    median_within(weekly()["intensity"][:, -1], 0.97, 1.03)


def test_force_without_consent_moves_own_effort_either_way() -> None:
    force = weekly(FORCE)
    assert (force["mx_cooperation"][:, 25] < weekly()["mx_cooperation"][:, 25]).mean() > 0.5
    share_within(force["intensity"][:, 26] < weekly()["intensity"][:, 26], 0.25, 0.65)


def test_complaints_against_mexican_forces_do_not_follow_cooperation() -> None:
    median_within(ratio("abuse_complaints", FORCE), 0.95, 1.05)


@pytest.mark.slow
def test_after_two_years_of_force_own_effort_is_still_open_and_complaints_do_not_follow() -> None:
    force, rest = weekly(FORCE, MANY, 3), weekly(AT_REST, MANY, 3)
    share_within(force["intensity"][:, 103] < rest["intensity"][:, 103], 0.25, 0.65)
    complaints = [each["abuse_complaints"][:, :104].sum(1) for each in (force, rest)]
    median_within(complaints[0] / complaints[1], 0.95, 1.05)
    median_within(rest["intensity"][:, 103], 0.97, 1.03)


def test_a_threat_brings_people_to_the_border_and_control_of_migrants_and_few_arrests() -> None:
    threat, rest = weekly(THREAT), weekly()
    median_within(threat["guard"][:, 4] / rest["guard"][:, 4], 1.3, 2.5)
    median_within(threat["migration"][:, 12] / rest["migration"][:, 12], 1.3, 2.3)
    median_within(ratio("members_held", THREAT), 0.95, 1.25)
    share_within(threat["mx_cooperation"][:, 51] > rest["mx_cooperation"][:, 51], 0.6, 0.9)


def test_consent_alone_moves_no_arrest_until_somebody_crosses() -> None:
    asked = '[consent]\nmexico = "senate_authorized"\nassumed = true\nscope = ["intel_share", "train_advise"]\n'
    for name in ("members_held", "own_effort", "mx_cooperation"):
        assert np.array_equal(weekly(asked + AT_REST)[name], weekly()[name])


NO_PATH: dict[str, dict[str, Any]] = {
    "own_effort": {"injury_effect": 0.0, "pressure_effect": 0.0, "diverted": 0.0},
    **{mechanism: {"joint_share": 0.0} for mechanism in ("state", "leadership", "drugs", "arms")},
}


def test_without_its_three_ways_injury_reaches_no_own_effort() -> None:
    hurt, whole = (
        run(THREAT, QUICK, 1, changes=NO_PATH | {"mexico": {"pressure_effect": effect}}).weekly
        for effect in (-0.3, 0.3)
    )
    assert (hurt["mx_cooperation"][:, -1] < whole["mx_cooperation"][:, -1]).all()
    assert np.array_equal(hurt["intensity"], whole["intensity"])
    first = slice(0, 13)  # beyond, what Mexico hands over changes who re-joins
    np.testing.assert_allclose(hurt["members_held"][:, first], whole["members_held"][:, first], rtol=1e-3)


def test_a_war_in_one_state_draws_people_from_the_others_and_makes_none() -> None:
    world = load_theatre("us-mexico").world()
    calm = dataclasses.replace(world, calendar=jax.tree.map(lambda _: jnp.asarray([1e6]), world.calendar))
    usual = np.maximum(np.asarray(world.homicides) - np.asarray(world.homicides_base), 1.0) / 52
    state = int(np.argmax(usual * (1 - np.asarray(world.zone))))
    tripled = np.where(np.arange(len(usual)) == state, 3 * usual, usual)
    read = watched(
        OWN_EFFORT_OF_MEXICO,
        Outcome("there", lambda view, own, moved: own.s.people[state]),
        Outcome("elsewhere", lambda view, own, moved: own.s.people.sum() - own.s.people[state]),
    )
    model = Model((scripted((ORGANISED_DEATHS,)), read), noise=False)
    told = later({ORGANISED_DEATHS: tripled}, calm, 39, {ORGANISED_DEATHS: usual})
    result = simulate(
        model, orders(39, calm), world=calm, told=told, futures=MANY, at_median=False, own_effort_growth=0.0
    ).weekly
    there, elsewhere = result["there"], result["elsewhere"]
    median_within(there[:, 14] / there[:, 0], 1.3, 2.2)
    median_within(elsewhere[:, 14] / elsewhere[:, 0], 0.9, 0.99)
    total = there + elsewhere
    np.testing.assert_allclose(total, total[:, :1].repeat(39, axis=1), rtol=1e-5)


def michoacan() -> int:
    return load_theatre("us-mexico").region("MX-MIC")


def sent(personnel: int = 10_000, drawn_from: str = "new", more: str = "") -> str:
    return AT_REST + SENT % (personnel, drawn_from, more)


def test_forces_of_nobody_or_of_no_week_change_nothing() -> None:
    for text in (sent(0), sent(more="from_week = 60\nto_week = 61")):
        for name, values in weekly(text).items():
            assert np.array_equal(values, weekly()[name]), name


@pytest.mark.parametrize("futures", [QUICK, pytest.param(MANY, marks=pytest.mark.slow)])
def test_forces_sent_to_one_state_act_there(futures: int) -> None:
    plan, rest = regional(sent(), futures, 1), regional(AT_REST, futures, 1)
    here = michoacan()

    def first_year(name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return there and elsewhere, each over what it is at rest."""
        after, before = (each[name].sum(1) for each in (plan, rest))
        away = [each.sum(1) - each[:, here] for each in (after, before)]
        return after[:, here] / np.maximum(before[:, here], 1e-9), away[0] / away[1]

    arrests, elsewhere = first_year("members_held")
    median_within(arrests, 1.2, 2.1)
    median_within(elsewhere, 0.98, 1.02)
    complaints, elsewhere = first_year("abuse_complaints")
    median_within(complaints, 1.4, 3.0)
    median_within(elsewhere, 0.98, 1.02)
    killed = [each["soldiers_killed"].sum(1)[:, here] for each in (plan, rest)]
    share_within(killed[0] >= killed[1], 0.8, 1.0)  # one or two a year: many futures have as many
    assert 1.1 < killed[0].sum() / killed[1].sum() < 2.5
    homicides = plan["homicides_mx"].sum(1)[:, here] < rest["homicides_mx"].sum(1)[:, here]
    share_within(homicides, 0.2, 0.8)


def test_forces_drawn_from_the_nation_are_missed_elsewhere() -> None:
    plan, rest = regional(sent(drawn_from="nation"), QUICK, 1), regional(AT_REST, QUICK, 1)
    away = [each["members_held"].sum(1).sum(1) - each["members_held"].sum(1)[:, michoacan()] for each in (plan, rest)]
    median_within(away[0] / away[1], 0.94, 0.99)
    people = [each["forces_people"][:, -1].sum(1) for each in (plan, rest)]
    np.testing.assert_allclose(people[0], people[1], rtol=1e-4)


@pytest.mark.slow
def test_consent_granted_can_raise_cooperation_and_a_large_force_may_lower_it() -> None:
    rest = weekly(AT_REST, MANY, 3)["mx_cooperation"][:, 103]
    few = weekly(BESIDE % 600, MANY, 3)["mx_cooperation"][:, 103]
    many = weekly(BESIDE % 30_000, MANY, 3)["mx_cooperation"][:, 103]
    share_within(few > rest, 0.7, 1.0)
    share_within(many > rest, 0.25, 0.65)


CLASH_WEEK, AFTER = 4, 208


def suspended(dead: float, diplomacy: Any = 0.3) -> np.ndarray:
    """Return weeks without shared leads after one incident of so many dead, permission .6: by future."""
    world = load_theatre("us-mexico").world()
    world = dataclasses.replace(world, calendar=jax.tree.map(lambda _: jnp.asarray([1e6]), world.calendar))
    where = np.zeros((AFTER, world.regions))
    where[CLASH_WEEK, 0] = 1000.0
    forces = np.asarray(world.federal_forces + world.state_police)
    density = forces / np.asarray(world.population)
    overlap = density[0] / (forces.sum() / np.asarray(world.population).sum())
    told = {US_IN_MEXICO: where, US_FORWARD: [0.0]}
    told |= {account: np.ones(world.members.shape) for account in (HELD_MX_RETURN, HELD_MX_FINAL)}
    model = Model(
        (scripted((US_IN_MEXICO,), (US_FORWARD, HELD_MX_RETURN, HELD_MX_FINAL)), MEXICO, JOINT_WORK), noise=False
    )
    made = orders(
        AFTER,
        world,
        effort=[one_hot("partner", TASKS)],
        consent=one_hot("executive_only", CONSENT),
        consent_assumed=1.0,
        levers={"diplomacy": diplomacy},
    )
    fixed = {"incident_rate": 1.0 / overlap, "incident_deaths": dead, "partial": 0.6, "permission_loss": 0.0}
    result = simulate(model, made, world=world, told=told, futures=2 * QUICK, at_median=False, **of(MEXICO, fixed))
    return np.asarray(result.weekly["weeks_suspended"].sum(1))


def test_a_bloody_incident_stops_shared_leads_for_months_and_a_small_one_mostly_does_not() -> None:
    bloody, small = suspended(24.0), suspended(2.0)
    inside(bloody, 31, 25, 75)
    assert (small == 0).mean() >= 0.6
    talks = np.where((np.arange(AFTER) > CLASH_WEEK) & (np.arange(AFTER) <= CLASH_WEEK + 26), 1.0, 0.3)
    median_within(1 - suspended(24.0, talks)[bloody > 0] / bloody[bloody > 0], 0.1, 0.6)


@pytest.mark.slow
def test_the_arrest_of_2020_lies_inside_what_the_model_expects_of_it() -> None:
    """The arrest of October 2020 replayed from the start of 2018: leads, extraditions, own effort, and how long until they are back."""
    from tests.laws.futures import experiment

    world = experiment(AT_REST, MANY, 10, "2018").inputs(0, np.arange(MANY)).setup.world
    happened = load_theatre("us-mexico", "2018", events="happened").arrays["calendar.mx_shocks"]
    shock = int(np.ceil(float(happened.min())))
    happened = np.where(happened == happened.min(), happened, NEVER)  # that of 2020 alone
    shocked = dataclasses.replace(world, calendar=dataclasses.replace(world.calendar, mx_shocks=jnp.asarray(happened)))
    hit = run(AT_REST, MANY, 10, "2018", world=shocked).weekly
    spared = run(AT_REST, MANY, 10, "2018").weekly
    year = slice(shock + 11, shock + 63)
    own = (hit["intensity"] / spared["intensity"])[:, year].mean(1)
    median_within(own, 0.95, 1.15)
    share_within(own < 1, 0.25, 0.6)
    leads = hit["joint_leads"] / spared["joint_leads"]
    median_within(leads[:, shock + 11 : shock + 24].mean(1), 0.0, 0.3)
    legal = hit["extraditions"][:, year].sum(1) / spared["extraditions"][:, year].sum(1)
    median_within(legal, 0.6, 0.9)
    inside(legal * 56, 37)

    def months_until_half(name: str) -> np.ndarray:
        over = (hit[name] / spared[name])[:, shock + 13 :] > 0.5
        back = np.where(over.any(1), np.argmax(over, axis=1) + 13, 10_000)
        return back * 12 / 52

    inside(months_until_half("joint_leads"), 22)
    inside(months_until_half("joint_units"), 52)
