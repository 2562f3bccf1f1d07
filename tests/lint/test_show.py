"""Findings as text and as SARIF, rules explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from premortem.errors import Problem, Where
from premortem.lint import lint, rules, sarif, show
from premortem.plan.language.load import load
from premortem.wording import findings
from tests.lint.plans import on_base

SCHEMA = Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json"


def text(toml: str, code: str) -> list[str]:
    plan = on_base(toml)
    (found,) = [finding for finding in lint(plan) if finding.code == code]
    return findings.text(found, plan).splitlines()


def test_a_finding_is_place_code_severity_message_citation_and_the_line_with_a_caret() -> None:
    lines = text('[authority]\ntheories = ["invasion"]\n', "AU110")
    assert lines[0].startswith("plan.toml:3:1 AU110 [exposure] ")
    assert lines[0].endswith(f"({rules()['AU110'].citation})")
    assert lines[1:] == [' 3 | theories = ["invasion"]', "   | ^^^^^^^^"]


def test_an_open_finding_says_on_what_it_depends_and_what_is_not_stated() -> None:
    zone = '[zone]\nkind = "exclusion"\ndepth_miles = 20\nresidents = "warned"\nwarning = "unspecified"\n'
    assert text(zone, "ZO111")[0].startswith("plan.toml:6:1 ZO111 [exposure, open] ")
    assert text(zone, "ZO111")[-1] == "    = depends on zone.warning"
    assert (
        text(zone.replace('warning = "unspecified"\n', ""), "ZO111")[-1] == "    = depends on zone.warning (not stated)"
    )


def test_the_caret_stands_under_the_key_in_text_that_is_not_ascii() -> None:
    lines = text('[zone]\nkind = "presence"\ndepth_miles = 5\n  states = ["Nuevo León"] # á\n', "ZO120")
    assert lines[1:] == [' 5 |   states = ["Nuevo León"] # á', "   |   ^^^^^^"]


def test_an_explanation_holds_condition_source_grade_dispute_cure_facts_and_both_examples() -> None:
    told = show.explanation(rules()["AU203"])
    for part in (
        "When:",
        "Says:",
        "50 USC 1544(b) [A:",
        "Disputed:",
        "Cure:",
        "law.wpr.termination_days",
        "raids = 1.0",
    ):
        assert part in told
    assert "60 days" in told


@pytest.fixture(scope="module")
def validator() -> Any:
    return Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["border_task_forces", "zone_only", "demand_reduction"])
def test_findings_are_valid_sarif(validator: Any, name: str) -> None:
    found = lint(load(name))
    document = json.loads(json.dumps(sarif.log(found)))
    validator.validate(document)
    (run,) = document["runs"]
    catalogue = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(found)
    assert all(catalogue[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_a_log_keeps_the_rules_that_github_adds_to_the_schema() -> None:
    """What its page on SARIF support asks of what it shows, and its limits."""
    document = sarif.log([finding for name in ("border_task_forces", "kingpin") for finding in lint(load(name))])
    assert len(json.dumps(document)) < 10_000_000
    (run,) = document["runs"]
    assert len(run["results"]) <= 5000
    for rule in run["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule["name"]) <= 255
    for result in run["results"]:
        (place,) = [location["physicalLocation"] for location in result["locations"]]
        assert result["message"]["text"]
        assert place["artifactLocation"]["uri"]
        region = place["region"]
        assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def test_a_finding_is_known_again_when_lines_have_moved_and_no_two_are_alike() -> None:
    force = '[[task_force]]\nid = "west"\nbase = "fort_bliss"\nreach = ["interior"]\neffort = { raids = 1.0 }\n'
    before, after = (
        [
            result["partialFingerprints"]["primaryLocationLineHash"]
            for result in sarif.log(lint(on_base(text)))["runs"][0]["results"]
        ]
        for text in (force, "# a line\n\n" + force)
    )
    assert before == after
    assert len(set(before)) == len(before)


def test_sarif_levels_follow_severity() -> None:
    levels = {
        result["ruleId"]: result["level"]
        for result in sarif.log(lint(load("border_task_forces")))["runs"][0]["results"]
    }
    assert (levels["AU410"], levels["AU203"], levels["AU101"]) == ("error", "warning", "note")


def test_a_plan_that_cannot_be_read_makes_a_log_of_a_run_that_did_not_succeed(validator: Any, tmp_path: Path) -> None:
    problem = Problem("syntax", "not TOML", Where("a b/../x.toml", 3, 0, "zone"), "]")
    document = json.loads(json.dumps(sarif.log((), [problem, Problem("unreadable", "no such plan", found="x")])))
    validator.validate(document)
    (invocation,) = document["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    first, second = invocation["toolExecutionNotifications"]
    assert first["message"]["text"].startswith("a b/../x.toml:3 zone: not TOML")
    assert first["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 5
    }  # fmt: skip
    assert "locations" not in second
    assert sarif.log(())["runs"][0]["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("plans/a b.toml", "plans/a%20b.toml"),
        ("/x/[y]#.toml", "file:///x/%5By%5D%23.toml"),
        ("packaged:kingpin.toml", "kingpin.toml"),
    ],
)
def test_addresses_are_relative_or_have_a_scheme(file: str, address: str) -> None:
    (notification,) = sarif.log((), [Problem("a", "b", Where(file))])["runs"][0]["invocations"][0][
        "toolExecutionNotifications"
    ]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == address
