"""Fights among organisations, whom they kill and hide, and the homicides that are not theirs (docs/model/rivalry.md).

Every organisation meets every other in proportion to their members in a region (mass action). How deadly a region's meetings are is solved
from its homicides at the start; heat (`premortem.model.heat`) carries what size and ties do not explain, wars among it; disruption what
pressure by forces stirs up. A trade that is worth more is fought over more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model import heat, truces
from premortem.model.accounts import (
    KILLED_BY_MX,
    KILLED_BY_RIVALS,
    KILLED_BY_US,
    MEMBERS,
    MISSING_MEMBERS,
    MISSING_RESIDENTS,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    RESIDENTS_KILLED_OTHER,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.heat import Heat, HeatParameters
from premortem.model.index_sets import PARTIES
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ALLY_STRENGTH,
    CONFLICT,
    COVERAGE,
    EXPOSED,
    FEUD,
    INTERNAL_CONFLICT,
    LETHALITY,
    ORGANISED_DEATHS,
    RECORDED_STATE_KILLS,
    REGIONAL_PRESSURE_RATIO,
    RIVAL_WEIGHT,
    TRADE_VALUE,
    TRUCE,
    VIOLENCE,
    WAR_ONSET,
)
from premortem.model.truces import TruceParameters, Truces
from premortem.model.units import TINY, WEEKS_PER_YEAR


@pytree
class Parameters(HeatParameters, TruceParameters):
    """Draws of one future; meanings, priors and sources in data/parameters/rivalry.toml."""

    base_factor: jax.Array = param("ratio")
    organised_floor: jax.Array = param("share")
    risk_most: jax.Array = param("ratio")
    member_share: jax.Array = param("share")
    hidden: jax.Array = param("share")
    level_missing: jax.Array = param("ratio")
    alpha: jax.Array = param("exponent")
    k_d: jax.Array = param("elasticity")
    tau_rise: jax.Array = param("week")
    tau_d: jax.Array = param("week")
    presence: jax.Array = param("log")
    k_v: jax.Array = param("elasticity")
    value_span: jax.Array = param("ratio")
    n_h: jax.Array = param("exponent")


@pytree
class Constants:
    """Solved from the homicides of the start."""

    theta: jax.Array = array("1/week", "r", "risk per contact")
    residents: jax.Array = array("share", "r", "of the population: contact is spread over them")
    base: jax.Array = array("person/week", "r", "homicides that are not organised")
    deaths: jax.Array = array("person/week", "r", "organised deaths, found and hidden, members and others")
    apart: jax.Array = array("person/week", "r", "those of them that no meeting of members explains")
    organised: jax.Array = array("share", "r", "of recorded homicides at the start")
    of_state: jax.Array = array("index", "r", "region whose luck a region shares, one for each state")
    past: jax.Array = array("log", "", "national homicides before the start over those of the start")


@pytree
class State:
    """What rivalry carries from week to week."""

    heat: Heat
    truces: Truces
    disruption: jax.Array = array("log", "r", "of violence")
    deaths: jax.Array = array(
        "person/week", "r", "organised deaths of last week as ordered, found and hidden, members and others"
    )
    found: jax.Array = array("person/week", "r", "those of them who are found")


@dataclasses.dataclass(frozen=True)
class Contact:
    """Members of rivals whom a member meets: ``all`` [o, r] as if no truce held, ``parties`` [deal, o, r] those of the other parties."""

    all: jax.Array
    parties: jax.Array

    def under(self, holds: jax.Array, depth: jax.Array) -> jax.Array:
        """Return [o, r] contact when truces hold [deal, r] that lower it among their parties to ``depth``."""
        return self.all - (1.0 - depth) * jnp.einsum("dr,dor->or", holds, self.parties)


def _contact(view: View, p: Parameters) -> Contact:
    """Return contact, weighted by how hostile rivals are and how exposed both sides.

    Every pair fights a little, declared rivals more, a splinter and its parent most where they live, and an organisation's own allies
    protect it; a pool fights itself. What the loss of a leader stirs up is the organisation's own.
    """
    members, parties = view.stock(MEMBERS), view.controls.deal_parties
    exposed = jnp.exp(p.n_h * jnp.log(view[EXPOSED]))
    # All members, and those of each deal's parties alone: one product for all.
    there = jnp.concatenate([jnp.ones((1, len(members))), parties])[:, :, None] * members * exposed
    ties = jnp.concatenate([view[RIVAL_WEIGHT], view[FEUD]])
    rivals, feuds = jnp.split(jnp.einsum("ij,djr->dir", ties, there), 2, axis=1)
    at_home = members / jnp.maximum(members.max(1, keepdims=True), TINY)
    protection = jnp.exp(-p.alpha * jnp.log1p(view[ALLY_STRENGTH]))[:, None]
    others = protection * (rivals + at_home * feuds + there.sum(1, keepdims=True) - there)
    inside = (view.world.pooled[:, None] + view[INTERNAL_CONFLICT]) * there
    met = (others + inside) * exposed * view[CONFLICT]
    return Contact(met[0], met[1:] * parties[:, :, None])


def _solve(view: View, p: Parameters) -> Constants:
    """Solve each region's risk per contact from its homicides: what is neither base nor killed by Mexican forces is organised.

    Where hardly any rivals meet, the record says nothing of how deadly a meeting is: no risk is above the nation's by more than
    ``risk_most``, and the organised deaths that this leaves are apart from members' fights.
    """
    world = view.world
    of_state = jnp.argmax(world.same_state > 0, axis=1)
    recorded = heat.level(world, p, of_state)
    base = p.base_factor * world.homicides_base / WEEKS_PER_YEAR

    def organised(homicides: jax.Array, by_forces: jax.Array) -> jax.Array:
        weekly = homicides / WEEKS_PER_YEAR
        return jnp.maximum(weekly - base - by_forces, p.organised_floor * weekly)

    by_forces = view[RECORDED_STATE_KILLS]
    now = organised(recorded, by_forces)
    deaths = now / (1.0 - p.hidden)
    residents = world.population / world.population.sum()
    contact = (view.stock(MEMBERS) * _contact(view, p).all).sum(0) / residents
    risk, nation = deaths / jnp.maximum(contact, TINY), deaths.sum() / jnp.maximum(contact.sum(), TINY)
    of_meetings = jnp.minimum(p.risk_most * nation / jnp.where(risk > 0, risk, 1.0), 1.0)
    return Constants(
        theta=p.member_share * risk * of_meetings,
        residents=residents,
        # The floor can exceed what the record leaves; then the base gives way, so that the sum is the record.
        base=jnp.maximum(recorded / WEEKS_PER_YEAR - now - by_forces, 0.0),
        deaths=deaths,
        apart=deaths * (1.0 - of_meetings),
        organised=(now * WEEKS_PER_YEAR + TINY) / (recorded + TINY),
        of_state=of_state,
        past=heat.past(world),
    )


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    c = _solve(view, p)
    return c, State(
        heat.begin(view.world, p), truces.begin(view), jnp.zeros_like(c.theta), c.deaths, c.deaths * (1.0 - p.hidden)
    )


def _balance(
    view: View, own: Own[Parameters, Constants, State], hazards: Mapping[tuple[Account, Account], jax.Array]
) -> Balanced:
    return Balanced(*_start(view, own.p))


def _stake(view: View, p: Parameters) -> jax.Array:
    """Return the logarithm of what the drug trade is worth over the start, levelling off at the span in which fights follow it."""
    span = jnp.log(p.value_span)
    return span * jnp.tanh(jnp.log(jnp.maximum(view[TRADE_VALUE], TINY)) / span)


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    p, c, s = own.p, own.c, own.s
    members = view.stock(MEMBERS)
    stirred = jnp.exp(s.disruption - p.presence * view[COVERAGE] + p.k_v * _stake(view, p))
    hot = heat.on_fights(s.heat, p, c.organised)
    contact, holds = _contact(view, p), truces.in_force(view, s.truces)
    # Some of the deaths that a truce seems to avoid happen all the same, and are hidden.
    depth = p.truce_depth + p.truce_hidden * (1.0 - p.truce_depth)
    hazard = c.theta / c.residents * stirred * hot * contact.under(holds, depth) * view[LETHALITY]
    hazard = jnp.minimum(hazard, 1.0 / view.dt)  # nobody dies twice, nor draws residents along twice
    met = jnp.maximum((members * contact.all).sum(0), TINY)
    covered = jnp.einsum("or,dor->dr", members, contact.parties) / met
    avoided = (1.0 - p.truce_depth) * (holds * covered).sum(0)
    hidden = (p.hidden * (1.0 - avoided) + p.truce_hidden * avoided) / (1.0 - avoided + p.truce_hidden * avoided)
    fights, apart = (members * hazard).sum(0) / p.member_share, c.apart * stirred * hot
    deaths, others = fights + apart, fights * (1.0 - p.member_share) + apart
    by_organisations = jnp.zeros(len(PARTIES)).at[PARTIES.index("organisations")].set(1.0)

    kept, risen = truces.week(view, p, s.truces, luck, c.of_state, covered)
    hotter = heat.week(s.heat, p, luck, view.dt, c.of_state, c.past, view[WAR_ONSET] * p.war_size + risen)
    return Proposal(
        (
            Flow("members", MEMBERS, KILLED_BY_RIVALS, hazard=hazard * (1.0 - hidden)),
            Flow("members_hidden", MEMBERS, MISSING_MEMBERS, hazard=hazard * hidden, noisy=False),
            Flow(
                "residents",
                RESIDENTS_HOME,
                RESIDENTS_KILLED,
                amount=others * (1.0 - hidden),
                route=by_organisations,
                route_labels="a",
            ),
            Flow("residents_hidden", RESIDENTS_HOME, MISSING_RESIDENTS, amount=others * hidden),
            Flow("base", RESIDENTS_HOME, RESIDENTS_KILLED_OTHER, amount=c.base),
        ),
        (hotter, kept, deaths, deaths * (1.0 - hidden)),
    )


def _settle(
    view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: tuple[Heat, Truces, jax.Array, jax.Array]
) -> State:
    p, s = own.p, own.s
    hotter, kept, deaths, found = memo
    members = view.stock(MEMBERS)
    shares = members / jnp.maximum(members.sum(0), TINY)
    crowding = 1.0 - (shares**2 * view.world.concentration[:, None]).sum(0)
    target = p.k_d * crowding * jnp.log(view[REGIONAL_PRESSURE_RATIO])
    rising = (target * s.disruption >= 0) & (jnp.abs(target) > jnp.abs(s.disruption))
    disruption = view.approach(s.disruption, target, jnp.where(rising, p.tau_rise, p.tau_d))
    return State(hotter, kept, disruption, deaths, found)


def _residents(moved: Moved, party: str) -> jax.Array:
    return moved.entered(RESIDENTS_KILLED)[PARTIES.index(party)]


def _hidden(moved: Moved) -> jax.Array:
    """Return [r] killed by organisations and hidden."""
    return moved(MEMBERS, MISSING_MEMBERS).sum(0) + moved.entered(MISSING_RESIDENTS)


def _missing(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    """Return [r] people gone missing who stay so: as the register counted them at the start, moved with killings that are hidden.

    The register holds more people than the killed and hidden: of whom they are a part is not known, so only their change is used.
    """
    p, c, world = own.p, own.c, view.world
    weekly = world.missing * jnp.exp(world.missing_spread * p.level_missing) / WEEKS_PER_YEAR
    return weekly * view.dt * (_hidden(moved) / view.dt + TINY) / (c.deaths * p.hidden + TINY)


def _homicides(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    """Return [r] homicides as recorded: base, organised and found, and the recorded share of killings by Mexican forces."""
    organised = moved(MEMBERS, KILLED_BY_RIVALS).sum(0) + _residents(moved, "organisations")
    return moved.entered(RESIDENTS_KILLED_OTHER) + organised + view[RECORDED_STATE_KILLS] * view.dt


def _violent_deaths(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    """Return [r] everyone killed, by anyone, found or hidden, recorded or not; forces apart."""
    members = moved(MEMBERS, KILLED_BY_RIVALS) + moved(MEMBERS, KILLED_BY_MX) + moved(MEMBERS, KILLED_BY_US)
    residents = moved.entered(RESIDENTS_KILLED).sum(0) + moved.entered(RESIDENTS_KILLED_OTHER)
    return members.sum(0) + residents + _hidden(moved)


def _homicides_zone(view: View, own: Own[Parameters, Constants, State], moved: Moved) -> jax.Array:
    return _homicides(view, own, moved) * view.world.zone


RIVALRY = Mechanism(
    name="rivalry",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(
        MEMBERS,
        RESIDENTS_HOME,
        KILLED_BY_RIVALS,
        MISSING_MEMBERS,
        MISSING_RESIDENTS,
        RESIDENTS_KILLED,
        RESIDENTS_KILLED_OTHER,
    ),
    start=_start,
    balance=_balance,
    balance_stage=1,
    propose=_propose,
    settle=_settle,
    signals={
        VIOLENCE: lambda view, own: (own.s.deaths + TINY) / (own.c.deaths + TINY),
        ORGANISED_DEATHS: lambda view, own: own.s.found,
        TRUCE: lambda view, own: truces.bound(view, own.s.truces),
    },
    outcomes=(
        Outcome("truce_regions", lambda view, own, moved: truces.in_force(view, own.s.truces).max(0).sum()),
        Outcome("homicides_mx", _homicides, labels="r", flow=True),
        Outcome("homicides_zone", _homicides_zone, labels="r", flow=True),
        Outcome("violent_deaths_mx", _violent_deaths, labels="r", flow=True),
        Outcome("missing", _missing, labels="r", flow=True),
        Outcome(
            "civilians_killed_organisations",
            lambda view, own, moved: _residents(moved, "organisations"),
            labels="r",
            flow=True,
        ),
        Outcome(
            "civilians_killed_unattributed",
            lambda view, own, moved: _residents(moved, "unattributed"),
            labels="r",
            flow=True,
        ),
        Outcome(
            "members_killed_rivals",
            lambda view, own, moved: (moved(MEMBERS, KILLED_BY_RIVALS) + moved(MEMBERS, MISSING_MEMBERS)).sum(0),
            labels="r",
            flow=True,
        ),
    ),
)
