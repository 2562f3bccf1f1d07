"""Finding and fighting: closed forms of contacts between a force and an opponent who hides among residents. Pure functions.

Capacity (actions a week that the force could do) and leads (actions a week that it knows a reason for) limit each other. With few people
and many leads losses follow the force (aimed fire), with many people and few leads they follow the leads, and without leads only blind
action is left, which falls on whoever is there (area fire). One formula holds the three classical laws of combat.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.units import LARGEST_SHARE, PER_THOUSAND, TINY, UNCOVERED_AT_DENSITY


def aimed_actions(capacity: jax.Array, leads: jax.Array) -> jax.Array:
    """Return actions on a lead a week: half the harmonic mean, so never more than either."""
    return capacity * leads / (capacity + leads + TINY)


def idle_capacity(capacity: jax.Array, leads: jax.Array) -> jax.Array:
    """Return what `aimed_actions` leaves of the capacity, without cancellation."""
    return capacity * capacity / (capacity + leads + TINY)


def log_spread(actions: jax.Array, one: jax.Array) -> jax.Array:
    """Return the log standard deviation of a sum of ``actions`` log-normal results of log standard deviation ``one``, by its moments."""
    return jnp.sqrt(jnp.log1p(jnp.expm1(one * one) / jnp.maximum(actions, 1.0)))


def coverage(forces: jax.Array, residents: jax.Array, density: jax.Array) -> jax.Array:
    """Return the share of residents covered by ``forces`` person; ``density`` per 1,000 residents covers two thirds."""
    per_thousand = PER_THOUSAND * forces / jnp.maximum(residents, 1.0)
    return -jnp.expm1(jnp.log(UNCOVERED_AT_DENSITY) * per_thousand / density)


def hazard_of(lost: jax.Array, stock: jax.Array) -> jax.Array:
    """Return the weekly hazard that alone takes ``lost`` from ``stock``."""
    return -jnp.log1p(-jnp.minimum(lost / jnp.maximum(stock, 1.0), LARGEST_SHARE))


def shares(weights: jax.Array) -> jax.Array:
    """Return weights over their sum along the first axis, zero where they are all zero."""
    return weights / jnp.maximum(weights.sum(0, keepdims=True), TINY)
