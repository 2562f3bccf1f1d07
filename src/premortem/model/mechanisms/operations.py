"""Operations: what US task forces do in Mexico and what it costs in lives. Counts by state and week; no tactics, no places, no persons.

Chapter: docs/model/operations.md. Closed forms of contact are in `engagement`, people and their tasks in `task_forces`, what they can do
in `capabilities`.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from premortem.model import capabilities, splits
from premortem.model.accounts import (
    HELD_MX_FINAL,
    HELD_MX_RETURN,
    HELD_US,
    KILLED_BY_US,
    MEMBERS,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    US_DEAD_OTHER,
    US_DWELL,
    US_FORWARD,
    US_KILLED_BY_MX,
    US_KILLED_HOSTILE,
    US_READY,
    US_RESERVE,
    US_RETURNED,
    US_WOUNDED_OUT,
)
from premortem.model.capabilities import Weights
from premortem.model.engagement import aimed_actions, coverage, hazard_of, idle_capacity, log_spread, shares
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import (
    BACKERS,
    LEAD_SOURCES,
    LEGAL_ELEMENTS,
    OBJECTS,
    PARTIES,
    PERMISSIONS,
    ROLES,
    RULES,
    TARGETS,
)
from premortem.model.joint import together
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    CAMP_HITS,
    COMMAND_HITS,
    CONVOY_HITS,
    COURTS,
    COVERAGE,
    COVERED,
    EXPOSED,
    FORCE_RATIO,
    HEAVY_GIVEN_UP,
    HEAVY_PER_MEMBER,
    HELD_IN_ERROR,
    INTELLIGENCE,
    LAB_HITS,
    PARTNER_GAIN,
    PARTNER_PEOPLE,
    PARTNER_SHARE,
    PERMISSION,
    RAID_TEMPO,
    REJOIN,
    US_CIVILIAN_DEATHS,
    US_IN_MEXICO,
    US_INTERDICTION,
    US_PRESENCE,
    US_PRESSURE,
    US_REMOTE,
    US_REMOVALS,
    US_STRIKES,
    US_SURVEILLANCE,
    US_WOUNDED,
    WEAPONS_GIVEN_UP,
    WRONG,
    YIELD,
)
from premortem.model.task_forces import Deployed, deployed, inside, movements, on_hand, readiness_target, remote
from premortem.model.units import PER_THOUSAND, TINY, WEEKS_PER_YEAR

PER_PERSON_WEEK = 1.0 / (PER_THOUSAND * WEEKS_PER_YEAR)
"""Turns a rate per 1,000 person-years into one per person-week."""


@pytree
class Parameters:
    """Parameters of data/parameters/operations.toml, with their units and sources there."""

    lead: jax.Array = param("lead/(member week)")
    q_raid: jax.Array = param("person week/raid")
    q_strike: jax.Array = param("person week/strike")
    v_raid: jax.Array = param("death/raid")
    cap_raid: jax.Array = param("capture/raid")
    good: jax.Array = param("share")
    held_in_error: jax.Array = param("person/raid")
    y_isr: jax.Array = param("lead/(orbit week)")
    orbit_people: jax.Array = param("person/orbit")
    y_agency: jax.Array = param("lead/week")
    y_exp: jax.Array = param("lead/capture")
    y_part: jax.Array = param("lead/(person week)")
    lam: jax.Array = param("1/week")
    weight_presence: jax.Array = param("ratio", "role")
    weight_interdiction: jax.Array = param("ratio", "role")
    weight_raids: jax.Array = param("ratio", "role")
    weight_surveillance: jax.Array = param("ratio", "role")
    weight_strikes: jax.Array = param("ratio", "role")
    weight_partner: jax.Array = param("ratio", "role")
    weight_exposed: jax.Array = param("ratio", "role")
    weight_harm: jax.Array = param("ratio", "role")
    weight_custody: jax.Array = param("ratio", "role")
    weight_factor: jax.Array = param("ratio", "role")
    organic: jax.Array = param("share")
    lift_per_raider: jax.Array = param("ratio")
    med_gap: jax.Array = param("ratio")
    lift_per_forward: jax.Array = param("ratio")
    near: jax.Array = param("share")
    detain_ratio: jax.Array = param("place/person")
    custody_weeks: jax.Array = param("week")
    d_full: jax.Array = param("person/(thousand person)")
    v_strike: jax.Array = param("death/strike")
    civ_raid: jax.Array = param("share")
    civ_strike: jax.Array = param("share")
    blind: jax.Array = param("share", "rule")
    blind_factor: jax.Array = param("ratio")
    rule: jax.Array = param("ratio", "rule")
    rule_factor: jax.Array = param("ratio")
    met: jax.Array = param("ratio", "zone_kind")
    phi: jax.Array = param("ratio")
    z: jax.Array = param("ratio")
    smax: jax.Array = param("share")
    death_spread: jax.Array = param("log")
    kappa: jax.Array = param("death/(thousand person year)")
    q: jax.Array = param("exponent")
    p: jax.Array = param("exponent")
    g: jax.Array = param("exponent")
    rho0: jax.Array = param("ratio")
    force0: jax.Array = param("person")
    exposure_min: jax.Array = param("ratio")
    exposure_max: jax.Array = param("ratio")
    armed: jax.Array = param("share")
    k_raid: jax.Array = param("death/raid")
    bf: jax.Array = param("ratio")
    wounded: jax.Array = param("ratio")
    nonhostile: jax.Array = param("death/(thousand person year)")
    c_pres: jax.Array = param("death/(thousand person year)")
    intelligence0: jax.Array = param("index")
    h_cov: jax.Array = param("1/week")
    foreign_force: jax.Array = param("ratio")
    coverage: jax.Array = param("person/(thousand person)")
    w_zone: jax.Array = param("agent/person")
    a_max: jax.Array = param("share")
    tau_learn: jax.Array = param("week")
    h_half: jax.Array = param("1/week")
    dwell_multiplier: jax.Array = param("ratio")
    release: jax.Array = param("share")
    wear: jax.Array = param("exponent")
    handover: jax.Array = param("week")
    b_part: jax.Array = param("ratio")
    partner_half: jax.Array = param("person")
    deploy_weeks: jax.Array = param("week")
    forward_share: jax.Array = param("share")
    size: jax.Array = param("person")
    tau_ready: jax.Array = param("week")
    wounded_return: jax.Array = param("share")
    cf_mexican: jax.Array = param("ratio")
    cf_police: jax.Array = param("ratio")
    lead_share: jax.Array = param("removal/action")
    objects: jax.Array = param("share", "object")
    store: jax.Array = param("member/action")
    armour: jax.Array = param("member/action")
    weapons_taken: jax.Array = param("ratio")
    harm_step: jax.Array = param("share")
    mitigation_max: jax.Array = param("share")
    mitigation_readiness: jax.Array = param("share")


@pytree
class Constants:
    """The start."""

    covered0: jax.Array = array("share", "r", "coverage of residents by Mexican forces")


@pytree
class State:
    """Indices, and what happened last week."""

    readiness: jax.Array = array("share", "f", "people fit for work")
    adaptation: jax.Array = array("share", "o", "leads that an organisation has learned to deny")
    sought: jax.Array = array("index", "o", "1 where the plan's status of fighters covers the organisation")
    pressure: jax.Array = array("ratio", "o", "members lost last week per member, over the half-value")
    weapons: jax.Array = array("1/week", "or", "hazard on weapons, last week")
    heavy: jax.Array = array("1/week", "or", "hazard on heavy weapons and devices, last week")
    removals: jax.Array = array("removal", "o", "leaders, last week")
    hits: jax.Array = array("action", "?r", "on objects, last week")
    command_hits: jax.Array = array("action", "o", "on command posts, last week")
    strikes: jax.Array = array("action", "", "last week")
    residents: jax.Array = array("person", "r", "killed last week")
    wounded: jax.Array = array("person", "", "last week")
    aimed: jax.Array = array("action", "", "expected last week, on a lead")
    blind: jax.Array = array("action", "", "expected last week, without one")
    raids: jax.Array = array("raid/week", "", "on a lead, last week")
    leads: jax.Array = array("lead/week", "?", "last week, over LEAD_SOURCES")
    caught: jax.Array = array("person/week", "r", "members captured last week")
    held_error: jax.Array = array("person/week", "r", "residents held in error last week")


@pytree
class Memo:
    """What `settle` must know of the week's draws."""

    removals: jax.Array
    hits: jax.Array
    found: jax.Array
    strikes: jax.Array
    wounded: jax.Array
    aimed: jax.Array
    blind: jax.Array
    raids: jax.Array
    leads: jax.Array
    held_error: jax.Array


