"""People who use drugs, treatment, naloxone, deaths by overdose in the United States. See docs/model/overdose.md."""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    DIED_OTHERWISE,
    OVERDOSE_OTHER,
    OVERDOSE_STIMULANT,
    OVERDOSE_SYNTHETIC,
    REMISSION,
    TREATED,
    US_RESIDENTS,
    USERS,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import DRUGS
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import DRUG_DEMAND, DRUG_USE, DRUGS_LOST, FENTANYL_RETURN, OVERDOSE_RATIO, POTENCY
from premortem.model.units import STEPS, TINY, WEEKS_PER_YEAR

LEVERS = (
    "overdose.naloxone_coverage",
    "overdose.treatment_coverage",
    "overdose.treatment_stay",
    "overdose.use_prevention",
    "overdose.od_safety",
)


@pytree
class Parameters:
    """Priors and sources: data/parameters/overdose.toml."""

    users: jax.Array = param("person")
    treated_share: jax.Array = param("share")
    rr: jax.Array = param("ratio")
    initiation: jax.Array = param("1/year")
    remission: jax.Array = param("1/year")
    relapse: jax.Array = param("1/year")
    leaving: jax.Array = param("1/year")
    back_to_use: jax.Array = param("share")
    died_using: jax.Array = param("1/year")
    died_remission: jax.Array = param("1/year")
    use_treated: jax.Array = param("share")
    frailty: jax.Array = param("ratio")
    supply_share: jax.Array = param("share")
    deaths_fall: jax.Array = param("ratio")
    purity_fall: jax.Array = param("ratio")
    trend_fade: jax.Array = param("week")
    persist: jax.Array = param("share")
    t_back: jax.Array = param("week")
    chi_stimulant: jax.Array = param("elasticity")
    stimulant_only: jax.Array = param("person/year")
    meth_share: jax.Array = param("share")
    other_deaths: jax.Array = param("person/year")
    turnover: jax.Array = param("share")
    e_kit: jax.Array = param("elasticity")
    kit_floor: jax.Array = param("ratio")
    entry_cost: jax.Array = param("share")
    offset: jax.Array = param("share")
    touched: jax.Array = param("share")
    yield_od_safety: jax.Array = param("share")
    build_up: jax.Array = param("week")
    pandemic_excess: jax.Array = param("share")
    level: jax.Array = param("ratio")


@pytree
class Constants:
    """The start."""

    hazard: jax.Array = array("1/week", "", "of death of an untreated newcomer")
    chi: jax.Array = array("elasticity", "", "of that hazard to fentanyl content")
    trend: jax.Array = array(
        "1/week",
        "",
        "drift of the hazard that supply does not explain: of the record since its peak, or as known at the start",
    )
    fallen: jax.Array = array("index", "", "1 if the supply lost since 2023 is missing at the start")
    users: jax.Array = array("person", "", "who use")
    demand: jax.Array = array("person", "", "users and the use of those in treatment")
    deaths: jax.Array = array("person/week", "", "of all drugs")


@pytree
class State:
    """Risk and programmes."""

    frailty: jax.Array = array("ratio", "", "mean risk of those at risk, newcomers are 1")
    programmes: jax.Array = array("index", "?", "levers as built up")
    deaths: jax.Array = array("person/week", "", "of last week")


Owned = Own[Parameters, Constants, State]


def _chi(p: Parameters) -> jax.Array:
    """Return the elasticity of deaths to fentanyl content that gives weaker supply its share of the fall since 2023."""
    return p.supply_share * jnp.log(p.deaths_fall) / jnp.log(p.purity_fall)


def _thinned(p: Parameters, frailty: jax.Array, hazard: jax.Array, entering: jax.Array) -> jax.Array:
    """Return the change of frailty: deaths take those at highest risk first (gamma frailty), newcomers bring it back to 1."""
    return -p.frailty * frailty**2 * hazard + entering * (1.0 - frailty)


