"""People: residents, the harm done to them, what they think and tell, where they flee and whether they return.

Chapter: docs/model/people.md. Deaths are booked by the mechanism that kills; here they are felt. Whatever is felt is held relative to the
start, where ordinary recruitment, flight and support already contain what was felt then.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    BOUND_NORTH,
    DISPLACED,
    MISSING_RESIDENTS,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import PARTIES
from premortem.model.joint import together
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    BACKLASH,
    COVERED,
    HELD_IN_ERROR,
    INTELLIGENCE,
    INTELLIGENCE_RATIO,
    LABEL_RELIEF,
    MX_OPINION,
    PARTNER_SHARE,
    RECRUITS,
    SHELTER_PRICE,
    STATE_CIVILIAN_DEATHS_START,
    SUPPORT_STATE_RATIO,
    US_IN_MEXICO,
    US_SURVEILLANCE,
    US_TAKE_OF_DISPLACED,
    VIOLENCE,
    ZONE_HELD,
)
from premortem.model.units import PER_HUNDRED_THOUSAND, TINY, WEEKS_PER_YEAR
from premortem.model.world import World

US, STATE, ORGANISATIONS = (PARTIES.index(party) for party in ("us", "state", "organisations"))


@pytree
class Parameters:
    """Parameters of data/parameters/people.toml, with their units and sources there."""

    theta: jax.Array = param("recruit/death")
    w_state: jax.Array = param("ratio")
    back_floor: jax.Array = param("share")
    tau_grievance: jax.Array = param("week")
    support_us_local: jax.Array = param("share")
    support_us_zone: jax.Array = param("share")
    support_us_min: jax.Array = param("share")
    support_us_max: jax.Array = param("share")
    support_state_start: jax.Array = param("share")
    support_min: jax.Array = param("share")
    support_max: jax.Array = param("share")
    a_harm: jax.Array = param("share")
    held_weight: jax.Array = param("ratio")
    a_sec: jax.Array = param("share")
    covered_ref: jax.Array = param("share")
    a_org: jax.Array = param("share")
    tau_support: jax.Array = param("week")
    i_base: jax.Array = param("share")
    i_tech: jax.Array = param("share")
    i_pop: jax.Array = param("share")
    i_part: jax.Array = param("share")
    orbits: jax.Array = param("orbit")
    fear: jax.Array = param("share")
    partner_alone: jax.Array = param("share")
    tau_up: jax.Array = param("week")
    tau_down: jax.Array = param("week")
    d0: jax.Array = param("1/week")
    d_return: jax.Array = param("1/week")
    e_violence: jax.Array = param("elasticity")
    d_zone: jax.Array = param("share")
    spread: jax.Array = param("week")
    order: jax.Array = param("ratio")
    ordered: jax.Array = param("ratio", "residents")
    by_kind: jax.Array = param("ratio", "zone_kind")
    announced: jax.Array = param("ratio")
    flight_max: jax.Array = param("1/week")
    flight_blocked: jax.Array = param("share")
    return_max: jax.Array = param("ratio")
    return_in_zone: jax.Array = param("ratio")
    settle: jax.Array = param("share")
    settle_same_state: jax.Array = param("share")
    right_of_return: jax.Array = param("share")
    shelter_gain: jax.Array = param("ratio")
    shelter_yield: jax.Array = param("share")
    misattributed: jax.Array = param("share")
    compensation_effect: jax.Array = param("share")
    tip_effect: jax.Array = param("share")


@pytree
class Constants:
    """The start, against which everything felt is measured."""

    support_us0: jax.Array = array("share", "r", "support for US forces")
    support_state0: jax.Array = array("share", "r", "support for the state's")
    intelligence0: jax.Array = array("index", "?r", "what is known of members, with and without what partners share")
    flight0: jax.Array = array("1/week", "r", "hazard of fleeing")
    settles: jax.Array = array("share", "rr", "where those who settle elsewhere go; rows sum to 1")
    zone_area: jax.Array = array("mile**2", "", "of the strip along the border")


@pytree
class State:
    """What residents feel, as differences from the start."""

    felt: jax.Array = array("person", "?r", "decayed deaths by US and by the state's forces")
    violence: jax.Array = array("ratio", "r", "violence remembered")
    support_us: jax.Array = array("share", "r", "difference of support for US forces")
    support_state: jax.Array = array("share", "r", "difference of support for the state's")
    intelligence: jax.Array = array("index", "?r", "difference of what is known of members, likewise")
    ordered: jax.Array = array("ratio", "r", "summed hazard of leaving because of a zone's order")


Owned = Own[Parameters, Constants, State]


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    """Return residents at home and displaced, in the balance of ordinary flight and return."""
    flight = p.d0 * _relative_violence(world, p)
    away = world.population * flight / jnp.maximum(flight + p.d_return, TINY)
    return {DISPLACED: away, RESIDENTS_HOME: world.population - away}


def _relative_violence(world: World, p: Parameters) -> jax.Array:
    """Return flight [r] at the start over the national mean: it follows homicides per resident across regions as it does over time."""
    rate = jnp.maximum(world.homicides / world.population, TINY) ** p.e_violence
    return rate / ((rate * world.population).sum() / world.population.sum())


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    none = jnp.zeros(view.world.regions)
    world = view.world
    constants = Constants(
        support_us0=_support_us0(view, p),
        support_state0=jnp.broadcast_to(p.support_state_start, none.shape),
        intelligence0=jnp.zeros((2, world.regions)),
        flight0=p.d0 * _relative_violence(world, p),
        settles=_settles(world, p),
        zone_area=jnp.maximum((world.zone * world.area).sum(), TINY),
    )
    state = State(
        felt=jnp.zeros((2, world.regions)),
        violence=jnp.ones_like(none),
        support_us=none,
        support_state=none,
        intelligence=jnp.zeros((2, world.regions)),
        ordered=none,
    )
    return dataclasses.replace(constants, intelligence0=_informed(view, Own(p, constants, state))), state


def _support_us0(view: View, p: Parameters) -> jax.Array:
    """Return support for US forces at the start: national opinion, with a local and a zone deviation."""
    local = view[MX_OPINION] + p.support_us_local + p.support_us_zone * view.world.zone
    return jnp.clip(local, p.support_us_min, p.support_us_max)


def _rows(weights: jax.Array) -> jax.Array:
    return weights / jnp.maximum(weights.sum(1, keepdims=True), TINY)


def _settles(world: World, p: Parameters) -> jax.Array:
    """Return where people settle who do not return: outside the zone of their own state, or in other states, by population."""
    near = _rows(world.same_state * (1.0 - world.zone) * world.population)
    far = _rows((1.0 - world.same_state) * world.population)
    mixed = _rows(p.settle_same_state * near + (1.0 - p.settle_same_state) * far)
    return jnp.where(mixed.sum(1, keepdims=True) > 0, mixed, jnp.eye(world.regions))


def _balance(view: View, own: Owned, hazards: Mapping[tuple[Account, Account], jax.Array]) -> Balanced:
    """Take the start from opinion and cooperation as they are then."""
    constants = dataclasses.replace(own.c, support_us0=_support_us0(view, own.p), intelligence0=_informed(view, own))
    return Balanced(constants, own.s)


def _support_us(own: Owned) -> jax.Array:
    return own.c.support_us0 + own.s.support_us


def _here(view: View) -> jax.Array:
    """Return 1 [r] where any US people are, 0 where none is."""
    return jnp.minimum(view[US_IN_MEXICO], 1.0)


def _informed(view: View, own: Owned) -> jax.Array:
    """Return the intelligence that sensors, residents and partners would give if nothing changed any more, and that without partners,
    [2, r]."""
    p = own.p
    per_area = view[US_SURVEILLANCE] * own.c.zone_area / jnp.maximum(view.world.area, TINY)
    seen = -jnp.expm1(-per_area / p.orbits)
    fear = p.fear * (1.0 - p.tip_effect * view.lever("people.tip_protection"))
    told = _support_us(own) * (1.0 - fear * (1.0 - view[COVERED])) * _here(view)
    shared = together(view, "leads") * (p.partner_alone + (1.0 - p.partner_alone) * view[PARTNER_SHARE])
    unknown = (1.0 - p.i_base) * (1.0 - p.i_tech * seen) * (1.0 - p.i_pop * told)
    return 1.0 - unknown * jnp.stack([1.0 - p.i_part * shared, jnp.ones(())])[:, None]


def _ordered(view: View, own: Owned) -> jax.Array:
    """Return the weekly hazard [r] of leaving a zone because of its order, until all has been felt of what it comes to.

    An order moves people as far as somebody carries it out; the rest is what an announcement does by itself.
    """
    p, orders = own.p, view.orders
    carried_out = view[ZONE_HELD] * p.order * (p.ordered @ orders.residents) * (p.by_kind @ orders.zone_kind)
    announced = (1.0 - view[ZONE_HELD]) * p.announced
    comes_to = p.d_zone * (carried_out + announced) * orders.zone_in_force
    left = jnp.maximum(comes_to - own.s.ordered, 0.0) / view.dt
    return jnp.minimum(jnp.minimum(comes_to / jnp.maximum(p.spread, view.dt), left), p.flight_max)


def _flight(view: View, own: Owned) -> jax.Array:
    """Return the weekly hazard [r] of leaving home: from violence, and from a zone's order while it is new."""
    p, orders = own.p, view.orders
    hazard = own.c.flight0 * own.s.violence**p.e_violence + _ordered(view, own) * orders.zone_share
    blocked = p.flight_blocked * (1.0 - orders.flight_open) * orders.zone_share * view[ZONE_HELD]
    return jnp.minimum(hazard * (1.0 - blocked), p.flight_max)


