"""What the linter says of four real texts and of plans that are not of the United States: the law of the right country."""

from __future__ import annotations

from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.lint import Finding, lint
from premortem.plan.language.load import load, load_text
from tests.lint.plans import FORCE, findings, on_base

CASES = Path(__file__).parents[1] / "data" / "cases"
US_LAW = ("10 USC", "31 USC", "50 USC", "18 USC", "22 USC", "US Const", "Posse Comitatus")


def of_case(name: str) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in lint(load(CASES / f"{name}.toml")):
        found.setdefault(finding.code, []).append(finding)
    return found


def test_a_declaration_of_war_with_a_trigger_for_the_ports() -> None:
    found = of_case("p02_cra_wage_war_2022")
    expected = {
        "AU215",
        "AU213",
        "AU208",
        "AU407",
        "AU503",
        "AU409",
        "AU411",
        "AU122",
        "AU311",
        "AU310",
        "AU214",
        "AU110",
        "AU205",
    }
    assert expected <= set(found)
    assert [f.phase for code in ("AU117", "AU414") for f in found[code]] == ["closed", "closed"]
    assert not {"EN115", "AU211", "ZO105", "CO103", "EN128"} & set(found)
    said = " ".join(f.message for each in found.values() for f in each)
    assert not [word for word in ("SOCOM", "standing zone", "infantry brigade") if word in said]


def test_mexicos_ten_thousand_guards_are_asked_no_us_law() -> None:
    found = of_case("p04_frontera_norte_2025")
    assert "AU516" in found
    us = {f.code for each in found.values() for f in each if any(law in f.rule.citation for law in US_LAW)}
    assert us == {"CO116"}, "whose money pays for the one thing that the United States does"
    assert [f.where.key for f in found["AU605"]] == ["measure.us_side_arms"], (
        "US law of the one thing that the United States does"
    )
    assert "AU513" not in found, "the law of the Guard is of July 2025, the plan of February"


def test_jump_start_costs_what_it_cost() -> None:
    found = of_case("p09_jump_start_2006")
    assert not {"CO103", "FO120", "CO102", "AU103"} & set(found)
    assert {"AU106", "CO110"} <= set(found)
    assert {f.severity for each in found.values() for f in each} == {"notice"}


def test_a_bill_is_judged_as_a_change_of_law() -> None:
    found = of_case("p14_stop_arming_cartels")
    assert not {"AU602", "AU603", "AU604", "CO102"} & set(found)
    assert {"AU120", "AU606"} <= set(found)
    assert found["AU120"][0].also == ("measure.registry", "measure.suits", "measure.reports")
    assert {f.severity for each in found.values() for f in each} == {"notice"}


MX = """
author = "MX"
authority.cites = "unspecified"
budget.appropriation = "none"
consent = { mexico = "unspecified", if_refused = "unspecified" }
"""
GUARD = '[[partner]]\nid = "p"\nservice = "gn_mx"\npersonnel = 100\ntasks = ["arrest", "equip"]\n'
ASKED_OF_THE_US = {"AU101", "AU501", "AU502", "CO102", "CO111", "AU416", "AU420", "EN112"}


def test_the_same_partner_is_asked_us_law_in_a_us_plan_and_mexicos_in_its_own() -> None:
    ours, theirs = findings(MX.replace('"MX"', '"US"') + GUARD), findings(MX + GUARD)
    assert {"AU101", "AU501", "AU502", "CO102", "CO111", "AU416", "AU420"} <= set(ours)
    assert not ASKED_OF_THE_US & set(theirs)
    assert {"AU509", "AU510", "AU513", "AU516"} <= set(theirs)
    assert {"AU509", "AU510", "AU513"} <= set(ours), "Mexican law is asked of Mexican forces whoever plans"


def test_us_money_and_us_forces_in_mexicos_plan_are_asked_us_law() -> None:
    paid = findings(MX + GUARD + "aid_musd_per_year = 10\n")
    assert {"AU101", "AU501", "AU502"} <= set(paid)
    force = findings(MX + FORCE)
    assert {"AU101", "AU203", "AU503", "AU416"} <= set(force)


def test_people_whom_mexico_holds_are_asked_international_law_and_not_the_acts_of_congress() -> None:
    held = '[detention]\nplanned = true\nmax_days = 365\nsite = "MX"\nreview = "none"\nstatus = "loac"\n'
    found = findings('author = "MX"\n' + held)
    assert not {"AU301", "AU302", "AU303", "AU304"} & set(found)
    assert {"AU310", "AU311"} <= set(found)
    assert {"AU301", "AU304"} <= set(findings(held))


@pytest.mark.parametrize(("start", "found"), [("2025-07-14", False), ("2025-07-21", True)])
def test_a_law_is_asked_about_from_the_day_it_is_in_force(start: str, found: bool) -> None:
    assert ("AU513" in findings(f"start = {start}\n" + GUARD)) is found


def test_mexicos_own_lever_needs_no_us_statute() -> None:
    vetting = '[[measure]]\nid = "m"\nlever = "state.vetting"\nlevel = 0.3\n'
    assert "AU502" not in findings(vetting)
    assert "AU502" in findings(vetting.replace("state.vetting", "mexico.aid").replace("0.3", "200"))


def test_who_is_not_us_cannot_be_changed_by_a_phase() -> None:
    with pytest.raises(InputError, match="cannot set 'author'"):
        on_base('[[phase]]\nname = "p"\nfrom_week = 4\nset = { author = "MX" }\n')


def test_mexicos_own_state_of_exception_truce_and_navy_are_asked_its_law_and_treaties_and_no_us_law() -> None:
    text = """
title = "Mexico's own"
source = ["project"]
author = "MX"
start = 2026-01-05
[command]
lead = "mexico"
[emergency]
suspends = ["counsel", "life"]
held = 20000
hours_before_judge = 96
[[deal]]
id = "amnesty"
kind = "amnesty"
amnesty = "all"
[[sea]]
id = "navy"
service = "semar"
tasks = ["board"]
vessel_flags = ["foreign"]
boarding_grounds = ["stateless"]
"""
    found: dict[str, Finding] = {finding.code: finding for finding in lint(load_text(text))}
    assert {"AU509", "AU511", "AU524", "AU525", "AU520", "AU430"} <= set(found)
    us = {code for code, one in found.items() if any(law in one.rule.citation for law in US_LAW)}
    assert us == set(), "nothing here is done by US forces, agents or money"
    assert "art. 29" in found["AU511"].rule.citation
    assert "ICCPR" in found["AU524"].rule.citation
