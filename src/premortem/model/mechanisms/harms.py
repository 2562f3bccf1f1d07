"""Harms: what measures do wrong beside what they are for (docs/model/harms.md).

Arrests in mass hold the wrong people, some of whom die in custody, and prisons recruit; those who give information are killed for it;
organisations answer transfers of their leaders; part of what is given in aid never arrives. Nothing happens here at the status quo.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import (
    HELD_MX_FINAL,
    HELD_MX_RETURN,
    MEMBERS,
    MX_FORCES_KILLED,
    MX_FORCES_RESERVE,
    RESIDENTS_HOME,
    RESIDENTS_KILLED,
    Account,
)
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import PARTIES
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import ADDED_PRISONERS, AID_KEPT, VIOLENCE
from premortem.model.units import MILLION, TINY, WEEKS_PER_YEAR

WRONGLY_HELD = Account("wrongly_held", "person", "r", "residents held who belong to no organisation")
DIED_IN_CUSTODY = Account("died_in_custody", "person", "r", "members who died in custody of added arrests")
ARRESTS = "state.arrest_capacity"
STATE, ORGANISATIONS = PARTIES.index("state"), PARTIES.index("organisations")


@pytree
class Parameters:
    """Priors and sources: data/parameters/harms.toml."""

    wrongly_held: jax.Array = param("share")
    wrongly_dose: jax.Array = param("exponent")
    wrongly_emergency: jax.Array = param("ratio")
    wrongly_time: jax.Array = param("week")
    custody_death: jax.Array = param("1/year")
    prison_school: jax.Array = param("1/year")
    sentence: jax.Array = param("week")
    informants: jax.Array = param("person")
    informants_more: jax.Array = param("ratio")
    exposed: jax.Array = param("1/year")
    protected: jax.Array = param("ratio")
    reply: jax.Array = param("attack/person")
    reply_deaths: jax.Array = param("death/attack")
    reply_forces: jax.Array = param("share")
    reply_time: jax.Array = param("week")
    aid_loss: jax.Array = param("share")


@pytree
class State:
    """What added arrests and transfers have brought."""

    added: jax.Array = array("person/week", "r", "arrests of last week because of the lever")
    prisoners: jax.Array = array("person", "r", "in prison because of it")
    reply: jax.Array = array("attack/week", "", "attacks in answer to transfers")


Owned = Own[Parameters, Nothing, State]


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    nobody = jnp.zeros(view.world.regions)
    return Nothing(), State(nobody, nobody, jnp.zeros(()))


def _wrong(view: View, own: Owned) -> jax.Array:
    """Return residents held wrongly for each member whom added arrests bring in: more of them where more are arrested."""
    p = own.p
    without_rights = 1.0 + p.wrongly_emergency * view.orders.emergency
    share = p.wrongly_held * jnp.maximum(view.delivered(ARRESTS), 1.0) ** p.wrongly_dose * without_rights
    share = jnp.minimum(share, 1.0 / 2.0)
    return share / (1.0 - share)


def _informants_killed(view: View, own: Owned) -> jax.Array:
    """Return people a week killed because they give information, and those of them beyond the start, [2]."""
    p, protection = own.p, view.lever("people.tip_protection")
    residents = view.stock(RESIDENTS_HOME)
    violence = (view[VIOLENCE] * residents).sum() / jnp.maximum(residents.sum(), 1.0)
    before = p.informants * p.exposed / WEEKS_PER_YEAR * violence
    now = before * (1.0 + p.informants_more * protection) * (1.0 - protection * (1.0 - p.protected))
    return jnp.stack([now, jnp.maximum(now - before, 0.0)])


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p, s = own.p, own.s
    residents, members = view.stock(RESIDENTS_HOME), view.stock(MEMBERS)
    local = members / jnp.maximum(members.sum(0), 1.0)
    everywhere = residents / jnp.maximum(residents.sum(), 1.0)
    dying = p.custody_death / WEEKS_PER_YEAR
    by_state, by_organisations = (jnp.zeros(len(PARTIES)).at[party].set(1.0) for party in (STATE, ORGANISATIONS))
    attacks = p.reply_deaths * s.reply
    struck = (1.0 - p.reply_forces) * attacks + _informants_killed(view, own)[1]
    return Proposal(
        (
            Flow("wrongly", RESIDENTS_HOME, WRONGLY_HELD, amount=_wrong(view, own) * s.added, noisy=False),
            Flow("freed", WRONGLY_HELD, RESIDENTS_HOME, hazard=jnp.ones_like(s.added) / p.wrongly_time, noisy=False),
            Flow(
                "custody",
                WRONGLY_HELD,
                RESIDENTS_KILLED,
                hazard=dying * jnp.ones_like(s.added),
                route=by_state,
                route_labels="a",
                noisy=False,
            ),
            Flow(
                "members_in_custody",
                HELD_MX_FINAL,
                DIED_IN_CUSTODY,
                hazard=dying * (s.prisoners / jnp.maximum(_held(view), 1.0)) * jnp.ones_like(members),
                noisy=False,
            ),
            Flow(
                "school",
                RESIDENTS_HOME,
                MEMBERS,
                amount=p.prison_school / WEEKS_PER_YEAR * s.prisoners * local,
                labels="or",
                noisy=False,
            ),
            Flow(
                "struck",
                RESIDENTS_HOME,
                RESIDENTS_KILLED,
                amount=struck * everywhere,
                route=by_organisations,
                route_labels="a",
                noisy=False,
            ),
            Flow(
                "forces_struck",
                MX_FORCES_RESERVE,
                MX_FORCES_KILLED,
                amount=p.reply_forces * attacks * everywhere,
                labels="r",
                noisy=False,
            ),
        )
    )


def _held(view: View) -> jax.Array:
    return (view.stock(HELD_MX_RETURN) + view.stock(HELD_MX_FINAL)).sum(0)


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    p, s = own.p, own.s
    arrested = (moved(MEMBERS, HELD_MX_RETURN) + moved(MEMBERS, HELD_MX_FINAL)).sum(0) / view.dt
    more = jnp.maximum(1.0 - view.status_quo(ARRESTS) / jnp.maximum(view.delivered(ARRESTS), TINY), 0.0)
    transfers = view.delivered("leadership.transfers") - view.status_quo("leadership.transfers")
    return State(
        added=arrested * more,
        prisoners=s.prisoners * jnp.exp(-view.dt / p.sentence) + arrested * more * view.dt,
        reply=view.approach(s.reply, p.reply * jnp.maximum(transfers, 0.0) / WEEKS_PER_YEAR, p.reply_time),
    )


def _aid(view: View) -> jax.Array:
    """Return aid beyond the status quo, million USD a year."""
    return jnp.maximum(view.lever("mexico.aid") - view.status_quo("mexico.aid"), 0.0) + view.orders.partner_aid


HARMS = Mechanism(
    name="harms",
    parameters=Parameters,
    state=State,
    accounts=(
        RESIDENTS_HOME,
        WRONGLY_HELD,
        RESIDENTS_KILLED,
        MEMBERS,
        HELD_MX_RETURN,
        HELD_MX_FINAL,
        DIED_IN_CUSTODY,
        MX_FORCES_RESERVE,
        MX_FORCES_KILLED,
    ),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={AID_KEPT: lambda view, own: 1.0 - own.p.aid_loss, ADDED_PRISONERS: lambda view, own: own.s.prisoners},
    outcomes=(
        Outcome("wrongly_held", lambda view, own, moved: moved.entered(WRONGLY_HELD), labels="r", flow=True),
        Outcome(
            "deaths_in_custody",
            lambda view, own, moved: moved.entered(DIED_IN_CUSTODY) + moved.by_name["harms.custody"],
            labels="r",
            flow=True,
        ),
        Outcome("informants_killed", lambda view, own, moved: _informants_killed(view, own)[0] * view.dt, flow=True),
        Outcome(
            "aid_lost",
            lambda view, own, moved: MILLION * own.p.aid_loss * _aid(view) * view.dt / WEEKS_PER_YEAR,
            flow=True,
        ),
        Outcome("prisoners_mx", lambda view, own, moved: _held(view), labels="r"),
    ),
)
