"""What the tests of a campaign's mechanisms share: orders, parameters by prior, members who stand still, signals at will."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from premortem.evidence import parameters as priors
from premortem.evidence import sampling
from premortem.model.accounts import MEMBERS
from premortem.model.controls import Controls
from premortem.model.index_sets import RULES, TASKS
from premortem.model.mechanism import Mechanism, Proposal
from premortem.model.parameters import assemble, names
from premortem.model.pytrees import Nothing
from premortem.model.signals import Signal
from premortem.model.week import Model
from premortem.model.world import World
from premortem.simulate import Trajectories, run
from tests.model.toys import batched, no_orders, toy_world

WEEKS = 52
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
    "drugs.interior_effort": 1.0,
    "homefront.bp_hire": 0.0,
    "state.arrest_capacity": 1.0,
    "state.border_deployment": 10_000.0,
}


def parameters(mechanisms: tuple[Mechanism, ...], futures: int = 1, at_median: bool = True, **changes: float) -> Any:
    """Return parameters with a leading future axis: medians or draws of their priors, some of them changed (``operations_lead=...``)."""
    wanted = {name: priors.load()[name] for name in names(mechanisms) if name in priors.load()}
    drawn = sampling.draw(wanted, 11, range(futures), {"org": 3, "region": 4}, at_median=at_median)
    for key, value in changes.items():
        owner, _, name = key.partition("_")
        drawn[f"{owner}.{name}"] = np.broadcast_to(np.asarray(value, float), drawn[f"{owner}.{name}"].shape)
    return assemble([m for m in mechanisms if m.parameters is not Nothing], drawn) | {
        m.name: Nothing() for m in mechanisms if m.parameters is Nothing
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
    people: Any, weeks: int = WEEKS, forward: float = 1.0, rule: str = "positive_identification", **changes: Any
) -> Controls:
    """Return orders for one task force in the zone; changes named after tasks are shares of work."""
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
        "inventory": 1e9,
        "units_per_deployed": 1.0,
    }
    return orders(weeks, **(given | changes))


def simulate(
    mechanisms: tuple[Mechanism, ...],
    controls: Controls,
    *,
    futures: int = 1,
    noise: bool = False,
    at_median: bool = True,
    dt: float = 1.0,
    world: World | None = None,
    seed: int = 3,
    **changes: float,
) -> Trajectories:
    """Run mechanisms with members who stay where they are unless something moves them."""
    everyone = (STILL, *mechanisms)
    return run(
        Model(everyone, dt=dt, noise=noise),
        world or toy_world(),
        batched(controls, futures),
        parameters(everyone, futures, at_median, **changes),
        seed=seed,
        futures=np.arange(futures),
        weeks=controls.orders.people.shape[0],
    )


def _nothing(*_: Any) -> Any:
    return Nothing()


def fixed(values: Mapping[Signal, Any], name: str = "fixed") -> Mechanism:
    """Return a mechanism that does nothing but provide signals at given values."""

    def at(value: Any) -> Any:
        return lambda view, own: jnp.asarray(value, float)

    return Mechanism(
        name=name,
        parameters=Nothing,
        constants=Nothing,
        state=Nothing,
        accounts=(),
        open=lambda world, p: {},
        start=lambda view, p: (Nothing(), Nothing()),
        propose=lambda view, own, luck: Proposal(),
        settle=_nothing,
        signals={signal: at(value) for signal, value in values.items()},
    )


STILL = dataclasses.replace(fixed({}, "still"), accounts=(MEMBERS,), open=lambda world, p: {MEMBERS: world.members})
