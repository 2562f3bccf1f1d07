"""The rule of confidence over planted inputs: each support counts one, and none counts by halves."""

from __future__ import annotations

from typing import Any

import pytest

from premortem.evidence import confidence as rule
from premortem.evidence import outcomes
from premortem.evidence.confidence import Met, confidence
from premortem.evidence.skill import MODEL, Line, load

KNOWN = frozenset({"counted"})
NOTHING = Met(0, 0)


def line(ratio: float = 0.9, in90: float = 0.9) -> Line:
    given: dict[str, Any] = {"target": "t", "title": "T", "unit": "person", "places": "nation", "yearly": True}
    return Line(**given, first=1, last=1, cases=9, scores={MODEL: ratio, "pool": 1.0, "ets": 1.5}, in50=0.5, in90=in90)


GOOD = (line(),) * 3 + (line(1.1),)


@pytest.mark.parametrize(
    ("forecasts", "tested", "inputs", "word"),
    [
        ((), NOTHING, {}, "very_low"),
        (GOOD, NOTHING, {}, "low"),
        ((), Met(2, 2), {}, "low"),
        ((), NOTHING, {"counted": -0.5}, "low"),
        (GOOD, Met(3, 2), {}, "moderate"),
        (GOOD, Met(3, 2), {"counted": 0.5, "assumed": 0.4}, "high"),
    ],
)
def test_each_support_counts_one(forecasts: tuple[Line, ...], tested: Met, inputs: dict[str, float], word: str) -> None:
    found = confidence(forecasts, tested, inputs, KNOWN)
    assert found.word == word
    assert len(found.reasons) == 3


def test_forecasts_count_that_win_and_whose_ranges_hold_in_three_rows_of_four() -> None:
    assert confidence(GOOD, NOTHING, {}, KNOWN).forecast
    assert not confidence((line(), line(), line(1.1), line(1.1)), NOTHING, {}, KNOWN).forecast
    for dishonest in (line(in90=0.7), line(in90=1.0)):
        assert not confidence((line(), line(), dishonest, dishonest), NOTHING, {}, KNOWN).forecast


def test_effects_count_only_with_power_and_more_met_than_missed() -> None:
    assert not confidence((), Met(4, 2), {}, KNOWN).findings
    assert confidence((), Met(4, 3), {}, KNOWN).findings


def test_what_a_plan_leaves_open_is_no_evidence() -> None:
    inputs = {"counted": 0.3, "open.duration_weeks": 0.9, "assumed": 0.29}
    assert confidence((), NOTHING, inputs, KNOWN).measured
    assert not confidence((), NOTHING, inputs | {"assumed": 0.31}, KNOWN).measured
    assert not confidence((), NOTHING, {"open.duration_weeks": 0.9}, KNOWN).measured


def test_every_outcome_has_a_word_and_each_named_series_is_scored() -> None:
    scored = {one.target for one in load().lines}
    assert set(rule.FORECAST) <= set(outcomes.load())
    assert {target for targets in rule.FORECAST.values() for target in targets} <= scored
    for outcome in outcomes.load():
        assert rule.of(outcome).word in rule.WORDS


def test_only_effects_kept_for_testing_with_power_and_no_check_of_consistency_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    import json

    plain = {"use": "test", "power": True, "consistency": [], "verdict": "inside", "outcome": "homicides_mx"}
    results = [
        plain,
        plain | {"verdict": "outside"},
        plain | {"use": "train"},
        plain | {"power": False},
        plain | {"consistency": ["cited"]},
    ]
    (tmp_path / rule.VALIDATED).write_text(json.dumps({"results": results}), encoding="utf-8")
    monkeypatch.setattr(rule, "data", lambda: tmp_path)
    assert rule.tested.__wrapped__() == {"homicides_mx": Met(2, 1)}
