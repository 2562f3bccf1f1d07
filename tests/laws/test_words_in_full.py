"""Laws of single words of a plan with all mechanisms: small plans of a year, started in July 2025, 40 paired futures."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.laws.futures import run, share_within

FUTURES = 40
A_BILLION = 1e9
"""USD of trade lost: all ports closed for a year lose hundreds of it."""
NOBODY = """
[zone]
kind = "exclusion"
depth_miles = 20
residents = "{residents}"
ports = "{ports}"
mexican_forces = "withdraw"
[[task_force]]
id = "empty"
base = "fort_bliss"
reach = ["zone"]
personnel = 0
"""
FORCE = """
[consent]
mexico = "senate_authorized"
assumed = true
[zone]
kind = "exclusion"
depth_miles = 20
residents = "stay"
ports = "open"
[[task_force]]
id = "tf"
base = "fort_bliss"
reach = ["zone"]
personnel = 9000
forward_share = 0.8
effort = { presence = 0.4, raids = 0.4 }
"""
GUARDS = """
[retaliation]
plan = ["protect_ports", "protect_towns", "protect_americans_mexico"]
personnel = {people}
"""
PLANS = {
    "nothing": "",
    "combatants": '[status]\ncombatant = "enemy_combatants"\n',
    "announced": NOBODY.format(residents="evacuated", ports="closed"),
    "force": FORCE,
    "force, 5,000 guards": FORCE + GUARDS.format(people=5000),
    "force, no guards": FORCE + GUARDS.format(people=0),
}


@cache
def total(plan: str, outcome: str) -> NDArray[Any]:
    """Return an outcome of a plan summed over the weeks, by future."""
    return np.asarray(weekly(plan)[outcome].sum(1))


@cache
def weekly(plan: str) -> Any:
    return run(PLANS[plan], FUTURES, 1).weekly


@pytest.mark.slow
def test_the_label_alone_moves_members_by_less_than_a_percent_in_four_of_five_futures() -> None:
    ratio = weekly("combatants")["members"][:, -1] / weekly("nothing")["members"][:, -1]
    share_within(np.abs(ratio - 1) < 0.01, 0.8, 1.0)
    assert (total("combatants", "extraditions") != total("nothing", "extraditions")).any()


@pytest.mark.slow
def test_an_announced_evacuation_and_closure_that_nobody_carries_out_move_hardly_anybody_and_close_no_port() -> None:
    years = total("announced", "person_years_displaced") - total("nothing", "person_years_displaced")
    share_within(years < 100_000, 0.9, 1.0)
    lost = total("announced", "trade_lost") - total("nothing", "trade_lost")
    share_within(lost < A_BILLION, 0.9, 1.0)


@pytest.mark.slow
def test_an_answer_to_reprisals_never_raises_what_they_do_and_costs_what_its_people_cost() -> None:
    for outcome in ("us_soil_attacks", "us_persons_harmed"):
        assert (total("force, 5,000 guards", outcome) <= total("force", outcome)).all()
    added = total("force, 5,000 guards", "fiscal_cost") - total("force", "fiscal_cost")
    share_within(added > 0, 1.0, 1.0)
    for outcome, values in weekly("force").items():
        np.testing.assert_array_equal(weekly("force, no guards")[outcome], values, outcome)
