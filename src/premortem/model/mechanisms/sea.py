"""The sea on which cocaine comes to Mexico: what is boarded, struck or let through, who dies there, and what it costs (docs/model/sea.md).

Of all drugs cocaine alone comes this way. What is removed raises what landed cocaine costs, and limits how much there can be.
"""

from __future__ import annotations

from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import Account
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import MANDATED
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, array, param, pytree
from premortem.model.signals import COCAINE_COST, COCAINE_LANDED, COCAINE_MADE, MANDATE, SEA_STRIKES
from premortem.model.units import TINY
from premortem.model.world import World

SENT_BY_SEA = Account("sent_by_sea", "kg", "", "pure cocaine that leaves for Mexico by sea", source=True)
REMOVED_AT_SEA = Account("removed_at_sea", "kg", "", "pure cocaine seized, sunk or thrown overboard on the way")
CREWS = Account("crews", "person", "", "people who sail with cocaine, or are taken for such", source=True)
KILLED_AT_SEA = Account("killed_at_sea", "person", "", "people killed by strikes at sea")
DETAINED_AT_SEA = Account("detained_at_sea", "person", "", "people detained from boarded boats")


@pytree
class Parameters:
    """Parameters of data/parameters/sea.toml, with their units and sources there."""

    removed: jax.Array = param("share")
    returns: jax.Array = param("exponent")
    reliance: jax.Array = param("exponent")
    boats: jax.Array = param("vessel/week")
    hit: jax.Array = param("share")
    killed: jax.Array = param("person/strike")
    detained: jax.Array = param("person/vessel")
    uninvolved: jax.Array = param("share")
    replaced: jax.Array = param("share")
    coast_share: jax.Array = param("share")
    build_up: jax.Array = param("week")
    withheld: jax.Array = param("share")
    partner_gain: jax.Array = param("share")
    partner_time: jax.Array = param("week")
    shift: jax.Array = param("share")
    shift_time: jax.Array = param("week")


@pytree
class State:
    """What the sea has come to."""

    assets: jax.Array = array("ratio", "", "days at sea of cutters and aircraft over the start, as built up")
    partners: jax.Array = array("ratio", "", "intelligence of partners over the start")
    shifted: jax.Array = array("share", "", "of cocaine that has moved to containers and aircraft")


Owned = Own[Parameters, Nothing, State]


def _start(view: View, p: Parameters) -> tuple[Nothing, State]:
    return Nothing(), State(jnp.ones(()), jnp.ones(()), jnp.zeros(()))


def _strikes(view: View) -> jax.Array:
    """Return strikes a week: those that went on at the start unless they are ended, and what Washington lets happen of more."""
    ordered, standing = view.lever("sea.strikes"), view.status_quo("sea.strikes")
    return jnp.minimum(ordered, standing) + _beyond(view)


def _beyond(view: View) -> jax.Array:
    """Return strikes a week beyond those that went on at the start, which are settled in Washington."""
    more = jnp.maximum(view.lever("sea.strikes") - view.status_quo("sea.strikes"), 0.0)
    return more * view[MANDATE][MANDATED.index("strikes")]


def _hazards(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return the hazards [] to a boat on its way: of being boarded, and of being struck."""
    p, s = own.p, own.s
    at_start = jnp.maximum(-jnp.log1p(-p.removed) - view.status_quo("sea.strikes") * p.hit / p.boats, 0.0)
    return at_start * s.assets**p.returns * s.partners**p.reliance, _strikes(view) * p.hit / p.boats


def _removed(view: View, own: Owned) -> jax.Array:
    """Return the share [] of cocaine bound for Mexico that is lost on the way; what goes in containers and by air is not seen at sea."""
    return -jnp.expm1(-sum(_hazards(view, own))) * (1.0 - own.s.shifted)


def _over_start(view: View, own: Owned) -> jax.Array:
    """Return the share [] that lands over that of the start, were as much sent."""
    return (1.0 - _removed(view, own)) / (1.0 - own.p.removed)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    p = own.p
    boarded, struck = _hazards(view, own)
    removed = _removed(view, own)
    sent = view[COCAINE_MADE] / jnp.maximum(1.0 - removed, TINY)
    boats = (
        p.boats * (1.0 - own.s.shifted) * -jnp.expm1(-boarded - struck) * boarded / jnp.maximum(boarded + struck, TINY)
    )
    flows = (
        Flow("removed", SENT_BY_SEA, REMOVED_AT_SEA, amount=sent * removed, noisy=False),
        Flow("killed", CREWS, KILLED_AT_SEA, amount=_strikes(view) * p.killed),
        Flow("detained", CREWS, DETAINED_AT_SEA, amount=boats * p.detained),
    )
    return Proposal(flows)


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    p, s = own.p, own.s
    usual = 1.0 - p.withheld * min(view.status_quo("sea.strikes"), 1.0)
    partners = (1.0 - p.withheld * jnp.minimum(_strikes(view), 1.0)) / usual
    partners *= 1.0 + p.partner_gain * view.lever("sea.partner_intelligence")
    risk = jnp.maximum(sum(_hazards(view, own)) + jnp.log1p(-p.removed), 0.0)
    return State(
        assets=view.approach(s.assets, view.lever("sea.boarding"), p.build_up),
        partners=view.approach(s.partners, partners, p.partner_time),
        shifted=view.approach(s.shifted, -p.shift * jnp.expm1(-risk), p.shift_time),
    )


def _open(world: World, p: Parameters) -> Mapping[Account, jax.Array]:
    return {}


SEA = Mechanism(
    name="sea",
    parameters=Parameters,
    state=State,
    accounts=(SENT_BY_SEA, REMOVED_AT_SEA, CREWS, KILLED_AT_SEA, DETAINED_AT_SEA),
    open=_open,
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={
        SEA_STRIKES: lambda view, own: _beyond(view),
        # Senders make up for a part of what they lose; what lands costs them more.
        COCAINE_LANDED: lambda view, own: _over_start(view, own) ** (1.0 - own.p.replaced),
        COCAINE_COST: lambda view, own: -own.p.coast_share * jnp.log(_over_start(view, own)),
    },
    outcomes=(
        Outcome("cocaine_removed_at_sea", lambda view, own, moved: moved.entered(REMOVED_AT_SEA), flow=True),
        Outcome("killed_at_sea", lambda view, own, moved: moved.entered(KILLED_AT_SEA), flow=True),
        Outcome(
            "uninvolved_killed_at_sea",
            lambda view, own, moved: own.p.uninvolved * moved.entered(KILLED_AT_SEA),
            flow=True,
        ),
        Outcome("detained_at_sea", lambda view, own, moved: moved.entered(DETAINED_AT_SEA), flow=True),
        Outcome("partners_at_sea", lambda view, own, moved: own.s.partners),
    ),
)
