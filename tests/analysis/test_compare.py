from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest

from premortem.analysis.compare import compare, headlines
from premortem.errors import InputError


def table(**columns: Mapping[str, Sequence[float | None]]) -> pl.DataFrame:
    """Return a table from plan -> outcome -> values."""
    return pl.concat(
        pl.DataFrame(
            {
                "plan": [plan] * len(next(iter(values.values()))),
                "future": range(len(next(iter(values.values())))),
                "fault": pl.Series([None] * len(next(iter(values.values()))), dtype=pl.String),
                **values,
            }
        )
        for plan, values in columns.items()
    )


def test_a_difference_is_taken_future_by_future_not_between_medians() -> None:
    both = table(a={"members": [10.0, 20.0, 30.0]}, b={"members": [11.0, 22.0, 27.0]})
    line = compare(both, "b", "a").lines[0]
    assert (line.baseline.median, line.plan.median, line.difference.median) == (20, 22, 1)
    assert (line.difference.low, line.difference.high) == pytest.approx(np.quantile([1, 2, -3], [0.05, 0.95]))


def test_better_follows_the_direction_and_ties_count_for_neither() -> None:
    values = {"members": [1.0, 2.0, 3.0, 4.0], "mx_cooperation": [0.1, 0.2, 0.3, 0.4], "campaign_weeks": [0.0] * 4}
    other = {"members": [1.0, 1.0, 1.0, 9.0], "mx_cooperation": [0.1, 0.1, 0.1, 0.9], "campaign_weeks": [0.0] * 4}
    lines = {line.outcome.id: line for line in compare(table(a=values, b=other), "b", "a").lines}
    assert (lines["members"].share_better, lines["members"].share_same) == (0.5, 0.25)
    assert (lines["mx_cooperation"].share_better, lines["mx_cooperation"].share_same) == (0.25, 0.25)
    assert (lines["campaign_weeks"].share_better, lines["campaign_weeks"].share_same) == (None, 1.0)


def test_a_future_that_failed_under_one_plan_is_left_out_of_both_and_counted() -> None:
    both = table(a={"members": [1.0, 2.0, 3.0]}, b={"members": [1.0, None, 5.0]})
    both = both.with_columns(fault=pl.when(pl.col("members").is_null()).then(pl.lit("week 3: arms")))
    result = compare(both, "b", "a")
    assert (result.futures, result.failed) == (2, {"week 3: arms": 1})
    assert result.lines[0].baseline.median == 2.0


def test_an_unknown_plan_is_named_with_the_nearest_one() -> None:
    both = table(status_quo={"members": [1.0]}, other={"members": [1.0]})
    with pytest.raises(InputError, match="did you mean 'status_quo'"):
        compare(both, "other", "status_qo")


def test_plans_without_a_finished_pair_cannot_be_compared() -> None:
    both = table(a={"members": [1.0]}, b={"members": [None]})
    both = both.with_columns(fault=pl.when(pl.col("members").is_null()).then(pl.lit("week 0: arms")))
    with pytest.raises(InputError, match="week 0: arms"):
        compare(both, "b", "a")


def test_headlines_keep_the_order_of_the_table_of_outcomes() -> None:
    values = {"us_killed": [1.0], "members": [1.0], "price_pure": [1.0]}
    result = compare(table(a=values, b=values), "a", "b")
    assert [line.outcome.id for line in headlines(result.lines)] == ["members", "us_killed"]


def test_trifles_are_about_the_same_and_count_for_neither_side() -> None:
    """Overdose deaths were "worse in 59 % of futures" that differed by less than 1 %."""
    before = [100.0, 100.0, 100.0, 100.0]
    after = [100.5, 100.9, 99.5, 90.0]
    line = compare(table(a={"overdose_deaths": before}, b={"overdose_deaths": after}), "b", "a").lines[0]
    assert (line.matters, line.about_same, line.share_better, line.share_worse) == (1.0, 0.75, 0.25, 0.0)
    assert (line.share_same, line.verdict) == (0.0, "same")


@pytest.mark.parametrize(
    ("better", "worse", "verdict"),
    [
        (0, 35, "worse"),  # a harm of one side alone: nobody argues the other
        (35, 0, "better"),
        (4, 40, "worse"),
        (5, 40, "open"),
        (0, 25, "same"),
        (75, 25, "better"),
        (40, 60, "open"),
    ],
)
def test_what_moves_one_way_only_is_not_open(better: int, worse: int, verdict: str) -> None:
    before = [1000.0] * 100
    after = [900.0] * better + [1100.0] * worse + [1000.0] * (100 - better - worse)
    line = compare(table(a={"displaced": before}, b={"displaced": after}), "b", "a").lines[0]
    assert (line.verdict, line.as_json()["verdict"]) == (verdict, verdict)


def test_near_zero_the_least_difference_that_matters_is_in_the_unit_of_the_outcome() -> None:
    line = compare(table(a={"us_killed": [0.0, 0.0]}, b={"us_killed": [0.4, 30.0]}), "b", "a").lines[0]
    assert (line.matters, line.about_same, line.share_worse) == (1.0, 0.5, 0.5)


def test_skewed_outcomes_show_their_average_and_their_worst_twentieth() -> None:
    cost = [0.0] * 90 + [1e12] * 10
    line = compare(table(a={"trade_lost": [0.0] * 100}, b={"trade_lost": cost}), "b", "a").lines[0]
    assert (line.difference.median, line.expected.difference, line.tail) == (0, 1e11, 1e12)
    up = compare(
        table(a={"mx_cooperation": [0.5] * 100}, b={"mx_cooperation": [0.5] * 90 + [0.1] * 10}), "b", "a"
    ).lines[0]
    assert up.tail == pytest.approx(-0.4)
    assert up.as_json()["expected"] == pytest.approx({"baseline": 0.5, "plan": 0.46, "difference": -0.04})
