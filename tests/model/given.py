"""What a test of one mechanism is given: signals and opening stocks as it says, parameters at their medians, a view of one week."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.evidence import parameters as ledger
from premortem.evidence.sampling import draw
from premortem.model.accounts import Account
from premortem.model.controls import Controls
from premortem.model.mechanism import Mechanism, Own, Proposal, View
from premortem.model.parameters import assemble
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import Signal
from premortem.model.week import Model
from premortem.model.world import World
from premortem.simulate import Trajectories, run
from tests.model.toys import batched, first_week, no_orders


def median(mechanism: Mechanism, world: World, **changes: Any) -> Any:
    """Return a mechanism's parameters at the medians of their priors, but for ``changes``."""
    mine = {name: p for name, p in ledger.load().items() if p.mechanism == mechanism.name}
    drawn = draw(mine, 0, [0], {"org": world.organisations, "region": world.regions}, at_median=True)
    [p] = assemble([mechanism], {name: values[0] for name, values in drawn.items()}).values()
    return dataclasses.replace(p, **{name: jnp.asarray(value, float) for name, value in changes.items()})


def level(signal: Signal, world: World) -> jax.Array:
    """Return a signal's neutral value."""
    return one_week(world)[signal]


@pytree
class Script:
    """What `scripted` provides: signals by name, [week, ...], and opening stocks by account."""

    signals: dict[str, jax.Array]
    stocks: dict[str, jax.Array]


def _scripted_level(name: str, view: View, own: Own[Script, Nothing, Nothing]) -> jax.Array:
    return own.p.signals[name][view.week]


def _always(value: jax.Array, view: View, own: object) -> jax.Array:
    return value


def scripted(signals: tuple[Signal, ...], accounts: tuple[Account, ...]) -> Mechanism:
    """Return a mechanism that does nothing but provide these signals and open these accounts, as its parameters say."""
    return Mechanism(
        name="scripted",
        parameters=Script,
        constants=Nothing,
        state=Nothing,
        accounts=accounts,
        open=lambda world, p: {account: p.stocks[account.name] for account in accounts},
        start=lambda view, p: (Nothing(), Nothing()),
        propose=lambda view, own, luck: Proposal(),
        settle=lambda view, own, moved, memo: Nothing(),
        signals={signal: partial(_scripted_level, signal.name) for signal in signals},
    )


def simulate(
    model: Model,
    world: World,
    controls: Controls,
    weeks: int,
    stocks: Mapping[Account, Any],
    signals: Mapping[Signal, Any],
    *parameters: Any,
    futures: int = 1,
    seed: int = 1,
) -> Trajectories:
    """Run a scripted mechanism and others; ``signals`` not named stay neutral, ``parameters`` are in the order of the model."""
    script, *others = model.mechanisms
    paths = {
        s.name: jnp.asarray(signals.get(s, jnp.broadcast_to(level(s, world), (weeks, *level(s, world).shape))), float)
        for s in script.signals
    }
    opening = {a.name: jnp.asarray(stocks[a], float) for a in script.accounts}
    values = {"scripted": Script(paths, opening)} | {m.name: p for m, p in zip(others, parameters, strict=True)}
    return run(
        model,
        world,
        batched(controls, futures),
        batched(values, futures),
        seed=seed,
        futures=np.arange(futures),
        weeks=weeks,
    )


def one_week(
    world: World,
    stocks: Mapping[Account, Any] | None = None,
    signals: Mapping[Signal, Any] | None = None,
    levers: Mapping[str, float] | None = None,
) -> View:
    """Return the view of a week with these stocks, signals and levers (at status quo), to call a mechanism's functions by hand."""
    controls = no_orders(1, regions=world.regions, levers=levers or {}, organisations=world.organisations)
    known = {signal: jnp.asarray(value, float) for signal, value in (signals or {}).items()}
    provider = dataclasses.replace(
        scripted((), ()), signals={signal: partial(_always, value) for signal, value in known.items()}
    )
    return View(
        world,
        controls,
        first_week(controls),
        jnp.zeros((), int),
        1.0,
        {account: jnp.asarray(value, float) for account, value in (stocks or {}).items()},
        {"scripted": provider},
        {"scripted": Own(Nothing(), Nothing(), Nothing())},
    )
