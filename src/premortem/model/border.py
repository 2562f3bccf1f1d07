"""What anybody does who sends loads over a border: how many are lost, which way they go, what is learned. Pure functions.

`crossings` applies them to every kind of load and offers the results as signals; no other mechanism has rules of its own for the line.
Sources and doubts: docs/model/crossings.md.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from premortem.model.units import TINY


def line_loss(start: jax.Array, effort: jax.Array, returns: jax.Array, ceiling: jax.Array) -> jax.Array:
    """Return the chance that the line takes a load.

    Exactly ``start`` at effort 1, none at effort 0; it saturates at ``ceiling``.

    Parameters
    ----------
    start : chance at the start, below the ceiling.
    effort : work at the crossing over that of the start.
    returns : exponent of effort, 1 in proportion.
    ceiling : chance that no effort exceeds.
    """
    return -ceiling * jnp.expm1(effort**returns * jnp.log1p(-start / ceiling))


def zone_loss(density: jax.Array, half: jax.Array, most: jax.Array) -> jax.Array:
    """Return the chance that a held zone takes a load: ``most`` at any density of forces, half of it at ``half``."""
    return -most * jnp.expm1(-jnp.log(2.0) * density / half)


def search_loss(start: jax.Array, searched: jax.Array, hit: jax.Array, aim: jax.Array) -> jax.Array:
    """Return the chance that a load is found when the share ``searched`` of traffic is checked in full beyond that of the start.

    ``hit`` is the chance that a check finds what is there; ``aim`` 1 picks vehicles blindly, more is better informed.
    """
    return start + jnp.maximum(hit - start, 0.0) * (1.0 - (1.0 - searched) ** aim)


def either(first: jax.Array, second: jax.Array) -> jax.Array:
    """Return the chance that at least one of two independent obstacles takes a load."""
    return first + second - first * second


def cost_of_risk(loss: jax.Array, steep_above: jax.Array) -> jax.Array:
    """Return what a chance of loss costs the sender, in logarithms of a load's value: replacement, and a premium that grows with the
    square of the risk above ``steep_above`` (NarcoLogic)."""
    return -jnp.log1p(-loss) * jnp.maximum(1.0, (loss / steep_above) ** 2)


def route_shares(weights: jax.Array, cost: jax.Array, choosiness: jax.Array, spread: jax.Array) -> jax.Array:
    """Return the shares of loads by crossing (last axis).

    Parameters
    ----------
    weights : shares when all costs are zero; a closed crossing has none.
    cost : cost of each crossing beyond that of the start.
    choosiness : log odds lost per unit of cost.
    spread : 1 as at the start; more evens the shares out, less concentrates them.
    """
    log_odds = (jnp.log(jnp.maximum(weights, TINY)) - choosiness * cost) / spread
    return jax.nn.softmax(log_odds, axis=-1, where=weights > 0)


def detour_cost(shares: jax.Array, start: jax.Array, choosiness: jax.Array) -> jax.Array:
    """Return what it costs to send loads other ways than at the start (last axis summed), in the units of `cost_of_risk`.

    In a choice by log odds the shares of the start stand for every cost nobody has measured; leaving them costs their relative entropy.
    """
    ratio = jnp.log(jnp.maximum(shares, TINY)) - jnp.log(jnp.maximum(start, TINY))
    return (shares * ratio).sum(-1) / choosiness


def learned(
    belief: jax.Array, start: jax.Array, sent: jax.Array, lost: jax.Array, pace: jax.Array, forgetting: jax.Array
) -> jax.Array:
    """Return the believed chance of loss after a week.

    Own losses teach fast; where nobody sends anything, fear fades slowly to what was believed at the start.

    Parameters
    ----------
    sent : loads sent.
    lost : share of them that was lost.
    pace, forgetting : shares of the way covered in the step.
    """
    seen = (sent * lost + belief) / (sent + 1.0)
    untried = jnp.maximum(1.0 - sent, 0.0)
    return belief + pace * (seen - belief) + forgetting * untried * (start - belief)


def wanted_spread(loss: jax.Array, start: jax.Array, tolerance: jax.Array, most: jax.Array) -> jax.Array:
    """Return the spread that senders aim at: loads are split over more ways when losses exceed what they tolerate."""
    return jnp.exp(most * jnp.tanh((loss - start) / tolerance))
