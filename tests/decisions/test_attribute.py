from itertools import combinations
from math import factorial

import numpy as np
import pytest
from scipy.stats import t

from premortem.analysis.wedges import elements
from premortem.decisions.attribute import ELEMENTS, attribute, half, needed, orders, require_possible, wedges
from premortem.errors import InputError
from premortem.plan.language.load import load

FUTURES = 50
NAMES = ("a", "b", "c", "d", "e")


def values(names: tuple[str, ...], *, joint: float) -> dict[frozenset[str], dict[str, np.ndarray]]:
    """A toy: every element adds its own number in each future; ``a`` and ``b`` together add ``joint`` more."""
    random = np.random.default_rng(1)
    own = {name: 100 * (place + 1) + random.normal(size=FUTURES) for place, name in enumerate(names)}
    base = 1000 + random.normal(size=FUTURES)
    found = {}
    for number in range(2 ** len(names)):
        there = frozenset(name for place, name in enumerate(names) if number >> place & 1)
        total = base + sum((own[name] for name in sorted(there)), np.zeros(FUTURES)) + joint * ({"a", "b"} <= there)
        found[there] = {"homicides_mx": total}
    return found


def test_wedges_of_an_additive_toy_are_its_numbers_to_nine_digits_whatever_orders_were_drawn() -> None:
    all_values = {there: one["homicides_mx"] for there, one in values(NAMES, joint=0.0).items()}
    found = wedges(orders(NAMES, 4), all_values)
    for name in NAMES:
        exact = all_values[frozenset({name})] - all_values[frozenset()]
        assert found[name].by_future == pytest.approx(exact, abs=1e-9)
        assert found[name].orders_error == pytest.approx(0.0, abs=1e-9)


def test_what_two_elements_do_together_is_shared_alike_where_all_orders_are_taken() -> None:
    three = NAMES[:3]
    all_values = {there: one["homicides_mx"] for there, one in values(three, joint=60.0).items()}
    alone = {there: one["homicides_mx"] for there, one in values(three, joint=0.0).items()}
    drawn = orders(three, 2)
    assert len(drawn) == 6
    found, without = wedges(drawn, all_values), wedges(drawn, alone)
    assert [found[name].average - without[name].average for name in three] == pytest.approx([30, 30, 0])
    assert found["a"].orders_error == 0


def test_orders_come_with_their_reverse_so_that_pairs_are_shared_alike_at_once_and_few_sets_are_needed() -> None:
    drawn = orders(NAMES, 4)
    assert [one[::-1] for one in drawn[::2]] == drawn[1::2]
    assert len(needed(drawn)) <= 2 + 4 * (len(NAMES) - 1)
    assert needed(drawn)[0] == frozenset()
    all_values = {there: one["homicides_mx"] for there, one in values(NAMES, joint=60.0).items()}
    found = wedges(drawn, all_values)
    assert found["a"].average == pytest.approx(all_values[frozenset("a")].mean() - all_values[frozenset()].mean() + 30)


def test_wedges_and_the_rest_add_up_exactly_and_a_failed_future_is_left_out() -> None:
    drawn, toy = orders(NAMES, 4), values(NAMES, joint=60.0)
    toy[frozenset("a")] = {
        "homicides_mx": np.where(np.arange(FUTURES) == 3, np.nan, toy[frozenset("a")]["homicides_mx"])
    }
    some = {there: toy[there] for there in {*needed(drawn), frozenset("a")}}
    base = {"homicides_mx": toy[frozenset()]["homicides_mx"] - 7.0}
    found = attribute("plan", "status_quo", drawn, some, base, {"reading": "as_likely", "new_runs": 7})
    one = found.result["homicides_mx"]
    assert one["wedges"][ELEMENTS.rest]["average"] == pytest.approx(7.0)
    assert sum(part["average"] for part in one["wedges"].values()) == pytest.approx(one["difference"], abs=1e-9)
    assert found.uncertainty["largest_remainder"] < 1e-9
    assert found.inputs["futures"] == FUTURES - 1
    assert found.inputs["new_runs"] == 7
    assert next(iter(one["wedges"])) == "e"
    assert one["low"] < one["difference"] < one["high"]
    assert any("Fewer than 8 orders" in said for said in found.warnings)
    assert all(part["low"] <= part["average"] <= part["high"] for part in one["wedges"].values())


@pytest.mark.parametrize("count", [4, 8])
def test_intervals_hold_the_exact_value_where_only_orders_leave_anything_open(count: int) -> None:
    """Each set of parts has a value of its own, the same in every future: Shapley's values by his formula, over 150 games."""
    sets = [frozenset(some) for size in range(len(NAMES) + 1) for some in combinations(NAMES, size)]
    ways, held = factorial(len(NAMES)), []
    for seed in range(150):
        random = np.random.default_rng(seed)
        game = {there: np.full(2, random.normal() * len(there)) for there in sets}
        found = wedges(orders(NAMES, count, seed), game)
        for name in NAMES:
            others = [there for there in sets if name not in there]
            weights = [factorial(len(one)) * factorial(len(NAMES) - len(one) - 1) / ways for one in others]
            steps = [game[one | {name}][0] - game[one][0] for one in others]
            held.append(abs(found[name].average - np.dot(weights, steps)) <= found[name].half)
    assert 0.85 <= np.mean(held) <= 0.96


def test_the_interval_of_few_futures_is_that_of_students_t() -> None:
    assert half(10, 2.0) == pytest.approx(2 * t.isf(0.05, 9))
    assert half(10, 0.0, 4, 2.0) == pytest.approx(2 * t.isf(0.05, 3))
    assert 1.6449 * 2**0.5 < half(10, 1.0, 4, 1.0) < t.isf(0.05, 3) * 2**0.5


@pytest.mark.parametrize(("asked", "least"), [((9, 2), 10), ((-1, 2), 10), ((10, 1), 2), ((10, 0), 2)])
def test_too_few_futures_or_orders_are_refused(asked: tuple[int, int], least: int) -> None:
    with pytest.raises(InputError, match=f"at least {least}"):
        require_possible(*asked)


def test_the_elements_of_a_plan_are_those_that_it_remains_a_plan_without() -> None:
    assert set(elements(load("border_task_forces"))) >= {"zone", "task_force.btfg_texas", "task_force.btfg_arizona"}
    assert set(elements(load("civil_combination"))) >= {"measure.treatment", "measure.scanning"}
    assert set(elements(load("status_quo"))) == {"partner.frontera_norte", "domestic.jtf_southern_border"}


def test_the_game_of_gloves_is_divided_as_shapley_does() -> None:
    """A left glove makes a pair with either of two right ones: 2/3, 1/6, 1/6; who owns nothing gets nothing."""
    players = ("left", "right", "other")
    game = {
        there: np.full(2, float("left" in there and len(there) > 1))
        for there in map(frozenset, ((), *((p,) for p in players), *combinations(players, 2), players))
    }
    found = wedges(orders(players, 2), game)
    assert [found[name].average for name in players] == pytest.approx([2 / 3, 1 / 6, 1 / 6], abs=1e-12)
    four = (*players, "nobody")
    larger = {there | more: value for there, value in game.items() for more in (frozenset(), frozenset({"nobody"}))}
    sampled = wedges(orders(four, 40), larger)
    assert sum(one.average for one in sampled.values()) == pytest.approx(1.0, abs=1e-12)
    assert sampled["nobody"].average == 0
    for name, exact in zip(players, (2 / 3, 1 / 6, 1 / 6), strict=True):
        assert abs(sampled[name].average - exact) < 4 * sampled[name].orders_error
