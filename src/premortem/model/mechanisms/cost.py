"""Cost: who pays what because of the plan, in constant dollars of 2025, once.

Chapter: docs/model/cost.md. Added spending leaves a payer and enters a kind (double entry); what units cost anyway is a memo of its own,
lost trade is `economy`, lives are counted as lives. Forces of the status quo are under every plan and cost nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    DISPLACED,
    US_DEAD_OTHER,
    US_DWELL,
    US_FORWARD,
    US_KILLED_BY_MX,
    US_KILLED_HOSTILE,
    US_READY,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import (
    HOME_SERVICES,
    LOWERED_LEVERS,
    PAYERS,
    PRICED_LEVERS,
    SPENDING,
    STARTED_LEVERS,
)
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    ADDED_PRISONERS,
    AFFORDABLE,
    CAPTIVES_COST,
    DEALS_COST,
    HOME_ADDED,
    ORBITS,
    SHELTER_PRICE,
    US_CIVILIAN_DEATHS,
    US_STRIKES,
    US_WOUNDED,
    ZONE_US,
)
from premortem.model.units import DAYS_PER_WEEK, HOURS_PER_DAY, MILLION, TINY, WEEKS_PER_YEAR
from premortem.model.world import World

TREASURY = Account("treasury", "million USD", "p", "public money of each payer", source=True)
SPENT = Account("spent", "million USD", "pn", "added spending because of the plan, by payer and kind")
CARE_OWED = Account("care_owed", "million USD", "", "promised to the wounded and not yet spent")
ORDINARY_BUDGET = Account("ordinary_budget", "million USD", "", "what pays units that exist anyway", source=True)
STANDING = Account(
    "standing", "million USD", "", "peacetime cost of the forces tied up: a memo, never added to spending"
)

HIRING, ARRESTS = "homefront.bp_hire", "state.arrest_capacity"
SIGNS = [-1.0 if lever in LOWERED_LEVERS else 1.0 for lever in PRICED_LEVERS]
STARTED = np.array([PRICED_LEVERS.index(lever) for lever in STARTED_LEVERS])
IS_MEASURES, IS_FORCES = (np.array([float(kind == of) for kind in SPENDING]) for of in ("measures", "mexican_forces"))


@pytree
class Parameters:
    """Parameters of data/parameters/cost.toml, with their units and sources there; money in million USD."""

    home: jax.Array = param("million USD/(person year)")
    guard: jax.Array = param("million USD/(person year)")
    forward: jax.Array = param("million USD/(person year)")
    near: jax.Array = param("ratio")
    strike: jax.Array = param("million USD/strike")
    flight_hour: jax.Array = param("USD/hour")
    death: jax.Array = param("million USD/death")
    care: jax.Array = param("million USD/wounded")
    care_years: jax.Array = param("year")
    condolence: jax.Array = param("million USD/death")
    shelter: jax.Array = param("million USD/(person year)")
    mexico: jax.Array = param("million USD/(person year)")
    bp_agent: jax.Array = param("million USD/(person year)")
    police: jax.Array = param("million USD/(person year)")
    dea_agent: jax.Array = param("million USD/(person year)")
    prisoner: jax.Array = param("million USD/(person year)")
    price: jax.Array = param("million USD/year", "priced")
    emergency_arrests: jax.Array = param("million USD/year")
    start: jax.Array = param("million USD", "started")
    overrun: jax.Array = param("ratio")
    discount: jax.Array = param("1/year")
    standing: jax.Array = param("million USD/(person year)")


@pytree
class State:
    """What is carried to be paid."""

    hired: jax.Array = array("agent", "", "hired so far by a lever")
    started: jax.Array = array(
        "ratio", "?", "highest level above the status quo so far, of levers that cost once what they add"
    )
    deaths: jax.Array = array("person/week", "", "US people who died in the last step")


Owned = Own[Parameters, Nothing, State]


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    none = jnp.zeros(())
    return Nothing(), State(none, jnp.zeros(len(STARTED_LEVERS)), none)


def _entry(payer: str, kind: str, amount: jax.Array) -> jax.Array:
    """Return ``amount`` at its place in a table [payer, kind]."""
    return jnp.zeros((len(PAYERS), len(SPENDING))).at[PAYERS.index(payer), SPENDING.index(kind)].set(amount)


def _one(payer: str) -> jax.Array:
    """Return 1 at the place of a payer [p]."""
    return jnp.asarray([float(name == payer) for name in PAYERS])


def _above(view: View, lever: str) -> jax.Array:
    """Return how far a lever stands above its status quo; a cut saves nothing here."""
    return jnp.maximum(view.lever(lever) - view.status_quo(lever), 0.0)


def _bought(view: View, own: Owned) -> jax.Array:
    """Return how far each priced lever is pulled beyond its status quo, as it comes about [priced]; agents hired are counted together."""
    status_quo = np.array([view.status_quo(lever) for lever in PRICED_LEVERS])
    pulled = jnp.maximum(np.array(SIGNS) * (view.delivered_each(PRICED_LEVERS) - status_quo), 0.0)
    return pulled.at[PRICED_LEVERS.index(HIRING)].set(own.s.hired)


def _newly(view: View, own: Owned) -> jax.Array:
    """Return by how much levers with a cost of starting stand higher than ever before [started]."""
    return jnp.maximum(_bought(view, own)[STARTED] - own.s.started, 0.0)


def _by_payer(view: View, amounts: jax.Array, levers: Sequence[str]) -> jax.Array:
    """Return what each payer pays [p] of amounts by lever."""
    return amounts @ view.controls.lever_payers[np.array([view.controls.lever_names.index(lever) for lever in levers])]


def _home_forces(view: View, own: Owned, people: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the yearly cost of people added on the US side [u, s] or set aside for reprisals, paid by the federation and by states."""
    p = own.p
    rates = {
        "guard": p.guard,
        "active": p.home,
        "border_patrol": p.bp_agent,
        "drug_agents": p.dea_agent,
        "local_police": p.police,
    }
    by_service = people.sum(-1) * jnp.stack([rates[service] for service in HOME_SERVICES])
    by_state = {"guard": view.orders.guard_on_state_orders, "local_police": jnp.ones(())}
    share = jnp.stack([by_state.get(service, jnp.zeros(())) for service in HOME_SERVICES])
    return by_service @ (1.0 - share) + p.guard * view.orders.guards.sum(), by_service @ share


