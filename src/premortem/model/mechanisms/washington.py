"""Who lets a campaign go on, and who ends it: public support, the authority clock, courts, stops and widenings (docs/model/washington.md).

Support is that of the public for the campaign, success what the public sees of it since the start: a campaign that rides a falling trend
gets the credit. What a future has one chance of (a binding clock, a vote, a ruling) is drawn once a future, the same under every plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from premortem.arrays import expit, jax, jnp
from premortem.model import opinion
from premortem.model.accounts import (
    MEMBERS,
    US_DEAD_OTHER,
    US_FORWARD,
    US_KILLED_BY_MX,
    US_KILLED_HOSTILE,
    Account,
)
from premortem.model.flows import Moved
from premortem.model.index_sets import (
    CONSENT,
    IF_REFUSED,
    LEGAL_ELEMENTS,
    MANDATED,
    PERMISSIONS,
    PORT_ORDERS,
    STOPS,
    TASKS,
)
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.opinion import IN_INTERIOR, IN_ZONE, ON_HOME_SIDE, ordered_reach
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    CAMPAIGN_STOPPED,
    COURTS,
    LABEL_CONGRESS,
    LABEL_COURTS,
    MANDATE,
    PERMISSION,
    SEA_STRIKES,
    US_SOIL_ATTACKS,
    WIDENED,
)
from premortem.model.units import DAYS_PER_WEEK, HOURS_PER_DAY, LN2
from premortem.model.us_presence import SOMEBODY, beyond
from premortem.model.world import World

COMBAT = PERMISSIONS.index("combat")
FORCE_ABROAD = LEGAL_ELEMENTS.index("force_abroad")
US_DEAD = (US_KILLED_HOSTILE, US_DEAD_OTHER, US_KILLED_BY_MX)


@pytree
class Parameters:
    """Parameters of data/parameters/washington.toml, with their units and sources there.

    ``administration_luck`` is [change of administration]; the lucks of courts are [e].
    """

    support_force: jax.Array = param("share")
    consent_penalty: jax.Array = param("share")
    noticed: jax.Array = param("person")
    support_min: jax.Array = param("share")
    support_max: jax.Array = param("share")
    success_view: jax.Array = param("index")
    casualty_slope: jax.Array = param("share")
    casualty_scale: jax.Array = param("death")
    success_gain: jax.Array = param("share")
    success_floor: jax.Array = param("share")
    success_sensitivity: jax.Array = param("ratio")
    success_overdose: jax.Array = param("ratio")
    success_members: jax.Array = param("ratio")
    success_attack: jax.Array = param("ratio")
    success_violence: jax.Array = param("ratio")
    success_memory: jax.Array = param("week")
    publish_effect: jax.Array = param("log")
    rally: jax.Array = param("share")
    rally_half_life: jax.Array = param("week")
    opinion_half_time: jax.Array = param("week")
    price_sensitivity: jax.Array = param("share")
    price0: jax.Array = param("billion USD")
    notice_hours: jax.Array = param("hour")
    clock_days: jax.Array = param("day")
    extension_days: jax.Array = param("day")
    clock_binding_ground: jax.Array = param("probability")
    clock_binding_strikes: jax.Array = param("probability")
    clock_luck: jax.Array = param("probability")
    authorise_support: jax.Array = param("share")
    authorise_width: jax.Array = param("share")
    authorise_luck: jax.Array = param("probability")
    stop_hazard: jax.Array = param("1/week")
    stop_support: jax.Array = param("share")
    stop_support_slope: jax.Array = param("ratio")
    support_luck: jax.Array = param("probability")
    congress_hazard: jax.Array = param("1/week")
    consultation_effect: jax.Array = param("log")
    congress_luck: jax.Array = param("probability")
    strike_tolerance: jax.Array = param("ratio")
    new_administration_stops: jax.Array = param("probability")
    stop_admin_slope: jax.Array = param("ratio")
    chance_min: jax.Array = param("probability")
    chance_max: jax.Array = param("probability")
    administration_luck: jax.Array = param("probability", "administration")
    withdrawal_weeks: jax.Array = param("week")
    widen_hazard: jax.Array = param("1/week")
    widen_attack: jax.Array = param("ratio")
    widen_deaths: jax.Array = param("death/week")
    widen_failure: jax.Array = param("ratio")
    failure: jax.Array = param("index")
    widen_weeks: jax.Array = param("week")
    widen_effort: jax.Array = param("ratio")
    widen_strikes: jax.Array = param("ratio")
    widen_luck: jax.Array = param("probability")
    ruling_time: jax.Array = param("week")
    adverse: jax.Array = param("probability")
    adverse_abroad: jax.Array = param("probability")
    stayed: jax.Array = param("probability")
    appeal_time: jax.Array = param("week")
    ruling_luck: jax.Array = param("probability", "legal_element")
    adverse_luck: jax.Array = param("probability", "legal_element")
    stay_luck: jax.Array = param("probability", "legal_element")
    appeal_luck: jax.Array = param("probability", "legal_element")
    election_pause_effect: jax.Array = param("ratio")
    pause_weeks: jax.Array = param("week")


@pytree
class Constants:
    """The start."""

    members: jax.Array = array("person", "", "of organisations")


@pytree
class State:
    """What Washington has come to."""

    support: jax.Array = array("share", "", "adults who back the campaign, or would back a move while there is none")
    success: jax.Array = array("index", "", "0 to 1, as seen")
    clock: jax.Array = array("day", "", "of hostilities without a statute")
    authorised: jax.Array = array("index", "", "1 once there is a statute")
    decided: jax.Array = array("index", "", "1 once the clock has run out")
    weeks: jax.Array = array("week", "", "since hostilities began")
    support_hazard: jax.Array = array("ratio", "", "summed hazard of a stop for lost support")
    congress_hazard: jax.Array = array("ratio", "", "summed hazard of a stop by Congress")
    widening_hazard: jax.Array = array("ratio", "", "summed hazard of a wider mandate")
    stopped: jax.Array = array("index", "?", "1 at the cause of the stop")
    since_stop: jax.Array = array("week", "", "since the stop")
    administrations: jax.Array = array("count", "", "changes so far")
    widened_to: jax.Array = array("index", "", "reach of a widened mandate")
    widened_left: jax.Array = array("week", "", "left of it")
    widened: jax.Array = array("index", "", "1 once it was")
    courts_hazard: jax.Array = array("ratio", "e", "summed hazard of a ruling")
    since_ruling: jax.Array = array("week", "e", "since it, 0 before")
    begun: jax.Array = array("index", "", "1 once the campaign was in force")
    beyond: jax.Array = array("day", "", "past the clock, in the last step")
    rulings: jax.Array = array("count", "", "against the campaign, in the last step")


Owned = Own[Parameters, Constants, State]


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    none, elements = jnp.zeros(()), jnp.zeros(len(LEGAL_ELEMENTS))
    state = State(
        support=jnp.clip(p.support_force - p.consent_penalty, p.support_min, p.support_max),
        success=jnp.full((), 1.0 / 2.0),
        clock=none,
        authorised=none,
        decided=none,
        weeks=none,
        support_hazard=none,
        congress_hazard=none,
        widening_hazard=none,
        stopped=jnp.zeros(len(STOPS)),
        since_stop=none,
        administrations=none,
        widened_to=none,
        widened_left=none,
        widened=none,
        courts_hazard=elements,
        since_ruling=elements,
        begun=none,
        beyond=none,
        rulings=none,
    )
    return Constants(view.stock(MEMBERS).sum()), state


def _politics(view: View) -> jax.Array:
    """Return 1 where Washington, Mexico and courts decide what becomes of the plan, 0 where it is carried out as written."""
    return 1.0 - view.controls.carried_out


def _barred(view: View) -> jax.Array:
    """Return 1 where the plan asked for consent to act in Mexico, has not got it, and does not go on without it."""
    controls, orders = view.controls, view.orders
    asked = (1.0 - controls.consent[CONSENT.index("none")]) * controls.consent_scope[COMBAT]
    goes_on = controls.if_refused[IF_REFUSED.index("proceed")]
    on_its_own = orders.effort.sum(-1) - orders.effort[:, TASKS.index("partner")]
    acts = (orders.people * on_its_own).sum() > 0
    return _politics(view) * asked * acts * (view[PERMISSION][COMBAT] <= 0) * (1.0 - goes_on)


def _passed(worn: jax.Array, luck: jax.Array) -> jax.Array:
    """Return whether a summed hazard has passed the threshold that luck sets: as likely as an event of that hazard has happened."""
    return worn > -jnp.log(luck)


def _limit(view: View, own: Owned) -> jax.Array:
    """Return the day of hostilities on which the statutory clock runs out."""
    p, controls = own.p, view.controls
    started = jnp.minimum(controls.report_hours, p.notice_hours) / HOURS_PER_DAY
    return started + p.clock_days + p.extension_days * controls.certify


def _in_use(view: View) -> jax.Array:
    """Return 1 [e] where an element that the week's orders expose is in use; measures on ports outlast a campaign that is stopped."""
    present, in_force = view.once(beyond), view.orders.in_force
    measures = jnp.stack([view.lever(name) for name in PORT_ORDERS]).any()
    where = {
        "force_abroad": (present.uninvited >= SOMEBODY) | (view.lever("sea.strikes") > view.status_quo("sea.strikes")),
        "detention": present.fights * view.orders.capture,
        "ports": jnp.maximum(in_force, measures),
    }
    in_use = jnp.stack([jnp.asarray(where.get(name, in_force), float) for name in LEGAL_ELEMENTS])
    return in_use * (view.orders.exposures > 0)


