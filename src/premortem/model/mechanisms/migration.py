"""People on the move: who arrives, tries, is caught, gets in, gives up or dies, and what smugglers earn (docs/model/migration.md).

Smuggling is paid passage, trafficking is exploitation: two outcomes, never one number. Arrivals follow a path of policy and of the world
that no plan moves; a plan acts on violence, work and displacement in Mexico, on the line, and on the hope of getting in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from premortem.arrays import jax, jnp
from premortem.model.accounts import BOUND_NORTH, Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import FATES, LOADS, MODES
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    BELIEVED_LOSS,
    BORDER_LOAD,
    JOBLESSNESS,
    LOSS,
    MX_MIGRATION_CONTROL,
    PEOPLE_CHOICE,
    PEOPLE_LOSS,
    ROUTES,
    SMUGGLING_TOLLS,
    US_TAKE_OF_DISPLACED,
    VIOLENCE,
    ZONE_LOSS,
)
from premortem.model.units import PER_THOUSAND, TINY, WEEKS_PER_YEAR
from premortem.model.world import Crossings, World

PEOPLE = LOADS.index("people")
PORTS, BETWEEN = MODES.index("ports"), MODES.index("between")
ENTERED, DIED = FATES.index("entered"), FATES.index("died")
SET_OUT = Account("migrants", "person", "", "people on their way to the United States, from anywhere", source=True)
WAITING = Account(
    "waiting_people", "person", "q", "people in northern Mexico who want to cross, by the sector they face"
)
ENDED = Account("journeys_ended", "person", "xk", "people whose journey ended at a crossing, by fate")
ASYLUM = Account("asylum", "person", "", "people displaced in Mexico who were let in to ask for asylum")


@pytree
class Parameters:
    """Priors and sources: data/parameters/migration.toml. ``regime_luck`` is [change of regime]."""

    apprehended: jax.Array = param("person/year")
    p0: jax.Array = param("probability")
    fee: jax.Array = param("USD/attempt")
    fee_2025: jax.Array = param("ratio")
    e_fee: jax.Array = param("elasticity")
    paid: jax.Array = param("share")
    toll: jax.Array = param("share")
    north: jax.Array = param("share")
    north_delay: jax.Array = param("week")
    asylum_open: jax.Array = param("share")
    b_violence: jax.Array = param("ratio")
    b_jobless: jax.Array = param("1/percentage_point")
    deterrence: jax.Array = param("elasticity")
    try_rate: jax.Array = param("1/week")
    retry: jax.Array = param("share")
    give_up: jax.Array = param("share")
    nu: jax.Array = param("log")
    death_rate: jax.Array = param("death/(thousand attempt)")
    death_remote: jax.Array = param("ratio")
    death_crowd: jax.Array = param("elasticity")
    exploited: jax.Array = param("share")
    regime_rate: jax.Array = param("1/year")
    regime_level: jax.Array = param("ratio")
    regime_2029: jax.Array = param("probability")
    regime_time: jax.Array = param("week")
    regime_luck: jax.Array = param("probability", "change")
    enforcement_effect: jax.Array = param("elasticity")
    enforcement_fee: jax.Array = param("elasticity")
    enforcement_floor: jax.Array = param("ratio")
    legal_effect: jax.Array = param("share")
    legal_time: jax.Array = param("week")
    host_effect: jax.Array = param("share")


@pytree
class Constants:
    """Of the start, and what follows from the draw alone. Weights of regions sum to 1."""

    attempts: jax.Array = array("person/week", "", "attempts to cross")
    arrivals: jax.Array = array("person/week", "", "people who come to the line")
    dead: jax.Array = array("share", "r", "weights by homicides")
    living: jax.Array = array("share", "r", "weights by residents")
    at_line: jax.Array = array("index", "r", "1 in states on the line")
    faces: jax.Array = array("share", "rq", "the sectors that the displaced of a region reach")
    thresholds: jax.Array = array("ratio", "?", "summed hazard at which a change of regime comes")


@pytree
class State:
    """Policy, ways and the last step."""

    regime: jax.Array = array("ratio", "", "arrivals of the day's policy over those of the start")
    legal: jax.Array = array("share", "", "legal ways, as built up")
    attempts: jax.Array = array("person", "k", "of the last step")
    caught: jax.Array = array("person", "", "of the last step")
    revenue: jax.Array = array("USD", "", "of the last step")


@dataclasses.dataclass(frozen=True)
class Memo:
    """``ways`` [q, k] where those who try in a sector cross; ``ends`` [q] and ``caught`` [k] chances an attempt ends the journey, or is
    caught between ports."""

    ways: jax.Array
    ends: jax.Array
    caught: jax.Array


Owned = Own[Parameters, Constants, State]


def _rows(weights: jax.Array) -> jax.Array:
    return weights / jnp.maximum(weights.sum(-1, keepdims=True), TINY)


def _first(world: World, p: Parameters) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return attempts and arrivals a week, and who waits [q], at rest: apprehensions between ports are the record."""
    lines = world.crossings
    alive = 1.0 - p.death_rate / PER_THOUSAND * (1.0 - lines.mode[:, PORTS])
    caught_between = p.p0 * (lines.people * alive) @ lines.mode[:, BETWEEN]
    attempts = p.apprehended / WEEKS_PER_YEAR / jnp.maximum(caught_between, TINY)
    ways, spread = _ways(lines, lines.people)
    ends = ways @ (1.0 - alive * p.p0 * p.retry)
    arrivals = attempts / jnp.maximum((spread / jnp.maximum(ends, TINY)).sum(), TINY)
    return attempts, arrivals, arrivals * spread / -jnp.expm1(-p.try_rate * ends)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    world = view.world
    attempts, arrivals, _ = _first(world, p)
    near, everywhere = world.sectors_faced, _rows(world.crossings.people @ world.crossings.sector)
    constants = Constants(
        attempts=attempts,
        arrivals=arrivals,
        dead=_rows(jnp.where(world.homicides.sum() > 0, world.homicides, world.population)),
        living=_rows(world.population),
        at_line=(world.same_state @ world.border_miles > 0).astype(float),
        faces=jnp.where(near.sum(1, keepdims=True) > 0, near, everywhere),
        thresholds=jnp.cumsum(-jnp.log(p.regime_luck)),
    )
    one = jnp.ones(())
    first = attempts * world.crossings.people
    return constants, State(one, 0.0 * one, first, 0.0 * one, 0.0 * one)


