"""What the examples of the cards leave open: rates, delays, kinds, what is open or certain. Faults put in on purpose showed each gap."""

from __future__ import annotations

import pytest

from premortem.lint import lint
from premortem.lint.against import against
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


@pytest.mark.parametrize(("reach", "encodes"), [("home_side", False), ("zone", True), ("interior", True)])
def test_a_force_that_stays_at_home_does_not_encode_strikes_across_the_border(reach: str, encodes: bool) -> None:
    found = findings('claims = ["strike_across_border"]\n' + FORCE.replace("interior", reach))
    assert ("CL104" in found) is not encodes


@pytest.mark.parametrize(("weeks", "too_late"), [(40, False), (60, True)])
def test_a_branch_that_acts_only_after_the_end_never_changes_anything(weeks: int, too_late: bool) -> None:
    branch = f'[[branch]]\nwhen = "us_support < 0.4"\ndelay_weeks = {weeks}\nthen = {{ phase = "out" }}\n'
    found = findings('duration_weeks = 52\n[[phase]]\nname = "out"\n' + branch)
    assert ("EN107" in found) is too_late


@pytest.mark.parametrize(("kind", "contradict"), [("exclusion", True), ("presence", False)])
def test_residents_may_stay_with_targets_undefined_unless_the_zone_excludes_them(kind: str, contradict: bool) -> None:
    zone = f'[zone]\nkind = "{kind}"\ndepth_miles = 20\nresidents = "stay"\nports = "closed"\nmexican_forces = "coordinate"\n'
    found = findings('[roe]\ntarget_definition = "membership_undefined"\n' + zone)
    assert ("EN113" in found) is contradict


@pytest.mark.parametrize(("was", "now", "added"), [('"unspecified"', "104", True), ("104", '"unspecified"', False)])
def test_a_finding_that_was_open_and_is_certain_now_is_added_and_not_the_other_way(
    was: str, now: str, added: bool
) -> None:
    stays = (
        "duration_weeks = {}\n"
        + FORCE.replace("{", "{{").replace("}", "}}")
        + 'from_week = 0\nrotation_weeks = "unspecified"\n'
    )
    one, two = (on_base(stays.format(weeks)) for weeks in (was, now))
    change = against(two, lint(two), one, lint(one))
    assert ("FO116" in {finding.code for finding in change.added}) is added
    assert ("FO116" in {finding.code for finding in change.kept}) is not added


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[[measure]]\nlever = "foreign.sanctions"\nlevel = 1\npayer = "MX"\n', "paid by MX"),
        ('author = "MX"\n[[measure]]\nlever = "foreign.sanctions"\nlevel = 1\n', "paid by US"),
        ('author = "MX"\ndrop = ["measure.prevention"]\n[[measure]]\nlever = "state.vetting"\nlevel = 1\n', ""),
        ('[[measure]]\nlever = "state.vetting"\nlevel = 1\nstanding = "lapsed"\n', ""),
        (
            (
                '[[measure]]\nlever = "state.vetting"\nlevel = 1\n[[bargain]]\nid = "b"\npartner = "mexico"\n'
                'asks = "money for police"\nby_week = 8\nrefused = "p"\n[[phase]]\nname = "p"\nset = { "summary" = "x" }\n'
            ),
            "",
        ),
    ],
)
def test_what_another_country_would_pay_is_found_unless_it_agrees(text: str, found: str) -> None:
    messages = findings(text)
    assert ("CO116" in messages) is bool(found)
    assert not found or found in messages["CO116"].message


@pytest.mark.parametrize(("states", "along"), [('"unspecified"', True), ('["Chihuahua"]', False)])
def test_only_a_zone_that_names_no_states_lies_along_the_whole_line(states: str, along: bool) -> None:
    zone = f'[zone]\nkind = "presence"\ndepth_miles = 20\nresidents = "unspecified"\nstates = {states}\n'
    assert ("along the whole line" in findings(zone)["ZO101"].message.lower()) is along


@pytest.mark.parametrize(
    ("text", "idle"),
    [
        ('[[measure]]\nlever = "foreign.sanctions"\nlevel = 1\nchance = 0.4\n', "measure[].chance"),
        ('[[measure]]\nlever = "foreign.sanctions"\nlevel = 1\nbill = "a"\n', "measure[].bill"),
        ('[[measure]]\nlever = "foreign.tariff"\nlevel = 0.1\npayer = "US"\n', "measure[].payer"),
        ("authority.congress.sunset_weeks = 26\n", "authority.congress.sunset_weeks"),
        ('[authority.congress]\nauthorized = "enacted"\nrenewal = 0.5\n', "authority.congress.renewal"),
        ('[authority.congress]\nauthorized = "enacted"\nsunset_weeks = 26\nrenewal = 0.5\n', ""),
    ],
)
def test_a_field_that_acts_only_with_another_is_found_where_it_changes_nothing(text: str, idle: str) -> None:
    message = findings(text)["EN129"].message
    assert idle in message
    assert ("sunset_weeks" in message, "renewal" in message, "chance" in message) == tuple(
        word in idle for word in ("sunset_weeks", "renewal", "chance")
    )


@pytest.mark.parametrize(
    ("text", "nobody"),
    [
        ("", False),
        ("[authority]\nfto_designation = false\n", True),
        ('start = 2018-01-01\ndrop = ["authority.fto_designation"]\n', True),
        ("start = 2018-01-01\n[authority]\nfto_designation = true\n", False),
    ],
)
def test_force_against_designated_organisations_where_none_is_designated_is_against_nobody(
    text: str, nobody: bool
) -> None:
    found = findings(f'{text}[status]\ngroups = "unspecified"\n{FORCE}')
    assert ("AU309" in found) is not nobody
    assert ("organisations alone" in found["EN113"].message if "EN113" in found else False) is nobody


def test_a_third_state_s_force_needs_consent_and_is_no_work_with_mexican_forces() -> None:
    partner = '[consent]\nmexico = "none"\n[[partner]]\nid = "p"\nservice = "{}"\ntasks = ["police"]\n'
    third, theirs = (findings(partner.format(service)) for service in ("third_state", "gn_mx"))
    assert ("AU421" in third, "EN112" in third) == (True, False)
    assert ("AU421" in theirs, "EN112" in theirs) == (False, True)
