"""Where the people of task forces are, what they work at, and how they come and go: the personnel side of `operations`."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.accounts import MEMBERS, US_DWELL, US_FORWARD, US_READY, US_RESERVE, US_RETURNED
from premortem.model.flows import Flow
from premortem.model.index_sets import LEGAL_ELEMENTS, MANDATED, REACHES, TASKS
from premortem.model.mechanism import View
from premortem.model.signals import AFFORDABLE, BEGUN, COURTS, EFFICIENCY, MANDATE, WIDENED
from premortem.model.units import TINY

PLACED = {
    "presence": "held",
    "interdiction": "held",
    "raids": "sought",
    "surveillance": "sought",
    "strikes": "struck",
    "partner": "held",
}
"""Whether a task goes where residents are or where members are; strikes also reach where no mandate for the ground does."""


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


def reach(view: View) -> jax.Array:
    """Return [f, reach] 1 where a task force may act: as the plan says, or as Washington has widened it for those who have people."""
    widened = view[WIDENED][: len(REACHES)] * (view.orders.people > 0)[:, None]
    return jnp.maximum(view.orders.reach, widened)


def allowed_regions(view: View, mandates: jax.Array | None = None) -> jax.Array:
    """Return [f, r] 1 where a task force may act beyond the line; times the mandate [reach] where one is given."""
    reaches = reach(view) if mandates is None else reach(view) * mandates
    zone, interior = (reaches[:, REACHES.index(name), None] for name in ("zone", "interior"))
    return view.controls.regions * (zone * view.world.zone + interior * (1.0 - view.world.zone))


def inside(view: View) -> jax.Array:
    """Return the share [r] of a region in which task forces may act: in the strip what the zone covers, all if one may go beyond it."""
    beyond = (reach(view)[:, REACHES.index("interior")] * (view.orders.people > 0)).max()
    strip = view.orders.zone_in_force * view.world.zone * (view.orders.zone_share > 0) * (1.0 - beyond)
    return 1.0 - strip * (1.0 - view.orders.zone_share)


@dataclasses.dataclass(frozen=True)
class Mandate:
    """What Washington and the courts let happen of what is ordered: 1 all, 0 nothing, above 1 when widened.

    ``reach`` [reach]; ``ground`` [f] the largest for the reaches beyond the line that a task force has; ``strikes`` [f]; ``largest`` [f].
    """

    reach: jax.Array
    ground: jax.Array
    strikes: jax.Array
    largest: jax.Array


def _mandate(view: View) -> Mandate:
    mandate = view[MANDATE] * view[COURTS][LEGAL_ELEMENTS.index("force_abroad")]
    by_reach = mandate[: len(REACHES)]
    usable = reach(view) * by_reach
    ground = jnp.maximum(usable[:, REACHES.index("zone")], usable[:, REACHES.index("interior")])
    may_strike = (view.orders.effort[:, TASKS.index("strikes")] > 0) & (allowed_regions(view).sum(-1) > 0)
    strikes = mandate[MANDATED.index("strikes")] * may_strike
    return Mandate(by_reach, ground, strikes, jnp.maximum(ground, strikes))


def deployed(view: View, readiness: jax.Array) -> Deployed:
    """Return the force beyond the line.

    Presence, interdiction and partner work spread by residents (in the zone, where the force may act there), raids and surveillance by
    members, each in proportion to the mandate where reaches differ; strikes go by members wherever the force may act.
    """
    effort, forward, world = view.orders.effort, view.stock(US_FORWARD), view.world
    mandate, members = _mandate(view), view.stock(MEMBERS).sum(0)
    allowed = allowed_regions(view, mandate.reach)
    in_zone = allowed * world.zone
    held = _rows(jnp.where(in_zone.sum(-1, keepdims=True) > 0, in_zone, allowed) * world.population)
    where = {"held": held, "sought": _rows(allowed * members), "struck": _rows(allowed_regions(view) * members)}

    strikes = np.array([task == "strikes" for task in TASKS])[:, None]
    mandated = jnp.where(strikes, mandate.strikes, mandate.ground) / jnp.maximum(mandate.largest, TINY)
    people = (forward * effort.T * mandated)[..., None] * jnp.stack([where[PLACED[task]] for task in TASKS])
    counts = jnp.einsum("tfr,f->tr", people, readiness) * view[EFFICIENCY]
    resting = forward - people.sum((0, 2))
    return Deployed(people, counts, people.sum((0, 1)) + resting @ held)


def rotation_base(view: View, multiplier: jax.Array) -> jax.Array:
    """Return units needed to keep one deployed [f], as the plan names it or else ``multiplier``."""
    named = view.controls.units_per_deployed
    return jnp.where(named > 0, named, multiplier)


def readiness_target(
    view: View, multiplier: jax.Array, release: jax.Array, wear: jax.Array, handover: jax.Array
) -> jax.Array:
    """Return the readiness [f] that this size can keep for good.

    It falls as the sustainable share of the force to the power ``wear``: at 0 over-use costs nothing, at 1 a force beyond what the services
    can sustain does no more than one at that size. Each tour costs its handover.
    """
    on_hand = view.stock(US_READY) + view.stock(US_FORWARD)
    sustainable = view.controls.inventory * release / rotation_base(view, multiplier)
    share = jnp.minimum(sustainable / jnp.maximum(on_hand, 1.0), 1.0)
    sustained = jnp.where(on_hand > 0, share, 1.0) ** wear
    tour = view.controls.tour_weeks
    lost = jnp.where(tour > 0, jnp.minimum(handover / jnp.maximum(tour, 1.0), 1.0), 0.0)
    return sustained * (1.0 - lost)


def movements(view: View, multiplier: jax.Array) -> tuple[Flow, ...]:
    """Return flows of people between home, the line and the world outside; ordered, so without luck.

    Losses are replaced. Washington's mandate is the share of the ordered forward force that may be beyond the line: the largest of those
    for the reaches that the force has. Nobody is forward whose reach is the home side.
    """
    ready, forward, dwell = view.stock(US_READY), view.stock(US_FORWARD), view.stock(US_DWELL)
    on_hand = ready + forward
    ordered = view.orders.people * view[BEGUN] * view[AFFORDABLE]
    share = jnp.minimum(view.orders.forward_share * _mandate(view).largest, 1.0)
    wanted = share * jnp.minimum(ordered, on_hand)
    behind = jnp.maximum(rotation_base(view, multiplier) - 1.0, 0.0) * on_hand

    def over(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.maximum(a - b, 0.0) / view.dt

    return (
        Flow("fill", US_RESERVE, US_READY, amount=over(ordered, on_hand), labels="f", noisy=False),
        Flow("advance", US_READY, US_FORWARD, amount=over(wanted, forward), noisy=False),
        Flow("fall_back", US_FORWARD, US_READY, amount=over(forward, wanted), noisy=False),
        Flow("send_home", US_READY, US_RETURNED, amount=over(on_hand, ordered), noisy=False),
        Flow("rotation_base", US_RESERVE, US_DWELL, amount=over(behind, dwell), labels="f", noisy=False),
        Flow("release_base", US_DWELL, US_RETURNED, amount=over(dwell, behind), noisy=False),
    )
