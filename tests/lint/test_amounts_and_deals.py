"""What the examples of the cards leave open: the rate at which people count, and deals that let members off whatever their kind is."""

from __future__ import annotations

import pytest

from premortem.lint.checks.cost import floor_musd
from premortem.lint.plan_view import PlanView, lowest
from tests.lint.plans import FORCE, findings, on_base


def test_people_abroad_count_at_what_a_foreign_theatre_costs_and_people_at_home_do_not() -> None:
    extra = "personnel = 1000\nforward_share = 1.0\nfrom_week = 0\nto_week = 52\n"
    there, here = (
        floor_musd(PlanView(on_base("duration_weeks = 52\n" + force + extra).plan))
        for force in (FORCE, FORCE.replace("interior", "home_side").replace("raids", "surveillance"))
    )
    home, theatre = lowest("ops.phalanx.cost_soldier_year"), lowest("us.cost.combat_theatre")
    assert home < theatre
    assert there / here == pytest.approx(theatre / home)


@pytest.mark.parametrize(("amnesty", "lets_off"), [('"members"', True), ('"none"', False), ('"unspecified"', False)])
def test_talks_that_let_members_off_are_held_to_the_limits_of_an_amnesty(amnesty: str, lets_off: bool) -> None:
    found = findings(f'[[deal]]\nid = "pact"\nkind = "talks"\namnesty = {amnesty}\n')
    assert ("AU520" in found) is lets_off
