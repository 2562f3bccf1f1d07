"""How much of what a plan changes runs through Mexico's own effort: the same futures with that effort held at the baseline's path.

Own effort may rise or fall when relations are hurt, and no record fixes by how much (docs/model/own_effort.md). So a plan is simulated
again with the orders of a lever that nobody in the plan has: Mexico's own effort, state by state, as under the baseline in the same future.
What then is left of a difference is the plan's; what is gone ran through Mexico's effort.
"""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import OutcomeComparison, compare, headlines, line_of, paired
from premortem.analysis.evaluate import one_reading
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes
from premortem.frames import pl
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.plan.language.load import LoadedPlan
from premortem.study.cases import READINGS, Reading
from premortem.study.executors import Executor
from premortem.study.experiment import Experiment, plan_id
from premortem.study.recipes import Inputs
from premortem.study.run import Progress, once
from premortem.study.spec import make
from premortem.study.store import Store

EFFORT = "own_effort"
ROUNDS = 2
"""Times that effort is brought to the baseline's path: what is held changes what it answers to, by little after the first."""

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Through:
    """One outcome of a plan against the baseline: as it comes about, with own effort held, and the part that ran through own effort.

    The part is the first difference minus the second, future by future.
    """

    whole: OutcomeComparison
    held: OutcomeComparison
    part: OutcomeComparison

    def as_json(self) -> dict[str, Any]:
        """Return the outcome for programs, unrounded."""
        apart = ("difference", "share_better", "share_same")
        line = self.whole.as_json()
        return {key: line[key] for key in ("id", "title", "unit", "direction")} | {
            name: {key: one.as_json()[key] for key in apart}
            for name, one in (("whole", self.whole), ("held", self.held), ("part", self.part))
        }


@dataclasses.dataclass(frozen=True)
class PassThrough:
    """Headline outcomes of a plan under each reading that it has, over ``futures`` of ``years`` with one ``seed``.

    ``off``: by how much, as a share, own effort still differs from the baseline's at the end, at the worst state of the median future.
    """

    plan: str
    baseline: str
    futures: int
    years: int
    seed: int
    readings: dict[Reading, tuple[Through, ...]]
    off: dict[Reading, float]

    def as_json(self) -> dict[str, Any]:
        """Return everything for programs, unrounded."""
        return {
            "plan": self.plan,
            "baseline": self.baseline,
            "futures": self.futures,
            "years": self.years,
            "seed": self.seed,
            "readings": {
                name: {"off": self.off[name], "outcomes": [line.as_json() for line in lines]}
                for name, lines in self.readings.items()
            },
        }


@dataclasses.dataclass(frozen=True, eq=False)
class _Held:
    """Makes Mexico work as hard as ``factor`` [future, week, region] says: a change of the inputs of a plan, in independent futures."""

    factor: Floats

    def __call__(self, given: Inputs) -> Inputs:
        """Return the inputs with Mexico's own effort ordered besides."""
        controls = given.setup.controls
        factor = np.asarray(self.factor[given.luck][:, :, None], np.float32)  # luck has the number of the future
        orders = dataclasses.replace(controls.orders, own_effort=controls.orders.own_effort * factor)
        setup = dataclasses.replace(given.setup, controls=dataclasses.replace(controls, orders=orders))
        return dataclasses.replace(given, setup=setup)


def pass_through(
    loaded: LoadedPlan,
    against: LoadedPlan,
    *,
    futures: int,
    years: int,
    seed: int,
    executor: Executor,
    progress: Progress | None = None,
) -> PassThrough:
    """Simulate a plan, its baseline, and the plan with Mexico's own effort as under the baseline, under each reading of the plan.

    Raises
    ------
    InputError : a number is out of its bounds, the two plans are one, or none of the futures could be finished.
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    names = plan_id(against), plan_id(loaded)
    if names[0] == names[1]:
        raise InputError(Problem("plan", "a plan is compared with itself", found=names[0]))
    spec = make(plans=names, futures=futures, years=years, seed=seed, keep=("regional",))
    both = Experiment.of(spec, [against, loaded])
    alone = spec.model_copy(update={"plans": names[1:], "depth_miles": both.depth_miles, "start": both.start})
    lines: dict[Reading, tuple[Through, ...]] = {}
    off: dict[Reading, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        first = once(both, Path(folder, "both"), executor=executor, progress=progress)
        for reading in READINGS if names[1] in both.stoppable else READINGS[:1]:
            whole = first.under(reading)
            wanted, now = (_effort(whole, name) for name in names)
            factor, held = np.ones_like(wanted), whole
            for number in range(ROUNDS):
                factor = factor * _ratio(wanted, now)
                recipe = one_reading([loaded], alone, reading, [_Held(_every_week(factor))])
                held = once(recipe, Path(folder, f"{reading}{number}"), executor=executor, progress=progress)
                now = _effort(held, names[1])
            lines[reading] = _lines(whole, held, *names)
            last = np.abs(_ratio(wanted, now)[:, -1] - 1.0).max(axis=-1)
            off[reading] = float(np.median(last))
    return PassThrough(names[1], names[0], futures, years, seed, lines, off)


def _effort(store: Store, plan: str) -> Floats:
    """Return own effort at the end of each quarter, ``[future, quarter, region]``."""
    found = store.read("regional", plan, store.ids("regional").index(EFFORT))
    return np.asarray(found, np.float64)


def _ratio(wanted: Floats, now: Floats) -> Floats:
    """Return one path over another, 1 where a future failed or nobody works."""
    usable = np.isfinite(wanted) & np.isfinite(now) & (now > 0)
    return np.where(usable, np.divide(wanted, now, out=np.ones_like(now), where=usable), 1.0)


def _every_week(factor: Floats) -> Floats:
    """Return a factor known at the ends of quarters in every week, ``[future, week, region]``: 1 at the start, straight in between."""
    quarters = factor.shape[1]
    ends = np.concatenate([[0.0], (np.arange(quarters) + 1.0) * WEEKS_PER_QUARTER])
    known = np.concatenate([np.ones_like(factor[:, :1]), factor], axis=1)
    weeks = np.arange(quarters * WEEKS_PER_QUARTER) + 1.0
    before = np.clip(np.searchsorted(ends, weeks) - 1, 0, quarters - 1)
    share = ((weeks - ends[before]) / WEEKS_PER_QUARTER)[:, None]
    return np.asarray(known[:, before] * (1.0 - share) + known[:, before + 1] * share)


def _lines(whole: Store, held: Store, baseline: str, plan: str) -> tuple[Through, ...]:
    table = whole.table().collect()
    with_held = pl.concat(
        [table.filter(pl.col("plan") == baseline), held.table().collect().filter(pl.col("plan") == plan)],
        how="diagonal",
    )
    free, fixed = (paired(one, plan, baseline)[0] for one in (table, with_held))
    free = free.join(fixed.select("future"), on="future", how="semi")
    fixed = fixed.join(free.select("future"), on="future", how="semi")
    found = []
    for one in headlines(compare(table, plan, baseline).lines):
        info = outcomes.load()[one.outcome.id]
        start = free[f"{info.id}:baseline"].to_numpy().astype(float)
        ours, theirs = (each[info.id].to_numpy().astype(float) for each in (free, fixed))
        found.append(Through(line_of(info, ours, start), line_of(info, theirs, start), line_of(info, ours, theirs)))
    return tuple(found)
