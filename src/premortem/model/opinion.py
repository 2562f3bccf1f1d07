"""US opinion of a campaign: how far it reaches, what the public sees of its success, and how many back it (docs/model/washington.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from premortem.arrays import expit, jax, jnp
from premortem.model.accounts import MEMBERS
from premortem.model.index_sets import PERMISSIONS, REACHES
from premortem.model.mechanism import View
from premortem.model.signals import GDP_LOSS, OVERDOSE_RATIO, PERMISSION, US_SOIL_ATTACKS, VIOLENCE
from premortem.model.units import PER_THOUSAND, TINY
from premortem.model.us_presence import beyond

if TYPE_CHECKING:
    from premortem.model.mechanisms.washington import Owned

ZONE, INTERIOR = REACHES.index("zone"), REACHES.index("interior")
COMBAT = PERMISSIONS.index("combat")
NO_FORCE = 0.0
ON_HOME_SIDE, IN_ZONE, IN_INTERIOR = (1.0 + REACHES.index(name) for name in ("home_side", "zone", "interior"))
"""How far a plan sends its task forces: an order, so that a widened mandate is one further."""
MOST_GAINED = 0.95
"""Output gained at the ports counts up to this share of ``price0``: the logarithm of what is gained has no end at one."""


def ordered_reach(view: View) -> jax.Array:
    """Return how far the plan itself sends its task forces this week: nowhere, the home side, the zone, the interior."""
    sent = view.orders.people > 0
    reach = jnp.where(sent[:, None], view.orders.reach, 0.0).max(0)
    abroad = jnp.where(reach[INTERIOR] > 0, IN_INTERIOR, jnp.where(reach[ZONE] > 0, IN_ZONE, ON_HOME_SIDE))
    return jnp.where(sent.any(), abroad, NO_FORCE)


def base(view: View, own: Owned) -> jax.Array:
    """Return support for US force in Mexico, the one question asked under every plan: without consent, as far as it is an idea.

    Mexico's consent counts as far as people see the force that it is given to.
    """
    p, present = own.p, view.once(beyond)
    fighting = present.ground + present.strikes
    noticed = fighting / jnp.maximum(fighting + p.noticed, TINY)
    return p.support_force - p.consent_penalty * (1.0 - noticed * view[PERMISSION][COMBAT])


def seen(view: View, own: Owned) -> jax.Array:
    """Return the success that the public would see if this week went on."""
    p, world = own.p, view.world
    violence = (view[VIOLENCE] * world.homicides).sum() / jnp.maximum(world.homicides.sum(), TINY)
    violence = jnp.where(world.homicides.sum() > 0, violence, 1.0)
    effect = (
        p.success_overdose * (1.0 - view[OVERDOSE_RATIO])
        + p.success_members * (1.0 - view.stock(MEMBERS).sum() / jnp.maximum(own.c.members, 1.0))
        - p.success_attack * jnp.minimum(view[US_SOIL_ATTACKS] * view.dt, 1.0)
        - p.success_violence * (violence - 1.0)
    )
    return expit(p.success_sensitivity * jnp.exp(p.publish_effect * view.lever("washington.publish_results")) * effect)


def supported(view: View, own: Owned, dead: jax.Array) -> jax.Array:
    """Return the support to which opinion moves."""
    p, s = own.p, own.s
    slope = p.casualty_slope * (1.0 - p.success_view * s.success)
    gain = p.success_gain * (p.success_floor + (1.0 - p.success_floor) * p.success_view)
    rally = jnp.where(s.weeks > 0, p.rally * jnp.exp2(-s.weeks / p.rally_half_life), 0.0)
    prices = p.price_sensitivity * jnp.log1p(jnp.maximum(view[GDP_LOSS] / (PER_THOUSAND * p.price0), -MOST_GAINED))
    deaths = slope * jnp.log10(1.0 + dead / p.casualty_scale)
    target = base(view, own) + rally - deaths + gain * (s.success - 1.0 / 2.0) - prices
    return jnp.clip(target, p.support_min, p.support_max)
