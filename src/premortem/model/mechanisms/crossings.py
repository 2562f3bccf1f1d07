"""The line: how likely a load is lost at each crossing, and which way loads go. See docs/model/crossings.md.

One border for drugs and people north, firearms and cash south: every mechanism reads the same signals. Nothing is booked here.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model import border
from premortem.model.accounts import SEIZED_AT
from premortem.model.flows import Moved
from premortem.model.index_sets import DRUGS, LOADS, MODES
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ACCESS,
    BELIEVED_LOSS,
    BORDER_COST,
    BORDER_LOAD,
    CONTROL,
    CORRIDOR,
    DETOUR,
    EXPORTS,
    HELD_BACK,
    LINE_EFFORT,
    LOAD_SIZE,
    LOADS_SENT,
    LOSS,
    PEOPLE_CHOICE,
    PEOPLE_LOSS,
    PORT_AIM,
    PORT_RULES,
    PORT_TRAFFIC,
    PORTS_OPEN,
    RECORDED_DELIVERIES,
    RECORDED_SEIZURES,
    ROOM,
    ROUTES,
    SENT,
    SOUTH_SEARCHED,
    US_PRESENCE,
    ZONE_INSPECTION,
    ZONE_LOSS,
)
from premortem.model.units import MILLION, NEVER, PEOPLE_PER_MILE, PER_HUNDRED, TINY
from premortem.model.world import World


@pytree
class Parameters:
    """Priors and sources: data/parameters/crossings.toml."""

    lambda_: jax.Array = param("ratio")
    mu: jax.Array = param("ratio")
    checkpoint: jax.Array = param("share")
    pmax: jax.Array = param("probability")
    p0_max: jax.Array = param("probability")
    headroom: jax.Array = param("share")
    beta_ports: jax.Array = param("exponent")
    beta_between: jax.Array = param("exponent")
    zmax: jax.Array = param("share")
    u_half: jax.Array = param("thousand person/(hundred mile)")
    depth_full: jax.Array = param("mile")
    depth_exponent: jax.Array = param("exponent")
    zeta_ports: jax.Array = param("ratio")
    corridor_shield: jax.Array = param("share")
    nu: jax.Array = param("log")
    b: jax.Array = param("probability")
    a: jax.Array = param("1/week")
    f: jax.Array = param("1/week")
    tol: jax.Array = param("probability")
    delta: jax.Array = param("log")
    vs: jax.Array = param("exponent")
    p0_south: jax.Array = param("probability")
    hit: jax.Array = param("probability")
    g: jax.Array = param("exponent")
    tau_access: jax.Array = param("share")
    scan_gain: jax.Array = param("exponent")
    scan_floor: jax.Array = param("share")
    truck_gain: jax.Array = param("ratio")
    phi: jax.Array = param("1/log")
    wait: jax.Array = param("week")
    kappa: jax.Array = param("exponent")
    head: jax.Array = param("ratio", "mode")
    grow: jax.Array = param("1/week", "mode")
    shrink: jax.Array = param("1/week")
    busy: jax.Array = param("share")
    chi: jax.Array = param("log", "mode")
    eta: jax.Array = param("exponent", "mode")
    idle: jax.Array = param("ratio")


@pytree
class Constants:
    """The start."""

    loss: jax.Array = array("share", "lk", "chance of loss")
    shares: jax.Array = array("share", "lk", "loads by crossing")


@pytree
class State:
    """What senders believe and do."""

    belief: jax.Array = array("share", "lk", "chance of losing a load, as senders believe")
    spread: jax.Array = array("ratio", "l", "how far loads are split over ways")
    sent: jax.Array = array("ratio", "l", "loads sent last week over the start")
    room: jax.Array = array("ratio", "lk", "what a way can take, over what it took at the start")
    held: jax.Array = array("share", "l", "loads held back from earlier weeks")
    seen: jax.Array = array("ratio", "?k", "work at ports and lawful traffic last week, over the start")


Owned = Own[Parameters, Constants, State]

KINDS = {"north": {*DRUGS, "people"}, "goods": {*LOADS} - {"people"}, "drugs": {*DRUGS}}
"""Loads by what they have in common."""


def _weigh(kind: str) -> jax.Array:
    """Return [l] 1 for the loads of a kind."""
    return jnp.asarray([float(load in KINDS[kind]) for load in LOADS])


def _is(world: World, mode: str) -> jax.Array:
    """Return [k] 1 where a crossing is used this way."""
    return world.crossings.mode[:, MODES.index(mode)]


def _recorded(view: View, p: Parameters) -> jax.Array:
    """Return pure kilograms seized a week at the start by the crossing they had passed, [k, d]: finds of road checkpoints came by port."""
    lines, recorded = view.world.crossings, view[RECORDED_SEIZURES]
    port, between = _is(view.world, "ports"), _is(view.world, "between")
    port_of_sector = lines.sector * port[:, None]
    has_port = lines.sector @ port_of_sector.sum(0)
    moved = recorded * (p.checkpoint * between * has_port)[:, None]
    return recorded - moved + port_of_sector @ (lines.sector.T @ moved)


def _solve(view: View, p: Parameters) -> tuple[jax.Array, jax.Array]:
    """Return the chance of loss and the shares of flow by drug and crossing at the start, both [d, k].

    Seizures are the record, in every draw; what passed follows from use. A share seized above what any line reaches means that use was
    underestimated: it is raised until the chance of loss stays below the ceiling.
    """
    world = view.world
    relative = (
        _is(world, "ports") + p.lambda_ * _is(world, "between") + p.mu * (_is(world, "sea") + _is(world, "air_mail"))
    )
    recorded = _recorded(view, p).T
    flow = recorded.sum(1) + view[RECORDED_DELIVERIES]
    at_ports = (recorded / relative).sum(1) / jnp.maximum(flow, TINY)
    most = jnp.minimum(p.p0_max, p.headroom * p.pmax)
    loss = most * jnp.tanh(at_ports[:, None] * relative / most)
    sent = recorded / jnp.maximum(loss, TINY)
    total = sent.sum(1, keepdims=True)
    return loss, jnp.where(total > 0, sent / jnp.maximum(total, TINY), 1.0 / relative.size)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape; the start is solved once `drugs` has said what it is."""
    many = (len(LOADS), len(view.world.crossings.trucks))
    none = jnp.zeros(many)
    return Constants(none, jnp.ones(many)), _first(view, p, none)


