"""What the people of task forces can do. A force is a mixture of roles (data); what a role weighs on a task is a parameter.

Pure functions; who does what where is in `task_forces`. Equal roles give equal results, whatever the units are called.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model.engagement import aimed_actions
from premortem.model.index_sets import ROLES, TASKS
from premortem.model.units import TINY

REMOTE = np.array([float(role == "isr") for role in ROLES])
"""Roles that work from their base: never beyond the line, never exposed."""


@dataclasses.dataclass(frozen=True)
class Weights:
    """What a person of each role counts for.

    ``tasks`` [task, role] in effective person; ``exposed`` [role] to fire on presence and ``harm`` [role] done by it, over those of
    ground troops.
    """

    tasks: jax.Array
    exposed: jax.Array
    harm: jax.Array

    def on(self, task: str) -> jax.Array:
        """Return what each role counts for on one task, [role]."""
        return self.tasks[TASKS.index(task)]


def rows(weights: jax.Array) -> jax.Array:
    """Return weights over their sum along the last axis, zero where they are all zero."""
    return weights / jnp.maximum(weights.sum(-1, keepdims=True), TINY)


def forward_mixture(roles: jax.Array) -> jax.Array:
    """Return the mixture [f, role] of those who go beyond the line: all but the remote."""
    return rows(roles * (1.0 - REMOTE))


def people_in(role: str, roles: jax.Array, people: jax.Array) -> jax.Array:
    """Return how many of ``people`` [f] have a role, [f]."""
    return roles[:, ROLES.index(role)] * people


def located(found: jax.Array, members: jax.Array, most: jax.Array) -> jax.Array:
    """Return leads a week from ``found`` leads of collection: half the harmonic mean with the largest share ``most`` of members."""
    return aimed_actions(found, most * members)


def met(needed: jax.Array, there: jax.Array) -> jax.Array:
    """Return the share of a need that is met, [] or [f]; 1 where nothing is needed."""
    return jnp.where(needed > TINY, jnp.minimum(there / jnp.maximum(needed, TINY), 1.0), 1.0)


def reached(organic: jax.Array, carried: jax.Array, zone: jax.Array) -> jax.Array:
    """Return the share of raids that can go where they are wanted, [r]: all in the zone, beyond it those by road or lift."""
    return zone + (1.0 - zone) * (1.0 - (1.0 - organic) * (1.0 - carried))


def evacuated(covered: jax.Array, near: jax.Array, in_zone: jax.Array) -> jax.Array:
    """Return the share of the wounded whom evacuation reaches in time, [f].

    Hospitals across the line reach at least ``near`` of those in the zone.
    """
    return in_zone * jnp.maximum(covered, near) + (1.0 - in_zone) * covered


def deadlier(gap: jax.Array, evacuation: jax.Array) -> jax.Array:
    """Return the factor on deaths from wounds, [f]: 1 with evacuation in time for everybody, ``gap`` without any."""
    return 1.0 + (gap - 1.0) * (1.0 - evacuation)


def meets(good: jax.Array, wrong: jax.Array) -> jax.Array:
    """Return the share of actions on a lead that meet a member, when confusion multiplies the others by ``wrong``."""
    return 1.0 - jnp.minimum((1.0 - good) * wrong, 1.0)
