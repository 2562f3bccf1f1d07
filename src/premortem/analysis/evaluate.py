"""Plans in the same futures, as many as are asked for: for whoever looks for a better plan, for an answer to one, or for why two differ.

All plans meet the same draws and the same luck, and their programs are compiled once, so that a hundred variants of a plan cost what their
weeks cost.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from premortem.frames import pl
from premortem.plan.language.load import LoadedPlan
from premortem.study.cache import Cache
from premortem.study.cases import Reading
from premortem.study.executors import Executor
from premortem.study.experiment import Experiment
from premortem.study.recipes import Inputs, Rows, carried_out
from premortem.study.run import Progress, once
from premortem.study.spec import StudySpec

Change = Callable[[Inputs], Inputs]
"""What is changed of the inputs of a plan before it is simulated: parameters, controls. Picklable, so that workers can do it."""
Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class OneReading(Experiment):
    """Plans under one reading, half the work of both, each with what is changed of its inputs, if anything. `one_reading` makes it."""

    reading: Reading = "as_likely"
    changes: tuple[Change | None, ...] = ()

    @property
    def stoppable(self) -> tuple[str, ...]:
        """No plan has a case of its own as carried out."""
        return ()

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        """Return the inputs of a plan under the reading, as changed."""
        given = super().inputs(plan, futures)
        if self.reading == "carried_out":
            given = carried_out(given)
        change = self.changes[plan] if self.changes else None
        return given if change is None else change(given)


def one_reading(
    plans: Sequence[LoadedPlan], spec: StudySpec, reading: Reading, changes: Sequence[Change | None] = ()
) -> OneReading:
    """Return the experiment of a specification and its plans under one reading.

    Raises
    ------
    InputError : a plan cannot be run at this start, or an outcome is unknown.
    """
    if changes and len(changes) != len(plans):
        raise ValueError(f"{len(changes)} changes for {len(plans)} plans")
    made = Experiment.of(spec, plans)
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    return OneReading(**fields, reading=reading, changes=tuple(changes))


def evaluate(
    plans: Sequence[LoadedPlan],
    spec: StudySpec,
    outcomes: Sequence[str],
    *,
    reading: Reading = "as_likely",
    changes: Sequence[Change | None] = (),
    executor: Executor,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> dict[str, Floats]:
    """Simulate plans in the same futures and return some outcomes.

    Parameters
    ----------
    plans : in the order of the results; their ids need not differ.
    spec : futures, years, seed, theatre and the rest; its plans and levers do not count. Give it a start and a depth where calls are to be
        compared with each other, since both follow from the plans where they are left out.
    outcomes : ids.
    changes : for each plan, what is changed of its inputs; nothing by default.
    cache : units simulated before, to take and to add to.

    Returns
    -------
    Outcome -> ``[plan, future]``, in the outcome's unit, NaN where the run failed.

    Raises
    ------
    InputError : a plan cannot be run at this start, or an outcome is unknown.
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    names = [f"plan_{number}" for number in range(len(plans))]
    named = [
        dataclasses.replace(one, plan=one.plan.model_copy(update={"id": name}))
        for one, name in zip(plans, names, strict=True)
    ]
    update = {"plans": tuple(names), "keep": (), "levers": {}, "outcomes": tuple(outcomes)}
    recipe = one_reading(named, spec.model_copy(update=update), reading, changes)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "study")
        store = once(recipe, place, executor=executor, progress=progress, cache=cache, keep=(), outcomes=outcomes)
        table = store.table().select("plan", "future", *outcomes).sort("future").collect()
    by_plan = {str(key[0]): part for key, part in table.partition_by("plan", as_dict=True).items()}
    return {
        id_: np.stack([by_plan[name][id_].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in names])
        for id_ in outcomes
    }