def _first(view: View, p: Parameters, belief: jax.Array) -> State:
    alike, ways = jnp.ones(len(belief)), view.world.crossings.mode
    return State(
        belief=belief,
        spread=alike,
        sent=alike,
        room=jnp.broadcast_to(ways @ p.head, belief.shape),
        held=0.0 * alike,
        seen=jnp.ones((2, len(ways))),
    )


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    lines, p = view.world.crossings, own.p
    drug_loss, drug_shares = _solve(view, p)
    alike = jnp.ones_like(lines.trucks)
    by_load = {
        "people": (view[PEOPLE_LOSS] * alike, lines.people),
        "firearms": (p.p0_south * alike, lines.firearms),
        "cash": (p.p0_south * alike, lines.firearms),
    }
    others = [by_load[load] for load in LOADS if load not in DRUGS]
    constants = Constants(
        loss=jnp.concatenate([drug_loss, jnp.stack([loss for loss, _ in others])]),
        shares=jnp.concatenate([drug_shares, jnp.stack([shares for _, shares in others])]),
    )
    return Balanced(constants, _first(view, p, constants.loss))


def _zone_loss(view: View, own: Owned) -> jax.Array:
    """Return the chance that forces in the zone opposite a crossing take a load bound for it, [k]."""
    p, world, orders = own.p, view.world, view.orders
    on_line = world.border_miles > 0
    density = view[US_PRESENCE] / PEOPLE_PER_MILE / jnp.where(on_line, world.border_miles, 1.0)
    held = border.zone_loss(density * on_line * (orders.zone_share > 0), p.u_half, p.zmax)
    depth = jnp.where(orders.zone_in_force > 0, jnp.minimum(orders.zone_depth / p.depth_full, 1.0), 0.0)
    at_ports = jnp.minimum(p.zeta_ports, 1.0) * (1.0 - p.corridor_shield * view[CORRIDOR])
    reach = _is(world, "between") + at_ports * _is(world, "ports")
    deep = jnp.where(depth > 0, jnp.where(depth > 0, depth, 1.0) ** p.depth_exponent, 0.0)
    return reach * deep * (world.crossings.region @ held)


