"""Members hide from pressure, leave pressed regions for neighbouring ones, and come back. See docs/model/movement.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from premortem.arrays import jax, jnp
from premortem.model.accounts import MEMBERS
from premortem.model.flows import Flow, Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import EXPOSED, PRESSURE, PRESSURE_RATIO, REVENUE
from premortem.model.splits import inherit
from premortem.model.units import TINY


@pytree
class Parameters:
    """Priors and sources: data/parameters/movement.toml."""

    h_hide: jax.Array = param("1/week")
    e_min: jax.Array = param("share")
    tau_hide: jax.Array = param("week")
    tau_unhide: jax.Array = param("week")
    mu: jax.Array = param("1/week")
    b_p: jax.Array = param("elasticity")
    b_rev: jax.Array = param("elasticity")
    mu_home: jax.Array = param("1/week")
    welcome: jax.Array = param("ratio")
    new_ground: jax.Array = param("share")


@pytree
class Constants:
    """The start. A region's neighbours are numbered, and padded with zeros."""

    weight: jax.Array = array(
        "share", "r?", "a region's leavers who would go to a neighbour, all else equal; rows sum to 1"
    )
    back: jax.Array = array("share", "r?", "a neighbour's leavers who would come to the region")
    pressure: jax.Array = array("1/week", "or", "of the start")


@pytree
class State:
    """Who hides, and where members come from."""

    exposed: jax.Array = array("share", "or", "members who have not gone to ground")
    home: jax.Array = array("share", "or", "where the members were at the start")


def _shares(members: jax.Array) -> jax.Array:
    return members / jnp.maximum(members.sum(1, keepdims=True), TINY)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    world = view.world
    touching = (world.neighbours != jnp.arange(world.regions)[:, None]).astype(float)
    degree = jnp.maximum(touching.sum(1), 1.0)
    members = view.stock(MEMBERS)
    constants = Constants(
        weight=touching / degree[:, None],
        back=touching / degree[world.neighbours],
        pressure=jnp.zeros_like(members),
    )
    return constants, State(exposed=jnp.ones_like(members), home=_shares(members))


def _balance(view: View, own: Own[Parameters, Constants, State], hazards: object) -> Balanced:
    """Remember the pressure of the start, once the forces that make it are settled."""
    return Balanced(dataclasses.replace(own.c, pressure=view[PRESSURE]), own.s)


def _attraction(view: View, p: Parameters) -> jax.Array:
    """Return how much better or worse than at the start each region has become for each organisation, [o, r]."""
    pressed = jnp.log((1 + view[PRESSURE_RATIO]) / 2)
    return p.b_rev * jnp.log(jnp.maximum(view[REVENUE], TINY)) - p.b_p * pressed


def _hazards(view: View, own: Own[Parameters, Constants, State]) -> tuple[jax.Array, Callable[[jax.Array], jax.Array]]:
    """Return the hazard of leaving each region [o, r], and the function that sends leavers [o, r] to the neighbours they chose.

    Works on [r, o], neighbour by neighbour: rows of organisations are gathered whole, and no [o, r, r] array is ever made.
    """
    p, c, world = own.p, own.c, view.world
    home = inherit(view, own.s.home).T
    share = _shares(view.stock(MEMBERS)).T
    attraction = _attraction(view, p).T
    welcome = p.mu * jnp.where(home < p.new_ground, p.welcome, 1.0)
    missing = p.mu_home * jnp.maximum(jnp.log((home + TINY) / (share + TINY)), 0.0)
    crowded = (share > home).astype(share.dtype)

    def visit(leaving: jax.Array, neighbour: tuple[jax.Array, jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        there, weight, back = neighbour
        better = attraction[there] - attraction
        out = jnp.maximum(better, 0.0) * welcome[there] + (better >= 0) * crowded * missing[there]
        coming = jnp.maximum(-better, 0.0) * welcome + (better <= 0) * crowded[there] * missing
        return leaving + weight[:, None] * out, back[:, None] * coming

    neighbours = world.neighbours.T
    leaving, coming = jax.lax.scan(visit, jnp.zeros_like(share), (neighbours, c.weight.T, c.back.T), unroll=True)

    def arrive(left: jax.Array) -> jax.Array:
        moves = leaving > 0
        per_hazard = jnp.where(moves, left.T / jnp.where(moves, leaving, 1.0), 0.0)

        def collect(arrived: jax.Array, neighbour: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, None]:
            there, hazard = neighbour
            return arrived + per_hazard[there] * hazard, None

        return jax.lax.scan(collect, jnp.zeros_like(leaving), (neighbours, coming), unroll=True)[0].T

    return leaving.T, arrive


def _exposed(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    return inherit(view, own.s.exposed)


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    hazard, arrive = _hazards(view, own)
    return Proposal((Flow("move", MEMBERS, MEMBERS, hazard=hazard, route=arrive),))


def _settle(view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: None) -> State:
    p = own.p
    excess = jnp.maximum(view[PRESSURE] - own.c.pressure, 0.0) / p.h_hide
    target = p.e_min + (1 - p.e_min) / (1 + excess)
    exposed = _exposed(view, own)
    hidden, back = view.approach(exposed, target, p.tau_hide), view.approach(exposed, target, p.tau_unhide)
    return State(exposed=jnp.where(target < exposed, hidden, back), home=inherit(view, own.s.home))


def _mean_exposed(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    members = moved.stocks[MEMBERS]
    return (members * _exposed(view, own)).sum() / jnp.maximum(members.sum(), TINY)


MOVEMENT = Mechanism(
    name="movement",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS,),
    start=_start,
    propose=_propose,
    settle=_settle,
    balance=_balance,
    balance_stage=2,
    signals={EXPOSED: _exposed},
    outcomes=(Outcome("exposed_share", _mean_exposed),),
)