def _past(p: Parameters, years: jax.Array, deaths: jax.Array) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """Go through the recorded deaths and return the hazard they imply by row, 1/year, and users, treated, remission, frailty at the end."""
    odds = p.treated_share / (1.0 - p.treated_share)
    in_remission = (p.remission + (1.0 - p.back_to_use) * p.leaving * odds) / (p.relapse + p.died_remission)

    def step(
        people: tuple[jax.Array, ...], row: tuple[jax.Array, jax.Array]
    ) -> tuple[tuple[jax.Array, ...], jax.Array]:
        (u, t, m, f), (dt, a_year) = people, row
        hazard = a_year / (f * (u + p.rr * t))
        new, enters, leaves = p.initiation * p.users, odds * p.leaving * u, p.leaving * t
        du = new + p.back_to_use * leaves + p.relapse * m - enters - (p.remission + p.died_using + f * hazard) * u
        dt_ = enters - leaves - p.rr * f * hazard * t
        dm = p.remission * u + (1.0 - p.back_to_use) * leaves - (p.relapse + p.died_remission) * m
        df = _thinned(p, f, hazard, new / u)
        return (u + du * dt, t + dt_ * dt, m + dm * dt, f + df * dt), hazard

    start: tuple[jax.Array, ...] = (p.users, odds * p.users, in_remission * p.users, jnp.ones(()))
    rows = (jnp.repeat(years / STEPS, STEPS), jnp.repeat(deaths, STEPS))
    people, hazards = jax.lax.scan(step, start, rows)
    return hazards.reshape(-1, STEPS).mean(1), people


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape; the record is gone through once."""
    none = jnp.zeros(())
    levels = jnp.asarray([view.status_quo(lever) for lever in LEVERS])
    one = jnp.ones(())
    return Constants(none, none, none, none, one, one, one), State(one, levels, one)


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    """Solve the start: the recorded deaths say who is left, at what risk, and how fast that risk was falling apart from supply."""
    p, record = own.p, view.world.overdoses
    if not record.years.size:  # a world without a record has no deaths to explain
        return Balanced(own.c, own.s, {USERS: p.users})
    died = record.deaths * jnp.exp(record.spread * p.level)
    by_row, (users, treated, remission, frailty) = _past(p, record.years, died)
    peak = jnp.argmax(died)
    centre = jnp.cumsum(record.years) - record.years / 2.0
    since = centre[-1] - centre[peak]
    fallen = (since > 0) & (record.fell > 0)
    log_fall = jnp.log(by_row[-1] / by_row[peak]) - _chi(p) * jnp.log(p.purity_fall)
    synthetic = by_row[-1] * frailty * (users + p.rr * treated)
    others = view.world.market.others * (p.stimulant_only + p.other_deaths)
    deaths = (synthetic + others) / WEEKS_PER_YEAR
    constants = Constants(
        hazard=by_row[-1] / WEEKS_PER_YEAR,
        chi=_chi(p),
        trend=jnp.where(fallen, log_fall / jnp.where(fallen, since, 1.0), record.growth) / WEEKS_PER_YEAR,
        fallen=fallen.astype(users.dtype),
        users=users,
        demand=users + p.use_treated * treated,
        deaths=deaths,
    )
    state = State(frailty, own.s.programmes, deaths)
    return Balanced(constants, state, {USERS: users, TREATED: treated, REMISSION: remission})


def _return(view: View, own: Owned) -> jax.Array:
    """Return the supply of fentanyl over the start as what was lost since 2023 comes back, all but the part that lasts."""
    p = own.p
    back = own.c.fallen * (1.0 - p.persist) * -jnp.expm1(-view.week / p.t_back)
    return jnp.asarray(p.purity_fall**-back)


def _content(view: View, own: Owned) -> jax.Array:
    """Return fentanyl per untreated user over the start. Where nobody simulates the market, the return of lost supply acts here instead."""
    if not view.provided(DRUG_USE):
        return _return(view, own)
    return view[DRUG_USE][DRUGS.index("fentanyl")] * own.c.users / jnp.maximum(view.stock(USERS), 1.0)


def _pandemic(view: View, p: Parameters) -> jax.Array:
    """Return the factor on deaths while a recorded pandemic lasts that began after the start; 1 at all other times."""
    calendar = view.world.calendar
    on = (view.week >= calendar.pandemic_begins).sum() - (view.week >= calendar.pandemic_ends).sum()
    return 1.0 + p.pandemic_excess * jnp.clip(on, 0, 1)


def _hazard(view: View, own: Owned) -> jax.Array:
    """Return the hazard of death of an untreated newcomer this week, 1/week."""
    p, c = own.p, own.c
    kits, _, _, _, safety = own.s.programmes
    saved = 1.0 - jnp.maximum(kits, p.kit_floor) ** -p.e_kit
    rescue = 1.0 - saved * jnp.where(kits > 1, 1.0 - p.entry_cost, 1.0) * (1.0 - p.offset)
    drift = jnp.exp(c.trend * p.trend_fade * -jnp.expm1(-view.week / p.trend_fade))
    content = jnp.maximum(_content(view, own), TINY) ** c.chi
    churn = 1.0 + p.turnover * view[DRUGS_LOST][DRUGS.index("fentanyl")]
    safer = rescue * (1.0 - p.yield_od_safety * safety)
    return jnp.asarray(c.hazard * drift * content * view[POTENCY] * churn * safer * _pandemic(view, p))


def _stimulant_deaths(view: View, p: Parameters) -> jax.Array:
    use = view[DRUG_USE]
    meth, cocaine = use[DRUGS.index("methamphetamine")], use[DRUGS.index("cocaine")]
    by_use = p.meth_share * meth**p.chi_stimulant + (1.0 - p.meth_share) * cocaine**p.chi_stimulant
    return view.world.market.others * p.stimulant_only / WEEKS_PER_YEAR * by_use


def _newcomers(own: Owned) -> jax.Array:
    """Return people who come to use illicit opioids, person/week."""
    prevented = own.p.touched * own.s.programmes[LEVERS.index("overdose.use_prevention")]
    return own.p.initiation * own.p.users * (1.0 - prevented) / WEEKS_PER_YEAR


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    _, coverage, stay, _, _ = own.s.programmes
    usual = view.status_quo("overdose.treatment_coverage")
    more = coverage / (1.0 - coverage) * (1.0 - usual) / usual
    more = jnp.where(more > 1, 1.0 + (more - 1.0) * (1.0 - p.entry_cost), more)
    enter = p.treated_share / (1.0 - p.treated_share) * p.leaving * more / WEEKS_PER_YEAR
    leave = p.leaving / stay / WEEKS_PER_YEAR
    die = _hazard(view, own) * own.s.frailty
    a_week = 1.0 / WEEKS_PER_YEAR
    flows = (
        Flow("new", US_RESIDENTS, USERS, amount=_newcomers(own)),
        Flow("enter", USERS, TREATED, hazard=enter),
        Flow("remit", USERS, REMISSION, hazard=p.remission * a_week),
        Flow("die", USERS, OVERDOSE_SYNTHETIC, hazard=die),
        Flow("die_otherwise", USERS, DIED_OTHERWISE, hazard=p.died_using * a_week),
        Flow("drop_out", TREATED, USERS, hazard=p.back_to_use * leave),
        Flow("recover", TREATED, REMISSION, hazard=(1.0 - p.back_to_use) * leave),
        Flow("die_treated", TREATED, OVERDOSE_SYNTHETIC, hazard=p.rr * die),
        Flow("relapse", REMISSION, USERS, hazard=p.relapse * a_week),
        Flow("die_in_remission", REMISSION, DIED_OTHERWISE, hazard=p.died_remission * a_week),
        Flow("stimulants", US_RESIDENTS, OVERDOSE_STIMULANT, amount=_stimulant_deaths(view, p)),
        Flow("other", US_RESIDENTS, OVERDOSE_OTHER, amount=view.world.market.others * p.other_deaths * a_week),
    )
    return Proposal(flows)


def _deaths(moved: Moved) -> jax.Array:
    return sum((moved.entered(a) for a in (OVERDOSE_SYNTHETIC, OVERDOSE_STIMULANT, OVERDOSE_OTHER)), jnp.zeros(()))


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    s = own.s
    entering = _newcomers(own) / jnp.maximum(view.stock(USERS), 1.0)
    levels = jnp.stack([view.lever(lever) for lever in LEVERS])
    return State(
        frailty=s.frailty + _thinned(own.p, s.frailty, _hazard(view, own), entering) * view.dt,
        programmes=view.approach(s.programmes, levels, own.p.build_up),
        deaths=_deaths(moved) / view.dt,
    )


def _demand(view: View, own: Owned) -> jax.Array:
    """Return people who use over the start, [d]: opioids by the stocks, stimulants unchanged."""
    opioids = (view.stock(USERS) + own.p.use_treated * view.stock(TREATED)) / own.c.demand
    return jnp.stack([opioids if drug in {"fentanyl", "heroin"} else jnp.ones(()) for drug in DRUGS])


OVERDOSE = Mechanism(
    name="overdose",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        US_RESIDENTS,
        USERS,
        TREATED,
        REMISSION,
        OVERDOSE_SYNTHETIC,
        OVERDOSE_STIMULANT,
        OVERDOSE_OTHER,
        DIED_OTHERWISE,
    ),
    start=_start,
    balance=_balance,
    propose=_propose,
    settle=_settle,
    signals={
        DRUG_DEMAND: _demand,
        FENTANYL_RETURN: _return,
        OVERDOSE_RATIO: lambda view, own: own.s.deaths / own.c.deaths,
    },
    outcomes=(
        Outcome("overdose_deaths", lambda view, own, moved: _deaths(moved), flow=True),
        Outcome("overdose_deaths_synthetic", lambda view, own, moved: moved.entered(OVERDOSE_SYNTHETIC), flow=True),
        Outcome("people_in_treatment", lambda view, own, moved: moved.stocks[TREATED]),
    ),
)
