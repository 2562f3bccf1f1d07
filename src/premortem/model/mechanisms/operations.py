"""Operations: what US task forces do in Mexico and what it costs in lives. Counts by state and week; no tactics, no places, no persons.

Chapter: docs/model/operations.md. This file says what happens in a week. What it is made of stands apart: parameters and state in
`operations_records`, whom forces find in `leads`, how freely they use force in `use_of_force`, whom they keep in `custody`, how far they
reach in `lift`; people and their tasks in `task_forces`, what they can do in `capabilities`, closed forms of contact in `engagement`.
"""

from __future__ import annotations

from functools import partial

from premortem.arrays import jax, jnp
from premortem.model import capabilities, custody, leads, lift, splits, use_of_force
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
from premortem.model.index_sets import LEAD_SOURCES, OBJECTS, PARTIES, PERMISSIONS, ROLES, TARGETS
from premortem.model.joint import together
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Proposal, View
from premortem.model.operations_records import Constants, Memo, Owned, Parameters, State
from premortem.model.signals import (
    AGENCIES_USED,
    CAMP_HITS,
    COMMAND_HITS,
    CONVOY_HITS,
    COVERAGE,
    COVERED,
    FORCE_RATIO,
    HEAVY_GIVEN_UP,
    HEAVY_PER_MEMBER,
    HELD_IN_ERROR,
    INTELLIGENCE,
    LAB_HITS,
    ORBITS,
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
)
from premortem.model.task_forces import Deployed, deployed, inside, movements, readiness_target, remote
from premortem.model.units import TINY


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
        covered=jnp.zeros(r),
        orbits=none,
        evacuation=none,
    )
    return Constants(_covered(view, p, jnp.zeros(r))), state


def _covered(view: View, p: Parameters, us: jax.Array) -> jax.Array:
    """Return coverage [r] of residents with ``us`` effective US people on presence, who stand where they may act."""
    world = view.world
    mexican = (p.cf_mexican * world.federal_forces + p.cf_police * world.state_police) * view[FORCE_RATIO]
    residents, within = view.stock(RESIDENTS_HOME), view.once(inside)
    both = coverage(us / jnp.maximum(within, TINY) + mexican, residents, p.coverage)
    return within * both + (1.0 - within) * coverage(mexican, residents, p.coverage)


def _weights(view: View, p: Parameters) -> Weights:
    """Return what roles count for; who plans its own raids under its own command has a tempo of its own."""
    assault = jnp.asarray([float(role == "assault") for role in ROLES])
    raids = p.weight_raids * (1.0 + (view[RAID_TEMPO] - 1.0) * assault)
    work = (p.weight_presence, p.weight_interdiction, raids, p.weight_surveillance, p.weight_strikes, p.weight_partner)
    return Weights(tasks=jnp.stack(work) * p.weight_factor, exposed=p.weight_exposed, harm=p.weight_harm)


