"""Does an instant answer hold? The same plan is run, and what the file says is set beside it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from premortem.errors import InputError, Problem
from premortem.instant.answer import answer
from premortem.instant.basis import BASELINE
from premortem.instant.file import Levers
from premortem.instant.fit import LEAST_BAND, MEDIAN
from premortem.instant.observed import QUANTILES, courses
from premortem.plan.language.load import LoadedPlan, load
from premortem.study.cache import Cache
from premortem.study.executors import Executor
from premortem.study.experiment import Experiment
from premortem.study.plans import texts
from premortem.study.run import Progress, once
from premortem.study.spec import make


@dataclass(frozen=True)
class Held:
    """An outcome at the end of the run: what was said at once, what the run says, and how far apart they are as a share of its band.

    ``quoted``: the error that the file quotes for the median. Numbers are the median and the 5 % and 95 % quantile of the difference.
    """

    outcome: str
    instant: tuple[float, float, float]
    run: tuple[float, float, float]
    off: float
    quoted: float

    @property
    def holds(self) -> bool:
        """Whether the median is no further off than quoted."""
        return self.off <= self.quoted


def check(
    levers: Levers,
    plan: LoadedPlan,
    reading: str,
    *,
    futures: int,
    seed: int,
    executor: Executor,
    progress: Progress | None,
) -> list[Held]:
    """Run a plan against the baseline and compare the outcomes that are answered at once.

    Raises
    ------
    InputError : the file refuses the plan.
    RunError : the run could not be done.
    """
    bands = {band.outcome: band for band in answer(levers, plan, reading)}
    baseline = load(BASELINE)
    spec = make(plans=(BASELINE, plan.file), futures=futures, years=levers.years, seed=seed)
    experiment = Experiment.of(spec, [baseline, plan])
    with tempfile.TemporaryDirectory() as folder:
        store = once(
            experiment,
            Path(folder) / "run",
            executor=executor,
            progress=progress,
            files=texts([plan]),
            cache=Cache.of_user(),
        )
        if reading not in {"as_likely", "carried_out"}:
            raise InputError(Problem("reading", "no such reading", found=reading, allowed="as_likely, carried_out"))
        names, found = courses(store, "carried_out" if reading == "carried_out" else "as_likely")
    before, after = (found[name][:, -1] for name in store.provenance.plans)
    rows = []
    for number, name in enumerate(names):
        if name not in bands or bands[name].refused:
            continue
        said = bands[name].quantiles[-1]
        truth = np.nanquantile(after[number] - before[number], QUANTILES, method="median_unbiased")
        least = LEAST_BAND * float(np.subtract(*np.nanquantile(before[number], (QUANTILES[-1], QUANTILES[0]))))
        width = max(float(truth[-1] - truth[0]), least, 1e-9)
        three = [(float(one[MEDIAN]), float(one[0]), float(one[-1])) for one in (said, truth)]
        off = abs(three[0][0] - three[1][0]) / width
        rows.append(Held(name, three[0], three[1], off, float(bands[name].error_median[-1])))
    return rows
