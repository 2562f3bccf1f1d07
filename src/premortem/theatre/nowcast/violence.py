"""The level of homicide by state on a day, from what was public: how high, how sure, and how fast the nation's rate is moving.

Levels are deaths of the civil register a year. Prosecutors' victims by month are public within weeks and are weighted with a half-life of
three months, then scaled to the register by the years that both were known for; before they covered such a year, the register's own months
serve. A newer national count (daily reports) moves all states together. What is old is carried forward with a wider range.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass

from premortem.evidence.vintages import MONTHS, Row, Vintage, last_day
from premortem.evidence.vintages import rules as rules_of_tables
from premortem.theatre.nowcast import people
from premortem.theatre.nowcast.settings import Judged, Rules

Z90 = 1.645  # of a normal, half of a 90 % range
WINDOW = 24  # months back that are looked at
YEARS_TOGETHER = 3  # of register and prosecutors' counts, the last known
WEEKS = 52.18  # in a year of the calendar
DAILY = "homicide a day"
EVENTS = "now.table.events"


@dataclass(frozen=True)
class Levels:
    """Homicides at a start; ``spread`` [state] and ``national_spread`` are standard deviations of logarithms.

    ``growth`` is the yearly change of the log national rate at the start, ``newest`` the last day of the newest month that was read.
    """

    yearly: Mapping[str, float]
    spread: Mapping[str, float]
    national_spread: float
    growth: float
    growth_sd: float
    newest: datetime.date

    def at(self, quantile: float) -> dict[str, float]:
        """Return yearly homicides by state at a number of standard deviations of state and nation together."""
        return {
            iso: n * math.exp(quantile * math.hypot(self.spread[iso], self.national_spread))
            for iso, n in self.yearly.items()
        }


@dataclass(frozen=True)
class _Months:
    """A series of months by state, counted as 12 a year, and what it must be multiplied with to be the register's."""

    counts: Mapping[str, Mapping[int, float]]
    scale: float
    scale_sd: float
    of_daily: float  # the count over the daily reports' of the same days; 0 if the two are not to be compared

    @property
    def newest(self) -> int:
        """The newest month."""
        return max(max(months) for months in self.counts.values())

    @property
    def nation(self) -> dict[int, float]:
        """Counts of the nation by month."""
        return {
            month: sum(months.get(month, 0.0) for months in self.counts.values())
            for month in next(iter(self.counts.values()))
        }


def sd(judged: Judged) -> float:
    """Return the standard deviation of the logarithm behind a 90 % range."""
    return math.log(judged.high / judged.low) / (2 * Z90)


def levels(vintage: Vintage, rules: Rules, date: datetime.date) -> Levels:
    """Return homicides on a day from what the vintage shows."""
    series, start = _series(vintage, rules), date.year * 12 + date.month - 1
    used = [month for month in range(series.newest - WINDOW + 1, series.newest + 1) if month in series.nation]
    weight = {month: 0.5 ** ((series.newest - month) / rules.half_life_months) for month in used}
    total = sum(weight.values())
    days = sum(w * _days(month) for month, w in weight.items()) / total
    a_year = series.scale * 365.25 / days
    yearly = {
        iso: max(sum(w * counts[month] for month, w in weight.items()) / total, 0.5) * a_year
        for iso, counts in series.counts.items()
    }
    effective = total**2 / sum(w**2 for w in weight.values())  # months
    age = (start - sum(w * (month + 0.5) for month, w in weight.items()) / total) / 12
    nation = _nation(vintage, rules, series, sum(yearly.values()), age, start)
    yearly = _stated_shares(vintage, yearly, series.newest)
    scale = nation.level / sum(yearly.values())
    spread = {
        iso: math.sqrt(12 / (n / series.scale * effective) + rules.state_change.value**2 * max(age, 0.0))
        for iso, n in yearly.items()
    }
    aged = rules.nation_change.value**2 * max(nation.age, 0.0)
    return Levels(
        {iso: n * scale for iso, n in yearly.items()},
        spread,
        math.sqrt(series.scale_sd**2 + nation.error**2 + aged),
        nation.growth,
        rules.growth_sd.value,
        nation.newest,
    )