def _force(view: View, own: Owned) -> Deployed:
    p = own.p
    care = p.mitigation_readiness * use_of_force.mitigation(view, p) / p.mitigation_max
    return deployed(view, own.s.readiness * (1.0 - care), _weights(view, p), p.d_full)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, orders, dt = own.p, view.orders, view.dt
    force = view.once(_force, own)
    exposed, findable = leads.met(view, own)
    residents, intelligence, wrong = view.stock(RESIDENTS_HOME), view[INTELLIGENCE], view[WRONG]

    # Find, then fight: [raids and strikes, r], actions a week. Draws are counts of the step, kept as rates.
    allowed = intelligence >= orders.hold_fire_below
    raids = force.work("raids") / p.q_raid * lift.reached(view, p, force)
    capacity = jnp.stack([raids, force.work("strikes") / p.q_strike]) * allowed
    by_source = leads.leads(view, own, force, findable.sum(0), capacity.sum(0) > 0)
    known = by_source.sum(0)
    mix = shares(capacity)
    aimed = mix * aimed_actions(capacity.sum(0), known)
    blind = mix * idle_capacity(capacity.sum(0), known) * use_of_force.without_lead(view, p)
    n, n_blind = luck.poisson("aimed", aimed * dt) / dt, luck.poisson("blind", blind * dt) / dt

    # Results: members killed and captured, residents killed.
    lethality = jnp.stack([use_of_force.deaths_by_raid(view, p), p.v_strike])[:, None]
    civilians = jnp.minimum(jnp.stack([p.civ_raid, p.civ_strike])[:, None] * wrong, 1.0)
    on_objects = use_of_force.on_objects(view, p)
    on_people = n * jnp.prod(1.0 - on_objects)
    dead = on_people * lethality * luck.factor("deaths", log_spread(n * dt, p.death_spread))
    dead_blind = n_blind * lethality * p.phi * luck.factor("blind_deaths", log_spread(n_blind * dt, p.death_spread))
    members_share = jnp.minimum(p.smax, p.z * exposed.sum(0) / jnp.maximum(residents * view.once(inside), 1.0))
    per_raid = capabilities.meets(p.good, wrong) * p.cap_raid
    held = on_people[0] * per_raid * luck.factor("captures", log_spread(n[0] * dt, p.death_spread))
    us_part = _covered(view, p, force.work("presence")) - _covered(view, p, jnp.zeros_like(residents))
    in_contact = luck.poisson("contacts", p.foreign_force * p.h_cov * us_part * exposed.sum(0) * dt) / dt
    found, there = shares(findable), shares(exposed)
    killed = found * (dead * (1.0 - civilians)).sum(0) + there * (dead_blind.sum(0) * members_share)
    captured = custody.captured(view, p, found * held + there * in_contact)
    bystanders = (dead * civilians).sum(0) + dead_blind.sum(0) * (1.0 - members_share)
    avoided = use_of_force.mitigation(view, p)
    expected = (1.0 - avoided) * use_of_force.presence_harm(view, own, force)
    by_presence = luck.poisson("presence_harm", expected * dt) / dt

    hostile = _hostile(view, own, force, exposed, n[0] + p.bf * n_blind[0])
    wounded = luck.poisson("wounded", p.wounded * hostile * dt) / dt
    leaders = orders.targets[TARGETS.index("leader")] * (1.0 - view.world.pooled)
    other = jnp.broadcast_to(p.nonhostile * use_of_force.PER_PERSON_WEEK, hostile.shape)
    by_us = jnp.asarray([float(party == "us") for party in PARTIES])
    flows = (
        *movements(view, p.dwell_multiplier),
        Flow("killed", MEMBERS, KILLED_BY_US, amount=killed, noisy=False),
        Flow("captured", MEMBERS, HELD_US, amount=captured.to_us, noisy=False),
        Flow("handed_over", MEMBERS, HELD_MX_FINAL, amount=captured.to_mexico * (1.0 - view[REJOIN]), noisy=False),
        Flow("handed_over_return", MEMBERS, HELD_MX_RETURN, amount=captured.to_mexico * view[REJOIN], noisy=False),
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
    present = p.kappa * use_of_force.PER_PERSON_WEEK * exposed_people.sum(1) * factor
    wounds = present + p.k_raid * (shares(force.on("raids")) @ raids)
    return wounds * capabilities.deadlier(p.med_gap, lift.evacuation(view, p, force))


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
        covered=_us_coverage(view, own),
        orbits=view[ORBITS],
        evacuation=lift.evacuation_cover(view, p, view.once(_force, own)),
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
    killed = use_of_force.deaths_by_raid(view, p) * (1.0 - jnp.minimum(p.civ_raid * wrong, 1.0))
    each = killed + view.orders.capture * capabilities.meets(p.good, wrong) * p.cap_raid
    return each * (view.orders.people.sum() > 0)


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
        US_PRESENCE: lambda view, own: view.once(_force, own).work("presence"),
        US_INTERDICTION: lambda view, own: own.p.w_zone * view.once(_force, own).work("interdiction"),
        US_SURVEILLANCE: lambda view, own: leads.surveillance(view, view.once(_force, own), own.p),
        ORBITS: lambda view, own: leads.orbits(view, view.once(_force, own), own.p).sum(),
        AGENCIES_USED: lambda view, own: leads.agencies_used(own),
        HELD_IN_ERROR: lambda view, own: own.s.held_error,
        US_REMOTE: lambda view, own: remote(view),
        US_IN_MEXICO: lambda view, own: view.once(_force, own).present,
        COVERED: _us_coverage,
        COVERAGE: lambda view, own: view[COVERED] - own.c.covered0,
        PARTNER_PEOPLE: lambda view, own: view.once(_force, own).work("partner").sum(),
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
        Outcome("coverage", lambda view, own, moved: own.s.covered, labels="r", per_resident=True),
        Outcome("readiness", _mean_readiness),
        Outcome("aimed_share", _aimed_share),
        Outcome("raids", lambda view, own, moved: own.s.raids * view.dt, flow=True),
        Outcome("raid_yield", _raid_yield),
        Outcome("held_in_error", lambda view, own, moved: own.s.held_error * view.dt, labels="r", flow=True),
        *(Outcome(f"leads_{source}", partial(_leads_from, source), flow=True) for source in LEAD_SOURCES),
        Outcome("orbits", lambda view, own, moved: own.s.orbits),
        Outcome("evacuation_cover", lambda view, own, moved: own.s.evacuation),
        Outcome(
            "intelligence_leads",
            lambda view, own, moved: own.p.lead * view[INTELLIGENCE],
            labels="r",
            per_resident=True,
        ),
    ),
)
