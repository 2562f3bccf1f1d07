"""What the linter got wrong of real texts: the wrong law, things the plan does not have, phases overlooked."""

from __future__ import annotations

import re
from datetime import date

import pytest

from premortem.errors import InputError
from premortem.lint import lint, rules
from premortem.plan.language.load import altered, load, load_text
from premortem.plan.language.runnable import starts_outside
from premortem.study.experiment import Experiment
from premortem.study.spec import make
from tests.lint.plans import FORCE, findings, on_base

GUARD = """
[budget]
total_musd = {total}
appropriated_musd = {total}
[[domestic]]
id = "guard"
service = "ng"
status = "title32"
governor_consent = true
tasks = ["surveillance"]
personnel = 6000
"""
SECOND_YEAR = """
[[phase]]
name = "second_year"
from_week = 52
set = {{ "domestic.guard.personnel" = {people} }}
"""
WEEKS = "duration_weeks = 108\n[exit]\nlatest_week = 108\n"


@pytest.mark.parametrize(("total", "found"), [(1200, False), (700, False), (400, True)])
def test_the_floor_of_cost_follows_phases_and_the_cheapest_operation_on_record(total: int, found: bool) -> None:
    plan = WEEKS + GUARD.format(total=total) + SECOND_YEAR.format(people=3000)
    assert ("CO103" in findings(plan)) is found


def test_a_phase_that_a_branch_may_call_never_raises_the_floor() -> None:
    called = SECOND_YEAR.format(people=60000).replace("from_week = 52\n", "")
    branch = '[[branch]]\nwhen = "us_killed > 5"\nthen = { phase = "second_year" }\n'
    assert "CO103" not in findings(WEEKS + GUARD.format(total=1200) + called + branch)
    assert "CO103" in findings(WEEKS + GUARD.format(total=1200) + SECOND_YEAR.format(people=60000))


def test_the_guard_is_away_over_a_year_only_while_it_is_large() -> None:
    assert "FO120" in findings(WEEKS + GUARD.format(total=3000))
    assert "FO120" not in findings(WEEKS + GUARD.format(total=3000) + SECOND_YEAR.format(people=3000))


@pytest.mark.parametrize(
    ("side", "place", "empty"),
    [
        ("us", "border_us", False),
        ("us", "national_defense_area", False),
        ("us", "interior_us", True),
        ("mx", "border_us", True),
    ],
)
def test_a_zone_at_home_is_held_by_forces_at_home(side: str, place: str, empty: bool) -> None:
    zone = f'[zone]\nkind = "presence"\ndepth_miles = 1\nside = "{side}"\n'
    force = f'[[domestic]]\nid = "d"\nservice = "cbp"\nplace = "{place}"\ntasks = ["surveillance"]\npersonnel = 100\n'
    assert ("ZO105" in findings(zone + force)) is empty


def test_a_zone_that_mexican_forces_lead_is_not_empty() -> None:
    zone = '[zone]\nkind = "presence"\ndepth_miles = 1\nmexican_forces = '
    assert "ZO105" not in findings(zone + '"lead"\n')
    assert "ZO105" in findings(zone + '"withdraw"\n')


ARMED = FORCE.replace("{ raids = 1.0 }", "{{ {group} = 1.0 }}")


@pytest.mark.parametrize("group", ["interdiction", "surveillance", "partner"])
def test_armed_people_beyond_the_line_without_consent_are_found_whatever_their_task(group: str) -> None:
    armed = ARMED.format(group=group)
    found = findings('[consent]\nmexico = "none"\n' + armed)
    assert {"AU421", "AU217"} <= set(found)
    assert found["AU421"].severity == "exposure"
    assert not {"AU421", "AU217"} & set(findings(armed))
    unarmed = findings('[consent]\nmexico = "none"\n' + armed + "equipped_for_combat = false\n")
    assert not {"AU421", "AU217"} & set(unarmed)


def test_soldiers_who_are_placed_in_mexico_are_armed_and_agents_are_not() -> None:
    def found(service: str) -> set[str]:
        force = f'[[domestic]]\nid = "d"\nservice = "{service}"\nplace = "interior_mx"\ntasks = ["surveillance"]\n'
        return set(findings('[consent]\nmexico = "none"\n' + force))

    assert {"AU202", "AU217", "AU421"} <= found("army")
    assert not {"AU202", "AU217", "AU421"} & found("dea")
    assert "AU504" in found("dea")


def test_consent_that_is_open_leaves_the_finding_open() -> None:
    found = findings('[consent]\nmexico = "unspecified"\n' + ARMED.format(group="interdiction"))["AU421"]
    assert (found.open, found.depends_on) == (True, ("consent.mexico",))


@pytest.mark.parametrize("site", ["MX", "third_country", "sea"])
def test_detention_abroad_without_review_is_found(site: str) -> None:
    held = f'[detention]\nplanned = true\nmax_days = 365\nsite = "{site}"\nreview = '
    assert "AU310" in findings(held + '"none"\n')
    assert "AU310" not in findings(held + '"administrative"\n')
    assert "AU303" not in findings(held + '"none"\n')


@pytest.mark.parametrize(("start", "is_open"), [("2025-07-07", False), ("2026-03-02", True), ('"unspecified"', True)])
def test_an_enacted_statute_that_never_passed_is_a_finding(start: str, is_open: bool) -> None:
    found = findings(f'start = {start}\n[authority]\ncites = ["aumf_cartels"]\ncongress.authorized = "enacted"\n')
    assert (found["AU216"].severity, found["AU216"].open) == ("exposure" if is_open else "violation", is_open)
    assert "AU215" not in found