def _regime(view: View, own: Owned) -> jax.Array:
    """Return where the regime is heading: changes come at a rate, and may come with a new administration; each takes the other level."""
    p, after = own.p, view.week + view.dt
    at_once = -jnp.log1p(-p.regime_2029) * (after >= view.world.calendar.us_administrations).sum()
    changes = (p.regime_rate * after / WEEKS_PER_YEAR + at_once > own.c.thresholds).sum()
    return jnp.where(changes % 2 > 0, p.regime_level, 1.0)


def _enforcement(view: View, p: Parameters) -> jax.Array:
    return jnp.maximum(view.lever("migration.smuggling_enforcement"), p.enforcement_floor)


def _arrivals(view: View, own: Owned) -> jax.Array:
    """Return arrivals a week, all sectors together."""
    p, c, s = own.p, own.c, own.s
    pushed = jnp.maximum(1.0 + p.b_violence * (c.dead @ view[VIOLENCE] - 1.0), 0.0)
    pushed = pushed * jnp.maximum(1.0 + p.b_jobless * (c.living @ view[JOBLESSNESS]), 0.0)
    hope = jnp.maximum(1.0 - view[BELIEVED_LOSS][PEOPLE], TINY) / (1.0 - p.p0)
    drawn = jnp.exp(p.deterrence * jnp.log(hope) - p.enforcement_effect * jnp.log(_enforcement(view, p)))
    return c.arrivals * s.regime * pushed * drawn * (1.0 - p.legal_effect * s.legal) / view[MX_MIGRATION_CONTROL]


