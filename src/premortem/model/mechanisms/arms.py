"""Weapons of organisations: how many they hold, where they buy them, and what is taken from them. See docs/model/arms.md.

Classes ``w`` are those of ``WEAPONS``. Origins ``i`` are the US sides, then the vendors abroad, then organisations' own workshops, which
make devices and nothing else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from premortem.arrays import jax, jnp
from premortem.model.accounts import MEMBERS, Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import DEALER_RULES, LOADS, VENDORS, WEAPON_LOSSES, WEAPONS
from premortem.model.joint import with_leads
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ARMS_ABROAD,
    ARMS_OUTLAY,
    ARMS_PER_MEMBER,
    BUDGET,
    CONTEST,
    DETOUR,
    GROWTH,
    HEAVY_GIVEN_UP,
    HEAVY_PER_MEMBER,
    HEAVY_TRANSFER,
    HELD_BACK,
    LETHALITY,
    LOSS,
    ROOM,
    ROUTES,
    STATE_EFFORT,
    WEAPONS_GIVEN_UP,
)
from premortem.model.splits import divide
from premortem.model.units import LN2, TINY, WEEKS_PER_YEAR
from premortem.model.world import World

ARMS = Account("arms", "weapon", "wor", "weapons of organisations", divides=True)
ARMS_SUPPLY = Account(
    "arms_supply", "weapon", "wi", "weapons bought or built for organisations, by origin", source=True
)
ARMS_SEIZED_BORDER = Account("arms_seized_border", "weapon", "wk", "weapons seized southward at crossings")
ARMS_GONE = Account("arms_gone", "weapon", "hwr", "weapons that organisations have lost, by how")

FIREARMS = slice(0, WEAPONS.index("devices"))
"""The classes that are bought, among all."""
SEIZED = slice(0, WEAPON_LOSSES.index("worn"))
"""Losses to forces, among all."""
DEVICES = WEAPONS.index("devices")
IS_HEAVY = [float(name in {"fifty", "heavy", "devices"}) for name in WEAPONS]


@pytree
class Parameters:
    """Priors and sources: data/parameters/arms.toml."""

    flow: jax.Array = param("firearm/year")
    us_share: jax.Array = param("share")
    us_share_heavy: jax.Array = param("share")
    origin: jax.Array = param("share", "side")
    to_organisations: jax.Array = param("share")
    stock: jax.Array = param("firearm")
    wear: jax.Array = param("share/year")
    share_long: jax.Array = param("share")
    share_heavy: jax.Array = param("share")
    share_fifty: jax.Array = param("share")
    us_share_fifty: jax.Array = param("share")
    in_fights: jax.Array = param("ratio", "weapon")
    against_forces: jax.Array = param("ratio", "weapon")
    nonus_split: jax.Array = param("share", "vendor")
    nonus_split_heavy: jax.Array = param("share", "vendor")
    seized_from_organisations: jax.Array = param("share")
    joint_share: jax.Array = param("share")
    sigma: jax.Array = param("elasticity")
    price_elasticity: jax.Array = param("elasticity")
    supply_slope: jax.Array = param("elasticity")
    tau_adjust: jax.Array = param("week")
    tau_memory: jax.Array = param("week")
    spread_half_life: jax.Array = param("week")
    foothold: jax.Array = param("member")
    handful: jax.Array = param("member")
    oversight_effect: jax.Array = param("share")
    stings_effect: jax.Array = param("share")
    prosecution_effect: jax.Array = param("share")
    rule_effect: jax.Array = param("share", "dealer_rule")
    tracing_gain: jax.Array = param("share")
    least_sales: jax.Array = param("share")
    least_prosecution: jax.Array = param("ratio")
    leak_yield: jax.Array = param("share")
    lambda_: jax.Array = param("elasticity")
    contest_demand: jax.Array = param("ratio")
    vehicles_made: jax.Array = param("vehicle/year")
    explosives_made: jax.Array = param("device/year")
    drones_made: jax.Array = param("drone/year")
    device_life: jax.Array = param("week")
    device_seizure: jax.Array = param("share")
    price: jax.Array = param("USD", "weapon")
    detour: jax.Array = param("ratio")


@pytree
class Constants:
    """The start."""

    mix: jax.Array = array("share", "wi", "origins of purchases")
    loss: jax.Array = array("share", "i", "lost at the line")
    orders: jax.Array = array("weapon/week", "w", "purchases")
    per_member: jax.Array = array("weapon/member", "w", "stock that a member wants")
    built: jax.Array = array("weapon/(member week)", "w", "devices built")
    contest: jax.Array = array("share", "r", "contestedness of control")
    seizure: jax.Array = array("1/week", "w", "hazard of seizure by Mexican forces")
    wear: jax.Array = array("1/week", "w", "hazard of wear")
    firearms: jax.Array = array("weapon/member", "", "weapons held, by what each class counts in fights")
    heavy: jax.Array = array(
        "weapon/member", "", "weapons held, by what each class does to forces, vehicles and aircraft"
    )
    armed: jax.Array = array("ratio", "or", "what the ratio of firearms per member to the start is over")
    heavily: jax.Array = array("ratio", "o", "what that of heavy weapons is over")


@pytree
class State:
    """What organisations remember of losses and purchases."""

    losses: jax.Array = array("weapon/week", "ow", "losses remembered")
    orders: jax.Array = array("weapon/week", "w", "purchases remembered")
    outlay: jax.Array = array("USD/week", "o", "spent last week")


@pytree
class Memo:
    """What is sent of the week's orders [w, o], the share of it lost at the line [w], and its price over that of the start [w]."""

    orders: jax.Array
    lost: jax.Array
    price: jax.Array


