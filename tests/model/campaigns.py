"""What the tests of a campaign's mechanisms share: orders, parameters by prior, members who grow as told, signals at will.

Many cases run as the futures of one compiled program: orders, parameters and given signals may differ by future.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.evidence import parameters as priors
from premortem.evidence import sampling
from premortem.model.accounts import MEMBERS, RESIDENTS_HOME, RESIDENTS_KILLED
from premortem.model.controls import Controls
from premortem.model.flows import Flow
from premortem.model.index_sets import LEGAL_ELEMENTS, MANDATED, PARTIES, PERMISSIONS, RULES, TASKS
from premortem.model.mechanism import Mechanism, Outcome, Proposal, View
from premortem.model.parameters import assemble, names
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import BACKLASH, Signal
from premortem.model.week import Model
from premortem.model.world import World
from premortem.simulate import Trajectories, run
from tests.model.toys import no_orders, toy_world

WEEKS = 52
SIZES = {"o": 3, "r": 4, "c": len(PERMISSIONS), "m": len(MANDATED), "e": len(LEGAL_ELEMENTS)}
LEVERS = {
    "people.harm_mitigation": 0.0,
    "people.compensation": 0.0,
    "people.shelter": 1.0,
    "people.tip_protection": 0.0,
    "people.victim_support": 0.0,
    "mexico.intelligence_sharing": 0.5,
    "mexico.aid": 50.0,
    "command.single_supported_commander": 0.0,
    "command.written_duties": 0.0,
    "command.liaison_with_host": 0.0,
    "crossings.north_effort": 1.0,
    "drugs.interior_effort": 1.0,
    "homefront.bp_hire": 0.0,
    "homefront.city_enforcement": 1.0,
    "state.arrest_capacity": 1.0,
    "state.border_deployment": 10_000.0,
    "leadership.transfers": 46.0,
    "mexico.diplomacy": 0.3,
    "mexico.pressure": 0.5,
    "washington.election_pause": 0.0,
    "washington.publish_results": 0.0,
    "arms.southbound_inspection": 0.01,
    "drugs.port_closure": 0.0,
    "drugs.port_scanning": 0.18,
    "drugs.truck_inspection": 0.0,
    "economy.port_staffing": 1.0,
}


def orders(weeks: int = WEEKS, levers: Mapping[str, float] | None = None, **changes: Any) -> Controls:
    """Return empty orders with fields changed, for all weeks or with a leading week axis; fields of Controls are changed too."""
    controls = no_orders(weeks, levers=LEVERS)
    moved = jnp.asarray([(LEVERS | dict(levers or {}))[name] for name in controls.lever_names])
    weekly: dict[str, Any] = {"levers": jnp.broadcast_to(moved, controls.orders.levers.shape)}
    whole: dict[str, Any] = {}
    for name, given in changes.items():
        value = jnp.asarray(given, float)
        if not hasattr(controls.orders, name):
            whole[name] = jnp.broadcast_to(value, getattr(controls, name).shape)
            continue
        old = getattr(controls.orders, name)
        by_week = value.ndim == old.ndim - 1 and value.shape[0] == weeks
        weekly[name] = jnp.broadcast_to(value[:, None] if by_week else value, old.shape)
    return dataclasses.replace(controls, orders=dataclasses.replace(controls.orders, **weekly), **whole)


def campaign(
    people: Any = 0.0,
    weeks: int = WEEKS,
    forward: float = 1.0,
    rule: str = "positive_identification",
    **changes: Any,
) -> Controls:
    """Return orders for one task force in the strip of the first region; changes named after tasks are shares of work."""
    shares = [[changes.pop(task, 0.0) for task in TASKS]]
    given = {
        "people": people,
        "forward_share": [forward],
        "effort": shares,
        "reach": [[1.0, 1.0, 0.0]],
        "rules": [float(name == rule) for name in RULES],
        "capture": 1.0,
        "in_force": 1.0,
        "zone_in_force": 1.0,
        "zone_share": [1.0, 0.0, 0.0, 0.0],
        "zone_weeks": np.arange(weeks),
        "inventory": 1e9,
        "units_per_deployed": 1.0,
    }
    return orders(weeks, **(given | changes))


def one_hot(word: str, words: tuple[str, ...]) -> list[float]:
    """Return 1 where ``words`` is ``word``."""
    return [float(other == word) for other in words]


def probe(name: str, compute: Any, flow: bool = False) -> Outcome:
    """Return an outcome for a test, from the view and what moved."""
    return Outcome(name, lambda view, own, moved: compute(view, moved), flow=flow)


@pytree
class Given:
    """Values of a mechanism that does as it is told."""

    values: dict[str, jax.Array]


def _told(name: str, **parts: Any) -> Mechanism:
    blank: dict[str, Any] = {
        "accounts": (),
        "open": lambda world, p: {},
        "start": lambda view, p: (Nothing(), Nothing()),
        "propose": lambda view, own, luck: Proposal(),
        "settle": lambda view, own, moved, memo: Nothing(),
    }
    return Mechanism(name=name, parameters=Given, constants=Nothing, state=Nothing, **(blank | parts))


def given(*signals: Signal, name: str = "a_given") -> Mechanism:
    """Return a mechanism that provides signals at given values; its name puts it before other providers."""

    def provide(signal: Signal) -> Any:
        return lambda view, own: own.p.values[signal.name]

    return _told(name, signals={signal: provide(signal) for signal in signals})


def _grow(view: View, own: Any, luck: Any) -> Proposal:
    members = view.stock(MEMBERS)
    shares = members / jnp.maximum(members.sum(0), 1.0)
    recruits = own.p.values["growth"] * members + shares * view[BACKLASH]
    return Proposal(
        (
            Flow("join", RESIDENTS_HOME, MEMBERS, amount=jnp.maximum(recruits, 0.0), labels="or", noisy=False),
            Flow("deterred", MEMBERS, RESIDENTS_HOME, amount=jnp.maximum(-recruits, 0.0), noisy=False),
        )
    )


GROW = _told("grow", accounts=(MEMBERS, RESIDENTS_HOME), open=lambda world, p: {MEMBERS: world.members}, propose=_grow)
"""Members who grow at ``growth`` a week (default 0) and by backlash."""


def _kill(view: View, own: Any, luck: Any) -> Proposal:
    first = (view.week == 0) * jnp.ones(view.world.regions)

    def kills(party: str) -> Flow:
        row = jnp.asarray([float(name == party) for name in PARTIES])
        dead = own.p.values[f"once_{party}"] * first + own.p.values[f"weekly_{party}"]
        return Flow(party, RESIDENTS_HOME, RESIDENTS_KILLED, amount=dead, route=row, route_labels="a", noisy=False)

    return Proposal(tuple(kills(party) for party in PARTIES))


KILL = _told("kill", accounts=(RESIDENTS_HOME, RESIDENTS_KILLED), propose=_kill)
"""Kills residents of every region: ``once_us`` ... in week 0, ``weekly_us`` ... every week."""

DEFAULTS = {"growth": 0.0} | {f"{when}_{party}": 0.0 for when in ("once", "weekly") for party in PARTIES}


def _given_values(mechanism: Mechanism, futures: int, values: Mapping[str, Any]) -> Given:
    wanted = {s.name: np.full([SIZES[x] for x in s.labels], float(s.neutral)) for s in mechanism.signals}  # type: ignore[arg-type]
    if mechanism.name in {GROW.name, KILL.name}:
        wanted = {key: np.asarray(value) for key, value in DEFAULTS.items()}
    filled = {}
    for key, neutral in wanted.items():
        value = np.asarray(values.get(key, neutral), float)
        by_future = value.ndim == neutral.ndim + 1 or (
            value.ndim == 1 and value.shape == (futures,) and not neutral.ndim
        )
        filled[key] = jnp.asarray(value if by_future else np.broadcast_to(value, (futures, *neutral.shape)))
    return Given(filled)


def parameters(
    mechanisms: Sequence[Mechanism],
    futures: int = 1,
    at_median: bool = True,
    told: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Any:
    """Return parameters with a leading future axis: medians or draws of their priors, some changed (``operations_lead=...``)."""
    real = [m for m in mechanisms if m.parameters is not Given]
    wanted = {name: priors.load()[name] for name in names(real)}
    drawn = sampling.draw(wanted, 11, range(futures), {"org": SIZES["o"], "region": SIZES["r"]}, at_median=at_median)
    for key, value in changes.items():
        owner, _, name = key.partition("_")
        old = drawn[f"{owner}.{name}"]
        array = np.asarray(value, float)
        drawn[f"{owner}.{name}"] = np.broadcast_to(
            array.reshape(array.shape + (1,) * (old.ndim - array.ndim)) if array.shape[:1] == (futures,) else array,
            old.shape,
        )
    by_told = {m.name: _given_values(m, futures, told or {}) for m in mechanisms if m.parameters is Given}
    return assemble(real, drawn) | by_told


def simulate(
    mechanisms: Sequence[Mechanism],
    controls: Controls | Sequence[Controls],
    *,
    futures: int = 1,
    noise: bool = False,
    at_median: bool = True,
    dt: float = 1.0,
    world: World | None = None,
    seed: int = 3,
    told: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Trajectories:
    """Run mechanisms; a sequence of controls is one future each."""
    each = [controls] * futures if isinstance(controls, Controls) else list(controls)
    stacked: Controls = jax.tree.map(lambda *leaves: np.stack([np.asarray(x) for x in leaves]), *each)
    return run(
        Model(tuple(mechanisms), dt=dt, noise=noise),
        world or toy_world(),
        stacked,
        parameters(mechanisms, len(each), at_median, told, **changes),
        seed=seed,
        futures=np.arange(len(each)),
        weeks=each[0].orders.people.shape[0],
    )
