"""Conditions that can never change are found, and no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from premortem.lint.conditions import constancy
from premortem.plan.controls.program import holds
from premortem.plan.language import catalogue
from premortem.plan.language.expression import Condition


@pytest.mark.parametrize(
    "text",
    [
        "us_support > 1",
        "us_killed < 0",
        "1 < 0",
        "false",
        "us_killed > 5 and us_support < 0",
        "avg(us_support, 4) > 1.5",
        "-us_killed > 0",
        "change(us_support, 8) > 1",
        "us_support + mx_support > 2",
    ],
)
def test_a_condition_that_can_never_hold_is_found(text: str) -> None:
    assert not constancy(Condition.parse(text)).possible


@pytest.mark.parametrize("text", ["us_killed >= 0", "true", "not us_support > 1", "us_support <= 1 or us_killed > 3"])
def test_a_condition_that_always_holds_is_found(text: str) -> None:
    assert constancy(Condition.parse(text)).is_true


@pytest.mark.parametrize(
    "text", ["us_killed > 50", "1 / us_killed > 0", "us_killed / us_killed > 2", "us_support > 0.4"]
)
def test_a_condition_that_may_change_is_open(text: str) -> None:
    assert constancy(Condition.parse(text)).is_open


numbers = st.integers(-3, 3).map(lambda n: f"{n / 2:g}" if n >= 0 else f"-{-n / 2:g}")
shares = st.sampled_from(("us_support", "mx_support"))


def sums(leaf: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(st.sampled_from(("avg", "change")), inner, st.integers(1, 3)).map(
                lambda t: f"{t[0]}({t[1]}, {t[2]})"
            ),
        ),
        max_leaves=4,
    )


comparisons = st.tuples(sums(st.one_of(shares, numbers)), st.sampled_from(("<", "<=", ">", ">=")), numbers).map(
    lambda t: f"{t[0]} {t[1]} {t[2]}"
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda c: f"(not {c})"),
    ),
    max_leaves=3,
)


@given(conditions, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=4, max_size=6))
def test_what_is_called_constant_is_so_on_any_history(text: str, history: list[tuple[float, float]]) -> None:
    condition = Condition.parse(text)
    known = {"us_support": [a for a, _ in history], "mx_support": [b for _, b in history]}
    verdict = constancy(condition)
    if not verdict.is_open:
        assert all(holds(condition, known, week) is verdict.is_true for week in range(len(history)))


def test_shares_and_indexes_are_all_that_is_bounded_above() -> None:
    bounded = {o.id for o in catalogue.observables().values() if o.unit in {"share", "index"}}
    assert {"us_support", "mx_consent", "mx_support", "border_throughput"} == bounded