Owned = Own[Parameters, Constants, State]


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    o, r, f = view.world.organisations, view.world.regions, view.controls.inventory.shape[0]
    none = jnp.zeros(())
    state = State(
        readiness=jnp.ones(f),
        adaptation=jnp.zeros(o),
        sought=view.controls.organisations,
        pressure=jnp.zeros(o),
        weapons=jnp.zeros((o, r)),
        heavy=jnp.zeros((o, r)),
        removals=jnp.zeros(o),
        hits=jnp.zeros((len(OBJECTS), r)),
        command_hits=jnp.zeros(o),
        strikes=none,
        residents=jnp.zeros(r),
        wounded=none,
        aimed=none,
        blind=none,
        raids=none,
        leads=jnp.zeros(len(LEAD_SOURCES)),
        caught=jnp.zeros(r),
        held_error=jnp.zeros(r),
    )
    return Constants(_covered(view, p, jnp.zeros(r))), state


def _covered(view: View, p: Parameters, us: jax.Array) -> jax.Array:
    """Return coverage [r] of residents with ``us`` effective US people on presence, who stand where they may act."""
    world = view.world
    mexican = (p.cf_mexican * world.federal_forces + p.cf_police * world.state_police) * view[FORCE_RATIO]
    residents, within = view.stock(RESIDENTS_HOME), inside(view)
    both = coverage(us / jnp.maximum(within, TINY) + mexican, residents, p.coverage)
    return within * both + (1.0 - within) * coverage(mexican, residents, p.coverage)


