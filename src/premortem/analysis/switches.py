"""The model with a switch for each mechanism: one that is switched off goes on as it does under the baseline, in the same future.

Futures are simulated side by side. Here those next to each other are one and the same future, with the same draws and the same luck: the
first under the baseline, each of the others under the plan with some mechanisms switched off. What a mechanism hands to the rest of the
model (its signals, flows, memos and state) is its own where it is switched on, and what it is in the first one where it is off: it does not
respond to the plan, nor to what the plan has done to others. With all of them off nothing differs from the baseline; with all on it is the
plan. Flows are rates and wants, so they are those of the baseline on the stocks that there are, and everything closes.

An outcome is read from the world as it is: who counts what happens is not made its cause. Only orders that an outcome itself looks at are
the baseline's where its mechanism is off.

The model with switches is another program than the ordinary one, of wrapped mechanisms: nothing of the ordinary program changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from premortem.arrays import custom_vmap, jax, jnp, lax
from premortem.engine.week import Model
from premortem.model import notes
from premortem.model.flows import Flow, Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import pytree
from premortem.model.signals import Signal

T = TypeVar("T")


@pytree
class Switched:
    """The parameters of a mechanism, and whether it responds."""

    inner: Any
    on: jax.Array  # [] 1 where it responds to the plan, 0 where it goes on as under the baseline


@custom_vmap
def _of_first(value: jax.Array) -> jax.Array:
    """Return a value as it is in the first of the futures side by side; of one future alone, the value."""
    return value


@_of_first.def_vmap
def _of_first_of_many(size: int, batched: list[bool], values: jax.Array) -> tuple[jax.Array, bool]:
    return lax.index_in_dim(values, 0, 0, keepdims=False), False


def model(plain: Model) -> Model:
    """Return a model with a switch for each mechanism; its parameters are `Switched`."""
    return dataclasses.replace(plain, mechanisms=tuple(_switched(one) for one in plain.mechanisms))


def _chosen(on: jax.Array, found: T) -> T:
    """Return the arrays of a record as they are where a switch is on, as in the first future where it is off."""

    def one(part: Any) -> Any:
        if isinstance(part, jax.Array):
            return jnp.where(on > 0, part, _of_first(part))
        if not dataclasses.is_dataclass(part) or isinstance(part, type):
            return part
        parts = {field.name: _chosen(on, getattr(part, field.name)) for field in dataclasses.fields(part)}
        return dataclasses.replace(part, **parts)  # a record of which JAX does not know that it is one

    chosen: T = jax.tree.map(one, found)
    return chosen


def _own(_: View, own: Own[Switched, Any, Any]) -> Own[Any, Any, Any]:
    return Own(own.p.inner, own.c, own.s)


@cache  # so that equal models have equal programs: one a process
def _switched(mechanism: Mechanism) -> Mechanism:
    def propose(view: View, own: Own[Switched, Any, Any], luck: Luck) -> Proposal:
        made = mechanism.propose(view, view.once(_own, own), luck)
        return Proposal(tuple(_flow(own.p.on, flow) for flow in made.flows), _chosen(own.p.on, made.memo))

    def settle(view: View, own: Own[Switched, Any, Any], moved: Moved, memo: Any) -> Any:
        return _chosen(own.p.on, mechanism.settle(view, view.once(_own, own), moved, memo))

    def balance(view: View, own: Own[Switched, Any, Any], hazards: Any) -> Balanced:
        assert mechanism.balance is not None
        return mechanism.balance(view, view.once(_own, own), hazards)

    return dataclasses.replace(
        mechanism,
        open=lambda world, p: mechanism.open(world, p.inner),
        start=lambda view, p: mechanism.start(view, p.inner),
        balance=balance if mechanism.balance else None,
        propose=propose,
        settle=settle,
        signals={signal: _signal(provide) for signal, provide in mechanism.signals.items()},
        outcomes=tuple(_outcome(outcome) for outcome in mechanism.outcomes),
    )


def _signal(provide: Callable[[View, Any], jax.Array]) -> Callable[[View, Any], jax.Array]:
    return lambda view, own: _chosen(own.p.on, provide(view, view.once(_own, own)))


def _flow(on: jax.Array, flow: Flow) -> Flow:
    parts = {name: _chosen(on, getattr(flow, name)) for name in ("hazard", "amount", "share")}
    route = flow.route
    if callable(route):
        parts["route"] = _route(on, route)
    elif isinstance(route, jax.core.Tracer):
        parts["route"] = _chosen(on, route)
    return dataclasses.replace(flow, **parts)


def _route(on: jax.Array, route: Callable[[jax.Array], jax.Array]) -> Callable[[jax.Array], jax.Array]:
    """Return a route whose own numbers, which it has from where it was made, are switched; what it is given is not."""

    def switched(leaves: jax.Array) -> jax.Array:
        traced = jax.make_jaxpr(route)(leaves)
        known = [_chosen(on, constant) for constant in traced.consts]
        arrives: jax.Array = jax.core.eval_jaxpr(traced.jaxpr, known, leaves)[0]
        return arrives

    return switched


@dataclasses.dataclass(frozen=True)
class _Report(View):
    """A view for an outcome, with orders of its own; signals are those of the ``whole`` view."""

    whole: View | None = None

    def __getitem__(self, signal: Signal) -> jax.Array:
        assert self.whole is not None
        return self.whole[signal]


def _outcome(outcome: Outcome) -> Outcome:
    def compute(view: View, own: Own[Switched, Any, Any], moved: Moved) -> jax.Array:
        given = {field.name: getattr(view, field.name) for field in dataclasses.fields(View)}
        given["orders"] = _chosen(own.p.on, notes.unnoted(view.orders))
        given["controls"] = _chosen(own.p.on, notes.unnoted(view.controls))
        given["_cache"] = {}
        return outcome.compute(_Report(**given, whole=view), Own(own.p.inner, own.c, own.s), moved)

    return dataclasses.replace(outcome, compute=compute)
