"""How other mechanisms read joint work of Mexico and the United States: what rests on shared leads, and how closely the two work."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.index_sets import CHANNELS
from premortem.model.mechanism import View
from premortem.model.signals import COOPERATION, COOPERATION_RATIO, JOINT
from premortem.model.units import TINY


def channel(view: View, name: str) -> jax.Array:
    """Return joint work of one channel over the start, []."""
    return view[JOINT][CHANNELS.index(name)]


def with_leads(view: View, share: jax.Array) -> jax.Array:
    """Return the factor [] on an output of Mexican forces of which ``share`` rests on leads shared with the United States."""
    return 1.0 + share * (channel(view, "leads") - 1.0)


def together(view: View, name: str) -> jax.Array:
    """Return how closely the two countries work by one channel, [] 0 to 1: cooperation at the start times the channel's ratio."""
    at_start = view[COOPERATION] / jnp.maximum(view[COOPERATION_RATIO], TINY)
    return jnp.minimum(at_start * channel(view, name), 1.0)
