"""Pages made from stored results say what is stored, planted results included: losses, what is not known, and what would settle it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from premortem import theatre
from premortem.analysis import hypotheses
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
            assert (f"`{name}`" in bare) == (name not in covered and parameters.load()[name].lasting)
            for fact in parameters.load()[name].facts:
                assert f"`{fact}`" in text
            assert research_agenda.known()[name].settles in text
            assert research_agenda.known()[name].evidence in text


def test_what_was_looked_up_is_of_parameters_and_an_assumption_has_a_source_beside_its_facts() -> None:
    for name, one in research_agenda.known().items():
        assert parameters.load()[name].facts or one.sources, name
        assert all(source.url.startswith("http") for source in one.sources)


def test_worths_stand_beside_those_of_inputs_that_decide_nothing_in_the_same_study(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored, chance = confidence.decides(), research_agenda.by_chance()
    assert chance.code == stored.code
    assert chance.tried >= 100
    planted = dict.fromkeys(AGENDA, (1.0, 1000000000.0)) | {AGENDA[0]: (5.0, 100.0)}
    monkeypatch.setattr(research_agenda, "by_chance", lambda: chance.model_copy(update={"worth": planted}))
    text = research_agenda.page()
    above = sum(worth[AGENDA[0]][0] > 100 for worth in stored.worth.values())
    assert f"violent deaths in Mexico, all causes: {above};" in text
    assert "| an input that decides nothing |" in text
    assert "| 5; one in twenty more than 100 |" in text


def test_every_proposed_study_informs_parameters_that_there_are() -> None:
    assert {name for one in read_proposed() for name in one.informs} <= set(parameters.load())


def test_predictions_of_strikes_are_read_against_none_and_name_those_of_the_start() -> None:
    known, level = {one.id: one for one in hypotheses.hypotheses()}, theatre.load().levers["sea.strikes"]
    assert f"{level} a week" in known["pro03"].reads
    strikes = [
        measure for measure in hypotheses.plans()[known["pro03"].against].plan.measure if measure.lever == "sea.strikes"
    ]
    assert [measure.level for measure in strikes] == [0]
