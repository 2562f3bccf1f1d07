"""Do the first months after a start come out as they were recorded since? ``premortem theatre start --to 2025-07 --check``.

The status quo is simulated from the start with what was public on its day. Each month of each series is set next to the range of 90 % of
futures. Nothing is fitted to these months; where a record counts something else than the model, the start's own ratio carries it over.
Months are recorded with noise that the model does not have: each future's month gets that of the months before the start.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.analysis.ensemble import SEED, Ensemble, status_quo
from premortem.evidence import months
from premortem.evidence.vintages import EVER, Vintage
from premortem.model.index_sets import DRUGS
from premortem.model.units import DAYS_PER_WEEK
from premortem.theatre import Theatre, nowcast
from premortem.theatre.folder import Folder
from premortem.theatre.nowcast import drugs, violence

Floats = NDArray[np.float64]
YEARS = 1
MONTHS = months.PER_YEAR
HALF = 6  # months to each side of a year around a month
REMEMBERED = 36  # months
GROSS = "fentanyl_seized_gross"


@dataclasses.dataclass(frozen=True)
class Month:
    """A month of a series: what was recorded, and the range of 90 % of futures, in the record's unit, which is in words."""

    series: str
    title: str
    unit: str
    month: str
    recorded: float
    model: Interval

    @property
    def inside(self) -> bool:
        """Whether the record lies in the range."""
        return self.model.low <= self.recorded <= self.model.high

    def as_json(self) -> dict[str, Any]:
        """Return a row for programs."""
        return {
            "series": self.series,
            "title": self.title,
            "unit": self.unit,
            "month": self.month,
            "recorded": self.recorded,
            "low": self.model.low,
            "median": self.model.median,
            "high": self.model.high,
            "inside": self.inside,
        }


@dataclasses.dataclass(frozen=True)
class _Ran:
    """Weekly outcomes of the status quo, read by month."""

    ensemble: Ensemble
    date: datetime.date

    def months(self, name: str) -> dict[int, Floats]:
        """Return month -> [future] amounts of an outcome, for months that lie in the run; weeks are shared out by days."""
        weekly = self.ensemble.kept(self.ensemble.result.weekly[name])
        summed = np.concatenate([np.zeros((len(weekly), 1)), weekly.cumsum(axis=1)], axis=1)
        days = np.arange(summed.shape[1]) * DAYS_PER_WEEK

        def until(day: datetime.date) -> Floats:
            passed = (day - self.date).days
            return np.array([np.interp(passed, days, row) for row in summed])

        first = months.of_day(self.date)
        last = self.date + datetime.timedelta(days=int(days[-1]))
        found = {}
        for month in range(first, first + MONTHS):
            begins, ends = max(months.first(month), self.date), months.first(month + 1)
            if ends <= last:
                found[month] = (until(ends) - until(begins)) * months.days(month) / (ends - begins).days
        return found


def check(loaded: Theatre) -> tuple[Month, ...]:
    """Simulate the first year of the status quo and compare it, month by month, with every series recorded since.

    Parameters
    ----------
    loaded : a theatre of the packaged records at any start; the first month is extrapolated from its days after the start.
    """
    ran = _Ran(status_quo(loaded.name, loaded.start, YEARS), loaded.date)
    return tuple(
        month for series in (_homicides, _missing, _seizures, _transfers, _overdoses) for month in series(loaded, ran)
    )


def noise(counts: Mapping[int, float]) -> float:
    """Return the standard deviation of the log of a month about the mean of the year around it, over the last months known."""
    whole = [month for month in counts if all(counts.get(month + i, 0) > 0 for i in range(-HALF, HALF + 1))]
    apart = [np.log(counts[m] / np.mean([counts[m + i] for i in range(-HALF, HALF + 1)])) for m in whole[-REMEMBERED:]]
    return float(np.std(apart)) if apart else 0.0


def _made(
    series: str, title: str, unit: str, recorded: Mapping[int, float], model: Mapping[int, Floats], sd: float = 0.0
) -> Iterator[Month]:
    random = np.random.default_rng(SEED)
    for month, values in model.items():
        seen = values * np.exp(sd * random.standard_normal(len(values)))
        if month in recorded:
            yield Month(series, title, unit, months.text(month), recorded[month], Interval.of(seen))


