"""A leak of one in ten thousand, planted in a real mechanism: found with its name when a flow is built, when a model is checked, by the
contract over the real list, and in a run."""

import dataclasses
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model, Setup, causes, check
from premortem.errors import ModelError
from premortem.model.flows import Flow
from premortem.model.luck import Luck
from premortem.model.mechanism import Own, Proposal, View
from premortem.model.mechanisms.recruitment import RECRUITMENT
from tests.model.given import parameters, simulate, start_of
from tests.model.test_contract import closely
from tests.model.toys import first_week, orders, toy_world


def _less(flow: Flow) -> Flow:
    """Let recruits arrive but for one in ten thousand."""
    return dataclasses.replace(flow, route=lambda left: 0.9999 * left) if flow.name == "recruits" else flow


def _propose(view: View, own: Any, luck: Luck) -> Proposal:
    made = RECRUITMENT.propose(view, own, luck)
    return dataclasses.replace(made, flows=tuple(_less(flow) for flow in made.flows))


WHOLE = Model((RECRUITMENT,))
LEAKING = Model((dataclasses.replace(RECRUITMENT, propose=_propose),))
NAMED = "flows of recruitment lost or made person: they do not close"


@cache
def setup() -> Setup:
    values = jax.tree.map(lambda x: jnp.asarray(x[0]), parameters((RECRUITMENT,), toy_world()))
    return Setup(toy_world(), orders(1), values)


def test_it_is_refused_when_its_flow_is_built() -> None:
    start, state = jax.tree.map(lambda x: x[0], start_of(WHOLE, toy_world()))
    stocks = {account: start.opening[name] for name, account in WHOLE.accounts.items()}
    own = Own(setup().parameters["recruitment"], start.constants["recruitment"], state.own["recruitment"])
    controls, week = setup().controls, jnp.zeros((), int)
    view = View(toy_world(), controls, first_week(controls), week, 1.0, stocks, WHOLE.by_name, {"recruitment": own})
    RECRUITMENT.propose(view.by("recruitment"), own, Luck(jax.random.key(0)))
    with pytest.raises(ModelError, match="flow recruits: its route hands on"):
        _propose(view.by("recruitment"), own, Luck(jax.random.key(0)))


def test_it_is_named_when_the_model_is_checked() -> None:
    check(WHOLE, setup())
    with pytest.raises(ModelError, match=NAMED):
        check(LEAKING, setup())


def test_the_contract_over_the_real_list_would_name_it() -> None:
    controls = setup().controls
    at_first = dataclasses.replace(controls, orders=jax.tree.map(lambda x: np.asarray(x[0, 0]), controls.orders))
    assert NAMED in closely(LEAKING, dataclasses.replace(setup(), controls=at_first), {})[0]


def test_it_ends_a_run_with_its_week_and_name() -> None:
    made = simulate(LEAKING, orders(13))
    assert made.fault_week.tolist() == [0]
    assert [causes(LEAKING)[cause] for cause in made.fault_cause] == [NAMED]