def _staff(view: View, p: Parameters) -> jax.Array:
    """Return the work of those who stand at a crossing, northward, over that of the start, [k]: what senders see at once."""
    between = p.idle * _closed(view) * _is(view.world, "between")
    return view[LINE_EFFORT] * view.lever("crossings.north_effort") * (1.0 + between)


def _effort(view: View, p: Parameters) -> jax.Array:
    """Return the work on northbound traffic over that of the start, [k], with what scanners and second inspections add."""
    port = _is(view.world, "ports")
    scanned = jnp.maximum(view.lever("drugs.port_scanning"), p.scan_floor) / view.status_quo("drugs.port_scanning")
    trucks = view.lever("drugs.truck_inspection") * view[PORT_RULES]
    twice = jnp.minimum(trucks + view[ZONE_INSPECTION], 1.0)
    at_ports = scanned**p.scan_gain * (1.0 + p.truck_gain * twice)
    return _staff(view, p) * jnp.where(port > 0, at_ports * view[PORT_AIM], 1.0)


def _closed(view: View) -> jax.Array:
    """Return the share of port traffic whose ports are closed, []."""
    lines = view.world.crossings
    traffic = (lines.vehicles + lines.trucks) * _is(view.world, "ports")
    return (traffic * (1.0 - view[PORTS_OPEN])).sum() / jnp.maximum(traffic.sum(), TINY)


def _cover(view: View, p: Parameters) -> jax.Array:
    """Return the lawful traffic in which loads hide over that of the start, [k]: none where a port is closed, 1 away from ports."""
    return view[PORTS_OPEN] * view[PORT_TRAFFIC] ** p.kappa


def _flow(view: View, own: Owned) -> jax.Array:
    """Return the loads on each way over those of the start, [l, k]: how many were sent last week, by the routes of this week."""
    return jnp.where(own.c.shares > 0, own.s.sent[:, None] * view[ROUTES] / jnp.maximum(own.c.shares, TINY), 1.0)


def _held(view: View, own: Owned) -> jax.Array:
    """Return the share of loads that senders hold back this week, [l]: of what goes through ports, as far as new risk there is seen.

    Scanners and second inspections are not such a sight: 2019 and 2022 show no pause. People do not hold back: `migration` says when they
    try.
    """
    p, s = own.p, own.s
    more, less = border.jump(s.seen[0], _staff(view, p)), border.jump(_cover(view, p), s.seen[1])
    alarm = -jnp.expm1(-p.phi * (_weigh("north")[:, None] * more + less))
    through = own.c.shares * _is(view.world, "ports")
    return _weigh("goods") * (1.0 - (1.0 - s.held) * (1.0 - (through * alarm).sum(1)))


def _loss(view: View, own: Owned) -> jax.Array:
    """Return the chance that a load is taken this week, [l, k]."""
    p, port = own.p, _is(view.world, "ports")
    north, drugs = (_weigh(kind)[:, None] > 0 for kind in ("north", "drugs"))
    ceiling = jnp.maximum(p.pmax, own.c.loss / p.headroom)
    returns = jnp.where(port > 0, p.beta_ports, p.beta_between)
    crowd = jnp.clip(_flow(view, own), 1.0 / PER_HUNDRED, PER_HUNDRED) ** (view.world.crossings.mode @ p.eta)
    work = _effort(view, p) ** returns * jnp.where(drugs, crowd, 1.0)
    northward = border.line_loss(own.c.loss, work, jnp.ones(()), ceiling)
    asked, known = view.lever("arms.southbound_inspection"), view.status_quo("arms.southbound_inspection")
    checks = jnp.maximum(asked - known, 0.0) + view[SOUTH_SEARCHED] + view[ZONE_INSPECTION]
    searched = port * jnp.minimum(checks, 1.0)
    southward = border.search_loss(own.c.loss * jnp.minimum(asked / known, 1.0), searched, p.hit, p.g)
    return border.either(jnp.where(north, northward, southward), view[ZONE_LOSS])


def _risk(own: Owned, loss: jax.Array) -> jax.Array:
    return border.cost_of_risk(loss, own.p.b)


def _choosiness(view: View, p: Parameters) -> jax.Array:
    """Return the log odds that a crossing loses for each unit of cost, [l]: people choose for themselves."""
    return jnp.where(jnp.asarray([load == "people" for load in LOADS]), view[PEOPLE_CHOICE], p.nu)


