"""Pages made from stored results say what is stored, planted results included: losses, what is not known, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from premortem.decisions.voi import read_proposed
from premortem.evidence import calibrated, confidence, parameters, skill
from premortem.evidence.confidence import AGENDA, Met
from premortem.report import research_agenda, what_to_believe


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What is remembered of planted results is forgotten again."""
    confidence.of.cache_clear()
    yield
    confidence.of.cache_clear()


def test_the_page_to_quote_counts_what_is_lost_and_says_when_nothing_was_tested(
    forgotten: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [one for one in skill.load().lines if one.protocol == "all"]
    lost = sum(one.ratio > 1 for one in usual)
    monkeypatch.setattr(confidence, "tested", dict)
    text = what_to_believe.page()
    assert f"loses {lost} of {len(usual)} comparisons" in text
    assert "no published effect that was kept for testing has been run with power yet" in text
    confidence.of.cache_clear()
    monkeypatch.setattr(confidence, "tested", lambda: {"homicides_mx": Met(5, 1)})
    planted = what_to_believe.page()
    assert "of 5 published effects that were kept for testing and have power, it meets 1" in planted
    assert "| Homicides in Mexico | 5 | 1 |" in planted


def test_what_the_fit_informs_is_named_with_before_and_after() -> None:
    fit = calibrated.find(calibrated.DEFAULT)
    assert fit is not None
    text = what_to_believe.page()
    for one in fit.touched:
        if one.parameter in fit.informed:
            assert f"`{one.name}` from {one.prior[0]:.3g} to {one.posterior[0]:.3g}" in text


def test_the_agenda_has_the_inputs_that_decide_most_with_evidence_and_worth_and_says_what_nobody_proposed() -> None:
    stored, text = confidence.decides(), research_agenda.page()
    assert list(stored.worth) == list(stored.scores)[: len(stored.worth)], "in the order in which one half chose them"
    assert len(stored.worth) == 20
    assert all(set(worth) == set(AGENDA) for worth in stored.worth.values())
    covered = {name for one in read_proposed() for name in one.informs}
    bare = text.split("Without a proposed study: ")[1]
    for name in stored.worth:
        if name in parameters.load():
            assert (f"`{name}`" in bare) == (name not in covered)
            for fact in parameters.load()[name].facts:
                assert f"`{fact}`" in text


def test_every_proposed_study_informs_parameters_that_there_are() -> None:
    assert {name for one in read_proposed() for name in one.informs} <= set(parameters.load())
