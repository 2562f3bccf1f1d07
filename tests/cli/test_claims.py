import json

import pytest

from premortem import coverage
from premortem.coverage import Cover
from premortem.evidence import load as load_evidence
from tests.cli.test_evidence import run


def test_all_claims_are_listed_with_verdict_evidence_and_what_encodes_them() -> None:
    listed = {claim["id"]: claim for claim in json.loads(run("claims", "--format", "json"))}
    assert list(listed) == list(load_evidence().claims)
    assert all(claim["verdict"] and claim["sources"] for claim in listed.values())
    zone = listed["no_go_zone"]["encoded_by"]
    assert "zone.depth_miles" in zone["fields"]
    assert "people.d_zone" in zone["parameters"]
    assert "homicides_zone" in zone["outcomes"]
    assert "AU412" in zone["rules"]
    assert listed["force_restores_order"]["encoded_by"]["expectations"] == ["homicides_mx_week"]
    assert "no_go_zone" in run("claims")


def test_a_card_says_what_encodes_a_claim_and_how_that_is_shown() -> None:
    text = run("claims", "show", "no_go_zone")
    assert "Encoded by" in text
    assert "zone.depth_miles = 10" in text


def test_a_card_and_its_json_give_both_sides_with_the_facts_that_each_can_cite() -> None:
    text = " ".join(run("claims", "show", "force_restores_order").split())
    shown = json.loads(run("claims", "show", "force_restores_order", "--format", "json"))
    for side, heading, fact in (
        ("authors", "its authors", "effect.massarrest.rd"),
        ("critics", "its critics", "effect.kingpin.calderon_6m"),
    ):
        assert heading in text
        assert shown[side]["says"][:30] in text
        assert fact in shown[side]["facts"]
        assert fact in text


def test_claims_that_are_not_covered_are_named_and_the_exit_code_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    claims = load_evidence().claims
    covers = (Cover(claims["no_go_zone"], (), "no altered plan"), Cover(claims["heavily_armed"], (), ""))
    monkeypatch.setattr(coverage, "coverage", lambda which: covers)
    told = json.loads(run("claims", "coverage", "--format", "json", code=1))
    assert (told["total"], told["covered"], told["uncovered"]) == (2, 1, ["no_go_zone"])
    assert (told["simulated"], told["linted"]) == (covers[1].simulated, covers[1].linted)
    assert {"simulated", "linted"} <= told["claims"][0].keys()
    assert "no altered plan" in run("claims", "coverage", code=1)


def test_an_unknown_claim_gets_the_nearest_name() -> None:
    with pytest.raises(Exception, match="no_go_zone"):
        run("claims", "show", "no_go_zon")
