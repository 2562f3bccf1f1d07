"""How Mexico's federal government answers what the United States does, and what that answer gives or takes away (docs/model/mexico.md).

Permission (what Mexico has formally allowed, by class) and working cooperation (what its agencies do) are two things. Acts injure
relations; the injury heals slowly, and cooperation follows it with its own lags. The federal government is one actor; no persons.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from premortem.arrays import expit, jax, jnp, logit
from premortem.model.accounts import (
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    US_FORWARD,
    US_KILLED_BY_MX,
    Account,
)
from premortem.model.engagement import shares
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import CONSENT, EVENTS, MEXICAN_FORCES, PERMISSIONS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    AID_KEPT,
    COOPERATION,
    COOPERATION_RATIO,
    COUNTERMEASURES,
    DEAL_CHILL,
    FORCE_RATIO,
    FRESH_INJURY,
    INCIDENT_FACTOR,
    INJURY,
    LABEL_INJURY,
    MX_OPINION,
    PERMISSION,
    TRADE_LOST,
    TRUST,
    US_CIVILIAN_DEATHS,
    US_IN_MEXICO,
    US_STRIKES,
)
from premortem.model.units import LN2, PER_THOUSAND, TINY, WEEKS_PER_YEAR
from premortem.model.us_presence import SOMEBODY, beyond
from premortem.model.world import World

LESSER = np.asarray([float(kind != "official_arrested_abroad") for kind in EVENTS], np.float32)
PARTNERED, COMBAT = (PERMISSIONS.index(name) for name in ("partnered", "combat"))


@pytree
class Parameters:
    """Parameters of data/parameters/mexico.toml, with their units and sources there. ``loss_luck`` is [c]."""

    cooperation_base: jax.Array = param("index")
    injury_half_life: jax.Array = param("week")
    fall_half_time: jax.Array = param("week")
    rise_half_time: jax.Array = param("week")
    injury_ground_entry: jax.Array = param("log")
    injury_dwell: jax.Array = param("log/week")
    injury_strike: jax.Array = param("log/strike")
    injury_civilian: jax.Array = param("log/week")
    injury_death: jax.Array = param("log/person")
    deaths_most: jax.Array = param("person")
    consented: jax.Array = param("ratio")
    injury_arrest: jax.Array = param("log")
    shock: jax.Array = param("ratio", "shock")
    lesser_half_life: jax.Array = param("week")
    injury_trade: jax.Array = param("log/week")
    injury_max: jax.Array = param("log")
    opposition0: jax.Array = param("share")
    dwell0: jax.Array = param("thousand person")
    dwell_max: jax.Array = param("ratio")
    harm0: jax.Array = param("death")
    harm_memory: jax.Array = param("week")
    pressure_effect: jax.Array = param("index")
    opinion_base: jax.Array = param("share")
    opinion_harm: jax.Array = param("log")
    opinion_combat: jax.Array = param("log")
    opinion_time: jax.Array = param("week")
    countermeasures_max: jax.Array = param("index")
    incident_rate: jax.Array = param("incident/(thousand person week)")
    incident_deaths: jax.Array = param("death/incident")
    incident_us_share: jax.Array = param("share")
    meet_withdrawn: jax.Array = param("ratio")
    meet_hostile: jax.Array = param("ratio")
    permission_loss: jax.Array = param("1/week")
    permission_harm: jax.Array = param("elasticity")
    permission_trade: jax.Array = param("ratio")
    tacit: jax.Array = param("index")
    partial: jax.Array = param("index")
    grant_information: jax.Array = param("probability")
    grant_partnered: jax.Array = param("probability")
    grant_combat: jax.Array = param("probability")
    grant_luck: jax.Array = param("probability")
    loss_luck: jax.Array = param("probability", "permission")
    aid_gain: jax.Array = param("index")
    diplomacy_slope: jax.Array = param("ratio")
    government_effect: jax.Array = param("log")
    election_least: jax.Array = param("index")
    election_most: jax.Array = param("index")


@pytree
class Constants:
    """What is drawn once a future."""

    granted: jax.Array = array("share", "c", "1 where Mexico grants a class of permission when it is asked for")


@pytree
class State:
    """What relations have come to."""

    cooperation: jax.Array = array("index", "", "0 to 1")
    injury: jax.Array = array("log", "", "cooperation aims at its base times exp(-injury)")
    opinion: jax.Array = array("share", "", "of Mexican adults who favour US forces")
    harm: jax.Array = array("person", "", "recent civilian deaths by US forces")
    entered: jax.Array = array("share", "", "1 once US forces have entered to fight")
    worn: jax.Array = array("log", "c", "summed hazard on each permission while it was used")
    lesser: jax.Array = array("log", "", "the part of injury that shocks of lesser kinds left")
    shocks: jax.Array = array("log", "", "injury by all dated and assumed events so far")
    lesser_shocks: jax.Array = array("log", "", "that of lesser kinds")
    incidents: jax.Array = array("incident/week", "", "last week")
    fresh: jax.Array = array("log", "", "injury added last week")


@pytree
class Memo:
    """``incidents`` [] of this step and the ``dead`` [] in them."""

    incidents: jax.Array
    dead: jax.Array


Owned = Own[Parameters, Constants, State]


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    none = jnp.zeros(())
    chances = jnp.stack([p.grant_information, p.grant_partnered, p.grant_combat])
    granted = (p.grant_luck < chances).astype(float)
    state = State(
        cooperation=p.cooperation_base,
        injury=none,
        opinion=p.opinion_base,
        harm=none,
        entered=none,
        worn=jnp.zeros(len(PERMISSIONS)),
        lesser=none,
        shocks=none,
        lesser_shocks=none,
        incidents=none,
        fresh=none,
    )
    return Constants(granted), state


def _permission(view: View, own: Owned) -> jax.Array:
    """Return permission [c]: what the plan asks for, if it is granted (or assumed) and has not been withdrawn.

    Carried out as written: joint work as asked, because nobody can do it alone; US force only where the plan assumes consent to it.
    """
    p, controls = own.p, view.controls
    worth = {"agency": p.tacit, "state_government": p.tacit, "executive_only": p.partial, "senate_authorized": 1.0}
    asked = controls.consent @ jnp.stack([jnp.asarray(worth.get(word, 0.0)) for word in CONSENT])
    as_written = controls.carried_out > 0
    joint = jnp.asarray([float(name != "combat") for name in PERMISSIONS])
    granted = jnp.maximum(jnp.where(as_written, joint, own.c.granted), controls.consent_assumed)
    kept = as_written | (own.s.worn < -jnp.log(p.loss_luck))
    admitted = jnp.minimum(controls.permitted_people / jnp.maximum(view.stock(US_FORWARD).sum(), SOMEBODY), 1.0)
    return asked * controls.consent_scope * granted * kept * view.orders.permitted * admitted


def _overlap(view: View, own: Owned) -> jax.Array:
    """Return Mexican forces per resident where US forces stand, over the nation's; by their role where a zone is in force."""
    world, p = view.world, own.p
    forces = (world.federal_forces + world.state_police) * view[FORCE_RATIO]
    density = forces / jnp.maximum(world.population, 1.0)
    national = forces.sum() / world.population.sum()
    meet = {"withdraw": p.meet_withdrawn, "treat_as_hostile": p.meet_hostile}
    role = view.orders.mexican_forces @ jnp.stack([jnp.asarray(meet.get(word, 1.0)) for word in MEXICAN_FORCES])
    by_role = 1.0 + view.orders.zone_share * (role - 1.0)
    return (shares(view[US_IN_MEXICO]) * density * by_role).sum() / jnp.maximum(national, TINY)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, dt = own.p, view.dt
    where = view[US_IN_MEXICO]
    rate = p.incident_rate * where.sum() / PER_THOUSAND * _overlap(view, own) * view[INCIDENT_FACTOR]
    incidents = luck.poisson("incidents", rate * dt)
    dead = incidents * p.incident_deaths
    us_dead = luck.poisson("us_dead", dead * p.incident_us_share)
    mx_dead = luck.poisson("mx_dead", dead * (1.0 - p.incident_us_share))
    flows = (
        Flow("us_dead", US_FORWARD, US_KILLED_BY_MX, amount=us_dead * shares(view.stock(US_FORWARD)) / dt, noisy=False),
        Flow(
            "mx_dead",
            MX_FORCES_RESERVE,
            MX_FORCES_KILLED,
            amount=mx_dead * shares(where) / dt,
            labels="r",
            noisy=False,
        ),
    )
    return Proposal(flows, Memo(incidents, us_dead + mx_dead))


