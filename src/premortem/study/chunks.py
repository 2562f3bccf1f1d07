"""The piece of work: one chunk of futures of one case, simulated and summarised. A pure function of the recipe.

Small chunks are simulated together, side by side in one call of the engine: futures do not feel their neighbours, so the bits are those
that each chunk has alone. The engine (JAX) is imported where a chunk is run, so that what only reads studies does without it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from premortem.errors import DataError, Problem
from premortem.evidence import outcomes
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl
from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER
from premortem.study.cases import cases
from premortem.study.recipes import WEEKS_PER_YEAR, Inputs, Recipe, Rows, carried_out

if TYPE_CHECKING:
    from premortem.engine.simulate import Trajectories
    from premortem.engine.week import Model
    from premortem.study.cache import Cache

ACCOUNT = "account."
BRANCH = "branch."
OPEN = "open."

Floats = NDArray[np.floating]


@dataclasses.dataclass(frozen=True, order=True)
class Chunk:
    """Chunk ``number`` of the futures of case number ``case`` (`premortem.study.cases`)."""

    number: int
    case: int

    @property
    def name(self) -> str:
        """Name of its files."""
        return f"{self.number:06d}-{self.case:04d}"

    @staticmethod
    def of(name: str) -> Chunk:
        """Return the chunk whose files have this name."""
        number, case = name.split("-")
        return Chunk(int(number), int(case))

    def rows(self, futures: int) -> Rows:
        """Return the numbers of its futures."""
        first = self.number * FUTURES_PER_CHUNK
        return np.arange(first, min(first + FUTURES_PER_CHUNK, futures))


Batch: TypeAlias = tuple[Chunk, ...]
"""Chunks that are run together."""


@dataclasses.dataclass(frozen=True)
class Result:
    """What a chunk yields.

    ``table``: a row per future, with plan and reading, a column per outcome summary and account; weeks in which the campaign started
    (``start_week``), ended (``stop_week``) and in which each branch of the plan fired (``branch.*``), null where it did not; what each
    field that the plan leaves open came to (``open.*``).
    ``weekly``: outcome id -> [future, week]; ``regional``: outcome id -> [future, quarter, region]; ``mapped``: id of each outcome that
    maps show -> [future, week, region]; ``draws``: a row per future, with a column per scalar parameter.
    """

    chunk: Chunk
    table: pl.DataFrame
    draws: pl.DataFrame
    weekly: dict[str, Floats]
    regional: dict[str, Floats]
    mapped: dict[str, Floats]

    @property
    def failed(self) -> int:
        """Number of futures in which a number stopped being finite."""
        return len(self.table) - self.table["fault"].null_count()


def chunks(cases: int, futures: int) -> list[Chunk]:
    """Return every chunk of a study; all cases meet the same futures before the next ones begin."""
    return [Chunk(number, case) for number in range(-(-futures // FUTURES_PER_CHUNK)) for case in range(cases)]


def batches(chunks: Iterable[Chunk], futures: int) -> list[Batch]:
    """Return chunks in their order, those next to each other together whose futures are no more than one chunk's."""
    found: list[Batch] = []
    room = 0
    for chunk in chunks:
        size = len(chunk.rows(futures))
        if size > room:
            found.append(())
            room = FUTURES_PER_CHUNK
        found[-1] += (chunk,)
        room -= size
    return found


def known(ids: Iterable[str]) -> list[OutcomeInfo]:
    """Return the entries of the outcome table for the outcomes that a model computes, in the order of the table.

    Raises
    ------
    DataError : an outcome has no entry.
    """
    wanted, table = set(ids), outcomes.load()
    if missing := sorted(wanted - table.keys()):
        raise DataError(Problem("outcomes", f"no entry in outcomes.toml for: {', '.join(missing)}"))
    return [info for id_, info in table.items() if id_ in wanted]


def summarise(kind: str, weekly: Floats) -> NDArray[np.float64]:
    """Return one number a future from ``[future, week]``: a ``total``, a ``yearly`` rate, a ``mean`` or the level at the ``end``."""
    if kind == "end":
        return weekly[:, -1].astype(np.float64)
    total: NDArray[np.float64] = weekly.sum(axis=1, dtype=np.float64)
    weeks = weekly.shape[1]
    scale: dict[str, float] = {"total": 1, "yearly": WEEKS_PER_YEAR / weeks, "mean": 1 / weeks}
    return total * scale[kind]


