"""Studies: plans in many futures, run, taken up again, read. A run is a small study."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from premortem.api.arguments import Library, Progress, checked
from premortem.api.own_data import require_same
from premortem.api.plans import Plan, plan
from premortem.errors import InputError, Problem, StoppedError, nearest
from premortem.evidence import own
from premortem.plan.language import packaged
from premortem.study.store import Status, Store
from premortem.text import target

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from premortem.api.comparisons import Comparison
    from premortem.api.decisions import Decisions
    from premortem.frames import pl
    from premortem.report.material import Material
    from premortem.study.executors import Executor
    from premortem.study.experiment import Experiment
    from premortem.study.verify import Damage

STATUS_QUO = "status_quo"


@checked
@dataclass(frozen=True, eq=False)
class Study:
    """The folder of a run or study, finished or not; nothing here changes it but `resume`.

    Attributes
    ----------
    store : the folder as the house reads it: its provenance, tables and arrays.
    """

    store: Store

    @property
    def folder(self) -> str:
        """Path or URL of the folder."""
        return self.store.folder.url

    @property
    def plans(self) -> tuple[str, ...]:
        """Ids of its plans, in the order of its results."""
        return self.store.provenance.plans

    @property
    def baseline(self) -> str:
        """The plan that others are compared with unless another is named: ``status_quo`` where it is one of them, else the first."""
        return STATUS_QUO if STATUS_QUO in self.plans else self.plans[0]

    def status(self) -> Status:
        """Count what is done and what failed."""
        return self.store.status()

    @overload
    def frame(self, library: Literal["polars"] = "polars") -> pl.DataFrame: ...
    @overload
    def frame(self, library: Literal["pandas"]) -> pd.DataFrame: ...
    def frame(self, library: Library = "polars") -> pl.DataFrame | pd.DataFrame:
        """Return the results so far, a row per plan and future.

        Returns
        -------
        Columns ``plan``, ``future``, ``luck``, ``fault`` (why a future failed, else null), one per outcome in its unit
        (``docs/reference/outcomes.md``), ``account.*``, ``branch.*`` and ``open.*`` as in docs/studies.md; a Polars frame, or a pandas one
        with ``library="pandas"``.
        """
        from premortem.api import frames

        return frames.given(self.store.table().collect(), library)

    def dataset(self) -> xr.Dataset:
        """Return all outcomes over time as a lazy dataset with dates.

        Returns
        -------
        By outcome id: ``members`` [plan, future, week], ``members_by_region`` [plan, future, quarter, region], ``members_summary``
        [plan, future], in the unit that the attributes say. ``week`` and ``quarter`` are the dates on which they begin, so
        ``dataset["members"].sel(week="2027")`` is a year. NaN: not computed, or the future failed (``fault`` says why).
        """
        from premortem.model.units import WEEKS_PER_QUARTER
        from premortem.study import reading

        whole = reading.dataset(self.store)
        begins = self.store.provenance.recipe.begins
        if begins:
            first = np.datetime64(datetime.date.fromisoformat(begins), "ns")
            for name, weeks in (("week", 1), ("quarter", WEEKS_PER_QUARTER)):
                if name in whole.dims:
                    steps = np.arange(whole.sizes[name]) * np.timedelta64(weeks * 7, "D")
                    whole = whole.assign_coords({name: first + steps})
        return whole

    def compare(self, plan: str = "", against: str = "") -> Comparison:
        """Return one of its plans against another, future by future.

        Parameters
        ----------
        plan : id; may be left out where only one plan is not the baseline.
        against : id of the baseline; `baseline` by default.

        Raises
        ------
        InputError : not a plan of this study, several could be meant, or no future is finished under both.
        """
        against = self.named(against) if against else self.baseline
        others = [name for name in self.plans if name != against]
        if not plan and len(others) != 1:
            raise InputError(
                Problem(
                    "plan",
                    "several plans: say which to compare (--plan NAME)",
                    allowed=", ".join(others) or "a study of two plans",
                )
            )
        return self._compared([self.named(plan) if plan else others[0]], against)[0]

    def comparisons(self, against: str = "") -> tuple[Comparison, ...]:
        """Return each of its plans against the baseline, in the order of the plans.

        Raises
        ------
        InputError : ``against`` is not a plan of this study, or no future is finished under two plans.
        """
        against = self.named(against) if against else self.baseline
        return self._compared([name for name in self.plans if name != against], against)

    def _compared(self, plans: Iterable[str], against: str) -> tuple[Comparison, ...]:
        from premortem.analysis.compare import compare
        from premortem.api.comparisons import Comparison

        table = self.store.table().collect()
        return tuple(Comparison(self, compare(table, name, against)) for name in plans)

    def decisions(self, plan: str = "", against: str = "", readings: Sequence[str] = ()) -> Decisions:
        """Return what the study means for a decision between a plan and a baseline.

        Parameters
        ----------
        plan : id; the first plan but the baseline by default.
        against : id of the baseline; `baseline` by default.
        readings : ``as_likely`` and ``carried_out``, or one of them; both by default.

        Raises
        ------
        InputError : not a plan of this study, or no such reading.
        """
        from premortem.api.decisions import decisions

        return decisions(self, plan, against, readings)

    def named(self, plan: str) -> str:
        """Return the id of a plan of this study.

        Raises
        ------
        InputError : it is none.
        """
        if plan not in self.plans:
            allowed, near = ", ".join(sorted(self.plans)), nearest(plan, self.plans)
            raise InputError(Problem("plan", "not a plan of this study", found=plan, allowed=allowed, nearest=near))
        return plan

    @cached_property
    def material(self) -> Material:
        """The results behind a report, read once.

        Raises
        ------
        InputError : it compares nothing, or nothing in it is finished yet.
        RunError : its results are damaged.
        """
        from premortem.report.material import read

        return read(self.store)

    def report(self, path: str | Path = "report.html", *, lang: str = "en", brief: bool = False) -> Path:
        """Write a report and return its path: the answer with its uncertainty, the plan, the findings, what every number rests on.

        Parameters
        ----------
        path : ``.html``, ``.pdf`` (needs Chromium), ``.md`` or ``.xlsx``; a name without ending is a folder of figures and tables.
        lang : language of the fixed text, ``en`` or ``es``.
        brief : two pages on one plan, ``.html`` or ``.pdf``.

        Raises
        ------
        InputError : another ending or language, no such folder, no name of a file, or nothing to report yet.
        RunError : the file cannot be written, or no browser can print it.
        """
        from premortem.report.brief import Brief
        from premortem.report.files import write
        from premortem.wording.languages import messages

        place = target(path)  # before anything is read
        return write(Brief(self.material, messages(lang)), place, short=brief)

    def export(self, path: str | Path, *, what: Literal["results", "ledger"] = "results") -> Path:
        """Write it for other programs and return the path.

        Parameters
        ----------
        path : for results ``.nc`` (everything), ``.csv`` or ``.xlsx``; for the ledger ``.csv`` or ``.json``.
        what : the results, or the ledger: where everything went, as source, target, value and unit.

        Raises
        ------
        InputError : another ending, no such folder, no name of a file, or a library is missing.
        RunError : the file cannot be written.
        """
        from premortem.analysis import ledger
        from premortem.study import reading

        place = target(path)
        (ledger if what == "ledger" else reading).export(self.store, place)
        return place

    def digest(self) -> str:
        """Return a hash over all results so far: equal exactly when the results are.

        Raises
        ------
        RunError : `verify` finds anything damaged, or the study was finished with another digest.
        """
        from premortem.study.verify import require_whole

        require_whole(self.folder)
        return self.store.digest()

    def resume(self, *, workers: int = 0, dask: str = "", progress: Progress | None = None) -> Study:
        """Go on with a study that was interrupted, to its end; the results are those of an uninterrupted one.

        Parameters
        ----------
        workers : worker processes; 0: threads of this process.
        dask : address of the scheduler of a Dask cluster (``tcp://host:8786``).

        Raises
        ------
        InputError : another command works on it, or plans, evidence, theatre or mechanisms have changed since it began.
        RunError : this machine would give other results, or some could not be computed. What is done is safe.
        StoppedError : by Ctrl-C. What is done is safe.
        """
        from premortem.study.resume import require_reproducible, resume

        store, experiment = resume(self.folder)
        store.folder.claim()  # before anything is computed
        if not store.status().complete:
            require_reproducible(store, experiment)
        return _conducted(store, experiment, executor(workers, dask), progress)

    def __repr__(self) -> str:
        about = self.store.provenance
        years = f"{about.years} year" + "s" * (about.years != 1)
        return f"<Study of {', '.join(self.plans)}: {about.futures:,} futures of {years} in {self.folder}>"


@checked
def run(
    *plans: Plan | str | Path,
    futures: int = 200,
    years: int = 5,
    seed: int = 1,
    out: str | Path = "",
    workers: int = 0,
    reuse: bool = False,
    posterior: str = "default",
    progress: Progress | None = None,
) -> Study:
    """Simulate plans in the same futures and return the study; what the user's `cache` has of them is not simulated again.

    Parameters
    ----------
    plans : one or more, of different ids. The first is the baseline unless one is ``status_quo``.
    futures : number of futures, the same for all plans: same draws of every parameter, same luck.
    years : length of each future, of 52 weeks.
    seed : of all draws and luck: same seed, same results, bit by bit.
    out : folder for the run, new or empty; by default a new one below ``runs``.
    workers : worker processes; 0: threads of this process.
    reuse : take a complete run below ``runs`` if one asked the same of the same plans, evidence, code and type of machine.
    posterior : fit to the record that the draws follow: ``default`` (the newest packaged one made of nothing later than the start),
        ``none`` (the priors), the cut of a packaged one, or a file.
    progress : called with the status and the store, at the start and after every few futures.

    Raises
    ------
    InputError : a plan or number is wrong, or the folder is not empty.
    RunError : futures could not be computed or stored; nothing is left behind.
    StoppedError : by Ctrl-C; nothing is left behind.

    Examples
    --------
    >>> import premortem as pm
    >>> made = pm.run("status_quo", "kingpin", futures=40, years=1)  # doctest: +SKIP
    """
    from premortem.study.cache import Cache
    from premortem.study.experiment import Experiment
    from premortem.study.plans import texts
    from premortem.study.reuse import identical
    from premortem.study.run import once
    from premortem.study.spec import make

    loaded = [plan(one).loaded for one in plans]
    names = tuple(str(one.plan.id) if packaged.is_packaged(one.file) else one.file for one in loaded)
    spec = make(plans=names, futures=futures, years=years, seed=seed, posterior=posterior)
    experiment, where = Experiment.of(spec, loaded), executor(workers)
    if reuse and not out and (found := identical(experiment)) is not None:
        return Study(found)
    made = once(experiment, out, executor=where, progress=progress, files=texts(loaded), cache=Cache.of_user())
    return Study(made)


@checked
def study(
    source: str | Path,
    out: str | Path = "",
    *,
    workers: int = 0,
    dask: str = "",
    progress: Progress | None = None,
) -> Study:
    """Open the folder of a run or study; or, with ``out``, run a study file to its end.

    Parameters
    ----------
    source : a folder or an fsspec URL; with ``out`` a study file (docs/studies.md).
    out : folder of the new study, new or empty: a path or an fsspec URL. Ctrl-C leaves it so that `Study.resume` can go on.
    workers, dask, progress : see `run` and `Study.resume`.

    Raises
    ------
    InputError : there is no study, the study file or a plan is wrong, or the folder is not empty.
    RunError : futures could not be computed or stored. What is done is safe.
    StoppedError : by Ctrl-C. What is done is safe.
    """
    if not str(out):
        store = Store.open(source)
        require_same(store)
        return Study(store)
    from premortem.study.resume import begin
    from premortem.study.spec import read

    where = executor(workers, dask)  # refused before a folder is made
    return _conducted(*begin(read(source), out), where, progress)


def verify(folder: str | Path) -> tuple[Damage, ...]:
    """Compare every file of a study with its checksum and return what is damaged: empty if it is whole.

    Raises
    ------
    InputError : there is no study, or it was stored by another version.
    """
    from premortem.study import verify

    return verify.verify(folder)


def repair(folder: str | Path) -> tuple[Damage, ...]:
    """Compute what is damaged in a study again, and only that; return what it was.

    Raises
    ------
    InputError : there is no study, or plans, evidence, theatre or mechanisms have changed since it began.
    RunError : this machine gives other files, or what all else is compared with is damaged; nothing was changed.
    """
    from premortem.study.resume import repaired

    return repaired(folder)


@checked
def report(
    source: Study | str | Path, path: str | Path = "report.html", *, lang: str = "en", brief: bool = False
) -> Path:
    """Write the report of a study, or of the folder of one: `Study.report`."""
    return (source if isinstance(source, Study) else study(source)).report(path, lang=lang, brief=brief)


def _conducted(store: Store, experiment: Experiment, where: Executor, progress: Progress | None) -> Study:
    from premortem.study.run import conduct, require_complete

    try:
        status = conduct(store, experiment, executor=where, progress=progress)
    except KeyboardInterrupt:
        done = store.status()
        raise StoppedError(
            Problem(
                "interrupted",
                f"interrupted; {done.runs_done:,} of {done.runs:,} runs are complete and safe. "
                f"Go on with: premortem study resume {store.folder.url}",
            )
        ) from None
    require_complete(status, store)
    return Study(store)


def executor(workers: int, dask: str = "") -> Executor:
    """Return where to compute: a Dask cluster, worker processes, or threads of this process.

    Raises
    ------
    InputError : fewer than no workers, or a cluster is to compute with the reader's own data.
    """
    from premortem.study.executors import Processes, Threads
    from premortem.study.executors.dask import Dask

    if workers < 0:
        raise InputError(Problem("workers", "fewer than no workers", found=str(workers), allowed="0 or more"))
    if dask and own.given().contents:
        raise InputError(
            Problem("own_data", "workers of a cluster cannot see own data", found=dask, allowed="--workers")
        )
    if dask:
        return Dask(dask)
    return Processes(workers) if workers else Threads()
