"""Loops that pass through governments and ports bite: what a plan does comes back to those it was meant for."""

from typing import Any

import numpy as np
import pytest

from premortem.engine.week import Model
from premortem.model.accounts import US_FORWARD
from premortem.model.index_sets import TASKS
from premortem.model.mechanisms.economy import ECONOMY
from premortem.model.mechanisms.mexico import MEXICO
from premortem.model.mechanisms.own_effort import OWN_EFFORT_OF_MEXICO
from premortem.model.mechanisms.recruitment import RECRUITMENT
from premortem.model.mechanisms.rivalry import RIVALRY
from premortem.model.mechanisms.state import STATE
from premortem.model.signals import US_IN_MEXICO
from tests.model.given import of, scripted, simulate
from tests.model.lines import toy_line
from tests.model.toys import one_hot, orders

WEEKS = 156
WORLD = toy_line()
MECHANISMS = (RECRUITMENT, RIVALRY, STATE, MEXICO, OWN_EFFORT_OF_MEXICO, ECONOMY)
MODEL = Model((scripted((US_IN_MEXICO,), (US_FORWARD,)), *MECHANISMS), noise=False)


CHECKED: dict[str, Any] = {"economy": {"spare_capacity": 0.1, "trade_growth": 0.0}}


def weekly(
    people: float = 0.0, levers: dict[str, float] | None = None, carried_out: float = 0.0, **changes: Any
) -> dict[str, np.ndarray]:
    """Return weekly outcomes with people of the United States standing in Mexico; changes of parameters are named by mechanism."""
    made = orders(WEEKS, WORLD, levers=levers, effort=[one_hot("presence", TASKS)], carried_out=carried_out)
    told = {US_IN_MEXICO: people / WORLD.regions, US_FORWARD: [people]}
    parameters = {key: value for m in MECHANISMS for key, value in of(m, changes.get(m.name, {})).items()}
    result = simulate(MODEL, made, world=WORLD, told=told, **parameters)
    return {name: values[0] for name, values in result.weekly.items()}


@pytest.mark.parametrize("effect", [-0.3, 0.3])
def test_entry_without_consent_costs_or_brings_mexican_arrests_by_the_sign_of_its_effect(effect: float) -> None:
    given: dict[str, Any] = {"mexico": {"incident_rate": 0.0}, "own_effort": {"injury_effect": effect, "diverted": 0.0}}
    alone, entered = weekly(**given), weekly(10_000, **given)
    arrests = entered["members_held"][52:].sum() / alone["members_held"][52:].sum()
    assert entered["mx_cooperation"][-1] < alone["mx_cooperation"][-1]
    assert (arrests < 0.97) if effect < 0 else (arrests > 1.03)


def test_checks_of_trucks_cost_trade_and_jobs_and_then_make_recruits() -> None:
    """Checks that stand, as carried out: as likely to unfold, Washington lifts in weeks what holds up so much trade.

    Jobs alone: that trade held up makes Mexico enforce more is the next test.
    """
    jobs = CHECKED | {"own_effort": {"trade_pressure": 0.0}}
    free, checked = weekly(**CHECKED), weekly(levers={"truck_inspection": 0.6}, carried_out=1.0, **jobs)
    assert free["trade_lost"].sum() == 0
    assert checked["trade_lost"].sum() > 0
    assert checked["job_years_lost"].sum() > 0
    assert checked["members"][-1] > free["members"][-1] + 1.0
    lifted = weekly(levers={"truck_inspection": 0.6}, **jobs)
    assert 0 < lifted["trade_lost"].sum() < 0.1 * checked["trade_lost"].sum()


def test_trade_held_up_by_checks_presses_mexico_to_enforce() -> None:
    """What the stops of 2022 and 2023 show (`flows.tx2022.days`, `flows.ports2023.encounters`): the answer holds members down."""
    strong, none = (
        weekly(levers={"truck_inspection": 0.6}, carried_out=1.0, **CHECKED, own_effort={"trade_pressure": pressed})
        for pressed in (1.0, 0.0)
    )
    assert strong["members_held"][4:20].sum() > 1.01 * none["members_held"][4:20].sum()
    assert strong["members"][26] < none["members"][26] - 1.0


def test_mexico_answers_a_stop_of_trade_for_weeks_and_then_no_more_though_it_stands() -> None:
    """next_flows.md 5: 4 to 26 weeks."""
    held = {"levers": {"truck_inspection": 0.6}, "carried_out": 1.0, **CHECKED}
    none, weeks, always = (
        weekly(**held, own_effort={"trade_pressure": pressed, "trade_weeks": for_weeks})["members_held"]
        for pressed, for_weeks in ((0.0, 10.0), (1.0, 10.0), (1.0, 1e6))
    )
    assert weeks[8:14].sum() > 1.005 * none[8:14].sum()
    assert always[-26:].sum() > 1.01 * none[-26:].sum()
    assert weeks[-26:].sum() < 1.005 * none[-26:].sum()


def test_countermeasures_against_an_entry_reach_the_ports() -> None:
    tight: dict[str, Any] = {
        "mexico": {"countermeasures_max": 1.0, "incident_rate": 0.0},
        "economy": {"spare_capacity": 0.0},
    }
    assert weekly(**tight)["border_throughput"][-1] == pytest.approx(1.0, rel=1e-5)
    assert weekly(10_000, **tight)["border_throughput"][-1] < 0.99
