"""Lawful traffic when checks, a zone, violence or Mexico's answer slow the ports, and what that costs (docs/model/economy.md).

Loads have an account of their own: wanted = shipped + lost + change of what waits. Queues settle in days, so within a week they are at
rest; only the loads that wait are carried on. Goods by direction and crossing [j, k]; crossings without trucks have no trade.
"""

from __future__ import annotations

from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import DIRECTIONS, LEGAL_ELEMENTS, MODES, PORT_ORDERS, PORTS
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    CORRIDOR,
    COUNTERMEASURES,
    COURTS,
    DUTY_STOPS,
    GDP_LOSS,
    HELD_UP,
    JOBLESSNESS,
    PORT_RULES,
    PORT_TRAFFIC,
    PORTS_OPEN,
    SOUTH_SEARCHED,
    TRADE_LOST,
    VIOLENCE,
    ZONE_INSPECTION,
    ZONE_PORTS_HELD,
)
from premortem.model.units import (
    DAYS_PER_WEEK,
    HOURS_PER_DAY,
    LN2,
    MILLION,
    PER_HUNDRED,
    PER_THOUSAND,
    TINY,
    WEEKS_PER_YEAR,
)
from premortem.model.world import World

GOODS_WANTED = Account(
    "goods_wanted", "million USD", "jk", "goods that firms want to send across the line", source=True
)
GOODS_WAITING = Account("goods_waiting", "million USD", "jk", "goods that wait to be sent again")
GOODS_SHIPPED = Account("goods_shipped", "million USD", "jk", "goods that crossed")
GOODS_LOST = Account("goods_lost", "million USD", "jk", "goods that were never sent")

NORTH = DIRECTIONS.index("north")


@pytree
class Parameters:
    """Parameters of data/parameters/economy.toml, with their units and sources there."""

    trade_total: jax.Array = param("billion USD/year")
    trade_growth: jax.Array = param("1/year")
    land_share: jax.Array = param("share")
    north_share: jax.Array = param("share")
    mexico_product: jax.Array = param("billion USD/year")
    spare_capacity: jax.Array = param("share")
    capacity_full_check: jax.Array = param("share")
    scan_method: jax.Array = param("ratio")
    round_trips: jax.Array = param("share")
    zone_inspection: jax.Array = param("share")
    zone_port_loss: jax.Array = param("share")
    corridor_restricted: jax.Array = param("share")
    lanes: jax.Array = param("share")
    violence_drag: jax.Array = param("share")
    violence_max: jax.Array = param("ratio")
    violence_memory: jax.Array = param("week")
    countermeasure_drag: jax.Array = param("share")
    wait_normal: jax.Array = param("hour")
    wait_max: jax.Array = param("ratio")
    load_max: jax.Array = param("ratio")
    lost_share: jax.Array = param("share")
    catch_up: jax.Array = param("share/week")
    gdp_per_trade_lost: jax.Array = param("ratio")
    supply_shock: jax.Array = param("ratio")
    adapt_time: jax.Array = param("week")
    disruption: jax.Array = param("share")
    delay_cost: jax.Array = param("share/day")
    jobs_per_gdp: jax.Array = param("job year/(billion USD)")
    okun: jax.Array = param("ratio")
    value_added: jax.Array = param("share")
    border_multiple: jax.Array = param("ratio")
    job_half_time: jax.Array = param("week")
    compensation_yield: jax.Array = param("share")
    entries: jax.Array = param("person/day")
    usd_per_entry: jax.Array = param("USD/visit")
    travel_stopped: jax.Array = param("share")
    by_sea: jax.Array = param("share")
    by_sea_pace: jax.Array = param("1/week")
    noticed: jax.Array = param("share")
    lift_rate: jax.Array = param("1/week")
    lift_most: jax.Array = param("ratio")
    lift_luck: jax.Array = param("probability")
    treaty_share: jax.Array = param("share")
    duty_elasticity: jax.Array = param("ratio")
    duty_time: jax.Array = param("week")


