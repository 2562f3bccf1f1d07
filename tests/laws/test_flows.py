"""Laws of ways: what closing, searching, striking and denying does to drugs, guns, trade and prices, in paired futures.

The record behind them: docs/model/crossings.md, docs/model/sea.md. The line, drugs, trade and guns alone, at the packaged theatre, draws of
all priors, one year; measures begin in week ``FIRST``. Numbers in words are medians.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem import theatre
from premortem.engine.week import Model
from premortem.model.accounts import MEMBERS, SEIZED_AT
from premortem.model.index_sets import DRUGS, MODES
from premortem.model.mechanism import Outcome
from premortem.model.mechanisms.arms import ARMS_HELD
from premortem.model.mechanisms.crossings import CROSSINGS
from premortem.model.mechanisms.drugs import DRUG_FLOWS
from premortem.model.mechanisms.economy import ECONOMY
from premortem.model.mechanisms.migration import MIGRATION
from premortem.model.signals import CONTROL, DRUG_PRICE, EXPORTS
from tests.laws.futures import median_within, share_within
from tests.model.given import each, scripted, simulate, watched
from tests.model.toys import orders

WEEKS, FUTURES, FIRST = 52, 40, 4
BETWEEN = MODES.index("between")
FENTANYL, METH, COCAINE = (DRUGS.index(drug) for drug in ("fentanyl", "methamphetamine", "cocaine"))


def by_way(kilograms: Any, view: Any) -> Any:
    """Return the share of each drug that goes between the ports, [d]."""
    return view.world.crossings.mode[:, BETWEEN] @ kilograms / jnp.maximum(kilograms.sum(0), 1e-9)


SEEN = watched(
    DRUG_FLOWS,
    *each([f"price {drug}" for drug in DRUGS], lambda view, own, moved: view[DRUG_PRICE]),
    *each([f"between {drug}" for drug in DRUGS], lambda view, own, moved: by_way(view[EXPORTS], view)),
    *each(
        [f"found between {drug}" for drug in DRUGS],
        lambda view, own, moved: view.world.crossings.mode[:, BETWEEN] @ moved.entered(SEIZED_AT),
    ),
    Outcome("seized", lambda view, own, moved: moved.entered(SEIZED_AT).sum()),
)
MODEL = Model((scripted((CONTROL,), (MEMBERS,)), CROSSINGS, SEEN, ECONOMY, MIGRATION, ARMS_HELD))


def of(level: float, usual: float = 0.0, weeks: int = WEEKS) -> np.ndarray[Any, Any]:
    """Return a lever's path: at a level from week ``FIRST`` for some weeks."""
    at = np.arange(WEEKS)
    return np.where((at >= FIRST) & (at < FIRST + weeks), level, usual)


LEVERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "all closed": {"port_closure": of(1.0)},
    "half closed": {"port_closure": of(0.5)},
    "closed a month": {"port_closure": of(1.0, weeks=4)},
    "searched": {"north_effort": of(5.0, 1.0, 3)},
    "scanned": {"port_scanning": of(0.6, 0.18)},
}


@cache
def plays(case: str) -> dict[str, Any]:
    """Return the outcomes of a case [future, week] by id."""
    world = theatre.load().world()
    members = np.asarray(world.members)
    told = {CONTROL: members / np.maximum(members.sum(0), 1.0) * 0.5}
    made = orders(WEEKS, world, levers=LEVERS[case])
    result = simulate(MODEL, made, world=world, told=told, futures=FUTURES, at_median=False)
    assert (result.fault_week < 0).all()
    return result.weekly


def over(case: str, id_: str, first: int, last: int) -> np.ndarray[Any, Any]:
    """Return an outcome in weeks ``first`` to ``last`` of the measure over the same weeks without it, by future."""
    weeks = slice(FIRST + first - 1, FIRST + last)
    with_it, without = (plays(name)[id_][:, weeks].mean(1) for name in (case, "nothing"))
    return np.asarray(with_it / np.maximum(without, 1e-9))