def _inflow(view: View, own: Owned, harm: jax.Array, entry: jax.Array, memo: Memo) -> jax.Array:
    """Return the injury that this step adds, before it saturates."""
    p = own.p
    refused, present = 1.0 - view[PERMISSION], view.once(beyond)
    people = (present.uninvited * refused[COMBAT] + present.beside * refused[PARTNERED]) / PER_THOUSAND
    unilateral = (
        refused[COMBAT] * (p.injury_ground_entry * entry + p.injury_strike * view[US_STRIKES] * view.dt)
        + p.injury_dwell * jnp.minimum(people / p.dwell0, p.dwell_max) * view.dt
    )
    deaths = p.injury_civilian * jnp.log1p(harm / p.harm0) * view.dt
    permitted = jnp.maximum(view[PERMISSION][COMBAT], view[PERMISSION][PARTNERED])
    blame = 1.0 - permitted * (1.0 - p.consented)
    incidents = blame * p.injury_death * jnp.minimum(memo.dead, p.deaths_most)
    opposed = (1.0 - own.s.opinion) / p.opposition0
    trade = p.injury_trade * view[TRADE_LOST] * view.dt
    return opposed * (unilateral + deaths + incidents + view[LABEL_INJURY] * view.dt) + trade


def _base(view: View, own: Owned) -> jax.Array:
    """Return cooperation without injury or pressure: the start's, redrawn by the next Mexican government, raised by aid."""
    p = own.p
    changed = (view.week >= view.world.calendar.mx_governments).any()
    redrawn = jnp.clip(p.cooperation_base * jnp.exp(p.government_effect), p.election_least, p.election_most)
    standing = view.status_quo("mexico.aid")
    more = view.lever("mexico.aid") - standing + view.orders.partner_aid
    aid = 1.0 + view[AID_KEPT] * more / (2.0 * standing)
    return jnp.where(changed, redrawn, p.cooperation_base) + p.aid_gain * jnp.log(aid)


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s, dt = own.p, own.s, view.dt
    harm = s.harm * jnp.exp(-dt / p.harm_memory) + view[US_CIVILIAN_DEATHS].sum() * dt
    present = view.once(beyond)
    entry = present.on_ground * (1.0 - s.entered)

    slower = 1.0 + p.diplomacy_slope * (view.status_quo("mexico.diplomacy") - view.lever("mexico.diplomacy"))
    lesser = s.lesser * jnp.exp2(-dt / (p.lesser_half_life * slower))
    healed = (s.injury - s.lesser) * jnp.exp2(-dt / (p.injury_half_life * slower)) + lesser
    by_kind = (view.week >= view.world.calendar.mx_shocks).sum(0) + (view.week >= view.controls.assumed)
    hurts = p.injury_arrest * p.shock * by_kind
    shocks, lesser_shocks = hurts.sum(), (hurts * LESSER).sum()
    room = jnp.maximum(1.0 - s.injury / p.injury_max, 0.0)
    added = room * (_inflow(view, own, harm, entry, memo) + shocks - s.shocks)
    injury = jnp.minimum(healed + added, p.injury_max)

    pressure = p.pressure_effect * (view.lever("mexico.pressure") - view.status_quo("mexico.pressure"))
    target = jnp.clip(
        _base(view, own) * jnp.exp(view[TRUST] - view[DEAL_CHILL] - injury) + pressure * jnp.exp(-injury / 2.0),
        0.0,
        1.0,
    )
    half_time = jnp.where(target < s.cooperation, p.fall_half_time, p.rise_half_time)

    unwanted = present.fights * (1.0 - view[PERMISSION][COMBAT])
    lost = p.opinion_harm * jnp.log1p(harm / p.harm0) + p.opinion_combat * unwanted
    used = jnp.stack([view.orders.in_force > 0, present.beside >= SOMEBODY, present.fights])
    return State(
        cooperation=view.approach(s.cooperation, target, half_time / LN2),
        injury=injury,
        lesser=jnp.minimum(lesser + room * (lesser_shocks - s.lesser_shocks), injury),
        opinion=view.approach(s.opinion, expit(logit(p.opinion_base) - lost), p.opinion_time),
        harm=harm,
        entered=jnp.maximum(s.entered, entry),
        worn=s.worn
        + p.permission_loss
        * (1.0 + harm / p.harm0) ** p.permission_harm
        * (1.0 + p.permission_trade * view[TRADE_LOST])
        * used
        * dt,
        shocks=shocks,
        lesser_shocks=lesser_shocks,
        incidents=memo.incidents / dt,
        fresh=added / dt,
    )


