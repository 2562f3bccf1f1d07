"""Drugs: made in Mexico, sent over the line, sold and used in the United States. Pure kilograms. See docs/model/drugs.md."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model import noise
from premortem.model.accounts import (
    CONSUMED,
    DRUGS_ELSEWHERE,
    DRUGS_MADE,
    MEMBERS,
    SEIZED_AT,
    SEIZED_INTERIOR,
    SEIZED_MX,
    STOCK_MX,
    STOCK_US,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import DRUGS, MODES, SUPPLIES, SYNTHETIC
from premortem.model.joint import with_leads
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ACCESS,
    BELIEVED_LOSS,
    BORDER_COST,
    COCAINE_COST,
    COCAINE_LANDED,
    COCAINE_MADE,
    CONTROL,
    CONVOY_HITS,
    DRUG_DEMAND,
    DRUG_PRICE,
    DRUG_SPENDING,
    DRUG_SUPPLY,
    DRUG_USE,
    DRUGS_DELIVERED,
    DRUGS_LOST,
    EXPORTS,
    HELD_BACK,
    LAB_HITS,
    LOAD_SIZE,
    LOADS_SENT,
    LOSS,
    OTHER_PRODUCERS,
    PRECURSOR_COST,
    PRECURSORS,
    RECORDED_DELIVERIES,
    RECORDED_SEIZURES,
    RETAIL_COST,
    ROOM,
    ROUTES,
    SENT,
    STATE_EFFORT,
)
from premortem.model.splits import effective_number, inherit
from premortem.model.units import HALVINGS, LARGEST_SHARE, PER_THOUSAND, TINY, WEEKS_PER_YEAR


@pytree
class Parameters:
    """Priors and sources: data/parameters/drugs.toml."""

    joint_share: jax.Array = param("share")
    use: jax.Array = param("tonne/year", "drug")
    purity: jax.Array = param("share", "drug")
    alt0: jax.Array = param("share", "drug")
    q0: jax.Array = param("share", "drug")
    seized_mx: jax.Array = param("kg/year", "drug")
    convoy: jax.Array = param("count/action")
    load: jax.Array = param("kg", "drug")
    slack: jax.Array = param("ratio", "supply")
    pslack: jax.Array = param("ratio")
    stock_weeks: jax.Array = param("week")
    tau_stock: jax.Array = param("week")
    tau_lab: jax.Array = param("week", "synthetic")
    raid_active: jax.Array = param("share")
    hit_active: jax.Array = param("share")
    raid_returns: jax.Array = param("exponent")
    lab_cost: jax.Array = param("log")
    sites: jax.Array = param("laboratory")
    dismantled: jax.Array = param("laboratory/week")
    record_exponent: jax.Array = param("exponent")
    pool_factor: jax.Array = param("ratio")
    split_supply: jax.Array = param("elasticity")
    cover: jax.Array = param("week")
    tau_restock: jax.Array = param("week")
    tau_sales: jax.Array = param("week")
    eps: jax.Array = param("elasticity", "drug")
    gamma: jax.Array = param("elasticity")
    psi: jax.Array = param("share")
    tau_price: jax.Array = param("week")
    pass_through: jax.Array = param("exponent")
    risk_premium: jax.Array = param("ratio")
    price_cap: jax.Array = param("ratio")
    price_fentanyl: jax.Array = param("USD/gram")
    eta_alt: jax.Array = param("elasticity")
    tau_alt: jax.Array = param("week")
    alt_max: jax.Array = param("share")
    market_sd: jax.Array = param("log", "drug")
    mix_sd: jax.Array = param("log")
    backlog_pace: jax.Array = param("1/week")
    backlog_loss: jax.Array = param("1/week")


@pytree
class Constants:
    """The start."""

    sites: jax.Array = array("share", "rd", "where drugs come from")
    reach: jax.Array = array(
        "ratio", "kd", "factor on routes by which organisations of different access send as recorded"
    )
    exported: jax.Array = array("kg/week", "d", "sent over the line")
    made: jax.Array = array("kg/week", "d")
    used: jax.Array = array("kg/week", "d")
    lost: jax.Array = array("share", "d", "lost at the line")
    found: jax.Array = array("1/week", "d", "hazard of stocks in Mexico to be seized there")
    organisations: jax.Array = array("count", "", "their effective number")


@pytree
class State:
    """Indices and memories from week to week; 1, or 0 of a logarithm, at the start."""

    labs: jax.Array = array("ratio", "od", "capacity of laboratories")
    sales: jax.Array = array("kg/week", "d", "sales that sellers remember")
    used: jax.Array = array("kg/week", "d", "use of last week")
    log_price: jax.Array = array("log", "d", "price of a pure gram")
    log_named: jax.Array = array("log", "d", "price that sellers name")
    elsewhere: jax.Array = array("kg/week", "d", "supply of other producers")
    market: jax.Array = array("ratio", "d", "what the market takes, as it drifted")
    mix: jax.Array = array("ratio", "", "gross weight of a pure gram of seized fentanyl, as it drifted")
    lost: jax.Array = array("share", "d", "what was seized last week of what was sent")
    backlog: jax.Array = array("kg", "d", "ordered and not yet sent: the goods lie in stocks in Mexico")
    by_port: jax.Array = array("share", "", "of the fentanyl sent over the line last week: through ports of entry")


@pytree
class Memo:
    """What `settle` must know: the price of the week, the share of labs struck, what the week wanted from elsewhere, factors of drift."""

    log_price: jax.Array
    struck: jax.Array
    elsewhere: jax.Array
    drift: jax.Array


Owned = Own[Parameters, Constants, State]
BY_DRUG = slice(0, len(DRUGS))
"""The drugs among the kinds of loads."""
FENTANYL, COCAINE = DRUGS.index("fentanyl"), DRUGS.index("cocaine")
IS_SYNTHETIC = [float(drug in SYNTHETIC) for drug in DRUGS]
BY_SEA = [float(drug == "cocaine") for drug in DRUGS]


MADE_FROM = [[float(supply == ("synthetic" if drug in SYNTHETIC else drug)) for supply in SUPPLIES] for drug in DRUGS]
"""1 where a drug is made from a supply, by drug and ``SUPPLIES``."""


def _interior(p: Parameters, effort: jax.Array | float) -> jax.Array:
    """Return the share of drugs past the line that is seized inland, [d]: each unit of effort is one more independent chance."""
    return -jnp.expm1(effort * jnp.log1p(-p.q0))


def _sites(view: View, p: Parameters) -> jax.Array:
    """Return where drugs come from, [r, d]: as recorded, evened out or sharpened, since what is found depends on who looks where."""
    record = view.world.production
    weight = jnp.where(record > 0, jnp.where(record > 0, record, 1.0) ** p.record_exponent, 0.0)
    return weight / jnp.maximum(weight.sum(0), TINY)


def _held(view: View, p: Parameters, sites: jax.Array) -> jax.Array:
    """Return the control of sites by organisation, [o, d]; by members where nobody says who controls what. Small groups count for less."""
    members = view.stock(MEMBERS).sum(1)
    held = view[CONTROL] @ sites + TINY * (members / jnp.maximum(members.sum(), 1.0))[:, None] * sites.sum(0)
    return held * jnp.where(view.world.pooled > 0, p.pool_factor, 1.0)[:, None]


def _shares(view: View, p: Parameters, sites: jax.Array) -> jax.Array:
    """Return the shares of organisations in what is made, [o, d]."""
    held = _held(view, p, sites)
    return held / jnp.maximum(held.sum(0), TINY**2)


def _recorded_deliveries(view: View, own: Owned) -> jax.Array:
    p = own.p
    from_mexico = view.world.market.level * p.use * PER_THOUSAND / WEEKS_PER_YEAR * (1.0 - p.alt0)
    return from_mexico / (1.0 - _interior(p, 1.0))


def _recorded_seizures(view: View, own: Owned) -> jax.Array:
    return view.world.crossings.seized / WEEKS_PER_YEAR * own.p.purity


def _reach(access: jax.Array, routes: jax.Array, shares: jax.Array) -> jax.Array:
    """Return the factor on routes [k, d] with which organisations of different access send, all together, by the routes [k, d].

    Iterative proportional fitting: each round scales every crossing by what it still lacks.
    """

    def fit(_: int, reach: jax.Array) -> jax.Array:
        sent = routes * reach
        total = sent * (access.T @ (shares / jnp.maximum(access @ sent, TINY)))
        return jnp.where(routes > 0, reach * routes / jnp.maximum(total, TINY), 1.0)

    return jnp.asarray(jax.lax.fori_loop(0, HALVINGS, fit, jnp.ones_like(routes)))


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape; the start is solved once `crossings` has said what the line takes."""
    world = view.world
    o, k, d = world.organisations, len(world.crossings.trucks), len(DRUGS)
    none = jnp.zeros(d)
    constants = Constants(_sites(view, p), jnp.ones((k, d)), none, none, jnp.ones(d), none, none, jnp.ones(()))
    return constants, State(
        jnp.ones((o, d)), none, none, none, none, none, jnp.ones(d), jnp.ones(()), none, none, jnp.zeros(())
    )


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    """Solve the start: what is lost at the line says how much is sent, what is left of it how much is used."""
    p = own.p
    loss, routes = view[LOSS][BY_DRUG], view[ROUTES][BY_DRUG]
    lost = (loss * routes).sum(1)
    seized, estimate = view[RECORDED_SEIZURES].sum(0), view[RECORDED_DELIVERIES]
    exported = jnp.where(lost > 0, seized / jnp.where(lost > 0, lost, 1.0), estimate)
    used = exported * (1.0 - lost) * (1.0 - _interior(p, 1.0)) / (1.0 - p.alt0)
    seized_mx = view.world.market.level * p.seized_mx * p.purity / WEEKS_PER_YEAR
    made = exported + seized_mx
    stock = p.stock_weeks * exported
    sites = _sites(view, p)
    shares = _shares(view, p, sites)
    constants = Constants(
        sites=sites,
        reach=_reach(view[ACCESS], routes.T, shares),
        exported=exported,
        made=made,
        used=used,
        lost=lost,
        found=seized_mx / jnp.maximum(stock, TINY),
        organisations=effective_number(view.world, view.stock(MEMBERS).sum(1)),
    )
    state = State(
        labs=jnp.ones_like(shares),
        sales=used,
        used=used,
        log_price=jnp.zeros_like(used),
        log_named=jnp.zeros_like(used),
        elsewhere=p.alt0 * used,
        market=jnp.ones_like(used),
        mix=jnp.ones(()),
        lost=_lost_share(p, lost),
        backlog=0.0 * used,
        by_port=jnp.zeros(()),
    )
    return Balanced(constants, state, {STOCK_MX: shares * stock, STOCK_US: p.cover * used})


