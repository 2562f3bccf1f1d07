"""The home side: what staff at the line and in cities add, and what comes back on US people (docs/model/homefront.md).

Interdiction leaves here as work over that of the start; what work catches belongs to `crossings`. Retaliation needs a reason: an
organisation that nobody from the United States presses never strikes back here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import US_RESIDENTS, Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import GUARDED, HOME_DUTIES, HOME_SERVICES, LEGAL_ELEMENTS, MODES
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    BORDER_LOAD,
    COHESION_RATIO,
    COURTS,
    HEAVY_PER_MEMBER,
    HOME_ADDED,
    LINE_EFFORT,
    NORTHERN_GUARD,
    RETAIL_COST,
    SOUTH_SEARCHED,
    TRADE_VALUE,
    US_INTERDICTION,
    US_PRESSURE,
    US_REMOVALS,
    US_SOIL_ATTACKS,
    VIOLENCE,
)
from premortem.model.units import PER_THOUSAND, TINY, WEEKS_PER_YEAR
from premortem.model.world import World

PORTS, BETWEEN = MODES.index("ports"), MODES.index("between")
CITIES, SOUTHBOUND = HOME_DUTIES.index("cities"), HOME_DUTIES.index("southbound")
BORDER_PATROL, DEA = HOME_SERVICES.index("border_patrol"), HOME_SERVICES.index("drug_agents")
LOCAL_POLICE = HOME_SERVICES.index("local_police")
IS_AGENT = [service == "border_patrol" for service in HOME_SERVICES]
BARRED_BY = [[float(service == element) for element in LEGAL_ELEMENTS] for service in HOME_SERVICES]
SOLDIERS = [HOME_SERVICES.index(service) for service in ("guard", "active")]
EVENTS = ("acts_at_home", "acts_in_mexico", "shots", "agents_killed")
SOIL, IN_MEXICO, SHOTS, DEATHS = range(len(EVENTS))

HOME_RESERVE = Account("home_reserve", "person", "", "people from whom forces at home are filled", source=True)
HOME_STAFF = Account("home_staff", "person", "us", "forces and agents on the home side")
HOME_RETURNED = Account("home_returned", "person", "us", "those who were sent home from there")
HOME_STAFF_KILLED = Account("home_staff_killed", "person", "us", "those killed by fire from Mexico")
US_HARMED = Account("us_harmed", "person", "y", "US people killed or hurt in retaliation by organisations")


@pytree
class Parameters:
    """Priors and sources: data/parameters/homefront.toml. ``turn_luck`` is [o, turn], ``event_luck`` [event, arrival]."""

    w_support: jax.Array = param("agent/person")
    w_police: jax.Array = param("agent/person")
    w_north: jax.Array = param("agent/guard")
    port_officers: jax.Array = param("person")
    at_ports: jax.Array = param("share")
    bp_growth: jax.Array = param("person/year")
    narcotics_officers: jax.Array = param("person")
    a_cell: jax.Array = param("elasticity")
    city_floor: jax.Array = param("ratio")
    tau_cells: jax.Array = param("week")
    price_pass: jax.Array = param("elasticity")
    v_link: jax.Array = param("share")
    v_churn: jax.Array = param("share")
    v_market: jax.Array = param("elasticity")
    v_split: jax.Array = param("log")
    focus: jax.Array = param("log")
    police_lives: jax.Array = param("death/(officer year)")
    us_homicides: jax.Array = param("death/year")
    clean: jax.Array = param("share")
    barrier_gain: jax.Array = param("ratio/(thousand mile)")
    checks: jax.Array = param("vehicle/(officer year)")
    county_homicides: jax.Array = param("death/year")
    county_spill: jax.Array = param("ratio")
    county_moved: jax.Array = param("ratio")
    shots: jax.Array = param("incident/year")
    shot_deaths: jax.Array = param("death/year")
    a_press: jax.Array = param("ratio")
    pressure_max: jax.Array = param("ratio")
    p_ret: jax.Array = param("1/year")
    p_lead: jax.Array = param("probability")
    rate_ret: jax.Array = param("event/week")
    tau_ret: jax.Array = param("week")
    persons: jax.Array = param("person/event")
    killed_share: jax.Array = param("share")
    soil: jax.Array = param("share")
    port_security_effect: jax.Array = param("share")
    protect_effect: jax.Array = param("share")
    guard_full: jax.Array = param("person")
    guard_hard: jax.Array = param("share")
    guard_move: jax.Array = param("share")
    guard_ports: jax.Array = param("share")
    reserve_effect: jax.Array = param("share")
    turn_luck: jax.Array = param("probability", "org,turn")
    event_luck: jax.Array = param("probability", "event,arrival")


@pytree
class Constants:
    """Of the start. Posts are open land, then ports."""

    to_sector: jax.Array = array("share", "sq", "where people of a side stand, by miles")
    faces: jax.Array = array("share", "rq", "the sectors that a region's people face")
    officers: jax.Array = array("person", "q", "at ports")
    base: jax.Array = array("agent", "?q", "the work of all, by post")
    police: jax.Array = array("agent/person", "u", "worth of those who do police work")
    city: jax.Array = array("person", "s", "police on drug networks")
    market: jax.Array = array("share", "s", "of drug markets")
    agents: jax.Array = array("share", "s", "of Border Patrol")
    known: jax.Array = array("share", "o", "of members")
    turns: jax.Array = array("ratio", "o?", "summed hazards at which an organisation turns")
    arrivals: jax.Array = array("ratio", "??", "summed hazards at which an event comes, by kind")


@pytree
class State:
    """Where the home side has come to. Kinds of events: retaliation in the United States, in Mexico, shots at agents, agents killed."""

    cells: jax.Array = array("ratio", "s", "capacity of distribution networks over the start")
    enforced: jax.Array = array("log", "s", "enforcement against them over the start, last week")
    retaliates: jax.Array = array("index", "o", "0 or 1")
    worn: jax.Array = array("ratio", "o", "summed hazard of turning to retaliation or from it")
    hired: jax.Array = array("agent", "", "hired by the lever so far")
    events: jax.Array = array("event", "?", "of the last step, by kind")
    on_land: jax.Array = array("ratio", "", "work between the ports over that of the start, last week")
    summed: jax.Array = array("ratio", "?", "hazard of events since the start, by kind")


@dataclasses.dataclass(frozen=True)
class Memo:
    """What the state takes from the week: summed hazards, who retaliates after it, events in it."""

    worn: jax.Array
    summed: jax.Array
    retaliates: jax.Array
    events: jax.Array


Owned = Own[Parameters, Constants, State]


def _columns(weights: jax.Array) -> jax.Array:
    return weights / jnp.maximum(weights.sum(0, keepdims=True), TINY)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    world = view.world
    home, lines = world.home, world.crossings
    to_sector = _columns(home.miles[:, None] * home.sector_side).T
    traffic = (lines.vehicles + lines.trucks) @ lines.sector
    officers = p.port_officers * traffic / jnp.maximum(traffic.sum(), TINY)
    support = p.w_support * jnp.stack([home.people[i] for i in SOLDIERS]).sum(0) @ to_sector
    guards = p.w_north * (world.northern_guard @ world.sectors_faced)
    by_service = {"guard": p.w_police, "active": 0.0 * p.w_police, "local_police": p.w_police}
    one = jnp.ones(())
    market = _columns(home.people[DEA])
    constants = Constants(
        to_sector=to_sector,
        faces=world.sectors_faced,
        officers=officers,
        base=jnp.stack([home.agents + support + (1.0 - p.at_ports) * guards, officers + p.at_ports * guards]),
        police=jnp.stack([by_service.get(service, one) for service in HOME_SERVICES]),
        city=home.people[DEA] + p.narcotics_officers * market,
        market=market,
        agents=_columns(home.people[BORDER_PATROL]),
        known=_columns(world.members.sum(1)),
        turns=jnp.cumsum(-jnp.log(p.turn_luck), axis=-1),
        arrivals=jnp.cumsum(-jnp.log(p.event_luck), axis=-1),
    )
    calm, none = jnp.zeros(world.organisations), jnp.zeros(len(EVENTS))
    return constants, State(
        cells=jnp.ones_like(constants.city),
        enforced=jnp.zeros_like(constants.city),
        retaliates=calm,
        worn=calm,
        hired=jnp.zeros(()),
        events=none,
        on_land=jnp.ones(()),
        summed=none,
    )


def _added(view: View, own: Owned) -> jax.Array:
    """Return who stands at home beyond the start, as agents by post (open land, ports, cities) and side [post, s]."""
    p, work = own.p, view.orders.home_work
    police = work * own.c.police[:, None]
    index = {duty: i for i, duty in enumerate(HOME_DUTIES)}
    by_post = jnp.stack(
        [
            p.w_support * work[:, index["line_support"]] + police[:, index["line"]],
            p.w_support * work[:, index["port_support"]] + police[:, index["ports"]],
            police[:, index["cities"]],
        ]
    )
    return by_post @ _beyond(view, own)


def _beyond(view: View, own: Owned) -> jax.Array:
    """Return the people at home beyond those of the start and those whom the lever hired [u, s]."""
    return view.stock(HOME_STAFF) - view.world.home.people - _hired(own)


def _hired(own: Owned) -> jax.Array:
    """Return agents hired by the lever [u, s]: they work on open land, whatever the plan's own people do."""
    return jnp.asarray(IS_AGENT, float)[:, None] * (own.s.hired * own.c.agents)