def _ratio(view: View, own: Owned) -> jax.Array:
    return own.s.cooperation / own.p.cooperation_base


def _countermeasures(view: View, own: Owned) -> jax.Array:
    return own.p.countermeasures_max * -jnp.expm1(-own.s.injury)


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


MEXICO = Mechanism(
    name="mexico",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        US_FORWARD,
        US_KILLED_BY_MX,
        MX_FORCES_RESERVE,
        MX_FORCES_KILLED,
    ),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        COOPERATION: lambda view, own: own.s.cooperation,
        COOPERATION_RATIO: _ratio,
        PERMISSION: _permission,
        MX_OPINION: lambda view, own: own.s.opinion,
        COUNTERMEASURES: _countermeasures,
        INJURY: lambda view, own: own.s.injury,
        FRESH_INJURY: lambda view, own: own.s.fresh,
    },
    outcomes=(
        Outcome("mx_cooperation", lambda view, own, moved: own.s.cooperation),
        Outcome(
            "cooperation_lost",
            lambda view, own, moved: (own.p.cooperation_base - own.s.cooperation) * view.dt / WEEKS_PER_YEAR,
            flow=True,
        ),
        Outcome("incidents_between_armies", lambda view, own, moved: own.s.incidents * view.dt, flow=True),
        Outcome("mx_opinion", lambda view, own, moved: own.s.opinion),
    ),
)
