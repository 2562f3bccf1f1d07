"""What people who lift make possible for `operations`: how far raids reach, and how many of the wounded live (docs/model/operations.md)."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model import capabilities
from premortem.model.mechanism import View
from premortem.model.operations_records import Parameters
from premortem.model.task_forces import Deployed, on_hand
from premortem.model.units import TINY


def lifters(view: View) -> jax.Array:
    """Return people who lift, from wherever they are based, []."""
    return capabilities.people_in("lift", view.orders.roles, on_hand(view)).sum()


def reached(view: View, p: Parameters, force: Deployed) -> jax.Array:
    """Return the share of raids that can go where they are wanted, [r]."""
    carried = capabilities.met(p.lift_per_raider * force.on("raids").sum(), lifters(view))
    return capabilities.reached(p.organic, carried, view.world.zone)


def evacuation(view: View, p: Parameters, force: Deployed) -> jax.Array:
    """Return the share of a task force's wounded whom evacuation reaches in time, [f]."""
    covered = capabilities.met(p.lift_per_forward * force.present.sum(), lifters(view))
    in_danger = force.on("presence") + force.on("raids")
    in_zone = (in_danger @ view.world.zone) / jnp.maximum(in_danger.sum(-1), TINY)
    return capabilities.evacuated(covered, p.near, in_zone)


def evacuation_cover(view: View, p: Parameters, force: Deployed) -> jax.Array:
    """Return the share of all wounded whom evacuation reaches in time, []; 1 while nobody is in danger."""
    people = (force.on("presence") + force.on("raids")).sum(-1)
    covered = people @ evacuation(view, p, force)
    return jnp.where(people.sum() > 0, covered / jnp.maximum(people.sum(), TINY), 1.0)
