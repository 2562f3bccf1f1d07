"""People and time as rules see them: sums with bounds, and the shortest of what ends a campaign."""

from __future__ import annotations

import pytest

from premortem.lint.logic import Span
from premortem.lint.plan_view import PlanView
from tests.lint.plans import FORCE, on_base


def case(toml: str) -> PlanView:
    return PlanView(on_base(toml).plan)


@pytest.mark.parametrize(
    ("extra", "low", "is_open"),
    [
        ("personnel = 900", 900, False),
        ("units = { ranger_battalion = 2 }\nsupport_army = 500", 2 * 800 + 500, False),
        ('units = { ranger_battalion = 1, seal_team = "unspecified" }', 800, True),
        ("units = { delta_force = 1, ranger_battalion = 1 }", 800, False),
        ('units = { ranger_battalion = 1 }\npersonnel = "unspecified"', 800, True),
        ("", 0, True),
    ],
)
def test_people_are_as_stated_or_those_of_units_and_support(extra: str, low: int, is_open: bool) -> None:
    this = case(FORCE + extra)
    people = this.people(this.plan.task_force[0])
    assert people.low == low
    assert people.exact is not is_open
    assert bool(people.depends) is is_open


def test_the_campaign_lasts_as_long_as_the_first_thing_that_ends_it() -> None:
    assert case("duration_weeks = 100\n[exit]\nlatest_week = 20\n").days() == Span.of(140)
    assert case('duration_weeks = 100\n[exit]\nlatest_week = "none"\n').days() == Span.of(700)
    late = case("duration_weeks = 100\n" + FORCE + "from_week = 10\nto_week = 30\n")
    assert late.days("task_force.west") == Span.of(140)


def test_an_open_length_is_bounded_by_the_last_week() -> None:
    span = case('duration_weeks = "unspecified"\n[exit]\nlatest_week = 8\n').days()
    assert (span.low, span.high, span.depends) == (7, 56, frozenset({"duration_weeks"}))


def test_a_zone_at_home_is_no_force_abroad() -> None:
    zone = '[zone]\nkind = "presence"\ndepth_miles = 10\nside = "us"\n'
    force = FORCE.replace("interior", "zone").replace("raids", "presence")
    assert case(zone + force).forces_abroad == ()
    assert len(case(zone.replace('"us"', '"mx"') + force).forces_abroad) == 1