def mitigation(view: View, p: Parameters) -> jax.Array:
    """Return the share of harm to residents that is avoided: the plan's steps or the lever, whichever is more."""
    steps = p.harm_step * view.orders.harm_steps
    return jnp.minimum(jnp.maximum(steps, view.lever("people.harm_mitigation")), p.mitigation_max)


def _weights(view: View, p: Parameters) -> Weights:
    """Return what roles count for; who plans its own raids under its own command has a tempo of its own."""
    assault = jnp.asarray([float(role == "assault") for role in ROLES])
    raids = p.weight_raids * (1.0 + (view[RAID_TEMPO] - 1.0) * assault)
    work = (p.weight_presence, p.weight_interdiction, raids, p.weight_surveillance, p.weight_strikes, p.weight_partner)
    return Weights(
        tasks=jnp.stack(work) * p.weight_factor,
        exposed=p.weight_exposed,
        harm=p.weight_harm,
        custody=p.weight_custody * p.weight_factor,
    )


def _force(view: View, own: Owned) -> Deployed:
    p = own.p
    care = p.mitigation_readiness * mitigation(view, p) / p.mitigation_max
    return deployed(view, own.s.readiness * (1.0 - care), _weights(view, p), p.d_full)


def _surveillance(force: Deployed, p: Parameters) -> jax.Array:
    """Return aircraft aloft [r], with those who watch on the ground as so many more."""
    return (force.watch + force.work("surveillance")) / p.orbit_people


def _leads(view: View, own: Owned, force: Deployed, findable: jax.Array, usable: jax.Array) -> jax.Array:
    """Return leads a week [source, r], over LEAD_SOURCES.

    ``findable`` [r] members who can be found; ``usable`` [r] 1 where something can act on a lead: there agencies' leads go.
    """
    p, s = own.p, own.s
    agencies = view.controls.backing[BACKERS.index("intelligence")] * shares(findable * usable)
    shared = force.work("partner") * together(view, "leads") * view[PERMISSION][PERMISSIONS.index("information")]
    collected = jnp.stack(
        [p.y_isr * force.watch / p.orbit_people, p.y_agency * agencies, p.y_exp * s.caught, p.y_part * shared]
    )
    total = collected.sum(0)
    residents = p.lead * view[INTELLIGENCE] * findable * usable
    found = shares(collected) * capabilities.located(total, findable, p.lam)
    return view[YIELD] * jnp.concatenate([residents[None], found])


def _lift(view: View) -> jax.Array:
    """Return people who lift, from wherever they are based, []."""
    return capabilities.people_in("lift", view.orders.roles, on_hand(view)).sum()