def _line_effort(view: View, own: Owned) -> jax.Array:
    """Return work over that of the start [k]: on open land and at ports by sector, 1 elsewhere.

    Work added where colleagues are bought by smugglers only moves what crosses: of what is added, the share ``clean`` counts.
    """
    p, c, lines = own.p, own.c, view.world.crossings
    shares = jnp.stack([1.0 - p.at_ports, p.at_ports])[:, None]
    beyond = (view[US_INTERDICTION] + p.w_north * (view[NORTHERN_GUARD] - view.world.northern_guard)) @ c.faces
    hired = own.s.hired * c.agents
    at_home = (_added(view, own)[:2] + jnp.stack([hired, 0.0 * hired])) @ c.to_sector
    staffing = (view.lever("economy.port_staffing") - view.status_quo("economy.port_staffing")) * c.officers
    more = at_home + shares * beyond + jnp.stack([0.0 * staffing, staffing])
    barrier = p.barrier_gain / PER_THOUSAND * view.lever("homefront.barrier_miles")
    gain = jnp.maximum(p.clean * more / jnp.maximum(c.base, TINY) + jnp.stack([barrier, 0.0])[:, None], -1.0)
    gain = gain @ lines.sector.T
    return 1.0 + gain[0] * lines.mode[:, BETWEEN] + gain[1] * lines.mode[:, PORTS]


