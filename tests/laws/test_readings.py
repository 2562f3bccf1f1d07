"""Laws of the two readings of a plan: carried out as written, and as likely to unfold. Both meet the same futures and the same luck."""

import dataclasses
import datetime
from functools import cache

import numpy as np
import pytest

from premortem.engine import simulate
from premortem.model.controls import as_carried_out
from premortem.plan.language.load import altered, load
from premortem.study.experiment import Experiment
from premortem.study.spec import make
from tests.laws.futures import run, share_within, simulated

QUICK, YEARS, WEEKS = 40, 1, 40
CAMPAIGN = """
[consent]
mexico = "senate_authorized"
scope = ["raid", "ground_hold", "train_advise"]
if_refused = "abandon"
[[task_force]]
id = "force"
base = "fort_bliss"
reach = ["home_side", "zone", "interior"]
personnel = 6000
deploy_weeks = 4
forward_share = 1.0
regions = ["Chihuahua", "Sonora"]
effort = { presence = 0.6, raids = 0.3 }
trigger = "always"
"""
NOBODY_ELSE_DECIDES = {
    "washington": {
        "stop_hazard": 0.0,
        "congress_hazard": 0.0,
        "clock_binding_ground": 0.0,
        "clock_binding_strikes": 0.0,
        "chance_min": 0.0,
        "chance_max": 0.0,
        "widen_hazard": 0.0,
        "adverse": 0.0,
        "adverse_abroad": 0.0,
    },
    "command": {"delay": 0.0},
}


@cache
def futures(*, carried_out: bool) -> simulate.Trajectories:
    return run(CAMPAIGN, QUICK, YEARS, weeks=WEEKS, carried_out=carried_out)


def same(one: simulate.Trajectories, other: simulate.Trajectories) -> None:
    for name, values in one.weekly.items():
        assert np.array_equal(values, other.weekly[name]), name
    for name, values in one.accounts.items():
        assert np.array_equal(values, other.accounts[name]), name


def test_if_carried_out_a_campaign_lasts_as_planned_in_every_future_and_as_likely_in_few() -> None:
    written, likely = (futures(carried_out=reading) for reading in (True, False))
    assert (written.stop_week == WEEKS).all()
    used = written.weekly["campaign_weeks"]
    assert (used[:, 1:WEEKS] == 1).all(), "in the first week the force comes to the line"
    assert (used[:, WEEKS:] == 0).all()
    weeks = likely.weekly["campaign_weeks"].sum(1)
    assert (weeks <= used.sum(1)).all()
    share_within(weeks == used.sum(1), 0.0, 0.5)


def test_if_carried_out_nobody_stops_widens_or_bars_and_harm_and_politics_stay() -> None:
    found = futures(carried_out=True).weekly
    for name in found:
        if name.startswith("stopped_by_") and name != "stopped_by_plan":
            assert (found[name] == 0).all(), name
    assert (found["widened"] == 0).all()
    assert (found["us_killed"].sum(1) > 0).any()
    assert (np.ptp(found["us_support"], axis=1) > 0).all()
    assert (found["mx_cooperation"][:, -1] < found["mx_cooperation"][:, 0]).any()


def test_before_the_campaign_starts_and_where_it_is_never_cut_both_readings_are_alike() -> None:
    plan = f"{CAMPAIGN.replace('abandon', 'proceed').replace('senate_authorized', 'none')}"
    written, likely = (
        run(plan, QUICK, YEARS, changes=NOBODY_ELSE_DECIDES, weeks=WEEKS, carried_out=reading)
        for reading in (True, False)
    )
    same(written, likely)


@pytest.mark.parametrize("plan", ["status_quo", "kingpin"])
def test_a_plan_that_nobody_could_stop_is_the_same_in_both_readings(plan: str) -> None:
    """Begun where the other laws begin: futures of another start would compile a program of their own."""
    begun = altered(load(plan), {"start": datetime.date(2025, 7, 7)})
    experiment = Experiment.of(make(plans=[plan], futures=QUICK, years=YEARS, seed=1, start="2025"), [begun])
    assert experiment.stoppable == ()
    given = experiment.inputs(0, np.arange(QUICK))
    both = (
        simulated(dataclasses.replace(given.setup, controls=controls), 1, given.luck, 52 * YEARS)
        for controls in (given.setup.controls, as_carried_out(given.setup.controls))
    )
    same(*both)


def test_forces_and_what_courts_could_bar_make_a_plan_stoppable() -> None:
    names = ["status_quo", "civil_combination", "joint_law_enforcement", "border_task_forces", "zone_only"]
    spec = make(plans=names, futures=QUICK, years=2, seed=1)
    assert Experiment.of(spec).stoppable == ("border_task_forces", "zone_only")