@pytree
class State:
    """What traffic has come to."""

    disrupted: jax.Array = array("week", "", "how long losses have lasted")
    violence: jax.Array = array("ratio", "k", "violence remembered around a crossing")
    joblessness: jax.Array = array("percentage_point", "r", "above the status quo")
    lost: jax.Array = array("million USD", "", "product lost so far")
    product: jax.Array = array("million USD", "", "product lost in the last step")
    wait: jax.Array = array("hour", "", "in the last step")
    throughput: jax.Array = array("share", "", "of what was wanted, in the last step")
    entries_lost: jax.Array = array("person", "", "in the last step")
    trade_lost: jax.Array = array("share", "", "of what was wanted, lost to orders on ports, in the last step")
    held: jax.Array = array("share", "", "of land trade wanted that orders on ports held up, in the last step")
    by_sea: jax.Array = array("share", "", "of land trade that goes by sea and air instead")
    worn: jax.Array = array("ratio", "", "summed hazard that orders on ports are lifted, since they hold up trade")
    diverted: jax.Array = array("log", "", "fall of what is bought from Mexico for US duties beyond those of the start")


@pytree
class Memo:
    """What the week asks of the ports.

    ``wanted`` [j, k] million USD a week; ``wait`` [j, k] hour; ``entries_lost`` [] person a week; ``held`` [], share of trade held up, and
    ``ordered`` [] the part of it that orders on ports hold up.
    """

    wanted: jax.Array
    wait: jax.Array
    entries_lost: jax.Array
    held: jax.Array
    ordered: jax.Array


Owned = Own[Parameters, Nothing, State]


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    none = jnp.zeros(())
    calm, jobless = jnp.ones(view.world.crossings.trucks.shape), jnp.zeros(view.world.regions)
    return Nothing(), State(
        none, calm, jobless, none, none, p.wait_normal, jnp.ones(()), none, none, none, none, none, none
    )


def _stands(view: View, own: Owned) -> jax.Array:
    """Return the share [] of orders on ports that stands: no court bars them, and Washington has not lifted them for what they hold up."""
    lifted = (1.0 - view.controls.carried_out) * (own.s.worn > -jnp.log(own.p.lift_luck))
    return view[COURTS][LEGAL_ELEMENTS.index("ports")] * (1.0 - lifted)


def _rule(view: View) -> jax.Array:
    """Return which rule for ports holds [4], over PORTS: the plan's, as far as it stands."""
    open_ports = jnp.asarray([float(word == "open") for word in PORTS])
    return open_ports + view[PORT_RULES] * (view.orders.ports - open_ports)


def _ruled(view: View, word: str) -> jax.Array:
    return _rule(view)[PORTS.index(word)]


def _zone(view: View) -> jax.Array:
    """Return the share of each crossing [k] that opens into a zone in force, as far as somebody there carries out its rule for ports."""
    return view.world.crossings.region @ (view.orders.zone_share * view[ZONE_PORTS_HELD])


def _around(view: View) -> jax.Array:
    """Return violence around each crossing [k] over the start; 1 off the land line."""
    facing = view.world.crossings.region
    return facing @ view[VIOLENCE] + 1.0 - facing.sum(-1)


def _exempt(view: View, own: Owned) -> jax.Array:
    """Return the share [] of port traffic that is exempt from the zone: all where ports are open or only inspected."""
    lanes = own.p.lanes * view.orders.priority_lanes
    restricted = own.p.corridor_restricted + (1.0 - own.p.corridor_restricted) * lanes
    return _ruled(view, "open") + _ruled(view, "inspected") + _ruled(view, "restricted") * restricted


def _zone_inspection(view: View, own: Owned) -> jax.Array:
    """Return the share [k] of trucks given full checks because of the zone's rule for ports."""
    lanes = own.p.lanes * view.orders.priority_lanes
    return _zone(view) * _ruled(view, "inspected") * own.p.zone_inspection * (1.0 - lanes)


def _ports_open(view: View, own: Owned) -> jax.Array:
    """Return the share [k] of a crossing's capacity that no order closes: an order on ports closes ports, and nothing else."""
    by_lever = view.lever("drugs.port_closure") * view[PORT_RULES]
    left = (1.0 - by_lever) * (1.0 - _zone(view) * _ruled(view, "closed"))
    return 1.0 - view.world.crossings.mode[:, MODES.index("ports")] * (1.0 - left)


def _travel(view: View, own: Owned) -> jax.Array:
    """Return the share [] of people who may cross: citizens and those with essential work pass a closure to travel."""
    return 1.0 - own.p.travel_stopped * view.lever("economy.travel_closure") * view[PORT_RULES]


