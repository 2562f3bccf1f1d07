"""Whether what a plan says of itself came true: its measures of success, its authors' predictions, and when its branches fired."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.frames import pl
from premortem.plan.language import catalogue
from premortem.study.chunks import BRANCH
from premortem.study.provenance import ExpectRecord, SuccessRecord
from premortem.study.store import Store

Floats = NDArray[np.float64]
Weekly = Callable[[str, str], Floats | None]
"""Trajectories of a plan's outcome, ``[future, week]``; None where the study does not hold them."""

OPERATORS: Mapping[str, Callable[[Floats, float], NDArray[np.bool_]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SAME_WITHIN = 0.05
"""A change within this share of the baseline is "about the same": a judgement."""


@dataclasses.dataclass(frozen=True)
class Promise:
    """A ``[[success]]`` or ``[[expect]]`` of a plan and the share of futures in which it came true.

    ``share`` is over the ``futures`` in which it could be judged; None where it could be in none: the study does not hold what it looks at,
    or ends before its week. ``claim`` is the claim of the ledger that predicts it.
    """

    kind: str
    words: str
    share: float | None
    futures: int
    claim: str = ""


@dataclasses.dataclass(frozen=True)
class Fired:
    """A branch of a plan: in what share of futures it fired, and in which weeks of the campaign where it did."""

    branch: str
    share: float
    week: Interval | None


def promises(store: Store, plan: str, baseline: str) -> tuple[Promise, ...]:
    """Return what became of a plan's measures of success and predictions.

    A measure of success is judged at its week, counted from the campaign's start, by what is true and not by what is reported. A
    prediction says which way an observable goes because of the plan: its mean from the campaign's start to the end of the run, against the
    same future under the baseline.
    """
    recorded = store.provenance.recipe.plan(plan)
    if recorded is None:  # a study of something else than plan files
        return ()
    table = store.table().filter(pl.col("fault").is_null()).select("plan", "future", "start_week").collect()
    ours, theirs = (table.filter(pl.col("plan") == name) for name in (plan, baseline))
    rows = ours.join(theirs, on="future", how="semi").sort("future")
    futures = rows["future"].to_numpy()
    start = rows["start_week"].cast(pl.Float64).fill_null(np.nan).to_numpy()

    def weekly(name: str, outcome: str) -> Floats | None:
        about = store.provenance
        if store.array("weekly") is None or outcome not in about.outcomes:
            return None
        values = store.read("weekly", name, about.outcomes.index(outcome))
        return np.asarray(values[futures], np.float64)

    def seen(name: str, entry: SuccessRecord | ExpectRecord) -> Floats | None:
        return _observed(weekly, name, entry.outcome)

    return (
        *(_success(entry, seen(plan, entry), start) for entry in recorded.success),
        *(_expectation(entry, seen(plan, entry), seen(baseline, entry), start) for entry in recorded.expect),
    )


def fired(store: Store, plan: str) -> tuple[Fired, ...]:
    """Return when each branch of a plan fired, and in what share of the futures that did not fail."""
    table = store.table().filter((pl.col("plan") == plan) & pl.col("fault").is_null()).collect()
    found = []
    recorded = store.provenance.recipe.plan(plan)
    for name in recorded.branches if recorded is not None and len(table) else ():
        weeks = (table[f"{BRANCH}{name}"] - table["start_week"]).drop_nulls().to_numpy()
        found.append(Fired(name, len(weeks) / len(table), Interval.of(weeks) if len(weeks) else None))
    return tuple(found)


def _observed(weekly: Weekly, plan: str, name: str) -> Floats | None:
    """Return an observable as it truly is, ``[future, week]``."""
    seen = catalogue.observables()[name]
    parts = [weekly(plan, outcome) for outcome in seen.outcomes]
    if not parts or any(part is None for part in parts):
        return None
    total = np.sum([part for part in parts if part is not None], axis=0)
    return np.asarray(total.cumsum(axis=1) if seen.form == "cumulative" else total)


def _success(entry: SuccessRecord, observed: Floats | None, start: Floats) -> Promise:
    words = f"{entry.outcome} {entry.op} {entry.level:g} by week {entry.by_week}"
    if observed is None:
        return Promise("success", words, None, 0)
    week = start + entry.by_week - 1
    judged = week < observed.shape[1]
    at = np.where(judged, week, 0).astype(int)
    values = np.take_along_axis(observed, at[:, None], axis=1)[:, 0]
    return _promise("success", words, OPERATORS[entry.op](values, entry.level)[judged])


def _expectation(entry: ExpectRecord, plan: Floats | None, baseline: Floats | None, start: Floats) -> Promise:
    words = f"{entry.outcome} {entry.direction}"
    claim = entry.claim or ""
    if plan is None or baseline is None:
        return Promise("expect", words, None, 0, claim)
    weeks = np.arange(plan.shape[1])
    since = weeks >= start[:, None]
    judged = since.any(axis=1)
    mean, reference = (
        np.sum(values * since, axis=1)[judged] / since.sum(axis=1)[judged] for values in (plan, baseline)
    )
    change = mean - reference
    true = {"down": change < 0, "up": change > 0, "same": np.abs(change) <= SAME_WITHIN * np.abs(reference)}
    return _promise("expect", words, true[entry.direction], claim)


def _promise(kind: str, words: str, true: NDArray[np.bool_], claim: str = "") -> Promise:
    return Promise(kind, words, float(true.mean()) if len(true) else None, len(true), claim)
