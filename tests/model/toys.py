"""A tiny world, empty orders and two dummy mechanisms, to test the engine by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.accounts import HELD_MX_FINAL, KILLED_BY_RIVALS, MEMBERS, RESIDENTS_HOME, Account
from premortem.model.controls import Controls, Orders
from premortem.model.flows import Flow, Moved
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import PAY
from premortem.model.units import NEVER
from premortem.model.world import World, neighbours, neutral_world


def toy_world(organisations: int = 3, regions: int = 4) -> World:
    o, r = organisations, regions
    ring = np.roll(np.eye(r), 1, axis=0) + np.roll(np.eye(r), -1, axis=0)
    members = jnp.asarray(np.outer(np.linspace(3.0, 1.0, o), np.linspace(1.0, 2.0, r)) * 500)
    return neutral_world(
        members,
        population=jnp.linspace(1e6, 4e6, r),
        zone=jnp.asarray([1.0] + [0.0] * (r - 1)),
        neighbours=jnp.asarray(neighbours(ring)),
        rival_weight=jnp.asarray(2.0 * (1 - np.eye(o))),
        ally_strength=jnp.asarray(np.arange(o, dtype=float)),
        designated=jnp.ones(o),
        homicides=jnp.linspace(300.0, 900.0, r),
        homicides_before=jnp.linspace(250.0, 800.0, r),
        homicides_base=jnp.linspace(100.0, 200.0, r),
        federal_forces=jnp.linspace(1000.0, 2000.0, r),
        state_police=jnp.linspace(2000.0, 3000.0, r),
    )


def no_orders(
    weeks: int,
    task_forces: int = 1,
    regions: int = 4,
    levers: Mapping[str, float] = MappingProxyType({}),
    organisations: int = 3,
) -> Controls:
    """Return orders that ask for nothing; ``levers`` are their status quo by name (``dataclasses.replace`` orders to pull one)."""

    def zeros(*shape: int) -> jax.Array:
        return jnp.zeros((weeks, 1, *shape))

    f, r = task_forces, regions
    orders = Orders(
        people=zeros(f),
        forward_share=zeros(f),
        effort=zeros(f, 6),
        reach=zeros(f, 3),
        zone_share=zeros(r),
        residents=zeros(4).at[..., 0].set(1.0),
        zone_in_force=zeros(),
        zone_depth=zeros(),
        zone_weeks=zeros(),
        ports=zeros(4).at[..., 0].set(1.0),
        priority_lanes=zeros(),
        mexican_forces=zeros(4).at[..., 1].set(1.0),
        rules=zeros(6).at[..., 0].set(1.0),
        positive_identification=zeros(),
        capture=zeros(),
        custody_mexico=zeros(),
        targets=jnp.ones((weeks, 1, 2)),
        hold_fire_below=zeros(),
        harm_steps=zeros(),
        shelter_return=zeros(),
        flight_open=jnp.ones((weeks, 1)),
        home_people=zeros(5, 5),
        home_work=zeros(5, 5),
        partner_people=zeros(),
        partner_aid=zeros(),
        guard_on_state_orders=zeros(),
        trade_compensation=zeros(),
        stated_cost=zeros(),
        levers=jnp.broadcast_to(jnp.asarray(list(levers.values())), (weeks, 1, len(levers))),
        in_force=zeros(),
    )
    return Controls(
        orders=orders,
        regions=jnp.ones((f, r)),
        inventory=jnp.ones(f),
        units_per_deployed=jnp.zeros(f),
        tour_weeks=jnp.zeros(f),
        organisations=jnp.ones(organisations),
        ceiling=jnp.asarray(NEVER),
        seam_answered=jnp.zeros(3),
        seam_unspecified=jnp.zeros(3),
        start_week=jnp.zeros(()),
        stop_week=jnp.asarray(NEVER),
        after=jnp.zeros(4).at[0].set(1.0),
        withdrawal_weeks=jnp.asarray(12.0),
        residual_share=jnp.asarray(0.25),
        consent=jnp.zeros(5).at[0].set(1.0),
        consent_assumed=jnp.zeros(()),
        consent_scope=jnp.ones(3),
        if_refused=jnp.zeros(3).at[0].set(1.0),
        authorised=jnp.zeros(()),
        consulted=jnp.ones(()),
        report_hours=jnp.asarray(48.0),
        certify=jnp.zeros(()),
        exposures=jnp.zeros(6),
        lever_names=tuple(levers),
        lever_status_quo=tuple(levers.values()),
        branches=(),
        observables=(),
    )


def ask(controls: Controls, **levels: float) -> Controls:
    """Return the same orders with levers moved in every week; a lever is named without its mechanism."""
    short = [name.partition(".")[2] for name in controls.lever_names]
    levers = controls.orders.levers
    for name, level in levels.items():
        levers = levers.at[..., short.index(name)].set(level)
    return dataclasses.replace(controls, orders=dataclasses.replace(controls.orders, levers=levers))


def first_week(controls: Controls) -> Orders:
    """Return the orders of week 0 of the plan as written."""
    return jax.tree.map(lambda x: x[0, 0], controls.orders)  # type: ignore[no-any-return]


@pytree
class Rates:
    loss: jax.Array
    growth: jax.Array


def _open(world: World, p: Rates) -> Mapping[Account, jax.Array]:
    return {MEMBERS: world.members, RESIDENTS_HOME: world.population}


def _start(view: View, p: Any) -> tuple[Nothing, Nothing]:
    return Nothing(), Nothing()


def _settle(view: View, own: Any, moved: Moved, memo: Any) -> Nothing:
    return Nothing()


def _fight(view: View, own: Own[Rates, Nothing, Nothing], luck: Luck) -> Proposal:
    members = view.stock(MEMBERS)
    death = own.p.loss * view[PAY][:, None] * jnp.ones_like(members)
    recruits = own.p.growth * members
    return Proposal(
        (
            Flow("death", MEMBERS, KILLED_BY_RIVALS, hazard=death),
            Flow("recruits", RESIDENTS_HOME, MEMBERS, amount=recruits, labels="or"),
            Flow("leave", MEMBERS, RESIDENTS_HOME, hazard=death / 2),
        )
    )


FIGHT = Mechanism(
    name="fight",
    parameters=Rates,
    constants=Nothing,
    state=Nothing,
    accounts=(MEMBERS, KILLED_BY_RIVALS, RESIDENTS_HOME),
    open=_open,
    start=_start,
    propose=_fight,
    settle=_settle,
    outcomes=(
        Outcome("members", lambda view, own, moved: moved.stocks[MEMBERS].sum(0), labels="r"),
        Outcome("deaths", lambda view, own, moved: moved(MEMBERS, KILLED_BY_RIVALS).sum(), flow=True),
    ),
)


@pytree
class Pull:
    arrest: jax.Array
    move: jax.Array
    split: jax.Array


def _arrest(view: View, own: Own[Pull, Nothing, Nothing], luck: Luck) -> Proposal:
    members = view.stock(MEMBERS)
    rows = jax.nn.one_hot(view.world.neighbours, view.world.regions).mean(1)
    first = jnp.zeros(view.world.organisations).at[0].set(1.0)
    to_second = jnp.outer(first, jnp.roll(first, 1))
    happens = luck.uniform("split") < own.p.split
    return Proposal(
        (
            Flow("arrest", MEMBERS, HELD_MX_FINAL, hazard=own.p.arrest * jnp.ones_like(members)),
            Flow(
                "move",
                MEMBERS,
                MEMBERS,
                hazard=own.p.move * jnp.ones_like(members),
                route=rows,
                route_labels="rR",
                to_labels="oR",
            ),
            Flow(
                "split",
                MEMBERS,
                MEMBERS,
                share=0.3 * happens * jnp.outer(first, jnp.ones(view.world.regions)),
                route=to_second + jnp.diag(1 - first),
                route_labels="oO",
                to_labels="Or",
            ),
        )
    )


PULL = Mechanism(
    name="pull",
    parameters=Pull,
    constants=Nothing,
    state=Nothing,
    accounts=(HELD_MX_FINAL,),
    open=lambda world, p: {},
    start=_start,
    propose=_arrest,
    settle=_settle,
    signals={PAY: lambda view, own: jnp.full(view.world.organisations, 2.0)},
)


def toy_parameters(**changes: float) -> dict[str, Any]:
    value = {"loss": 0.002, "growth": 0.003, "arrest": 0.001, "move": 0.01, "split": 0.1} | changes
    as_array = {key: jnp.asarray(v) for key, v in value.items()}
    return {
        "fight": Rates(loss=as_array["loss"], growth=as_array["growth"]),
        "pull": Pull(arrest=as_array["arrest"], move=as_array["move"], split=as_array["split"]),
    }


def batched(tree: Any, futures: int) -> Any:
    """Give every leaf a leading future axis."""
    return jax.tree.map(lambda x: np.repeat(np.asarray(x)[None], futures, axis=0), tree)