Owned = Own[Parameters, Constants, State]


def _sides(world: World) -> int:
    return int(world.crossings.side.shape[1])


def _by_class(p: Parameters) -> jax.Array:
    """Return the shares of classes in firearms held at the start, [w]; devices are none."""
    fifty = p.share_heavy * p.share_fifty
    shares = {
        "long": p.share_long,
        "fifty": fifty,
        "heavy": p.share_heavy - fifty,
        "handgun": 1.0 - p.share_long - p.share_heavy,
    }
    return jnp.stack([shares.get(name, jnp.zeros(())) for name in WEAPONS])


def _on_line(world: World) -> jax.Array:
    """Return [s] 1 for the US sides that the line touches."""
    return (world.crossings.sector.sum(1) @ world.crossings.side > 0).astype(float)


def _ways(view: View) -> jax.Array:
    """Return how weapons from each US side travel, [s, k]: through its own crossings; from far away, as all do."""
    routes, side = view[ROUTES][LOADS.index("firearms")], view.world.crossings.side
    own = routes[:, None] * side
    near = own / jnp.maximum(own.sum(0), TINY)
    return jnp.where(_on_line(view.world) > 0, near, routes[:, None]).T


def _lost(view: View) -> jax.Array:
    """Return the share of weapons from each origin that is lost at each crossing, [i, k]; only those from the US side cross."""
    return jnp.pad(_ways(view) * view[LOSS][LOADS.index("firearms")], ((0, len(VENDORS) + 1), (0, 0)))


def _passing(view: View) -> jax.Array:
    """Return the share of orders that can be sent this week, [i]: from the US side, as far as ways have room and smugglers dare."""
    load = LOADS.index("firearms")
    over = jnp.minimum(view[ROOM][load], 1.0) * (1.0 - view[HELD_BACK][load])
    return jnp.concatenate([jnp.full(_sides(view.world), over), jnp.ones(len(VENDORS) + 1)])