def _homicides(loaded: Theatre, ran: _Ran) -> Iterator[Month]:
    """The model's homicides are the register's: prosecutors' counts are carried over by the ratio that the start knew."""
    rules = _rules(loaded)
    then = Vintage(loaded.date)
    known, before = (violence.record(then, since, rules) for since in (Vintage(EVER), then))
    model = ran.months("homicides_mx")
    yield from _made("homicides", "Homicides recorded in Mexico", "persons a month", known, model, noise(before))


def _rules(loaded: Theatre) -> nowcast.Rules:
    rules = nowcast.read(Folder.find(loaded.name))
    assert rules is not None
    return rules


def _missing(loaded: Theatre, ran: _Ran) -> Iterator[Month]:
    recorded, before = (_still_missing(vintage) for vintage in (Vintage(EVER), Vintage(loaded.date)))
    title = "Gone missing in Mexico in the month and still missing"
    yield from _made("missing", title, "persons a month", recorded, ran.months("missing"), noise(before))


def _still_missing(vintage: Vintage) -> dict[int, float]:
    states = vintage.months("series.missing_persons", series="still_missing")
    every = sorted({month for state in states.values() for month in state})
    return {month: sum(state.get(month, 0.0) for state in states.values()) for month in every}


def _seizures(loaded: Theatre, ran: _Ran) -> Iterator[Month]:
    """Months are counted at the south-west line; coasts and inland are taken off the model's as they stood in the start's level."""
    kept = ran.ensemble.kept
    for drug in DRUGS:
        counted, before = (drugs.by_month(vintage, drug) for vintage in (Vintage(EVER), Vintage(loaded.date)))
        if drug == "fentanyl":
            gross = ran.months(GROSS)
        else:
            purity = kept(ran.ensemble.inputs.draws[f"drugs.purity.{drug}"])
            gross = {month: kg / purity for month, kg in ran.months(f"{drug}_seized").items()}
        beyond = drugs.beyond_the_line(Vintage(EVER), _rules(loaded).drugs, drug)
        model = {month: kg / beyond for month, kg in gross.items()}
        yield from _made(
            f"{drug}_seized",
            f"{drug.capitalize()} seized at the south-west line, gross",
            "kg a month",
            counted,
            model,
            noise(before),
        )


def _transfers(loaded: Theatre, ran: _Ran) -> Iterator[Month]:
    rows = [row for row in Vintage(EVER).rows(violence.EVENTS) if row["kind"] == "transfer"]
    model, newest = (
        ran.months("transfers"),
        months.of(max(row["known_on"] for row in Vintage(EVER).rows(violence.EVENTS))),
    )
    since = {month for month in model if months.of(rows[0]["date"]) <= month < newest}
    sent = {month: sum(float(r["number"]) for r in rows if _after(loaded.date, r["date"], month)) for month in since}
    summed = dict(zip(model, np.cumsum(list(model.values()), axis=0), strict=True))
    yield from _made("transfers", "Prisoners transferred to the United States since the start", "persons", sent, summed)


def _after(start: datetime.date, day: str, month: int) -> bool:
    return start <= months.last_day(day) and months.of(day) <= month


def _overdoses(loaded: Theatre, ran: _Ran) -> Iterator[Month]:
    """Twelve months to a month: those before the start at the rate of the start, as far off as the future draws it."""
    recorded = {
        months.of(row["period_end"]): float(row["deaths_all_drugs"])
        for row in Vintage(EVER).rows("drugs.overdose_12mo")
        if row["deaths_all_drugs"]
    }
    recorded |= {
        months.of_year(int(row["year"]))[-1]: float(row["deaths_all_drugs"])
        for row in Vintage(EVER).rows("drugs.overdose_by_year")
        if "deaths_all_drugs" not in row["unseen_columns"].split()
    }
    *_, now = drugs.overdoses(Vintage(loaded.date), _rules(loaded).drugs, loaded.date)
    model = ran.months("overdose_deaths")
    before = (
        now.deaths * np.exp(now.spread * ran.ensemble.kept(ran.ensemble.inputs.draws["overdose.level"])) + now.others
    )
    twelve: dict[int, Floats] = {}
    for i, (month, values) in enumerate(model.items()):
        so_far = twelve[month - 1] if i else before
        twelve[month] = so_far + values - before / MONTHS
    yield from _made(
        "overdose", "US deaths by overdose, twelve months to the month", "persons in twelve months", recorded, twelve
    )
