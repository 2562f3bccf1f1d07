"""What anybody does who sends loads over a border: how many are lost, which way they go, what is learned. Pure functions.

`crossings` applies them to every kind of load and offers the results as signals; no other mechanism has rules of its own for the line.
Sources and doubts: docs/model/crossings.md.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.units import LARGEST_STEP, NEVER, NEWTON_STEPS, TINY


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


def route_shares(
    weights: jax.Array,
    cost: jax.Array,
    choosiness: jax.Array,
    spread: jax.Array,
    crowding: jax.Array | float = 0.0,
    cover: jax.Array | float = 1.0,
    room: jax.Array | float = NEVER,
) -> jax.Array:
    """Return the shares of loads by crossing (last axis): a choice by log odds among ways that fill up.

    One more load on a way costs `crowding` times the logarithm of what goes there over the start; the shares in balance with that cost are
    ``exp((log weights + (log cover - choosiness cost + c) / (1 + choosiness crowding)) / spread)`` up to ``room``, with the one ``c`` at
    which they add up (Newton's method; Dell 2015 has congestion of this kind). What no way has room for is not sent: shares still add up
    to one.

    Parameters
    ----------
    weights : shares when all costs are zero; a crossing that nobody uses has none.
    cost : cost of each crossing beyond that of the start.
    choosiness : log odds lost per unit of cost.
    spread : 1 as at the start; more evens the shares out, less concentrates them.
    crowding : cost of a way for each unit of the logarithm of its flow over the start.
    cover : lawful traffic among which loads hide, over the start; 0 where a way is closed.
    room : largest share that a way can take.
    """
    slope = 1.0 / (1.0 + choosiness * crowding)
    pull = jnp.log(jnp.maximum(cover, TINY)) - choosiness * cost
    start = jnp.log(jnp.maximum(weights, TINY))
    used = (weights > 0) & (jnp.asarray(cover) > 0)
    most = jnp.broadcast_to(room, start.shape)

    def sent(level: jax.Array) -> tuple[jax.Array, jax.Array]:
        free = jnp.where(used, jnp.exp((start + slope * (pull + level)) / spread), 0.0)
        return jnp.minimum(free, most), (slope / spread) * free * (free < most)

    def nearer(_: int, level: jax.Array) -> jax.Array:
        shares, rise = sent(level)
        total = shares.sum(-1, keepdims=True)
        step = total * jnp.log(target / jnp.maximum(total, TINY)) / jnp.maximum(rise.sum(-1, keepdims=True), TINY)
        return level + jnp.clip(step, -LARGEST_STEP, LARGEST_STEP)

    target = jnp.minimum((most * used).sum(-1, keepdims=True), 1.0)
    level = jax.lax.fori_loop(0, NEWTON_STEPS, nearer, jnp.zeros_like(start[..., :1]))
    shares = sent(level)[0]
    left = jnp.where(used, most - shares, 0.0)
    lacking = jnp.maximum(target - shares.sum(-1, keepdims=True), 0.0)  # of rounding, or where nearly all ways are full
    shares = shares + left * lacking / jnp.maximum(left.sum(-1, keepdims=True), TINY)
    return shares / jnp.maximum(shares.sum(-1, keepdims=True), TINY)


def jump(before: jax.Array, now: jax.Array) -> jax.Array:
    """Return by how much the logarithm of something has risen in a week; 0 where it fell."""
    return jnp.maximum(jnp.log(jnp.maximum(now, TINY)) - jnp.log(jnp.maximum(before, TINY)), 0.0)


def room_after(
    room: jax.Array, start: jax.Array, flow: jax.Array, busy: jax.Array, growth: jax.Array, decline: jax.Array
) -> jax.Array:
    """Return the room of ways after a week, over the flow of the start: it grows where it is in use, and goes back where it is not.

    Parameters
    ----------
    flow : what went there, over the flow of the start.
    busy : share of the room in use above which more is built.
    growth, decline : shares by which room grows, or comes back to that of the ``start``, in the step.
    """
    return jnp.where(flow > busy * room, room * (1.0 + growth), room + decline * (start - room))


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