def _enjoined(own: Owned) -> jax.Array:
    """Return 1 [e] where a ruling bars an element: it was adverse, not stayed, and the appeal goes on."""
    p, since = own.p, own.s.since_ruling
    in_force = (since > 0) & (since <= -p.appeal_time * jnp.log(p.appeal_luck))
    return (in_force & _adverse(p) & (p.stay_luck >= p.stayed)).astype(float)


def _adverse(p: Parameters) -> jax.Array:
    chance = jnp.full(len(LEGAL_ELEMENTS), p.adverse).at[FORCE_ABROAD].set(p.adverse_abroad)
    return p.adverse_luck < chance


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    return Proposal()


@dataclasses.dataclass(frozen=True)
class Clock:
    """The statutory clock after a step: ``day`` of hostilities; whether it ``ran_out`` in this step, and ``bound`` for want of a vote."""

    day: jax.Array
    limit: jax.Array
    ran_out: jax.Array
    bound: jax.Array
    authorised: jax.Array


def _clock(view: View, own: Owned) -> Clock:
    p, s, present = own.p, own.s, view.once(beyond)
    authorised = jnp.maximum(s.authorised, view.controls.authorised)
    hostile = present.fights | (view[SEA_STRIKES] > 0)
    day = s.clock + DAYS_PER_WEEK * view.dt * hostile * (1.0 - authorised)
    limit = _limit(view, own)
    ran_out = (s.decided <= 0) & (day >= limit)
    binds = ran_out & (p.clock_luck < jnp.where(present.on_ground, p.clock_binding_ground, p.clock_binding_strikes))
    votes = p.authorise_luck < expit((s.support - p.authorise_support) / p.authorise_width)
    return Clock(day, limit, ran_out, binds & ~votes, jnp.maximum(authorised, binds & votes))