def _prices(view: View, own: Owned) -> jax.Array:
    """Return the yearly price of a unit of each lever [priced]; arrests that emergency powers ask for have their own."""
    p, at = own.p, PRICED_LEVERS.index(ARRESTS)
    share = jnp.minimum(view.orders.emergency_arrests / jnp.maximum(_above(view, ARRESTS), TINY), 1.0)
    return p.price.at[at].add(share * (p.emergency_arrests - p.price[at]))


def _measures(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of levers by payer [p]: each at the price of a unit of its level, and once what it newly adds."""
    p = own.p
    once = p.start * _newly(view, own) / view.dt * WEEKS_PER_YEAR
    return _by_payer(view, _prices(view, own) * _bought(view, own), PRICED_LEVERS) + _by_payer(
        view, once, STARTED_LEVERS
    )


def _promised(view: View) -> jax.Array:
    """Return what the plan itself pays a year for aid, deals, compensation of trade and captives, by payer [p]."""
    controls = view.controls
    us = _one("us_federal") * (view.orders.trade_compensation + view[CAPTIVES_COST])
    return us + view.orders.partner_aid * controls.aid_payer + view[DEALS_COST] @ controls.deal_payer


def _in_care(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of shelter that the plan promises to those its zone displaces: who holds the zone pays."""
    return own.p.shelter * view.orders.shelter_return * (view.orders.zone_share * view.stock(DISPLACED)).sum()


def _residents(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of shelter and condolence to the United States, without that of the zone."""
    p, displaced = own.p, view.stock(DISPLACED)
    ordered = _above(view, "people.shelter") * displaced.sum()
    paid = jnp.minimum(view.lever("people.victim_support"), p.shelter * displaced.sum())
    condoled = view.lever("people.compensation") * view[US_CIVILIAN_DEATHS].sum() * WEEKS_PER_YEAR
    return p.shelter * ordered + paid + p.condolence * condoled


def _flights(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of flying hours: an aircraft aloft flies every hour of the year."""
    return own.p.flight_hour * HOURS_PER_DAY * DAYS_PER_WEEK * WEEKS_PER_YEAR / MILLION * view[ORBITS]


def _mexican_forces(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of people whom a plan adds to Mexico's forces, and of prisoners whom added arrests bring, by payer [p]."""
    added = view.orders.partner_people * (1.0 - view.controls.partner_origin.sum(-1))
    prisons = own.p.prisoner * view[ADDED_PRISONERS].sum()
    return own.p.mexico * (added @ view.controls.partner_payer) + _one("mexico") * prisons


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    there = jnp.maximum(view[HOME_ADDED], 0.0) if view.provided(HOME_ADDED) else view.orders.home_people
    by_federation, by_states = _home_forces(view, own, there)
    in_care = _in_care(view, own)
    forward, ready, dwell = (view.stock(account).sum() for account in (US_FORWARD, US_READY, US_DWELL))
    yearly = (
        _entry("us_federal", "task_forces", forward * p.forward * p.near + ready * p.home + _flights(view, own))
        + _entry("us_federal", "home_forces", by_federation)
        + _entry("us_states", "home_forces", by_states)
        + _entry("us_federal", "strikes", p.strike * view[US_STRIKES] * WEEKS_PER_YEAR)
        + _entry("us_federal", "casualties", p.death * own.s.deaths * WEEKS_PER_YEAR)
        + _entry("us_federal", "residents", _residents(view, own) + view[ZONE_US] * in_care)
        + _entry("mexico", "residents", (1.0 - view[ZONE_US]) * in_care)
        + (_promised(view) + _measures(view, own))[:, None] * IS_MEASURES
        + _mexican_forces(view, own)[:, None] * IS_FORCES
    )
    promised = _entry("us_federal", "casualties", p.overrun * p.care * view[US_WOUNDED]).sum(1)
    to_casualties = _entry("us_federal", "casualties", jnp.ones(()))
    flows = (
        Flow("spend", TREASURY, SPENT, amount=p.overrun * yearly / WEEKS_PER_YEAR, labels="pn", noisy=False),
        Flow("promise", TREASURY, CARE_OWED, amount=promised, noisy=False),
        Flow(
            "care",
            CARE_OWED,
            SPENT,
            hazard=1.0 / (p.care_years * WEEKS_PER_YEAR),
            route=to_casualties,
            route_labels="pn",
            noisy=False,
        ),
        Flow(
            "standing",
            ORDINARY_BUDGET,
            STANDING,
            amount=p.standing * (forward + ready + dwell) / WEEKS_PER_YEAR,
            noisy=False,
        ),
    )
    return Proposal(flows)


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    s = own.s
    deaths = jnp.stack([moved.entered(cause).sum() for cause in (US_KILLED_HOSTILE, US_DEAD_OTHER, US_KILLED_BY_MX)])
    return State(
        hired=s.hired + view.lever(HIRING) * view.dt / WEEKS_PER_YEAR,
        started=s.started + _newly(view, own),
        deaths=deaths.sum() / view.dt,
    )


def _affordable(view: View, own: Owned) -> jax.Array:
    """Return the share of the ordered task forces that the plan's ceiling pays for, after the forces at home."""
    p, orders = own.p, view.orders
    away = orders.forward_share
    ordered = p.overrun * (orders.people * (away * p.forward * p.near + (1.0 - away) * p.home)).sum()
    left = jnp.maximum(view.controls.ceiling - p.overrun * sum(_home_forces(view, own, orders.home_people)), 0.0)
    return jnp.where(ordered > left, left / jnp.maximum(ordered, TINY), 1.0)


def _spent(own: Owned, moved: Moved, payers: tuple[str, ...]) -> jax.Array:
    """Return USD that some payers spent in the step."""
    table = moved.by_name["cost.spend"]
    spent = jnp.stack([table[PAYERS.index(payer)].sum() for payer in payers]).sum()
    care = moved.by_name["cost.care"] if "us_federal" in payers else 0.0
    return MILLION * (spent + care)


def _fiscal(view: View, own: Owned, moved: Moved) -> jax.Array:
    return _spent(own, moved, ("us_federal", "us_states"))


def _present(view: View, own: Owned, moved: Moved) -> jax.Array:
    years = view.week / WEEKS_PER_YEAR
    return _fiscal(view, own, moved) * jnp.exp(-years * jnp.log1p(own.p.discount))


COST = Mechanism(
    name="cost",
    parameters=Parameters,
    state=State,
    accounts=(
        TREASURY,
        SPENT,
        CARE_OWED,
        ORDINARY_BUDGET,
        STANDING,
        DISPLACED,
        US_READY,
        US_FORWARD,
        US_DWELL,
        US_KILLED_HOSTILE,
        US_KILLED_BY_MX,
        US_DEAD_OTHER,
    ),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={AFFORDABLE: _affordable, SHELTER_PRICE: lambda view, own: own.p.shelter},
    outcomes=(
        Outcome("fiscal_cost", _fiscal, flow=True),
        Outcome("fiscal_cost_present", _present, flow=True),
        Outcome("fiscal_cost_mexico", lambda view, own, moved: _spent(own, moved, ("mexico",)), flow=True),
        Outcome("fiscal_cost_others", lambda view, own, moved: _spent(own, moved, ("others",)), flow=True),
        Outcome("care_owed", lambda view, own, moved: MILLION * moved.stocks[CARE_OWED]),
        Outcome("standing_cost", lambda view, own, moved: MILLION * moved(ORDINARY_BUDGET, STANDING), flow=True),
    ),
)
