"""Started in the past, does the model give what happened? National yearly series of the status quo next to the record.

A series is data (`premortem.evidence.series`). Nothing is fitted to these series;
what is known and forced is said in docs/history.md. A year is inside if the record lies in the range of 90 % of futures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem import theatre
from premortem.analysis.compare import Interval
from premortem.analysis.ensemble import status_quo
from premortem.errors import InputError, Problem
from premortem.evidence.series import Series, series
from premortem.theatre import Theatre
from premortem.theatre.records import Events

Floats = NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Year:
    """A year of a series: the record, None where there is none, and the range of 90 % of futures."""

    year: int
    recorded: float | None
    model: Interval

    @property
    def inside(self) -> bool | None:
        """Whether the record lies in the range; None without a record."""
        return None if self.recorded is None else self.model.low <= self.recorded <= self.model.high


@dataclasses.dataclass(frozen=True)
class Judged:
    """A series from one start, year by year."""

    series: Series
    years: tuple[Year, ...]

    def as_json(self) -> Iterator[dict[str, Any]]:
        """Yield a row a year, unrounded."""
        for year in self.years:
            yield {
                "series": self.series.id,
                "title": self.series.title,
                "unit": self.series.unit,
                "year": year.year,
                "recorded": year.recorded,
                "low": year.model.low,
                "median": year.model.median,
                "high": year.model.high,
                "inside": year.inside,
            }


def hindcast(start: str, events: Events = "known") -> tuple[Judged, ...]:
    """Simulate the status quo from a start in the past up to the last year of the record, and judge every series.

    ``events``: script only what was known at the start to come, or all that happened since; the gap between both is the share of the error
    that events nobody foresaw explain.

    Raises
    ------
    InputError
        If the start does not exist, or no record goes on after it.
    """
    world = theatre.load(start=start, events=events)
    asked = [one for one in series() if not one.starts or world.start in one.starts]
    first = world.date.year
    last = max((max(one.recorded()) for one in asked), default=first - 1)
    if world.date >= world.epoch or last < first:
        raise InputError(Problem("start", "a hindcast starts before the theatre's epoch", found=world.start))
    outcomes, draws = _simulate(world, last - first + 1, events)
    return tuple(judge(one, first, outcomes, draws) for one in asked)


def judge(one: Series, first: int, outcomes: Mapping[str, Floats], draws: Mapping[str, Floats]) -> Judged:
    """Judge a series.

    Parameters
    ----------
    first : the calendar year of the first simulated one.
    outcomes : outcome -> [future, year], amounts of each year.
    draws : parameter -> [future].
    """
    values = outcomes[one.outcome] / (draws[one.over][:, None] if one.over else 1.0)
    recorded = one.recorded()
    last = max(recorded)
    years = (Year(first + i, recorded.get(first + i), Interval.of(values[:, i])) for i in range(values.shape[1]))
    return Judged(one, tuple(year for year in years if year.year <= last))


def _simulate(world: Theatre, years: int, events: Events) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return yearly amounts ``[future, year]`` by outcome, and draws ``[future]``, of the futures that did not fail."""
    from premortem.study.recipes import WEEKS_PER_YEAR

    ran = status_quo(world.name, world.start, years, events)
    yearly = {
        name: ran.kept(values).reshape(-1, years, WEEKS_PER_YEAR).sum(axis=2)
        for name, values in ran.result.weekly.items()
    }
    return yearly, {name: ran.kept(values) for name, values in ran.inputs.draws.items()}
