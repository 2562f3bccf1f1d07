"""Three values: the laws of Kleene's logic, and numbers known only to lie in a range."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from premortem.lint.logic import FALSE, TRUE, Span, Truth, all_of, any_of, opened

OPEN = opened("a")
VALUES = (FALSE, OPEN, TRUE)


@pytest.mark.parametrize(("left", "right"), tuple(product(VALUES, VALUES)))
def test_and_is_the_lesser_or_the_greater_not_two_less(left: Truth, right: Truth) -> None:
    assert (left & right).level == min(left.level, right.level)
    assert (left | right).level == max(left.level, right.level)
    assert (~left).level == 2 - left.level


truths = st.one_of(
    st.just(FALSE), st.just(TRUE), st.sets(st.sampled_from("abc"), min_size=1).map(lambda names: opened(*names))
)


@given(truths, truths)
def test_de_morgan_holds_with_the_fields_that_matter(left: Truth, right: Truth) -> None:
    assert ~(left & right) == (~left | ~right)
    assert ~(left | right) == (~left & ~right)


def test_only_open_parts_that_decide_are_depended_on() -> None:
    assert (TRUE & opened("a") & opened("b")).depends == {"a", "b"}
    assert (FALSE & opened("a")).depends == frozenset()
    assert (TRUE | opened("a")).depends == frozenset()
    assert (FALSE | opened("a")).depends == {"a"}


def test_a_truth_refuses_to_be_a_plain_condition() -> None:
    with pytest.raises(TypeError, match="three-valued"):
        bool(OPEN)


def test_none_of_nothing_and_all_of_nothing() -> None:
    assert any_of(()) == FALSE
    assert all_of(()) == TRUE


numbers = st.floats(0, 1e6)
spans = st.tuples(numbers, numbers).map(lambda ends: Span(min(ends), max(ends), frozenset("a")))


@given(spans, numbers, st.floats(0, 1))
def test_a_comparison_is_surely_true_only_if_it_is_for_every_number_in_the_range(
    span: Span, limit: float, share: float
) -> None:
    inside = span.low + share * (span.high - span.low)
    assert span.low <= inside <= span.high or math.isclose(inside, span.high)
    inside = min(inside, span.high)
    for truth, actual in ((span.over(limit), inside > limit), (span.under(limit), inside < limit)):
        assert truth.is_open or truth.is_true == actual


def test_sums_products_and_caps_keep_what_they_depend_on() -> None:
    total = Span.of(5) + Span.unknown("a", 1, 3)
    assert total == Span(6, 8, frozenset({"a"}))
    assert total.times(2) == Span(12, 16, frozenset({"a"}))
    assert total.capped(7) == Span(6, 7, frozenset({"a"}))
    assert total.capped(6) == Span.of(6)
    assert Span.unknown("a").times(0) == Span(0, 0, frozenset({"a"}))
