"""Laws of US opinion, courts and losses: nothing jumps at one person, and what does not act is neither judged nor lost."""

from functools import cache

import numpy as np
import pytest

from premortem.engine import simulate
from tests.laws.futures import median_within, run, share_within

QUICK = 40

REST = '[[measure]]\nlever = "mexico.pressure"\nlevel = 0.5\n'
CLOSURE = '[[measure]]\nlever = "drugs.port_closure"\nlevel = 1.0\nweeks = [%d, 104]\n'
OFFICERS = """
[[domestic]]
id = "officers"
service = "cbp"
personnel = %d
tasks = ["arrest"]
"""
PATROLS = """
[consent]
mexico = "none"
[[task_force]]
id = "patrols"
base = "fort_bliss"
reach = ["home_side"]
personnel = 200
deploy_weeks = 1
forward_share = 0.0
regions = ["Chihuahua"]
effort = { surveillance = 1.0 }
trigger = "always"
"""
FORCE = """
[consent]
mexico = "senate_authorized"
assumed = true
scope = ["ground_hold", "raid"]
[[task_force]]
id = "force"
base = "fort_bliss"
reach = ["home_side", "zone", "interior"]
personnel = %d
deploy_weeks = 1
forward_share = 1.0
regions = ["Chihuahua"]
effort = { presence = 1.0 }
trigger = "always"
"""


@cache
def futures(text: str = REST, years: int = 1) -> simulate.Trajectories:
    return run(text, QUICK, years)


def change(name: str, text: str, years: int = 1) -> np.ndarray:
    """Return what a plan adds to an outcome at the end of the run, by future."""
    plan, rest = (futures(each, years).weekly[name][:, -1] for each in (text, REST))
    return np.asarray(plan - rest)


@pytest.mark.parametrize("officers", [1, 1000])
def test_officers_at_home_do_not_move_support_for_force_in_mexico_by_themselves(officers: int) -> None:
    moved = change("us_support", OFFICERS % officers)
    median_within(np.abs(moved), 0.0, 0.01)


def test_support_does_not_jump_with_the_first_soldier_even_with_consent() -> None:
    assert np.abs(futures(FORCE % 1).weekly["us_support"][:, :4] - futures().weekly["us_support"][:, :4]).max() < 0.05
    median_within(change("us_support", FORCE % 5000), 0.02, 0.5)


def test_with_nobody_forward_nobody_dies_in_theatre() -> None:
    found = futures(PATROLS).weekly
    assert (found["us_killed"] == 0).all()
    assert (found["campaign_weeks"] == 0).all()


def test_a_measure_that_starts_in_week_60_is_not_barred_before_it_starts() -> None:
    late, early = (futures(CLOSURE % first, 2).weekly["court ports"] for first in (60, 0))
    assert (late[:, :60] == 1).all()
    assert (early[:, :60] == 0).any(), "an early one is barred in some futures, so the law could fail"
    assert (late[:, 60:] == 0).any()


def test_lost_trade_costs_support_for_the_campaign_that_closes_ports() -> None:
    moved = futures(CLOSURE % 0, 2).weekly["us_support"][:, -1] - futures(REST, 2).weekly["us_support"][:, -1]
    share_within(moved < 0, 0.9, 1.0)
