"""How a quantity that is kept per organisation follows a split.

``leadership`` moves every stock that ``divides`` in the week of the split. What a mechanism keeps for itself per organisation follows one
week later, through the signals of last week's split: before using it, pass amounts (vacancies, orders) through `divide` and qualities
(an exposed share, a memory, a home map) through `inherit`. In a week without a split both return what they got.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from premortem.model.mechanism import View
from premortem.model.signals import ABSORBED, SPLIT_SHARE, SPLIT_TARGET
from premortem.model.units import TINY
from premortem.model.world import World


def pool(world: World) -> jax.Array:
    """Return the weights [o] by which the pools take in whoever has no organisation of his own; zero without a pool."""
    return world.pooled / jnp.maximum(world.pooled.sum(), 1.0)


def effective_number(world: World, size: jax.Array) -> jax.Array:
    """Return the effective number of organisations of these sizes [o]: one over the sum of squared shares, a pool counted as the many it
    is."""
    share = size / jnp.maximum(size.sum(), 1.0)
    return 1.0 / jnp.maximum((share**2 * world.concentration).sum(), TINY)


def _per_organisation(values: jax.Array, like: jax.Array) -> jax.Array:
    return values.reshape(values.shape + (1,) * (like.ndim - 1))


def divide(view: View, amounts: jax.Array) -> jax.Array:
    """Return amounts [o, ...] after last week's split: the splinter has its share, the absorbed are with the pool; the sum is kept."""
    left = amounts * _per_organisation(view[SPLIT_SHARE], amounts)
    gone = amounts * _per_organisation(view[ABSORBED], amounts)
    return (
        amounts
        - left
        - gone
        + _per_organisation(view[SPLIT_TARGET], amounts) * left.sum(0)
        + _per_organisation(pool(view.world), amounts) * gone.sum(0)
    )


def inherit(view: View, values: jax.Array) -> jax.Array:
    """Return qualities [o, ...] after last week's split: a new splinter has what its parent has."""
    parent = _per_organisation(view[SPLIT_SHARE] > 0, values)
    new = _per_organisation(view[SPLIT_TARGET] * view.world.spare > 0, values)
    return jnp.where(new, jnp.where(parent, values, 0).sum(0), values)
