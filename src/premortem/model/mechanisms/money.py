"""Dollars of organisations: what comes in, what it pays for, and how much pressure on revenue reaches members, bribes and weapons.

See docs/model/money.md. Incomes ``g`` are those of ``INCOMES``, outlays ``z`` those of ``OUTLAYS``.
"""

from __future__ import annotations

import dataclasses

from premortem.arrays import jax, jnp
from premortem.model.accounts import MEMBERS, Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import DRUGS, INCOMES, LOADS, OUTLAYS
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ARMS_OUTLAY,
    BRIBES,
    BUDGET,
    CONTEST,
    CONTROL,
    DRUG_PRICE,
    DRUG_SPENDING,
    DRUGS_DELIVERED,
    EXPORTS,
    EXTORTED,
    FORCE_RATIO,
    LABEL_FEE,
    LAUNDERING_FEE,
    LAUNDERING_MOVED,
    LOSS,
    PAY,
    REVENUE,
    ROUTES,
    SMUGGLING_TOLLS,
    TRADE_VALUE,
    TRUCE,
    Signal,
)
from premortem.model.splits import divide
from premortem.model.units import LARGEST_SHARE, NEVER, TINY, WEEKS_PER_YEAR

CASH = Account("cash", "USD", "o", "cash of organisations", divides=True)
PAYERS_IN = Account("payers_in", "USD", "g", "buyers, victims and customers who pay organisations", source=True)
CASH_SEIZED = Account("cash_seized", "USD", "", "proceeds seized on their way to organisations")
PAID_OUT = Account("paid_out", "USD", "z", "what organisations have paid, and what their owners took")

INCOME = Signal("income", "USD/week", "go", 0.0, "what reaches organisations this week, after tolls and seizures")
FINANCES = Signal("finances", "ratio; USD/week", "zo", 1.0, "pay per member and budget over the start, then needs")
"""Both are for this mechanism alone: computed once a week, read in several places."""

DRUG, EXTORTION, FUEL, OTHER, PEOPLE = range(len(INCOMES))
LOCAL = slice(EXTORTION, PEOPLE)
"""Incomes that come from ground that is held."""


@pytree
class Parameters:
    """Priors and sources: data/parameters/money.toml."""

    price: jax.Array = param("USD/kg", "drug")
    us_markup: jax.Array = param("ratio")
    price_share: jax.Array = param("exponent")
    extortion: jax.Array = param("USD/year")
    fuel: jax.Array = param("USD/year")
    other: jax.Array = param("USD/year")
    toll: jax.Array = param("share")
    pay: jax.Array = param("USD/(member year)")
    bribes: jax.Array = param("share")
    production: jax.Array = param("share")
    laundering_fee: jax.Array = param("share")
    enforcement_fee: jax.Array = param("share")
    south_bulk: jax.Array = param("share")
    psi: jax.Array = param("elasticity")
    tau_revenue: jax.Array = param("week")
    tau_owners: jax.Array = param("week")
    reserve: jax.Array = param("week")
    z_e: jax.Array = param("exponent")
    truce_licence: jax.Array = param("share")
    extortion_shift: jax.Array = param("elasticity")
    laundering_effect: jax.Array = param("share")
    yield_extortion: jax.Array = param("share")
    handful: jax.Array = param("member")


@pytree
class Constants:
    """The start."""

    local: jax.Array = array("USD/week", "?r", "what full control of a region brings, by local income")
    contest: jax.Array = array("share", "r", "contestedness of control")
    drugs: jax.Array = array("USD/week", "", "from drugs")
    each: jax.Array = array("USD/(member week)", "", "income per member")
    bribes: jax.Array = array("USD/week", "r", "bribes")
    revenue: jax.Array = array("USD/(member week)", "or", "revenue per member")
    trade: jax.Array = array("share", "d", "of drugs in the value of what is delivered")


@pytree
class State:
    """What organisations remember."""

    books: jax.Array = array(
        "USD/week; member", "o?", "income remembered and that of the start, members at the start, pay of the start"
    )
    drugs: jax.Array = array("USD/week", "", "from drugs, all organisations, remembered")