def _reached(view: View, p: Parameters, force: Deployed) -> jax.Array:
    """Return the share of raids that can go where they are wanted, [r]."""
    carried = capabilities.met(p.lift_per_raider * force.on("raids").sum(), _lift(view))
    return capabilities.reached(p.organic, carried, view.world.zone)


def _evacuation(view: View, p: Parameters, force: Deployed) -> jax.Array:
    """Return the share of a task force's wounded whom evacuation reaches in time, [f]."""
    covered = capabilities.met(p.lift_per_forward * force.present.sum(), _lift(view))
    in_danger = force.on("presence") + force.on("raids")
    in_zone = (in_danger @ view.world.zone) / jnp.maximum(in_danger.sum(-1), TINY)
    return capabilities.evacuated(covered, p.near, in_zone)


def _held(view: View, own: Owned, captured: jax.Array) -> jax.Array:
    """Return the share of ``captured`` [o, r] that stays held, []: places under guard, each used anew once its holder has been moved on."""
    guards = (_weights(view, own.p).custody @ view.orders.roles.T) @ on_hand(view)
    return capabilities.met(captured.sum(), own.p.detain_ratio * guards / own.p.custody_weeks)


def _by_rule(view: View, values: jax.Array) -> jax.Array:
    """Return the value [rule] of the rule of engagement in force; identification caps it at that rule's value."""
    ruled = values @ view.orders.rules
    identified = jnp.minimum(ruled, values[RULES.index("positive_identification")])
    return jnp.where(view.orders.positive_identification > 0, identified, ruled)


def _met_by_kind(view: View, p: Parameters) -> jax.Array:
    """Return how readily force is used [r] by the kind of zone, over one that excludes and over places without a zone."""
    return 1.0 - view.orders.zone_share * view.orders.zone_in_force * (1.0 - p.met @ view.orders.zone_kind)


def _without_lead(view: View, p: Parameters) -> jax.Array:
    """Return the share [r] of idle capacity that acts without a lead."""
    return jnp.minimum(p.blind_factor * _by_rule(view, p.blind), 1.0) * _met_by_kind(view, p)


