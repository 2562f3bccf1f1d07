"""Order: extortion, kidnapping, crimes cleared, rule by organisations and fear in Mexico, by state; and what people at home think of the
border (docs/model/order.md).

Nothing is moved here. Each index is heading for what the week's conditions would make of it, and comes there in its own time.
"""

from __future__ import annotations

from premortem.arrays import expit, jax, jnp, logit
from premortem.model.flows import Moved
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    BORDER_LOAD,
    CONTEST,
    CONTROL,
    EXTORTED,
    INTEGRITY_RATIO,
    OVERDOSE_RATIO,
    PAY,
    STATE_EFFORT,
    US_SOIL_ATTACKS,
    VIOLENCE,
)
from premortem.model.units import TINY, WEEKS_PER_YEAR

ORDER = ("extortion", "kidnapping", "cleared", "unsafe")
EXTORTION, KIDNAPPING, CLEARED, UNSAFE = range(len(ORDER))


@pytree
class Parameters:
    """Priors and sources: data/parameters/order.toml."""

    extorted: jax.Array = param("person/year")
    extorted_with: jax.Array = param("elasticity")
    cash_predation: jax.Array = param("ratio")
    job_pay: jax.Array = param("million USD/year")
    local_income: jax.Array = param("million USD/year")
    kidnapped: jax.Array = param("person/year")
    kidnap_contest: jax.Array = param("log")
    kidnap_pay: jax.Array = param("elasticity")
    kidnap_effort: jax.Array = param("elasticity")
    cleared: jax.Array = param("share")
    cleared_integrity: jax.Array = param("elasticity")
    cleared_load: jax.Array = param("elasticity")
    cleared_effort: jax.Array = param("elasticity")
    unsafe: jax.Array = param("share")
    unsafe_violence: jax.Array = param("log")
    unsafe_extortion: jax.Array = param("log")
    time: jax.Array = param("week")
    uneven: jax.Array = param("exponent")
    worry: jax.Array = param("share")
    worry_crossings: jax.Array = param("log")
    worry_deaths: jax.Array = param("log")
    worry_attack: jax.Array = param("log")
    worry_time: jax.Array = param("week")


@pytree
class Constants:
    """The start."""

    extorted: jax.Array = array("USD/week", "r", "collected by extortion")
    contest: jax.Array = array("share", "r", "contestedness of control")
    victims: jax.Array = array("person/week", "?r", "recorded victims of extortion and of kidnapping")


@pytree
class State:
    """Where order has come to, and what people in the United States think."""

    order: jax.Array = array(
        "log", "?r", "over the start: extortion, kidnapping, crimes cleared; log odds of feeling unsafe"
    )
    worry: jax.Array = array("log", "", "log odds of calling the border a crisis, over the start")


Owned = Own[Parameters, Constants, State]


def _shares(weights: jax.Array) -> jax.Array:
    return weights / jnp.maximum(weights.sum(), TINY)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    """Give every state its shape: what is collected is known once `money` has solved the start."""
    world = view.world
    taken = jnp.where(view[EXTORTED].sum() > 0, view[EXTORTED], world.population)
    violent = jnp.sqrt(world.population * (world.homicides + TINY))
    yearly = jnp.stack([p.extorted * _shares(taken), p.kidnapped * _shares(violent)])
    constants = Constants(view[EXTORTED], view[CONTEST], yearly / WEEKS_PER_YEAR)
    return constants, State(jnp.zeros((len(ORDER), world.regions)), jnp.zeros(()))


def _balance(view: View, own: Owned, hazards: object) -> Balanced:
    return Balanced(*_start(view, own.p))


def _cash(view: View, p: Parameters) -> jax.Array:
    """Return the rise of extortion by what programmes pay out where organisations are, over the start."""
    paid = p.job_pay * view.delivered("recruitment.youth_jobs")
    return p.cash_predation * paid / (paid + p.local_income)


def _heading(view: View, own: Owned) -> jax.Array:
    """Return where order is heading, over the start [order, r]."""
    p, c = own.p, own.c
    taken = jnp.log((view[EXTORTED] + TINY) / (c.extorted + TINY))
    extortion = p.extorted_with * taken + jnp.log1p(_cash(view, p))
    members = _members_share(view)
    pay = (members * jnp.log(jnp.maximum(view[PAY], TINY))[:, None]).sum(0)
    violence = jnp.log(jnp.maximum(view[VIOLENCE], TINY))
    effort = jnp.log(jnp.maximum(view[STATE_EFFORT], TINY))
    kidnapping = p.kidnap_contest * (view[CONTEST] - c.contest) - p.kidnap_pay * pay - p.kidnap_effort * effort
    courts = jnp.log(view.delivered("state.prosecution") / view.status_quo("state.prosecution"))
    integrity = p.cleared_integrity * jnp.log(view[INTEGRITY_RATIO])
    cleared = courts + integrity + p.cleared_effort * effort - p.cleared_load * violence
    unsafe = p.unsafe_violence * violence + p.unsafe_extortion * extortion
    return jnp.stack([extortion, kidnapping, cleared, unsafe])


def _members_share(view: View) -> jax.Array:
    """Return the shares of organisations in the control of a region [o, r]."""
    return view[CONTROL] / jnp.maximum(view[CONTROL].sum(0), TINY)


def _settle(view: View, own: Owned, moved: Moved, memo: None) -> State:
    p, s = own.p, own.s
    worry = (
        p.worry_crossings * jnp.log(jnp.maximum(view[BORDER_LOAD], TINY))
        + p.worry_deaths * jnp.log(jnp.maximum(view[OVERDOSE_RATIO], TINY))
        + p.worry_attack * jnp.minimum(view[US_SOIL_ATTACKS] * view.dt, 1.0)
    )
    return State(
        order=view.approach(s.order, _heading(view, own), p.time),
        worry=view.approach(s.worry, worry, p.worry_time),
    )


def _victims(kind: int) -> Outcome:
    name = {EXTORTION: "extortion_victims", KIDNAPPING: "kidnappings"}[kind]
    return Outcome(
        name, lambda view, own, moved: own.c.victims[kind] * jnp.exp(own.s.order[kind]) * view.dt, labels="r", flow=True
    )


def _ruled(view: View, own: Owned, moved: Moved) -> jax.Array:
    """Return residents who live where organisations are stronger than all others: control is uneven within a state."""
    held = jnp.clip(view[CONTROL].sum(0), TINY, 1.0 - TINY)
    return view.world.population * expit(own.p.uneven * logit(held))


ORDER_KEPT = Mechanism(
    name="order",
    parameters=Parameters,
    constants=Constants,
    state=State,
    start=_start,
    balance=_balance,
    balance_stage=4,
    settle=_settle,
    outcomes=(
        _victims(EXTORTION),
        _victims(KIDNAPPING),
        Outcome(
            "impunity",
            lambda view, own, moved: 1.0 - jnp.minimum(own.p.cleared * jnp.exp(own.s.order[CLEARED]), 1.0),
            labels="r",
            per_resident=True,
        ),
        Outcome("people_ruled", _ruled, labels="r"),
        Outcome(
            "feel_unsafe_mx",
            lambda view, own, moved: expit(logit(own.p.unsafe) + own.s.order[UNSAFE]),
            labels="r",
            per_resident=True,
        ),
        Outcome("border_worry_us", lambda view, own, moved: expit(logit(own.p.worry) + own.s.worry)),
    ),
)