def _sheltered(view: View, own: Owned) -> jax.Array:
    """Return the factor of support on the hazard of return: the larger of lever, plan and money, at most double."""
    p = own.p
    money = view.lever("people.victim_support") / jnp.maximum(view[SHELTER_PRICE] * view.stock(DISPLACED).sum(), TINY)
    ordered = view.lever("people.shelter") - view.status_quo("people.shelter")
    planned = view.orders.shelter_return * view.orders.zone_share * p.shelter_gain
    return 1.0 + jnp.maximum(
        view[LABEL_RELIEF] * p.shelter_yield * jnp.minimum(jnp.maximum(ordered, money), 1.0), planned
    )


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, orders = own.p, view.orders
    flight = _flight(view, own)
    north = view[US_TAKE_OF_DISPLACED] * jnp.maximum(flight - own.c.flight0, 0.0)
    calm = jnp.minimum(1.0 / jnp.maximum(own.s.violence, TINY), p.return_max)
    barred = 1.0 - (1.0 - p.return_in_zone) * orders.zone_share * orders.zone_in_force * view[ZONE_HELD]
    back = p.d_return * calm * barred * _sheltered(view, own)
    settle = p.settle * (1.0 - p.right_of_return * orders.shelter_return * view.world.zone)
    flows = (
        Flow("flee", RESIDENTS_HOME, DISPLACED, hazard=flight - north),
        Flow("flee_north", RESIDENTS_HOME, BOUND_NORTH, hazard=north),
        Flow("return", DISPLACED, RESIDENTS_HOME, hazard=back * (1.0 - settle)),
        Flow(
            "settle",
            DISPLACED,
            RESIDENTS_HOME,
            hazard=back * settle,
            route=own.c.settles,
            route_labels="rR",
            to_labels="R",
        ),
    )
    return Proposal(flows, Nothing())