Owned = Own[Parameters, Constants, State]


def _drug_values(view: View, own: Owned) -> jax.Array:
    """Return what a pure kilogram of each drug over the line brings organisations, [d] USD."""
    p = own.p
    return p.price * view[DRUG_PRICE] ** p.price_share * p.us_markup


def _seized_share(view: View, own: Owned) -> jax.Array:
    """Return the share of drug proceeds seized: cash on its way south, and what enforcement beyond that of the start takes."""
    cash = LOADS.index("cash")
    south = own.p.south_bulk * (view[ROUTES][cash] * view[LOSS][cash]).sum()
    return jnp.minimum(south + own.p.laundering_effect * _enforcement(view), 1.0)


def _enforcement(view: View) -> jax.Array:
    """Return enforcement against laundering beyond that of the start, as the share of proceeds it would seize at full effect.

    Networks of exchange go around a part of what is added.
    """
    more = view.lever("money.laundering_enforcement") - view.status_quo("money.laundering_enforcement")
    return more * (1.0 - view[LAUNDERING_MOVED])


def _from_ground(view: View, own: Owned) -> jax.Array:
    """Return what full control of a region brings a week, by local income, [3, r].

    Contest moves extortion up or down; protection cuts extortion and stolen fuel where the state is; extortion makes up for a part of lost
    drug revenue, and grows where a truce leaves its parties alone.
    """
    p, c = own.p, own.c
    guarded = jnp.maximum(1.0 - view[CONTROL].sum(0), 0.0)
    left = 1.0 - p.yield_extortion * view.delivered("money.extortion_protection") * guarded
    contested = (1.0 + view[CONTEST] - c.contest) ** p.z_e
    lost = jnp.maximum(1.0 - own.s.drugs / jnp.maximum(c.drugs, TINY), 0.0)
    at_peace = (view[CONTROL] * view[TRUCE]).sum(0) / jnp.maximum(view[CONTROL].sum(0), TINY)
    extortion = left * contested * (1.0 + p.extortion_shift * lost) * (1.0 + p.truce_licence * at_peace)
    return c.local * jnp.stack([extortion, left, jnp.ones_like(left)])


