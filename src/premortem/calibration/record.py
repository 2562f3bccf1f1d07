"""The record that a fit learns from, and the same summaries of simulated futures with the noise of recording.

National series by year (``data/history.toml``), their observation layer (``data/record.toml``), and how homicides of states move beyond
the nation. All as known on a day (`premortem.evidence.vintages`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from premortem.evidence import months, reading
from premortem.evidence.parameters import Support
from premortem.evidence.series import Series, series
from premortem.evidence.vintages import Vintage

FILE = "record.toml"
REGISTER = "series.homicides_registered"
FEW = 0.5
"""Counted where none was, before a logarithm is taken."""
LAGS = (1, 2, 3)
MOVEMENT = (
    *(f"spread of states over {lag} year{'s' * (lag > 1)}" for lag in LAGS),
    "momentum of states",
    "share of the nation in states",
)

Floats = NDArray[np.float64]


class Observed(reading.Entry):
    """How a series is recorded; the fields are explained at the head of the file."""

    series: str
    reporting: float
    scatter: float
    drift: float
    grade: Support
    note: str

    def noise(self, luck: np.random.Generator, futures: int, years: int) -> Floats:
        """Return what recording adds to logarithms, counting apart, [future, year]."""
        level = self.reporting * luck.standard_normal((futures, 1))
        drift = np.cumsum(self.drift * luck.standard_normal((futures, years)), axis=1)
        return level + drift + self.scatter * luck.standard_normal((futures, years))


@cache
def observed() -> Mapping[str, tuple[Series, Observed]]:
    """Return the series that a fit learns from, by id.

    Raises
    ------
    DataError
        If a file is wrong, with every fault.
    """
    known = {one.id: one for one in series()}
    return {one.series: (known[one.series], one) for one in reading.listed(Observed, FILE, "observed", "series")}


@dataclass(frozen=True)
class Simulated:
    """Futures by year: ``yearly`` outcome -> [future, year], ``states`` homicides [future, year, state], ``over`` parameter -> [future]."""

    first_year: int
    names: tuple[str, ...]
    yearly: Mapping[str, Floats]
    states: Floats
    over: Mapping[str, Floats]

    def series(self, one: Series) -> Floats:
        """Return the logarithm of a series, [future, year]."""
        values = self.yearly[one.outcome] / (self.over[one.over][:, None] if one.over else 1.0)
        return np.log(np.maximum(values, FEW))


@dataclass(frozen=True)
class Record:
    """The data [datum] of some years: ``values``, what each is (``labels``), and where the futures' own are found.

    ``years`` series -> its years, ``state_years`` of the register's months by state.
    """

    labels: tuple[str, ...]
    values: Floats
    years: Mapping[str, tuple[int, ...]]
    state_years: tuple[int, ...]

    def of(self, simulated: Simulated, luck: np.random.Generator | None) -> Floats:
        """Return the same data of each future [future, datum], as they would be recorded; without noise if there is no ``luck``."""
        parts = []
        for ident, years in self.years.items():
            one, layer = observed()[ident]
            logs = simulated.series(one)
            if luck is not None:
                counting = np.exp(-logs / 2.0) * luck.standard_normal(logs.shape) if one.unit == "person" else 0.0
                logs = logs + counting + layer.noise(luck, *logs.shape)
            parts.append(logs[:, [year - simulated.first_year for year in years]])
        if self.state_years:
            counts = simulated.states[:, [year - simulated.first_year for year in self.state_years]]
            parts.append(movement(luck.poisson(counts) if luck is not None else counts))
        return np.concatenate(parts, axis=1)


def known(vintage: Vintage, first_year: int, years: int, states: tuple[str, ...]) -> Record:
    """Return what was known of some years; ``states`` are codes, in the order of the futures'."""
    inside = range(first_year, first_year + years)
    found = {ident: one.recorded(vintage) for ident, (one, _) in observed().items()}
    chosen = {ident: tuple(sorted(year for year in values if year in inside)) for ident, values in found.items()}
    labels = [f"{ident} {year}" for ident, years_ in chosen.items() for year in years_]
    values = [np.log(max(found[ident][year], FEW)) for ident, years_ in chosen.items() for year in years_]
    counts, state_years = by_state(vintage, states)
    there = [place for place, year in enumerate(state_years) if year in inside]
    if len(there) <= max(LAGS):
        return Record(tuple(labels), np.array(values), chosen, ())
    moved = movement(counts[there])
    kept = tuple(state_years[place] for place in there)
    return Record((*labels, *MOVEMENT), np.array([*values, *moved]), chosen, kept)


def by_state(vintage: Vintage, states: tuple[str, ...]) -> tuple[Floats, tuple[int, ...]]:
    """Return homicides [year, state] of the years whose months were all known, and the years."""
    counted = vintage.months(REGISTER)
    found = months.whole_years({state: counted[state] for state in states})
    counts = [[by_state[state] for state in states] for by_state in found.values()]
    return np.array(counts, np.float64).reshape(len(found), len(states)), tuple(found)


def movement(counts: NDArray[np.generic]) -> Floats:
    """Return how states move beyond the nation, [..., one of `MOVEMENT`], from homicides [..., year, state].

    Logarithms of the spread of changes over one, two and three years, the correlation of a year's change with the next, and the share of
    yearly changes that the nation's explains.
    """
    counts = np.asarray(counts, np.float64)
    logs, nation = np.log(np.maximum(counts, FEW)), np.log(counts.sum(-1, keepdims=True))
    beyond = logs - nation
    spreads = [np.log((beyond[..., lag:, :] - beyond[..., :-lag, :]).std(axis=(-1, -2))) for lag in LAGS]
    change, own = np.diff(beyond, axis=-2), np.diff(logs, axis=-2)
    later, earlier = change[..., 1:, :], change[..., :-1, :]
    momentum = (later * earlier).sum((-1, -2)) / np.sqrt((later**2).sum((-1, -2)) * (earlier**2).sum((-1, -2)))
    share = 1.0 - (change**2).sum((-1, -2)) / (own**2).sum((-1, -2))
    return np.stack([*spreads, momentum, share], axis=-1)