def _within(week: NDArray[np.float64], weeks: int) -> pl.Series:
    """Return weeks as a column, null where they lie beyond the run."""
    return pl.Series(np.where(week < weeks, week, np.nan), nan_to_null=True)


def run(recipe: Recipe, chunk: Chunk, cache: Cache | None = None) -> Result:
    """Simulate a chunk.

    A future with a fault keeps its row: the cause is in ``fault``, and what it would have counted is missing (null, or NaN from
    the week of the fault on).
    """
    (result,) = run_together(recipe, (chunk,), cache)
    return result


def run_together(recipe: Recipe, batch: Batch, cache: Cache | None = None) -> list[Result]:
    """Simulate some chunks in as few calls of the engine as their plans allow; those that a cache has are taken from there."""
    from premortem.engine import compilation, simulate

    compilation.configure()
    given = [_inputs(recipe, chunk) for chunk in batch]
    model, weeks = recipe.model(), recipe.years * WEEKS_PER_YEAR
    setups, lucks = [inputs.setup for inputs in given], [inputs.luck for inputs in given]
    simulated = simulate.run_together if cache is None else partial(cache.simulated, simulate.run_together)
    found = simulated(model, setups, recipe.seed, lucks, weeks)
    return [_result(recipe, model, *each) for each in zip(batch, given, found, strict=True)]


def _inputs(recipe: Recipe, chunk: Chunk) -> Inputs:
    case = cases(recipe.plans, recipe.stoppable)[chunk.case]
    inputs = recipe.inputs(recipe.plans.index(case.plan), chunk.rows(recipe.futures))
    return inputs if case.reading == "as_likely" else carried_out(inputs)


def _result(recipe: Recipe, model: Model, chunk: Chunk, inputs: Inputs, result: Trajectories) -> Result:
    from premortem.engine.week import NO_FAULT, causes

    rows, case = chunk.rows(recipe.futures), cases(recipe.plans, recipe.stoppable)[chunk.case]
    controls, weeks = inputs.setup.controls, recipe.years * WEEKS_PER_YEAR
    infos = known(model.outcomes)
    numbers = {info.id: summarise(info.summary, result.weekly[info.id]) for info in infos}
    numbers |= {
        ACCOUNT + name: change.reshape(len(rows), -1).sum(axis=1, dtype=np.float64)
        for name, change in result.accounts.items()
    }
    known_causes = causes(model)
    faults: list[str | None] = []
    for future, (week, cause) in enumerate(zip(result.fault_week, result.fault_cause, strict=True)):
        if week != NO_FAULT:
            faults.append(f"week {week}: {known_causes[cause]}")
            for weekly in (*result.weekly.values(), *result.mapped.values()):
                weekly[future, week:] = np.nan
            for regional in result.regional.values():
                regional[future, week // WEEKS_PER_QUARTER :] = np.nan
        else:
            odd = [name for name, values in numbers.items() if not np.isfinite(values[future])]
            faults.append(f"not a number: {', '.join(odd)}" if odd else None)
        if faults[-1]:
            for values in numbers.values():
                values[future] = np.nan
    times = {"start_week": np.asarray(controls.start_week), "stop_week": result.stop_week}
    times |= {f"{BRANCH}{branch.name}": result.fired[:, i] for i, branch in enumerate(controls.branches)}
    table = pl.DataFrame(
        {
            "plan": [case.plan] * len(rows),
            "reading": [case.reading] * len(rows),
            "future": rows,
            "luck": inputs.luck,
            "fault": pl.Series(faults, dtype=pl.String),
            **{name: pl.Series(values, nan_to_null=True) for name, values in numbers.items()},
            **{name: _within(values.astype(np.float64), weeks) for name, values in times.items()},
            **{f"{OPEN}{path}": pl.Series(values.tolist()) for path, values in inputs.left_open.items()},
        }
    )
    draws = pl.DataFrame({"future": rows, "luck": inputs.luck, **inputs.draws})
    return Result(chunk, table, draws, result.weekly, result.regional, result.mapped)
