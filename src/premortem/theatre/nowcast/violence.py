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

from premortem.evidence import months
from premortem.evidence.vintages import MONTHS, Row, Vintage
from premortem.evidence.vintages import rules as rules_of_tables
from premortem.model.units import DAYS_PER_YEAR
from premortem.theatre.nowcast import people
from premortem.theatre.nowcast.settings import Judged, Rules

Z90 = 1.645  # of a normal, half of a 90 % range
LEAST = 0.5  # deaths a month in a state where none was counted
QUARTER = (-13, -10)  # months around the one a year before
DAILY = "homicide a day"
WAR = "war_begins"
EVENTS, VICTIMS, REGISTER = "now.table.events", "series.homicide_victims", "series.homicides_registered"


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
    """A series of months by state, and what it must be multiplied with to be the register's."""

    table: str
    counts: Mapping[str, Mapping[int, float]]
    scale: float
    scale_sd: float
    of_daily: float  # the count over the daily reports' of the same days; 0 if the two are not to be compared

    @property
    def nation(self) -> dict[int, float]:
        """Counts of the nation by month, of months that every state has: of one that some have not yet sent, nothing is known."""
        whole = set.intersection(*(set(state) for state in self.counts.values()))
        return {month: sum(state[month] for state in self.counts.values()) for month in sorted(whole)}

    @property
    def newest(self) -> int:
        """The newest month."""
        return max(self.nation)


def sd(judged: Judged) -> float:
    """Return the standard deviation of the logarithm behind a 90 % range."""
    return math.log(judged.high / judged.low) / (2 * Z90)


