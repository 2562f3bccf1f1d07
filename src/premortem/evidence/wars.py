"""Homicides by state and month on record, the wars that show in them, and how states move beyond the nation.

Counts of the ledger's table ``series.homicides_registered``, up to a cut: nothing after the cut is ever read. The same functions read
simulated months, so that the model's wars are found by the rule that found those on record. Definitions and results:
docs/model/rivalry.md.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.evidence import ledger

Floats = NDArray[np.float64]

MONTHS = 12
FEW = 0.5
"""Deaths that stand for none where a logarithm is taken."""


def unusable() -> tuple[str, ...]:
    """Return the states whose months on record cannot tell a war, by the ledger."""
    return tuple(ledger.load().facts["war.unusable"].finding.split())


@dataclass(frozen=True)
class Series:
    """Homicides by state and month: ``deaths`` [state, month] from January of ``first_year``, ``population`` alike, in persons."""

    states: tuple[str, ...]
    first_year: int
    deaths: Floats
    population: Floats

    def before(self, cut: datetime.date) -> Series:
        """Return the months that had ended at a date."""
        months = max(0, (cut.year - self.first_year) * MONTHS + cut.month - 1)
        return Series(self.states, self.first_year, self.deaths[:, :months], self.population[:, :months])

    def month(self, year: int, month: int = 1) -> int:
        """Return the index of a month."""
        return (year - self.first_year) * MONTHS + month - 1


@dataclass(frozen=True)
class War:
    """A rise of one state's homicides to twice the level before, until half of the excess is gone.

    ``onset``, ``peak`` (the first of the highest twelve months) and ``half_gone`` (None: not yet) are indices of months; ``before`` and
    ``highest`` deaths a year; ``excess`` deaths above the level before, until half gone or the end of the series.
    """

    state: str
    onset: int
    peak: int
    half_gone: int | None
    before: float
    highest: float
    excess: float

    @property
    def multiple(self) -> float:
        """The highest twelve months over the yearly mean before."""
        return self.highest / self.before


@dataclass(frozen=True)
class Movement:
    """How log rates of states change beyond the nation, from calendar years; counting noise is taken off all but correlations.

    ``spread`` by years: standard deviation of changes over so many years. ``national_share``: of the variance of yearly changes that the
    change of all other states explains. ``lag``: correlation of a change with the next. ``kurtosis``: excess kurtosis of yearly changes.
    ``season``: standard deviation of the months of a year. ``classes``: rank correlation of a state's volatility in the first half of the
    years with that in the second.
    """

    spread: dict[int, float]
    national_share: float
    lag: float
    kurtosis: float
    season: float
    classes: float


@cache
def recorded() -> Series:
    """Return the whole record of the ledger, with the years between counts of people joined by straight lines."""
    tables = ledger.load().tables
    rows = tables["series.homicides_registered"].rows
    people = {
        (row["iso"], int(row["year"])): float(row["population"]) for row in tables["violence.table.population"].rows
    }
    states = tuple(sorted({str(row["iso"]) for row in rows}))
    years = sorted({int(row["year"]) for row in rows})
    deaths = np.full((len(states), len(years), MONTHS), np.nan)
    for row in rows:
        deaths[states.index(row["iso"]), int(row["year"]) - years[0]] = [
            _number(row[f"m{m:02d}"]) for m in range(1, 13)
        ]
    population = np.array([[people[state, year] for year in years for _ in range(MONTHS)] for state in states])
    return Series(states, years[0], deaths.reshape(len(states), -1), population)


def _number(value: Any) -> float:
    return np.nan if value in {None, ""} else float(value)


def _sums(deaths: Floats) -> Floats:
    """Return running sums [..., month + 1]."""
    return np.concatenate([np.zeros((*deaths.shape[:-1], 1)), np.cumsum(deaths, axis=-1)], axis=-1)


def wars(series: Series, since: int, *, doubling: float = 2.0, more: float = 60.0, rate: float = 8.0) -> list[War]:
    """Return the wars that begin in month ``since`` or later.

    A war begins in the first month whose next twelve hold at least ``doubling`` times the yearly mean of the 24 before, ``more`` deaths
    above it and ``rate`` deaths per 100,000 residents. A state can be at war again once half of the excess is gone.
    """
    return [
        war
        for i, state in enumerate(series.states)
        if state not in unusable()
        for war in _wars_of(state, series.deaths[i], series.population[i], since, (doubling, more, rate))
    ]


def _wars_of(state: str, deaths: Floats, population: Floats, since: int, rule: tuple[float, float, float]) -> list[War]:
    total, months = _sums(deaths), len(deaths)
    year = total[MONTHS:] - total[:-MONTHS]  # of the twelve months that begin with each
    doubling, more, rate = rule
    onsets = np.arange(max(since, 2 * MONTHS), months - MONTHS + 1)
    before = (total[onsets] - total[onsets - 2 * MONTHS]) / 2.0
    starts = onsets[
        (year[onsets] >= doubling * before)
        & (year[onsets] - before >= more)
        & (year[onsets] >= rate * population[onsets] / 1e5)
    ]
    found: list[War] = []
    free = 0
    for onset in starts:
        if onset < free:
            continue
        level = float(total[onset] - total[onset - 2 * MONTHS]) / 2.0
        later = year[onset:]
        highest = np.maximum.accumulate(later)
        gone = np.flatnonzero(later - level < (highest - level) / 2.0)
        length = int(gone[0]) if len(gone) else len(later)
        peak = int(np.argmax(later[:length]))
        end = onset + length if len(gone) else months
        excess = total[end] - total[onset] - level * (end - onset) / MONTHS
        half_gone = int(end) if len(gone) else None
        found.append(War(state, int(onset), int(onset) + peak, half_gone, level, float(later[peak]), float(excess)))
        if half_gone is None:
            break
        free = half_gone + 1
    return found


def share_of_rises(series: Series, found: list[War], since: int) -> float:
    """Return the share of what the nation's deaths rose, in the years in which they did, that lay in states then at war.

    Years are counted from month ``since``; a state is at war in a year if it was in any month.
    """
    years = (series.deaths.shape[1] - since) // MONTHS
    shape = (len(series.states), years, MONTHS)
    deaths = series.deaths[:, since : since + years * MONTHS].reshape(shape).sum(-1)
    fighting = np.zeros(series.deaths.shape, bool)
    for war in found:
        fighting[series.states.index(war.state), war.onset : war.half_gone] = True
    at_war = np.asarray(fighting[:, since : since + years * MONTHS].reshape(shape).any(-1))[:, 1:]
    change = np.diff(deaths, axis=1)
    rises = np.flatnonzero(change.sum(0) > 0)
    return float((change * at_war)[:, rises].sum() / change[:, rises].sum())


def relative(series: Series, *, to_others: bool = False) -> tuple[Floats, Floats]:
    """Return by state and calendar year the log rate less the nation's (or that of all other states), and the deaths counted."""
    years = series.deaths.shape[1] // MONTHS
    shape = (len(series.states), years, MONTHS)
    deaths = series.deaths[:, : years * MONTHS].reshape(shape).sum(-1)
    people = series.population[:, : years * MONTHS].reshape(shape).mean(-1)
    own = (deaths, people) if to_others else (0.0, 0.0)
    nation = (deaths.sum(0) - own[0]) / (people.sum(0) - own[1])
    return np.log(np.maximum(deaths, FEW) / people) - np.log(nation), deaths