def _port_traffic(view: View, own: Owned) -> jax.Array:
    """Return lawful traffic over that of the start [k], where orders let it cross; 1 away from ports."""
    return 1.0 - view.world.crossings.mode[:, MODES.index("ports")] * (1.0 - _travel(view, own))


def _checked(view: View, own: Owned) -> jax.Array:
    """Return the share [j, k] of trucks given full checks beyond those of the start; a scan counts by the delay it brings."""
    trucks = view.lever("drugs.truck_inspection") * view[PORT_RULES]
    scanned = view.lever("drugs.port_scanning") - view.status_quo("drugs.port_scanning")
    southbound = view.lever("arms.southbound_inspection") - view.status_quo("arms.southbound_inspection")
    north = jnp.broadcast_to(trucks + own.p.scan_method * scanned, view[SOUTH_SEARCHED].shape)
    asked = {"north": north, "south": southbound + view[SOUTH_SEARCHED]}
    return jnp.minimum(jnp.stack([asked[name] for name in DIRECTIONS]) + _zone_inspection(view, own), 1.0)


def _spare(view: View, own: Owned) -> jax.Array:
    """Return capacity without checks over normal demand: more staff opens more lanes, with falling returns."""
    return 1.0 + own.p.spare_capacity * jnp.sqrt(view.lever("economy.port_staffing"))


def _unordered(view: View, own: Owned) -> jax.Array:
    """Return the share [k] of capacity left by violence and Mexico's answer, which no order on ports brings."""
    p = own.p
    rise = jnp.clip(own.s.violence - 1.0, 0.0, p.violence_max)
    answer = 1.0 - p.countermeasure_drag * view[COUNTERMEASURES]
    return jnp.maximum((1.0 - p.violence_drag * rise) * answer, 0.0)


def _slowed(view: View, own: Owned) -> jax.Array:
    """Return the share [k] of capacity left by a zone, violence, Mexico's answer and closures."""
    zone = 1.0 - own.p.zone_port_loss * _zone(view) * (1.0 - _exempt(view, own))
    return zone * _unordered(view, own) * _ports_open(view, own)


def _capacity(view: View, own: Owned) -> jax.Array:
    """Return what ports can pass [j, k], over normal demand; trucks held up one way are missing the other way."""
    spare = _spare(view, own)
    trucks = 1.0 - view.lever("economy.truck_closure") * view[PORT_RULES]
    each = trucks * spare * (1.0 - _checked(view, own) * (1.0 - own.p.capacity_full_check / spare)) * _slowed(view, own)
    return each - own.p.round_trips * (each - each.min(0))


def _average(p: Parameters, rate: jax.Array | float, on_treaty_goods: jax.Array | float) -> jax.Array:
    return rate * (1.0 - p.treaty_share * (1.0 - on_treaty_goods))


def _duty_of_start(view: View, p: Parameters) -> jax.Array:
    standing = view.status_quo("economy.duty"), view.status_quo("economy.duty_treaty_goods")
    return _average(p, *standing)


def _duty(view: View, p: Parameters) -> jax.Array:
    """Return the average duty [] on goods from Mexico, beyond duties on single goods."""
    return _average(p, view.lever("economy.duty"), view.lever("economy.duty_treaty_goods"))


def _fewer(own: Owned) -> jax.Array:
    """Return the share [] of Mexico's sales to the United States that a duty beyond that of the start has ended; below 0 if one lapsed."""
    return -jnp.expm1(-own.s.diverted)


def _kept_out(own: Owned) -> jax.Array:
    """Return the share [] of trade by land, both ways, that a duty keeps from crossing."""
    return own.p.north_share * jnp.maximum(_fewer(own), 0.0)


def _sold(view: View, own: Owned) -> jax.Array:
    """Return what Mexico would sell to the United States by every way [], million USD a week, were duties those of the start."""
    return _normal(view, own)[NORTH].sum() / own.p.land_share


def _wanted(view: View, own: Owned) -> jax.Array:
    """Return the goods that firms want to send by land [j, k], million USD a week: a duty ends some of those that go north."""
    north = jnp.asarray([float(name == "north") for name in DIRECTIONS])
    return _normal(view, own) * (1.0 - _fewer(own) * north)[:, None]


