"""Drugs seized, deaths by overdose, fentanyl in what is sold and firearms seized, as far as known on a day."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from premortem.evidence.vintages import EVER, Vintage, last_day, rules
from premortem.model.index_sets import DRUGS

FIRST_OVERDOSE_YEAR = 2013  # before fentanyl spread; two years before an earlier start
THROUGH_MEXICO = 0.6  # of the cocaine that CBP takes on coasts and inland
KG_PER_POUND = 0.45359237
MONTHS_A_YEAR = 12
YEARS_COMPARED = 3
MOST_MONTHS = 18  # of a count of firearms that is taken for a year's
FEDERAL = "federal"
FENTANYL = "fentanyl"
# Purity of powder is published with the yearly accounts of the police that buys it, about a year later.
PURITY = {
    2018.5: "drugs.purity.fentanyl_powder.2018",
    2023.25: "drugs.purity.fentanyl_powder.fy2023",
    2024.5: "drugs.purity.fentanyl_powder.2024",
    2025.25: "drugs.purity.fentanyl_powder.fy2025",
}
YEAR_LATER = datetime.timedelta(days=365)

Three = tuple[float, float, float]


def along(points: Mapping[float, float], at: float) -> float:
    """Return a value between points, on a straight line in logarithms; beyond them that of the nearest."""
    times = sorted(points)
    at = min(max(at, times[0]), times[-1])
    after = next(time for time in times if time >= at)
    before = max((time for time in times if time <= at), default=after)
    part = 0.0 if after == before else (at - before) / (after - before)
    return float(points[before] * (points[after] / points[before]) ** part)


@dataclass(frozen=True)
class Content:
    """Fentanyl in what is sold at a time, as an index, and when that was public."""

    year: float
    fentanyl: float
    known_on: datetime.date


def content(vintage: Vintage) -> list[Content]:
    """Return fentanyl in what is sold as illicit opioids by time: exhibits times purity of powder, 1 at the last time of all.

    Exhibits stand still where no count was seen (before 2013, from 2017 to 2018 and after 2019), purity before 2018; between, straight
    lines in logarithms.
    """
    exhibits = {int(r["year"]) + 0.5: float(r["exhibits"]) for r in vintage.rows("drugs.fentanyl_exhibits")}
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)]
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)] * (1 + vintage.number("drugs.exhibits.growth_2019"))
    purity = {time: vintage.number(ident) for time, ident in PURITY.items()}
    times = sorted({*exhibits, *purity})
    found = {time: along(exhibits, time) * along(purity, time) for time in times}
    report = datetime.timedelta(days=rules()["drugs.fentanyl_exhibits"].lag_days)
    known = {time: last_day(str(int(time))) + report if time in exhibits else _day(time) + YEAR_LATER for time in times}
    return [Content(time, value / found[times[-1]], known[time]) for time, value in found.items()]


def _day(time: float) -> datetime.date:
    return datetime.date(int(time), 1, 1) + datetime.timedelta(days=round((time - int(time)) * 365))


def seized(vintage: Vintage, now: float) -> dict[str, Three]:
    """Return kilograms a year seized at or off the southwest line by drug: in the last twelve months known, least and most of three years.

    Coasts and inland are added as they stood to the line in the last fiscal year. Before there was a count its first twelve months stand
    in, fentanyl in proportion to its content, and this is later knowledge.
    """
    whole = [r for r in vintage.rows("drugs.cbp_seizures_by_fy") if int(r["months_covered"]) == MONTHS_A_YEAR]
    counted = {drug: _by_month(vintage, drug) for drug in DRUGS}
    if not all(len(months) >= MONTHS_A_YEAR for months in counted.values()):
        whole, counted = _first_year(vintage)
    found = {}
    for drug, months in counted.items():
        ends = range(max(months), min(months) + 10, -MONTHS_A_YEAR)[:YEARS_COMPARED]
        years = [sum(months[m] for m in range(end - 11, end + 1)) for end in ends]
        row = max((r for r in whole if r["drug"] == drug), key=lambda r: int(r["fiscal_year"]))
        part = THROUGH_MEXICO if drug == "cocaine" else 1.0
        factor = 1 + part * float(row["coastal_interior_lb"]) / float(row["swb_lb"])
        if drug == FENTANYL and now < min(months) / MONTHS_A_YEAR:
            index = {one.year: one.fentanyl for one in content(Vintage(EVER, vintage.ledger))}
            factor *= along(index, now) / along(index, int(row["fiscal_year"]))
        found[drug] = (min(years) * factor, years[0] * factor, max(years) * factor)
    return found


def _by_month(vintage: Vintage, drug: str) -> dict[int, float]:
    total: dict[int, float] = {}
    for months in vintage.months("series.drug_seizures", series="kg", drug=drug).values():
        for month, kg in months.items():
            total[month] = total.get(month, 0.0) + kg
    return total


def _first_year(vintage: Vintage) -> tuple[list[Mapping[str, str]], dict[str, dict[int, float]]]:
    """Return the first fiscal year that was counted, known or not."""
    first = Vintage(datetime.date(2019, 12, 31), vintage.ledger, vintage.newer)
    rows = [r for r in first.rows("drugs.cbp_seizures_by_fy") if int(r["fiscal_year"]) == 2019]
    end = 2019 * MONTHS_A_YEAR + 9
    return rows, {drug: {m: kg for m, kg in _by_month(first, drug).items() if m < end} for drug in DRUGS}


def overdoses(vintage: Vintage, date: datetime.date) -> Iterator[tuple[float, float, float]]:
    """Yield the years before a start: length, deaths a year with synthetic opioids, and without.

    A year whose count was not seen lies between its neighbours; after the last count known, deaths stand still.
    """
    rows = vintage.rows("drugs.overdose_by_year")
    with_them = {
        int(r["year"]): float(r["deaths_synthetic_opioids"])
        for r in rows
        if r["deaths_synthetic_opioids"] and "deaths_synthetic_opioids" not in r["unseen_columns"].split()
    }
    everything = {int(r["year"]): float(r["deaths_all_drugs"]) for r in rows}
    now = year_of(date)
    last = max(with_them)
    for r in vintage.rows("drugs.overdose_12mo"):  # in the order of time
        if r["deaths_synthetic_opioids"] and (year := int(r["period_end"][:4])) > last:
            with_them[year] = float(r["deaths_synthetic_opioids"])
    for year in range(min(FIRST_OVERDOSE_YEAR, date.year - 2), date.year + 1):
        if now - year < 0.01:
            break
        count = _between(with_them, year)
        counted = min(year, max(everything))
        yield round(min(now - year, 1.0), 3), count, everything[counted] - _between(with_them, counted)


def _between(counts: Mapping[int, float], year: int) -> float:
    if year in counts:
        return counts[year]
    before = max((known for known in counts if known < year), default=min(counts))
    after = min((known for known in counts if known > year), default=before)
    return (counts[before] + counts[after]) / 2


def year_of(date: datetime.date) -> float:
    """Return a date as a year with a fraction."""
    return date.year + (date - datetime.date(date.year, 1, 1)).days / 365


def firearms_seized(vintage: Vintage) -> float:
    """Return firearms seized a year by all federal forces in the newest count of a year or little more; else the army's mean."""
    rows = [
        r
        for r in vintage.rows("arms.table.mexico_seizures")
        if FEDERAL in r["agency_scope"] and MONTHS_A_YEAR <= int(r["months"]) <= MOST_MONTHS
    ]
    if not rows:
        return vintage.number("arms.mx.sedena_seized_2010_2023") / (13 + 3 / 12)
    newest = max(rows, key=lambda r: str(r["end"]))
    return float(newest["firearms"]) / int(newest["months"]) * MONTHS_A_YEAR
