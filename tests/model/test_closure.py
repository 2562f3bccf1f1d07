"""A flow that does not close is refused when it is built."""

import dataclasses
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from premortem.engine.week import Model, Setup, check
from premortem.errors import ModelError
from premortem.model.accounts import (
    HELD_US,
    KILLED_BY_US,
    MEMBERS,
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    STOCK_MX,
)
from premortem.model.closure import drift, missing
from premortem.model.flows import Flow
from premortem.model.mechanism import Mechanism, Proposal, View
from premortem.model.units import CLOSES_TO
from tests.model.toys import FIGHT, PULL, orders, toy_parameters, toy_world

OR: Any = np.ones((3, 4))  # not of JAX, which may not begin while tests are collected (tests.hard.mutants)
ROUND: Any = np.full((4, 4), 0.25)

REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing ordered": ("order a hazard, an amount or a share", {}),
    "ordered twice": ("only one of them", {"hazard": OR, "amount": OR}),
    "people into kilograms": ("members counts in person, stock_mx in kg", {"target": STOCK_MX, "hazard": OR}),
    "a hazard on the world outside": (
        "which gives amounts",
        {"source": MX_FORCES_RESERVE, "target": MX_FORCES_KILLED, "hazard": np.ones(())},
    ),
    "a hazard with labels of its own": ("only an amount", {"hazard": np.ones((4, 3)), "labels": "ro"}),
    "an amount that lacks a label": ("labels 'r' lack some", {"amount": np.ones(4), "labels": "r"}),
    "labels that are not the target's": ("to_labels 'oQ' are not", {"hazard": OR, "to_labels": "oQ"}),
    "a target nobody serves": (
        "nothing says how residents_killed's 'ar' come from 'r'",
        {"source": RESIDENTS_HOME, "target": RESIDENTS_KILLED, "amount": np.ones(4)},
    ),
    "labels of a route there is not": ("route_labels name", {"hazard": OR, "route_labels": "rR"}),
    "rows that lose a tenth": (
        "rows of its route do not sum to one but differ by up to 0.1",
        {"target": MEMBERS, "hazard": OR, "route": 0.9 * ROUND, "route_labels": "rR", "to_labels": "oR"},
    ),
    "rows that lose one in ten thousand": (
        "rows of its route do not sum to one",
        {"target": MEMBERS, "hazard": OR, "route": 0.9999 * ROUND, "route_labels": "rR", "to_labels": "oR"},
    ),
    "a function that makes one in ten thousand": (
        "its route hands on",
        {"target": MEMBERS, "hazard": OR, "route": lambda left: 1.0001 * left},
    ),
    "a function that takes one region for another": (
        "its route hands on",
        {"target": MEMBERS, "hazard": OR, "route": lambda left: left.at[:, 0].set(left[:, 1])},
    ),
    "an event that leaves out a region": (
        "its route hands on",
        {"target": MEMBERS, "share": OR, "route": lambda left: left.at[:, 0].set(0.0)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_flow_that_cannot_close_is_refused_when_it_is_built(what: str) -> None:
    said, parts = REFUSED[what]
    with pytest.raises(ModelError, match=f"flow f: .*{said}"):
        Flow("f", **({"source": MEMBERS, "target": KILLED_BY_US} | parts))


def test_flows_that_close_are_built() -> None:
    Flow("f", MEMBERS, MEMBERS, hazard=OR, route=ROUND, route_labels="rR", to_labels="oR")
    Flow("f", MEMBERS, MEMBERS, hazard=OR, route=lambda left: left[::-1])
    Flow("f", MEMBERS, HELD_US, amount=OR)
    Flow("f", RESIDENTS_HOME, MEMBERS, amount=OR, labels="or")


def ordering(**parts: Any) -> Mechanism:
    """Return a mechanism whose numbers are known only in a run."""

    def propose(view: Any, own: Any, luck: Any) -> Proposal:
        given = {key: value(view) if callable(value) else value for key, value in parts.items()}
        return Proposal((Flow("f", **given),))

    return dataclasses.replace(PULL, propose=propose)


def built(mechanism: Mechanism) -> None:
    check(Model((FIGHT, mechanism)), Setup(toy_world(), orders(1), toy_parameters()))


MEMBERS_NOW = partial(View.stock, account=MEMBERS)
BUILT: dict[str, dict[str, Any]] = {
    "flow f: members counts in person": {"target": STOCK_MX, "hazard": MEMBERS_NOW},
    "flow f: no mechanism has killed_by_us": {"target": KILLED_BY_US, "amount": MEMBERS_NOW},
    "flow f: what enters members has shape": {
        "source": RESIDENTS_HOME,
        "target": MEMBERS,
        "labels": "or",
        "amount": lambda view: view.stock(MEMBERS)[:1],
    },
}


@pytest.mark.parametrize("found", BUILT)
def test_a_mechanism_whose_flows_do_not_fit_is_named_before_any_number_is_known(found: str) -> None:
    with pytest.raises(ModelError, match=f"mechanism pull, {found}"):
        built(ordering(**({"source": MEMBERS} | BUILT[found])))


@pytest.mark.parametrize(
    "lost",
    [
        {"hazard": np.ones((3, 4)), "route": lambda view: 0.9999 * jnp.eye(4) + 0 * view.week, "route_labels": "rR", "to_labels": "oR"},
        {"amount": lambda view: -view.stock(MEMBERS)},
    ],
)  # fmt: skip
def test_a_mechanism_whose_numbers_do_not_close_is_named_when_the_model_is_checked(lost: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="flows of pull lost or made person"):
        built(ordering(source=MEMBERS, target=MEMBERS, **lost))
    built(PULL)


@pytest.mark.parametrize("size", [1, 100, 7000])
def test_rounding_is_no_leak_and_one_in_ten_thousand_is(size: int) -> None:
    flow = Flow("f", MEMBERS, MEMBERS, amount=jnp.ones((1, size)))
    random = np.random.default_rng(size)
    for scale in (1e-3, 1.0, 1e9):
        amount = jnp.asarray(scale * random.lognormal(0.0, 3.0, (1, size)), jnp.float32)
        again = jnp.asarray(random.permutation(np.asarray(amount).T)).T
        assert float(missing(flow, amount, again, amount)) == 0
        assert float(missing(flow, amount, again * 0.9999, amount)) > 0
    assert 8 * np.sqrt(7000) * 2.0**-24 < CLOSES_TO


def test_what_flows_backwards_is_rounding_beside_the_stock_it_leaves_and_never_into_the_world_outside() -> None:
    back = jnp.full((1, 4), -0.01)
    between = Flow("f", MEMBERS, MEMBERS, amount=jnp.ones((1, 4)))
    outside = Flow("f", MX_FORCES_RESERVE, MX_FORCES_KILLED, amount=jnp.ones(4), labels="r")
    assert float(missing(between, back, back, jnp.full((1, 4), 1e6))) == 0
    assert float(missing(between, back, back, jnp.full((1, 4), 10.0))) > 0
    assert float(missing(outside, back, back, jnp.full((1, 4), 1e6))) > 0


@pytest.mark.parametrize(("given", "got", "made"), [(5.0, 5.0, 0.0), (5.0, 6.0, 1.0), (5.0, 4.0, 1.0), (0.0, 5.0, 5.0)])
def test_what_the_world_outside_gives_is_what_the_accounts_of_its_unit_get(
    given: float, got: float, made: float
) -> None:
    before = {"mx_forces_reserve": jnp.zeros(()), "mx_forces_killed": jnp.ones(4)}
    after = {"mx_forces_reserve": jnp.asarray(given), "mx_forces_killed": jnp.ones(4).at[2].add(got)}
    lost = drift([MX_FORCES_RESERVE, MX_FORCES_KILLED], ["person", "kg"], before, after)
    np.testing.assert_allclose(lost, [made, 0.0], atol=0.01)
