"""What the tests of recruitment, rivalry and state share: levers, medians of priors, members who stand still, signals and flows at will."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.evidence import parameters as ledger
from premortem.evidence.sampling import draw
from premortem.model.accounts import KILLED_BY_US, MEMBERS, RESIDENTS_HOME
from premortem.model.controls import Controls
from premortem.model.flows import Flow
from premortem.model.mechanism import Mechanism, Outcome, Proposal, View
from premortem.model.parameters import assemble
from premortem.model.pytrees import Nothing, pytree
from premortem.model.recruitment import RECRUITMENT
from premortem.model.rivalry import RIVALRY
from premortem.model.signals import Signal
from premortem.model.state import STATE
from premortem.model.week import Model, Start, State, begin
from premortem.model.world import World
from premortem.simulate import Trajectories, run
from tests.model.toys import ask, batched, first_week, no_orders, toy_world

CONFLICT = (RECRUITMENT, RIVALRY, STATE)
LEVERS = {
    "recruitment.prevention": 0.0,
    "recruitment.exit_aid": 1.0,
    "recruitment.rehabilitation": 0.0,
    "recruitment.youth_jobs": 0.0,
    "rivalry.truce": 1.0,
    "state.arrest_capacity": 1.0,
    "state.border_deployment": 10_000.0,
    "state.lethality_policy": 1.0,
    "state.prosecution": 0.05,
    "state.vetting": 0.0,
}


def parameters(
    mechanisms: Sequence[Mechanism], world: World, futures: int = 1, *, at_median: bool = True, **changes: Any
) -> dict[str, Any]:
    """Return parameters ``[future, ...]`` at medians or draws of their priors, but for ``changes`` (``rivalry_s_z=0``)."""
    wanted = {name: p for name, p in ledger.load().items() if name.partition(".")[0] in {m.name for m in mechanisms}}
    drawn = draw(wanted, 7, range(futures), {"org": world.organisations, "region": world.regions}, at_median=at_median)
    for key, value in changes.items():
        name = key.replace("_", ".", 1)
        drawn[name] = np.broadcast_to(np.asarray(value, float), drawn[name].shape)
    return assemble([m for m in mechanisms if m.parameters is not Script], drawn)


def orders(weeks: int, world: World, **levels: float) -> Controls:
    """Return empty orders with some levers moved, in every week (``truce=0.5``)."""
    return ask(no_orders(weeks, regions=world.regions, organisations=world.organisations, levers=LEVERS), **levels)


@pytree
class Script:
    """What `scripted` does: signals by name [week, ...], and the risk of being killed by US forces [week, o, r]."""

    signals: dict[str, jax.Array]
    strikes: jax.Array


def scripted(signals: Sequence[Signal], *, members: bool = True, **reads: Callable[[View], jax.Array]) -> Mechanism:
    """Return a mechanism that provides these signals as its script says, opens ``members``, strikes, and reports what it reads.

    One object for many tests is one compiled program for many tests.
    """

    def provide(name: str) -> Callable[[View, Any], jax.Array]:
        return lambda view, own: own.p.signals[name][view.week]

    def read(compute: Callable[[View], jax.Array]) -> Callable[[View, Any, Any], jax.Array]:
        return lambda view, own, moved: compute(view)

    return Mechanism(
        name="scripted",
        parameters=Script,
        constants=Nothing,
        state=Nothing,
        accounts=(MEMBERS, RESIDENTS_HOME, KILLED_BY_US),
        open=lambda world, p: {MEMBERS: world.members} if members else {},
        start=lambda view, p: (Nothing(), Nothing()),
        propose=lambda view, own, luck: Proposal(
            (Flow("strikes", MEMBERS, KILLED_BY_US, hazard=own.p.strikes[view.week], noisy=False),)
        ),
        settle=lambda view, own, moved, memo: Nothing(),
        signals={signal: provide(signal.name) for signal in signals},
        outcomes=tuple(Outcome(id_, read(compute)) for id_, compute in reads.items()),
    )


def _neutral(signal: Signal, world: World) -> jax.Array:
    if callable(signal.neutral):
        return signal.neutral(world)
    return jnp.full([{"o": world.organisations, "r": world.regions}[label] for label in signal.labels], signal.neutral)


def _script(script: Mechanism, world: World, weeks: int, signals: Mapping[Signal, Any], strikes: Any) -> Script:
    assert set(signals) <= set(script.signals)

    def path(value: Any, rest: jax.Array) -> jax.Array:
        if np.ndim(value) > rest.ndim:
            return jnp.broadcast_to(jnp.asarray(value, float), (weeks, *rest.shape))
        after = jnp.broadcast_to(jnp.asarray(value, float), (weeks - 1, *rest.shape))
        return jnp.concatenate([rest[None], after])

    neutral = {signal: _neutral(signal, world) for signal in script.signals}
    paths = {signal.name: path(signals.get(signal, rest), rest) for signal, rest in neutral.items()}
    return Script(paths, path(strikes, jnp.zeros_like(world.members)))


def simulate(
    mechanisms: Sequence[Mechanism],
    *,
    weeks: int,
    world: World | None = None,
    futures: int = 1,
    noise: bool = False,
    dt: float = 1.0,
    at_median: bool = True,
    levers: Mapping[str, float] | None = None,
    signals: Mapping[Signal, Any] | None = None,
    strikes: Any = 0.0,
    **changes: Any,
) -> Trajectories:
    """Run mechanisms; scripted ``signals`` and ``strikes`` leave their neutral values after the first week, if not given by week."""
    world = world or toy_world()
    values = parameters(mechanisms, world, futures, at_median=at_median, **changes)
    scripts = [m for m in mechanisms if m.parameters is Script]
    values |= {m.name: batched(_script(m, world, weeks, signals or {}, strikes), futures) for m in scripts}
    return run(
        Model(tuple(mechanisms), dt=dt, noise=noise),
        world,
        batched(orders(weeks, world, **(levers or {})), futures),
        values,
        seed=3,
        futures=np.arange(futures),
        weeks=weeks,
    )


def start_of(
    mechanisms: Sequence[Mechanism],
    world: World,
    futures: int = 1,
    *,
    at_median: bool = True,
    signals: Mapping[Signal, Any] | None = None,
    **changes: Any,
) -> tuple[Start, State]:
    """Return the start of many futures, with a leading future axis; scripted ``signals`` are those of the first week."""
    controls = orders(1, world)
    model, first = Model(tuple(mechanisms)), first_week(controls)
    values = parameters(mechanisms, world, futures, at_median=at_median, **changes)
    paths = {signal: [value] for signal, value in (signals or {}).items()}
    values |= {m.name: batched(_script(m, world, 1, paths, 0.0), futures) for m in mechanisms if m.parameters is Script}
    start, state = jax.jit(jax.vmap(lambda p: begin(model, world, controls, first, p)))(values)
    return start, state


def reading(mechanism: Mechanism, **outcomes: Callable[[Any], jax.Array]) -> Mechanism:
    """Return the mechanism with outcomes that read what it owns."""

    def read(compute: Callable[[Any], jax.Array]) -> Callable[[View, Any, Any], jax.Array]:
        return lambda view, own, moved: compute(own)

    added = tuple(Outcome(id_, read(compute)) for id_, compute in outcomes.items())
    return dataclasses.replace(mechanism, outcomes=(*mechanism.outcomes, *added))