def _ways(lines: Crossings, routes: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return where those cross who try in a sector [q, k], and how new arrivals spread over sectors [q].

    Within a sector by the shares of its crossings, by sea and air as all do: together they cross as ``routes`` [k] says. Nobody crosses
    in a sector whose crossings are all closed.
    """
    by_sector = routes @ lines.sector
    land = by_sector.sum()
    within = (lines.sector * routes[:, None]).T / jnp.maximum(by_sector, TINY)[:, None]
    elsewhere = (1.0 - lines.sector.sum(1)) * routes
    return land * within + elsewhere, by_sector / jnp.maximum(land, TINY)


def _deadly(view: View, own: Owned, routes: jax.Array) -> jax.Array:
    """Return the chance of death in an attempt [k], away from the ports: higher as remote ways are taken, lower in crowds."""
    p, lines = own.p, view.world.crossings
    remote = (routes - lines.people) @ lines.remote
    rate = (
        p.death_rate / PER_THOUSAND * (1.0 + p.death_remote * remote) * jnp.exp(-p.death_crowd * jnp.log(own.s.regime))
    )
    return rate * (1.0 - lines.mode[:, PORTS])


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    """Order everything as expected amounts: thousands move each week, so that their luck is nothing beside the doubt about rates."""
    p, s, lines = own.p, own.s, view.world.crossings
    routes, loss, zone = view[ROUTES][PEOPLE], view[LOSS][PEOPLE], view[ZONE_LOSS]
    ways, spread = _ways(lines, routes)
    dead = _deadly(view, own, routes)
    alive, caught = 1.0 - dead, (1.0 - dead) * (loss - zone)
    fates = jnp.stack([caught * (1.0 - p.retry), alive * (1.0 - loss), alive * zone * p.give_up, dead])
    ends = ways @ fates.sum(0)

    def end(left: jax.Array) -> jax.Array:
        return fates * ((left / jnp.maximum(ends, TINY)) @ ways)

    opened = jnp.clip((s.regime - 1.0) / jnp.maximum(p.regime_level - 1.0, TINY), 0.0, 1.0)
    let_in = p.asylum_open * jnp.maximum(opened, s.legal)
    pace = jnp.ones(view.world.regions) / p.north_delay
    flows = (
        Flow("arrive", SET_OUT, WAITING, amount=_arrivals(view, own) * spread, labels="q", noisy=False),
        Flow(
            "come_to_line",
            BOUND_NORTH,
            WAITING,
            hazard=pace * (1.0 - let_in),
            route=own.c.faces,
            route_labels="rq",
            noisy=False,
        ),
        Flow("ask_asylum", BOUND_NORTH, ASYLUM, hazard=pace * let_in, noisy=False),
        Flow("attempt", WAITING, ENDED, hazard=p.try_rate * ends, route=end, noisy=False),
    )
    return Proposal(flows, Memo(ways, ends, caught * lines.mode[:, BETWEEN]))


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    attempts = (moved.by_name["migration.attempt"] / jnp.maximum(memo.ends, TINY)) @ memo.ways
    risk = (view[ROUTES][PEOPLE] @ view[LOSS][PEOPLE]) / p.p0
    dearer = jnp.exp(p.e_fee * jnp.log(jnp.maximum(risk, TINY)) + p.enforcement_fee * jnp.log(_enforcement(view, p)))
    return State(
        regime=view.approach(s.regime, _regime(view, own), p.regime_time),
        legal=view.approach(s.legal, view.lever("migration.legal_path"), p.legal_time),
        attempts=attempts,
        caught=memo.caught @ attempts,
        revenue=attempts.sum() * p.paid * p.fee * p.fee_2025 * dearer,
    )


def _north(view: View, own: Owned) -> jax.Array:
    kept = own.p.host_effect * view.lever("migration.host_support")
    return own.p.north * (1.0 - kept) * own.c.at_line


def _tolls(view: View, own: Owned) -> jax.Array:
    s = own.s
    return own.p.toll / view.dt * s.revenue * s.attempts / jnp.maximum(s.attempts.sum(), TINY)


def _displaced(view: View, own: Owned, moved: Moved) -> jax.Array:
    return (moved(BOUND_NORTH, WAITING) + moved(BOUND_NORTH, ASYLUM)).sum()


def _fate(index: int) -> Callable[[View, Owned, Moved], jax.Array]:
    return lambda view, own, moved: moved.entered(ENDED)[index].sum()


MIGRATION = Mechanism(
    name="migration",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(SET_OUT, WAITING, ENDED, ASYLUM, BOUND_NORTH),
    open=lambda world, p: {WAITING: _first(world, p)[2]},
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        PEOPLE_LOSS: lambda view, own: own.p.p0,
        PEOPLE_CHOICE: lambda view, own: own.p.nu,
        US_TAKE_OF_DISPLACED: _north,
        BORDER_LOAD: lambda view, own: own.s.attempts.sum() / (own.c.attempts * view.dt),
        SMUGGLING_TOLLS: _tolls,
    },
    outcomes=(
        Outcome("migrant_attempts", lambda view, own, moved: own.s.attempts.sum(), flow=True),
        Outcome("migrants_apprehended", lambda view, own, moved: own.s.caught, flow=True),
        Outcome("migrants_entered", _fate(ENTERED), flow=True),
        Outcome("migrants_died_crossing", _fate(DIED), flow=True),
        Outcome("migrants_waiting", lambda view, own, moved: moved.stocks[WAITING].sum()),
        Outcome(
            "people_exploited", lambda view, own, moved: own.s.attempts.sum() * own.p.paid * own.p.exploited, flow=True
        ),
        Outcome("smuggling_revenue", lambda view, own, moved: own.s.revenue, flow=True),
        Outcome("displaced_at_line", _displaced, flow=True),
    ),
)