def _stops(view: View, own: Owned, support_hazard: jax.Array, congress_hazard: jax.Array, clock: Clock) -> jax.Array:
    """Return which causes stop the campaign this week [stop], at most one: the first in the order of ``STOPS``."""
    p, s = own.p, own.s
    changes = _administrations(view) - s.administrations
    change = jnp.clip(s.administrations, 0, p.administration_luck.shape[0] - 1).astype(int)
    chance = p.new_administration_stops + p.stop_admin_slope * (p.stop_support - s.support)
    ends = p.administration_luck[change] < jnp.clip(chance, p.chance_min, p.chance_max)
    abandoned = _barred(view) * view.controls.if_refused[IF_REFUSED.index("abandon")]
    fights = view.once(beyond).fights
    causes = {
        "clock": clock.bound,
        "congress": fights & _passed(congress_hazard, p.congress_luck),
        "support": fights & _passed(support_hazard, p.support_luck),
        "administration": fights & (changes > 0) & ends,
        "mexico": (abandoned > 0) & (view.orders.in_force > 0) & (ordered_reach(view) > ON_HOME_SIDE),
    }
    happen = jnp.stack([causes[name] for name in STOPS])
    first = happen & (jnp.cumsum(happen) == 1) & (_politics(view) > 0)
    return jnp.where(s.stopped.sum() > 0, s.stopped, first.astype(float))


