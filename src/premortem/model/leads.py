"""What `operations` finds: who can be met and found, aircraft that look, and leads by their source (docs/model/operations.md)."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model import capabilities, splits
from premortem.model.accounts import MEMBERS
from premortem.model.engagement import shares
from premortem.model.index_sets import BACKERS, LEAD_SOURCES, PERMISSIONS
from premortem.model.joint import together
from premortem.model.mechanism import View
from premortem.model.operations_records import Owned, Parameters
from premortem.model.signals import EXPOSED, INTELLIGENCE, PERMISSION, YIELD
from premortem.model.task_forces import Deployed, inside
from premortem.model.units import TINY

INTELLIGENCE_AGENCIES = BACKERS.index("intelligence")
LENT = "operations.isr_orbits"
"""The lever of aircraft that watch for Mexico without a task force."""


def met(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return members [o, r] whom forces may come upon, and of those the ones they look for and who have not learned to deny leads.

    Where the end of a campaign is announced some lie low until then: they are met less and lose nothing else.
    """
    waiting = own.p.wait * view.controls.announced_end * view.orders.in_force
    exposed = (1.0 - waiting) * view[EXPOSED] * view.stock(MEMBERS) * view.once(inside)
    findable = splits.inherit(view, own.s.sought) * (1.0 - splits.inherit(view, own.s.adaptation))
    return exposed, exposed * findable[:, None]


def lent(view: View) -> jax.Array:
    """Return aircraft aloft [r] that are lent to Mexico: where members are, as far as leads are shared."""
    return view.delivered(LENT) * shares(view.stock(MEMBERS).sum(0))


def orbits(view: View, force: Deployed, p: Parameters) -> jax.Array:
    """Return all aircraft aloft [r]: those of task forces that look, and those that are lent."""
    return force.watch / p.orbit_people + lent(view)


def surveillance(view: View, force: Deployed, p: Parameters) -> jax.Array:
    """Return aircraft aloft [r], with those who watch on the ground as so many more."""
    return orbits(view, force, p) + force.work("surveillance") / p.orbit_people


def leads(view: View, own: Owned, force: Deployed, findable: jax.Array, usable: jax.Array) -> jax.Array:
    """Return leads a week [source, r], over LEAD_SOURCES.

    ``findable`` [r] members who can be found; ``usable`` [r] 1 where something can act on a lead: there agencies' leads go.
    """
    p, s = own.p, own.s
    agencies = view.controls.backing[INTELLIGENCE_AGENCIES] * shares(findable * usable)
    shared = force.work("partner") * together(view, "leads") * view[PERMISSION][PERMISSIONS.index("information")]
    collected = jnp.stack(
        [p.y_isr * force.watch / p.orbit_people, p.y_agency * agencies, p.y_exp * s.caught, p.y_part * shared]
    )
    total = collected.sum(0)
    residents = p.lead * view[INTELLIGENCE] * findable * usable
    found = shares(collected) * capabilities.located(total, findable, p.lam)
    return view[YIELD] * jnp.concatenate([residents[None], found])


def agencies_used(own: Owned) -> jax.Array:
    """Return how far intelligence agencies' leads went to US forces last week, [] 0 to 1: Mexico's own forces get the fewer of them."""
    return jnp.minimum(own.s.leads[LEAD_SOURCES.index("agencies")] / jnp.maximum(own.p.y_agency, TINY), 1.0)
