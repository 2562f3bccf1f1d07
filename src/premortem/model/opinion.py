"""US opinion of a campaign: how far it reaches, what the public sees of its success, and how many back it (docs/model/washington.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from jax.scipy.special import expit

from premortem.model.accounts import MEMBERS
from premortem.model.index_sets import PERMISSIONS, REACHES, TASKS
from premortem.model.mechanism import View
from premortem.model.signals import GDP_LOSS, OVERDOSE_RATIO, PERMISSION, US_SOIL_ATTACKS, VIOLENCE
from premortem.model.units import PER_THOUSAND, TINY

if TYPE_CHECKING:
    from premortem.model.mechanisms.washington import Owned

ZONE, INTERIOR = REACHES.index("zone"), REACHES.index("interior")
COMBAT = PERMISSIONS.index("combat")
NO_FORCE = 0.0
ON_HOME_SIDE, IN_ZONE, IN_INTERIOR = (1.0 + REACHES.index(name) for name in ("home_side", "zone", "interior"))
"""How far a plan sends anybody: an order, so that a widened mandate is one further."""


def ordered_reach(view: View) -> jax.Array:
    """Return how far the plan itself sends anybody this week: nowhere, the home side, the zone, the interior."""
    sent = view.orders.people > 0
    reach = jnp.where(sent[:, None], view.orders.reach, 0.0).max(0)
    abroad = jnp.where(reach[INTERIOR] > 0, IN_INTERIOR, jnp.where(reach[ZONE] > 0, IN_ZONE, ON_HOME_SIDE))
    at_home = jnp.where(view.orders.home_people.sum() > 0, ON_HOME_SIDE, NO_FORCE)
    return jnp.where(sent.any(), abroad, at_home)


def base(view: View, own: Owned) -> jax.Array:
    """Return support by how far the campaign reaches; while there is none, for a hypothetical move into Mexico."""
    p, reach = own.p, ordered_reach(view)
    in_mexico = p.support_force - p.consent_penalty * (1.0 - view[PERMISSION][COMBAT])
    strikes = (view.orders.people * view.orders.effort[:, TASKS.index("strikes")]).sum() > 0
    at_home = jnp.where(strikes, p.support_sea, p.support_home)
    return jnp.where(reach == ON_HOME_SIDE, at_home, in_mexico)


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
    prices = p.price_sensitivity * jnp.log1p(view[GDP_LOSS] / (PER_THOUSAND * p.price0))
    deaths = slope * jnp.log10(1.0 + dead / p.casualty_scale)
    target = base(view, own) + rally - deaths + gain * (s.success - 1.0 / 2.0) - prices
    return jnp.clip(target, p.support_min, p.support_max)
