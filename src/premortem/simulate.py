"""One: futures of one plan. Scans weeks, vectorises futures, and nothing else: no files, no screens.

Futures run side by side (`premortem.lanes`) in chunks of one fixed size, the last chunk padded: the same future gives the same bits
whatever the number of futures, the order of chunks or the thread that ran them (XLA picks other reductions for other shapes). Weeks are
scanned in quarters of 13, because regional outcomes are kept once a quarter.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from premortem import programs
from premortem.lanes import side_by_side
from premortem.model.controls import Controls, Orders
from premortem.model.luck import Luck
from premortem.model.mechanism import Outcome
from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER
from premortem.model.week import FINE, Model, Start, State, begin, draws, finite, step
from premortem.model.world import World

CHUNK = FUTURES_PER_CHUNK
NO_FAULT = -1

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
    ``fault_week``, ``fault_mechanism``: [future], -1 where all is well; a future with a fault is reported and its numbers after that week
    mean nothing.
    """

    weekly: dict[str, Array]
    regional: dict[str, Array]
    mapped: dict[str, Array]
    accounts: dict[str, Array]
    fired: Array
    stop_week: Array
    fault_week: Array
    fault_mechanism: Array

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
            cat([part.fault_mechanism for part in parts]),
        )


def future_key(seed: jax.Array | int, future: jax.Array | int) -> jax.Array:
    """Return the key of one future: all its luck, under every plan."""
    return jax.random.fold_in(jax.random.key(seed), future)


def _national(world: World, outcome: Outcome, weekly: jax.Array) -> jax.Array:
    """Return the national figure of an outcome, [week]."""
    if not outcome.labels:
        return weekly
    return weekly @ (world.population / world.population.sum()) if outcome.per_resident else weekly.sum(-1)


