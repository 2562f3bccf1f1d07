import math
import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from premortem.plan.controls.program import holds, program
from premortem.plan.language import catalogue
from premortem.plan.language.expression import Condition, ConditionError, unit_of

NAN = math.nan


def refused(text: str) -> ConditionError:
    with pytest.raises(ConditionError) as error:
        Condition.parse(text)
    return error.value


def now(text: str, **known: float | list[float]) -> bool:
    series = {name: value if isinstance(value, list) else [value] for name, value in known.items()}
    return holds(Condition.parse(text), series, max((len(values) for values in series.values()), default=1) - 1)


@pytest.mark.parametrize(
    ("text", "kind", "offset"),
    [
        ("", "expr_syntax", 0),
        ("week >", "expr_syntax", 6),
        ("week > 3 4", "expr_syntax", 9),
        ("week == 3", "expr_syntax", 5),
        ("week > 3 or", "expr_syntax", 11),
        ("(week > 3", "expr_syntax", 9),
        ("1 < week < 3", "expr_syntax", 9),
        ("avg(week) > 3", "expr_syntax", 8),
        ("avg(week, 2.5) > 3", "expr_syntax", 10),
        ("avg(week, week) > 3", "expr_syntax", 10),
        ("and > 3", "expr_syntax", 0),
        ("us_killed.real > 3", "expr_syntax", 9),
        ("__import__ > 3", "expr_unknown_name", 0),
        ("open > 3", "expr_unknown_name", 0),
        ("w\u0435ek > 3", "lookalike", 0),
        ("week > \u0663", "expr_syntax", 7),
        ("week", "expr_type", 0),
        ("week + true > 3", "expr_type", 7),
        ("not week", "expr_type", 4),
        ("week > 3 and week", "expr_type", 13),
        ("(week > 3) > 2", "expr_type", 0),
        ("avg(week > 3, 4) > 2", "expr_syntax", 9),
        ("week > us_killed", "expr_unit", 5),
        ("week + us_killed > 3", "expr_unit", 5),
        ("homicides_mx_week > us_killed", "expr_unit", 18),
        ("week * us_killed > us_killed", "expr_unit", 17),
        ("avg(week, 0) > 3", "out_of_range", 10),
        ("change(week, 261) > 3", "out_of_range", 13),
        ("week > 1e999", "not_finite", 7),
        ("week > " + "1 + " * 130 + "1", "too_large", 0),
        ("(" * 33 + "week" + ")" * 33 + " > 1", "too_large", 32),
        ("-" * 201 + "1 > 0", "too_large", 200),
    ],
)
def test_what_is_not_of_the_language_is_refused_at_its_place(text: str, kind: str, offset: int) -> None:
    error = refused(text)
    assert (error.kind, error.offset) == (kind, offset)


def test_products_combine_units_and_a_literal_counts_as_a_pure_number_in_them() -> None:
    for text in (
        "homicides_mx_week * week > us_killed",
        "us_killed / week > homicides_mx_week",
        "us_killed * 2 > us_wounded",
        "fentanyl_price_usd_per_g / 2 < 100",
        "us_killed / us_wounded < 0.5",
        "avg(homicides_mx_week, 8) - change(homicides_mx_week, 8) > 5",
        "2 * 3 + 1 < week",
    ):
        Condition.parse(text)
    assert refused("us_killed / us_wounded > us_killed").kind == "expr_unit"
    assert unit_of("kg/week") == (("kg", 1), ("week", -1))


def test_and_binds_closer_than_or_and_not_closer_than_and() -> None:
    assert now("week > 0 or week > 5 and week > 9", week=1)
    assert not now("(week > 0 or week > 5) and week > 9", week=1)
    assert now("not week > 5 and week > 0", week=1)
    assert now("not not week > 0", week=1)


def test_arithmetic_has_the_usual_order() -> None:
    assert now("1 + 2 * 3 - 4 / 2 >= 5 and 1 + 2 * 3 - 4 / 2 <= 5")
    assert now("8 - 4 - 2 <= 2 and 8 / 4 / 2 <= 1")
    assert now("-2 * -3 >= 6")


