"""Predictions as conditions: read as plans read them, judged in both readings, and none left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from premortem.analysis import hypotheses
from premortem.analysis.hypotheses import Hypothesis, Part, judge
from premortem.evidence import ledger
from premortem.plan.controls.arrays import values
from premortem.plan.controls.program import holds
from premortem.plan.language.expression import Condition, unit_of
from premortem.study.store import Store

UNITS = dict.fromkeys(("a", "b"), unit_of("person"))


@pytest.mark.parametrize(
    "text",
    [
        "a > b",
        "avg(a, 4) >= 0.95 * avg(b, 4)",
        "change(a, 3) < 0 or not b > 2",
        "a / b > 1 and -a < 0",
        "avg(a - b, 260) <= 1",
        "true",
    ],
)
def test_conditions_are_read_over_all_futures_as_they_are_defined_week_by_week(text: str) -> None:
    luck = np.random.default_rng(3)
    seen = {name: luck.integers(0, 4, (6, 12)).astype(float) for name in UNITS}
    seen["b"][2, :5] = np.nan
    condition = Condition.parse(text, UNITS)
    found = np.broadcast_to(values(condition.tree, seen.__getitem__), (6, 12))
    for future in range(6):
        known = {name: array[future] for name, array in seen.items()}
        assert [bool(x) for x in found[future]] == [holds(condition, known, week) for week in range(12)]


def test_every_prediction_of_the_table_and_both_of_the_op_ed_are_judged_or_say_why_not() -> None:
    predicted = {str(row["id"]) for row in ledger.load().tables[hypotheses.TABLE].rows}
    predicted |= {ident for ident, claim in ledger.load().claims.items() if claim.kind == "prediction"}
    assert len(predicted) == 34
    assert {one.id for one in hypotheses.hypotheses()} == predicted
    for one in hypotheses.hypotheses():
        assert all(one.said)
        assert bool(one.cannot) != bool(one.holds)
    known = hypotheses.plans()
    assert {one.plan for one in hypotheses.hypotheses() if one.plan} <= set(known)
    assert next(iter(known)) == hypotheses.BASELINE


def test_a_condition_that_is_none_is_refused() -> None:
    for text in ("homicides > 3", "displaced > trade_lost", "base_base_members > 0"):
        with pytest.raises(ValidationError):
            Part(when="end", condition=text)
    with pytest.raises(ValidationError, match="needs plan, reads and holds, or cannot"):
        Hypothesis(id="x", plan="kingpin", cannot="it cannot")


FUTURES, WEEKS = 60, 8


@dataclass
class Made:
    """A made-up study: under the plan displaced people are those of the baseline plus what was drawn, more if it is carried out."""

    reading: str = "as_likely"

    @property
    def provenance(self) -> Any:
        return type(
            "About",
            (),
            {"plans": ("status_quo", "p"), "outcomes": ("displaced", "us_killed"), "keep": ("weekly", "draws")},
        )

    def under(self, reading: str) -> Made:
        return Made(reading)

    @property
    def moved(self) -> Any:
        return np.linspace(-1, 1, FUTURES) + (2.0 if self.reading == "carried_out" else 0.0)

    def read(self, name: str, plan: str, outcome: int) -> Any:
        assert (name, outcome) == ("weekly", 0)
        shift = self.moved if plan == "p" else np.zeros(FUTURES)
        ramp = np.linspace(0, 1, WEEKS)
        return 100 + shift[:, None] * ramp

    def table(self) -> pl.LazyFrame:
        whole = {"future": np.arange(FUTURES), "fault": [None] * FUTURES, "start_week": [2] * FUTURES}
        return pl.concat([pl.LazyFrame({"plan": [plan] * FUTURES, **whole}) for plan in ("status_quo", "p")])

    def draws(self) -> pl.LazyFrame:
        luck = np.random.default_rng(1)
        return pl.LazyFrame(
            {
                "future": np.arange(FUTURES),
                "luck": np.arange(FUTURES),
                "decisive": np.linspace(0, 1, FUTURES),
                "idle": luck.random(FUTURES),
            }
        )


def test_a_prediction_is_the_share_of_futures_under_each_reading_with_what_decides_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holds_at_end = Hypothesis(
        id="more", plan="p", reads="more", holds=(Part(when="end", condition="displaced > base_displaced"),)
    )
    ever = Hypothesis(
        id="ever",
        plan="p",
        reads="some week",
        holds=(
            Part(when="ever", condition="displaced > 100.5"),
            Part(when="end", condition="displaced < 100.9"),
        ),
    )
    other = Hypothesis(id="o", plan="q", reads="no such plan", holds=holds_at_end.holds)
    kept_out = Hypothesis(id="k", plan="p", reads="no such outcome", holds=(Part(when="end", condition="members < 1"),))
    unsaid = Hypothesis(id="u", cannot="it cannot")
    monkeypatch.setattr(hypotheses, "hypotheses", lambda: (holds_at_end, ever, other, kept_out, unsaid))
    more, some, lacking, not_kept, none = judge(cast("Store", Made()))
    assert more.found["as_likely"].share == pytest.approx(0.5)
    assert more.found["carried_out"].share == 1.0
    assert list(more.found["as_likely"].decides) == ["decisive"]
    assert more.found["carried_out"].decides == {}
    moved = Made().moved
    assert some.found["as_likely"].share == pytest.approx(((moved > 0.5) & (moved < 0.9)).mean())
    assert lacking.found == not_kept.found == none.found == {}
