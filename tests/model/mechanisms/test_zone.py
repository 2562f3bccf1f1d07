"""Who holds a zone: known cases of density and of who leads, and that an order moves nobody by itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.accounts import RESIDENTS_HOME
from premortem.model.index_sets import MEXICAN_FORCES, PERMISSIONS
from premortem.model.mechanism import Own, View
from premortem.model.mechanisms.zone import ZONE, Parameters
from premortem.model.pytrees import Nothing
from premortem.model.signals import (
    NORTHERN_GUARD,
    PERMISSION,
    US_IN_MEXICO,
    ZONE_HELD,
    ZONE_PORTS_HELD,
    ZONE_US,
    Signal,
)
from tests.model.given import one_week
from tests.model.toys import first_week, orders, toy_world

HOLD, HOLD_PORTS, RESIDENTS, INSIDE, MILES = 20.0, 5.0, 400_000.0, 0.25, 40.0
WORLD = dataclasses.replace(toy_world(), border_miles=jnp.asarray([MILES, 0.0, 0.0, 0.0]))
OWN = Own(Parameters(jnp.asarray(HOLD), jnp.asarray(HOLD_PORTS)), Nothing(), Nothing())
SECOND = [0.0, 1.0, 0.0, 0.0]


def view(us: float = 0.0, guard: float = 0.0, *, leads: bool = False, permitted: float = 1.0, **words: Any) -> View:
    """A zone over a quarter of the first region, with as many people there."""
    led = np.eye(len(MEXICAN_FORCES))[MEXICAN_FORCES.index("lead" if leads else "coordinate")]
    plan = orders(1, WORLD, mexican_forces=led, zone_share=[INSIDE, 0.0, 0.0, 0.0], **words)
    first = np.asarray([1.0, 0.0, 0.0, 0.0])
    signals = {
        US_IN_MEXICO: us * first + 700.0 * np.asarray(SECOND),
        NORTHERN_GUARD: guard * first,
        PERMISSION: permitted * np.ones(len(PERMISSIONS)),
    }
    week = one_week(WORLD, {RESIDENTS_HOME: jnp.full(4, RESIDENTS)}, signals)
    return dataclasses.replace(week, orders=first_week(plan), controls=plan)


def told(signal: Signal, seen: View) -> Any:
    return np.asarray(ZONE.signals[signal](seen, OWN))


def test_where_nobody_is_nothing_that_the_zone_orders_happens() -> None:
    assert not told(ZONE_HELD, view())[0]
    assert not told(ZONE_PORTS_HELD, view()).any()


@pytest.mark.parametrize("density", [0.5, 1.0, 3.0])
def test_what_is_carried_out_follows_people_per_resident_inside(density: float) -> None:
    people = density * HOLD * INSIDE * RESIDENTS / 1000
    assert told(ZONE_HELD, view(us=people))[0] == pytest.approx(1 - 3.0**-density, rel=1e-5)


def test_a_deeper_zone_is_held_thinner_by_the_same_people() -> None:
    shallow = told(ZONE_HELD, view(us=1000.0))[0]
    deep = view(us=1000.0)
    deep = dataclasses.replace(deep, orders=dataclasses.replace(deep.orders, zone_share=deep.orders.zone_share * 2))
    assert told(ZONE_HELD, deep)[0] < shallow


def test_people_outside_the_zone_hold_none_of_it() -> None:
    assert told(ZONE_HELD, view(us=1000.0)) == pytest.approx(np.asarray([told(ZONE_HELD, view(us=1000.0))[0], 0, 0, 0]))


def test_ports_are_held_by_people_per_mile() -> None:
    held = told(ZONE_PORTS_HELD, view(us=HOLD_PORTS * MILES))
    assert held[0] == pytest.approx(1 - np.exp(-1), rel=1e-5)


def test_mexicans_hold_it_where_they_lead_as_far_as_mexico_permits() -> None:
    alone = told(ZONE_HELD, view(guard=1000.0))[0]
    leading, half = (told(ZONE_HELD, view(guard=1000.0, leads=True, permitted=share))[0] for share in (1.0, 0.5))
    same_us = told(ZONE_HELD, view(us=1000.0))[0]
    assert alone == 0
    assert leading == pytest.approx(same_us)
    assert half == pytest.approx(told(ZONE_HELD, view(us=500.0))[0])


def test_who_pays_is_who_holds_and_while_nobody_does_whose_it_was_to_be() -> None:
    assert told(ZONE_US, view(us=300.0, guard=100.0, leads=True)) == pytest.approx(0.75)
    assert told(ZONE_US, view()) == 1
    assert told(ZONE_US, view(leads=True)) == 0
