"""What a plan orders, week by week, as arrays: the only thing the model knows of a plan.

``premortem.plan`` compiles a plan and its draws for open fields to one ``Controls`` per future. Weekly fields are ``[week, variant, ...]``:
variant 0 is the plan as written, the others are what branches can turn it into; a plan without branches has one variant.
The words of one-hot fields are in ``index_sets``.
Sizes are padded so that plans share one compiled program: an unused task force has no people. What may fire in a plan is stated here and
compiled to data by ``premortem.model.conditions``.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Literal

from premortem.arrays import jax, jnp
from premortem.model.pytrees import pytree, static


@pytree
class Orders:
    """What the plan orders in one week (inside the engine) or in every week and variant (as compiled: ``[week, variant, ...]``)."""

    # task forces, f
    people: jax.Array  # [f] person, under the task force's command, with build-up and withdrawal
    forward_share: jax.Array  # [f] share of them beyond the line
    effort: jax.Array  # [f, task] shares of work over TASKS; what is missing from 1 is rest and training
    roles: jax.Array  # [f, role] shares of its people, over ROLES; zero for an unused task force
    reach: jax.Array  # [f, 3] 1 where the force may act, over REACHES
    # the zone
    zone_share: jax.Array  # [r] share of the region's residents who live inside a zone in force
    zone_kind: jax.Array  # [3] one-hot over ZONE_KINDS
    residents: jax.Array  # [4] one-hot over RESIDENTS
    zone_in_force: jax.Array  # [] 0 or 1
    zone_depth: jax.Array  # [] mile; 0 while no zone is ordered
    ports: jax.Array  # [4] one-hot over PORTS
    priority_lanes: jax.Array  # [] 1 if the plan keeps fast lanes for trade
    mexican_forces: jax.Array  # [4] one-hot over MEXICAN_FORCES: their role in the zone
    # rules and law
    rules: jax.Array  # [6] one-hot over RULES
    positive_identification: jax.Array  # [] 0 or 1
    capture: jax.Array  # [] 1 if capture is offered and detention has a basis
    custody_mexico: jax.Array  # [] 1 if those captured are handed to Mexico, 0 if the United States holds them
    targets: jax.Array  # [7] 1 where force is aimed at this category, over TARGETS (members are always aimed at)
    hold_fire_below: jax.Array  # [] intelligence index below which no force is used
    harm_steps: jax.Array  # [] count of steps against civilian harm; a public warning in the zone is one
    shelter_return: jax.Array  # [] 1 if the plan gives shelter and the right of return to those its zone displaces
    flight_open: jax.Array  # [] 1 if people who flee can reach safety
    # at home and with partners
    home_people: jax.Array  # [service, side] person added to the baseline, over HOME_SERVICES and US sides
    home_work: (
        jax.Array
    )  # [service, duty] shares of their work over HOME_DUTIES; what the law bars, or none, is missing from 1
    partner_people: jax.Array  # [b] person, of each Mexican force that the plan sends
    partner_aid: jax.Array  # [] million USD a year
    deal_on: jax.Array  # [deal] 1 while talks go on or a truce is offered
    way_out: jax.Array  # [deal, way] 1 while this is offered to members who come forward, over WAYS_OUT
    deal_places: jax.Array  # [deal] person/year, places in programmes for those who leave
    disbands: jax.Array  # [deal] 1 while organisations are asked to disband
    own_effort: jax.Array  # [r] factor that the plan sets on Mexico's own effort
    guard_on_state_orders: jax.Array  # [] share of the added Guard whom states pay
    guards: jax.Array  # [4] person set aside for reprisals, over GUARDED
    # money that the plan itself names
    trade_compensation: jax.Array  # [] million USD a year to firms and workers at the border
    # levers, in the order of Controls.lever_names
    levers: jax.Array  # [lever] in each lever's own unit
    in_force: jax.Array  # [] 1 while the campaign is in force, as far as the plan decides
    emergency: jax.Array  # [] 1 while rights are suspended in Mexico
    emergency_arrests: (
        jax.Array
    )  # [] arrests that emergency powers ask for, over ordinary ones: part of the level of state.arrest_capacity
    permitted: jax.Array  # [] 1 in the weeks for which the plan asks Mexico's consent
    exposures: (
        jax.Array
    )  # [e] severity of the legal exposure of each element that acts this week; 0 where there is none


Token = tuple[str, float | str | int]
Program = tuple[Token, ...]
"""A condition in postfix order: ("number", x), ("observed", name), ("avg" | "change", weeks), ("neg" | "not" | operator, 0)."""


@dataclasses.dataclass(frozen=True)
class Observable:
    """How decision-makers see a sum of outcomes: ``form`` of its weekly values, ``lag`` in weeks, ``error`` as a log standard deviation."""

    name: str
    outcomes: tuple[str, ...]
    form: Literal["cumulative", "weekly", "level"]
    lag: int
    error: float


@dataclasses.dataclass(frozen=True)
class Branch:
    """When ``condition`` holds, ``delay`` weeks later variant bit ``bit`` is set, or the campaign stops (``bit`` -1)."""

    name: str
    condition: Program
    delay: int
    bit: int


@pytree
class Controls:
    """Everything a plan means for one future.

    Seams, from [command]: the first (lead against area command) is answered if the lead is the command that owns the area (northcom) or the
    relations are a dual_status_commander; the second (defence and homeland security) if the relations are a dual_status_commander, or dhs
    leads; the third (intelligence authorities) if intelligence is among the supporting and the relations are stated as one chain. A field
    left "unspecified" leaves its seams open; coordinating_body and separate_chains answer none.
    """

    orders: Orders  # [week, variant, ...]; within the engine those of the first week, [...]
    regions: jax.Array  # [f, r] 1 where the plan lets the task force act
    partner_place: jax.Array  # [b, work, r] share of a Mexican force that does this work here, over PARTNER_WORK
    partner_payer: jax.Array  # [b, payer] one-hot over PAYERS: who pays its people
    deal_parties: jax.Array  # [deal, o] 1 for the organisations it is offered to; 0 for an unused deal
    deal_regions: jax.Array  # [deal, r] 1 where it holds
    deal_monitors: jax.Array  # [deal] 0 to 1, how well others watch that it is kept
    deal_payer: jax.Array  # [deal, payer] one-hot over PAYERS
    aid_payer: jax.Array  # [payer] one-hot over PAYERS: who pays aid to Mexican forces
    assumed: jax.Array  # [event] week in which an event that the plan assumes happens, over EVENTS; NEVER if none
    permitted_people: jax.Array  # [] most US people whom the consent admits; NEVER if no number is set
    falls: (
        jax.Array
    )  # [o, r] week in which a head falls here whatever is done about it, for tests of the model; NEVER if none
    partner_origin: jax.Array  # [b, r] share of it that leaves the forces standing here; what is missing from 1 is new
    inventory: jax.Array  # [f] person in the units of these types that exist (readiness: operations)
    units_per_deployed: jax.Array  # [f] units needed to keep one deployed; 0 if the plan names no dwell
    tour_weeks: jax.Array  # [f] length of a tour; 0 for an unused task force
    organisations: jax.Array  # [o] 1 where the plan's status of fighters covers the organisation
    ceiling: jax.Array  # [] million USD a year above which nothing new is deployed; NEVER if none
    seam_answered: jax.Array  # [3] 1 where the plan answers who commands across the seam, over the first three SEAMS
    seam_unspecified: jax.Array  # [3] 1 where the plan leaves it open; else it is answered or stays wide open
    backing: jax.Array  # [3] 1 where the department leads or supports, over BACKERS
    special_lead: jax.Array  # [] 1 if the command of special operations leads
    start_week: jax.Array  # [] week in which the campaign starts; conditions count weeks from it and hold from it on
    stop_week: jax.Array  # [] week in which the campaign ends as planned
    announced_end: jax.Array  # [] 1 if the plan says when it ends, so that opponents can wait for it
    after: jax.Array  # [4] one-hot over AFTER: what stays when it ends
    withdrawal_weeks: jax.Array  # [] weeks in which task forces leave
    residual_share: jax.Array  # [] share of the task forces that stays as a residual presence
    consent: jax.Array  # [5] one-hot over CONSENT: what the plan asks of Mexico
    consent_assumed: jax.Array  # [] 1 if permission is taken as granted (a what-if)
    consent_scope: jax.Array  # [3] 1 where what the plan asks covers the class, over PERMISSIONS
    if_refused: jax.Array  # [3] one-hot over IF_REFUSED: what is done without consent that was asked for
    authorised: jax.Array  # [] 1 if a statute authorises force
    consulted: jax.Array  # [] 1 if Congress is consulted before entry
    report_hours: jax.Array  # [] hours from entry to the report to Congress; NEVER if none is made
    certify: jax.Array  # [] 1 if the President certifies the added days for a safe withdrawal
    carried_out: (
        jax.Array
    )  # [] 1 in the reading in which nobody refuses, delays, bars, widens or stops what the plan orders, else 0
    label: jax.Array  # [3] one-hot over LABELS: what members are in law
    theories: jax.Array  # [5] 1 where the plan argues this, over THEORIES
    held_weeks: jax.Array  # [] longest time for which captives are held; NEVER if none is stated
    review: jax.Array  # [3] one-hot over REVIEWS
    trial: jax.Array  # [4] 1 where captives are to be tried so, over TRIALS
    site: jax.Array  # [5] one-hot over SITES: where captives are held
    lever_payers: jax.Array  # [lever, payer] 1 where this public money pays for a lever, over PAYERS
    lever_names: tuple[str, ...] = static()
    lever_status_quo: tuple[float, ...] = static()
    lever_channels: tuple[str, ...] = static()  # of joint work by which each comes, over CHANNELS; empty: none
    branches: tuple[Branch, ...] = static()
    observables: tuple[Observable, ...] = static()


def at_rest(controls: Controls, orders: Orders) -> Orders:
    """Return a week's orders with the campaign taken out: nobody sent, no zone, every lever at its status quo."""
    nothing = {
        name: jnp.zeros_like(getattr(orders, name))
        for name in (
            "people",
            "forward_share",
            "effort",
            "zone_share",
            "zone_in_force",
            "zone_depth",
            "home_people",
            "partner_people",
            "partner_aid",
            "deal_on",
            "way_out",
            "deal_places",
            "disbands",
            "emergency",
            "emergency_arrests",
            "guards",
            "trade_compensation",
            "in_force",
            "exposures",
        )
    }
    return dataclasses.replace(
        orders,
        **nothing,
        own_effort=jnp.ones_like(orders.own_effort),
        levers=jnp.asarray(controls.lever_status_quo, float),
    )


def as_carried_out(controls: Controls) -> Controls:
    """Return a plan's controls, of one future or many, in the reading in which it is carried out as written."""
    return dataclasses.replace(controls, carried_out=jnp.ones_like(controls.carried_out))


def packed(orders: Orders, axes: int) -> jax.Array:
    """Return orders as one array, ``[..., number]``, after the first ``axes`` axes that all of them share."""
    return jnp.concatenate([leaf.reshape(*leaf.shape[:axes], -1) for leaf in jax.tree.leaves(orders)], axis=axes)


def unpacked(numbers: jax.Array, like: Orders) -> Orders:
    """Return one week's orders from their numbers; the inverse of `packed`."""
    leaves, tree = jax.tree.flatten(like)
    ends = list(itertools.accumulate(math.prod(leaf.shape) for leaf in leaves))
    parts = [
        numbers[end - math.prod(leaf.shape) : end].reshape(leaf.shape) for leaf, end in zip(leaves, ends, strict=True)
    ]
    orders: Orders = jax.tree.unflatten(tree, parts)
    return orders