def _lost_share(p: Parameters, lost: jax.Array, effort: jax.Array | float = 1.0) -> jax.Array:
    """Return the share of drugs sent that is seized at the line or inland, [d]."""
    return 1.0 - (1.0 - lost) * (1.0 - _interior(p, effort))


def _drift(view: View, p: Parameters, luck: Luck) -> jax.Array:
    """Return the week's factors of the drifts, [d + 1]: of each drug's market, and of the gross weight of seized fentanyl.

    Random walks with mean one: shocks of supply at the source and of taste that no plan commands and that last, the same under every plan.
    """
    yearly = jnp.append(p.market_sd, p.mix_sd)
    return luck.factor("market", jnp.sqrt(view.dt / WEEKS_PER_YEAR) * yearly)


def _supply(view: View, own: Owned) -> jax.Array:
    """Return what the market takes at an unchanged price named over the start, [d]."""
    return view[DRUG_SUPPLY] * own.s.market


def _market(view: View, own: Owned) -> jax.Array:
    """Return what is used a week at the prices of the start by the demand of the start, [d] kg/week."""
    return own.c.used * _supply(view, own)


def _order(view: View, own: Owned) -> jax.Array:
    """Return what US sellers order from Mexico, [d] kg/week sent: past sales, a refill of stocks, and what they expect to lose."""
    p, s = own.p, own.s
    refill = (p.cover * _market(view, own) - view.stock(STOCK_US)) / p.tau_restock
    arrives = (1.0 - view[BELIEVED_LOSS][BY_DRUG]) * (1.0 - _interior(p, view.lever("drugs.interior_effort")))
    return jnp.maximum(s.sales - s.elsewhere + refill, 0.0) / arrives


