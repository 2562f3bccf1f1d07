"""What is left of a plan's effects two and five years after its campaign ends, in the futures that last that long.

A campaign that lowers something while it lasts may leave nothing behind, or a debt. Results at the end are therefore not results. Every
outcome with a direction is read in the second and in the fifth year after the end: a flow as its amount in that year, a mean over it, a
level at its end; under the baseline in the same calendar weeks of the same future, whatever the baseline does by then. The campaign
itself is read the same way, to see whether what it brought outlasts it. Campaigns end when the plan says, or when somebody stops them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import OutcomeComparison, line_of
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.store import Store
from premortem.study.trajectories import OUTCOMES_PER_CHUNK

FUTURES_AT_ONCE = 4_000  # 17 MB of four outcomes over five years
YEARS_AFTER = (2, 5)
MOST = 0.9
"""Share of futures that a longer run is asked to reach."""

Floats = NDArray[np.float64]
Weeks = NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Lasting:
    """One outcome after the end (``after``) and over the campaign (``during``), in the same futures.

    ``improved`` futures had it better than the baseline over the campaign; ``still_better`` is the share of them in which it still is, None
    if there are none; likewise ``worsened`` and ``still_worse``.
    """

    after: OutcomeComparison
    during: OutcomeComparison
    improved: int
    still_better: float | None
    worsened: int
    still_worse: float | None

    @property
    def outcome(self) -> OutcomeInfo:
        """The outcome."""
        return self.after.outcome

    def as_json(self) -> dict[str, Any]:
        """Return the outcome for machines: its line after the end, what was over the campaign, and what lasted."""
        before = self.during.as_json()
        return self.after.as_json() | {
            "during": {
                key: before[key]
                for key in ("baseline", "plan", "difference", "share_better", "about_same", "share_same")
            },
            "improved": self.improved,
            "still_better": self.still_better,
            "worsened": self.worsened,
            "still_worse": self.still_worse,
        }


@dataclasses.dataclass(frozen=True)
class Reading:
    """Year ``year`` after the end, in the ``futures`` in which the campaign ended early enough for the run to hold it."""

    year: int
    futures: int
    lines: tuple[Lasting, ...]


@dataclasses.dataclass(frozen=True)
class Aftermath:
    """A plan against a baseline after its campaign.

    ``futures``: finished under both. ``acts``: whether the plan does anything that could end. ``ended``: futures in which it ended within
    the run of ``years`` years. ``ends``: the week of the run in which it ends or is planned to, by future; infinite where neither is known.
    """

    plan: str
    baseline: str
    futures: int
    years: int
    acts: bool
    ended: int
    ends: Floats
    readings: tuple[Reading, ...]

    def years_for(self, year: int) -> tuple[int, bool]:
        """Return how many years a run needs to hold year ``year`` after the end in most futures, and whether that is sure to do."""
        end = float(np.quantile(self.ends, MOST, method="higher"))
        known = math.isfinite(end)
        return math.ceil(end / WEEKS_PER_YEAR if known else self.years + 1) + year, known

    def as_json(self) -> dict[str, Any]:
        """Return everything for machines, unrounded."""
        return {
            "plan": self.plan,
            "baseline": self.baseline,
            "futures": self.futures,
            "years": self.years,
            "acts": self.acts,
            "ended": self.ended,
            "after": [
                {
                    "year": reading.year,
                    "futures": reading.futures,
                    "years_needed": self.years_for(reading.year)[0],
                    "outcomes": [line.as_json() for line in reading.lines],
                }
                for reading in self.readings
            ],
        }


def aftermath(store: Store, plan: str, baseline: str, only: Collection[str] | None = None) -> Aftermath:
    """Read what is left of a plan's effects after its campaign.

    Parameters
    ----------
    only : ids of the outcomes to read; by default all that have a direction.

    Raises
    ------
    InputError : the study keeps no weekly outcomes, or no future is finished under both plans.
    """
    about = store.provenance
    if store.array("weekly") is None:
        raise InputError(
            Problem("no_weekly", f"{store.folder.url} keeps no weekly outcomes, from which the aftermath is read")
        )
    recorded = about.recipe.plan(plan)
    acts = recorded is None or recorded.acts
    futures, start, stop = _campaigns(store, plan, baseline)
    ended = acts & (stop > start)
    weeks = about.years * WEEKS_PER_YEAR
    reached = {year: np.flatnonzero(ended & (stop + year * WEEKS_PER_YEAR <= weeks)) for year in YEARS_AFTER}
    stretches = {year: _Stretch.of(year, rows, start, stop) for year, rows in reached.items() if len(rows)}
    infos = [
        info
        for id_, info in outcomes.load().items()
        if id_ in about.outcomes and info.direction != "none" and (only is None or id_ in only)
    ]
    lines: dict[int, list[Lasting]] = {year: [] for year in YEARS_AFTER}
    for info, amounts in _amounts(store, (plan, baseline), infos, futures, stretches) if stretches else ():
        for year, (during, after) in amounts.items():
            lines[year].append(_lasting(info, during, after))
    weeks_planned = np.inf if recorded is None or recorded.planned_weeks is None else recorded.planned_weeks
    planned = start + weeks_planned
    return Aftermath(
        plan,
        baseline,
        len(futures),
        about.years,
        acts,
        int(ended.sum()),
        np.where(ended, stop, np.where(np.isfinite(planned), planned, np.inf)),
        tuple(Reading(year, len(reached[year]), tuple(lines[year])) for year in YEARS_AFTER),
    )


def read(info: OutcomeInfo, weekly: Floats, first: Weeks, last: Weeks) -> Floats:
    """Return one number a future from ``[future, week]``, for its weeks from ``first`` to before ``last``.

    A flow: the amount a year; an outcome that a run reports as a mean: the mean; any other level: what it is in the last of these weeks.
    """
    if info.summary == "end":
        return np.asarray(np.take_along_axis(weekly, last[:, None] - 1, axis=1)[:, 0])
    sums = np.cumsum(weekly, axis=1, dtype=np.float64)
    sums = np.concatenate([np.zeros((len(sums), 1)), sums], axis=1)
    total = np.diff(np.take_along_axis(sums, np.stack([first, last], axis=1), axis=1), axis=1)[:, 0]
    mean = total / (last - first)
    return np.asarray(mean * WEEKS_PER_YEAR if info.flow else mean)


def _campaigns(store: Store, plan: str, baseline: str) -> tuple[Weeks, Floats, Floats]:
    """Return the futures finished under both plans, and the weeks in which the campaign starts and ends, NaN beyond the run."""
    fine = store.table().filter(pl.col("fault").is_null()).select("plan", "future", "start_week", "stop_week").collect()
    ours, theirs = (fine.filter(pl.col("plan") == name) for name in (plan, baseline))
    rows = ours.join(theirs, on="future", how="semi").sort("future")
    if rows.is_empty():
        raise InputError(Problem("no_pairs", f"no future is finished under both {plan} and {baseline}"))
    weeks = rows.select("start_week", "stop_week").cast(pl.Float64).fill_null(np.nan).to_numpy()
    return rows["future"].to_numpy(), weeks[:, 0], weeks[:, 1]


@dataclasses.dataclass(frozen=True)
class _Stretch:
    """Which weeks are read for a year after the campaign: rows of the futures that reach it, and first and last week of each, twice.

    During the campaign, and in that year.
    """

    rows: Weeks
    windows: tuple[tuple[Weeks, Weeks], tuple[Weeks, Weeks]]

    @classmethod
    def of(cls, year: int, rows: Weeks, start: Floats, stop: Floats) -> _Stretch:
        first, last = start[rows].astype(np.int64), stop[rows].astype(np.int64)
        end = last + year * WEEKS_PER_YEAR
        return cls(rows, ((first, last), (end - WEEKS_PER_YEAR, end)))

    def read(self, info: OutcomeInfo, weekly: Floats, begin: int, into: Floats) -> None:
        """Fill ``into`` [window, future] from the weeks of those futures whose rows begin at ``begin``."""
        low, high = np.searchsorted(self.rows, (begin, begin + len(weekly)))
        mine = weekly[self.rows[low:high] - begin]
        for place, (first, last) in enumerate(self.windows):
            into[place, low:high] = read(info, mine, first[low:high], last[low:high])


def _amounts(
    store: Store,
    plans: tuple[str, str],
    infos: Sequence[OutcomeInfo],
    futures: Weeks,
    stretches: Mapping[int, _Stretch],
) -> Iterator[tuple[OutcomeInfo, Mapping[int, Floats]]]:
    """Yield what each outcome came to in each stretch, ``[window, plan, future]`` by year.

    As many outcomes as lie together in the store are read at a time, and as many futures as fit into little memory.
    """
    known = store.provenance.outcomes
    for first in range(0, len(known), OUTCOMES_PER_CHUNK):
        chunk = known[first : first + OUTCOMES_PER_CHUNK]
        wanted = [info for info in infos if info.id in chunk]
        found = {info: {year: np.empty((2, 2, len(one.rows))) for year, one in stretches.items()} for info in wanted}
        for begin in range(0, len(futures), FUTURES_AT_ONCE) if wanted else ():
            some = futures[begin : begin + FUTURES_AT_ONCE]
            for place, plan in enumerate(plans):
                here = slice(int(some[0]), int(some[-1]) + 1)
                values = store.read("weekly", plan, slice(first, first + len(chunk)), here)[:, some - some[0]]
                for info, (year, one) in product(wanted, stretches.items()):
                    one.read(info, values[chunk.index(info.id)], begin, found[info][year][:, place])
        yield from found.items()


def _lasting(info: OutcomeInfo, during: Floats, after: Floats) -> Lasting:
    """Compare plan and baseline, ``[plan, future]``, over the campaign and in a year after its end."""
    sign = 1 if info.direction == "up" else -1
    gain, kept = (sign * (plan - baseline) for plan, baseline in (during, after))
    improved, worsened = gain > 0, gain < 0
    return Lasting(
        line_of(info, *after),
        line_of(info, *during),
        int(improved.sum()),
        float((kept > 0)[improved].mean()) if improved.any() else None,
        int(worsened.sum()),
        float((kept < 0)[worsened].mean()) if worsened.any() else None,
    )
