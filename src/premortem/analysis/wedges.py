"""A plan without some of its elements, in the futures of a study: the runs from which it follows what each element contributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.evaluate import evaluate
from premortem.errors import InputError, Problem
from premortem.plan.language.load import LoadedPlan, altered
from premortem.study.cases import Reading
from premortem.study.executors import Executor
from premortem.study.plans import as_it_was
from premortem.study.provenance import Provenance
from premortem.study.run import Progress
from premortem.study.store import Store

ARRAYS = ("task_force", "partner", "domestic", "sea", "measure", "deal", "bargain")
"""Parts of a plan of which each element can be left out."""
TABLES = ("zone",)
"""Parts that can be left out whole."""

Floats = NDArray[np.float64]
Without = frozenset[str]
"""Elements that are left out, by path."""


def elements(loaded: LoadedPlan) -> tuple[str, ...]:
    """Return the paths of the elements of a plan that it remains a plan without: ``zone``, ``task_force.btfg_texas``."""
    found = [name for name in TABLES if name in loaded.root.table]
    for array in ARRAYS:
        found += [f"{array}.{one.id}" for one in getattr(loaded.plan, array)]
    return tuple(path for path in found if _without(loaded, frozenset({path})) is not None)


def _without(loaded: LoadedPlan, left_out: Without) -> LoadedPlan | None:
    try:
        return altered(loaded, dict.fromkeys(sorted(left_out)))
    except InputError:
        return None


def plan_of(store: Store, plan: str) -> LoadedPlan:
    """Load a plan of a study as it was.

    Raises
    ------
    InputError : the study records no plan files, or the file is nowhere.
    """
    record = store.provenance.recipe.plan(plan)
    if record is None:
        raise InputError(
            Problem("plan", "the study does not say what its plans are: there is nothing to leave out", found=plan)
        )
    return as_it_was(store, record.file if Path(record.file).exists() else plan)


def simulate(
    loaded: LoadedPlan,
    baseline: LoadedPlan,
    about: Provenance,
    variants: Iterable[Without],
    outcomes: Sequence[str],
    *,
    reading: Reading,
    futures: int,
    executor: Executor,
    progress: Progress | None = None,
) -> tuple[Mapping[Without, dict[str, Floats]], dict[str, Floats]]:
    """Simulate a plan without some of its elements, and the baseline again, in the first futures of a study.

    The baseline too, because a study may be older than the code: all that is compared comes from one run.

    Returns
    -------
    For each variant, and for the baseline, outcome -> ``[future]``, NaN where the future failed.

    Raises
    ------
    InputError : the plan is none without these elements, or the study asked for another design than independent futures.
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    spec = about.recipe.pinned
    if spec is None or spec.design != "monte_carlo":
        raise InputError(
            Problem(
                "design",
                "elements can be left out in independent futures only",
                allowed="a study of design monte_carlo",
            )
        )
    wanted = list(dict.fromkeys(variants))
    plans = [baseline]
    for left_out in wanted:
        made = _without(loaded, left_out)
        if made is None:
            raise InputError(Problem("plan", "it is no plan without these elements", found=", ".join(sorted(left_out))))
        plans.append(made)
    asked = spec.model_copy(update={"futures": futures})
    found = evaluate(plans, asked, outcomes, reading=reading, executor=executor, progress=progress)
    values = [{id_: found[id_][number] for id_ in outcomes} for number in range(len(plans))]
    return dict(zip(wanted, values[1:], strict=True)), values[0]