def test_a_division_by_nearly_nothing_makes_its_comparison_false_whichever_way_it_points() -> None:
    assert not now("us_killed / us_wounded > 0", us_killed=1, us_wounded=0)
    assert not now("us_killed / us_wounded < 0", us_killed=1, us_wounded=1e-13)
    assert now("not us_killed / us_wounded > 0", us_killed=1, us_wounded=0)
    assert now("us_killed / us_wounded > 0", us_killed=1, us_wounded=1e-11)


def test_a_value_that_is_not_known_yet_makes_its_comparison_false() -> None:
    assert not now("displaced < 5", displaced=NAN)
    assert now("displaced < 5 or week < 5", displaced=NAN, week=0)


def test_windows_shorten_to_the_weeks_that_exist_and_are_known() -> None:
    assert now("avg(week, 4) >= 1.5 and avg(week, 4) <= 1.5", week=[0, 1, 2, 3])
    assert now("avg(week, 260) >= 0.5 and avg(week, 260) <= 0.5", week=[0, 1])
    assert now("change(week, 2) >= 2 and change(week, 260) >= 3", week=[0, 1, 2, 3])
    assert now("change(week, 5) <= 0 and change(week, 5) >= 0", week=[7])
    assert now("avg(displaced, 3) >= 4", displaced=[NAN, NAN, 4])
    assert now("change(displaced, 3) >= 2", displaced=[NAN, 4, 6])
    assert not now("avg(displaced, 3) >= 0", displaced=[NAN, NAN])


OBSERVED = ("us_killed", "us_wounded")
numbers = st.integers(0, 9).map(str) | st.sampled_from(OBSERVED)
sums = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-"), inner),
        st.builds("(-{})".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(["avg", "change"]), inner, st.integers(1, 5)),
    ),
    max_leaves=6,
)
conditions = st.recursive(
    st.builds("{} {} {}".format, sums, st.sampled_from(["<", "<=", ">", ">="]), sums),
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)
series = st.lists(st.one_of(st.integers(-9, 9), st.just(NAN)), min_size=7, max_size=7)


def run_postfix(condition: Condition, known: dict[str, list[float]], week: int) -> bool:
    """The program as the simulation runs it: week after week, a memory for each window."""
    tokens = program(condition)
    memories: list[list[float]] = [[] for _ in tokens]
    for at in range(week + 1):
        stack: list[float] = []
        for (op, value), memory in zip(tokens, memories, strict=True):
            if op in {"avg", "change"}:
                memory.append(stack.pop())
                seen = memory[-int(value) - (op == "change") :]
                there = [x for x in seen if not math.isnan(x)]
                result = sum(there) / len(there) if op == "avg" and there else seen[-1] - there[0] if there else NAN
                stack.append(result)
            elif op in {"number", "observed"}:
                stack.append(float(value) if op == "number" else known[str(value)][at])
            elif op in {"neg", "not"}:
                stack.append(-stack.pop() if op == "neg" else not stack.pop())
            else:
                right, left = stack.pop(), stack.pop()
                table = {"+": operator.add, "-": operator.sub, "<": operator.lt, "<=": operator.le, ">": operator.gt}
                table |= {">=": operator.ge, "and": lambda a, b: a and b, "or": lambda a, b: a or b}
                stack.append(table[op](left, right))
    return bool(stack.pop())


@given(conditions, series, series)
def test_the_postfix_program_run_week_by_week_gives_what_the_definition_says(
    text: str, killed: list[float], wounded: list[float]
) -> None:
    if len(text) > 500:
        return
    condition = Condition.parse(text)
    known = {"us_killed": killed, "us_wounded": wounded}
    assert [run_postfix(condition, known, week) for week in range(7)] == [
        holds(condition, known, week) for week in range(7)
    ]


@given(st.text(alphabet="abcdefg_()+-*/<>=., 0123456789\u00e9\u0430", max_size=60))
def test_no_text_ends_in_anything_but_a_condition_or_a_refusal(text: str) -> None:
    try:
        parsed = Condition.parse(text)
    except ConditionError as error:
        offset, message = error.offset, error.message
    else:
        offset, message = 0, str(parsed)
    assert 0 <= offset <= len(text)
    assert message == text or message


def test_every_observable_can_stand_in_a_condition() -> None:
    for name in catalogue.observables():
        assert Condition.parse(f"{name} > 1").observables == (name,)
