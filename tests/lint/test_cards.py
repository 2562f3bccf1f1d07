"""Cards of rules and the ledger: everything named exists, nothing unverified is stated as law, numbers come from facts."""

from __future__ import annotations

import dataclasses
import inspect
import re

import pytest

from premortem.errors import DataError, InputError
from premortem.evidence import load as load_evidence
from premortem.evidence.parameters import load as load_parameters
from premortem.lint import engine, rules
from premortem.lint.catalogue import UNVERIFIED, fill, rule_of
from premortem.lint.checks.claims import cooperation_range
from tests.lint.plans import FORCE, findings

FACT = re.compile(r'"([a-z_]+(?:\.[a-z0-9_]+)+)"')


@pytest.mark.parametrize("code", tuple(rules()))
def test_facts_that_a_check_reads_are_on_its_card(code: str) -> None:
    facts = load_evidence().facts
    read = {ident for ident in FACT.findall(inspect.getsource(rules()[code].check)) if ident in facts}
    assert read <= set(rules()[code].facts)


@pytest.mark.parametrize("code", tuple(rules()))
def test_a_card_says_when_what_and_on_what_grounds(code: str) -> None:
    rule = rules()[code]
    assert rule.when
    assert rule.message
    assert rule.citation
    assert rule.cure


def test_messages_are_filled_by_values_then_by_facts_with_their_range() -> None:
    assert fill("{n}, {law.wpr.termination_days}, {law.wpr.termination_days.high:.0f}", {"n": "x"}) == "x, 60, 90"
    assert fill("{geo.zone20.population_mx}", {}) == "7.48 million"
    assert fill("{not_there}", {}, keep=True) == "{not_there}"
    with pytest.raises(DataError, match="not_there"):
        fill("{not_there}", {})


def test_no_rule_is_cited_from_memory() -> None:
    assert [rule.code for rule in rules().values() if rule.grade == UNVERIFIED] == []


def test_what_is_cited_from_memory_is_said_to_be_unverified(monkeypatch: pytest.MonkeyPatch) -> None:
    from_memory = dataclasses.replace(rules()["AU406"], grade=UNVERIFIED)
    monkeypatch.setattr(engine, "rules", lambda: {**rules(), "AU406": from_memory})
    found = findings('[consent]\nmexico = "none"\nsought = false\n' + FORCE)
    assert found["AU406"].message.startswith("Citation not verified, not to be read as law: ")
    assert not found["AU401"].message.startswith("Citation not verified")


def test_no_condition_rests_on_a_fact_from_memory() -> None:
    facts = load_evidence().facts
    for rule in rules().values():
        read = {ident for ident in FACT.findall(inspect.getsource(rule.check)) if ident in facts}
        assert not {ident for ident in read if facts[ident].grade == "M"}, rule.code


def test_the_range_of_cooperation_is_that_of_the_prior() -> None:
    prior = load_parameters()["mexico.cooperation_base"].distribution
    assert cooperation_range() == pytest.approx((float(prior.quantile(0.0)), float(prior.quantile(1.0))))


def test_an_unknown_code_is_met_with_the_nearest() -> None:
    assert rule_of("au203") is rules()["AU203"]
    with pytest.raises(InputError, match="AU20"):
        rule_of("AU20")
