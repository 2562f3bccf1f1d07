"""A switch for each mechanism, on a toy: an order is read by one, heard by others, and not by a last."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.analysis import switches
from premortem.analysis.responses import Responses, made_otherwise
from premortem.decisions.attribute import needed, orders, wedges
from premortem.engine import compilation, simulate
from premortem.engine.simulate import Trajectories
from premortem.engine.week import Model, Setup
from premortem.model.accounts import MEMBERS
from premortem.model.controls import Branch, Controls
from premortem.model.flows import Flow
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, pytree
from premortem.model.signals import PAY
from premortem.study.recipes import Inputs
from tests.model import toys

WEEKS, LUCK = 26, 5


@pytree
class Seen:
    """What the mechanism that spreads has seen so far."""

    pay: jax.Array = array("1", "", "of the last week")


@dataclasses.dataclass(frozen=True)
class Memo:
    """A record that JAX does not know."""

    pay: jax.Array


def _spread(view: View, own: Own[Nothing, Nothing, Seen], luck: Luck) -> Proposal:
    there = 0.1 * view[PAY].mean()

    def route(leaves: jax.Array) -> jax.Array:
        return leaves * (1 - there) + jnp.roll(leaves, 1, axis=1) * there

    hazard = 0.05 * jnp.ones_like(view.stock(MEMBERS))
    return Proposal((Flow("spread", MEMBERS, MEMBERS, hazard=hazard, route=route),), Memo(view[PAY].mean()))


PAYS = Mechanism(
    "pays", signals={PAY: lambda view, own: (1 + view.orders.emergency) * jnp.ones(view.world.organisations)}
)
SPREADS = Mechanism(
    "spreads",
    state=Seen,
    accounts=(MEMBERS,),
    start=lambda view, p: (Nothing(), Seen(jnp.ones(()))),
    propose=_spread,
    settle=lambda view, own, moved, memo: Seen(memo.pay),
    outcomes=(
        Outcome("seen", lambda view, own, moved: own.s.pay),
        Outcome("ordered", lambda view, own, moved: view.orders.emergency),
    ),
)
STILL = dataclasses.replace(toys.PULL, name="still", signals={})
MODEL = Model((toys.FIGHT, PAYS, SPREADS, STILL))
NAMES = tuple(MODEL.by_name)


def given(controls: Controls) -> Inputs:
    rates = toys.toy_parameters(loss=0.02)
    parameters = {"fight": rates["fight"], "still": rates["pull"], "pays": Nothing(), "spreads": Nothing()}
    setup = Setup(toys.toy_world(), toys.batched(controls, 1), toys.batched(parameters, 1))
    return Inputs(setup, np.array([LUCK]), {})


@cache
def responses() -> Responses:
    base, plan = toys.orders(WEEKS), toys.orders(WEEKS, emergency=1.0)
    return Responses(switches.model(MODEL), NAMES, given(base), given(plan), 1, WEEKS)


ALL = frozenset(NAMES)
SETS = (ALL, frozenset[str](), *(ALL - {name} for name in NAMES), *(frozenset({name}) for name in NAMES))


@cache
def run() -> Trajectories:
    compilation.configure()
    return responses().run(0, SETS)


def weekly(outcome: str, *there: frozenset[str]) -> Any:
    """Return an outcome by week with sets responding; without one, under the baseline."""
    return run().weekly[outcome][[1 + SETS.index(one) for one in there] if there else [0]]


def test_with_all_switched_off_nothing_differs_from_the_baseline_to_the_last_bit() -> None:
    assert (run().fault_week == -1).all()
    for outcome in run().weekly:
        np.testing.assert_array_equal(weekly(outcome, frozenset()), weekly(outcome))
    assert weekly("deaths", ALL).sum() > 1.2 * weekly("deaths").sum()


def test_with_all_switched_on_it_is_the_ordinary_program() -> None:
    for inputs, found in ((responses().plan, weekly("members", ALL)), (responses().base, weekly("members"))):
        plain = simulate.run_chunk(MODEL, inputs.setup, 1, inputs.luck, WEEKS)
        np.testing.assert_allclose(found, plain.weekly["members"], rtol=1e-6)


def test_what_is_heard_through_a_chain_is_lost_with_any_link_and_nothing_with_who_does_not_hear() -> None:
    for link in ("pays", "spreads"):
        np.testing.assert_array_equal(weekly("seen", ALL - {link}), weekly("seen"))
    np.testing.assert_array_equal(weekly("seen", ALL - {"fight"}), weekly("seen", ALL))
    for outcome in run().weekly:
        np.testing.assert_array_equal(
            weekly(outcome, ALL - {"pays"}),
            weekly(outcome, frozenset({"spreads"}) if outcome == "ordered" else frozenset()),
        )
        np.testing.assert_array_equal(weekly(outcome, ALL - {"still"}), weekly(outcome, ALL))


def test_the_route_of_a_flow_is_that_of_the_baseline_where_its_mechanism_is_off_and_nobody_is_lost() -> None:
    by_region = run().regional["members"]
    own, held, base = (
        by_region[1 + SETS.index(ALL - {"fight"})],
        by_region[1 + SETS.index(ALL - {"pays"})],
        by_region[0],
    )
    np.testing.assert_array_equal(held, base)
    assert np.abs(own - base).max() > 10


def test_an_outcome_that_reads_an_order_sees_that_of_the_baseline_where_its_mechanism_is_off() -> None:
    assert weekly("ordered", ALL).all()
    assert not weekly("ordered", ALL - {"spreads"}).any()


def test_attribution_to_mechanisms_adds_up_to_nine_digits_and_a_mechanism_that_does_not_respond_gets_nothing() -> None:
    drawn = orders(NAMES, 4)
    sets = [there for there in needed(drawn) if there]
    result = responses().run(0, sets)
    total = {id_: numbers.sum(axis=1, dtype=np.float64) for id_, numbers in result.weekly.items()}
    for numbers in total.values():
        values = {there: numbers[[place]] for place, there in enumerate(sets, 1)} | {frozenset[str](): numbers[[0]]}
        found = wedges(drawn, {there: np.repeat(one, 2) for there, one in values.items()})
        whole = values[ALL][0] - numbers[0]
        assert sum(one.average for one in found.values()) == pytest.approx(whole, rel=1e-9, abs=1e-9)
        assert found["still"].average == 0
    assert total["deaths"][1 + sets.index(ALL)] > total["deaths"][0]


def test_a_plan_with_branches_meets_a_baseline_without_any() -> None:
    fires = Branch("later", (("observed", "week"), ("number", 3.0), (">", 0)), 0, 0)
    plan = toys.orders(WEEKS)
    second = jax.tree.map(lambda x: np.concatenate([x, x], axis=1), plan.orders)
    second.emergency[:, 1] = 1.0
    branching = dataclasses.replace(plan, orders=second, branches=(fires,))
    made = dataclasses.replace(responses(), plan=given(branching))
    result = made.run(0, [ALL, frozenset()])
    base, on, off = result.weekly["ordered"]
    assert not base.any()
    assert not off.any()
    assert (on[:3] == 0).all()
    assert on[6:].all()


def test_runs_that_differ_from_those_stored_by_more_than_rounding_are_noticed() -> None:
    stored = [np.linspace(1.0, 2.0, 50), np.zeros(50)]
    assert not made_otherwise([one * (1 + 1e-4) for one in stored], stored)
    assert made_otherwise([stored[0] * 1.05, stored[1]], stored)
    assert not made_otherwise([np.full(50, np.nan), stored[1]], stored)


def test_a_model_with_switches_is_one_however_often_it_is_made_so_that_it_is_compiled_once() -> None:
    assert switches.model(Model(MODEL.mechanisms)) == switches.model(MODEL)
