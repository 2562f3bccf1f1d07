"""Where the people of task forces are, what they work at, and how they come and go: the personnel side of `operations`."""

from __future__ import annotations

import dataclasses

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model import capabilities
from premortem.model.accounts import MEMBERS, US_DWELL, US_FORWARD, US_READY, US_RESERVE, US_RETURNED
from premortem.model.capabilities import REMOTE, Weights, rows
from premortem.model.flows import Flow
from premortem.model.index_sets import LEGAL_ELEMENTS, MANDATED, REACHES, ROLES, TASKS
from premortem.model.mechanism import View
from premortem.model.signals import AFFORDABLE, BEGUN, COURTS, EFFICIENCY, MANDATE, WIDENED
from premortem.model.units import PER_THOUSAND, TINY

PLACED = {
    "presence": "spread",
    "interdiction": "held",
    "raids": "sought",
    "surveillance": "sought",
    "strikes": "struck",
    "partner": "held",
}
"""Whether a task goes where residents are or where members are; strikes also reach where no mandate for the ground does."""

WATCHING = np.array([float(task in {"raids", "surveillance", "strikes"}) for task in TASKS])
"""Tasks for which aircraft look: their crews' work is orbits."""


@dataclasses.dataclass(frozen=True)
class Deployed:
    """The force this week.

    ``people`` [task, f, r] person on each task beyond the line; ``effort`` [task, r] what of it and of remote work counts, by roles, after
    readiness and coordination; ``watch`` [r] remote people at work whose aircraft look, likewise; ``present`` [r] person beyond the line,
    those who rest included; ``exposed`` [f, r] and ``harm`` [r] people on presence as they are met with fire and harm residents.
    """

    people: jax.Array
    effort: jax.Array
    watch: jax.Array
    present: jax.Array
    exposed: jax.Array
    harm: jax.Array

    def on(self, task: str) -> jax.Array:
        """Return people [f, r] on one task."""
        return self.people[TASKS.index(task)]

    def work(self, task: str) -> jax.Array:
        """Return effort [r] on one task, in effective person."""
        return self.effort[TASKS.index(task)]


def on_hand(view: View) -> jax.Array:
    """Return people of each task force in the theatre, beyond the line or at their base, [f]."""
    return view.stock(US_READY) + view.stock(US_FORWARD)


def remote(view: View) -> jax.Array:
    """Return people who work from their base, [f]: those of the remote roles, of forces that may act beyond the line."""
    may_act = allowed_regions(view).sum(-1) > 0
    return may_act * (view.orders.roles @ REMOTE) * on_hand(view)


def reach(view: View) -> jax.Array:
    """Return [f, reach] 1 where a task force may act: as the plan says, or as Washington has widened it for those who have people."""
    widened = view[WIDENED][: len(REACHES)] * (view.orders.people > 0)[:, None]
    return jnp.maximum(view.orders.reach, widened)


def allowed_regions(view: View, mandates: jax.Array | None = None) -> jax.Array:
    """Return [f, r] 1 where a task force may act beyond the line; times the mandate [reach] where one is given."""
    reaches = view.once(reach) if mandates is None else view.once(reach) * mandates
    zone, interior = (reaches[:, REACHES.index(name), None] for name in ("zone", "interior"))
    return view.controls.regions * (zone * view.world.zone + interior * (1.0 - view.world.zone))


def inside(view: View) -> jax.Array:
    """Return the share [r] of a region in which task forces may act: in the strip what the zone covers, all if one may go beyond it."""
    beyond = (view.once(reach)[:, REACHES.index("interior")] * (view.orders.people > 0)).max()
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
    usable = view.once(reach) * by_reach
    ground = jnp.maximum(usable[:, REACHES.index("zone")], usable[:, REACHES.index("interior")])
    may_strike = (view.orders.effort[:, TASKS.index("strikes")] > 0) & (allowed_regions(view).sum(-1) > 0)
    strikes = mandate[MANDATED.index("strikes")] * may_strike
    return Mandate(by_reach, ground, strikes, jnp.maximum(ground, strikes))


def _spread(view: View, effective: jax.Array, allowed: jax.Array, densest: jax.Array) -> jax.Array:
    """Return where presence stands [f, r]: in the zone up to ``densest`` effective people per 1,000 residents, then in the interior.

    ``effective`` [f] people on presence. Forces that share a region share its room; a force without an interior stays in the zone.
    """
    population, zone = view.world.population * view.once(inside), view.world.zone
    in_zone, beyond = rows(allowed * zone * population), rows(allowed * (1.0 - zone) * population)
    here = (allowed * zone > 0).astype(float)
    room = densest / PER_THOUSAND * (here / jnp.maximum(here.sum(0), 1.0)) @ population
    share = jnp.where(beyond.sum(-1) > 0, capabilities.met(effective, room), 1.0)
    share = jnp.where(in_zone.sum(-1) > 0, share, 0.0)[:, None]
    return share * in_zone + (1.0 - share) * beyond