def movement(series: Series, fewest: float = 100.0) -> Movement:
    """Return how states with at least ``fewest`` deaths a year move beyond the nation."""
    beyond, deaths = relative(series)
    large = deaths.mean(1) >= fewest
    beyond, deaths = beyond[large], deaths[large]
    noise = 1.0 / np.maximum(deaths, 1.0)

    def changes(values: Floats, years: int) -> tuple[Floats, Floats]:
        """Return changes over some years, and the variance that counting gives them."""
        return values[:, years:] - values[:, :-years], noise[:, years:] + noise[:, :-years]

    def variance(change: Floats, counted: Floats) -> float:
        return float(max(change.var() - counted.mean(), 0.0))

    spread = {n: variance(*changes(beyond, n)) ** 0.5 for n in (1, 3, 5, 10) if n < beyond.shape[1] - 1}
    change, counted = changes(beyond, 1)
    people = series.population[large][:, : beyond.shape[1] * MONTHS : MONTHS]
    own, _ = changes(np.log(np.maximum(deaths, FEW) / people), 1)
    apart, _ = changes(relative(series, to_others=True)[0][large], 1)
    half = change.shape[1] // 2
    volatility = [
        (change[:, years] ** 2 - counted[:, years]).mean(1) for years in (slice(None, half), slice(half, None))
    ]
    return Movement(
        spread=spread,
        national_share=1.0 - variance(apart, counted) / variance(own, counted),
        lag=_correlation(change[:, :-1].ravel(), change[:, 1:].ravel()),
        kurtosis=float((((change - change.mean()) / change.std()) ** 4).mean() - 3.0),
        season=_season(series),
        classes=_rank_correlation(*volatility),
    )


def _season(series: Series) -> float:
    """Return the spread of months within a year, of the nation, a running year taken off and counting noise too."""
    total = series.deaths.sum(0)
    running = np.convolve(total, np.ones(MONTHS) / MONTHS, mode="valid")
    # The year centred on each month: half a month late, which is nothing beside the season.
    middle = total[MONTHS // 2 : MONTHS // 2 + len(running)]
    days = _days(series.first_year, len(total))[MONTHS // 2 : MONTHS // 2 + len(running)]
    off = np.log(middle / running) - np.log(days / days.mean())
    whole = len(off) // MONTHS * MONTHS
    by_month = off[:whole].reshape(-1, MONTHS)
    return float(np.sqrt(max(by_month.mean(0).var() - by_month.var(0).mean() / len(by_month), 0.0)))


def _days(first_year: int, months: int) -> Floats:
    dates = [datetime.date(first_year + m // MONTHS, m % MONTHS + 1, 1) for m in range(months + 1)]
    return np.array([(b - a).days for a, b in pairwise(dates)], dtype=float)


def _rank_correlation(a: Floats, b: Floats) -> float:
    return _correlation(a.argsort().argsort(), b.argsort().argsort())


def _correlation(a: Any, b: Any) -> float:
    return float(np.asarray(np.corrcoef(a, b))[0, 1])


def together(series: Series, neighbours: set[frozenset[str]], fewest: float = 100.0) -> tuple[float, float]:
    """Return the mean correlation of yearly changes beyond the nation of pairs of states that touch, and of all other pairs."""
    beyond, deaths = relative(series)
    large = [i for i in range(len(series.states)) if deaths[i].mean() >= fewest]
    correlation = np.asarray(np.corrcoef(np.diff(beyond[large], axis=1)))
    touching: list[float] = []
    others: list[float] = []
    for a, i in enumerate(large):
        for b, j in enumerate(large[:a]):
            touch = frozenset((series.states[i], series.states[j])) in neighbours
            (touching if touch else others).append(correlation[a, b])
    return float(np.mean(touching)), float(np.mean(others))