def levels(vintage: Vintage, rules: Rules, date: datetime.date) -> Levels:
    """Return homicides on a day from what the vintage shows."""
    series, start = _series(vintage, rules), months.of_day(date)
    used = [
        month for month in range(series.newest - rules.months_back + 1, series.newest + 1) if month in series.nation
    ]
    weight = {month: 0.5 ** ((series.newest - month) / rules.half_life_months) for month in used}
    total = sum(weight.values())
    days = sum(w * months.days(month) for month, w in weight.items()) / total
    a_year = series.scale * DAYS_PER_YEAR / days
    yearly = {
        iso: max(sum(w * counts[month] for month, w in weight.items()) / total, LEAST) * a_year
        for iso, counts in series.counts.items()
    }
    effective = total**2 / sum(w**2 for w in weight.values())  # months
    age = (start - sum(w * (month + 0.5) for month, w in weight.items()) / total) / months.PER_YEAR
    nation = _nation(vintage, rules, series, sum(yearly.values()), age, start)
    yearly = _stated_shares(vintage, yearly, series.newest)
    scale = nation.level / sum(yearly.values())
    spread = {
        iso: math.sqrt(months.PER_YEAR / (n / series.scale * effective) + rules.state_change.value**2 * max(age, 0.0))
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


def wars(vintage: Vintage, rules: Rules, date: datetime.date, yearly: Mapping[str, float]) -> dict[str, float]:
    """Return how much of a state's level is a war under way: the log of its homicides over those of the year before the war began.

    Of the states where the public knew that a war had begun in the years of ``war_lasts_years``, and only what is above 0.
    """
    series, start, found = _series(vintage, rules), months.of_day(date), {}
    for row in vintage.rows(EVENTS):
        counts, begins = series.counts.get(row["place"], {}), months.of(row["date"])
        before = [counts[month] for month in range(begins - months.PER_YEAR, begins) if month in counts]
        recent = start - begins < rules.war_lasts_years * months.PER_YEAR
        if row["kind"] == WAR and recent and len(before) == months.PER_YEAR:
            rise = math.log(yearly[row["place"]] / (max(sum(before), LEAST) * series.scale))
            if rise > 0:
                found[row["place"]] = rise
    return found


def _series(vintage: Vintage, rules: Rules) -> _Months:
    """Return prosecutors' months once a whole year of them can be set beside the register's total, else the register's months."""
    register = people.national(vintage)
    victims = vintage.months(VICTIMS, series="victims")
    ratios = [math.log(rules.register_over_victims.value)]
    if victims:
        nation = _Months(VICTIMS, victims, 1.0, 0.0, 0.0).nation
        both = [year for year in register if all(m in nation for m in months.of_year(year))][-rules.years_together :]
        ratios += [math.log(register[year] / sum(nation[m] for m in months.of_year(year))) for year in both]
    if len(ratios) > 1:
        spread = sd(rules.register_over_victims) / math.sqrt(len(ratios))
        return _Months(VICTIMS, victims, math.exp(sum(ratios) / len(ratios)), spread, rules.victims_over_daily.value)
    counts = vintage.months(REGISTER)
    found = _Months(REGISTER, counts, 1.0, 0.0, 0.0)
    last = max(year for year in register if all(m in found.nation for m in months.of_year(year)))
    scale = register[last] / sum(found.nation[m] for m in months.of_year(last))
    return _Months(REGISTER, counts, scale, 0.0, 0.0)


def basis(vintage: Vintage, rules: Rules) -> tuple[str, float]:
    """Return the table that a start's states are made from, and the register's official deaths over its counts."""
    series = _series(vintage, rules)
    return series.table, series.scale


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
            level = daily[newest] * series.of_daily * series.scale * DAYS_PER_YEAR
            age, error = (
                (start - newest - 0.5) / months.PER_YEAR,
                sd(rules.victims_over_daily) + (months.PER_YEAR / level) ** 0.5,
            )
    memory = rules.growth_memory_weeks.value / months.WEEKS_IN_YEAR
    year_ahead = memory * -math.expm1(-1 / memory)
    growth = rules.growth_carried.value * _last_year(series, level, newest) / year_ahead
    kept = math.exp(-max(age, 0.0) / memory)
    return _Nation(
        level * math.exp(growth * memory * (1 - kept)),
        age,
        error,
        growth * kept,
        months.last_day(months.text(newest)),
    )


def _last_year(series: _Months, level: float, newest: int) -> float:
    """Return the change of the log national rate over the year before the newest month, against the quarter around that month."""
    before = [
        series.nation[month] / months.days(month)
        for month in range(*(newest + month for month in QUARTER))
        if month in series.nation
    ]
    return math.log(level / (sum(before) / len(before) * series.scale * DAYS_PER_YEAR)) if before else 0.0


def _daily(vintage: Vintage) -> dict[int, float]:
    """Return homicides a day by month, as officials reported them; a report dated to the day speaks of the month before."""
    found: dict[int, float] = {}
    for row in _reports(vintage):
        found[months.of(row["date"]) - (row["date_precision"] == "day")] = float(row["number"])
    return found


def _reports(vintage: Vintage) -> list[Row]:
    rows = vintage.rows(EVENTS)
    return [row for row in rows if (row["kind"], row["unit"], row["place"]) == ("statistic", DAILY, "MX")]


def record(then: Vintage, since: Vintage, rules: Rules) -> dict[int, float]:
    """Return deaths of the register by month as they are known since, by the ratios that a start knew.

    Months of the series that the start's level came from; after its end the nation's daily reports.
    """
    ratios = _series(then, rules)
    counts = since.months(ratios.table, **({"series": "victims"} if ratios.table == VICTIMS else {}))
    nation = _Months(ratios.table, counts, ratios.scale, 0.0, 0.0).nation
    found = {month: count * ratios.scale for month, count in nation.items()}
    if ratios.of_daily:
        for month, rate in _daily(since).items():
            found.setdefault(month, rate * ratios.of_daily * ratios.scale * months.days(month))
    return found


def newest_report(vintage: Vintage) -> datetime.date:
    """Return the day on which the newest national level was public: a report of homicides a day, or a month of prosecutors' victims."""
    reports = [datetime.date.fromisoformat(row["known_on"]) for row in _reports(vintage)]
    rule = rules_of_tables()[VICTIMS]
    cells = [rule.cell(row, column) for row in vintage.rows(VICTIMS) for column in MONTHS if row[column] != ""]
    return max(reports + cells)


def _stated_shares(vintage: Vintage, yearly: Mapping[str, float], newest: int) -> dict[str, float]:
    """Return levels in which a state has the share of the nation last stated for it after the newest month, the others as they were."""
    rows = vintage.rows("violence.table.state_shares")
    stated = {row["iso"]: float(row["share"]) for row in rows if months.of(row["month"]) > newest}
    total = sum(yearly.values())
    rest = (1 - sum(stated.values())) / sum(n for iso, n in yearly.items() if iso not in stated) * total
    return {iso: stated[iso] * total if iso in stated else n * rest for iso, n in yearly.items()}
