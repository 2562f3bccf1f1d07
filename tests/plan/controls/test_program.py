"""Conditions in the simulation give what their definition says."""

import dataclasses
import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from premortem import theatre
from premortem.model import campaign
from premortem.model.conditions import STEPS, Conditions, encode, evaluate
from premortem.model.controls import Branch, Controls, Observable
from premortem.model.luck import Luck
from premortem.plan.controls.compile import compile_plan
from premortem.plan.controls.program import holds, program
from premortem.plan.language import catalogue
from premortem.plan.language.expression import Binary, Condition, Literally, Node, Observed, Unary, Window
from premortem.plan.language.load import load_text

WEEKS = 16
SERIES = {
    "us_killed": [0, 0, 3, 0, 1, 0, 0, 9, 0, 0, 0, 2, 0, 0, 0, 0],
    "us_wounded": [0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0],
    "apprehensions_week": [70, 60, 90, 50, 40, 30, 80, 20, 10, 5, 60, 70, 90, 95, 99, 10],
}
CONDITIONS = [
    "us_killed > 3",
    "us_killed > 3 and us_wounded > 4",
    "us_killed > 12 or us_wounded > 4",
    "not us_killed < 4",
    "us_killed / us_wounded < 3",
    "avg(us_killed, 4) > 3",
    "change(us_killed, 3) > 8",
    "change(avg(us_killed, 3), 2) > 2.5",
    "avg(change(us_killed + us_wounded, 2), 3) >= 5",
    "apprehensions_week < 35",
    "avg(apprehensions_week, 4) < 30 and week > 2",
    "-apprehensions_week * 2 > 0 - 50",
    "true",
    "week >= 7",
    "us_killed > 999",
]


def known_to_decision_makers(name: str) -> list[float]:
    """The series at its reporting lag: NaN until the first report."""
    if name == "week":
        return [float(week) for week in range(WEEKS)]
    observable = catalogue.observables()[name]
    assert observable.error == 0
    values = [*accumulate(SERIES[name])] if observable.form == "cumulative" else SERIES[name]
    return ([np.nan] * observable.lag_weeks + [float(value) for value in values])[:WEEKS]


@jax.jit
def observed(controls: Controls, conditions: Conditions, totals: jax.Array) -> jax.Array:
    def week(state: campaign.Campaign, at: Any) -> Any:
        week, now = at
        return campaign.observe(controls, conditions, state, now, week, Luck(jax.random.key(0))), ()

    end, _ = jax.lax.scan(week, campaign.begin(controls, conditions), (jnp.arange(WEEKS), totals))
    return jnp.asarray(end.fired)


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_branch_fires_in_the_first_week_in_which_its_condition_holds(text: str) -> None:
    plan = (
        'title = "T"\nsource = ["project"]\nstart = 2026-04-06\nduration_weeks = 100\n'
        f"[[branch]]\nwhen = '{text}'\nthen = {{ stop = true }}\n"
    )
    compiled = compile_plan(load_text(plan), theatre.load(), seed=1, futures=np.arange(1), weeks=WEEKS)
    controls = jax.tree.map(lambda x: x[0], compiled.controls)
    names = [outcome for name in SERIES for outcome in catalogue.observables()[name].outcomes]
    conditions = encode(controls.branches, controls.observables, names)
    alone = dataclasses.replace(controls, branches=(), observables=())
    fired = float(observed(alone, conditions, np.array([*SERIES.values()], np.float32).T)[0])
    known = {name: known_to_decision_makers(name) for name in [*SERIES, "week"]}
    expected = [week for week in range(WEEKS) if holds(Condition.parse(text), known, week)]
    assert (fired < WEEKS) == bool(expected)
    if expected:
        assert fired == expected[0]


NAMES = ("a", "b")


@jax.jit
def held(conditions: Conditions, seen: jax.Array) -> jax.Array:
    """Whether each branch's condition holds at the end of each week, ``[week, branch]``."""

    def week(windows: jax.Array, at: Any) -> Any:
        week, now = at
        truth, windows = evaluate(conditions, now, week, windows, week)
        return windows, truth

    windows = jnp.full((conditions.windows + 1, conditions.window_weeks), jnp.nan)
    _, truths = jax.lax.scan(week, windows, (jnp.arange(len(seen)), seen))
    return jnp.asarray(truths)


