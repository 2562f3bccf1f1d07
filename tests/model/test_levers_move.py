"""Every lever moves more than its own cost, alone or under the op-ed's plan at its best, but for those that are named."""

import json

import pytest

from premortem.analysis import lever_moves
from premortem.evidence import outcomes
from premortem.evidence.reading import data
from premortem.plan.language import catalogue

RECORD = json.loads(data().joinpath("lever_moves.json").read_text(encoding="utf-8"))
MOVES = RECORD["moves"]


def test_the_record_names_for_each_lever_outcomes_that_exist() -> None:
    assert sorted(MOVES) == sorted(catalogue.levers()), "python scripts/lever_moves.py writes it anew"
    assert {id_ for found in MOVES.values() for id_ in found} <= set(outcomes.load())
    assert all(lever.moves == tuple(MOVES[lever.id]) for lever in catalogue.levers().values())


def test_the_levers_of_which_only_the_bill_moves_are_named() -> None:
    """Its own cost is not enough to say that a lever moves something."""
    still = sorted(lever for lever, found in MOVES.items() if not lever_moves.beyond_cost(found))
    assert RECORD["only_cost"] == still == ["homefront.port_security", "money.laundering_networks"]
    assert not {*RECORD["only_cost"]} & {*RECORD["only_under"]}


@pytest.mark.xfail(
    strict=True,
    reason="homefront.port_security and money.laundering_networks: nothing but their cost in 4 futures of 2 years, "
    "alone or under border_task_forces_resourced: docs/plan_language.md",
)
@pytest.mark.parametrize("lever", RECORD["only_cost"])
def test_every_lever_moves_more_than_its_cost(lever: str) -> None:
    assert lever_moves.beyond_cost(MOVES[lever])


def test_a_lever_that_costs_moves_a_cost() -> None:
    costs = {"fiscal_cost", "fiscal_cost_present", "fiscal_cost_mexico"}
    for lever in catalogue.levers().values():
        alone = lever.id not in RECORD["only_under"]
        if lever.price and alone and lever.price.musd_a_year * abs(lever.high - lever.status_quo) > 100:
            assert costs & {*lever.moves}, lever.id


@pytest.mark.slow
@pytest.mark.parametrize("plan", [lever_moves.ALONE, lever_moves.UNDER])
def test_every_lever_moves_what_the_record_says_first(plan: str) -> None:
    only_under = RECORD["only_under"]
    levers = only_under if plan == lever_moves.UNDER else [name for name in MOVES if name not in only_under]
    found = lever_moves.moved(plan, levers)
    assert {name: MOVES[name][0] for name in levers if MOVES[name][0] not in found[name]} == {}
