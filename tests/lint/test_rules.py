"""Every rule finds the plan that its card says it finds, and not the other."""

from __future__ import annotations

import re

import pytest

from premortem.evidence import load as load_evidence
from premortem.lint import lint, rules
from premortem.lint.catalogue import FAMILIES
from premortem.plan.language.load import load, load_text

CODES = tuple(rules())


def codes(snippet: str) -> set[str]:
    return {finding.code for finding in lint(load_text('extends = "lint_base"\n' + snippet, "snippet.toml"))}


@pytest.mark.parametrize("code", CODES)
def test_a_rule_finds_the_plan_that_its_card_says_fails(code: str) -> None:
    assert code in codes(rules()[code].fails)


@pytest.mark.parametrize("code", CODES)
def test_a_rule_finds_nothing_in_the_plan_that_its_card_says_passes(code: str) -> None:
    assert code not in codes(rules()[code].passes)


def test_the_clean_plan_has_no_finding_but_what_nothing_simulates() -> None:
    assert [finding.code for finding in lint(load("lint_base"))] == ["EN129"]


def test_codes_are_a_family_and_three_digits_and_names_are_unique() -> None:
    assert all(re.fullmatch(rf"({'|'.join(FAMILIES)})[1-9]\d\d", code) for code in CODES)
    names = [rule.name for rule in rules().values()]
    assert len(names) == len(set(names))


def test_every_law_rule_of_the_ledger_is_a_rule_of_the_linter_once() -> None:
    laws = [rule.law for rule in rules().values() if rule.law]
    assert sorted(laws) == sorted(load_evidence().rules)