CLOSURES = ("all closed", "half closed", "closed a month")


@pytest.mark.parametrize("case", CLOSURES)
@pytest.mark.parametrize("drug", ["fentanyl", "methamphetamine", "cocaine", "heroin"])
def test_delivered_drugs_do_not_rise_when_a_way_is_closed(case: str, drug: str) -> None:
    assert (over(case, f"delivered_{drug}", 1, 4) < 1).all()
    year = over(case, f"delivered_{drug}", 1, 48)
    assert np.median(year) < 1
    assert year.max() < 1.02  # stocks are made up, and between the ports fewer loads are found


def test_closed_ports_hold_up_drugs_for_weeks_at_a_price_and_for_months_in_part() -> None:
    for drug in ("fentanyl", "methamphetamine"):
        median_within(over("all closed", f"delivered_{drug}", 1, 4), 0.1, 0.65)
        median_within(over("all closed", f"delivered_{drug}", 27, 48), 0.45, 1.1)
        median_within(over("all closed", f"price {drug}", 5, 13), 1.5, 4.0)
        weekly = (plays("all closed")[f"price {drug}"] / plays("nothing")[f"price {drug}"])[:, FIRST + 1 : FIRST + 27]
        share_within((weekly > 0.97).all(1), 0.95, 1.0)
    median_within(over("all closed", "delivered_cocaine", 1, 4), 0.3, 0.75)


def test_closed_ports_do_not_close_the_land_between_them() -> None:
    for drug in ("fentanyl", "methamphetamine"):
        share = plays("all closed")[f"between {drug}"]
        median_within(share[:, 0], 0.03, 0.2)
        median_within(share[:, FIRST + 20], 0.35, 0.97)
    median_within(over("all closed", "found between methamphetamine", 5, 13), 2.0, 13.0)
    median_within(over("all closed", "migrants_apprehended", 1, 4), 0.5, 1.15)
    median_within(over("all closed", "migrants_apprehended", 27, 48), 0.95, 2.0)


def test_half_of_the_ports_closed_is_felt_for_a_month_and_made_up_in_a_quarter() -> None:
    median_within(over("half closed", "delivered_methamphetamine", 1, 4), 0.45, 0.85)
    for drug in ("fentanyl", "methamphetamine"):
        median_within(over("half closed", f"delivered_{drug}", 14, 48), 0.95, 1.05)


def test_ports_closed_for_a_month_are_forgotten_in_half_a_year() -> None:
    median_within(over("closed a month", "delivered_methamphetamine", 1, 4), 0.1, 0.5)
    median_within(over("closed a month", "delivered_methamphetamine", 5, 13), 0.98, 1.25)
    median_within(over("closed a month", "price methamphetamine", 14, 26), 0.97, 1.1)


def test_a_full_search_as_in_september_2001_stops_loads_for_weeks_and_the_price_forgets_it() -> None:
    """flows.shock2001: for two weeks seizures fell by 46 percent in number, 80 in weight; then 1.2 to 1.6 times as many; no price moved."""
    median_within(over("searched", "seized", 1, 2), 0.2, 0.65)
    median_within(over("searched", "seized", 4, 8), 1.0, 1.6)
    median_within(over("searched", "delivered_kg", 1, 26), 0.92, 0.995)
    median_within(over("searched", "price methamphetamine", 15, 26), 0.95, 1.1)


def test_scanners_find_a_little_more_and_hardly_move_the_price() -> None:
    median_within(over("scanned", "fentanyl_seized", 1, 48), 1.0, 1.5)
    median_within(over("scanned", "price fentanyl", 1, 48), 1.0, 1.06)


def test_guns_wait_when_ports_close_and_find_other_ways_in_part() -> None:
    median_within(over("all closed", "firearms_south", 1, 4), 0.0, 0.5)
    median_within(over("all closed", "firearms_south", 27, 48), 0.3, 0.95)
    median_within(over("half closed", "firearms_south", 14, 48), 0.95, 1.02)
