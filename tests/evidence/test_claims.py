"""Both sides of every claim, and verdicts that follow from what the sides can cite."""

from collections import Counter

import pytest
from pydantic import ValidationError

from premortem.evidence import ledger
from premortem.evidence.ledger import Claim

CLAIMS = ledger.load().claims
CHECKED = [claim for claim in CLAIMS.values() if claim.kind in {"empirical", "prediction"}]


@pytest.mark.parametrize("claim", CHECKED, ids=lambda claim: claim.id)
def test_a_verdict_follows_from_what_each_side_can_cite(claim: Claim) -> None:
    match claim.verdict:
        case "supported":
            assert claim.authors.facts
        case "partly supported" | "disputed":
            assert claim.authors.facts
            assert claim.critics.facts
        case "not checkable":
            assert not claim.evidence


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_neither_side_gets_less_than_two_fifths_of_the_room_of_the_other(claim: Claim) -> None:
    authors, critics = len(claim.authors.says), len(claim.critics.says)
    assert 0.4 <= authors / critics <= 2.5


def test_over_all_claims_neither_side_is_given_much_more_than_the_other() -> None:
    words = Counter[str]()
    facts = Counter[str]()
    for claim in CLAIMS.values():
        for name, side in (("authors", claim.authors), ("critics", claim.critics)):
            words[name] += len(side.says.split())
            facts[name] += len(side.facts)
    assert 0.75 < words["authors"] / words["critics"] < 1.33
    assert 0.75 < facts["authors"] / facts["critics"] < 1.33


def test_facts_from_memory_carry_no_side() -> None:
    facts = ledger.load().facts
    named = {ident for claim in CLAIMS.values() for side in (claim.authors, claim.critics) for ident in side.facts}
    assert not {ident for ident in named if ident in facts and facts[ident].grade == "M"}


@pytest.mark.parametrize(
    "change",
    [
        {"authors": {"says": "", "facts": []}},
        {"critics": {"says": "x", "facts": ["arms.flow.trade_value"]}},
        {"verdict": "unproven"},
        {"authors": None},
    ],
)
def test_a_claim_without_a_side_or_with_facts_beside_its_evidence_is_refused(change: dict[str, object]) -> None:
    good = CLAIMS["no_go_zone"].model_dump()
    assert Claim.model_validate(good) == CLAIMS["no_go_zone"]
    with pytest.raises(ValidationError):
        Claim.model_validate(good | change)


def test_what_the_text_says_is_not_sharpened() -> None:
    assert "unopposed" not in CLAIMS["narco_tanks"].paraphrase
    assert "such as" in CLAIMS["narco_tanks"].paraphrase
    assert "reportedly" in CLAIMS["fired_on_bp"].paraphrase
