"""Cost: who pays what because of the plan, in constant dollars of 2025, once.

Chapter: docs/model/cost.md. Added spending leaves a payer and enters a kind (double entry); what units cost anyway is a memo of its own,
lost trade is `economy`, lives are counted as lives. Forces of the status quo are under every plan and cost nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp

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
from premortem.model.index_sets import HOME_SERVICES, PAYERS, SPENDING
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import (
    AFFORDABLE,
    CAPTIVES_COST,
    SHELTER_PRICE,
    US_CIVILIAN_DEATHS,
    US_STRIKES,
    US_WOUNDED,
    ZONE_US,
)
from premortem.model.units import MILLION, TINY, WEEKS_PER_YEAR
from premortem.model.world import World

TREASURY = Account("treasury", "million USD", "p", "public money of each payer", source=True)
SPENT = Account("spent", "million USD", "pn", "added spending because of the plan, by payer and kind")
CARE_OWED = Account("care_owed", "million USD", "", "promised to the wounded and not yet spent")
ORDINARY_BUDGET = Account("ordinary_budget", "million USD", "", "what pays units that exist anyway", source=True)
STANDING = Account(
    "standing", "million USD", "", "peacetime cost of the forces tied up: a memo, never added to spending"
)


@pytree
class Parameters:
    """Parameters of data/parameters/cost.toml, with their units and sources there; money in million USD."""

    home: jax.Array = param("million USD/(person year)")
    guard: jax.Array = param("million USD/(person year)")
    forward: jax.Array = param("million USD/(person year)")
    near: jax.Array = param("ratio")
    strike: jax.Array = param("million USD/strike")
    death: jax.Array = param("million USD/death")
    care: jax.Array = param("million USD/wounded")
    care_years: jax.Array = param("year")
    condolence: jax.Array = param("million USD/death")
    shelter: jax.Array = param("million USD/(person year)")
    mexico: jax.Array = param("million USD/(person year)")
    bp_agent: jax.Array = param("million USD/(person year)")
    dea_agent: jax.Array = param("million USD/(person year)")
    command_staff: jax.Array = param("person")
    overrun: jax.Array = param("ratio")
    discount: jax.Array = param("1/year")
    standing: jax.Array = param("million USD/(person year)")


@pytree
class State:
    """What is carried to be paid."""

    hired: jax.Array = array("agent", "", "hired so far by a lever")
    deaths: jax.Array = array("person/week", "", "US people who died in the last step")


Owned = Own[Parameters, Nothing, State]


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    return Nothing(), State(jnp.zeros(()), jnp.zeros(()))


def _entry(payer: str, kind: str, amount: jax.Array) -> jax.Array:
    """Return ``amount`` at its place in a table [payer, kind]."""
    return jnp.zeros((len(PAYERS), len(SPENDING))).at[PAYERS.index(payer), SPENDING.index(kind)].set(amount)


def _above(view: View, lever: str) -> jax.Array:
    """Return how far a lever stands above its status quo; a cut saves nothing here."""
    return jnp.maximum(view.lever(lever) - view.status_quo(lever), 0.0)


def _delivered_above(view: View, lever: str) -> jax.Array:
    return jnp.maximum(view.delivered(lever) - view.status_quo(lever), 0.0)


def _home_forces(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return the yearly cost of people added on the US side or set aside for reprisals, paid by the federation and by states."""
    p = own.p
    rates = {
        "guard": p.guard,
        "active": p.home,
        "border_patrol": p.bp_agent,
        "drug_agents": p.dea_agent,
        "local_police": p.bp_agent,
    }
    by_service = view.orders.home_people.sum(-1) * jnp.stack([rates[service] for service in HOME_SERVICES])
    by_state = {"guard": view.orders.guard_on_state_orders, "local_police": jnp.ones(())}
    share = jnp.stack([by_state.get(service, jnp.zeros(())) for service in HOME_SERVICES])
    return by_service @ (1.0 - share) + p.guard * view.orders.guards.sum(), by_service @ share


def _measures(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost of levers and aid to the US federation."""
    p, home = own.p, view.world.home
    staff = ("command.single_supported_commander", "command.written_duties", "command.liaison_with_host")
    drug_agents = home.people[HOME_SERVICES.index("drug_agents")].sum()
    return (
        p.command_staff * p.home * jnp.stack([_above(view, lever) for lever in staff]).sum()
        + p.bp_agent * (own.s.hired + home.agents.sum() * _above(view, "crossings.north_effort"))
        + p.dea_agent
        * drug_agents
        * (_above(view, "drugs.interior_effort") + _above(view, "homefront.city_enforcement"))
        + _above(view, "mexico.aid")
        + view.orders.partner_aid
        + view.orders.trade_compensation
        + view.orders.stated_cost
        + view[CAPTIVES_COST]
    )


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


def _mexican_forces(view: View, own: Owned) -> jax.Array:
    """Return the yearly cost to Mexico of forces added to those of the status quo."""
    capacity = _delivered_above(view, "state.arrest_capacity")
    added = capacity * (view.world.federal_forces + view.world.state_police).sum()
    added = added + _delivered_above(view, "state.border_deployment")
    added = added + (view.orders.partner_people * (1.0 - view.controls.partner_origin.sum(-1))).sum()
    return own.p.mexico * added


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    by_federation, by_states = _home_forces(view, own)
    in_care = _in_care(view, own)
    forward, ready, dwell = (view.stock(account).sum() for account in (US_FORWARD, US_READY, US_DWELL))
    yearly = (
        _entry("us_federal", "task_forces", forward * p.forward * p.near + ready * p.home)
        + _entry("us_federal", "home_forces", by_federation)
        + _entry("us_states", "home_forces", by_states)
        + _entry("us_federal", "strikes", p.strike * view[US_STRIKES] * WEEKS_PER_YEAR)
        + _entry("us_federal", "casualties", p.death * own.s.deaths * WEEKS_PER_YEAR)
        + _entry("us_federal", "residents", _residents(view, own) + view[ZONE_US] * in_care)
        + _entry("mexico", "residents", (1.0 - view[ZONE_US]) * in_care)
        + _entry("us_federal", "measures", _measures(view, own))
        + _entry("mexico", "mexican_forces", _mexican_forces(view, own))
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
    deaths = jnp.stack([moved.entered(cause).sum() for cause in (US_KILLED_HOSTILE, US_DEAD_OTHER, US_KILLED_BY_MX)])
    hired = own.s.hired + view.lever("homefront.bp_hire") * view.dt / WEEKS_PER_YEAR
    return State(hired=hired, deaths=deaths.sum() / view.dt)


def _affordable(view: View, own: Owned) -> jax.Array:
    """Return the share of the ordered task forces that the plan's ceiling pays for, after the forces at home."""
    p, orders = own.p, view.orders
    away = orders.forward_share
    ordered = p.overrun * (orders.people * (away * p.forward * p.near + (1.0 - away) * p.home)).sum()
    left = jnp.maximum(view.controls.ceiling - p.overrun * sum(_home_forces(view, own)), 0.0)
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
        Outcome("care_owed", lambda view, own, moved: MILLION * moved.stocks[CARE_OWED]),
        Outcome("standing_cost", lambda view, own, moved: MILLION * moved(ORDINARY_BUDGET, STANDING), flow=True),
    ),
)
