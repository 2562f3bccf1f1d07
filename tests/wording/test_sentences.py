import re

import pytest

from premortem.analysis.compare import Expected, Interval, OutcomeComparison
from premortem.evidence import outcomes
from premortem.evidence.ledger import load as load_ledger
from premortem.wording.languages import LANGUAGES, messages
from premortem.wording.numbers import scale
from premortem.wording.quantities import measured
from premortem.wording.sentences import Shown, finding, statement
from tests.report.test_page import reading_grade

SOME = Interval(-300.0, -500.0, -100.0)


def line(outcome: str, *, levels: Interval = SOME, difference: Interval = SOME, **more: object) -> OutcomeComparison:
    expected = Expected(levels.median, levels.median + difference.median)
    info = outcomes.load()[outcome]
    matters = info.mattering(expected.baseline)
    return OutcomeComparison(info, levels, levels, difference, expected, matters, 0.8, 0.1, 0.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "outcome", "expected"),
    [
        (
            "en",
            "us_soil_attacks",
            "Average change: \N{MINUS SIGN}300 attacks (9 futures in 10: \N{MINUS SIGN}500 to \N{MINUS SIGN}100).",
        ),
        (
            "es",
            "us_soil_attacks",
            "Cambio medio: \N{MINUS SIGN}300 ataques (9 de cada 10 futuros: \N{MINUS SIGN}500 a \N{MINUS SIGN}100).",
        ),
        ("en", "homicides_mx", "\N{MINUS SIGN}300 deaths"),
        ("es", "homicides_mx", "\N{MINUS SIGN}300 muertes"),
        ("en", "abuse_complaints", "\N{MINUS SIGN}300 complaints"),
        ("es", "displaced", "\N{MINUS SIGN}300 personas"),
    ],
)
def test_counts_are_given_with_what_they_count(language: str, outcome: str, expected: str) -> None:
    assert expected in statement(line(outcome), messages(language)).sentence


@pytest.mark.parametrize(
    ("language", "level", "change"), [("en", "42.0 %", "percentage points"), ("es", "42.0 %", "puntos porcentuales")]
)
def test_a_share_is_given_in_per_cent_and_its_change_in_percentage_points(
    language: str, level: str, change: str
) -> None:
    share = line("control_organisations", levels=Interval(0.42, 0.3, 0.5), difference=Interval(0.004, -0.02, 0.03))
    found = statement(share, messages(language))
    assert found.levels[0].startswith(level)
    assert f"+0.4 {change}" in found.sentence
    assert "%" not in found.sentence.partition("+0.4")[2]
    assert change in found.measure


def test_one_is_given_in_the_singular() -> None:
    one = line("us_soil_attacks", levels=Interval(1.0, 0.0, 4.0), difference=Interval(1.0, 0.0, 3.0))
    found = statement(one, messages("en"))
    assert found.levels[0] == "1 attack (9 futures in 10: 0 to 4)"
    assert "Average change: +1 attack (" in found.sentence
    assert "+1 ataque (" in statement(one, messages("es")).sentence


def test_what_holds_or_not_is_given_as_the_share_of_futures_in_which_it_does() -> None:
    ends = line("stopped_by_congress", levels=Interval(0, 0, 1), difference=Interval(0, 0, 1), true_in=(0.0, 0.23))
    found = statement(ends, messages("en"))
    assert found.levels == ("0 % of futures", "23 % of futures")
    assert found.difference == Shown("+23", "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_outcome_is_given_in_words_that_read_easily(language: str) -> None:
    for id_ in outcomes.load():
        found = statement(line(id_), messages(language))
        for text in (found.sentence, *found.levels, found.measure):
            assert not re.search(r"\(number\)|\(número\)|_|[a-z]/[a-z]", text), text
        assert not re.search(r"\d %", found.sentence.partition("worse in ")[2].partition(". ")[2]), found.sentence
        if language == "en":
            assert reading_grade(found.sentence) < 12, found.sentence


def test_every_unit_of_the_evidence_is_given_in_words() -> None:
    for unit in {fact.unit for fact in load_ledger().facts.values() if fact.value is not None}:
        assert not re.search(r"[/_*()]", measured(unit)), unit


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_of_an_outcome_has_words_in_every_language(language: str) -> None:
    texts = messages(language).texts
    for info in outcomes.load().values():
        unit = scale(info.unit, ()).unit
        assert unit in {"%", "USD"} or {f"unit.{unit}", f"unit.{unit}.other"} & texts.keys(), unit


@pytest.mark.parametrize(
    ("outcome", "better", "same", "worse", "expected"),
    [
        ("us_killed", 0.0, 0.38, 0.62, "+300 deaths on average, higher in 62 %, about the same in 38 % of futures"),
        ("us_killed", 0.0, 0.97, 0.03, "US personnel killed: about the same in 97 % of futures"),
        ("us_killed", 0.0, 0.1, 0.9, "US personnel killed: +300 deaths on average, higher in 90 % of futures"),
        ("mx_cooperation", 0.06, 0.26, 0.68, "lower in 68 %, about the same in 26 %, higher in 6 % of futures"),
        ("mx_cooperation", 0.5, 0.0, 0.5, "lower in 50 %, higher in 50 % of futures"),
    ],
)
def test_the_title_of_a_picture_is_its_finding_ties_included(
    outcome: str, better: float, same: float, worse: float, expected: str
) -> None:
    level = 300.0 if outcome == "us_killed" else 0.3
    spread = Interval(level, level / 2, 2 * level)
    info = outcomes.load()[outcome]
    one = OutcomeComparison(info, spread, spread, spread, Expected(0.0, level), 0.0, better, same, 0.0)
    assert one.share_worse == pytest.approx(worse)
    assert finding(statement(one, messages("en")), messages("en")).endswith(expected)
