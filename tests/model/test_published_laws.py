"""The model's equations reduce to published ones: Engel's Iwo Jima, Deitchman, Kress and Szechtman, Dell.

Numbers: Engel (1954) as retold in textbooks, and exact consequences of the published equations (to ODE tolerance 1e-10), computed apart
from this code. Only finding, fighting and the choice of routes are tested here; Prieto-Curiel et al. have a file of their own.
"""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from premortem.model import border
from premortem.model.engagement import aimed_actions, idle_capacity

PLENTY = 1e12
"""Leads that never run out: every action of the force is aimed."""
NOTHING = 1e-9

Floats = NDArray[np.float64]
Rates = Callable[[float, Floats], list[float]]


def aimed(capacity: float, leads: float) -> float:
    return float(aimed_actions(jnp.asarray(capacity), jnp.asarray(leads)))


def blind(capacity: float, leads: float) -> float:
    return float(idle_capacity(jnp.asarray(capacity), jnp.asarray(leads)))


def after(rates: Rates, start: list[float], days: float) -> Floats:
    return np.asarray(solve_ivp(rates, (0, days), start, method="RK23", rtol=1e-5, atol=1e-6).y[:, -1])


def test_with_leads_for_every_action_the_landing_on_iwo_jima_goes_as_engel_found_it() -> None:
    """54,000, 6,000 and 13,000 land on days 1, 3 and 6; 21,500 defend; 52,735 of the landed were counted on day 36."""
    hurt, killed = 0.0544, 0.0106
    landing = {0: 54_000.0, 2: 6_000.0, 5: 13_000.0}
    expected = {1: (52_835.5, 21_220.0), 6: (66_453.7, 18_274.3), 28: (53_042.4, 4_656.4), 36: (51_985.2, 216.8)}
    state = np.array([0.0, 21_500.0])
    for day in range(36):

        def rates(_: float, now: Floats, landed: float = landing.get(day, 0.0)) -> list[float]:
            return [landed - aimed(hurt * now[1], PLENTY), -aimed(killed * now[0], PLENTY)]

        state = after(rates, [*state], 1.0)
        if day + 1 in expected:
            np.testing.assert_allclose(state, expected[day + 1], rtol=1e-3)
    assert state[0] == pytest.approx(52_735, rel=0.02)


def test_a_hidden_force_is_met_by_area_fire_and_needs_deitchmans_numbers() -> None:
    """Regulars are aimed at and find the others as often as they meet them: they win from the square root of 2 a y / b on."""
    hurt, found = 0.05, 1e-4

    def rates(_: float, now: Floats) -> list[float]:
        regulars, hidden = np.maximum(now, 0.0)
        return [-aimed(hurt * hidden, PLENTY), -aimed(PLENTY, found * regulars * hidden)]

    np.testing.assert_allclose(after(rates, [1000.0, 500.0], 10.0), [837.801736, 201.911749], rtol=1e-3)
    np.testing.assert_allclose(after(rates, [1000.0, 500.0], 60.0)[0], 710.602047, rtol=1e-3)
    enough = np.sqrt(2 * hurt * 500.0 / found)
    assert enough == pytest.approx(707.106781)
    few, many = (after(rates, [share * enough, 500.0], 120.0) for share in (0.9, 1.1))
    assert few[1] > few[0]
    assert many[0] > 50 * many[1]


def insurgents(intelligence: float, recruits: float, start: float = 500.0, days: float = 20.0) -> float:
    """Return insurgents after some days: a force of which the share ``intelligence`` is aimed, the rest falls on whoever is there."""
    residents, capacity = 1e6, 2e-3 * 10_000.0
    leads = PLENTY if intelligence == 1 else max(capacity * intelligence / (1.0 - intelligence), NOTHING)

    def rates(_: float, now: Floats) -> list[float]:
        among = now[0] / residents
        hit = aimed(capacity, leads) + blind(capacity, leads) * among
        return [-hit + recruits * blind(capacity, leads) * (1.0 - among)]

    return float(after(rates, [start], days)[0])


@pytest.mark.parametrize(
    ("intelligence", "left"), [(0.0, 539.771), (0.25, 429.847), (0.5, 319.910), (0.75, 209.961), (1.0, 100.0)]
)
def test_aimed_and_blind_actions_leave_kress_and_szechtmans_insurgents(intelligence: float, left: float) -> None:
    assert insurgents(intelligence, 0.1) == pytest.approx(left, rel=1e-4)


@pytest.mark.parametrize("recruits", [0.05, 0.1, 0.5, 1.0])
def test_below_kress_and_szechtmans_intelligence_force_makes_more_insurgents_than_it_takes(recruits: float) -> None:
    """The threshold is th / (1 + th): leads for each idle action equal to what one blind action recruits."""
    threshold = recruits / (1 + recruits)
    assert insurgents(0.9 * threshold, recruits, start=1.0, days=1.0) > 1.0
    assert insurgents(1.1 * threshold, recruits, start=1.0, days=0.5) < 1.0


def test_enforcement_on_one_route_diverts_as_dell_found() -> None:
    """The enforced route loses most, every other gains, each by far less; hardly less arrives, and senders bear the detour."""
    start = np.full(12, 1 / 12)
    risk = np.full(12, 0.1)
    risk[0] = 0.4
    steep, nu = jnp.asarray(0.5), jnp.asarray(4.0)
    cost = border.cost_of_risk(jnp.asarray(risk), steep) - border.cost_of_risk(jnp.full(12, 0.1), steep)
    shares = np.asarray(border.route_shares(jnp.asarray(start), cost, nu, jnp.asarray(1.0)), np.float64)
    moved = shares - start
    assert moved[0] < 0
    assert (moved[1:] > 0).all()
    assert moved[1:].max() < -moved[0] / 10
    arrives, arrived = (shares * (1 - risk)).sum(), 0.9
    without_diversion = (start * (1 - risk)).sum()
    assert arrived - arrives < 0.5 * (arrived - without_diversion)
    assert float(border.detour_cost(jnp.asarray(shares), jnp.asarray(start), nu)) > 0
