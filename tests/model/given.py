"""How tests run mechanisms: what they are told by a script, parameters at medians or draws, one week by hand or many futures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.engine import compilation
from premortem.engine.simulate import Trajectories, run
from premortem.engine.week import Model, Setup, Start, State, begin
from premortem.evidence import parameters as ledger
from premortem.evidence.sampling import draw
from premortem.model.accounts import KILLED_BY_US, MEMBERS, RESIDENTS_HOME, RESIDENTS_KILLED, Account
from premortem.model.controls import Controls, Orders
from premortem.model.flows import Flow
from premortem.model.index_sets import PARTIES
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.parameters import assemble, names
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import BACKLASH, Signal
from premortem.model.world import World
from tests.model.toys import first_week, orders, toy_world

# Mechanisms that do as they are told


@pytree
class Script:
    """What a mechanism is told: paths [week, ...] and opening stocks, by name."""

    paths: dict[str, jax.Array]
    stocks: dict[str, jax.Array]


def _told(name: str, **parts: Any) -> Mechanism:
    return Mechanism(name=name, parameters=Script, **parts)


def _path(name: str, view: View, own: Own[Script, Nothing, Nothing]) -> jax.Array:
    return own.p.paths[name][view.week]


def scripted(signals: Sequence[Signal] = (), accounts: Sequence[Account] = ()) -> Mechanism:
    """Return a mechanism that provides signals and opens accounts as told; its name puts it before other providers.

    One object for many tests is one compiled program for many tests.
    """
    return _told(
        "a_script",
        accounts=tuple(accounts),
        open=lambda world, p: {account: p.stocks[account.name] for account in accounts},
        signals={signal: partial(_path, signal.name) for signal in signals},
    )


def _grow(view: View, own: Any, luck: Any) -> Proposal:
    members = view.stock(MEMBERS)
    shares = members / jnp.maximum(members.sum(0), 1.0)
    recruits = own.p.paths["growth"][view.week] * members + shares * view[BACKLASH]
    return Proposal(
        (
            Flow("join", RESIDENTS_HOME, MEMBERS, amount=jnp.maximum(recruits, 0.0), labels="or", noisy=False),
            Flow("deterred", MEMBERS, RESIDENTS_HOME, amount=jnp.maximum(-recruits, 0.0), noisy=False),
        )
    )


GROW = _told("grow", accounts=(MEMBERS, RESIDENTS_HOME), open=lambda world, p: {MEMBERS: world.members}, propose=_grow)
"""Members who grow at ``growth`` a week and by backlash."""


def _kill(view: View, own: Any, luck: Any) -> Proposal:
    first = (view.week == 0) * jnp.ones(view.world.regions)

    def kills(party: str) -> Flow:
        row = jnp.asarray([float(name == party) for name in PARTIES])
        dead = own.p.paths[f"once_{party}"][view.week] * first + own.p.paths[f"weekly_{party}"][view.week]
        return Flow(party, RESIDENTS_HOME, RESIDENTS_KILLED, amount=dead, route=row, route_labels="a", noisy=False)

    return Proposal(tuple(kills(party) for party in PARTIES))


KILL = _told("kill", accounts=(RESIDENTS_HOME, RESIDENTS_KILLED), propose=_kill)
"""Kills residents of every region: ``once_us`` ... in week 0, ``weekly_us`` ... every week."""


def _strike(view: View, own: Any, luck: Any) -> Proposal:
    return Proposal((Flow("strikes", MEMBERS, KILLED_BY_US, hazard=_path("strikes", view, own), noisy=False),))


RAIDS = _told("raids", accounts=(MEMBERS, KILLED_BY_US), propose=_strike)
"""Kills members at the risk ``strikes`` [o, r] a week."""

# By mechanism: the paths it is told beside signals, all zero if nothing is said.
_ZERO: Mapping[str, Mapping[str, Callable[[World], Any]]] = {
    GROW.name: {"growth": lambda world: 0.0},
    KILL.name: {f"{when}_{party}": lambda world: 0.0 for when in ("once", "weekly") for party in PARTIES},
    RAIDS.name: {"strikes": lambda world: jnp.zeros_like(world.members)},
}


def _by_week(value: Any, usual: Any, weeks: int, futures: int) -> np.ndarray[Any, Any]:
    """Return a path [future, week, ...] from a value for all weeks, by week, by future, or by future and week."""
    array, usual = np.asarray(value, float), np.asarray(usual, float)
    if array.ndim == usual.ndim + 1:
        assert len(array) in {weeks, futures}
        assert weeks != futures or weeks == 1
        array = array[:, None] if len(array) == futures else array[None]
    return np.broadcast_to(array, (futures, weeks, *usual.shape))


def _script(mechanism: Mechanism, view: View, weeks: int, futures: int, told: Mapping[Any, Any]) -> Script:
    known = {key if isinstance(key, str) else key.name: v for key, v in told.items() if not isinstance(key, Account)}
    usual = {signal.name: view[signal] for signal in mechanism.signals}
    usual |= {name: zero(view.world) for name, zero in _ZERO.get(mechanism.name, {}).items()}
    stocks = {account: value for account, value in told.items() if isinstance(account, Account)}
    opened = {MEMBERS: view.world.members} | stocks if mechanism.name not in _ZERO else {}
    opened = {account: jnp.asarray(value, float) for account, value in opened.items()}
    return Script(
        {name: jnp.asarray(_by_week(known.get(name, rest), rest, weeks, futures)) for name, rest in usual.items()},
        {
            account.name: jnp.broadcast_to(opened[account], (futures, *opened[account].shape))
            for account in mechanism.accounts
            if account in opened
        },
    )


def later(
    changes: Mapping[Signal, Any] | None, world: World, weeks: int, usual: Mapping[Signal, Any] | None = None
) -> dict[Any, Any]:
    """Return paths [week, ...] of signals that leave what is usual, or neutral, in the second week: the start is at rest."""
    paths: dict[Any, Any] = {}
    usual, neutral = usual or {}, one_week(world)
    for signal, value in (changes or {}).items():
        first, given = np.asarray(usual.get(signal, neutral[signal]), float), np.asarray(value, float)
        if given.ndim == first.ndim + 1:
            paths[signal] = given
        else:
            after = np.broadcast_to(given, (weeks - 1, *first.shape))
            paths[signal] = np.concatenate([first[None], after])
    return paths


def watched(mechanism: Mechanism, *outcomes: Outcome) -> Mechanism:
    """Return the mechanism with outcomes that a test reads."""
    return dataclasses.replace(mechanism, outcomes=(*mechanism.outcomes, *outcomes))


def _entry(read: Callable[..., Any], i: int, view: View, own: Any, moved: Any) -> Any:
    return read(view, own, moved)[i]


def each(ids: Iterable[str], read: Callable[..., Any]) -> tuple[Outcome, ...]:
    """Return an outcome for each entry of what is read from view, own and moved."""
    return tuple(Outcome(id_, partial(_entry, read, i)) for i, id_ in enumerate(ids))


# Parameters


def parameters(
    mechanisms: Sequence[Mechanism],
    world: World,
    futures: int = 1,
    *,
    at_median: bool = True,
    organisations: Sequence[str] = (),
    **changes: Any,
) -> dict[str, Any]:
    """Return parameters ``[future, ...]`` at medians or draws of their priors, but for some (``rivalry_s_z=0``, by future or for all).

    ``organisations``: ids of the world's, where those that have a prior of their own take it.
    """
    real = [mechanism for mechanism in mechanisms if mechanism.parameters is not Script]
    reads = set(names(real))
    known = {name: entry for name, entry in ledger.load().items() if entry.field in reads}
    size = {"org": world.organisations, "region": world.regions}
    drawn = dict(draw(known, 7, range(futures), size, at_median=at_median))
    by_key = {name.replace(".", "_"): name for name in drawn}
    for key, value in changes.items():
        name = by_key[key]
        array, shape = np.asarray(value, float), drawn[name].shape
        if array.shape[:1] == (futures,):
            array = array.reshape(array.shape + (1,) * (len(shape) - array.ndim))
        drawn[name] = np.broadcast_to(array, shape)
        for own in [id_ for id_ in drawn if id_.startswith(f"{name}.")]:
            del drawn[own]
    return assemble(real, drawn, organisations)


def median(mechanism: Mechanism, world: World, **changes: Any) -> Any:
    """Return a mechanism's parameters at the medians of their priors, but for ``changes``."""
    p = jax.tree.map(lambda x: x[0], parameters([mechanism], world)[mechanism.name])
    return dataclasses.replace(p, **{name: jnp.asarray(value, float) for name, value in changes.items()})


