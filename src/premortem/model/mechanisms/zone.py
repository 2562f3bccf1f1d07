"""Who holds a zone, and how much of what it orders that lets happen: an order that nobody carries out moves nobody (docs/model/zone.md)."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import RESIDENTS_HOME
from premortem.model.engagement import coverage
from premortem.model.index_sets import MEXICAN_FORCES, PERMISSIONS
from premortem.model.mechanism import Mechanism, Own, View
from premortem.model.pytrees import Nothing, param, pytree
from premortem.model.signals import (
    NORTHERN_GUARD,
    PERMISSION,
    US_IN_MEXICO,
    ZONE_HELD,
    ZONE_PORTS_HELD,
    ZONE_US,
)
from premortem.model.units import TINY


@pytree
class Parameters:
    """Parameters of data/parameters/zone.toml, with their units and sources there."""

    hold: jax.Array = param("person/(thousand person)")
    hold_ports: jax.Array = param("person/mile")


Owned = Own[Parameters, Nothing, Nothing]


def _mexican(view: View) -> jax.Array:
    """Return Mexican people who hold the zone [r]: those in the north and the plan's partners, where Mexico leads and permits it."""
    leads = view.orders.mexican_forces[MEXICAN_FORCES.index("lead")]
    partners = jnp.einsum("b,bwr->r", view.orders.partner_people, view.controls.partner_place)
    there = (view[NORTHERN_GUARD] + partners) * view.world.zone
    return leads * view[PERMISSION][PERMISSIONS.index("partnered")] * there


def _us(view: View) -> jax.Array:
    return view[US_IN_MEXICO] * view.world.zone


def _held(view: View, own: Owned) -> jax.Array:
    """Return the share [r] of what the zone orders of residents that somebody there carries out: the thinner the force, the less."""
    return coverage(_us(view) + _mexican(view), view.orders.zone_share * view.stock(RESIDENTS_HOME), own.p.hold)


def _ports_held(view: View, own: Owned) -> jax.Array:
    """Return the share [r] of the zone's rule for ports that somebody there carries out."""
    along = (_us(view) + _mexican(view)) / jnp.maximum(view.world.border_miles, 1.0)
    return -jnp.expm1(-along / own.p.hold_ports)


def _share_us(view: View, own: Owned) -> jax.Array:
    """Return the US share of those who hold the zone; while nobody does, whose the plan says it is."""
    us, mexican = _us(view).sum(), _mexican(view).sum()
    planned = 1.0 - view.orders.mexican_forces[MEXICAN_FORCES.index("lead")]
    return jnp.where(us + mexican > 0, us / jnp.maximum(us + mexican, TINY), planned)


ZONE = Mechanism(
    name="zone",
    parameters=Parameters,
    accounts=(RESIDENTS_HOME,),
    signals={ZONE_HELD: _held, ZONE_PORTS_HELD: _ports_held, ZONE_US: _share_us},
)