def quarter(
    model: Model,
    world: World,
    controls: Controls,
    parameters: Mapping[str, Any],
    start: Start,
    state: State,
    orders: Orders,
    first: jax.Array,
    key: jax.Array,
) -> tuple[State, dict[str, Any]]:
    """Simulate a quarter of one future.

    Parameters
    ----------
    orders : of each step of the quarter, ``[step, variant, ...]``.
    first : index of the quarter's first step.
    key : of the future.

    Returns
    -------
    state after the quarter, and what it reports: ``weekly`` national outcomes ``[step]``, ``regional`` ones of the quarter ``[region]``,
    ``mapped`` ones ``[step, region]``, ``fine`` [mechanism] whether all numbers are still finite.
    """
    per_week = round(1 / model.dt)

    wanted = draws(model, world, controls, jax.tree.map(lambda x: x[0], orders), parameters, start, state)

    def tick(state: State, at: tuple[jax.Array, Orders]) -> tuple[State, dict[str, jax.Array]]:
        count, orders = at
        luck = Luck(jax.random.fold_in(key, count), noisy=model.noise).dealt_for(wanted)
        return step(model, world, controls, orders, parameters, start, state, count // per_week, luck)

    steps = first + jnp.arange(WEEKS_PER_QUARTER * per_week)
    state, weekly = jax.lax.scan(tick, state, (steps, orders))
    regional = {
        id_: weekly[id_].sum(0) if outcome.flow else weekly[id_][-1]
        for id_, (_, outcome) in model.outcomes.items()
        if outcome.labels
    }
    national = {id_: _national(world, outcome, weekly[id_]) for id_, (_, outcome) in model.outcomes.items()}
    checked = {FINE: weekly[FINE]} if FINE in weekly else {}
    mapped = {id_: weekly[id_] for id_ in model.mapped}
    return state, {"weekly": national | checked, "regional": regional, "mapped": mapped, "fine": finite(model, state)}


def one_future(
    model: Model, weeks: int, world: World, controls: Controls, parameters: Mapping[str, Any], key: jax.Array
) -> dict[str, Any]:
    """Simulate one future as one pure function, to be differentiated or reduced; ``run`` gives the same numbers chunk by chunk.

    ``weeks`` is a multiple of 13. Returns ``weekly`` [step], ``regional`` [quarter, region] and ``accounts``, as ``Trajectories`` has them.
    """
    start, state = begin(model, world, controls, _first(controls.orders), parameters)
    steps = WEEKS_PER_QUARTER * round(1 / model.dt)

    def each(state: State, at: tuple[jax.Array, Orders]) -> tuple[State, dict[str, Any]]:
        first, orders = at
        return quarter(model, world, controls, parameters, start, state, orders, first, key)

    quarters = weeks // WEEKS_PER_QUARTER
    by_quarter = jax.tree.map(
        lambda x: x.reshape(quarters, steps, *x.shape[1:]), _stepwise(model, controls.orders, weeks)
    )
    state, reports = jax.lax.scan(each, state, (jnp.arange(quarters) * steps, by_quarter))
    return {
        "weekly": jax.tree.map(lambda x: x.reshape(quarters * steps), reports["weekly"]),
        "regional": reports["regional"],
        "accounts": _changes(model, start, state),
    }


def _first(orders: Orders) -> Orders:
    return cast("Orders", jax.tree.map(lambda x: x[0, 0], orders))


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


def _open_chunk(model: Model, world: World, controls: Controls, orders: Orders, parameters: Any) -> tuple[Start, State]:
    opened: tuple[Start, State] = side_by_side(partial(begin, model, world), (True, True, True))(
        controls, orders, parameters
    )
    return _of_one_type(opened)


def _quarter_chunk(
    model: Model,
    world: World,
    controls: Controls,
    parameters: Any,
    start: Start,
    state: State,
    orders: Orders,
    first: jax.Array,
    seed: jax.Array,
    futures: jax.Array,
) -> tuple[State, dict[str, Any]]:
    def one(
        controls: Controls,
        parameters: Any,
        start: Start,
        state: State,
        orders: Orders,
        first: jax.Array,
        seed: jax.Array,
        future: jax.Array,
    ) -> tuple[State, dict[str, Any]]:
        return quarter(model, world, controls, parameters, start, state, orders, first, future_key(seed, future))

    varies = (True, True, True, True, True, False, False, True)
    result: tuple[State, dict[str, Any]] = side_by_side(one, varies)(
        controls, parameters, start, state, orders, first, seed, futures
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
    return cast("T", jax.tree.map(lambda x: x if x.ndim == 1 else np.ascontiguousarray(np.moveaxis(x, 0, -1)), tree))


def _first_axis(array: Any) -> Array:
    """Return an array whose last axis, that of futures, has become the first."""
    return np.ascontiguousarray(np.moveaxis(np.asarray(array), -1, 0))


def chunks(count: int, size: int = CHUNK) -> Iterator[slice]:
    """Return consecutive slices of at most ``size``."""
    return (slice(low, min(low + size, count)) for low in range(0, count, size))


def run_chunk(
    model: Model, world: World, controls: Controls, parameters: Mapping[str, Any], seed: int, futures: Array, weeks: int
) -> Trajectories:
    """Simulate at most ``CHUNK`` futures of one plan.

    Parameters
    ----------
    controls, parameters : leaves carry a leading future axis of the same length as ``futures``.
    futures : indices of the futures, which address their luck.
    weeks : length of the run, a multiple of 13.
    """
    if weeks % WEEKS_PER_QUARTER:
        raise ValueError(f"weeks must be a multiple of {WEEKS_PER_QUARTER}, not {weeks}")
    count, per_week = len(futures), round(1 / model.dt)
    controls, parameters, futures = _last(_pad(controls, CHUNK)), _last(_pad(parameters, CHUNK)), _pad(futures, CHUNK)
    orders = jax.tree.map(lambda x: x[:weeks].repeat(per_week, axis=0), controls.orders)
    first_week = _first(controls.orders)
    # The engine slices orders itself; what it is given beside them has none, so that a run's length is not compiled in.
    frame = dataclasses.replace(controls, orders=first_week)
    steps = WEEKS_PER_QUARTER * per_week

    start, state = programs.call(_open_chunk, model, world, frame, first_week, parameters)
    reports = []
    fault_week, fault_mechanism = np.full(CHUNK, NO_FAULT), np.full(CHUNK, NO_FAULT)
    for first in range(0, weeks * per_week, steps):
        part = jax.tree.map(lambda x, first=first: x[first : first + steps], orders)
        again = (world, frame, parameters, start, state, part, jnp.int32(first), jnp.uint32(seed), futures)
        state, report = programs.call(_quarter_chunk, model, *again)
        reports.append(report)
        new = ~np.asarray(report["fine"]).all(0) & (fault_week == NO_FAULT)
        if new.any():
            _, closely = programs.call(_quarter_chunk, dataclasses.replace(model, check_every_week=True), *again)
            week, mechanism = _first_fault(closely["weekly"].pop(FINE))
            fault_week[new] = first // per_week + week[new]
            fault_mechanism[new] = mechanism[new]
    weekly = {id_: _first_axis(np.concatenate([r["weekly"][id_] for r in reports])) for id_ in reports[0]["weekly"]}
    regional = {id_: _first_axis(np.stack([r["regional"][id_] for r in reports])) for id_ in reports[0]["regional"]}
    mapped = {id_: _first_axis(np.concatenate([r["mapped"][id_] for r in reports])) for id_ in model.mapped}
    accounts = {name: _first_axis(change) for name, change in _changes(model, start, state).items()}
    fired, stop_week = _first_axis(state.campaign.fired), _first_axis(state.campaign.stop_week)
    return Trajectories.join(
        [Trajectories(weekly, regional, mapped, accounts, fired, stop_week, fault_week, fault_mechanism)], count
    )


def _first_fault(fine: jax.Array) -> tuple[Array, Array]:
    """Return the first week and mechanism at which a number was not finite, from ``fine`` [step, mechanism, future]."""
    bad = _first_axis(~np.asarray(fine))
    week = bad.any(2).argmax(1)
    return week, bad[np.arange(len(bad)), week].argmax(1)


def run(
    model: Model,
    world: World,
    controls: Controls,
    parameters: Mapping[str, Any],
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
        result = run_chunk(model, world, take(controls), take(parameters), seed, futures[part], weeks)
        if progress is not None:
            progress(len(futures[part]))
        return result

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        return Trajectories.join(list(pool.map(do, chunks(len(futures)))), len(futures))


def faults(model: Model, result: Trajectories, futures: Array) -> list[str]:
    """Return one sentence for every future in which a number stopped being finite."""
    names = list(model.by_name)
    return [
        f"future {futures[i]}: a number stopped being finite in week {result.fault_week[i]}, mechanism {names[result.fault_mechanism[i]]}"
        for i in np.flatnonzero(result.fault_week != NO_FAULT)
    ]