def _from_line(view: View, own: Owned, drugs: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return drug revenue [o] after tolls, and tolls on people [o]: who controls the ground before a crossing takes a toll on what crosses.

    Nobody controls what lies before a way by sea, air or mail.
    """
    held = view[CONTROL] @ view.world.crossings.region.T
    share = held / jnp.maximum(held.sum(0), TINY)
    crossing = view[EXPORTS] @ _drug_values(view, own)
    total = jnp.maximum(drugs.sum(), TINY)
    tolls = own.p.toll * total * crossing / jnp.maximum(crossing.sum(), TINY)
    taken = share @ jnp.stack([tolls, view[SMUGGLING_TOLLS]], axis=1)
    return drugs * (1.0 - taken[:, 0].sum() / total) + taken[:, 0], taken[:, 1]


def _sales(view: View, own: Owned) -> jax.Array:
    """Return drug revenue before tolls and seizures, [o] USD/week."""
    return view[DRUGS_DELIVERED] @ _drug_values(view, own)


def _trade(view: View, own: Owned) -> jax.Array:
    """Return the shares of drugs in the value of what organisations deliver, [d]."""
    value = view[DRUGS_DELIVERED].sum(0) * _drug_values(view, own)
    return value / jnp.maximum(value.sum(), TINY)


def _income(view: View, own: Owned) -> jax.Array:
    """Return income by kind and organisation, [g, o] USD/week, after tolls and seizures."""
    drugs, people = _from_line(view, own, _sales(view, own))
    ground = view.once(_from_ground, own) @ view[CONTROL].T
    return jnp.concatenate([(drugs * (1.0 - _seized_share(view, own)))[None], ground, people[None]])


def _finances(view: View, own: Owned, drugs: jax.Array) -> jax.Array:
    """Return pay per member and budget over the start, were there cash enough, then what members, bribes, weapons, production and
    laundering need, USD/week: [2 + needs, o].

    Pay and budgets follow remembered income with the elasticity psi, what drugs need follows the ``drugs`` revenue [o] of the week. A
    handful of average members is added where ratios are made.
    """
    p = own.p
    remembered, first, members, wages = divide(view, own.s.books).T
    more, few = own.c.each * p.handful, p.handful
    budget = ((remembered + more) / (first + more)) ** p.psi
    size = (view.stock(MEMBERS).sum(1) + few) / (members + few)
    pay = budget * size**-p.psi
    # Less than 1 where income never paid for members and weapons.
    means = (wages * WEEKS_PER_YEAR + TINY) / (p.pay * members + TINY)
    fee = p.laundering_fee * view[LAUNDERING_FEE] * view[
        LABEL_FEE
    ] + p.enforcement_fee * p.laundering_effect * _enforcement(view)
    needs = [
        wages * size * pay,
        p.bribes * first * budget,
        view[ARMS_OUTLAY] * means,
        p.production * drugs,
        jnp.minimum(fee, 1.0) * (1.0 - p.south_bulk) * drugs,
    ]
    return jnp.stack([pay, budget, *needs])


def _funded(view: View) -> jax.Array:
    """Return the share of needs that cash pays for, [o]; all needs are cut alike."""
    needs = view[FINANCES][2:].sum(0) * view.dt
    return jnp.minimum(1.0, LARGEST_SHARE * view.stock(CASH) / jnp.maximum(needs, TINY))


def _bribes(view: View, own: Owned, budget: jax.Array) -> jax.Array:
    """Return bribes over their share of income, where members are, [r] USD/week."""
    first, few = divide(view, own.s.books)[:, 1], own.p.handful
    members = view.stock(MEMBERS)
    return (budget * first / (members.sum(1) + few)) @ members + own.c.each * few


def _revenue(view: View, own: Owned, income: jax.Array) -> jax.Array:
    """Return income per member by region, [o, r] USD/week: from ground held there, and an equal share of all other."""
    few, members = own.p.handful, view.stock(MEMBERS)
    anywhere = (income[DRUG] + income[PEOPLE]) / (members.sum(1) + few)
    return anywhere[:, None] + view[CONTROL] * view.once(_from_ground, own).sum(0) / (members + few)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape; the start is solved once `drugs`, `arms` and `migration` have said what they are."""
    members, one = view.stock(MEMBERS), jnp.ones(())
    alike, here = jnp.ones(members.shape[0]), jnp.ones(members.shape[1])
    state = State(jnp.stack([alike, alike, members.sum(1), alike], axis=1), one)
    constants = Constants(
        jnp.ones((len(INCOMES[LOCAL]), len(here))),
        view[CONTEST],
        one,
        one,
        here,
        jnp.ones_like(members),
        jnp.zeros(len(DRUGS)),
    )
    bribes = _bribes(view, Own(p, constants, state), alike)
    return dataclasses.replace(constants, bribes=bribes), state


def _local(view: View, p: Parameters) -> jax.Array:
    """Return what full control of a region brings at the start, [3, r] USD/week: national totals over residents, or pipelines, held."""
    world = view.world
    weights = jnp.stack([world.population, world.fuel, world.population])
    totals = jnp.stack([p.extortion, p.fuel, p.other]) / WEEKS_PER_YEAR
    return weights * (totals / jnp.maximum(weights @ view[CONTROL].sum(0), TINY))[:, None]


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    """Solve the start: incomes as the parameters say, cash where owners' takings hold it, every index 1.

    An organisation whose income does not pay for its members and weapons at the usual prices is taken to pay less for both.
    """
    p, members = own.p, view.stock(MEMBERS)
    size = members.sum(1)
    constants = dataclasses.replace(own.c, local=_local(view, p), contest=view[CONTEST], drugs=jnp.zeros(()))
    income = _income(view, Own(p, constants, own.s))
    total, drugs = income.sum(0), income[DRUG]
    constants = dataclasses.replace(constants, drugs=drugs.sum(), each=total.sum() / jnp.maximum(size.sum(), TINY))

    def solved(wages: jax.Array) -> tuple[Own[Parameters, Constants, State], jax.Array]:
        """Return what the mechanism owns and its needs [needs, o], given pay."""
        state = State(jnp.stack([total, total, size, wages], axis=1), drugs.sum())
        own_now = Own(p, constants, state)
        return own_now, _finances(view, own_now, drugs)[2:]

    _, needs = solved(p.pay * size / WEEKS_PER_YEAR)
    people_and_weapons = needs[jnp.asarray([OUTLAYS.index("pay"), OUTLAYS.index("arms")])].sum(0)
    means = jnp.clip((total - needs.sum(0)) / jnp.maximum(people_and_weapons, TINY) + 1.0, 0.0, 1.0)
    solution, needs = solved(means * p.pay * size / WEEKS_PER_YEAR)
    surplus = jnp.maximum(total - needs.sum(0), 0.0)
    cash = p.reserve * needs.sum(0) + surplus * view.dt / -jnp.expm1(-view.dt / p.tau_owners)
    constants = dataclasses.replace(constants, bribes=_bribes(view, solution, jnp.ones_like(size)))
    constants = dataclasses.replace(
        constants, revenue=_revenue(view, Own(p, constants, solution.s), income), trade=_trade(view, own)
    )
    return Balanced(constants, solution.s, {CASH: cash})


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, income, needs = own.p, view[INCOME], view[FINANCES][2:]
    spare = jnp.maximum(view.stock(CASH) - p.reserve * needs.sum(0), 0.0)
    owners = spare * -jnp.expm1(-view.dt / p.tau_owners) / view.dt
    outlays = jnp.concatenate([needs * _funded(view), owners[None]])
    # Where less is seized than at the start, income is higher; nothing flows back.
    seized = jnp.maximum(_sales(view, own).sum() * _seized_share(view, own), 0.0)
    from_drugs = jnp.asarray([float(kind == "drugs") for kind in INCOMES])
    flows = (
        Flow("income", PAYERS_IN, CASH, amount=income, labels="go", noisy=False),
        Flow("seized", PAYERS_IN, CASH_SEIZED, amount=seized * from_drugs, noisy=False),
        Flow("outlays", CASH, PAID_OUT, amount=outlays, labels="zo", noisy=False),
    )
    return Proposal(flows)


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    tau, income = own.p.tau_revenue, view[INCOME]
    books = divide(view, own.s.books)
    remembered = view.approach(books[:, 0], income.sum(0), tau)
    return State(
        books=jnp.concatenate([remembered[:, None], books[:, 1:]], axis=1),
        drugs=view.approach(own.s.drugs, income[DRUG].sum(), tau),
    )


def _extortion_per_resident(view: View, own: Owned, moved: Moved) -> jax.Array:
    return WEEKS_PER_YEAR * view[EXTORTED] / view.world.population


MONEY = Mechanism(
    name="money",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS, CASH, PAYERS_IN, CASH_SEIZED, PAID_OUT),
    # Enough for anything, until the second pass solves it.
    open=lambda world, p: {CASH: jnp.full(world.organisations, NEVER)},
    start=_start,
    balance=_balance,
    balance_stage=3,
    propose=_propose,
    settle=_settle,
    signals={
        INCOME: _income,
        FINANCES: lambda view, own: _finances(view, own, view[INCOME][DRUG]),
        PAY: lambda view, own: view[FINANCES][0] * _funded(view),
        BUDGET: lambda view, own: view[FINANCES][1] * _funded(view),
        BRIBES: lambda view, own: _bribes(view, own, view[BUDGET]) / own.c.bribes / view[FORCE_RATIO],
        TRADE_VALUE: lambda view, own: 1.0 + own.c.trade @ (view[DRUG_SPENDING] - 1.0),
        EXTORTED: lambda view, own: view.once(_from_ground, own)[0] * view[CONTROL].sum(0),
        REVENUE: lambda view, own: (_revenue(view, own, view[INCOME]) + own.c.each) / (own.c.revenue + own.c.each),
    },
    outcomes=(
        Outcome("revenue_organisations", lambda view, own, moved: moved.by_name["money.income"].sum(), flow=True),
        Outcome("extortion_per_resident", _extortion_per_resident, labels="r", per_resident=True),
    ),
)
