"""Futures of one plan. Scans weeks, vectorises futures, and nothing else: no files, no screens.

Futures run side by side (`premortem.engine.batching`) in chunks of one fixed size, the last chunk padded: the same future gives the same
bits whatever its neighbours, the number of futures, the order of chunks or the thread that ran them (XLA picks other reductions for other
shapes). Weeks
are scanned in quarters of 13, because regional outcomes are kept once a quarter.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

import numpy as np

from premortem.arrays import jax, jnp
from premortem.engine import compilation
from premortem.engine.week import (
    NO_FAULT,
    Model,
    Setup,
    Start,
    State,
    begin,
    draws,
    fault,
    outcomes_in_order,
    sound,
    stacked,
    step,
)
from premortem.model.conditions import encode
from premortem.model.controls import Controls, Orders, packed
from premortem.model.index_sets import VARIANT_BITS
from premortem.model.luck import Luck, key_of
from premortem.model.pytrees import pytree
from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER

CHUNK = FUTURES_PER_CHUNK

Array = np.ndarray
T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Trajectories:
    """Outcomes of some futures of one plan.

    ``weekly``: outcome id -> [future, week]; flow outcomes are amounts per week, level outcomes are read at the end of the week.
    ``regional``: outcome id -> [future, quarter, region]; flows are summed over the quarter, levels read at its end.
    ``mapped``: id of each of the model's mapped outcomes -> [future, week, region], as ``weekly``.
    ``accounts``: account name -> [future, ...] change over the whole run.
    ``fired``: [future, branch] week in which each branch of the plan fired, ``stop_week``: [future] week in which the campaign ended, both
    ``NEVER`` if it did not.
    ``fault_week``, ``fault_cause``: [future] week and index in `premortem.engine.week.causes`, -1 where all is well; a future with a fault
    is reported and its numbers after that week mean nothing.
    """

    weekly: dict[str, Array]
    regional: dict[str, Array]
    mapped: dict[str, Array]
    accounts: dict[str, Array]
    fired: Array
    stop_week: Array
    fault_week: Array
    fault_cause: Array

    def part(self, futures: slice) -> Trajectories:
        """Return some of the futures."""

        def cut(found: Any) -> Any:
            return {key: array[futures] for key, array in found.items()} if isinstance(found, dict) else found[futures]

        return Trajectories(**{field.name: cut(getattr(self, field.name)) for field in dataclasses.fields(self)})

    @staticmethod
    def join(parts: Sequence[Trajectories], futures: int) -> Trajectories:
        """Return the first ``futures`` futures of consecutive chunks as one."""

        def cat(arrays: Sequence[Array]) -> Array:
            return np.concatenate(arrays)[:futures]

        def merge(field: str) -> dict[str, Array]:
            first: dict[str, Array] = getattr(parts[0], field)
            return {key: cat([getattr(part, field)[key] for part in parts]) for key in first}

        return Trajectories(
            merge("weekly"),
            merge("regional"),
            merge("mapped"),
            merge("accounts"),
            cat([part.fired for part in parts]),
            cat([part.stop_week for part in parts]),
            cat([part.fault_week for part in parts]),
            cat([part.fault_cause for part in parts]),
        )


def future_key(seed: jax.Array | int, future: jax.Array | int) -> jax.Array:
    """Return the key of one future: all its luck, under every plan."""
    return key_of(jax.random.key(seed), future)


@pytree
class Report:
    """What a quarter of one future reports. Few large arrays compile in a fraction of the time of many small ones.

    ``weekly``: national outcomes [step, outcome], in the order of ``outcomes_in_order``. ``regional``: those that have regions
    [outcome, region]; flows are summed over the quarter, levels read at its end. ``mapped``: the model's mapped outcomes [step, outcome,
    region]. ``fine``: whether the state is `premortem.engine.week.sound`. ``faults``: where the model checks every week,
    `premortem.engine.week.fault` [step].
    """

    weekly: jax.Array
    regional: jax.Array
    mapped: jax.Array
    fine: jax.Array
    faults: jax.Array | None


def quarter(
    model: Model,
    setup: Setup,
    start: Start,
    state: State,
    orders: Sequence[jax.Array],
    first: jax.Array,
    key: jax.Array,
) -> tuple[State, Report]:
    """Simulate a quarter of one future.

    Parameters
    ----------
    setup : its controls with the orders of the first week.
    orders : by variant, of each step of the quarter, ``[step, number]``, as `premortem.model.controls.packed` has them.
    first : index of the quarter's first step.
    key : of the future.

    Returns
    -------
    state after the quarter, and what it reports.
    """
    per_week, world = round(1 / model.dt), setup.world

    wanted = draws(model, setup, start, state, [variant[0] for variant in orders])

    ids, with_regions = outcomes_in_order(model)
    national = ids[: len(ids) - len(with_regions)]
    of_regions = [model.outcomes[id_][1] for id_ in with_regions]

    def tick(state: State, at: tuple[jax.Array, jax.Array, Sequence[jax.Array]]) -> tuple[State, tuple[jax.Array, ...]]:
        count, key, orders = at
        luck = Luck(jax.random.wrap_key_data(key), noisy=model.noise).with_draws(wanted)
        after, found = step(model, setup, start, state, orders, count // per_week, luck)
        faults = (fault(model, state, after),) if model.check_every_week else ()
        return after, (stacked(found, national, ()), stacked(found, with_regions, world.population.shape), *faults)

    steps = first + jnp.arange(WEEKS_PER_QUARTER * per_week)
    # Keys of all steps at once: a key made inside the loop would be made again for each of its week's numbers.
    keys = jax.random.key_data(jax.vmap(partial(key_of, key))(steps))
    before = state
    state, (weekly, regional, *faults) = jax.lax.scan(tick, before, (steps, keys, orders))
    per_resident = np.array([outcome.per_resident for outcome in of_regions], bool)[:, None]
    flow = np.array([outcome.flow for outcome in of_regions], bool)[:, None]
    weights = jnp.where(per_resident, world.population / world.population.sum(), 1.0)
    return state, Report(
        weekly=jnp.concatenate([weekly, (regional * weights).sum(-1)], axis=1),
        regional=jnp.where(flow, regional.sum(0), regional[-1]),
        mapped=regional[:, np.array([with_regions.index(id_) for id_ in model.mapped], int)],
        fine=sound(model, before, state),
        faults=faults[0] if faults else None,
    )


def one_future(model: Model, weeks: int, setup: Setup, key: jax.Array) -> dict[str, Any]:
    """Simulate one future as one pure function, to be differentiated or reduced; ``run`` gives the same numbers chunk by chunk.

    ``weeks`` is a multiple of 13. Returns ``weekly`` [step], ``regional`` [quarter, region] and ``accounts``, as ``Trajectories`` has them.
    """
    every_week = setup.controls.orders
    setup = _framed(model, setup)
    start, state = begin(model, setup, setup.controls.orders)
    steps = WEEKS_PER_QUARTER * round(1 / model.dt)

    def each(state: State, at: tuple[jax.Array, Sequence[jax.Array]]) -> tuple[State, Report]:
        first, orders = at
        return quarter(model, setup, start, state, orders, first, key)

    quarters = weeks // WEEKS_PER_QUARTER
    stepwise = packed(_stepwise(model, every_week, weeks), 2)
    by_quarter = _all_variants([x.reshape(quarters, steps, -1) for x in jnp.moveaxis(stepwise, 1, 0)])
    state, reports = jax.lax.scan(each, state, (jnp.arange(quarters) * steps, by_quarter))
    ids, with_regions = outcomes_in_order(model)
    weekly = reports.weekly.reshape(quarters * steps, len(ids))
    return {
        "weekly": {id_: weekly[:, i] for i, id_ in enumerate(ids)},
        "regional": {id_: reports.regional[:, i] for i, id_ in enumerate(with_regions)},
        "accounts": _changes(model, start, state),
    }


def _first(orders: Orders) -> Orders:
    return cast("Orders", jax.tree.map(lambda x: x[0, 0], orders))


def _framed(model: Model, setup: Setup) -> Setup:
    """Return what is given with the orders of the first week alone, and with its branches as data."""
    controls = setup.controls
    may_fire = encode(controls.branches, controls.observables, outcomes_in_order(model)[0])
    frame = dataclasses.replace(controls, orders=_first(controls.orders), branches=(), observables=())
    return dataclasses.replace(setup, controls=frame, may_fire=may_fire)


def _all_variants(variants: Sequence[T]) -> list[T]:
    """Return as many variants as any plan can have; those that this one lacks are never chosen."""
    return [*variants, *[variants[0]] * (2**VARIANT_BITS - len(variants))]


def _stepwise(model: Model, orders: Orders, weeks: int) -> Orders:
    """Return orders for each step of the run, ``[step, variant, ...]``."""
    return cast("Orders", jax.tree.map(lambda x: x[:weeks].repeat(round(1 / model.dt), axis=0), orders))


def _changes(model: Model, start: Start, state: State) -> dict[str, jax.Array]:
    return {
        name: value if model.accounts[name].wide else value - start.opening[name]
        for name, value in state.accounts.items()
    }


# What is compiled: the opening and one quarter, each for a chunk of futures, whose axis is the last of all arrays. The length of a run is
# no part of either.


def _open_chunk(model: Model, setup: Setup) -> tuple[Start, State]:
    def one(controls: Controls, parameters: Any) -> tuple[Start, State]:
        return begin(model, dataclasses.replace(setup, controls=controls, parameters=parameters), controls.orders)

    opened: tuple[Start, State] = compilation.many(one, (True, True))(setup.controls, setup.parameters)
    return _of_one_type(opened)


def _quarter_chunk(
    model: Model,
    setup: Setup,
    start: Start,
    state: State,
    orders: Sequence[jax.Array],
    first: jax.Array,
    seed: jax.Array,
    futures: jax.Array,
) -> tuple[State, Report]:
    def one(
        controls: Controls,
        parameters: Any,
        start: Start,
        state: State,
        orders: Sequence[jax.Array],
        first: jax.Array,
        seed: jax.Array,
        future: jax.Array,
    ) -> tuple[State, Report]:
        own = dataclasses.replace(setup, controls=controls, parameters=parameters)
        return quarter(model, own, start, state, orders, first, future_key(seed, future))

    varies = (True, True, True, True, True, False, False, True)
    result: tuple[State, Report] = compilation.many(one, varies)(
        setup.controls, setup.parameters, start, state, orders, first, seed, futures
    )
    return _of_one_type(result)


def _of_one_type(result: T) -> T:
    """Return arrays whose types are their own: JAX compiles anew for a state whose types still lean on a Python number (weak types)."""
    return cast("T", jax.tree.map(lambda x: x.astype(x.dtype), result))


def _pad(tree: Any, size: int) -> Any:
    """Repeat the last future up to the chunk's size."""
    return jax.tree.map(
        lambda x: np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)]) if len(x) < size else x, tree
    )


