"""When does a plan first make a difference? The order in which outcomes part from the baseline's, from the weeks that a study keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from premortem.decisions.frame import Frame
from premortem.decisions.pathways import WATCHED, least, require_weeks, trailing, weekly
from premortem.decisions.result import Result, Table, require_futures
from premortem.decisions.saying import listed, share, share_interval, title, weeks_by
from premortem.evidence import outcomes as outcome_table
from premortem.study.store import Store

FEWEST = 20
"""Futures: with fewer, a twentieth of them is none."""
NAMED = 3  # outcomes, in a sentence


def timeline(store: Store, frame: Frame, plan: str) -> Result:
    """Return for each outcome of a frame from which week on it differs by what matters, over a quarter.

    Paired futures share their luck: until a plan acts, nothing differs at all.

    Raises
    ------
    InputError : too few futures, or the study keeps no weeks.
    """
    require_futures("timeline", len(frame), FEWEST, "a twentieth of fewer is none")
    require_weeks(store)
    found = dict(
        sorted(((id_, _parts(store, frame, plan, id_)) for id_ in frame.outcomes), key=lambda one: _place(one[1]))
    )
    return Result(
        method="timeline",
        inputs=frame.about() | {"plan": plan},
        result=found,
        uncertainty={
            "interval": "90 %, Wilson, of shares",
            "weeks": "by which 5 %, 50 % and 95 % of futures differ; null: never",
        },
        warnings=(
            "What comes first is not always the cause of what comes next: `premortem explain` says through which mechanisms.",
            *(
                (f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out.",)
                if frame.failed
                else ()
            ),
        ),
        words=tuple(_words(found, plan, frame.baseline)),
        tables=(_table(found, plan, frame.baseline),),
    )


def _parts(store: Store, frame: Frame, plan: str, outcome: str) -> dict[str, Any]:
    info = outcome_table.load()[outcome]
    ours, theirs = (trailing(weekly(store, frame, outcome, name), WATCHED) for name in (plan, frame.baseline))
    smallest = least(info, WATCHED, frame.years) * (1 if info.flow else WATCHED)  # of sums over a quarter
    matters = np.maximum(info.matters * np.abs(theirs).mean(axis=0), max(smallest, np.finfo(float).tiny))
    differs = np.abs(ours - theirs) >= matters
    weeks = differs.shape[1]
    first = np.where(differs.any(axis=1), differs.argmax(axis=1), weeks)
    held, low, high = share_interval(first < weeks)
    return {"week": weeks_by(first, weeks), "share": held, "share_low": low, "share_high": high}


def _place(one: Mapping[str, Any]) -> tuple[float, float]:
    middle = one["week"]["median"]
    return (float("inf") if middle is None else float(middle), -float(one["share"]))


def _words(found: Mapping[str, Any], plan: str, baseline: str) -> Iterator[str]:
    half = [(id_, one["week"]["median"]) for id_, one in found.items() if one["week"]["median"] is not None]
    if not half:
        yield f"In half of the futures {plan} never parts from {baseline} by what matters, on any of these outcomes."
        return
    said = [f"{title(outcome_table.load()[id_])} (week {week})" for id_, week in half[:NAMED]]
    yield f"{plan} parts from {baseline} first in {listed(said)}, each in half of the futures by then."
    never = sum(one["week"]["median"] is None for one in found.values())
    if never:
        yield f"{never} of {len(found)} outcomes do not part in half of the futures within the run."


def _table(found: Mapping[str, Any], plan: str, baseline: str) -> Table:
    rows = tuple(
        (
            outcome_table.load()[id_].title,
            _week(one["week"]["median"]),
            f"{_week(one['week']['low'])} to {_week(one['week']['high'])}",
            share(one["share"], one["share_low"], one["share_high"]),
        )
        for id_, one in found.items()
        if one["share"] > 0
    )
    heads = ("outcome", "in half of futures by week", "nine futures in ten", "ever differs")
    note = "Differs: by what matters, over a quarter. Never: not within the run."
    return Table(f"When {plan} first parts from {baseline}", heads, rows, note)


def _week(week: int | None) -> str:
    return "never" if week is None else str(week)