def of(mechanism: Mechanism, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes of one mechanism's parameters as `parameters` wants them named."""
    return {f"{mechanism.name}_{name}": value for name, value in changes.items()}


# One week by hand


def _always(value: jax.Array, view: View, own: object) -> jax.Array:
    return value


def one_week(
    world: World,
    stocks: Mapping[Account, Any] | None = None,
    signals: Mapping[Signal, Any] | None = None,
    levers: Mapping[str, float] | None = None,
) -> View:
    """Return the view of a week with these stocks, signals and levers, to call a mechanism's functions by hand."""
    controls = orders(1, world, levers=levers)
    known = {signal: jnp.asarray(value, float) for signal, value in (signals or {}).items()}
    provider = _told("a_script", signals={signal: partial(_always, value) for signal, value in known.items()})
    return View(
        world,
        controls,
        first_week(controls),
        jnp.zeros((), int),
        1.0,
        {account: jnp.asarray(value, float) for account, value in (stocks or {}).items()},
        {provider.name: provider},
        {provider.name: Own(Nothing(), Nothing(), Nothing())},
    )


def level(signal: Signal, world: World) -> jax.Array:
    """Return a signal's neutral value."""
    return one_week(world)[signal]


# Many futures


def inputs(
    model: Model,
    controls: Controls | Sequence[Controls],
    world: World,
    *,
    told: Mapping[Any, Any] | None = None,
    futures: int = 1,
    at_median: bool = True,
    **changes: Any,
) -> tuple[Controls, dict[str, Any]]:
    """Return orders and parameters as `premortem.engine.simulate.run` takes them; arguments are those of `simulate`."""
    each = [controls] * futures if isinstance(controls, Controls) else list(controls)
    stacked: Controls = jax.tree.map(lambda *leaves: np.stack([np.asarray(x) for x in leaves]), *each)
    values = parameters(model.mechanisms, world, len(each), at_median=at_median, **changes)
    view, weeks = one_week(world), stacked.orders.people.shape[1]
    scripts = [mechanism for mechanism in model.mechanisms if mechanism.parameters is Script]
    return stacked, values | {m.name: _script(m, view, weeks, len(each), told or {}) for m in scripts}


def simulate(
    model: Model,
    controls: Controls | Sequence[Controls],
    *,
    world: World | None = None,
    seed: int = 3,
    **given: Any,
) -> Trajectories:
    """Run a model for as long as the orders go.

    Parameters
    ----------
    controls : for all futures, or one for each.
    told : what scripted mechanisms are told, by signal, account or name: for all weeks, by week, by future, or by future and week.
    futures, at_median, and changes of parameters by future or for all : as `parameters` has them.
    """
    return simulate_each(model, [{"controls": controls} | given], world=world, seed=seed, same_luck=False)


def simulate_each(
    model: Model,
    cases: Sequence[Mapping[str, Any]],
    *,
    world: World | None = None,
    seed: int = 1,
    same_luck: bool = True,
) -> Trajectories:
    """Run cases, each with the arguments of `simulate`, as futures of one program, all with the same luck."""
    world = world or toy_world()
    built = [inputs(model, world=world, **case) for case in cases]
    controls, values = jax.tree.map(lambda *leaves: np.concatenate([np.asarray(x) for x in leaves]), *built)
    count = len(controls.inventory)
    futures = np.zeros(count, int) if same_luck else np.arange(count)
    weeks = controls.orders.people.shape[1]
    return run(model, Setup(world, controls, values), seed=seed, futures=futures, weeks=weeks)


def _begin(model: Model, world: World, controls: Controls, first: Orders, values: Any) -> tuple[Start, State]:
    return jax.vmap(lambda p: begin(model, Setup(world, controls, p), first))(values)


def start_of(model: Model, world: World, **given: Any) -> tuple[Start, State]:
    """Return the start of futures, with a leading future axis; arguments are those of `simulate`."""
    controls = orders(1, world)
    _, values = inputs(model, controls, world, **given)
    start, state = compilation.call(_begin, model, world, controls, first_week(controls), values)
    return start, state