def _last(tree: T) -> T:
    """Return arrays whose first axis, that of futures, has become the last. One that has no other stays where it is, on the device."""

    def moved(x: Any) -> Any:
        return x if x.ndim == 1 else np.ascontiguousarray(np.moveaxis(np.asarray(x), 0, -1))

    return cast("T", jax.tree.map(moved, tree))


def _by_variant(orders: Orders, weeks: int) -> list[Array]:
    """Return orders with their axis of futures last as ``[week, number, future]`` for each variant."""
    flat = np.concatenate(
        [x[:weeks].reshape(*x[:weeks].shape[:2], -1, x.shape[-1]) for x in jax.tree.leaves(orders)], 2
    )
    return [np.ascontiguousarray(flat[:, variant]) for variant in range(flat.shape[1])]


def _first_axis(array: Any) -> Array:
    """Return an array whose last axis, that of futures, has become the first."""
    return np.ascontiguousarray(np.moveaxis(np.asarray(array), -1, 0))


def chunks(count: int, size: int = CHUNK) -> Iterator[slice]:
    """Return consecutive slices of at most ``size``."""
    return (slice(low, min(low + size, count)) for low in range(0, count, size))


def run_together(
    model: Model, setups: Sequence[Setup], seed: int, futures: Sequence[Array], weeks: int
) -> list[Trajectories]:
    """Simulate some setups with their futures, at most ``CHUNK`` together; those with the same conditions in one call, side by side.

    Futures do not feel their neighbours: the bits are those that each setup has alone.
    """
    alike: dict[Hashable, list[int]] = {}
    for number, setup in enumerate(setups):
        alike.setdefault(jax.tree.structure((setup.controls, setup.parameters)), []).append(number)
    found: dict[int, Trajectories] = {}
    for group in alike.values():
        lucks = [futures[number] for number in group]
        one = _as_one([setups[number] for number in group])
        together = run_chunk(model, one, seed, np.concatenate(lucks), weeks)
        ends = np.cumsum([len(luck) for luck in lucks])
        for number, luck, end in zip(group, lucks, ends, strict=True):
            found[number] = together.part(slice(end - len(luck), end))
    return [found[number] for number in range(len(setups))]