def _series(vintage: Vintage, rules: Rules) -> _Months:
    """Return prosecutors' months once a whole year of them can be set beside the register's total, else the register's months."""
    register = people.national(vintage)
    victims = vintage.months("series.homicide_victims", series="victims")
    ratios = [math.log(rules.register_over_victims.value)]
    if victims:
        nation = _Months(victims, 1.0, 0.0, 0.0).nation
        both = [year for year in register if all(year * 12 + m in nation for m in range(12))][-YEARS_TOGETHER:]
        ratios += [math.log(register[year] / sum(nation[year * 12 + m] for m in range(12))) for year in both]
    if len(ratios) > 1:
        spread = sd(rules.register_over_victims) / math.sqrt(len(ratios))
        return _Months(victims, math.exp(sum(ratios) / len(ratios)), spread, rules.victims_over_daily.value)
    months = vintage.months("series.homicides_registered")
    found = _Months(months, 1.0, 0.0, 0.0)
    last = max(year for year in register if all(year * 12 + m in found.nation for m in range(12)))
    scale = register[last] / sum(found.nation[last * 12 + m] for m in range(12))
    return _Months(months, scale, 0.0, 0.0)


@dataclass(frozen=True)
class _Nation:
    level: float
    age: float
    error: float
    growth: float
    newest: datetime.date


def _nation(vintage: Vintage, rules: Rules, series: _Months, level: float, age: float, start: int) -> _Nation:
    """Return the nation's level at the start: the newest that is known, carried along the growth that last year's change leaves."""
    newest, error = series.newest, 0.0
    if series.of_daily:
        daily = {month: rate for month, rate in _daily(vintage).items() if month > newest}
        if daily:
            newest = max(daily)
            level = daily[newest] * series.of_daily * series.scale * 365.25
            age, error = (start - newest - 0.5) / 12, sd(rules.victims_over_daily) + level**-0.5 * 12**0.5
    memory = rules.growth_memory_weeks.value / WEEKS
    year_ahead = memory * -math.expm1(-1 / memory)
    growth = rules.growth_carried.value * _last_year(series, level, newest) / year_ahead
    kept = math.exp(-max(age, 0.0) / memory)
    return _Nation(
        level * math.exp(growth * memory * (1 - kept)),
        age,
        error,
        growth * kept,
        last_day(f"{newest // 12}-{newest % 12 + 1}"),
    )


def _last_year(series: _Months, level: float, newest: int) -> float:
    """Return the change of the log national rate over the year before the newest month, against the quarter around that month."""
    before = [
        series.nation[month] / _days(month) for month in range(newest - 13, newest - 10) if month in series.nation
    ]
    return math.log(level / (sum(before) / len(before) * series.scale * 365.25)) if before else 0.0


def _daily(vintage: Vintage) -> dict[int, float]:
    """Return homicides a day by month, as officials reported them; a report dated to the day speaks of the month before."""
    found: dict[int, float] = {}
    for row in _reports(vintage):
        found[_month(row["date"]) - (row["date_precision"] == "day")] = float(row["number"])
    return found


def _reports(vintage: Vintage) -> list[Row]:
    rows = vintage.rows(EVENTS)
    return [row for row in rows if (row["kind"], row["unit"], row["place"]) == ("statistic", DAILY, "MX")]


def newest_report(vintage: Vintage) -> datetime.date:
    """Return the day on which the newest national level was public: a report of homicides a day, or a month of prosecutors' victims."""
    reports = [datetime.date.fromisoformat(row["known_on"]) for row in _reports(vintage)]
    rule = rules_of_tables()["series.homicide_victims"]
    cells = [
        rule.cell(row, column)
        for row in vintage.rows("series.homicide_victims")
        for column in MONTHS
        if row[column] != ""
    ]
    return max(reports + cells)


def _stated_shares(vintage: Vintage, yearly: Mapping[str, float], newest: int) -> dict[str, float]:
    """Return levels in which a state has the share of the nation last stated for it after the newest month, the others as they were."""
    rows = vintage.rows("violence.table.state_shares")
    stated = {row["iso"]: float(row["share"]) for row in rows if _month(row["month"]) > newest}
    total = sum(yearly.values())
    rest = (1 - sum(stated.values())) / sum(n for iso, n in yearly.items() if iso not in stated) * total
    return {iso: stated[iso] * total if iso in stated else n * rest for iso, n in yearly.items()}


def _month(text: str) -> int:
    year, month = (int(part) for part in text.split("-")[:2])
    return year * 12 + month - 1


def _days(month: int) -> int:
    return last_day(f"{month // 12}-{month % 12 + 1}").day
