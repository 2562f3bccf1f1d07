"""How a campaign unfolds where Washington, Mexico and courts decide, and the same plan carried out as written."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from premortem.analysis.compare import Comparison, Interval, compare
from premortem.errors import InputError
from premortem.frames import pl
from premortem.model.index_sets import STOPS
from premortem.study.store import Store

WEEKS = "campaign_weeks"
STOPPED = {cause: f"stopped_by_{cause}" for cause in STOPS}
"""The outcome that is 1 in the futures in which somebody stops the campaign, by who does."""


@dataclasses.dataclass(frozen=True)
class Stop:
    """In what share of futures somebody stops the campaign, and in which weeks after its start; None where nobody does."""

    share: float
    week: Interval | None


@dataclasses.dataclass(frozen=True)
class Unfolding:
    """A campaign over ``futures`` futures.

    ``starts``: share of them in which force is used beyond the line; ``weeks``: for how many weeks where it is, None where it never is.
    ``stopped_by``: who cuts it short (``premortem.model.index_sets.STOPS``); in the other futures it ends as planned, or goes on.
    ``sends_force``: whether force would be used beyond the line if the plan were carried out as written; else only courts can bar parts.
    """

    futures: int
    starts: float
    weeks: Interval | None
    stopped_by: Mapping[str, Stop]
    sends_force: bool = True

    @property
    def cut_short(self) -> float:
        """Share of futures in which somebody stops the campaign."""
        return sum(stop.share for stop in self.stopped_by.values())

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, unrounded."""
        return {
            "futures": self.futures,
            "starts": self.starts,
            "cut_short": self.cut_short,
            "sends_force": self.sends_force,
        } | {
            "weeks": None if self.weeks is None else dataclasses.asdict(self.weeks),
            "stopped_by": {cause: dataclasses.asdict(stop) for cause, stop in self.stopped_by.items()},
        }


def unfolding(store: Store, plan: str) -> Unfolding | None:
    """Return how a plan's campaign unfolds; None where nobody could stop the plan, or the study does not keep what this is read from."""
    about, needed = store.provenance, [WEEKS, *STOPPED.values()]
    if plan not in about.stoppable or not set(needed) <= set(about.outcomes):
        return None
    rows = store.table().filter((pl.col("plan") == plan) & pl.col("fault").is_null())
    table = rows.select(*needed, (pl.col("stop_week") - pl.col("start_week")).alias("after")).collect()
    if table.is_empty():
        return None
    weeks, after = table[WEEKS].to_numpy(), table["after"].cast(pl.Float64).to_numpy()
    found = {cause: table[outcome].to_numpy() > 0 for cause, outcome in STOPPED.items()}
    stops = {}
    for cause, stopped in found.items():
        weeks_in = after[stopped & np.isfinite(after)]  # a stop in the last weeks of a run may end nothing within it
        stops[cause] = Stop(float(stopped.mean()), Interval.of(weeks_in) if len(weeks_in) else None)
    used = weeks > 0
    written = store.under("carried_out").table().filter(pl.col("plan") == plan).select(WEEKS).collect()[WEEKS]
    sends = bool(used.any()) or written.is_empty() or bool((written.drop_nulls() > 0).any())
    return Unfolding(len(table), float(np.mean(used)), Interval.of(weeks[used]) if used.any() else None, stops, sends)


@dataclasses.dataclass(frozen=True)
class CarriedOut:
    """A plan and its baseline carried out as written: their comparison, and the study read so."""

    comparison: Comparison
    store: Store


def carried_out(store: Store, plan: str, baseline: str) -> CarriedOut | None:
    """Return a plan and its baseline carried out as written, in the futures of the study.

    None where the study is older than readings, or no future is finished so under both. Of a plan that nobody could stop it is the same
    as likely to unfold.
    """
    try:
        written = store.under("carried_out")
        return CarriedOut(compare(written.table().collect(), plan, baseline), written)
    except InputError:
        return None
