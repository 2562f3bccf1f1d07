"""How many people Mexico's own forces have, where they stand, and how hard they work (docs/model/own_effort.md).

Own effort follows violence at home, governments and capacity; it may rise or fall when relations with the United States are hurt or under
pressure. What the two countries do together is another matter: `joint_work`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from premortem.arrays import jax, jnp
from premortem.model.accounts import Account
from premortem.model.flows import Moved
from premortem.model.index_sets import PARTNER_WORK, PERMISSIONS
from premortem.model.luck import Luck
from premortem.model.mechanism import Balanced, Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import array, param, pytree
from premortem.model.signals import (
    DUTY_STOPS,
    FORCE_RATIO,
    HELD_UP,
    INJURY,
    MX_MIGRATION_CONTROL,
    NORTHERN_GUARD,
    ORGANISED_DEATHS,
    OWN_EFFORT,
    OWN_INTENSITY,
    PERMISSION,
    RECORDED_STATE_KILLS,
    US_IN_MEXICO,
)
from premortem.model.units import LN2, TINY, WEEKS_PER_YEAR
from premortem.model.us_presence import SOMEBODY, beyond
from premortem.model.world import World

PRESENCE, PURSUIT = (PARTNER_WORK.index(name) for name in ("presence", "pursuit"))
COMBAT = PERMISSIONS.index("combat")


@pytree
class Parameters:
    """Draws of one future; meanings, priors and sources in data/parameters/own_effort.toml."""

    injury_effect: jax.Array = param("log")
    pressure_effect: jax.Array = param("log")
    government_effect: jax.Array = param("log")
    intensity_half_time: jax.Array = param("week")
    noise: jax.Array = param("log")
    noise_half_life: jax.Array = param("week")
    intensity_least: jax.Array = param("ratio")
    intensity_most: jax.Array = param("ratio")
    response: jax.Array = param("elasticity")
    violence_memory: jax.Array = param("week")
    violence_floor: jax.Array = param("person/week")
    move_time: jax.Array = param("week")
    least_kept: jax.Array = param("share")
    growth: jax.Array = param("1/year")
    people_yield: jax.Array = param("elasticity")
    diverted: jax.Array = param("share")
    guard_pressure: jax.Array = param("log")
    guard_ceiling: jax.Array = param("ratio")
    migration_pressure: jax.Array = param("log")
    migration_injury: jax.Array = param("log")
    migration_min: jax.Array = param("ratio")
    migration_max: jax.Array = param("ratio")
    trade_pressure: jax.Array = param("ratio")
    trade_weeks: jax.Array = param("week")


@pytree
class Constants:
    """The start."""

    violence: jax.Array = array("person/week", "r", "organised deaths and recorded killings by Mexican forces")


@pytree
class State:
    """What the forces have come to."""

    intensity: jax.Array = array("log", "", "how hard they work over the start, without noise")
    noise: jax.Array = array("log", "", "ups and downs of it")
    people: jax.Array = array("person", "r", "federal, neither at the northern border nor sent by the plan")
    guard: jax.Array = array("ratio", "", "those sent to the northern border over the start")
    sent: jax.Array = array("person", "?r", "sent by the plan, over PARTNER_WORK")
    violence: jax.Array = array("person/week", "r", "recent mean")
    held_up: jax.Array = array("share", "", "most trade held up since Mexico began to answer it")
    answering: jax.Array = array("week", "", "since it began; 0 before and after")


@pytree
class Memo:
    """Luck of the week, standard normal."""

    luck: jax.Array


Owned = Own[Parameters, Constants, State]


def _standing(world: World) -> jax.Array:
    """Return federal people of the start who are not at the northern border, [r]."""
    return jnp.maximum(world.federal_forces - world.northern_guard, 0.0)


def _violence(view: View) -> jax.Array:
    return view[ORGANISED_DEATHS] + view[RECORDED_STATE_KILLS]


def _start(view: View, p: Parameters) -> tuple[Constants, State]:
    none, nowhere = jnp.zeros(()), jnp.zeros(view.world.regions)
    sent = jnp.zeros((len(PARTNER_WORK), view.world.regions))
    return Constants(nowhere), State(none, none, _standing(view.world), jnp.ones(()), sent, nowhere, none, none)


def _balance(view: View, own: Owned, hazards: Mapping[tuple[Account, Account], jax.Array]) -> Balanced:
    """Take violence as it is at the start, once organised deaths and killings by Mexican forces are known."""
    violence = _violence(view)
    return Balanced(Constants(violence), dataclasses.replace(own.s, violence=violence))


def _answered(view: View, own: Owned) -> jax.Array:
    """Return the share of trade held up that Mexico answers this week: the most of its stop so far, for ``trade_weeks``."""
    return jnp.maximum(own.s.held_up, view[HELD_UP]) * (own.s.answering < own.p.trade_weeks)


def pressure(view: View, own: Owned) -> jax.Array:
    """Return US pressure above the status quo, over the most there can be above it: trade stopped at ports or by a duty presses as well."""
    standing = view.status_quo("mexico.pressure")
    stopped = _answered(view, own) + view[DUTY_STOPS]
    return (view.lever("mexico.pressure") - standing) / (1.0 - standing) + own.p.trade_pressure * stopped


def _propose(view: View, own: Owned, luck: Luck) -> Proposal:
    return Proposal((), Memo(luck.normal("noise") * luck.noisy))


def _placed(view: View, own: Owned) -> jax.Array:
    """Return where federal people not at the northern border would stand in the end, [r]: after violence, none below a least share.

    Their number is that of the start and its growth, less who has been sent to the border or taken by the plan.
    """
    p, world, start = own.p, view.world, _standing(view.world)
    grown = jnp.exp(p.growth * view.week / WEEKS_PER_YEAR)
    to_border = world.northern_guard.sum() * (_guard_wanted(view, own) - 1.0)
    number = start.sum() * grown - to_border
    needed = (own.s.violence + p.violence_floor) / (own.c.violence + p.violence_floor)
    wanted = start * needed**p.response
    wanted = wanted * number / jnp.maximum(wanted.sum(), TINY)
    least = p.least_kept * start
    above = jnp.maximum(wanted - least, 0.0)
    placed = least + above * (number - least.sum()) / jnp.maximum(above.sum(), TINY)
    return jnp.maximum(placed - view.orders.partner_people @ view.controls.partner_origin, 0.0)


def _ordered(view: View) -> jax.Array:
    """Return the people whom the plan orders to be sent, by kind of work and region, [work, r]."""
    return jnp.einsum("b,bwr->wr", view.orders.partner_people, view.controls.partner_place)


def _guard_wanted(view: View, own: Owned) -> jax.Array:
    """Return people of the northern deployment over the start, as pressure would have it."""
    return jnp.minimum(own.p.guard_ceiling, jnp.exp(own.p.guard_pressure * pressure(view, own)))


def _settle(view: View, own: Owned, moved: Moved, memo: Memo) -> State:
    p, s = own.p, own.s
    changed = (view.week >= view.world.calendar.mx_governments).any()
    wanted = p.injury_effect * view[INJURY] + p.pressure_effect * pressure(view, own) + p.government_effect * changed
    kept = jnp.exp2(-view.dt / p.noise_half_life)
    held = view[HELD_UP]
    # A stop is answered once: the next can be only when trade flows again and the time of the answer is over.
    goes_on = (held > 0) | ((s.answering > 0) & (s.answering < p.trade_weeks))
    return State(
        intensity=view.approach(s.intensity, wanted, p.intensity_half_time / LN2),
        noise=kept * s.noise + p.noise * jnp.sqrt(1.0 - kept * kept) * memo.luck,
        people=view.approach(s.people, _placed(view, own), p.move_time),
        guard=view.approach(s.guard, _guard_wanted(view, own), p.move_time),
        sent=view.approach(s.sent, _ordered(view), p.move_time),
        violence=view.approach(s.violence, _violence(view), p.violence_memory),
        held_up=jnp.where(goes_on, jnp.maximum(s.held_up, held), 0.0),
        answering=jnp.where(goes_on, s.answering + view.dt, 0.0),
    )


def _intensity(view: View, own: Owned) -> jax.Array:
    return jnp.clip(jnp.exp(own.s.intensity + own.s.noise), own.p.intensity_least, own.p.intensity_most)


def _northern_guard(view: View, own: Owned) -> jax.Array:
    """Return [r] forces at the northern border: the standing ones, as pressure moves them, and those that the plan adds."""
    added = view.delivered("state.border_deployment") / view.status_quo("state.border_deployment") - 1.0
    return jnp.maximum(view.world.northern_guard * (own.s.guard + added), 0.0)


def _federal(view: View, own: Owned, work: int) -> jax.Array:
    """Return [r] federal people, with those whom the plan has sent for one kind of work."""
    return own.s.people + view[NORTHERN_GUARD] + own.s.sent[work]


def _facing(view: View, own: Owned) -> jax.Array:
    """Return [r] the share of forces left for public security where US people stand uninvited: some watch the intruder instead."""
    refused = (1.0 - view[PERMISSION][COMBAT]) * (view.once(beyond).uninvited >= SOMEBODY)
    here = view[US_IN_MEXICO] >= SOMEBODY
    return 1.0 - own.p.diverted * -jnp.expm1(-view[INJURY]) * refused * here


def _ratio(view: View, own: Owned, work: int) -> jax.Array:
    """Return [r] forces on public security over the start, state police included."""
    world = view.world
    start = world.federal_forces + world.state_police
    return (_federal(view, own, work) + world.state_police + TINY) / (start + TINY) * _facing(view, own)


def _own_effort(view: View, own: Owned) -> jax.Array:
    people = _ratio(view, own, PURSUIT) ** own.p.people_yield
    return people * view[OWN_INTENSITY] * view.orders.own_effort


def _migration_control(view: View, own: Owned) -> jax.Array:
    p = own.p
    moved = p.migration_pressure * pressure(view, own) + p.migration_injury * view[INJURY]
    return jnp.clip(jnp.exp(moved), p.migration_min, p.migration_max)


def _people(view: View, own: Owned, moved: Moved) -> jax.Array:
    return _federal(view, own, PRESENCE)


OWN_EFFORT_OF_MEXICO = Mechanism(
    name="own_effort",
    parameters=Parameters,
    constants=Constants,
    state=State,
    accounts=(),
    open=lambda world, p: {},
    start=_start,
    balance=_balance,
    balance_stage=2,
    propose=_propose,
    settle=_settle,
    signals={
        FORCE_RATIO: lambda view, own: _ratio(view, own, PRESENCE),
        NORTHERN_GUARD: _northern_guard,
        OWN_EFFORT: _own_effort,
        OWN_INTENSITY: _intensity,
        MX_MIGRATION_CONTROL: _migration_control,
    },
    outcomes=(Outcome("forces_people", _people, labels="r"),),
)
