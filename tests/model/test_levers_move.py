"""Every lever moves more than its own cost: alone, or under a plan that is named with it."""

import json

import pytest

from premortem.analysis import lever_moves
from premortem.evidence import outcomes
from premortem.evidence.reading import data
from premortem.plan.language import catalogue

RECORD = json.loads(data().joinpath("lever_moves.json").read_text(encoding="utf-8"))
MOVES, ONLY_UNDER = RECORD["moves"], RECORD["only_under"]


def test_the_record_names_for_each_lever_outcomes_that_exist() -> None:
    assert sorted(MOVES) == sorted(catalogue.levers()), "python scripts/lever_moves.py writes it anew"
    assert {id_ for found in MOVES.values() for id_ in found} <= set(outcomes.load())
    assert all(lever.moves == tuple(MOVES[lever.id]) for lever in catalogue.levers().values())


def test_every_lever_moves_more_than_its_cost() -> None:
    """Its own cost is not enough to say that a lever moves something."""
    assert [lever for lever, found in MOVES.items() if not lever_moves.beyond_cost(found)] == []


def test_what_moves_only_under_a_plan_says_under_which() -> None:
    assert RECORD["trials"] == [str(trial) for trial in lever_moves.TRIALS]
    assert set(ONLY_UNDER) <= set(MOVES)
    assert set(ONLY_UNDER.values()) <= {str(trial) for trial in lever_moves.UNDER}


def test_a_lever_that_costs_moves_a_cost() -> None:
    costs = {"fiscal_cost", "fiscal_cost_present", "fiscal_cost_mexico"}
    for lever in catalogue.levers().values():
        alone = lever.id not in ONLY_UNDER
        if lever.price and alone and lever.price.musd_a_year * abs(lever.high - lever.status_quo) > 100:
            assert costs & {*lever.moves}, lever.id


@pytest.mark.slow
@pytest.mark.parametrize("trial", lever_moves.TRIALS, ids=str)
def test_every_lever_moves_what_the_record_says_first(trial: lever_moves.Trial) -> None:
    levers = [name for name in MOVES if ONLY_UNDER.get(name, str(lever_moves.ALONE)) == str(trial)]
    found = lever_moves.moved(trial, levers)
    assert {name: MOVES[name][0] for name in levers if MOVES[name][0] not in found[name]} == {}