def _settle(view: View, own: Owned, moved: Moved, memo: Nothing) -> State:
    p, c, s = own.p, own.c, own.s
    deaths = moved.entered(RESIDENTS_KILLED)
    by_organisations = deaths[ORGANISATIONS] + moved.entered(MISSING_RESIDENTS)
    blamed = p.misattributed * by_organisations * _here(view)
    held = p.held_weight * view[HELD_IN_ERROR] * view.dt
    new = jnp.stack([deaths[US] + blamed + held, deaths[STATE] - view[STATE_CIVILIAN_DEATHS_START] * view.dt])
    felt = s.felt * jnp.exp(-view.dt / p.tau_grievance) + new
    violence = view.approach(s.violence, view[VIOLENCE], p.tau_grievance)
    per = PER_HUNDRED_THOUSAND / jnp.maximum(view.stock(RESIDENTS_HOME), 1.0)
    harm = jnp.log1p(jnp.maximum(felt, 0.0) * per)
    soothed = p.a_harm * (1.0 - p.compensation_effect * view.lever("people.compensation"))
    by_others = p.a_org * jnp.clip(violence - 1.0, -1.0, 1.0)
    in_force = view.orders.zone_in_force * view.world.zone * view[ZONE_HELD]
    security = p.a_sec * (view[COVERED] - p.covered_ref) * in_force

    def target(start: jax.Array, change: jax.Array) -> jax.Array:
        return jnp.clip(start + change, jnp.minimum(p.support_min, start), jnp.maximum(p.support_max, start)) - start

    informed = _informed(view, own) - c.intelligence0
    return State(
        felt=felt,
        violence=violence,
        support_us=view.approach(
            s.support_us, target(c.support_us0, security - soothed * harm[0] + by_others), p.tau_support
        ),
        support_state=view.approach(
            s.support_state, target(c.support_state0, security - p.a_harm * harm[1] + by_others), p.tau_support
        ),
        intelligence=view.approach(
            s.intelligence, informed, jnp.where(informed > s.intelligence, p.tau_up, p.tau_down)
        ),
        ordered=(s.ordered + _ordered(view, own) * view.dt) * view.orders.zone_in_force,
    )


def _backlash(view: View, own: Owned) -> jax.Array:
    """Return recruits a week [r] made by felt harm: in the end exactly theta for each death; fear keeps back part of ordinary recruits."""
    p, felt = own.p, own.s.felt
    fading = -jnp.expm1(-view.dt / p.tau_grievance) / view.dt
    return jnp.maximum(p.theta * (felt[0] + p.w_state * felt[1]) * fading, -p.back_floor * view[RECRUITS])


PEOPLE = Mechanism(
    name="people",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(RESIDENTS_HOME, DISPLACED, BOUND_NORTH, RESIDENTS_KILLED, MISSING_RESIDENTS),
    open=_open,
    start=_start,
    balance=_balance,
    propose=_propose,
    settle=_settle,
    signals={
        INTELLIGENCE: lambda view, own: own.c.intelligence0[0] + own.s.intelligence[0],
        INTELLIGENCE_RATIO: lambda view, own: 1.0 + own.s.intelligence[1] / own.c.intelligence0[1],
        SUPPORT_STATE_RATIO: lambda view, own: 1.0 + own.s.support_state / own.c.support_state0,
        BACKLASH: _backlash,
    },
    outcomes=(
        Outcome("displaced", lambda view, own, moved: moved.stocks[DISPLACED], labels="r"),
        Outcome(
            "person_years_displaced",
            lambda view, own, moved: moved.stocks[DISPLACED] * view.dt / WEEKS_PER_YEAR,
            labels="r",
            flow=True,
        ),
    ),
)
