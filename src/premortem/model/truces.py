"""Truces between organisations, region by region: agreed or not, kept or broken, and what is left when they break.

A truce binds its parties where the plan makes it; others are not bound. Pure functions; `rivalry` carries the state. Who makes one is a
deal of the plan. Sources, laws and doubts: docs/model/rivalry.md.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.luck import Luck
from premortem.model.mechanism import View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import HEADS_LOST
from premortem.model.units import TINY, WEEKS_PER_YEAR

PAIR = 2.0
"""The fewest parties of a truce."""


@pytree
class TruceParameters:
    """Draws of one future; meanings, priors and sources in data/parameters/rivalry.toml."""

    truce_depth: jax.Array = param("ratio")
    truce_agreed: jax.Array = param("probability")
    truce_end: jax.Array = param("1/week")
    truce_parties: jax.Array = param("exponent")
    truce_monitors: jax.Array = param("share")
    truce_head: jax.Array = param("probability")
    truce_rebound: jax.Array = param("ratio")
    truce_hidden: jax.Array = param("share")


@pytree
class Truces:
    """Where truces stand."""

    agreed: jax.Array = array("index", "b", "of each deal: 1 once it is agreed")
    holds: jax.Array = array("index", "br", "of each deal: 1 where it is agreed and not broken")


def begin(view: View) -> Truces:
    """Return truces at the start: none."""
    regions = view.controls.deal_regions
    return Truces(jnp.zeros(regions.shape[0]), jnp.zeros_like(regions))


def in_force(view: View, truces: Truces) -> jax.Array:
    """Return [deal, r] 1 where a truce holds this week: agreed, not broken, and its term not over."""
    return truces.holds * view.orders.deal_on[:, None]


def bound(view: View, truces: Truces) -> jax.Array:
    """Return [o, r] 1 where a truce binds an organisation."""
    return jnp.minimum(view.controls.deal_parties.T @ in_force(view, truces), 1.0)


def week(
    view: View, p: TruceParameters, truces: Truces, luck: Luck, of_state: jax.Array, covered: jax.Array
) -> tuple[Truces, jax.Array]:
    """Return truces a step later, and [r] the log size of what fights rise by where they broke.

    A deal on offer is agreed once, everywhere it is meant for; it breaks state by state, and everywhere with some chance when a party
    loses its head. A broken truce does not come back. ``covered`` [deal, r] is the share of fights that are between its parties.
    """
    parties, on = view.controls.deal_parties, view.orders.deal_on
    more = p.truce_parties * jnp.maximum(parties.sum(1) - PAIR, 0.0)
    offered = on * (parties.sum(1) > 1) * (1.0 - truces.agreed)
    agree = 1.0 - (1.0 - p.truce_agreed) ** (view.dt / WEEKS_PER_YEAR * jnp.exp(-more))
    new = luck.happens("truce", offered * agree)
    kept_by_all = (1.0 - p.truce_head) ** (parties @ view[HEADS_LOST])
    risk = p.truce_end * jnp.exp(more) * (1.0 - p.truce_monitors * view.controls.deal_monitors)
    keeps = jnp.exp(-risk * view.dt) * kept_by_all
    holding = in_force(view, truces)
    breaks = holding * luck.happens("truce_breaks", jnp.broadcast_to(1.0 - keeps[:, None], holding.shape))[:, of_state]
    rises = (breaks * covered).sum(0) * jnp.log(jnp.maximum(p.truce_rebound, TINY))
    holds = truces.holds - breaks + new[:, None] * view.controls.deal_regions
    return Truces(truces.agreed + new, holds), rises