def _taken(view: View, own: Owned) -> jax.Array:
    """Return what each way can take this week over what all took at the start, [l, k]."""
    return own.s.room * _cover(view, own.p) * own.c.shares


def _routes(view: View, own: Owned) -> jax.Array:
    """Return the shares of loads by crossing, [l, k]: exactly those of the start while beliefs are those of the start."""
    c, s = own.c, own.s
    return border.route_shares(
        c.shares,
        _risk(own, s.belief) - _risk(own, c.loss),
        _choosiness(view, own.p)[:, None],
        s.spread[:, None],
        view.world.crossings.mode @ own.p.chi,
        _cover(view, own.p),
        jnp.where(_weigh("goods")[:, None] > 0, _taken(view, own) / jnp.maximum(s.sent, TINY)[:, None], NEVER),
    )


def _detour(view: View, own: Owned) -> jax.Array:
    """Return what it costs to go other ways than at the start, [l]: the loss of what spoke for those, and the crowd on the others."""
    crowd = jnp.log(jnp.maximum(_flow(view, own), 1.0)) * (view.world.crossings.mode @ own.p.chi)
    away = border.detour_cost(view[ROUTES], own.c.shares, _choosiness(view, own.p))
    return away + (view[ROUTES] * crowd).sum(1)


def _border_cost(view: View, own: Owned) -> jax.Array:
    risk = (view[ROUTES] * _risk(own, own.s.belief)).sum(1) - (own.c.shares * _risk(own, own.c.loss)).sum(1)
    return risk + view[DETOUR]


def _access(view: View, own: Owned) -> jax.Array:
    """Return how freely an organisation can use a crossing, [o, k]: in full where it controls what lies before it, or off the land."""
    region = view.world.crossings.region
    return region.sum(1) * (view[CONTROL] @ region.T - 1.0) * (1.0 - own.p.tau_access) + 1.0


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    return Proposal()


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    """Learn from the week: senders of drugs from their own loads; people, guns and cash go in so many that they lose what is expected."""
    p, c, s = own.p, own.c, own.s
    exports = view[EXPORTS] * view.dt
    lost = jnp.where(exports > 0, moved.entered(SEIZED_AT) / jnp.maximum(exports, TINY), 0.0).T
    others = len(LOADS) - len(DRUGS)
    sent = jnp.concatenate([view[LOADS_SENT].T, jnp.full((others, lost.shape[1]), MILLION)])
    lost = jnp.concatenate([lost, view[LOSS][len(DRUGS) :]])
    pace, forgetting = (-jnp.expm1(view.dt * jnp.log1p(-rate)) for rate in (p.a, p.f))
    target = border.wanted_spread((c.shares * s.belief).sum(1), (c.shares * c.loss).sum(1), p.tol, p.delta)
    alike = jnp.ones(1)
    loads = jnp.concatenate([view[SENT], view[BORDER_LOAD] * alike, alike, alike])
    modes = view.world.crossings.mode
    growth, decline = jnp.expm1(view.dt * (modes @ p.grow)), -jnp.expm1(-view.dt * p.shrink)
    return State(
        belief=border.learned(s.belief, c.loss, sent, lost, pace, forgetting),
        spread=s.spread + pace * (target - s.spread),
        sent=loads,
        room=border.room_after(
            s.room, modes @ p.head, loads[:, None] * view[ROUTES] / jnp.maximum(c.shares, TINY), p.busy, growth, decline
        ),
        held=view[HELD_BACK] * jnp.exp(-view.dt / p.wait),
        seen=jnp.stack([_staff(view, p), _cover(view, p)]),
    )


CROSSINGS = Mechanism(
    name="crossings",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(SEIZED_AT,),
    start=_start,
    balance=_balance,
    propose=_propose,
    settle=_settle,
    signals={
        LOSS: _loss,
        ZONE_LOSS: _zone_loss,
        ROUTES: _routes,
        BELIEVED_LOSS: lambda view, own: (view[ROUTES] * own.s.belief).sum(1),
        BORDER_COST: _border_cost,
        DETOUR: _detour,
        LOAD_SIZE: lambda view, own: own.s.spread**-own.p.vs,
        HELD_BACK: _held,
        ROOM: lambda view, own: _taken(view, own).sum(1),
        ACCESS: _access,
    },
)