def _administrations(view: View) -> jax.Array:
    return (view.week >= view.world.calendar.us_administrations).sum().astype(float)


def _widening(view: View, own: Owned, dead: jax.Array) -> jax.Array:
    """Return the weekly hazard that the mandate is widened: only while force is in use, short of the interior, and not widened already."""
    p, s = own.p, own.s
    reach = ordered_reach(view)
    shock = (view[US_SOIL_ATTACKS] > 0) | (dead >= p.widen_deaths * view.dt)
    hazard = p.widen_hazard * (p.widen_attack * shock + p.widen_failure * (s.success < p.failure))
    sent = (view.orders.people > 0).any() & (view.orders.in_force > 0)
    may = sent & (reach < IN_INTERIOR) & (s.widened_left <= 0) & (s.stopped.sum() <= 0) & (_barred(view) <= 0)
    return _politics(view) * hazard * may


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    p, s, dt = own.p, own.s, view.dt
    present = view.once(beyond)
    new_dead = jnp.stack([moved.entered(account).sum() for account in US_DEAD]).sum()
    dead = jnp.stack([moved.stocks[account].sum() for account in US_DEAD]).sum()
    clock = _clock(view, own)
    past = (clock.day > clock.limit) & (clock.authorised <= 0)

    tolerance = jnp.where(present.on_ground, 1.0, p.strike_tolerance) * present.fights
    disliked = tolerance * jnp.exp(p.stop_support_slope * (p.stop_support - s.support)) * dt
    in_order = view.controls.consulted * (view.controls.report_hours <= p.notice_hours)
    support_hazard = s.support_hazard + p.stop_hazard * disliked
    congress_hazard = (
        s.congress_hazard
        + p.congress_hazard * jnp.exp(p.consultation_effect * in_order) * disliked * past * view[LABEL_CONGRESS]
    )
    stopped = _stops(view, own, support_hazard, congress_hazard, clock)

    widening_hazard = s.widening_hazard + _widening(view, own, new_dead) * dt
    widens = _passed(widening_hazard, p.widen_luck)

    courts_hazard = s.courts_hazard + _in_use(view) * view[LABEL_COURTS] * dt / p.ruling_time
    ruled = _passed(courts_hazard, p.ruling_luck)
    since_ruling = jnp.where(ruled, s.since_ruling + dt, 0.0)
    newly = ruled & (s.since_ruling <= 0)
    return State(
        support=view.approach(s.support, opinion.supported(view, own, dead), p.opinion_half_time / LN2),
        success=view.approach(s.success, opinion.seen(view, own), p.success_memory),
        clock=clock.day,
        authorised=clock.authorised,
        decided=jnp.maximum(s.decided, clock.ran_out),
        weeks=s.weeks + dt * jnp.maximum(s.weeks > 0, present.fights),
        support_hazard=support_hazard,
        congress_hazard=congress_hazard,
        widening_hazard=jnp.where(widens, 0.0, widening_hazard),
        stopped=stopped,
        since_stop=s.since_stop + dt * (s.stopped.sum() > 0),
        administrations=_administrations(view),
        widened_to=jnp.where(widens, ordered_reach(view) + 1.0, s.widened_to),
        widened_left=jnp.where(widens, p.widen_weeks, jnp.maximum(s.widened_left - dt, 0.0)),
        widened=jnp.maximum(s.widened, widens),
        courts_hazard=courts_hazard,
        since_ruling=since_ruling,
        begun=jnp.maximum(s.begun, view.orders.in_force),
        beyond=jnp.where(past, jnp.minimum(clock.day - clock.limit, clock.day - s.clock), 0.0),
        rulings=(newly & _adverse(p)).sum().astype(float),
    )