def _normal(view: View, own: Owned) -> jax.Array:
    """Return the goods that firms would want to send by land with the duties of the start [j, k], million USD a week."""
    p, trucks = own.p, view.world.crossings.trucks
    weekly = p.trade_total * PER_THOUSAND / WEEKS_PER_YEAR * (1.0 + p.trade_growth) ** (view.week / WEEKS_PER_YEAR)
    by_way = {"north": p.north_share, "south": 1.0 - p.north_share}
    shares = jnp.stack([by_way[name] for name in DIRECTIONS])
    return weekly * p.land_share * shares[:, None] * trucks / jnp.maximum(trucks.sum(), TINY)


def _wait(capacity: jax.Array, p: Parameters) -> jax.Array:
    """Return hours to cross: a queue in balance, with the normal wait at the spare capacity of the start."""
    at_start = 1.0 - 1.0 / (1.0 + p.spare_capacity)
    load = jnp.minimum(1.0 / jnp.maximum(capacity, TINY), p.load_max)
    return p.wait_normal * jnp.clip(at_start / (1.0 - load), 1.0, p.wait_max)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    usual, capacity, waiting = _normal(view, own), _capacity(view, own), view.stock(GOODS_WAITING)
    asked = _wanted(view, own)
    wanted = asked * (1.0 - own.s.by_sea)
    arrivals = wanted + p.catch_up * waiting
    passed = jnp.minimum(1.0, capacity * usual / jnp.maximum(arrivals, TINY))
    given_up = (1.0 - passed) * p.lost_share
    # Of what waits, exactly the share that tries again leaves or is lost.
    leaves = p.catch_up * (passed + given_up)
    each = p.catch_up * -jnp.log1p(-leaves) / jnp.maximum(leaves, TINY)
    people = jnp.minimum(_spare(view, own) * _slowed(view, own), 1.0) * _travel(view, own)
    vehicles = view.world.crossings.vehicles
    turned_away = (vehicles * (1.0 - people)).sum() / jnp.maximum(vehicles.sum(), TINY)
    flows = (
        Flow("ship", GOODS_WANTED, GOODS_SHIPPED, amount=wanted * passed, noisy=False),
        Flow("lose", GOODS_WANTED, GOODS_LOST, amount=wanted * given_up, noisy=False),
        Flow("wait", GOODS_WANTED, GOODS_WAITING, amount=wanted * (1.0 - passed - given_up), noisy=False),
        Flow("ship_late", GOODS_WAITING, GOODS_SHIPPED, hazard=each * passed, noisy=False),
        Flow("lose_late", GOODS_WAITING, GOODS_LOST, hazard=each * given_up, noisy=False),
    )
    unordered = jnp.minimum(_spare(view, own) * _unordered(view, own), 1.0)
    missing = jnp.stack([jnp.maximum(1.0 - capacity, 0.0), jnp.maximum(unordered - capacity, 0.0)])
    held, ordered = (usual * missing).sum((1, 2)) / jnp.maximum(usual.sum(), TINY)
    memo = Memo(asked, _wait(capacity, p), p.entries * DAYS_PER_WEEK * turned_away, held, ordered)
    return Proposal(flows, memo)


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s, dt = own.p, own.s, view.dt
    shipped, lost = moved.entered(GOODS_SHIPPED), moved.entered(GOODS_LOST)
    wanted = memo.wanted.sum() * dt
    share_lost = lost.sum() / jnp.maximum(wanted, TINY)
    late = p.delay_cost * (memo.wait - p.wait_normal) / HOURS_PER_DAY
    duty, before = _duty(view, p), _duty_of_start(view, p)
    product = (
        p.gdp_per_trade_lost * lost.sum() * (1.0 + p.supply_shock * jnp.exp(-s.disrupted / p.adapt_time))
        + (late * shipped).sum()
        + p.usd_per_entry * memo.entries_lost * dt / MILLION
        + (duty + before) / 2.0 * _fewer(own) * _sold(view, own) * dt
    )
    step = p.by_sea_pace * dt
    return State(
        disrupted=jnp.maximum(s.disrupted + jnp.where(share_lost > p.disruption, dt, -dt), 0.0),
        violence=view.approach(s.violence, _around(view), p.violence_memory),
        joblessness=view.approach(s.joblessness, _jobless(view, own, lost, memo), p.job_half_time / LN2),
        lost=s.lost + product,
        product=product,
        wait=(memo.wait * memo.wanted).sum() / jnp.maximum(memo.wanted.sum(), TINY),
        throughput=jnp.where(wanted > 0, shipped.sum() / jnp.maximum(wanted, TINY), 1.0),
        entries_lost=memo.entries_lost * dt,
        trade_lost=share_lost * memo.ordered / jnp.maximum(memo.held, TINY),
        held=memo.ordered,
        by_sea=s.by_sea + jnp.clip(jnp.minimum(memo.held, p.by_sea) - s.by_sea, -step, step),
        worn=_worn(view, own, memo.ordered),
        diverted=view.approach(s.diverted, p.duty_elasticity * (jnp.log1p(duty) - jnp.log1p(before)), p.duty_time),
    )


