"""One: futures of one plan. Scans weeks, vectorises futures, and nothing else: no files, no screens.

Futures run in chunks of one fixed size, the last chunk padded: the same future gives the same bits whatever the number of futures,
the order of chunks or the thread that ran them (XLA picks other reductions for other shapes). Weeks are scanned in quarters of 13,
because regional outcomes are kept once a quarter.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import platformdirs

from premortem.model.controls import Controls
from premortem.model.mechanism import Outcome
from premortem.model.week import NO_FAULT, Model, begin, step
from premortem.model.world import World

CHUNK = 16
WEEKS_PER_QUARTER = 13

Array = np.ndarray


@dataclasses.dataclass(frozen=True)
class Trajectories:
    """Outcomes of some futures of one plan.

    ``weekly``: outcome id -> [future, week]; flow outcomes are amounts per week, level outcomes are read at the end of the week.
    ``regional``: outcome id -> [future, quarter, region]; flows are summed over the quarter, levels read at its end.
    ``accounts``: account name -> [future, ...] change over the whole run.
    ``fired``: [future, branch] week in which each branch of the plan fired, ``stop_week``: [future] week in which the campaign ended, both
    ``NEVER`` if it did not.
    ``fault_week``, ``fault_mechanism``: [future], -1 where all is well; a future with a fault is reported and its numbers after that week
    mean nothing.
    """

    weekly: dict[str, Array]
    regional: dict[str, Array]
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
            merge("accounts"),
            cat([part.fired for part in parts]),
            cat([part.stop_week for part in parts]),
            cat([part.fault_week for part in parts]),
            cat([part.fault_mechanism for part in parts]),
        )


def use_compile_cache() -> None:
    """Keep compiled programs in the user's cache folder, so that only the first run on a machine compiles.

    ``PREMORTEM_CACHE`` names another folder.
    """
    folder = Path(os.environ.get("PREMORTEM_CACHE", platformdirs.user_cache_dir("premortem"))) / "xla"
    options = {
        "jax_compilation_cache_dir": str(folder),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in options.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]


def future_key(seed: int, future: jax.Array | int) -> jax.Array:
    """Return the key of one future: all its luck, under every plan."""
    return jax.random.fold_in(jax.random.key(seed), future)


def _national(world: World, outcome: Outcome, weekly: jax.Array) -> jax.Array:
    """Return the national figure of an outcome, [week]."""
    if not outcome.labels:
        return weekly
    return weekly @ (world.population / world.population.sum()) if outcome.per_resident else weekly.sum(-1)


def one_future(
    model: Model, weeks: int, world: World, controls: Controls, parameters: Mapping[str, Any], key: jax.Array
) -> dict[str, Any]:
    """Simulate one future: the pure function behind everything. ``weeks`` is a multiple of 13 (of steps: 13 / dt a quarter)."""
    first = jax.tree.map(lambda x: x[0, 0], controls.orders)
    start, state = begin(model, world, controls, first, parameters)
    per_week = round(1 / model.dt)

    def tick(state: Any, at: tuple[jax.Array, Any]) -> tuple[Any, Any]:
        count, orders = at
        week = count // per_week
        return step(model, world, controls, orders, parameters, start, state, week, jax.random.fold_in(key, count))

    def quarter(state: Any, at: tuple[jax.Array, Any]) -> tuple[Any, Any]:
        state, weekly = jax.lax.scan(tick, state, at)
        regional = {
            id_: weekly[id_].sum(0) if outcome.flow else weekly[id_][-1]
            for id_, (_, outcome) in model.outcomes.items()
            if outcome.labels
        }
        return state, ({id_: _national(world, model.outcomes[id_][1], weekly[id_]) for id_ in weekly}, regional)

    steps, quarters = weeks * per_week, weeks // WEEKS_PER_QUARTER
    orders = jax.tree.map(lambda x: jnp.repeat(x[:weeks], per_week, axis=0), controls.orders)
    at = (jnp.arange(steps), orders)
    by_quarter = jax.tree.map(lambda x: x.reshape(quarters, steps // quarters, *x.shape[1:]), at)
    state, (scalars, regional) = jax.lax.scan(quarter, state, by_quarter)
    changes = {
        name: value if model.accounts[name].wide else value - start.opening[name]
        for name, value in state.accounts.items()
    }
    return {
        "weekly": jax.tree.map(lambda x: x.reshape(steps, *x.shape[2:]), scalars),
        "regional": regional,
        "accounts": changes,
        "fired": state.campaign.fired,
        "stop_week": state.campaign.stop_week,
        "fault_week": state.fault_week,
        "fault_mechanism": state.fault_mechanism,
    }


@partial(jax.jit, static_argnames=("model", "weeks"))
def _chunk(
    model: Model,
    weeks: int,
    world: World,
    controls: Controls,
    parameters: Mapping[str, Any],
    seed: jax.Array,
    futures: jax.Array,
) -> dict[str, Any]:
    def one(controls: Controls, parameters: Mapping[str, Any], future: jax.Array) -> dict[str, Any]:
        key = jax.random.fold_in(jax.random.key(seed), future)
        return one_future(model, weeks, world, controls, parameters, key)

    return jax.vmap(one)(controls, parameters, futures)


def _pad(tree: Any, size: int) -> Any:
    """Repeat the last future up to the chunk's size."""
    return jax.tree.map(
        lambda x: np.concatenate([x, np.repeat(x[-1:], size - len(x), axis=0)]) if len(x) < size else x, tree
    )


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
    count = len(futures)
    result = _chunk(
        model, weeks, world, _pad(controls, CHUNK), _pad(parameters, CHUNK), jnp.uint32(seed), _pad(futures, CHUNK)
    )
    host = jax.tree.map(np.asarray, jax.device_get(result))
    return Trajectories.join([Trajectories(**host)], count)


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