def _left_of_sales(view: View, p: Parameters) -> jax.Array:
    """Return what policy at the point of sale leaves of illegal sales, were only one small side treated, [s].

    Inspections are of dealers in the states on the line; all else is federal.
    """
    sharing, known = view.lever("arms.trace_sharing"), view.status_quo("arms.trace_sharing")
    gain = p.tracing_gain * jnp.maximum(sharing - known, 0.0) / (1.0 - known)
    oversight = (p.oversight_effect + gain) * view.lever("arms.dealer_oversight")
    rules = jnp.stack([view.lever(f"arms.{name}") for name in DEALER_RULES])
    doublings = jnp.log2(jnp.maximum(view.lever("arms.trafficking_prosecution"), p.least_prosecution))
    federal = (
        (1.0 - p.stings_effect * view.lever("arms.dealer_stings"))
        * (1.0 - p.prosecution_effect * doublings)
        * (1.0 - p.rule_effect * rules).prod()
    )
    return jnp.maximum(federal * (1.0 - oversight * _on_line(view.world)), p.least_sales)


def _log_cost(view: View, own: Owned, lost: jax.Array) -> jax.Array:
    """Return the logarithm of what a weapon that arrives costs, by class and origin, [w, i]; 0 at the start.

    ``lost`` [i] is the share lost on the way.
    """
    p = own.p
    away = jnp.asarray([float(vendor != "mexican_state") for vendor in VENDORS])
    bought, longer, fifty, heavy = (
        jnp.asarray([[float(name in names)] for name in WEAPONS])
        for names in (WEAPONS[FIREARMS], ("long", "fifty"), ("fifty",), ("heavy",))
    )
    sides = _sides(view.world)
    passed = (jnp.log1p(-own.c.loss) - jnp.log1p(-lost))[:sides]
    at_home = passed + p.detour * view[DETOUR][LOADS.index("firearms")] - jnp.log(_left_of_sales(view, p)) / p.sigma
    leaks = jnp.log(jnp.maximum(1.0 - p.leak_yield * view.delivered("arms.leakage_control"), TINY))
    abroad = jnp.log(view[ARMS_ABROAD]) - (1.0 - away) * leaks / p.sigma
    home = at_home * bought + view.lever("arms.long_gun_rule") * longer + view.lever("arms.fifty_rule") * fifty
    elsewhere = abroad * bought - away * heavy * jnp.log(view[HEAVY_TRANSFER]) / p.sigma
    return jnp.concatenate([home, elsewhere, jnp.zeros_like(bought)], axis=1)


