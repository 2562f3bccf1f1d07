"""Where the people of task forces are, what they work at, and how they come and go: the personnel side of `operations`."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp

from premortem.model.accounts import MEMBERS, US_DWELL, US_FORWARD, US_READY, US_RESERVE, US_RETURNED
from premortem.model.flows import Flow
from premortem.model.index_sets import REACHES, TASKS
from premortem.model.mechanism import View
from premortem.model.signals import AFFORDABLE, BEGUN, EFFICIENCY, MANDATE
from premortem.model.units import TINY

SOUGHT = ("raids", "surveillance", "strikes")
"""Tasks that go where members are; the others go where residents are."""


@dataclasses.dataclass(frozen=True)
class Deployed:
    """The force beyond the line this week.

    ``people`` [task, f, r] person on each task; ``effort`` [task, r] what of it counts, after readiness and coordination;
    ``present`` [r] person, those who rest included.
    """

    people: jax.Array
    effort: jax.Array
    present: jax.Array

    def on(self, task: str) -> jax.Array:
        """Return people [f, r] on one task."""
        return self.people[TASKS.index(task)]

    def work(self, task: str) -> jax.Array:
        """Return effort [r] on one task, in effective person."""
        return self.effort[TASKS.index(task)]


def _rows(weights: jax.Array) -> jax.Array:
    return weights / jnp.maximum(weights.sum(-1, keepdims=True), TINY)


def allowed_regions(view: View) -> jax.Array:
    """Return [f, r] 1 where the plan lets a task force act beyond the line."""
    zone, interior = (view.orders.reach[:, REACHES.index(reach), None] for reach in ("zone", "interior"))
    return view.controls.regions * (zone * view.world.zone + interior * (1.0 - view.world.zone))


def _where(view: View) -> tuple[jax.Array, jax.Array]:
    """Return [f, r] where each task force holds ground and where it seeks members; rows sum to 1, or 0 where it may not act."""
    world, allowed = view.world, allowed_regions(view)
    in_zone = allowed * world.zone
    has_zone = in_zone.sum(-1, keepdims=True) > 0
    held = jnp.where(has_zone, in_zone, allowed) * world.population
    return _rows(held), _rows(allowed * view.stock(MEMBERS).sum(0))


def deployed(view: View, readiness: jax.Array) -> Deployed:
    """Return the force beyond the line. Presence, interdiction and partner work spread by residents, the rest by members."""
    effort, forward = view.orders.effort, view.stock(US_FORWARD)
    held, sought = _where(view)
    seeks = jnp.asarray([float(task in SOUGHT) for task in TASKS])
    on_task = effort * forward[:, None]
    people = jnp.einsum("ft,fr->tfr", on_task * (1.0 - seeks), held) + jnp.einsum("ft,fr->tfr", on_task * seeks, sought)
    counts = jnp.einsum("tfr,f->tr", people, readiness) * view[EFFICIENCY]
    resting = forward * jnp.maximum(1.0 - effort.sum(-1), 0.0)
    return Deployed(people, counts, people.sum((0, 1)) + resting @ held)


def rotation_base(view: View, multiplier: jax.Array) -> jax.Array:
    """Return units needed to keep one deployed [f], as the plan names it or else ``multiplier``."""
    named = view.controls.units_per_deployed
    return jnp.where(named > 0, named, multiplier)


def readiness_target(view: View, multiplier: jax.Array, release: jax.Array, handover: jax.Array) -> jax.Array:
    """Return the readiness [f] that this size can keep for good: what the services can sustain, less the handover between tours."""
    on_hand = view.stock(US_READY) + view.stock(US_FORWARD)
    sustainable = view.controls.inventory * release / rotation_base(view, multiplier)
    sustained = jnp.where(on_hand > sustainable, sustainable / jnp.maximum(on_hand, 1.0), 1.0)
    tour = view.controls.tour_weeks
    lost = jnp.where(tour > 0, jnp.minimum(handover / jnp.maximum(tour, 1.0), 1.0), 0.0)
    return sustained * (1.0 - lost)


def movements(view: View, multiplier: jax.Array) -> tuple[Flow, ...]:
    """Return flows of people between home, the line and the world outside; ordered, so without luck.

    Losses are replaced. Washington's mandate is the share of the ordered forward force that may be beyond the line; nobody is forward whose
    reach is the home side.
    """
    ready, forward, dwell = view.stock(US_READY), view.stock(US_FORWARD), view.stock(US_DWELL)
    reach = view.orders.reach
    on_hand = ready + forward
    ordered = view.orders.people * view[BEGUN] * view[AFFORDABLE]
    abroad = jnp.maximum(reach[:, REACHES.index("zone")], reach[:, REACHES.index("interior")])
    wanted = jnp.minimum(view.orders.forward_share * view[MANDATE], 1.0) * abroad * jnp.minimum(ordered, on_hand)
    behind = jnp.maximum(rotation_base(view, multiplier) - 1.0, 0.0) * on_hand

    def over(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.maximum(a - b, 0.0)

    return (
        Flow("fill", US_RESERVE, US_READY, amount=over(ordered, on_hand), labels="f", noisy=False),
        Flow("advance", US_READY, US_FORWARD, amount=over(wanted, forward), noisy=False),
        Flow("fall_back", US_FORWARD, US_READY, amount=over(forward, wanted), noisy=False),
        Flow("send_home", US_READY, US_RETURNED, amount=over(on_hand, ordered), noisy=False),
        Flow("rotation_base", US_RESERVE, US_DWELL, amount=over(behind, dwell), labels="f", noisy=False),
        Flow("release_base", US_DWELL, US_RETURNED, amount=over(dwell, behind), noisy=False),
    )
