"""Futures of the status quo from a start in the past up to a cut: a study like any other, and the scores behind its draws."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from premortem.calibration.hindcast import known_starts
from premortem.calibration.record import Simulated, observed
from premortem.errors import InputError, Problem
from premortem.evidence import calibrated, months, sampling
from premortem.evidence.parameters import Parameter
from premortem.study.executors import Threads
from premortem.study.experiment import Experiment, parameters_of
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.resume import begin, resume
from premortem.study.run import Progress, conduct, require_complete
from premortem.study.spec import StudySpec, make
from premortem.study.store import PROVENANCE, Store
from premortem.theatre import nowcast

YEARS = 8
FUTURES = 1000
SEED = 15
HOMICIDES = "homicides_mx"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PriorRuns:
    """``scores`` [future, element] of all parameters, ``elements`` what each column is (parameter, place), and what was simulated."""

    spec: StudySpec
    made_of: dict[str, str]
    parameters: dict[str, Parameter]
    elements: tuple[tuple[str, int], ...]
    scores: Floats
    simulated: Simulated


def spec(cut: str, futures: int = FUTURES) -> StudySpec:
    """Return the study of a cut (``2026-04``): from the January eight years before, with the events that have happened since.

    Raises
    ------
    InputError
        The cut is not a month, the start before it lies too early, or the record ends before it.
    """
    if not nowcast.is_month(cut):
        raise InputError(Problem("cut", "a cut is a month", found=cut, allowed="YYYY-MM, from 2015-01 on"))
    if cut < "2015-01":
        raise InputError(Problem("cut", "starts are built from 2007 on", found=cut, allowed="2015-01 and later"))
    if cut > (newest := known_starts()[1]):
        raise InputError(Problem("cut", "the record ends before", found=cut, allowed=f"2015-01 to {newest}"))
    outcomes = {one.outcome for one, _ in observed().values()}
    return make(
        plans=("status_quo",),
        futures=futures,
        years=YEARS,
        seed=SEED,
        start=f"{int(cut[:4]) - YEARS}-01",
        events="happened",
        outcomes=tuple(sorted(outcomes)),
        keep=("weekly", "regional"),
        posterior=calibrated.NONE,
    )


def run(asked: StudySpec, folder: Path, progress: Progress | None = None) -> Store:
    """Return the finished study in a folder; one that was interrupted there goes on.

    Raises
    ------
    InputError
        The folder holds another study, or the model has changed since it began.
    """
    store, experiment = resume(folder) if (folder / PROVENANCE).is_file() else begin(asked, folder)
    if experiment.spec != asked:
        raise InputError(Problem("runs", "these are the runs of another cut; name another folder", found=str(folder)))
    require_complete(conduct(store, experiment, executor=Threads(), progress=progress), store)
    return store


def read(store: Store) -> PriorRuns:
    """Return scores and yearly numbers of the futures that did not fail."""
    recipe = store.provenance.recipe
    asked = recipe.spec
    assert asked is not None
    theatre = Experiment.of(asked).theatre
    known = parameters_of(theatre.name)
    rows = np.arange(asked.futures)
    scores = {
        ident: ndtri(values).reshape(len(rows), -1)
        for ident, values in sampling.uniforms(known, asked.seed, rows, theatre.sizes).items()
    }
    weekly = store.read("weekly", "status_quo").astype(np.float64)
    fine = np.isfinite(weekly).all(axis=(0, 2))
    yearly = weekly[:, fine].reshape(len(weekly), -1, asked.years, WEEKS_PER_YEAR).sum(-1)
    regional = store.read("regional", "status_quo")[store.ids("regional").index(HOMICIDES)].astype(np.float64)[fine]
    states, share = theatre.by_state()
    by_year = regional.reshape(len(regional), asked.years, -1, len(share)).sum(2) @ share
    over = {one.over for one, _ in observed().values() if one.over}
    draws = sampling.draw({ident: known[ident] for ident in sorted(over)}, asked.seed, rows[fine], theatre.sizes)
    return PriorRuns(
        asked,
        {
            "evidence": recipe.evidence,
            "theatre": recipe.theatre.digest if recipe.theatre else "",
            "code": store.provenance.code,
            "runs": store.digest(),
        },
        known,
        tuple((ident, place) for ident, values in scores.items() for place in range(values.shape[1])),
        np.concatenate([values[fine] for values in scores.values()], axis=1),
        Simulated(theatre.date.year, states, dict(zip(store.ids("weekly"), yearly, strict=True)), by_year, draws),
    )


def day(cut: str) -> datetime.date:
    """Return the first day of a cut: what was public by then is known."""
    return months.first(months.of(cut))