def deployed(view: View, readiness: jax.Array, weights: Weights, densest: jax.Array) -> Deployed:
    """Return the force at work.

    Presence, interdiction and partner work go by residents (in the zone, where the force may act there; presence spills over into the
    interior), raids and surveillance by members, each in proportion to the mandate where reaches differ; strikes go by members wherever
    the force may act, and so does whatever is done from a base: it needs no mandate for the ground, but courts can bar it.
    """
    effort, forward, world = view.orders.effort, view.stock(US_FORWARD), view.world
    mandate, members = _mandate(view), view.stock(MEMBERS).sum(0)
    allowed = allowed_regions(view, mandate.reach)
    in_zone = allowed * world.zone
    mixture = capabilities.forward_mixture(view.orders.roles)
    strikes = np.array([task == "strikes" for task in TASKS])[:, None]
    mandated = jnp.where(strikes, mandate.strikes, mandate.ground) / jnp.maximum(mandate.largest, TINY)
    at_work, counts = forward * effort.T * mandated, weights.tasks @ mixture.T
    presence = TASKS.index("presence")
    held = rows(jnp.where(in_zone.sum(-1, keepdims=True) > 0, in_zone, allowed) * world.population)
    anywhere = rows(allowed_regions(view) * members)
    where = {
        "held": held,
        "spread": _spread(view, at_work[presence] * counts[presence] * readiness, allowed, densest),
        "sought": rows(allowed * members),
        "struck": anywhere,
    }
    people = at_work[..., None] * jnp.stack([where[PLACED[task]] for task in TASKS])

    lawful = view[COURTS][LEGAL_ELEMENTS.index("force_abroad")]
    away = remote(view) * readiness * effort.T * jnp.where(strikes, mandate.strikes, lawful)
    from_base = weights.tasks[:, ROLES.index("isr")][:, None] * (away @ anywhere)
    resting = forward - people.sum((0, 2))
    return Deployed(
        people=people,
        effort=(jnp.einsum("tfr,tf,f->tr", people, counts, readiness) + from_base) * view[EFFICIENCY],
        watch=jnp.asarray(WATCHING) @ away @ anywhere * view[EFFICIENCY],
        present=people.sum((0, 1)) + resting @ held,
        exposed=people[presence] * (mixture @ weights.exposed)[:, None],
        harm=(mixture @ weights.harm) @ people[presence],
    )


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
    people = on_hand(view)
    sustainable = view.controls.inventory * release / rotation_base(view, multiplier)
    share = jnp.minimum(sustainable / jnp.maximum(people, 1.0), 1.0)
    sustained = jnp.where(people > 0, share, 1.0) ** wear
    tour = view.controls.tour_weeks
    lost = jnp.where(tour > 0, jnp.minimum(handover / jnp.maximum(tour, 1.0), 1.0), 0.0)
    return sustained * (1.0 - lost)


def movements(view: View, multiplier: jax.Array) -> tuple[Flow, ...]:
    """Return flows of people between home, the line and the world outside; ordered, so without luck.

    Losses are replaced. Washington's mandate is the share of the ordered forward force that may be beyond the line: the largest of those
    for the reaches that the force has. Nobody is forward whose reach is the home side, or whose role is remote.
    """
    ready, forward, dwell = view.stock(US_READY), view.stock(US_FORWARD), view.stock(US_DWELL)
    people = ready + forward
    ordered = view.orders.people * view[BEGUN] * view[AFFORDABLE]
    share = jnp.minimum(view.orders.forward_share * _mandate(view).largest, 1.0)
    wanted = share * (1.0 - view.orders.roles @ REMOTE) * jnp.minimum(ordered, people)
    behind = jnp.maximum(rotation_base(view, multiplier) - 1.0, 0.0) * people

    def over(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.maximum(a - b, 0.0) / view.dt

    return (
        Flow("fill", US_RESERVE, US_READY, amount=over(ordered, people), labels="f", noisy=False),
        Flow("advance", US_READY, US_FORWARD, amount=over(wanted, forward), noisy=False),
        Flow("fall_back", US_FORWARD, US_READY, amount=over(forward, wanted), noisy=False),
        Flow("send_home", US_READY, US_RETURNED, amount=over(people, ordered), noisy=False),
        Flow("rotation_base", US_RESERVE, US_DWELL, amount=over(behind, dwell), labels="f", noisy=False),
        Flow("release_base", US_DWELL, US_RETURNED, amount=over(dwell, behind), noisy=False),
    )