def _ready(view: View, own: Owned) -> jax.Array:
    """Return what would be sent this week if nobody held back, [d] kg/week: orders and some of the backlog, as far as ways have room."""
    wanted = _order(view, own) + own.p.backlog_pace * own.s.backlog
    return jnp.minimum(wanted, view[ROOM][BY_DRUG] * jnp.maximum(own.c.exported, TINY))


def _sent(view: View, own: Owned) -> jax.Array:
    """Return what leaves for the line this week over the start, [d]."""
    return _ready(view, own) * (1.0 - view[HELD_BACK][BY_DRUG]) / jnp.maximum(own.c.exported, TINY)


def _leaving(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return the shares of stocks in Mexico that are sent, and seized there, a week, both [d]."""
    stock = jnp.maximum(view.stock(STOCK_MX).sum(0), TINY)
    effort = view[STATE_EFFORT] @ own.c.sites * with_leads(view, own.p.joint_share)
    on_the_road = own.p.convoy * view[CONVOY_HITS] * own.p.load * own.p.purity / len(DRUGS) / stock
    sent, found = view[SENT] * own.c.exported / stock, own.c.found * effort + on_the_road
    fits = jnp.minimum(LARGEST_SHARE / jnp.maximum((sent + found) * view.dt, TINY), 1.0)
    return sent * fits, found * fits


def _ways(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return weights of crossings [k, d], and their sum for each organisation's access [o, d]."""
    weights = view[ROUTES][BY_DRUG].T * own.c.reach
    return weights, jnp.maximum(view[ACCESS] @ weights, TINY)


def _exports(view: View, own: Owned) -> jax.Array:
    weights, total = _ways(view, own)
    return weights * (view[ACCESS].T @ (view.stock(STOCK_MX) * view.once(_leaving, own)[0] / total))


def _delivered_by(view: View, own: Owned) -> jax.Array:
    weights, total = _ways(view, own)
    return (
        view.stock(STOCK_MX)
        * view.once(_leaving, own)[0]
        * (1.0 - view[ACCESS] @ (weights * view[LOSS][BY_DRUG].T) / total)
    )


def _loads(view: View, own: Owned) -> jax.Array:
    size = own.p.load * own.p.purity * view[LOAD_SIZE][BY_DRUG]
    return view[EXPORTS] / size


def _luck_of_loads(view: View, luck: Luck) -> jax.Array:
    """Return the share of loads lost by crossing, [k, d], drawn load by load; less than one load a week counts as one."""
    chance = view[LOSS][BY_DRUG].T
    if not luck.noisy:
        return chance
    loads = jnp.maximum(jnp.ceil(view[LOADS_SENT] * view.dt), 1.0)
    return noise.binomial(loads, chance, luck.uniform("loads", chance.shape)) / loads


def _log_price(view: View, own: Owned) -> jax.Array:
    """Return the logarithm of the price per pure gram over what the market of the week would have, [d].

    What it costs to bring a load over the line, to make up for lost laboratories and for what is lost at sea is passed on in part, what it
    costs to sell in cities is added; scarce stocks raise the price further.
    """
    p = own.p
    replacement = jnp.log1p(-own.c.lost) - jnp.log1p(-view[BELIEVED_LOSS][BY_DRUG])
    scarcity = jnp.log(p.cover * _market(view, own) / jnp.maximum(view.stock(STOCK_US), TINY))
    source = (
        view[PRECURSOR_COST]
        + jnp.asarray(BY_SEA) * view[COCAINE_COST]
        + p.lab_cost * jnp.asarray(IS_SYNTHETIC) * (1.0 - _capacity(view, own))
    )
    border = replacement + source + p.risk_premium * view[BORDER_COST][BY_DRUG]
    return jnp.minimum(p.pass_through * border + view[RETAIL_COST] + p.gamma * scarcity, jnp.log(p.price_cap))


def _capacity(view: View, own: Owned) -> jax.Array:
    """Return the capacity of laboratories over the start, [d], by who would make what."""
    return (_shares(view, own.p, own.c.sites) * own.s.labs).sum(0)


def _struck(view: View, own: Owned) -> jax.Array:
    """Return the share of laboratory capacity destroyed this week beyond that of the start, [o, d]; synthetic drugs only.

    Most of what raids find is not in use, and each further raid finds less; nobody hits more laboratories than there are.
    """
    p, sites = own.p, own.c.sites * jnp.asarray(IS_SYNTHETIC)
    here = p.sites * sites
    hits = p.hit_active * view[LAB_HITS][:, None] / jnp.where(here > 0, here, 1.0)
    raids = view.delivered("drugs.lab_disruption")
    found = raids / (1.0 + p.raid_returns * jnp.log(jnp.maximum(raids, 1.0)))
    more = p.dismantled * p.raid_active / p.sites * jnp.maximum(found - 1.0, 0.0)
    destroyed = sites * -jnp.expm1(-(more + hits) * view.dt)
    return _held(view, p, destroyed) / jnp.maximum(_held(view, p, own.c.sites), TINY**2)


def _produced(view: View, own: Owned) -> jax.Array:
    """Return what organisations make a week, [o, d]: orders, losses and a refill, up to what laboratories and precursors allow."""
    p, c = own.p, own.c
    share = _shares(view, p, c.sites)
    market = _supply(view, own)
    stock = view.stock(STOCK_MX)
    refill = (p.stock_weeks * share * c.exported * market - stock) / p.tau_stock
    wanted = share * _order(view, own) + stock * view.once(_leaving, own)[1] + refill
    usual = share * c.made * market
    organisations = effective_number(view.world, view.stock(MEMBERS).sum(1)) / c.organisations
    landed = jnp.where(jnp.asarray(BY_SEA) > 0, view[COCAINE_LANDED], 1.0)
    laboratories = (
        landed * (jnp.asarray(MADE_FROM) @ p.slack) * organisations**p.split_supply * inherit(view, own.s.labs) * usual
    )
    chemicals = p.pslack * view[PRECURSORS] * usual
    chemicals = jnp.where(jnp.asarray(IS_SYNTHETIC) > 0, chemicals, laboratories)
    return jnp.maximum(jnp.minimum(wanted, jnp.minimum(laboratories, chemicals)), 0.0)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    sent, found = view.once(_leaving, own)
    per_share = -jnp.log1p(-(sent + found) * view.dt) / jnp.maximum((sent + found) * view.dt, TINY)
    sent, found = sent * per_share, found * per_share  # as hazards that together move exactly these shares
    taken = _luck_of_loads(view, luck)
    weights, total = _ways(view, own)
    at_line = view[ACCESS] @ (weights * taken)
    lost, inland = at_line / total, _interior(p, view.lever("drugs.interior_effort"))

    def by_crossing(kilograms: jax.Array) -> jax.Array:
        return weights * taken * (view[ACCESS].T @ (kilograms / jnp.maximum(at_line, TINY)))

    log_price = _log_price(view, own)
    wanted = _market(view, own) * view[DRUG_DEMAND] * jnp.exp(p.eps * log_price)
    share = p.alt0 + view[OTHER_PRODUCERS]
    other = jnp.minimum(share * jnp.exp(p.eta_alt * log_price), jnp.maximum(p.alt_max, share)) * _market(view, own)
    flows = (
        Flow("make", DRUGS_MADE, STOCK_MX, amount=_produced(view, own), labels="od", noisy=False),
        Flow("pass", STOCK_MX, STOCK_US, hazard=sent * (1.0 - lost) * (1.0 - inland), noisy=False),
        Flow("seized_at", STOCK_MX, SEIZED_AT, hazard=sent * lost, route=by_crossing, noisy=False),
        Flow("seized_interior", STOCK_MX, SEIZED_INTERIOR, hazard=sent * (1.0 - lost) * inland, noisy=False),
        Flow("seized_mx", STOCK_MX, SEIZED_MX, hazard=found * jnp.ones_like(lost), noisy=False),
        Flow("elsewhere", DRUGS_ELSEWHERE, STOCK_US, amount=own.s.elsewhere, noisy=False),
        Flow("use", STOCK_US, CONSUMED, amount=wanted, noisy=False),
    )
    return Proposal(flows, Memo(log_price, _struck(view, own), other, _drift(view, p, luck)))


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    held = view[HELD_BACK][BY_DRUG]
    waits = held * _ready(view, own) - (1.0 - held) * p.backlog_pace * s.backlog
    labs = inherit(view, s.labs)
    seized = moved.entered(SEIZED_AT).sum(0) + moved.entered(SEIZED_INTERIOR)
    sent = seized + moved(STOCK_MX, STOCK_US).sum(0)
    used = moved.entered(CONSUMED) / view.dt
    return State(
        labs=view.approach(labs, jnp.ones(()), _rebuilt(p)) - labs * memo.struck,
        sales=view.approach(s.sales, used, p.tau_sales),
        used=used,
        log_price=memo.log_price,
        log_named=s.log_named * jnp.exp(-view.dt / p.tau_price) + (1.0 - p.psi) * (memo.log_price - s.log_price),
        elsewhere=view.approach(s.elsewhere, memo.elsewhere, p.tau_alt),
        market=s.market * memo.drift[:-1],
        mix=s.mix * memo.drift[-1],
        lost=seized / jnp.maximum(sent, TINY),
        backlog=jnp.maximum(s.backlog + waits * view.dt, 0.0) * jnp.exp(-view.dt * p.backlog_loss),
        by_port=_by_port(view),
    )


def _rebuilt(p: Parameters) -> jax.Array:
    """Return the time in which laboratories are rebuilt, [d]; 1 for drugs that need none."""
    return jnp.stack([p.tau_lab[SYNTHETIC.index(drug)] if drug in SYNTHETIC else jnp.ones(()) for drug in DRUGS])


def _delivered(drug: str) -> Outcome:
    return Outcome(
        f"delivered_{drug}",
        lambda view, own, moved: moved.entered(STOCK_US)[DRUGS.index(drug)],
        flow=True,
    )


def _seized(drug: str) -> Outcome:
    return Outcome(
        f"{drug}_seized", lambda view, own, moved: moved.entered(SEIZED_AT)[:, DRUGS.index(drug)].sum(), flow=True
    )


def _fentanyl_gross(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return the gross weight of fentanyl seized at crossings, as it is counted: powder and pills of a purity that drifts."""
    return moved.entered(SEIZED_AT)[:, FENTANYL].sum() / own.p.purity[FENTANYL] * own.s.mix


def _by_port(view: View) -> jax.Array:
    """Return the share of the fentanyl sent over the line this week that goes through ports of entry."""
    sent = view[EXPORTS][:, DRUGS.index("fentanyl")]
    return (sent @ view.world.crossings.mode[:, MODES.index("ports")]) / jnp.maximum(sent.sum(), TINY)


DRUG_FLOWS = Mechanism(
    name="drugs",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        MEMBERS,
        DRUGS_MADE,
        DRUGS_ELSEWHERE,
        STOCK_MX,
        STOCK_US,
        SEIZED_MX,
        SEIZED_AT,
        SEIZED_INTERIOR,
        CONSUMED,
    ),
    start=_start,
    balance=_balance,
    balance_stage=1,
    propose=_propose,
    settle=_settle,
    signals={
        RECORDED_DELIVERIES: _recorded_deliveries,
        RECORDED_SEIZURES: _recorded_seizures,
        SENT: _sent,
        COCAINE_MADE: lambda view, own: _produced(view, own)[:, COCAINE].sum(),
        EXPORTS: _exports,
        LOADS_SENT: _loads,
        DRUG_USE: lambda view, own: own.s.used / own.c.used,
        DRUG_PRICE: lambda view, own: jnp.exp(own.s.log_price),
        # Drifts of supply move use and price against one another, so that what is spent stays.
        DRUG_SPENDING: lambda view, own: own.s.used / own.c.used * jnp.exp(own.s.log_price) / _supply(view, own),
        DRUGS_DELIVERED: _delivered_by,
        DRUGS_LOST: lambda view, own: own.s.lost - _lost_share(own.p, own.c.lost),
    },
    outcomes=(
        Outcome("delivered_kg", lambda view, own, moved: moved.entered(STOCK_US).sum(), flow=True),
        *(_delivered(drug) for drug in DRUGS),
        *(_seized(drug) for drug in DRUGS),
        Outcome("fentanyl_seized_gross", _fentanyl_gross, flow=True),
        Outcome("fentanyl_by_port", lambda view, own, moved: own.s.by_port),
        Outcome(
            "price_pure",
            lambda view, own, moved: (
                own.p.price_fentanyl * jnp.exp(own.s.log_price[FENTANYL]) / _supply(view, own)[FENTANYL]
            ),
        ),
        Outcome(
            "fentanyl_purity",
            lambda view, own, moved: (
                jnp.exp(own.s.log_named - own.s.log_price)[FENTANYL] * _supply(view, own)[FENTANYL]
            ),
        ),
        Outcome("lab_capacity", lambda view, own, moved: _capacity(view, own)[FENTANYL]),
        Outcome(
            "backlog_weeks",
            lambda view, own, moved: own.s.backlog[FENTANYL] / jnp.maximum(own.c.exported[FENTANYL], TINY),
        ),
    ),
)