def _mandate(view: View, own: Owned) -> jax.Array:
    """Return what Washington lets happen of what is ordered [m]. After a stop nobody may be beyond the line once the withdrawal is over."""
    p, s = own.p, own.s
    elections = view.world.calendar.us_elections
    before = ((view.week < elections) & (view.week >= elections - p.pause_weeks)).any()
    paused = 1.0 - before * view.lever("washington.election_pause") * (1.0 - p.election_pause_effect)
    over = (s.stopped.sum() > 0) & (s.since_stop >= p.withdrawal_weeks)
    allowed = (1.0 - _barred(view)) * (1.0 - over) * paused
    wider = s.widened_left > 0
    effort, strikes = jnp.where(wider, p.widen_effort, 1.0), jnp.where(wider, p.widen_strikes, 1.0)
    by_name = {
        "home_side": paused,
        "zone": allowed * effort,
        "interior": allowed * effort,
        "strikes": allowed * strikes,
    }
    return jnp.stack([by_name[name] for name in MANDATED])


def _widened(view: View, own: Owned) -> jax.Array:
    """Return 1 [m] for the reach that a widened mandate adds."""
    to = own.s.widened_to * (own.s.widened_left > 0)
    added = {"zone": to >= IN_ZONE, "interior": to >= IN_INTERIOR}
    return jnp.stack([jnp.asarray(added.get(name, False), float) for name in MANDATED])


def _exposed(view: View, own: Owned, moved: Moved) -> jax.Array:
    return (view.orders.exposures * _in_use(view) * (own.s.since_ruling <= 0)).sum()


def _ended_by_plan(view: View, own: Owned, moved: Moved) -> jax.Array:
    return own.s.begun * (view.orders.in_force <= 0) * (1.0 - own.s.stopped.sum())


def _stopped_by(cause: str) -> Outcome:
    return Outcome(f"stopped_by_{cause}", lambda view, own, moved: own.s.stopped[STOPS.index(cause)])


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


WASHINGTON = Mechanism(
    name="washington",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS, US_FORWARD, *US_DEAD),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        MANDATE: _mandate,
        WIDENED: _widened,
        COURTS: lambda view, own: 1.0 - _politics(view) * _enjoined(own),
        CAMPAIGN_STOPPED: lambda view, own: own.s.stopped.sum(),
    },
    outcomes=(
        Outcome("us_support", lambda view, own, moved: own.s.support),
        Outcome(
            "campaign_weeks",
            lambda view, own, moved: view.once(beyond).fights * view.orders.in_force * view.dt,
            flow=True,
        ),
        Outcome("widened", lambda view, own, moved: own.s.widened),
        Outcome("days_beyond_authority", lambda view, own, moved: own.s.beyond, flow=True),
        Outcome("legal_exposures", _exposed),
        Outcome("adverse_rulings", lambda view, own, moved: own.s.rulings, flow=True),
        Outcome("stopped_by_plan", _ended_by_plan),
        *(_stopped_by(cause) for cause in STOPS),
    ),
)
