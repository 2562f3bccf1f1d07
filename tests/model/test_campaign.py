import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.engine.simulate import run
from premortem.engine.week import Model, Setup
from premortem.model.campaign import begin, orders_now
from premortem.model.conditions import NONE, encode
from premortem.model.controls import Branch, Controls, Observable, Program, packed
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.mechanism import View
from premortem.model.signals import CAMPAIGN_STOPPED
from premortem.model.units import NEVER
from tests.model.toys import FIGHT, batched, first_week, orders, toy_parameters, toy_world

WEEKS = 26
DEATHS = Observable("deaths", ("deaths",), "cumulative", 3, 0.0)
MANY: Program = (("observed", "deaths"), ("number", 100.0), (">", 0))


def simulate(controls: Controls, **changes: float) -> Any:
    parameters = batched(toy_parameters(growth=0.0, **changes), 2)
    return run(
        Model((FIGHT,), noise=False),
        Setup(toy_world(), batched(controls, 2), parameters),
        seed=1,
        futures=np.arange(2),
        weeks=WEEKS,
    )


def watched(condition: Program, delay: int = 0) -> Controls:
    branch = Branch("tripwire", condition, delay, -1)
    return dataclasses.replace(orders(WEEKS), branches=(branch,), observables=(DEATHS,))


def test_a_branch_fires_on_what_is_known_not_on_what_is_true() -> None:
    result = simulate(watched(MANY, delay=4))
    deaths = result.weekly["deaths"][0].cumsum()
    truly = int(np.argmax(deaths > 100))
    assert result.fired[0, 0] == truly + DEATHS.lag
    assert result.stop_week[0] == truly + DEATHS.lag + 1 + 4


def test_a_branch_that_never_holds_never_fires() -> None:
    result = simulate(watched((("observed", "deaths"), ("number", 0.0), ("<", 0))))
    assert result.fired[0, 0] == NEVER
    assert result.stop_week[0] == NEVER


def test_dividing_by_nothing_and_outcomes_nobody_reports_make_a_condition_false() -> None:
    zero: Program = (
        ("number", 1.0),
        ("observed", "deaths"),
        ("observed", "deaths"),
        ("-", 0),
        ("/", 0),
        ("number", 0.0),
        (">", 0),
    )
    assert simulate(watched(zero)).fired[0, 0] == NEVER
    unseen = dataclasses.replace(
        watched(MANY), observables=(dataclasses.replace(DEATHS, outcomes=("nobody_reports_this",)),)
    )
    assert simulate(unseen).fired[0, 0] == NEVER


def test_change_and_average_look_back_over_their_window_and_shorten_it_at_the_start() -> None:
    # Cumulative deaths grow by a constant: change over 4 weeks is 4 weeks of deaths once four weeks are known.
    weekly = float(simulate(watched(MANY)).weekly["deaths"][0, 0])
    reached: Program = (("observed", "deaths"), ("change", 4), ("number", 3.5 * weekly), (">", 0))
    result = simulate(watched(reached), loss=0.002)
    assert result.fired[0, 0] == DEATHS.lag + 4


def test_task_forces_leave_over_the_withdrawal_weeks_and_a_residual_stays_if_planned() -> None:
    controls = orders(WEEKS, people=1000.0)
    variants = [packed(first_week(controls), 0)] * 2**VARIANT_BITS
    stopped = dataclasses.replace(controls, orders=first_week(controls), stop_week=jnp.asarray(10.0))
    residual = dataclasses.replace(stopped, after=jnp.asarray([0.0, 0.0, 0.0, 1.0]))

    def people(plan: Controls, week: int) -> float:
        return float(orders_now(plan, NONE, begin(plan, NONE), variants, jnp.asarray(week)).people[0])

    assert [people(stopped, week) for week in (9, 10, 16, 22, 40)] == [1000.0, 1000.0, 500.0, 0.0, 0.0]
    assert people(residual, 40) == 250.0


def test_a_fired_branch_switches_the_orders_to_its_phase() -> None:
    controls = dataclasses.replace(orders(WEEKS), orders=first_week(orders(WEEKS)))
    branches = [
        Branch("b", MANY, 2, 0),
        Branch("again", MANY, 0, 0),
        Branch("c", MANY, 1, 2),
        Branch("end", MANY, 0, -1),
    ]
    conditions = encode(branches, (DEATHS,), ("deaths",))
    aid = [jnp.asarray(float(variant)) for variant in range(2**VARIANT_BITS)]
    variants = [packed(dataclasses.replace(controls.orders, partner_aid=each), 0) for each in aid]

    def ordered(week: int, **weeks: float) -> float:
        campaign = begin(controls, conditions)
        for number, branch in enumerate(branches):
            fired = campaign.fired.at[number].set(weeks.get(branch.name, NEVER))
            campaign = dataclasses.replace(campaign, fired=fired)
        return float(orders_now(controls, conditions, campaign, variants, jnp.asarray(week)).partner_aid)

    assert [ordered(week, b=5) for week in (7, 8)] == [0, 1]
    assert [ordered(week, c=5) for week in (6, 7)] == [0, 4]
    assert ordered(20, b=5, c=5) == 5
    assert ordered(20, b=5, again=5) == 1  # two branches may call the same phase
    assert ordered(20, end=5) == 0


def test_a_mechanism_that_stops_the_campaign_ends_it_before_the_next_week() -> None:
    def stopped(view: View, own: object) -> jax.Array:
        return (view.week >= 5).astype(float)

    ender = dataclasses.replace(FIGHT, signals={CAMPAIGN_STOPPED: stopped})
    result = run(
        Model((ender,), noise=False),
        Setup(toy_world(), batched(orders(WEEKS), 2), batched(toy_parameters(), 2)),
        seed=1,
        futures=np.arange(2),
        weeks=WEEKS,
    )
    assert result.stop_week.tolist() == [6, 6]


def test_nothing_fires_before_the_campaign_starts_and_weeks_count_from_its_start() -> None:
    late = dataclasses.replace(watched((("observed", "week"), ("number", 3.0), (">=", 0))), start_week=jnp.asarray(8.0))
    assert simulate(late).fired[0, 0] == 8 + 3
    always: Program = (("number", 1.0), ("number", 0.0), (">", 0))
    assert simulate(dataclasses.replace(watched(always), start_week=jnp.asarray(8.0))).fired[0, 0] == 8