def _as_one(setups: Sequence[Setup]) -> Setup:
    if len(setups) == 1:
        return setups[0]
    controls, parameters = jax.tree.map(
        lambda *parts: np.concatenate(parts), *[(setup.controls, setup.parameters) for setup in setups]
    )
    return dataclasses.replace(setups[0], controls=controls, parameters=parameters)


def run_chunk(model: Model, setup: Setup, seed: int, futures: Array, weeks: int) -> Trajectories:
    """Simulate at most ``CHUNK`` futures of one plan, or of plans with the same conditions.

    Parameters
    ----------
    setup : leaves of its controls and parameters carry a leading future axis of the same length as ``futures``.
    futures : indices of the futures, which address their luck.
    weeks : length of the run, a multiple of 13.
    """
    if weeks % WEEKS_PER_QUARTER:
        raise ValueError(f"weeks must be a multiple of {WEEKS_PER_QUARTER}, not {weeks}")
    count, per_week = len(futures), round(1 / model.dt)
    controls, parameters, futures = (
        _last(_pad(setup.controls, CHUNK)),
        _last(_pad(setup.parameters, CHUNK)),
        _pad(futures, CHUNK),
    )
    orders = _by_variant(controls.orders, weeks)
    # The engine slices orders itself and has conditions as data: neither the length of a run nor what may fire in it is compiled in.
    # To the device once, not with every quarter: hundreds of small arrays take a twentieth of the time of the whole run.
    padded = dataclasses.replace(setup, controls=controls, parameters=parameters)
    # As they are: `jnp.asarray` compiles a program of its own for every shape.
    frame: Setup = jax.device_put(_framed(model, padded))
    steps = WEEKS_PER_QUARTER * per_week

    def given(opened: tuple[Start, State], first: int) -> tuple[Any, ...]:
        week = first // per_week
        part = _all_variants(
            jax.device_put([x[week : week + WEEKS_PER_QUARTER].repeat(per_week, axis=0) for x in orders])
        )
        return frame, *opened, part, jnp.int32(first), jnp.uint32(seed), futures

    opening = compilation.program(_open_chunk, model, frame, quick=True)
    # Traced while the opening is compiled, and looked up by its shapes but once.
    one_quarter = compilation.program(_quarter_chunk, model, *given(opening.result, 0))
    start, state = opening(frame)
    reports = []
    fault_week, fault_cause = np.full(CHUNK, NO_FAULT), np.full(CHUNK, NO_FAULT)
    for first in range(0, weeks * per_week, steps):
        again = given((start, state), first)
        state, report = one_quarter(*again)
        reports.append(report)
        new = ~np.asarray(report.fine) & (fault_week == NO_FAULT)
        if new.any():
            _, closely = compilation.call(_quarter_chunk, dataclasses.replace(model, check_every_week=True), *again)
            week, cause = _first_fault(closely.faults)
            fault_week[new] = first // per_week + week[new]
            fault_cause[new] = cause[new]
    ids, with_regions = outcomes_in_order(model)
    all_weeks = _first_axis(np.concatenate([report.weekly for report in reports]))
    weekly = {id_: all_weeks[:, :, i] for i, id_ in enumerate(ids)}
    all_quarters = _first_axis(np.stack([report.regional for report in reports]))
    regional = {id_: all_quarters[:, :, i] for i, id_ in enumerate(with_regions)}
    mapped_weeks = _first_axis(np.concatenate([report.mapped for report in reports]))
    mapped = {id_: mapped_weeks[:, :, i] for i, id_ in enumerate(model.mapped)}
    accounts = {name: _first_axis(change) for name, change in _changes(model, start, state).items()}
    fired = _first_axis(state.campaign.fired)[:, : len(controls.branches)]
    stop_week = _first_axis(state.campaign.stop_week)
    return Trajectories.join(
        [Trajectories(weekly, regional, mapped, accounts, fired, stop_week, fault_week, fault_cause)], count
    )


def _first_fault(faults: jax.Array) -> tuple[Array, Array]:
    """Return the first week in which something was wrong and its cause, from the faults of each week, [week, future]."""
    found = _first_axis(faults)
    week = (found != NO_FAULT).argmax(1)
    return week, found[np.arange(len(found)), week]


def run(
    model: Model,
    setup: Setup,
    *,
    seed: int,
    futures: Array,
    weeks: int,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Trajectories:
    """Simulate any number of futures of one plan, chunk by chunk, on ``threads`` threads (default: one a core).

    ``progress`` is called with the number of futures just finished.
    """

    def do(part: slice) -> Trajectories:
        take = partial(jax.tree.map, lambda x: x[part])
        taken = dataclasses.replace(setup, controls=take(setup.controls), parameters=take(setup.parameters))
        result = run_chunk(model, taken, seed, futures[part], weeks)
        if progress is not None:
            progress(len(futures[part]))
        return result

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        return Trajectories.join(list(pool.map(do, chunks(len(futures)))), len(futures))