@pytest.mark.parametrize(("sunset", "found"), [(30, True), (60, False)])
def test_force_past_the_end_of_its_authorisation_is_found(sunset: int, found: bool) -> None:
    congress = f'authority.congress = {{ authorized = "enacted", sunset_weeks = {sunset} }}\n'
    plan = findings("duration_weeks = 52\nexit.latest_week = 52\n" + congress + FORCE)
    assert ("AU203" in plan) is found
    assert "AU218" not in plan


def test_a_force_with_nobody_beyond_the_line_needs_no_lift() -> None:
    watching = ARMED.format(group="surveillance") + "units = { ranger_battalion = 1 }\n"
    assert "FO112" in findings(watching)
    assert "FO112" not in findings(watching + "forward_share = 0\n")


PORTS = '[[measure]]\nid = "ports"\nlever = "drugs.port_closure"\nlevel = 0\n'
CLOSED = '[[phase]]\nname = "closed"\nset = { "measure.ports.level" = 1 }\n'


def test_a_lever_that_a_phase_moves_is_not_nothing() -> None:
    assert "EN115" in findings(PORTS)
    moved = findings(PORTS + CLOSED + '[[branch]]\nwhen = "us_killed > 5"\nthen = { phase = "closed" }\n')
    assert "EN115" not in moved
    assert moved["AU117"].phase == "closed"


def test_a_start_that_a_run_refuses_is_reported_with_the_first_that_it_takes() -> None:
    assert "take 2007-01-01 to before" in findings("start = 2006-12-31\n")["EN128"].message
    assert "EN128" not in findings("start = 2007-01-01\n")


HOME = '[[domestic]]\nid = "guard"\nservice = "ng"\npersonnel = 5000\ntasks = ["surveillance"]\n'
PARTNER = '[[partner]]\nid = "sonora"\nservice = "gn_mx"\npersonnel = 5000\ntasks = ["police"]\n'


@pytest.mark.parametrize("elements", ["", HOME, PARTNER], ids=["nothing", "forces at home", "partners"])
def test_a_start_outside_the_run_is_refused_whatever_the_plan_does(elements: str) -> None:
    plan = load_text(f'title = "t"\nsource = ["project"]\nstart = 2006-01-04\n{elements}')
    assert "EN128" in {finding.code for finding in lint(plan)}
    with pytest.raises(InputError, match="does not start within the simulated time"):
        Experiment.of(make(plans=("status_quo", "plan"), futures=2, years=1), (load("status_quo"), plan))


def test_only_the_packaged_status_quo_may_start_outside_the_run() -> None:
    status_quo = load("status_quo")
    assert starts_outside(status_quo.plan, date(2009, 1, 5), 52) is None
    more = altered(status_quo, {"domestic.jtf_southern_border.personnel": 20_000})
    assert starts_outside(more.plan, date(2009, 1, 5), 52) is not None


def messages(toml: str) -> str:
    return " ".join(finding.message for finding in lint(on_base(toml)))


ABROAD = (
    "Special Operations",
    "SOCOM",
    "expedition",
    "foreign theatre",
    "zone",
    "brigade",
    "strikes at sea",
    "ground forces",
)
OPEN = "".join(
    f'{field} = "unspecified"\n'
    for field in ("duration_weeks", "budget.total_musd", "exit.criteria", "exit.latest_week")
)


@pytest.mark.parametrize("service", ["cbp", "ng", "army", "local_police"])
def test_messages_on_forces_at_home_name_nothing_abroad(service: str) -> None:
    said = messages(
        OPEN + f'command.lead = "unspecified"\n[[domestic]]\nid = "d"\nservice = "{service}"\ntasks = "unspecified"\n'
    )
    assert not [word for word in ABROAD if word in said]
    assert ("Task Force" in said) is (service in {"ng", "army"})
    assert ("agents served" in said) is (service == "cbp")


def test_messages_on_a_raid_name_no_zone() -> None:
    said = messages(OPEN + '[consent]\nmexico = "none"\n[authority]\ntheories = ["no_hostilities"]\n' + FORCE)
    assert "standing zone" not in said
    assert "live in the zone" not in said
    assert "brigade" not in said
    held = '[zone]\nkind = "exclusion"\ndepth_miles = 10\n' + FORCE.replace('["interior"]', '["zone"]')
    assert "standing zone" in messages('[consent]\nmexico = "none"\n' + held)


def test_a_lead_that_is_open_is_no_functional_command() -> None:
    found = findings('command.lead = "unspecified"\n' + FORCE)
    assert "AU214" in found
    assert "AU211" not in found


@pytest.mark.parametrize("code", tuple(rules()))
def test_numbers_are_written_in_one_format(code: str) -> None:
    for finding in lint(load_text('extends = "lint_base"\n' + rules()[code].fails, "snippet.toml")):
        text = finding.message
        assert " percent" not in text
        assert "dollars" not in text
        assert not re.search(r"\d(e[+-]\d|\d00\.00)", text)
        assert set(re.findall(r"\b\d{5,}\b", text)) <= {"12406", "12333"}, (
            "thousands are separated, but in names of laws"
        )


@pytest.mark.parametrize(
    ("service", "consent", "asked"),
    [("third_state", "none", True), ("third_state", "senate_authorized", False), ("gn_mx", "none", False)],
)
def test_forces_of_a_third_state_need_the_senate_and_those_of_mexico_do_not(
    service: str, consent: str, asked: bool
) -> None:
    partner = f'[consent]\nmexico = "{consent}"\n[[partner]]\nid = "p"\nservice = "{service}"\npersonnel = 100\n'
    assert ("AU503" in findings(partner)) is asked
