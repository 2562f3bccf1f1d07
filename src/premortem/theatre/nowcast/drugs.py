"""Drugs seized, deaths by overdose, fentanyl in what is sold and firearms seized, as far as known on a day."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from premortem.evidence import months
from premortem.evidence.vintages import EVER, Vintage
from premortem.evidence.vintages import rules as rules_of_tables
from premortem.model.index_sets import DRUGS
from premortem.theatre.nowcast.settings import Drugs

FENTANYL = "fentanyl"
DECIMALS = 3  # of the length of a stretch of years
MIDDLE = 0.5  # of a year

Three = tuple[float, float, float]


def along(points: Mapping[float, float], at: float) -> float:
    """Return a value between points, on a straight line in logarithms; beyond them that of the nearest."""
    times = sorted(points)
    at = min(max(at, times[0]), times[-1])
    for before, after in pairwise(times):
        if before <= at < after:
            part = (at - before) / (after - before)
            return float(points[before] * (points[after] / points[before]) ** part)
    return points[at]


@dataclass(frozen=True)
class Content:
    """Fentanyl in what is sold at a time, as an index, and when that was public."""

    year: float
    fentanyl: float
    known_on: datetime.date


def content(vintage: Vintage, rules: Drugs) -> list[Content]:
    """Return fentanyl in what is sold as illicit opioids by time: exhibits times purity of powder, 1 at the last time of all.

    Exhibits stand still where no count was seen (before 2013, from 2017 to 2018 and after 2019), purity before 2018; between, straight
    lines in logarithms.
    """
    exhibits = {int(r["year"]) + 0.5: float(r["exhibits"]) for r in vintage.rows("drugs.fentanyl_exhibits")}
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)]
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)] * (1 + vintage.number(rules.exhibits_growth))
    purity = {float(time): vintage.number(ident) for time, ident in rules.purity.items()}
    times = sorted({*exhibits, *purity})
    found = {time: along(exhibits, time) * along(purity, time) for time in times}
    report = datetime.timedelta(days=rules_of_tables()["drugs.fentanyl_exhibits"].lag_days)
    accounts = datetime.timedelta(days=rules.purity_lag_days)
    known = {
        time: months.last_day(str(int(time))) + report if time in exhibits else months.day_of(time) + accounts
        for time in times
    }
    return [Content(time, value / found[times[-1]], known[time]) for time, value in found.items()]


def seized(vintage: Vintage, rules: Drugs, now: float) -> dict[str, Three]:
    """Return kilograms a year seized at or off the southwest line by drug: in the last twelve months known, least and most of three years.

    Coasts and inland are added as they stood to the line in the last fiscal year. Before there was a count its first twelve months stand
    in, fentanyl in proportion to its content, and this is later knowledge.
    """
    counted = {drug: by_month(vintage, drug) for drug in DRUGS}
    first = not all(len(by) >= months.PER_YEAR for by in counted.values())
    shown = Vintage(months.last_day(str(rules.first_count)), vintage.ledger, vintage.newer) if first else vintage
    if first:
        end = months.of(f"{rules.first_count}-10")
        counted = {drug: {m: kg for m, kg in by_month(shown, drug).items() if m < end} for drug in DRUGS}
    found = {}
    for drug, by in counted.items():
        ends = range(max(by), min(by) + months.PER_YEAR - 2, -months.PER_YEAR)[: rules.years_compared]
        years = [sum(by[end - back] for back in range(months.PER_YEAR)) for end in ends]
        factor = beyond_the_line(shown, rules, drug)
        if drug == FENTANYL and now < min(by) / months.PER_YEAR:
            index = {one.year: one.fentanyl for one in content(Vintage(EVER, vintage.ledger), rules)}
            factor *= along(index, now) / along(index, rules.first_count)
        found[drug] = (min(years) * factor, years[0] * factor, max(years) * factor)
    return found


def beyond_the_line(vintage: Vintage, rules: Drugs, drug: str) -> float:
    """Return what was seized at or off the south-west line over what was seized at it, in the last whole fiscal year known."""
    rows = vintage.rows("drugs.cbp_seizures_by_fy")
    whole = [r for r in rows if int(r["months_covered"]) == months.PER_YEAR and r["drug"] == drug]
    row = max(whole, key=lambda r: int(r["fiscal_year"]))
    return 1 + rules.through_mexico.get(drug, 1.0) * float(row["coastal_interior_lb"]) / float(row["swb_lb"])


def by_month(vintage: Vintage, drug: str) -> dict[int, float]:
    """Return kilograms seized at the south-west line by month."""
    total: dict[int, float] = {}
    for area in vintage.months("series.drug_seizures", series="kg", drug=drug).values():
        for month, kg in area.items():
            total[month] = total.get(month, 0.0) + kg
    return total


@dataclass(frozen=True)
class Stretch:
    """Deaths by overdose over some time before a start.

    Attributes
    ----------
    years : how long it lasted.
    deaths : with synthetic opioids, a year: as counted, or after the newest count carried forward; at the start in the last stretch.
    others : without synthetic opioids, a year.
    spread : standard deviation of the logarithm of ``deaths``: 0 where they were counted.
    growth : yearly change of the logarithm of ``deaths`` that is to be expected after the stretch: 0 where they were counted.
    """

    years: float
    deaths: float
    others: float
    spread: float = 0.0
    growth: float = 0.0


def overdoses(vintage: Vintage, rules: Drugs, date: datetime.date) -> Iterator[Stretch]:
    """Yield the years before a start, the last of them up to it.

    After the newest count deaths go on along its growth, of which each year keeps a share, and are known the less the older it is.
    """
    known = counted(vintage)
    everything = {int(r["year"]): float(r["deaths_all_drugs"]) for r in vintage.rows("drugs.overdose_by_year")}
    newest, before = sorted(known, reverse=True)[:2]
    growth = math.log(known[newest] / known[before]) / (newest - before)
    kept = rules.deaths_growth_kept.value
    now = months.year_of(date)
    for year in range(min(rules.first_overdose_year, date.year - 2), date.year + 1):
        length = round(min(now - year, 1.0), DECIMALS)
        if length <= 2 / months.DAYS_IN_YEAR:
            continue
        last = now - (year + length) <= 2 / months.DAYS_IN_YEAR
        at, middle = (now if last else year + length / 2), year + MIDDLE
        others = everything[min(year, max(everything))] - along(known, min(middle, max(everything) + MIDDLE))
        if middle <= newest and not last:
            yield Stretch(length, along(known, middle), others)
            continue
        age = at - newest
        deaths = known[newest] * math.exp(growth * kept * (1 - kept**age) / (1 - kept))
        yield Stretch(length, deaths, others, rules.deaths_spread.value * age, growth * kept ** (age + 1))


def counted(vintage: Vintage) -> dict[float, float]:
    """Return deaths with synthetic opioids in twelve months by the middle of these months: years, and after the last of them newer ones."""
    found = {
        int(r["year"]) + MIDDLE: float(r["deaths_synthetic_opioids"])
        for r in vintage.rows("drugs.overdose_by_year")
        if r["deaths_synthetic_opioids"] and "deaths_synthetic_opioids" not in r["unseen_columns"].split()
    }
    last = max(found)
    newer = {
        (months.of(r["period_end"]) + 1) / months.PER_YEAR - MIDDLE: float(r["deaths_synthetic_opioids"])
        for r in vintage.rows("drugs.overdose_12mo")
        if r["deaths_synthetic_opioids"]
    }
    return found | ({max(newer): newer[max(newer)]} if newer and max(newer) > last else {})


def firearms_seized(vintage: Vintage, rules: Drugs) -> float:
    """Return firearms seized a year by all federal forces in the newest count of a year or little more; else the army's mean."""
    least, most = rules.firearms_months
    rows = [
        r
        for r in vintage.rows("arms.table.mexico_seizures")
        if rules.firearms_scope in r["agency_scope"] and least <= int(r["months"]) <= most
    ]
    if not rows:
        return vintage.number(rules.firearms_before.fact) / rules.firearms_before.years
    newest = max(rows, key=lambda r: str(r["end"]))
    return float(newest["firearms"]) / int(newest["months"]) * months.PER_YEAR