def compiled(trees: Sequence[Node]) -> Conditions:
    observables = [Observable(name, (name,), "weekly", 0, 0.0) for name in NAMES]
    return encode([Branch("", program(Condition("", tree)), 0, -1) for tree in trees], observables, NAMES)


def assert_as_defined(trees: Sequence[Node], known: np.ndarray) -> None:
    conditions = compiled(trees)
    seen = np.zeros((len(known), len(conditions.lag)), np.float32)
    seen[:, : len(NAMES)] = known
    found = np.asarray(held(conditions, seen))
    series = {name: known[:, i].tolist() for i, name in enumerate(NAMES)} | {"week": [*map(float, range(len(known)))]}
    for i, tree in enumerate(trees):
        expected = [holds(Condition("", tree), series, week) for week in range(len(known))]
        assert found[:, i].tolist() == expected, tree


# Halves, and divisions by powers of two: exact in the simulation's numbers and in Python's, so that no rounding decides a comparison.
halves = st.integers(-8, 8).map(lambda n: n / 2)
LEAVES = st.one_of(halves.map(Literally), st.sampled_from([*NAMES, "week"]).map(Observed))


def _number(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    powers = st.sampled_from([0.5, 2.0, -4.0, 0.0]).map(Literally)
    return st.one_of(
        st.builds(Binary, st.sampled_from(["+", "-"]), inner, inner),
        st.builds(Binary, st.sampled_from(["*", "/"]), inner, powers),
        st.builds(Unary, st.just("-"), inner),
        st.builds(Window, st.just("change"), inner, st.integers(1, 6)),
        st.builds(Window, st.just("avg"), inner, st.integers(1, 2)),
    )


numbers = st.recursive(LEAVES, _number, max_leaves=6)
comparisons = st.builds(Binary, st.sampled_from(["<", "<=", ">", ">="]), numbers, numbers)
trees = st.recursive(
    st.one_of(comparisons, st.booleans().map(Literally)),
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from(["and", "or"]), inner, inner), st.builds(Unary, st.just("not"), inner)
    ),
    max_leaves=4,
)
weekly = st.lists(st.tuples(*[st.one_of(halves, st.just(math.nan))] * len(NAMES)), min_size=9, max_size=9)


@settings(deadline=None, max_examples=150)
@given(st.lists(trees, min_size=1, max_size=3), weekly)
def test_the_machine_in_the_simulation_gives_what_the_definition_gives(trees: list[Any], known: Any) -> None:
    assert_as_defined(trees, np.array(known))


def test_a_window_reaches_over_all_weeks_that_the_language_allows() -> None:
    rng = np.random.default_rng(1)
    known = rng.integers(-8, 8, (300, 2)) / 2
    known[rng.random(known.shape) < 0.1] = math.nan
    longest = Binary(">", Window("change", Observed("a"), 260), Literally(0.0))
    half_a_year = Binary("<", Window("avg", Observed("b"), 26), Literally(-0.123))
    assert_as_defined([longest, half_a_year], known)


def test_a_plan_of_any_size_is_compiled_to_more_room_and_means_the_same() -> None:
    rng = np.random.default_rng(2)
    known = rng.integers(-8, 8, (9, 2)) / 2
    one: list[Node] = [
        Binary(">", Window("change", Observed("a"), 1 + i % 5), Literally(i / 4)) for i in range(STEPS // 2 + 3)
    ]
    assert_as_defined(one, known)
    usual, larger = compiled(one[:1]), compiled(one)
    assert usual.windows < larger.windows
    assert len(usual.result) < len(larger.result)
    assert len(usual.operation) < len(larger.operation)


def test_plans_of_usual_size_have_programs_of_one_shape() -> None:
    shapes = {
        str(
            jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), encode(made.branches, made.observables, ("us_killed",)))
        )
        for text in ("us_killed > 3", "avg(change(us_killed, 3), 200) > 4 and homicides_mx_week < 9 and not week < 4")
        for made in [_compile(text)]
    }
    assert len(shapes) == 1


def _compile(text: str) -> Controls:
    plan = f"title = 'T'\nsource = ['project']\nstart = 2026-04-06\nexit = {{ criteria = '{text}' }}\n"
    return compile_plan(load_text(plan), theatre.load(), seed=1, futures=np.arange(1), weeks=WEEKS).controls