def _south_searched(view: View, own: Owned) -> jax.Array:
    """Return the share of traffic leaving through a port that added people check [k], spread over ports by traffic."""
    p, lines = own.p, view.world.crossings
    traffic = lines.vehicles + lines.trucks
    officers = (view.orders.home_work[:, SOUTHBOUND] * own.c.police) @ _beyond(view, own).sum(-1)
    searched = p.checks * jnp.maximum(officers, 0.0) / jnp.maximum(traffic.sum(), 1.0)
    return jnp.minimum(searched, 1.0) * lines.mode[:, PORTS]


def _in_cities(view: View, own: Owned) -> jax.Array:
    """Return enforcement against distribution over the start [s]."""
    grown = 1.0 + _added(view, own)[2] / jnp.maximum(own.c.city, 1.0)
    return jnp.maximum(view.lever("homefront.city_enforcement") * grown, own.p.city_floor)


def _staff(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return people a week to call up and to send home [u, s]: what is ordered and courts let stand; agents are hired only so fast."""
    p, dt = own.p, view.dt
    stands = 1.0 - jnp.asarray(BARRED_BY) @ (1.0 - view[COURTS])
    wanted = view.world.home.people + view.orders.home_people * stands[:, None] + _hired(own)
    gap = wanted - view.stock(HOME_STAFF)
    more = jnp.maximum(gap, 0.0)
    fastest = (p.bp_growth + view.lever("homefront.bp_hire")) / WEEKS_PER_YEAR * dt
    slow = jnp.where(jnp.asarray(IS_AGENT), jnp.minimum(fastest / jnp.maximum(more.sum(1), TINY), 1.0), 1.0)
    return slow[:, None] * more / dt, (more - gap) / dt


def _guarded(view: View, own: Owned) -> dict[str, jax.Array]:
    """Return how far those set aside for reprisals cover what each word of the plan's answer guards, 0 to 1."""
    covered = -jnp.expm1(-view.orders.guards / own.p.guard_full)
    return {word: covered[i] for i, word in enumerate(GUARDED)}


def _hazards(view: View, own: Owned) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the hazards of this step: of turning to retaliation and of leaving it [o], and of each kind of event [4]."""
    p, dt = own.p, view.dt
    years = dt / WEEKS_PER_YEAR
    pressure, on = view[US_PRESSURE], own.s.retaliates
    begins = p.p_ret * years * jnp.minimum(pressure, p.pressure_max) - view[US_REMOVALS] * jnp.log1p(-p.p_lead)
    ends = jnp.where(pressure <= TINY, dt / p.tau_ret, 0.0)
    friction = view[BORDER_LOAD] * jnp.maximum(1.0 + p.a_press * (own.c.known @ pressure), 0.0) * years
    above = view.lever("homefront.port_security") - view.status_quo("homefront.port_security")
    acts = p.rate_ret * on.sum() * dt
    covered, kept = _guarded(view, own), p.guard_hard * (1.0 - p.guard_move)
    places = p.guard_ports * covered["protect_ports"] + (1.0 - p.guard_ports) * covered["protect_towns"]
    at_home = acts * p.soil * (1.0 - p.port_security_effect * above) * (1.0 - kept * places)
    in_mexico = acts * (1.0 - p.soil) * (1.0 - kept * covered["protect_americans_mexico"])
    events = jnp.stack([at_home, in_mexico, p.shots * friction, p.shot_deaths * friction])
    return begins, ends, events


def _count(summed: jax.Array, thresholds: jax.Array) -> jax.Array:
    """Return how many thresholds [..., n] a summed hazard [...] has passed; beyond the last it counts as if there were no luck."""
    beyond = jnp.floor(jnp.maximum(summed - thresholds[..., -1], 0.0))
    return (summed[..., None] > thresholds).sum(-1) + beyond


def _events(view: View, own: Owned, luck: Luck) -> Memo:
    """Return who retaliates after the week and what happens in it: hazards are summed, and events come where luck has put them."""
    s, on = own.s, own.s.retaliates
    begins, ends, rates = _hazards(view, own)
    worn, summed = s.worn + begins + (ends - begins) * on, s.summed + rates
    if not luck.noisy:
        return Memo(worn, summed, on - (1.0 - on) * jnp.expm1(-begins) + on * jnp.expm1(-ends), rates)
    counted = _count(summed, own.c.arrivals) - _count(s.summed, own.c.arrivals)
    return Memo(worn, summed, _count(worn, own.c.turns) % 2.0, counted)


def _harmed(view: View, own: Owned, events: jax.Array) -> jax.Array:
    """Return US people harmed [y]: beyond one person an act needs heavy weapons, which lost arsenals take away."""
    p, on = own.p, own.s.retaliates
    heavy = (on @ jnp.minimum(view[HEAVY_PER_MEMBER], 1.0)) / jnp.maximum(on.sum(), TINY)
    shorter = 1.0 - p.reserve_effect * _guarded(view, own)["reserve_force"]
    each = shorter * (jnp.minimum(p.persons, 1.0) + jnp.maximum(p.persons - 1.0, 0.0) * heavy)
    guarded = 1.0 - p.protect_effect * view.lever("homefront.protect_americans")
    people = each * jnp.stack([events[SOIL], guarded * events[IN_MEXICO]])
    return (people[:, None] * jnp.stack([p.killed_share, 1.0 - p.killed_share])).ravel()


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    memo = _events(view, own, luck)
    more, fewer = _staff(view, own)
    killed = jnp.asarray(IS_AGENT, float)[:, None] * (memo.events[DEATHS] / view.dt * own.c.agents)
    harmed = _harmed(view, own, memo.events) / view.dt
    flows = (
        Flow("call_up", HOME_RESERVE, HOME_STAFF, amount=more, labels="us", noisy=False),
        Flow("send_home", HOME_STAFF, HOME_RETURNED, amount=fewer, noisy=False),
        Flow("shot", HOME_STAFF, HOME_STAFF_KILLED, amount=killed, noisy=False),
        Flow("retaliation", US_RESIDENTS, US_HARMED, amount=harmed, labels="y", noisy=False),
    )
    return Proposal(flows, memo)


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    enforced = jnp.log(_in_cities(view, own))
    return State(
        cells=view.approach(s.cells, jnp.exp(-p.a_cell * enforced), p.tau_cells),
        enforced=enforced,
        retaliates=memo.retaliates,
        worn=memo.worn,
        summed=memo.summed,
        hired=s.hired + view.lever("homefront.bp_hire") * view.dt / WEEKS_PER_YEAR,
        events=memo.events,
        on_land=_on_land(view),
    )


def _on_land(view: View) -> jax.Array:
    """Return work between the ports over that of the start, []; 1 where there is no such place."""
    between = view.world.crossings.mode[:, BETWEEN]
    return jnp.where(between.sum() > 0, (view[LINE_EFFORT] * between).sum() / jnp.maximum(between.sum(), 1.0), 1.0)


def _gang_violence(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return US gang violence over the start.

    It follows what users spend, the reach of networks into cities, and splits of the organisations that supply them; disrupted networks may
    add to it. Focused deterrence and more police take from it.
    """
    p, lost = own.p, 1.0 - own.s.cells
    networks = own.c.market @ (p.v_churn * jnp.maximum(lost, 0.0) - p.v_link * lost)
    supply = p.v_market * jnp.log(jnp.maximum(view[TRADE_VALUE], TINY))
    split = p.v_split * (own.c.known @ jnp.maximum(1.0 - view[COHESION_RATIO], 0.0))
    police = view.orders.home_work[LOCAL_POLICE, CITIES] * _beyond(view, own)[LOCAL_POLICE].sum()
    saved = p.police_lives * police / p.us_homicides + p.focus * view.lever("homefront.focused_deterrence")
    return jnp.maximum(1.0 + networks, 0.0) * jnp.exp(supply + split - saved)


def _county_violence(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return homicides in US border counties over the start: what spills over, what enforcement moves there, acts of retaliation."""
    p, world = own.p, view.world
    killed_before = world.homicides * (world.border_miles > 0)
    faced = (view[VIOLENCE] * killed_before).sum() / jnp.maximum(killed_before.sum(), TINY)
    spilled = jnp.where(killed_before.sum() > 0, faced - 1.0, 0.0)
    killed = moved.entered(US_HARMED)[0] * WEEKS_PER_YEAR / (p.county_homicides * view.dt)
    return 1.0 + p.county_spill * spilled + p.county_moved * jnp.maximum(own.s.on_land - 1.0, 0.0) + killed


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {HOME_STAFF: world.home.people}


HOMEFRONT = Mechanism(
    name="homefront",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(HOME_RESERVE, HOME_STAFF, HOME_RETURNED, HOME_STAFF_KILLED, US_RESIDENTS, US_HARMED),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        LINE_EFFORT: _line_effort,
        SOUTH_SEARCHED: _south_searched,
        HOME_ADDED: _beyond,
        US_SOIL_ATTACKS: lambda view, own: own.s.events[SOIL] / view.dt,
        RETAIL_COST: lambda view, own: own.p.price_pass * (own.c.market @ own.s.enforced),
    },
    outcomes=(
        Outcome("us_soil_attacks", lambda view, own, moved: own.s.events[SOIL], flow=True),
        Outcome("us_persons_harmed", lambda view, own, moved: moved.entered(US_HARMED).sum(), flow=True),
        Outcome("agents_fired_on", lambda view, own, moved: own.s.events[SHOTS], flow=True),
        Outcome("agents_killed", lambda view, own, moved: moved.entered(HOME_STAFF_KILLED).sum(), flow=True),
        Outcome("us_gang_violence", _gang_violence),
        Outcome("border_county_violence", _county_violence),
    ),
)
