"""How a quantity that is kept per organisation follows a split.

``leadership`` moves every stock that ``divides`` in the week of the split. What a mechanism keeps for itself per organisation follows one
week later, through the signals of last week's split: before using it, pass amounts (vacancies, orders) through `divide` and qualities
(an exposed share, a memory, a home map) through `inherit`. In a week without a split both return what they got.
"""

from __future__ import annotations

from collections.abc import Callable

from premortem.arrays import jax, jnp
from premortem.model.accounts import Account
from premortem.model.flows import Flow
from premortem.model.mechanism import View
from premortem.model.pytrees import array, pytree
from premortem.model.signals import ABSORBED, SPLIT_SHARE, SPLIT_TARGET
from premortem.model.units import TINY
from premortem.model.world import World


@pytree
class Split:
    """One split, or none (all zero)."""

    share: jax.Array = array("share", "o", "leaves the parent")
    target: jax.Array = array("share", "o", "where it goes")
    absorbed: jax.Array = array("share", "o", "goes to the pool")


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


def _along(values: jax.Array, account: Account) -> jax.Array:
    """Return values [o] shaped to multiply a balance of the account."""
    return values.reshape([-1 if label == "o" else 1 for label in account.labels])


def division(view: View, split: Split) -> list[Flow]:
    """Return the flows by which everything that divides follows a split: one event for each account.

    What leaves is routed by where it came from: the parent's part to the splinter, the part of who held the slot to the pool. No array
    [o, o] is made of it.
    """
    accounts = {a for mechanism in view.mechanisms.values() for a in mechanism.accounts if a.divides}
    moving, into = split.share + split.absorbed, pool(view.world)
    to_splinter = split.share / jnp.maximum(moving, TINY)

    def follow(account: Account) -> Callable[[jax.Array], jax.Array]:
        axis = account.labels.index("o")

        def route(leaving: jax.Array) -> jax.Array:
            with_parent = leaving * _along(to_splinter, account)
            parent, rest = (part.sum(axis, keepdims=True) for part in (with_parent, leaving - with_parent))
            return _along(split.target, account) * parent + _along(into, account) * rest

        return route

    return [
        Flow(
            f"division_{account.name}",
            account,
            account,
            share=_along(moving, account),
            route=follow(account),
            noisy=False,
        )
        for account in sorted(accounts)
    ]
