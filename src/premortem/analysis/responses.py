"""A plan in futures of a study with some mechanisms switched off: the runs from which it follows what each mechanism's response does."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis import switches
from premortem.analysis.wedges import plan_of
from premortem.arrays import jax, jnp
from premortem.engine import compilation, simulate
from premortem.engine.simulate import CHUNK, Trajectories
from premortem.engine.week import NO_FAULT, Model
from premortem.errors import InputError, Problem, RunError
from premortem.evidence import outcomes
from premortem.model.controls import Controls
from premortem.study.cases import Reading
from premortem.study.chunks import summarise
from premortem.study.experiment import Experiment
from premortem.study.recipes import WEEKS_PER_YEAR, Inputs, Rows, carried_out
from premortem.study.store import Store

SIDE_BY_SIDE = CHUNK - 1
"""Sets of mechanisms that are simulated together in one future, beside the baseline."""

FAR, MANY = 0.01, 0.1
"""A number differs from a stored one from this share of it on, and a study is another one if it does in more than this share of futures."""
OTHERWISE = (
    "Run anew, these futures differ from those that the study holds: it was made by other code or data, or by another fit to the record. "
    "What is said here is of the new runs."
)

Floats = NDArray[np.float64]
Set = frozenset[str]
"""Mechanisms that respond to the plan."""


@dataclasses.dataclass(frozen=True)
class Responses:
    """A plan and its baseline in some futures, and the model with switches."""

    model: Model
    mechanisms: tuple[str, ...]
    base: Inputs
    plan: Inputs
    seed: int
    weeks: int

    def run(self, future: int, sets: Sequence[Set]) -> Trajectories:
        """Simulate one future, the first of the results under the baseline, the others under the plan with a set of mechanisms responding.

        Parameters
        ----------
        future : its place among the futures that were read.
        sets : at most ``SIDE_BY_SIDE``.
        """
        base, plan = (
            jax.tree.map(lambda x: np.asarray(x)[future : future + 1], (one.setup.controls, one.setup.parameters))
            for one in (self.base, self.plan)
        )
        count = len(sets)
        controls = jax.tree.map(
            lambda first, rest: np.concatenate([first, np.repeat(rest, count, axis=0)]),
            _alike(base[0], plan[0]),
            plan[0],
        )
        parameters = {
            name: switches.Switched(
                jax.tree.map(lambda x: np.repeat(x, count + 1, axis=0), plan[1][name]),
                jnp.asarray([1.0, *(float(name in there) for there in sets)], np.float32),
            )
            for name in self.mechanisms
        }
        setup = dataclasses.replace(self.plan.setup, controls=controls, parameters=parameters)
        luck = np.full(count + 1, self.plan.luck[future])
        return simulate.run_chunk(self.model, setup, self.seed, luck, self.weeks)


def of_study(store: Store, plan: str, baseline: str, reading: Reading, futures: Rows) -> Responses:
    """Read a plan and its baseline, as they were, in some futures of a study.

    Raises
    ------
    InputError : the study records no plan files or asked for none, or the baseline has branches of its own.
    """
    spec = store.provenance.recipe.pinned
    loaded = [plan_of(store, name) for name in (baseline, plan)]
    if spec is None:
        raise InputError(Problem("design", "the study does not say what was asked: its futures cannot be made again"))
    update: dict[str, Any] = {"plans": (baseline, plan), "keep": (), "levers": {}, "outcomes": "all"}
    return of_experiment(Experiment.of(spec.model_copy(update=update), loaded), reading, futures)


def of_experiment(experiment: Experiment, reading: Reading, futures: Rows) -> Responses:
    """Read the second plan of an experiment, and the first as its baseline, in some futures.

    Raises
    ------
    InputError : the baseline has branches of its own.
    """
    compilation.configure()
    given = [experiment.inputs(number, futures) for number in range(2)]
    if reading == "carried_out":
        given = [
            carried_out(one) if name in experiment.stoppable else one
            for one, name in zip(given, experiment.plans, strict=True)
        ]
    base, ours = (one.setup.controls for one in given)
    if base.branches and base.branches != ours.branches:
        raise InputError(
            Problem(
                "baseline",
                "the baseline has branches of its own: a mechanism cannot be held at it",
                found=", ".join(branch.name for branch in base.branches),
                allowed="a baseline without branches",
            )
        )
    plain = experiment.model()
    weeks = experiment.years * WEEKS_PER_YEAR
    return Responses(switches.model(plain), tuple(plain.by_name), given[0], given[1], experiment.seed, weeks)


def outcomes_by_set(
    responses: Responses,
    sets: Sequence[Set],
    wanted: Sequence[str],
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Mapping[Set, dict[str, Floats]], dict[str, Floats]]:
    """Simulate all futures with each set of mechanisms responding.

    Parameters
    ----------
    progress : called with the number of runs done and of all.

    Returns
    -------
    For each set, and for the baseline, outcome -> ``[future]``, NaN where the future failed.
    """
    futures, none = len(responses.plan.luck), frozenset[str]()
    simulated = [there for there in sets if there != none]  # where nothing responds it is the baseline
    parts = [simulated[first : first + SIDE_BY_SIDE] for first in range(0, len(simulated), SIDE_BY_SIDE)]
    work = [(future, part) for future in range(futures) for part in parts]
    found = {there: {id_: np.full(futures, np.nan) for id_ in wanted} for there in sets}
    base = {id_: np.full(futures, np.nan) for id_ in wanted}
    summaries = {id_: outcomes.load()[id_].summary for id_ in wanted}
    done = 0
    for (future, part), result in _each(work, lambda one: responses.run(*one)):
        fine = result.fault_week == NO_FAULT
        for id_ in wanted:
            numbers = np.where(fine, summarise(summaries[id_], result.weekly[id_]), np.nan)
            base[id_][future] = numbers[0]
            for there, number in zip(part, numbers[1:], strict=True):
                found[there][id_][future] = number
        done += len(part) + 1
        if progress is not None:
            progress(done, sum(len(part) + 1 for _, part in work))
    if none in found:
        found[none] = base
    return found, base


def one_by_one(responses: Responses, future: int) -> Trajectories:
    """Simulate one future under the baseline, under the plan, and with each mechanism not responding, in the order of the mechanisms.

    Raises
    ------
    RunError : one of the runs failed.
    """
    every = frozenset(responses.mechanisms)
    result = responses.run(future, [every, *(every - {name} for name in responses.mechanisms)])
    if (result.fault_week != NO_FAULT).any():
        raise RunError(Problem("failed", "a run of this future failed: trace another one"))
    return result


def made_otherwise(found: Sequence[Floats], stored: Sequence[Floats]) -> bool:
    """Return whether runs differ from those stored by more than rounding: by a hundredth, in more than a tenth of all numbers."""
    ours, theirs = np.concatenate(list(map(np.ravel, found))), np.concatenate(list(map(np.ravel, stored)))
    fine = np.isfinite(ours) & np.isfinite(theirs)
    far = np.abs(ours - theirs) > FAR * np.maximum(np.abs(theirs), np.finfo(float).tiny)
    return bool(far[fine].mean() > MANY) if fine.any() else False


def _each(work: Sequence[Any], do: Callable[[Any], Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each piece of work with its result, as they are done on a thread per core."""
    count = len(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(count)
    try:
        for first in range(0, len(work), count):
            some = work[first : first + count]
            yield from zip(some, pool.map(do, some), strict=True)
    finally:  # interrupted, do not wait for what is being computed
        pool.shutdown(wait=False, cancel_futures=True)


def _alike(base: Controls, plan: Controls) -> Controls:
    """Return the baseline's controls with the plan's conditions, and its own orders in every variant: whatever fires, nothing changes."""
    variants = plan.orders.people.shape[2]
    orders = base.orders
    if base.orders.people.shape[2] != variants:
        orders = jax.tree.map(lambda x: np.repeat(x[:, :, :1], variants, axis=2), base.orders)
    return dataclasses.replace(base, orders=orders, branches=plan.branches, observables=plan.observables)
