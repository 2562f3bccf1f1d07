"""Laws of how much: people, depth, trade lost, with all mechanisms; plans carried out as written, two years, 40 paired futures."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.engine.simulate import Trajectories
from premortem.theatre import load as load_theatre
from tests.laws.futures import median_within, run, share_within

pytestmark = pytest.mark.slow

FUTURES, YEARS = 40, 2
BORDER = ("Baja California", "Sonora", "Chihuahua", "Coahuila", "Nuevo León", "Tamaulipas")
CONSENT = """
[consent]
mexico = "senate_authorized"
assumed = true
scope = ["train_advise", "raid", "ground_hold", "intel_share"]
"""
FORCE = """
[[task_force]]
id = "force_{number}"
base = "fort_bliss"
reach = ["zone", "interior"]
personnel = {people}
deploy_weeks = 8
forward_share = 0.8
regions = [{states}]
effort = {{ presence = 0.30, raids = 0.25, interdiction = 0.15, surveillance = 0.15, partner = 0.10 }}
trigger = "always"
"""
ZONE = """
[zone]
kind = "exclusion"
depth_miles = {miles}
residents = "evacuated"
ports = "{ports}"
mexican_forces = "coordinate"
[[task_force]]
id = "zone"
base = "fort_bliss"
reach = ["zone"]
personnel = {people}
deploy_weeks = 4
forward_share = 0.8
regions = [{states}]
effort = {{ presence = 0.4, raids = 0.3, interdiction = 0.2 }}
trigger = "always"
"""


def quoted(states: tuple[str, ...]) -> str:
    return ", ".join(f'"{state}"' for state in states)


def sent(people: int, states: tuple[str, ...]) -> str:
    """Return a plan of two task forces of half of the people each."""
    forces = (FORCE.format(number=n, people=people // 2, states=quoted(states)) for n in (1, 2))
    return CONSENT + "".join(forces)


def zone(miles: int, people: int = 9000, ports: str = "open") -> str:
    return CONSENT + ZONE.format(miles=miles, people=people, ports=ports, states=quoted(BORDER))


@cache
def played(text: str = "") -> Trajectories:
    return run(text, FUTURES, YEARS, carried_out=bool(text))


def inside(states: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([region.name.split(",")[0] in states for region in load_theatre("us-mexico").regions])


def at_end(text: str, outcome: str, states: tuple[str, ...]) -> NDArray[Any]:
    """Return an outcome at the end in some states, [future]: their sum of members, else their mean over residents."""
    here = inside(states)
    values = np.asarray(played(text).regional[outcome][:, -1][:, here])
    population = np.asarray(load_theatre("us-mexico").arrays["population"])[here]
    return values.sum(1) if outcome == "members" else np.asarray(values @ (population / population.sum()))


def total(text: str, outcome: str) -> NDArray[Any]:
    return np.asarray(played(text).weekly[outcome].sum(1))


SIZES = (9_000, 90_000, 1_000_000)


def test_more_people_cover_more_remove_more_regain_more_and_lose_more_and_gains_fall() -> None:
    steps = [*((sent(size, BORDER)) for size in SIZES)]
    removed = [np.asarray(at_end("", "members", BORDER) - at_end(step, "members", BORDER)) for step in steps]
    for less, more in itertools.pairwise(steps):
        share_within(at_end(more, "coverage", BORDER) > at_end(less, "coverage", BORDER), 0.85, 1.0)
        share_within(at_end(more, "members", BORDER) < at_end(less, "members", BORDER), 0.85, 1.0)
        control = [at_end(step, "control_organisations", BORDER) for step in (more, less)]
        share_within(control[0] < control[1], 0.85, 1.0)
        share_within(total(more, "us_killed") > total(less, "us_killed"), 0.85, 1.0)
    by_head = [np.diff([removed[i].mean(), removed[i + 1].mean()])[0] / (SIZES[i + 1] - SIZES[i]) for i in range(2)]
    assert 0 < by_head[1] < by_head[0] < removed[0].mean() / SIZES[0]


def test_with_twenty_people_for_a_thousand_residents_and_consent_organisations_there_shrink() -> None:
    here = ("Chihuahua",)
    residents = float(np.asarray(load_theatre("us-mexico").arrays["population"])[inside(here)].sum())
    people = int(0.020 * residents / 0.8)
    ratio = at_end(sent(people, here), "members", here) / at_end("", "members", here) - 1
    median_within(ratio, -0.5, -0.1)
    share_within(ratio < 0, 0.85, 1.0)
    share_within(
        at_end(sent(people, here), "control_organisations", here) < at_end("", "control_organisations", here), 0.85, 1.0
    )


def test_depth_decides_who_lives_inside_and_how_thin_the_force_stands() -> None:
    depths = {miles: zone(miles) for miles in (5, 20, 60)}
    inside_of = {
        miles: float((theatre.arrays["zone"] * theatre.arrays["population"]).sum())
        for miles in depths
        for theatre in [load_theatre("us-mexico", depth_miles=miles)]
    }
    moved = {
        miles: (total(text, "person_years_displaced") - total("", "person_years_displaced")) / inside_of[miles]
        for miles, text in depths.items()
    }
    for shallow, deep in itertools.pairwise(depths):
        assert inside_of[deep] > inside_of[shallow]
        for outcome in ("homicides_zone", "raids"):
            share_within(total(depths[deep], outcome) > total(depths[shallow], outcome), 0.85, 1.0)
        share_within(moved[deep] < moved[shallow], 0.85, 1.0)


def test_trade_lost_moves_both_governments() -> None:
    closed, opened = zone(20, 30_000, "closed"), zone(20, 30_000)
    assert np.median(total(closed, "trade_lost") - total(opened, "trade_lost")) > 50e9
    for outcome in ("mx_cooperation", "us_support"):
        one, other = (played(text).weekly[outcome][:, -1] for text in (closed, opened))
        share_within(one < other, 0.85, 1.0)