def _choice(view: View, own: Owned, lost: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the shares of origins in purchases [w, i] and the price over that of the start [w]: constant elasticity of substitution."""
    sigma, cost = own.p.sigma, _log_cost(view, own, lost)
    weight = own.c.mix * jnp.exp(-sigma * cost)
    price = (weight * jnp.exp(cost)).sum(1) ** (1.0 / (1.0 - sigma))
    return weight / weight.sum(1, keepdims=True), price


def _need(view: View, own: Owned) -> jax.Array:
    """Return members, weighted by how contested the control of their region has become, [o]."""
    return view.stock(MEMBERS) @ jnp.maximum(1.0 + own.p.contest_demand * (view[CONTEST] - own.c.contest), 0.0)


def _orders(view: View, own: Owned, price: jax.Array) -> jax.Array:
    """Return purchases, [w, o] weapon/week: what was lost, and the gap to the stock wanted; devices are built, not bought."""
    p, c, s = own.p, own.c, own.s
    crowded = jnp.maximum(s.orders, TINY) / jnp.maximum(c.orders, TINY)
    wanted = c.per_member * (price * crowded**p.supply_slope) ** p.price_elasticity
    need = _need(view, own)
    gap = need * wanted[:, None] - view.stock(ARMS).sum(2)
    built = c.built[:, None]
    replaced = jnp.where(built > 0, need * built, divide(view, s.losses).T + gap / p.tau_adjust)
    return jnp.maximum(replaced, 0.0) * view[BUDGET]


def _homes(view: View) -> jax.Array:
    """Return where an organisation's members are, [o, r], rows summing to one; anywhere when it has none."""
    members = view.stock(MEMBERS) + TINY
    return members / members.sum(1, keepdims=True)


def _arrivals(view: View, p: Parameters, who: jax.Array) -> Callable[[jax.Array], jax.Array]:
    """Return the function that sends what arrives [w, i] to organisations and regions [w, o, r].

    Weapons from the US side stay in the region opposite the crossing where their buyer has a foothold; all else goes where members are.
    ``who`` [w, o] are the shares of organisations.
    """
    world, homes = view.world, _homes(view)
    sides = _sides(world)
    passed = _ways(view) * (1.0 - view[LOSS][LOADS.index("firearms")])
    landing = (passed / jnp.maximum(passed.sum(1, keepdims=True), TINY)) @ world.crossings.region
    members = view.stock(MEMBERS)
    foothold = members / (members + p.foothold)

    def arrive(left: jax.Array) -> jax.Array:
        opposite = left[:, :sides] @ landing
        stays = who * (opposite @ foothold.T)
        elsewhere = who * left.sum(1, keepdims=True) - stays
        return foothold * (who[:, :, None] * opposite[:, None, :]) + homes * elsewhere[:, :, None]

    return arrive


def _in_fights(view: View, p: Parameters, each: jax.Array) -> jax.Array:
    """Return weapons per member over ``each``, [o, r], by what a class counts in fights; a handful of members more or less does not
    count."""
    held = jnp.tensordot(p.in_fights, view.stock(ARMS), 1) / each
    return (held + p.handful) / (view.stock(MEMBERS) + p.handful)


def _against_forces(view: View, p: Parameters, each: jax.Array) -> jax.Array:
    """Return weapons per member over ``each``, [o], by what a class does to forces, vehicles and aircraft."""
    held = p.against_forces @ view.stock(ARMS).sum(2) / each
    return (held + p.handful) / (view.stock(MEMBERS).sum(1) + p.handful)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape; the start is solved once `crossings` has said what the line takes."""
    world = view.world
    origins, classes = _sides(world) + len(VENDORS) + 1, len(WEAPONS)
    none, one = jnp.zeros(classes), jnp.ones(())
    constants = Constants(
        mix=jnp.ones((classes, origins)) / origins,
        loss=jnp.zeros(origins),
        orders=none,
        per_member=none,
        built=none,
        contest=view[CONTEST],
        seizure=none,
        wear=none,
        firearms=one,
        heavy=one,
        armed=_in_fights(view, p, one),
        heavily=_against_forces(view, p, one),
    )
    o = world.organisations
    return constants, State(jnp.zeros((o, classes)), none, jnp.zeros(o))


def _mix(view: View, p: Parameters) -> jax.Array:
    """Return the shares of origins in purchases at the start, [w, i]."""
    home = {"fifty": p.us_share_fifty, "heavy": p.us_share_heavy}
    bought = jnp.stack([home.get(name, p.us_share) for name in WEAPONS[FIREARMS]])[:, None]
    abroad = jnp.stack([p.nonus_split_heavy if name == "heavy" else p.nonus_split for name in WEAPONS[FIREARMS]])
    shares = jnp.concatenate([p.origin * bought, abroad * (1.0 - bought)], axis=1)
    return jnp.pad(shares, ((0, 1), (0, 1))).at[DEVICES, -1].set(1.0)


def _reconciled(view: View, p: Parameters, lost: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the firearms held at the start, and the shares of them that are seized and that must be replaced a year.

    Two guesses at the stock are pooled with equal weight, as logarithms (Bayesian melding): the bracket of the evidence, and what the flow
    can feed against seizures, wear and growth. At least twice what is seized arrives; the whole southbound flow is the most that can.
    """
    replaced = jnp.maximum(p.wear + view[GROWTH], p.wear / 2.0)
    seized = view.world.firearms_seized * p.seized_from_organisations

    def fed(share: jax.Array | float) -> jax.Array:
        arrive = share * p.flow * (1.0 / p.us_share - lost)
        return jnp.maximum(arrive - seized, seized) / replaced

    held = jnp.minimum(jnp.sqrt(p.stock * fed(p.to_organisations)), fed(1.0))
    return held, seized / held, replaced


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    """Solve the start: stocks that purchases keep up, arrivals as members and crossings are, every organisation equally armed."""
    p, world = own.p, view.world
    lost, mix = _lost(view).sum(1), _mix(view, p)
    held, seized, replaced = _reconciled(view, p, (p.origin * lost[: _sides(world)]).sum())
    of_firearms = _by_class(p)
    devices = jnp.asarray([float(name == "devices") for name in WEAPONS])
    used_up = 1.0 / p.device_life
    found = p.device_seizure / (1.0 - p.device_seizure) * used_up
    seizure = jnp.where(devices > 0, found, seized / WEEKS_PER_YEAR)
    wear = jnp.where(devices > 0, used_up, p.wear / WEEKS_PER_YEAR)
    growth = (replaced - p.wear) / WEEKS_PER_YEAR
    made = (p.vehicles_made + p.explosives_made + p.drones_made) / WEEKS_PER_YEAR * devices
    turnover = seizure + wear + growth
    stock = held * of_firearms + made / turnover
    orders = stock * turnover / (1.0 - mix @ lost)
    members = view.stock(MEMBERS)
    share = members.sum(1) / jnp.maximum(members.sum(), TINY)
    who = jnp.broadcast_to(share, (len(WEAPONS), world.organisations))
    kappa = LN2 / p.spread_half_life
    arrive = _arrivals(view, p, who)(mix * (1.0 - lost) * orders[:, None])
    evenly = jnp.outer(stock, share)[:, :, None] * _homes(view)
    opening = (arrive + kappa * evenly) / (turnover + kappa)[:, None, None]
    total = jnp.maximum(members.sum(), TINY)
    # Weapons on the move inside an organisation cannot be lost in the same week: the hazards that lose as many as recorded.
    hazards = (seizure + wear + kappa) * view.dt
    pace = hazards / -jnp.expm1(-hazards)
    constants = dataclasses.replace(
        own.c,
        mix=mix,
        loss=lost,
        orders=orders,
        per_member=stock / total * (1.0 + growth * p.tau_adjust),
        built=made / total,
        contest=view[CONTEST],
        seizure=seizure * pace,
        wear=wear * pace,
        firearms=p.in_fights @ stock / total,
        heavy=p.against_forces @ stock / total,
    )
    begun = dataclasses.replace(view, stocks={**view.stocks, ARMS: opening})
    constants = dataclasses.replace(
        constants,
        armed=_in_fights(begun, p, constants.firearms),
        heavily=_against_forces(begun, p, constants.heavy),
    )
    state = State(jnp.outer(share, orders - growth * stock), orders, share * (orders @ p.price))
    return Balanced(constants, state, {ARMS: opening})


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, c = own.p, own.c
    at_crossings, homes = _lost(view), _homes(view)
    lost = at_crossings.sum(1)
    shares, price = _choice(view, own, lost)
    orders = _orders(view, own, price)
    total = orders.sum(1, keepdims=True)
    sent = shares * _passing(view)
    bought = sent * total
    seized = c.seizure[:, None] * view[STATE_EFFORT] * with_leads(view, p.joint_share)
    by_mexico = seized / (seized + c.wear[:, None])
    by_us = view[WEAPONS_GIVEN_UP] + jnp.asarray(IS_HEAVY)[:, None, None] * view[HEAVY_GIVEN_UP]
    hazard = (seized + c.wear[:, None])[:, None, :] + by_us

    def gone(left: jax.Array) -> jax.Array:
        """Tell apart how weapons were lost, [h, w, r], in the order of ``WEAPON_LOSSES``."""
        to_us = (left * (by_us / hazard)).sum(1)
        rest = left.sum(1) - to_us
        return jnp.stack([rest * by_mexico, to_us, rest * (1.0 - by_mexico)])

    arrivals = _arrivals(view, p, orders / jnp.maximum(total, TINY))
    flows = (
        Flow("bought", ARMS_SUPPLY, ARMS, amount=bought * (1.0 - lost), route=arrivals, noisy=False),
        Flow(
            "seized_border",
            ARMS_SUPPLY,
            ARMS_SEIZED_BORDER,
            amount=bought[:, :, None] * at_crossings,
            labels="wik",
            noisy=False,
        ),
        Flow("gone", ARMS, ARMS_GONE, hazard=hazard, route=gone, noisy=False),
        Flow(
            "spread",
            ARMS,
            ARMS,
            hazard=jnp.broadcast_to(LN2 / p.spread_half_life, hazard.shape),
            route=lambda left: homes * left.sum(2, keepdims=True),
            noisy=False,
        ),
    )
    return Proposal(
        flows, Memo(orders * sent.sum(1, keepdims=True), sent @ lost / jnp.maximum(sent.sum(1), TINY), price)
    )


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    losses = moved(ARMS, ARMS_GONE).sum(2) / view.dt + memo.orders * memo.lost[:, None]
    return State(
        losses=view.approach(divide(view, s.losses), losses.T, p.tau_memory),
        orders=view.approach(s.orders, memo.orders.sum(1), p.tau_memory),
        outlay=(p.price * memo.price) @ memo.orders,
    )


def _armed(view: View, own: Owned) -> jax.Array:
    return _in_fights(view, own.p, own.c.firearms) / own.c.armed


def _south(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return firearms bought in the United States, those lost on the way included."""
    sides = slice(0, _sides(view.world))
    at_line = moved.by_name["arms.seized_border"].sum()
    return moved.by_name["arms.bought"][FIREARMS, sides].sum() + at_line


def _bought(name: str) -> Outcome:
    """Return the outcome of weapons of a class that reach organisations, wherever they come from."""
    return Outcome(
        f"{name}_weapons_bought",
        lambda view, own, moved: moved.by_name["arms.bought"][WEAPONS.index(name)].sum(),
        flow=True,
    )


def _seized(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return firearms seized by region, [r]; what is taken where no region faces the crossing counts as people live."""
    world = view.world
    taken = moved.entered(ARMS_GONE)[SEIZED, FIREARMS].sum((0, 1))
    at_line = moved.entered(ARMS_SEIZED_BORDER).sum(0)
    opposite = at_line @ world.crossings.region
    off_land = at_line.sum() - opposite.sum()
    return taken + opposite + off_land * world.population / world.population.sum()


ARMS_HELD = Mechanism(
    name="arms",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS, ARMS, ARMS_SUPPLY, ARMS_SEIZED_BORDER, ARMS_GONE),
    start=_start,
    balance=_balance,
    balance_stage=1,
    propose=_propose,
    settle=_settle,
    signals={
        ARMS_PER_MEMBER: _armed,
        LETHALITY: lambda view, own: jnp.exp(
            own.p.lambda_ * jnp.log(view[ARMS_PER_MEMBER])
        ),  # a power costs three times as much
        HEAVY_PER_MEMBER: lambda view, own: _against_forces(view, own.p, own.c.heavy) / own.c.heavily,
        ARMS_OUTLAY: lambda view, own: own.s.outlay,
    },
    outcomes=(
        Outcome("arsenal", lambda view, own, moved: moved.stocks[ARMS].sum((0, 1)), labels="r"),
        Outcome("firearms_south", _south, flow=True),
        *(_bought(name) for name in WEAPONS[FIREARMS]),
        Outcome("firearms_seized", _seized, labels="r", flow=True),
    ),
)