def _worn(view: View, own: Owned, held: jax.Array) -> jax.Array:
    """Return the summed hazard that orders on ports are lifted for what they hold up; none is left of it once the plan asks for none.

    What holds up next to no trade can stand for years (2020 and 2021: 20 months), what stops it has stood for five to twenty days.
    """
    p = own.p
    hazard = p.lift_rate * jnp.sqrt(jnp.minimum(held / p.noticed, p.lift_most)) * (held > p.noticed)
    asked = jnp.stack([view.lever(name) for name in PORT_ORDERS]).sum() + view.orders.zone_in_force * (
        1.0 - view.orders.ports[PORTS.index("open")]
    )
    return jnp.where(asked > 0, own.s.worn + hazard * view.dt, 0.0)


def _jobless(view: View, own: Owned, lost: jax.Array, memo: Memo) -> jax.Array:
    """Return the joblessness [r] to which exports lost at ports or to a duty lead, in percentage points above the status quo."""
    p, zone = own.p, view.world.zone
    by_land = lost[NORTH].sum() / jnp.maximum(memo.wanted[NORTH].sum() * view.dt, TINY)
    exports = p.trade_total * p.north_share / p.mexico_product
    kept = p.compensation_yield * view.orders.trade_compensation / PER_THOUSAND / p.mexico_product
    product = jnp.maximum(p.value_added * exports * (p.land_share * by_land + _fewer(own)) - kept, 0.0)
    return PER_HUNDRED * p.okun * product * (1.0 + (p.border_multiple - 1.0) * zone)


def _job_years(view: View, own: Owned, moved: Moved) -> jax.Array:
    return own.p.jobs_per_gdp / PER_THOUSAND * own.s.product


def _duties(view: View, own: Owned, moved: Moved) -> jax.Array:
    return MILLION * _duty(view, own.p) * (1.0 - _fewer(own)) * _sold(view, own) * view.dt


ECONOMY = Mechanism(
    name="economy",
    parameters=Parameters,
    state=State,
    accounts=(GOODS_WANTED, GOODS_WAITING, GOODS_SHIPPED, GOODS_LOST),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        JOBLESSNESS: lambda view, own: own.s.joblessness,
        GDP_LOSS: lambda view, own: own.s.lost,
        TRADE_LOST: lambda view, own: own.s.trade_lost + _kept_out(own),
        CORRIDOR: _exempt,
        ZONE_INSPECTION: _zone_inspection,
        PORTS_OPEN: _ports_open,
        PORT_TRAFFIC: _port_traffic,
        PORT_RULES: _stands,
        HELD_UP: lambda view, own: own.s.held,
        DUTY_STOPS: lambda view, own: _kept_out(own),
    },
    outcomes=(
        Outcome("trade_lost", lambda view, own, moved: MILLION * moved.entered(GOODS_LOST).sum(), flow=True),
        Outcome("trade_late", lambda view, own, moved: MILLION * moved.stocks[GOODS_WAITING].sum()),
        Outcome("trade_by_sea", lambda view, own, moved: MILLION * _wanted(view, own).sum() * own.s.by_sea, flow=True),
        Outcome(
            "port_rules_lifted",
            lambda view, own, moved: view[COURTS][LEGAL_ELEMENTS.index("ports")] - _stands(view, own),
        ),
        Outcome("gdp_loss", lambda view, own, moved: MILLION * own.s.product, flow=True),
        Outcome("job_years_lost", _job_years, flow=True),
        Outcome("duties_paid", _duties, flow=True),
        Outcome("border_wait", lambda view, own, moved: own.s.wait),
        Outcome("border_throughput", lambda view, own, moved: own.s.throughput),
        Outcome("entries_lost", lambda view, own, moved: own.s.entries_lost, flow=True),
    ),
)
