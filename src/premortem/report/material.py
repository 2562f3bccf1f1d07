"""The results behind a report, read from a run folder once; what is missing is noted, not hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from premortem.analysis.aftermath import Aftermath, aftermath
from premortem.analysis.compare import Comparison, compare, headlines
from premortem.analysis.decisive import screens
from premortem.analysis.screen import Screen
from premortem.analysis.short_answer import ShortAnswer, short_answer
from premortem.analysis.unfolding import Unfolding, carried_out, unfolding
from premortem.analysis.weights import Measure, Weighed, own_measures
from premortem.errors import InputError, Problem
from premortem.frames import pl
from premortem.lint import Finding, lint
from premortem.plan.language.load import LoadedPlan
from premortem.study import reading
from premortem.study.plans import as_it_was
from premortem.study.provenance import Provenance
from premortem.study.store import Status, Store


@dataclass(frozen=True)
class AsWritten:
    """A plan that somebody could stop: how its campaign unfolds, and, carried out as written, its comparison and what is left after it.

    ``aftermath`` is None where the study keeps no weeks.
    """

    unfolding: Unfolding
    comparison: Comparison
    aftermath: Aftermath | None


Note = tuple[str, Mapping[str, object]]
"""Key of a message and what fills it."""


@dataclass(frozen=True)
class PlanPart:
    """One plan of a study. ``loaded`` is None where its file cannot be read any more; ``open_fields`` are those drawn in the run."""

    id: str
    title: str
    place: int
    open_fields: tuple[str, ...]
    loaded: LoadedPlan | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Material:
    """A study as a report needs it; the first plan is the baseline.

    ``futures``: luck and faults aside, a row per plan and future. ``courses``: lazy trajectories, None where they cannot be read.
    ``aftermaths``: headline outcomes after the campaign of each plan compared, empty where no weeks are kept.
    ``screens``: plan compared -> what everything drawn has to do with each headline outcome, by its id; empty where no draws are kept.
    ``partial``: why the report is not whole. ``carried_out``: plans that somebody could stop, by id.
    ``short``: the short answer of each plan compared. ``measures``: plan -> the answer by each measure of the reader's own data.
    ``store``: the study itself, for what is asked of it anew.
    """

    provenance: Provenance
    folder: str
    status: Status
    plans: tuple[PlanPart, ...]
    comparisons: tuple[Comparison, ...]
    futures: pl.DataFrame
    courses: xr.Dataset | None
    aftermaths: tuple[Aftermath, ...]
    screens: Mapping[str, Mapping[str, Screen]]
    partial: tuple[Note, ...]
    carried_out: Mapping[str, AsWritten] = field(default_factory=dict)
    short: tuple[ShortAnswer, ...] = ()
    measures: Mapping[str, Sequence[tuple[Measure, Weighed]]] = field(default_factory=dict)
    store: Store | None = None

    @property
    def baseline(self) -> PlanPart:
        """The plan that others are compared with."""
        return self.plans[0]

    def course(self, name: str, plan: str) -> NDArray[np.float32] | None:
        """Return a variable of the trajectories under a plan, [future, ...], None where the study does not keep it.

        Raises
        ------
        RunError : it is damaged.
        """
        if self.courses is None or name not in self.courses:
            return None
        return np.asarray(self.courses[name].sel(plan=plan).values)

    def paired(self, plan: str, outcome: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """Return an outcome under the baseline and a plan in the futures finished under both, and their numbers."""
        fine = self.futures.filter(pl.col("fault").is_null()).select("plan", "future", outcome).drop_nulls()
        ours, theirs = (fine.filter(pl.col("plan") == name).drop("plan") for name in (plan, self.baseline.id))
        pairs = theirs.join(ours, on="future", suffix=":plan").sort("future")
        return pairs[outcome].to_numpy(), pairs[f"{outcome}:plan"].to_numpy(), pairs["future"].to_numpy()


def read(store: Store) -> Material:
    """Read a run or study, under the reading of its store.

    Raises
    ------
    InputError : there is no study, it compares nothing, or nothing in it is finished yet.
    RunError : its results are damaged.
    """
    about = store.provenance
    ids = list(about.plans)
    if len(ids) < 2:
        raise InputError(Problem("one_plan", "a report compares plans; this study has one only", found=", ".join(ids)))
    futures = store.table().collect()
    status = store.status()
    comparisons = tuple(compare(futures, name, ids[0]) for name in _comparable(ids, futures))
    if not comparisons:
        raise InputError(
            Problem(
                "nothing_yet",
                f"in {store.folder.url} no future is finished under two plans yet; go on with it: "
                f"premortem study resume {store.folder.url}",
            )
        )
    notes: list[Note] = []
    if not status.complete:
        notes.append(("partial_runs", {"done": status.runs_done, "all": status.runs}))
    for comparison in comparisons:
        if comparison.failed:
            causes = "; ".join(f"{cause} ({count})" for cause, count in comparison.failed.items())
            notes.append(("partial_failed", {"n": sum(comparison.failed.values()), "causes": causes}))
    courses = _courses(store)
    aftermaths = _aftermaths(store, comparisons) if courses is not None else ()
    screened = {one.plan: found for one in comparisons if (found := _screens(store, one)) is not None}
    if courses is None:
        notes.append(("partial_trajectories", {}))
    if not screened:
        notes.append(("partial_draws", {}))
    if not about.accounts:
        notes.append(("partial_accounts", {}))
    plans = tuple(_plan(store, place, id_, notes) for place, id_ in enumerate(ids))
    return Material(
        about, store.folder.url, status, plans, comparisons, futures, courses, aftermaths, screened, tuple(notes),
        _carried_out(store, comparisons, weeks=courses is not None),
        tuple(short_answer(store, one.plan, one.baseline) for one in comparisons),
        {one.plan: own_measures(store, one.plan, one.baseline) for one in comparisons},
        store,
    )  # fmt: skip


def _carried_out(store: Store, comparisons: tuple[Comparison, ...], *, weeks: bool) -> dict[str, AsWritten]:
    found = {}
    for one in comparisons:
        unfolds = unfolding(store, one.plan)
        written = carried_out(store, one.plan, one.baseline) if unfolds else None
        if unfolds is not None and written is not None:
            left = _aftermaths(written.store, (written.comparison,)) if weeks else (None,)
            found[one.plan] = AsWritten(unfolds, written.comparison, *left)
    return found


def _comparable(ids: list[str], futures: pl.DataFrame) -> list[str]:
    fine = futures.filter(pl.col("fault").is_null()) if len(futures) else futures
    done = {name: set(fine.filter(pl.col("plan") == name)["future"]) for name in ids}
    return [name for name in ids[1:] if done[name] & done[ids[0]]]


def _courses(store: Store) -> xr.Dataset | None:
    courses = reading.dataset(store)
    return courses if "week" in courses.dims else None


def _aftermaths(store: Store, comparisons: tuple[Comparison, ...]) -> tuple[Aftermath, ...]:
    return tuple(
        aftermath(store, one.plan, one.baseline, [line.outcome.id for line in headlines(one.lines)])
        for one in comparisons
    )


def _screens(store: Store, comparison: Comparison) -> Mapping[str, Screen] | None:
    """Return the screen of each headline outcome, None where the study keeps no draws."""
    ids = [line.outcome.id for line in headlines(comparison.lines)]
    try:
        return screens(store, comparison.plan, comparison.baseline, ids)
    except InputError:
        return None


def _plan(store: Store, place: int, id_: str, notes: list[Note]) -> PlanPart:
    recipe = store.provenance.recipe
    recorded = recipe.plan(id_)
    if recorded is None:  # a study of something else than plan files
        return PlanPart(id_, id_, place, (), None, ())
    named = next(
        (plan for plan in (recipe.spec.plans if recipe.spec else ()) if plan == recorded.file),
        recorded.file.removeprefix("packaged:").removesuffix(".toml"),
    )
    try:
        loaded = as_it_was(store, named)
        findings = lint(loaded)
    except InputError:
        notes.append(("partial_plan", {"plan": recorded.title}))
        return PlanPart(id_, recorded.title, place, recorded.open_fields, None, ())
    if loaded.content_hash != recorded.hash and "+" not in id_:
        notes.append(("partial_changed", {"plan": recorded.title}))
    return PlanPart(id_, recorded.title, place, recorded.open_fields, loaded, findings)
