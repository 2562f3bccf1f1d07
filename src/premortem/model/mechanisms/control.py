"""Who controls what share of a region: organisations, the Mexican state, a US presence. See docs/model/control.md.

Control is an index of strength in a contest, not a measured quantity: no agreed measure exists.
"""

from __future__ import annotations

from premortem.arrays import jax, jnp
from premortem.model.accounts import MEMBERS
from premortem.model.flows import Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    ARMS_PER_MEMBER,
    COHESION_RATIO,
    CONTEST,
    CONTROL,
    EXPOSED,
    FORCE_RATIO,
    INTEGRITY_RATIO,
    SUPPORT_STATE_RATIO,
    US_PRESENCE,
)
from premortem.model.splits import divide
from premortem.model.units import HALVINGS, PER_THOUSAND, TINY


@pytree
class Parameters:
    """Priors and sources: data/parameters/control.toml."""

    start_share: jax.Array = param("share")
    m: jax.Array = param("exponent")
    exposed_exponent: jax.Array = param("exponent")
    arms_exponent: jax.Array = param("exponent")
    support_exponent: jax.Array = param("exponent")
    tau_up: jax.Array = param("week")
    tau_down: jax.Array = param("week")
    us_weight: jax.Array = param("member/person")
    regional: jax.Array = param("log", "region")
    police_tilt: jax.Array = param("exponent")


@pytree
class Constants:
    """The start."""

    ratio: jax.Array = array(
        "ratio",
        "",
        "strength of the state over that of all organisations, so that the national share of the start is met",
    )
    state_strength: jax.Array = array("member", "r", "strength of the state in members")


@pytree
class State:
    """Shares of control; what is missing from 1 is the Mexican state's."""

    organisations: jax.Array = array("share", "or", "held by organisations")
    us: jax.Array = array("share", "r", "held by US forces")


def _log_strength(view: View, p: Parameters) -> jax.Array:
    """Return the logarithm of every organisation's strength, [o, r], in members as armed and exposed as at the start."""
    return (
        jnp.log(jnp.maximum(view.stock(MEMBERS), TINY))
        + p.exposed_exponent * jnp.log(jnp.maximum(view[EXPOSED], TINY))
        + p.arms_exponent * jnp.log(jnp.maximum(view[ARMS_PER_MEMBER], TINY))
        + jnp.log(view[COHESION_RATIO])[:, None]
    )


def _state_log_strength(view: View, p: Parameters, strength: jax.Array) -> jax.Array:
    """Return the logarithm of the Mexican state's strength, [r], given its strength at the start."""
    return (
        jnp.log(jnp.maximum(strength, TINY))
        + jnp.log(jnp.maximum(view[FORCE_RATIO] * view[INTEGRITY_RATIO], TINY))
        + p.support_exponent * jnp.log(jnp.maximum(view[SUPPORT_STATE_RATIO], TINY))
    )


def _contest(view: View, p: Parameters, strength: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the shares that strength alone would give: organisations [o, r], US presence [r] (Tullock's contest success function)."""
    organisations = jnp.exp(p.m * _log_strength(view, p))
    state = jnp.exp(p.m * _state_log_strength(view, p, strength))
    # A presence of nobody has no weight at all, and its logarithm no gradient to spoil.
    present = view[US_PRESENCE] > 0
    us = jnp.where(present, (p.us_weight * jnp.where(present, view[US_PRESENCE], 1.0)) ** p.m, 0.0)
    total = organisations.sum(0) + state + us
    return organisations / total, us / total


def _solve_ratio(log_odds: jax.Array, weights: jax.Array, share: jax.Array) -> jax.Array:
    """Return x with sum(weights * sigmoid(log_odds - x)) = share: bisection, then one Newton step that carries the gradient."""

    def excess(x: jax.Array) -> jax.Array:
        return (weights * jax.nn.sigmoid(log_odds - x)).sum() - share

    needed = jnp.log(share) - jnp.log1p(-share)
    bracket = jax.lax.stop_gradient((log_odds.min() - needed, log_odds.max() - needed))

    def halve(_: int, bracket: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        low, high = bracket
        middle = (low + high) / 2
        above = excess(middle) > 0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    low, high = jax.lax.stop_gradient(jax.lax.fori_loop(0, HALVINGS, halve, bracket))
    root = (low + high) / 2
    share_at = jax.nn.sigmoid(jax.lax.stop_gradient(log_odds) - root)
    slope = jax.lax.stop_gradient(weights * share_at * (1 - share_at)).sum()
    return jnp.asarray(root + excess(root) / slope)


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    world = view.world
    residents = world.population / world.population.sum()
    police = world.state_police / world.population * PER_THOUSAND
    tilt = (police / (police * residents).sum()) ** p.police_tilt
    # What the state would have, region by region, were its strength that of all organisations together.
    even = view.stock(MEMBERS).sum() * residents * tilt * jnp.exp(p.regional)
    organisations = jax.nn.logsumexp(p.m * _log_strength(view, p), axis=0)
    log_odds = organisations - p.m * jnp.log(jnp.maximum(even, TINY))
    ratio = jnp.exp(_solve_ratio(log_odds, residents, p.start_share) / p.m)
    strength = ratio * even
    shares, us = _contest(view, p, strength)
    return Constants(ratio, strength), State(shares, us)


def _organisations(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    return divide(view, own.s.organisations)


def _propose(view: View, own: Own[Parameters, Constants, State], luck: Luck) -> Proposal:
    return Proposal()


def _settle(view: View, own: Own[Parameters, Constants, State], moved: Moved, memo: None) -> State:
    """Move ground from those who have more than their strength to those who have less.

    Forces (Mexican or US) take ground from organisations slowly, with ``tau_up``; every other change is quick, with ``tau_down``.
    """
    p = own.p
    target, us_target = _contest(view, p, own.c.state_strength)
    organisations, us = _organisations(view, own), own.s.us
    change, us_change = target - organisations, us_target - us
    state_change = -(change.sum(0) + us_change)
    quick, slow = -jnp.expm1(-view.dt / p.tau_down), -jnp.expm1(-view.dt / p.tau_up)
    gain, loss = jnp.maximum(change, 0.0), jnp.maximum(-change, 0.0)
    force_gain = jnp.maximum(us_change, 0.0) + jnp.maximum(state_change, 0.0)
    total = jnp.maximum(force_gain + gain.sum(0), TINY)
    # Every loser loses to the gainers in proportion to what they gain, and the other way round.
    lost_to_forces, lost_by_organisations = force_gain / total, loss.sum(0) / total
    us_pace = jnp.where(us_change > 0, quick + (slow - quick) * lost_by_organisations, quick)
    return State(
        organisations=organisations + gain * quick - loss * (quick + (slow - quick) * lost_to_forces),
        us=us + us_change * us_pace,
    )


def _contested(view: View, own: Own[Parameters, Constants, State]) -> jax.Array:
    """Return one less the sum of squared shares, [r]."""
    shares, us = _organisations(view, own), own.s.us
    state = 1 - shares.sum(0) - us
    return 1 - ((shares**2).sum(0) + us**2 + state**2)


CONTROL_SHARES = Mechanism(
    name="control",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(MEMBERS,),
    start=_start,
    propose=_propose,
    settle=_settle,
    signals={CONTROL: _organisations, CONTEST: _contested},
    outcomes=(
        Outcome(
            "control_organisations",
            lambda view, own, moved: own.s.organisations.sum(0),
            labels="r",
            per_resident=True,
        ),
    ),
)
