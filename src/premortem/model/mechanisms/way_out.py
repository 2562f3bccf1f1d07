"""Members who leave because a deal offers it: amnesty, lighter sentences, demobilisation, and who returns (docs/model/way_out.md).

Offers raise the rate at which members come forward one by one; an organisation that agrees to disband sends people as fast as there are
places. A part of them returns to arms. Truces, which bind organisations and take nobody out, are `rivalry`'s.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import MEMBERS, RESIDENTS_HOME, Account
from premortem.model.flows import Flow, Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import DEAL_CHILL, DEALS_COST, PRESSURE_RATIO
from premortem.model.units import TINY, WEEKS_PER_YEAR

IN_PROGRAMME = Account(
    "in_programme", "person", "or", "former members who left by a deal less than a few years ago", divides=True
)


@pytree
class Parameters:
    """Draws of one future; meanings, priors and sources in data/parameters/way_out.toml."""

    leave: jax.Array = param("1/year")
    breadth: jax.Array = param("share", "way_out")
    under_pressure: jax.Array = param("elasticity")
    agree: jax.Array = param("probability")
    agree_luck: jax.Array = param("probability")
    places_used: jax.Array = param("share")
    settle: jax.Array = param("week")
    relapse: jax.Array = param("share")
    successors: jax.Array = param("share")
    price: jax.Array = param("million USD/(person year)")
    watch: jax.Array = param("million USD/year")
    chill: jax.Array = param("log")


@pytree
class Constants:
    """What is drawn once a future."""

    agreed: jax.Array = array("share", "", "1 where organisations agree to disband when they are asked")


@pytree
class State:
    """Who is in programmes."""

    people: jax.Array = array("person", "b", "who left by each deal and has not settled or returned")


Owned = Own[Parameters, Constants, State]


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    return Constants((p.agree_luck < p.agree).astype(float)), State(jnp.zeros_like(view.orders.deal_places))


def _leaving(view: View, own: Owned) -> tuple[jax.Array, jax.Array]:
    """Return [deal, o, r] the rate at which members come forward, and people a week whom disbanding organisations send."""
    p, orders, controls = own.p, view.orders, view.controls
    here = controls.deal_parties[:, :, None] * controls.deal_regions[:, None, :]
    offered = (orders.way_out @ p.breadth)[:, None, None] * here
    rate = p.leave / WEEKS_PER_YEAR * offered * view[PRESSURE_RATIO] ** p.under_pressure
    members = view.stock(MEMBERS) * here
    share = members / jnp.maximum(members.sum((1, 2), keepdims=True), TINY)
    places = own.c.agreed * p.places_used * orders.disbands * orders.deal_places / WEEKS_PER_YEAR
    return rate, places[:, None, None] * share


def _returning(view: View, own: Owned) -> jax.Array:
    """Return the share of those in programmes who go back, []: more where whole organisations disbanded."""
    disbanded = (own.s.people * view.orders.disbands).sum() / jnp.maximum(own.s.people.sum(), TINY)
    return jnp.minimum(own.p.relapse + own.p.successors * disbanded, 1.0)


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    rate, sent = _leaving(view, own)
    back, one = _returning(view, own), jnp.ones_like(view.stock(IN_PROGRAMME)) / own.p.settle
    flows = (
        Flow("forward", MEMBERS, IN_PROGRAMME, hazard=rate.sum(0), noisy=False),
        Flow("disband", MEMBERS, IN_PROGRAMME, amount=sent.sum(0), noisy=False),
        Flow("return", IN_PROGRAMME, MEMBERS, hazard=one * back, noisy=False),
        Flow("settle", IN_PROGRAMME, RESIDENTS_HOME, hazard=one * (1.0 - back), noisy=False),
    )
    by_deal = (rate * view.stock(MEMBERS) + sent).sum((1, 2))
    return Proposal(flows, by_deal / jnp.maximum(by_deal.sum(), TINY))


def _settle(view: View, own: Owned, moved: Moved, memo: jax.Array) -> State:
    left = moved(MEMBERS, IN_PROGRAMME).sum()
    return State(own.s.people * jnp.exp(-view.dt / own.p.settle) + left * memo)


def _cost(view: View, own: Owned) -> jax.Array:
    """Return what deals cost a year, [deal]: the people in programmes, as far as there are places, and those who watch a truce."""
    places = view.orders.deal_places * own.p.settle / WEEKS_PER_YEAR
    watched = view.orders.deal_on * view.controls.deal_monitors
    return own.p.price * jnp.minimum(own.s.people, places) + own.p.watch * watched


def _chill(view: View, own: Owned) -> jax.Array:
    """Return what dealings with organisations take from cooperation with the United States while any is on offer."""
    on = view.orders.deal_on.sum() + view.orders.way_out.sum() + view.orders.disbands.sum()
    return own.p.chill * jnp.minimum(on, 1.0)


WAY_OUT = Mechanism(
    name="way_out",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS, IN_PROGRAMME, RESIDENTS_HOME),
    open=lambda world, p: {},
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={DEALS_COST: _cost, DEAL_CHILL: _chill},
    outcomes=(
        Outcome("left_by_deals", lambda view, own, moved: moved(MEMBERS, IN_PROGRAMME).sum(0), "r", flow=True),
        Outcome("returned_after_deals", lambda view, own, moved: moved(IN_PROGRAMME, MEMBERS).sum(0), "r", flow=True),
    ),
)