def _met(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return members [o, r] whom forces may come upon, and of those the ones they look for and who have not learned to deny leads."""
    exposed = view[EXPOSED] * view.stock(MEMBERS) * inside(view)
    findable = splits.inherit(view, own.s.sought) * (1.0 - splits.inherit(view, own.s.adaptation))
    return exposed, exposed * findable[:, None]


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, orders, dt = own.p, view.orders, view.dt
    force = _force(view, own)
    exposed, findable = _met(view, own)
    residents, intelligence, wrong = view.stock(RESIDENTS_HOME), view[INTELLIGENCE], view[WRONG]

    # Find, then fight: [raids and strikes, r], actions a week. Draws are counts of the step, kept as rates.
    allowed = intelligence >= orders.hold_fire_below
    raids = force.work("raids") / p.q_raid * _reached(view, p, force)
    capacity = jnp.stack([raids, force.work("strikes") / p.q_strike]) * allowed
    by_source = _leads(view, own, force, findable.sum(0), capacity.sum(0) > 0)
    leads = by_source.sum(0)
    mix = shares(capacity)
    aimed = mix * aimed_actions(capacity.sum(0), leads)
    blind = mix * idle_capacity(capacity.sum(0), leads) * _without_lead(view, p)
    n, n_blind = luck.poisson("aimed", aimed * dt) / dt, luck.poisson("blind", blind * dt) / dt

    # Results: members killed and captured, residents killed.
    lethality = jnp.stack([p.v_raid, p.v_strike])[:, None]
    civilians = jnp.minimum(jnp.stack([p.civ_raid, p.civ_strike])[:, None] * wrong, 1.0)
    on_objects = _on_objects(view, p)
    on_people = n * jnp.prod(1.0 - on_objects)
    dead = on_people * lethality * luck.factor("deaths", log_spread(n * dt, p.death_spread))
    dead_blind = n_blind * lethality * p.phi * luck.factor("blind_deaths", log_spread(n_blind * dt, p.death_spread))
    members_share = jnp.minimum(p.smax, p.z * exposed.sum(0) / jnp.maximum(residents * inside(view), 1.0))
    per_raid = capabilities.meets(p.good, wrong) * p.cap_raid
    held = on_people[0] * per_raid * luck.factor("captures", log_spread(n[0] * dt, p.death_spread))
    us_part = _covered(view, p, force.work("presence")) - _covered(view, p, jnp.zeros_like(residents))
    in_contact = luck.poisson("contacts", p.foreign_force * p.h_cov * us_part * exposed.sum(0) * dt) / dt
    found, there = shares(findable), shares(exposed)
    killed = found * (dead * (1.0 - civilians)).sum(0) + there * (dead_blind.sum(0) * members_share)
    may_hold = orders.capture * view[COURTS][LEGAL_ELEMENTS.index("detention")]
    captured = may_hold * (found * held + there * in_contact)
    to_mexico = captured * orders.custody_mexico
    to_us = captured - to_mexico
    to_us = to_us * _held(view, own, to_us)
    bystanders = (dead * civilians).sum(0) + dead_blind.sum(0) * (1.0 - members_share)
    avoided = mitigation(view, p)
    by_presence = luck.poisson("presence_harm", (1.0 - avoided) * _presence_harm(view, own, force) * dt) / dt

    hostile = _hostile(view, own, force, exposed, n[0] + p.bf * n_blind[0])
    wounded = luck.poisson("wounded", p.wounded * hostile * dt) / dt
    leaders = orders.targets[TARGETS.index("leader")] * (1.0 - view.world.pooled)
    other = jnp.broadcast_to(p.nonhostile * PER_PERSON_WEEK, hostile.shape)
    by_us = jnp.asarray([float(party == "us") for party in PARTIES])
    flows = (
        *movements(view, p.dwell_multiplier),
        Flow("killed", MEMBERS, KILLED_BY_US, amount=killed, noisy=False),
        Flow("captured", MEMBERS, HELD_US, amount=to_us, noisy=False),
        Flow("handed_over", MEMBERS, HELD_MX_FINAL, amount=to_mexico * (1.0 - view[REJOIN]), noisy=False),
        Flow("handed_over_return", MEMBERS, HELD_MX_RETURN, amount=to_mexico * view[REJOIN], noisy=False),
        Flow(
            "residents",
            RESIDENTS_HOME,
            RESIDENTS_KILLED,
            amount=(1.0 - avoided) * bystanders + by_presence,
            route=by_us,
            route_labels="a",
            noisy=False,
        ),
        Flow("hostile", US_FORWARD, US_KILLED_HOSTILE, amount=hostile),
        Flow("wounded", US_FORWARD, US_WOUNDED_OUT, amount=wounded * (1.0 - p.wounded_return), noisy=False),
        Flow("dead_forward", US_FORWARD, US_DEAD_OTHER, hazard=other),
    )
    memo = Memo(
        removals=luck.poisson("leaders", p.lead_share * leaders * (found @ on_people.sum(0)) * dt),
        hits=shares(on_objects)[:, None] * (n - on_people).sum(0),
        found=found,
        strikes=n[1].sum() + n_blind[1].sum(),
        wounded=wounded.sum(),
        aimed=aimed.sum(),
        blind=blind.sum(),
        raids=n[0].sum(),
        leads=by_source.sum(1),
        held_error=orders.capture * on_people[0] * p.held_in_error * wrong,
    )
    return Proposal(flows, memo)


def _on_objects(view: View, p: Parameters) -> jax.Array:
    """Return the share of aimed actions that each category of objects would draw by itself, over OBJECTS; 0 where the plan spares it."""
    return p.objects * jnp.stack([view.orders.targets[TARGETS.index(name)] for name in OBJECTS])


def _presence_harm(view: View, own: Owned, force: Deployed) -> jax.Array:
    """Return residents killed by presence, expected a week [r], before mitigation; people count by role, whatever their readiness."""
    p = own.p
    rule = p.rule_factor * _by_rule(view, p.rule) * _met_by_kind(view, p)
    ignorance = (1.0 - view[INTELLIGENCE]) / (1.0 - p.intelligence0)
    return p.c_pres * PER_PERSON_WEEK * force.harm * rule * ignorance


def _hostile(view: View, own: Owned, force: Deployed, exposed: jax.Array, raids: jax.Array) -> jax.Array:
    """Return expected hostile deaths a week by task force [f]: those on presence as exposed people, those on raids by raid."""
    p, exposed_people = own.p, force.exposed
    people = exposed_people.sum()
    here = exposed * (exposed_people.sum(0) > 0)
    opponents = p.armed * here.sum()
    heavy = (view[HEAVY_PER_MEMBER] @ here.sum(1)) / jnp.maximum(here.sum(), TINY)
    ratio = opponents / jnp.maximum(people, 1.0) / p.rho0
    factor = jnp.clip(jnp.maximum(ratio, TINY) ** p.q, p.exposure_min, p.exposure_max)
    factor = factor * (jnp.maximum(people, 1.0) / p.force0) ** (p.p - 1.0) * jnp.maximum(heavy, TINY) ** p.g
    present = p.kappa * PER_PERSON_WEEK * exposed_people.sum(1) * factor
    wounds = present + p.k_raid * (shares(force.on("raids")) @ raids)
    return wounds * capabilities.deadlier(p.med_gap, _evacuation(view, p, force))


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    removed = [moved.by_name[f"operations.{flow}"] for flow in ("captured", "handed_over", "handed_over_return")]
    lost = sum(removed, moved.by_name["operations.killed"])
    members = view.stock(MEMBERS)
    pressure = lost.sum(1) / jnp.maximum(members.sum(1), 1.0) / (p.h_half * view.dt)
    at = {name: memo.found * memo.hits[i] for i, name in enumerate(OBJECTS)}
    sustained = readiness_target(view, p.dwell_multiplier, p.release, p.wear, p.handover)
    return State(
        readiness=view.approach(s.readiness, sustained, p.tau_ready),
        adaptation=view.approach(
            splits.inherit(view, s.adaptation), p.a_max * pressure / (1.0 + pressure), p.tau_learn
        ),
        sought=splits.inherit(view, s.sought),
        pressure=pressure,
        weapons=hazard_of(p.weapons_taken * lost + p.store * at["arms_store"] * view.dt, members) / view.dt,
        heavy=hazard_of(p.armour * at["heavy_weapons"] * view.dt, members) / view.dt,
        removals=memo.removals,
        hits=memo.hits,
        command_hits=at["command_post"].sum(1),
        strikes=memo.strikes,
        residents=moved.by_name["operations.residents"] / view.dt,
        wounded=memo.wounded,
        aimed=memo.aimed,
        blind=memo.blind,
        raids=memo.raids,
        leads=memo.leads,
        caught=sum(removed, jnp.zeros_like(members)).sum(0) / view.dt,
        held_error=memo.held_error,
    )


def _partner_share(view: View, own: Owned) -> jax.Array:
    people = view[PARTNER_PEOPLE]
    return people / (people + own.p.partner_half)


def _partner_gain(view: View, own: Owned) -> jax.Array:
    permitted = view[PERMISSION][PERMISSIONS.index("partnered")]
    return 1.0 + own.p.b_part * together(view, "units") * permitted * _partner_share(view, own)


def _us_coverage(view: View, own: Owned) -> jax.Array:
    return _covered(view, own.p, view[US_PRESENCE])


def _us_killed(view: View, own: Owned, moved: Moved) -> jax.Array:
    causes = (US_KILLED_HOSTILE, US_DEAD_OTHER, US_KILLED_BY_MX)
    return jnp.stack([moved.entered(cause).sum() for cause in causes]).sum()


def _tied_up(view: View, own: Owned, moved: Moved) -> jax.Array:
    return jnp.stack([moved.stocks[account].sum() for account in (US_READY, US_FORWARD, US_DWELL)]).sum()


def _mean_readiness(view: View, own: Owned, moved: Moved) -> jax.Array:
    people = view.stock(US_READY) + view.stock(US_FORWARD)
    return jnp.where(people.sum() > TINY, (people * own.s.readiness).sum() / jnp.maximum(people.sum(), TINY), 1.0)


def _raid_yield(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return members killed or captured by a raid on a lead, expected; 0 while no force is ordered."""
    p, wrong = own.p, view[WRONG]
    killed = p.v_raid * (1.0 - jnp.minimum(p.civ_raid * wrong, 1.0))
    each = killed + view.orders.capture * capabilities.meets(p.good, wrong) * p.cap_raid
    return each * (view.orders.people.sum() > 0)


def _evacuation_cover(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return the share of all wounded whom evacuation reaches in time; 1 while nobody is in danger."""
    force = _force(view, own)
    people = (force.on("presence") + force.on("raids")).sum(-1)
    covered = people @ _evacuation(view, own.p, force)
    return jnp.where(people.sum() > 0, covered / jnp.maximum(people.sum(), TINY), 1.0)


def _leads_from(source: str, view: View, own: Owned, moved: Moved) -> jax.Array:
    return own.s.leads[LEAD_SOURCES.index(source)] * view.dt


def _aimed_share(view: View, own: Owned, moved: Moved) -> jax.Array:
    actions = own.s.aimed + own.s.blind
    return jnp.where(actions > 0, own.s.aimed / jnp.maximum(actions, TINY), 1.0)


OPERATIONS = Mechanism(
    name="operations",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        MEMBERS,
        KILLED_BY_US,
        HELD_US,
        HELD_MX_FINAL,
        HELD_MX_RETURN,
        RESIDENTS_HOME,
        RESIDENTS_KILLED,
        US_RESERVE,
        US_READY,
        US_FORWARD,
        US_DWELL,
        US_RETURNED,
        US_KILLED_HOSTILE,
        US_KILLED_BY_MX,
        US_DEAD_OTHER,
        US_WOUNDED_OUT,
    ),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        US_PRESENCE: lambda view, own: _force(view, own).work("presence"),
        US_INTERDICTION: lambda view, own: own.p.w_zone * _force(view, own).work("interdiction"),
        US_SURVEILLANCE: lambda view, own: _surveillance(_force(view, own), own.p),
        HELD_IN_ERROR: lambda view, own: own.s.held_error,
        US_REMOTE: lambda view, own: remote(view),
        US_IN_MEXICO: lambda view, own: _force(view, own).present,
        COVERED: _us_coverage,
        COVERAGE: lambda view, own: view[COVERED] - own.c.covered0,
        PARTNER_PEOPLE: lambda view, own: _force(view, own).work("partner").sum(),
        PARTNER_SHARE: _partner_share,
        PARTNER_GAIN: _partner_gain,
        US_REMOVALS: lambda view, own: own.s.removals,
        US_PRESSURE: lambda view, own: own.s.pressure,
        US_STRIKES: lambda view, own: own.s.strikes,
        US_WOUNDED: lambda view, own: own.s.wounded,
        US_CIVILIAN_DEATHS: lambda view, own: own.s.residents,
        LAB_HITS: lambda view, own: own.s.hits[OBJECTS.index("lab")],
        CAMP_HITS: lambda view, own: own.s.hits[OBJECTS.index("camp")],
        CONVOY_HITS: lambda view, own: own.s.hits[OBJECTS.index("convoy")].sum(),
        COMMAND_HITS: lambda view, own: own.s.command_hits,
        HEAVY_GIVEN_UP: lambda view, own: own.s.heavy,
        WEAPONS_GIVEN_UP: lambda view, own: own.s.weapons,
    },
    outcomes=(
        Outcome("us_killed", _us_killed, flow=True),
        Outcome("civilians_killed_us", lambda view, own, moved: own.s.residents * view.dt, labels="r", flow=True),
        Outcome("us_wounded", lambda view, own, moved: own.s.wounded * view.dt, flow=True),
        Outcome("us_deployed", lambda view, own, moved: (moved.stocks[US_READY] + moved.stocks[US_FORWARD]).sum()),
        Outcome("forces_tied_up", _tied_up),
        Outcome("coverage", lambda view, own, moved: _us_coverage(view, own), labels="r", per_resident=True),
        Outcome("readiness", _mean_readiness),
        Outcome("aimed_share", _aimed_share),
        Outcome("raids", lambda view, own, moved: own.s.raids * view.dt, flow=True),
        Outcome("raid_yield", _raid_yield),
        Outcome("held_in_error", lambda view, own, moved: own.s.held_error * view.dt, labels="r", flow=True),
        *(Outcome(f"leads_{source}", partial(_leads_from, source), flow=True) for source in LEAD_SOURCES),
        Outcome("orbits", lambda view, own, moved: _force(view, own).watch.sum() / own.p.orbit_people),
        Outcome("evacuation_cover", _evacuation_cover),
        Outcome(
            "intelligence_leads",
            lambda view, own, moved: own.p.lead * view[INTELLIGENCE],
            labels="r",
            per_resident=True,
        ),
    ),
)
