"""What a careful lawyer and a planner find in whole plans."""

from __future__ import annotations

import pytest

from premortem.lint import Finding, lint
from premortem.plan.language.load import load
from premortem.plan.language.packaged import names
from tests.lint.plans import FORCE, findings


@pytest.fixture(scope="module")
def op_ed() -> dict[str, Finding]:
    return {finding.code: finding for finding in lint(load("border_task_forces"))}


@pytest.mark.parametrize(
    ("code", "severity", "is_open"),
    [
        ("AU101", "notice", False),  # no authority named
        ("AU203", "exposure", True),  # War Powers clock, if Congress does not act and it lasts
        ("AU211", "needs-authority", False),  # a functional command leads in a geographic one's area
        ("AU102", "needs-authority", False),  # the Guard's status is left open
        ("AU103", "exposure", True),  # Posse Comitatus turns on status and task
        ("AU104", "exposure", True),  # not on the label
        ("AU401", "exposure", True),  # UN charter, if Mexico does not consent
        ("AU410", "violation", False),  # any cartel activity draws force
        ("AU411", "violation", False),  # no policy on harm to civilians
        ("AU412", "violation", False),  # exclusion zone with no rule for residents
        ("ZO114", "exposure", False),  # no group for New Mexico
        ("ZO101", "needs-authority", False),  # residents with no policy
        ("ZO106", "needs-authority", False),  # crossings and trade inside the zone
        ("EN101", "notice", False),  # no end state
        ("EN119", "exposure", False),  # nothing ends it
        ("EN104", "notice", False),  # no measure of success
        ("CO101", "notice", False),  # no cost
        ("CO106", "notice", False),  # no losses
        ("FO101", "notice", False),  # how many: an open question
        ("ZO104", "notice", False),  # density: an open question
        ("FO116", "notice", True),  # dwell: an open question
    ],
)
def test_the_op_ed_is_asked_what_a_lawyer_and_a_planner_would_ask(
    op_ed: dict[str, Finding], code: str, severity: str, is_open: bool
) -> None:
    assert (op_ed[code].severity, op_ed[code].open) == (severity, is_open)


def test_no_shortfall_is_invented_where_the_op_ed_gives_no_numbers(op_ed: dict[str, Finding]) -> None:
    assert not {"FO102", "FO103", "FO104", "FO110", "FO115", "FO117", "FO118", "FO119", "ZO102", "ZO103"} & set(op_ed)


def test_the_record_stands_beside_what_the_op_ed_leaves_open(op_ed: dict[str, Finding]) -> None:
    sizes = [finding.message for finding in lint(load("border_task_forces")) if finding.code == "FO101"]
    assert "8,500" in sizes[0]
    assert "20 per 1,000" in op_ed["ZO104"].message
    assert "7.48 million" in op_ed["ZO101"].message
    assert "New Mexico (about 180 of 1,960 miles)" in op_ed["ZO114"].message
    assert "2.39 billion USD of trade a day" in op_ed["ZO106"].message


def test_the_clock_turns_on_congress_and_on_the_length(op_ed: dict[str, Finding]) -> None:
    assert op_ed["AU203"].depends_on == ("authority.congress.authorized", "duration_weeks")


def test_disputed_claims_of_the_op_ed_are_named() -> None:
    disputed = {f.where.line for f in lint(load("border_task_forces")) if f.code == "CL101"}
    messages = " ".join(f.message for f in lint(load("border_task_forces")) if f.code == "CL101")
    assert len(disputed) > 5
    assert all(claim in messages for claim in ("this_is_war:", "guns_500k:", "pca_no_violation:", "invasion:"))


NUMBERS = """
[zone]
kind = "presence"
depth_miles = 20
states = ["Chihuahua"]
residents = "stay"
ports = "open"
mexican_forces = "coordinate"
warning = true
to_week = 150
[[task_force]]
id = "west"
base = "fort_bliss"
reach = ["zone"]
regions = ["Chihuahua"]
effort = { presence = 1.0 }
units = { ranger_battalion = 2, infantry_brigade = 1 }
support_army = 2000
support_air_force = 200
"""


def test_a_plan_with_numbers_is_checked_on_density_inventory_and_dwell() -> None:
    found = findings(NUMBERS)
    people, residents = 2 * 800 + 4413 + 2000 + 200, 1_548_000
    assert found["ZO102"].message.startswith(f"{1000 * people / residents:.2g} people per 1,000 residents")
    assert found["FO103"].message == "Keeping 2 Ranger battalion out needs 6 in rotation; 3 exist."
    assert "67%" in found["FO104"].message
    assert "FO102" not in found
    assert "FO102" in findings(NUMBERS.replace("ranger_battalion = 2", "ranger_battalion = 4"))
    assert "FO103" not in findings("duration_weeks = 30\n" + NUMBERS)


def test_stating_the_dwell_changes_what_rotation_needs() -> None:
    assert "FO103" not in findings(NUMBERS + "dwell = 0.5\n")


def test_ruling_out_capture_raises_the_question_of_armed_conflict() -> None:
    assert "AU409" not in findings(FORCE)
    assert findings("[roe]\ncapture_option = false\n" + FORCE)["AU409"].where.key == "roe.capture_option"


@pytest.mark.parametrize("name", names())
def test_every_packaged_plan_is_linted_with_places_and_filled_messages(name: str) -> None:
    for finding in lint(load(name)):
        assert finding.where.line > 0
        assert "{" not in finding.message
