"""A tiny world, orders for it, and two dummy mechanisms to test the engine by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model.accounts import HELD_MX_FINAL, KILLED_BY_RIVALS, MEMBERS, RESIDENTS_HOME, Account
from premortem.model.controls import Controls, Orders
from premortem.model.flows import Flow, Moved
from premortem.model.index_sets import (
    DEALS,
    EVENTS,
    HOME_DUTIES,
    LABELS,
    PAYERS,
    REVIEWS,
    ROLES,
    RULES,
    SITES,
    TASKS,
    TRIALS,
    WAYS_OUT,
)
from premortem.model.luck import Luck
from premortem.model.mechanism import Mechanism, Outcome, Own, Proposal, View
from premortem.model.pytrees import Nothing, pytree
from premortem.model.signals import PAY
from premortem.model.units import NEVER
from premortem.model.world import World, neighbours, neutral_world
from premortem.plan.language import catalogue

WEEKS = 52


@cache
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


@cache
def status_quo() -> Mapping[str, float]:
    """Return the status quo of every lever of the plan language."""
    return {name: lever.status_quo for name, lever in catalogue.levers().items()}


def one_hot(word: str, words: tuple[str, ...]) -> list[float]:
    """Return 1 where ``words`` is ``word``."""
    return [float(other == word) for other in words]


def orders(
    weeks: int = WEEKS,
    world: World | None = None,
    *,
    task_forces: int = 1,
    levers: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Controls:
    """Return orders that ask for nothing but what is changed.

    ``levers``: levels by lever, named without its mechanism, and ``changes``: fields of orders, each for all weeks or with a leading week
    axis. Fields of controls are changed too. Arrays are those of numpy: a call costs no compilation.
    """
    world = world or toy_world()
    o, r, f = world.organisations, world.regions, task_forces
    number = jnp.result_type(float)

    def zeros(*shape: int, first: float = 0.0) -> Any:
        made = np.zeros((weeks, 1, *shape), number)
        made[..., 0] = first
        return made

    def whole(value: Any) -> Any:
        return np.asarray(value, number)

    usual = status_quo()
    names = [name.partition(".")[2] for name in usual]
    level = zeros(len(names)) + whole(list(usual.values()))
    for name, value in (levers or {}).items():
        level[..., names.index(name)] = np.asarray(value, float).reshape(-1, 1)
    made = Orders(
        people=zeros(f),
        forward_share=zeros(f),
        effort=zeros(f, 6),
        roles=zeros(f, len(ROLES)) + whole(one_hot("assault", ROLES)),
        reach=zeros(f, 3),
        zone_share=zeros(r),
        zone_kind=zeros(3, first=1.0),
        residents=zeros(4, first=1.0),
        zone_in_force=zeros(),
        zone_depth=zeros(),
        ports=zeros(4, first=1.0),
        priority_lanes=zeros(),
        mexican_forces=zeros(4) + whole([0.0, 1.0, 0.0, 0.0]),
        rules=zeros(6, first=1.0),
        positive_identification=zeros(),
        capture=zeros(),
        custody_mexico=zeros(),
        targets=zeros(7) + whole([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
        hold_fire_below=zeros(),
        harm_steps=zeros(),
        shelter_return=zeros(),
        flight_open=zeros() + whole(1.0),
        home_people=zeros(5, 5),
        home_work=zeros(5, len(HOME_DUTIES)),
        partner_people=zeros(2),
        partner_aid=zeros(),
        deal_on=zeros(DEALS),
        way_out=zeros(DEALS, len(WAYS_OUT)),
        deal_places=zeros(DEALS),
        disbands=zeros(DEALS),
        own_effort=zeros(r) + whole(1.0),
        guard_on_state_orders=zeros(),
        guards=zeros(4),
        trade_compensation=zeros(),
        levers=level,
        in_force=zeros(),
        emergency=zeros(),
        emergency_arrests=zeros(),
        permitted=zeros() + whole(1.0),
        exposures=zeros(6),
    )
    controls = Controls(
        orders=made,
        regions=whole(np.ones((f, r))),
        partner_place=whole(np.zeros((2, 2, r))),
        partner_origin=whole(np.zeros((2, r))),
        partner_payer=whole(np.ones((2, 1)) * one_hot("mexico", PAYERS)),
        deal_parties=whole(np.zeros((DEALS, o))),
        deal_regions=whole(np.ones((DEALS, r))),
        deal_monitors=whole(np.zeros(DEALS)),
        deal_payer=whole(np.ones((DEALS, 1)) * one_hot("us_federal", PAYERS)),
        aid_payer=whole(one_hot("us_federal", PAYERS)),
        assumed=whole(np.full(len(EVENTS), NEVER)),
        permitted_people=whole(NEVER),
        falls=whole(np.full((o, r), NEVER)),
        inventory=whole(np.ones(f)),
        units_per_deployed=whole(np.zeros(f)),
        tour_weeks=whole(np.zeros(f)),
        organisations=whole(np.ones(o)),
        ceiling=whole(NEVER),
        seam_answered=whole(np.zeros(3)),
        seam_unspecified=whole(np.zeros(3)),
        backing=whole(np.zeros(3)),
        special_lead=whole(0.0),
        start_week=whole(0.0),
        stop_week=whole(NEVER),
        announced_end=whole(0.0),
        after=whole([1.0, 0.0, 0.0, 0.0]),
        withdrawal_weeks=whole(12.0),
        residual_share=whole(0.25),
        consent=whole([1.0, 0.0, 0.0, 0.0, 0.0]),
        consent_assumed=whole(0.0),
        consent_scope=whole(np.ones(3)),
        if_refused=whole([1.0, 0.0, 0.0]),
        authorised=whole(0.0),
        consulted=whole(1.0),
        report_hours=whole(48.0),
        certify=whole(0.0),
        carried_out=whole(0.0),
        label=whole(one_hot("terrorist_organizations", LABELS)),
        theories=whole(np.zeros(5)),
        held_weeks=whole(NEVER),
        review=whole(one_hot("habeas", REVIEWS)),
        trial=whole(one_hot("federal_court", TRIALS)),
        site=whole(one_hot("US", SITES)),
        lever_payers=whole(
            [[float(lever.payer == payer) for payer in PAYERS] for lever in catalogue.levers().values()]
        ),
        lever_names=tuple(usual),
        lever_status_quo=tuple(usual.values()),
        lever_channels=tuple(lever.joint for lever in catalogue.levers().values()),
        branches=(),
        observables=(),
    )
    return _changed(controls, weeks, changes)


def _changed(controls: Controls, weeks: int, changes: Mapping[str, Any]) -> Controls:
    weekly: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    for name, given in changes.items():
        ordered = hasattr(controls.orders, name)
        old = getattr(controls.orders if ordered else controls, name)
        value = np.asarray(given, old.dtype)
        by_week = ordered and value.ndim == old.ndim - 1 and value.shape[0] == weeks
        new = np.broadcast_to(value[:, None] if by_week else value, old.shape)
        (weekly if ordered else whole)[name] = new
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
        "rules": one_hot(rule, RULES),
        "capture": 1.0,
        "in_force": 1.0,
        "zone_in_force": 1.0,
        "zone_share": [1.0, 0.0, 0.0, 0.0],
        "inventory": 1e9,
        "units_per_deployed": 1.0,
    }
    return orders(weeks, **(given | changes))


def first_week(controls: Controls) -> Orders:
    """Return the orders of week 0 of the plan as written."""
    return jax.tree.map(lambda x: jnp.asarray(x[0, 0]), controls.orders)  # type: ignore[no-any-return]


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
