"""Derive the tables of the theatre us-mexico from the evidence ledger: run after the evidence has changed.

    python scripts/build_us_mexico.py [FOLDER]

Writes places, depths, adjacency, starts, sectors, line, ports, drugs, overdoses and content (.csv); a test holds the shipped files
to this script.
The tables of judgement (organisations.toml, members.csv, ties.csv, crossings.csv) are kept by hand. docs/theatre.md explains every rule.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import statistics
import sys
import tomllib
from collections.abc import Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from premortem.evidence import ledger

FOLDER = Path(__file__).parents[1] / "src/premortem/data/theatres/us-mexico"
KM2_PER_SQUARE_MILE = 2.589988
# Judgements of this script; each is an assumption and is explained in docs/theatre.md.
FORCES_SPREAD = (
    1.5  # a state's federal forces are known within this factor: the Guard's counts moved so between 2020 and 2023
)
GAP_POLICE = (
    0.6,
    1.4,
)  # officers per 1,000 where none is published: between the published lowest seven and highest six
ROUNDING = 0.05  # published police rates have one decimal
BASE_YEARS = range(2004, 2008)
YEARS_BEFORE = 15
SEIZURE_YEARS = {
    "2025": range(2023, 2026),
    "2018": range(2019, 2020),
    "2012": range(2019, 2020),
}  # CBP's counts begin with 2019
FIRST_OVERDOSE_YEAR = 2013  # before fentanyl spread; two years before an earlier start
THROUGH_MEXICO = 0.6  # of the cocaine that CBP takes on coasts and inland
KG_PER_POUND = 0.45359237

Row = Mapping[str, Any]


def fact(ident: str) -> float:
    """Return the value of a fact."""
    value = ledger.load().facts[ident].value
    assert value is not None, ident
    return value


def rows(ident: str) -> tuple[Row, ...]:
    """Return the rows of a ledger table."""
    return ledger.load().tables[ident].rows


def number(value: float) -> str:
    """Write a count as it is and anything else to two decimals."""
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def states() -> list[Row]:
    """Return the states in the order of the census codes."""
    return list(rows("geo.mx_states"))


def iso_of() -> dict[str, str]:
    """Return the ISO code by census code."""
    return {row["code"]: row["iso"] for row in states()}


def places() -> Iterable[Row]:
    """Yield the states: name, people of the 2020 census, area."""
    for row in states():
        area = float(row["area_km2_drawn"]) / KM2_PER_SQUARE_MILE
        yield {
            "code": row["iso"],
            "name": row["name"],
            "population_2020": row["population_2020"],
            "area_sq_mi": round(area),
        }


def depths() -> Iterable[Row]:
    """Yield, for each border state and depth, the share of its people and the area within that distance of the line."""
    for row in rows("geo.border_zone_population"):
        if row["code"] != "00":
            total = float(row["state_population_2020"])
            share = {
                name: f"{float(row['population' + suffix]) / total:.6f}"
                for name, suffix in (("share", ""), ("share_low", "_low"), ("share_high", "_high"))
            }
            yield {
                "code": iso_of()[row["code"]],
                "depth_miles": row["depth_miles"],
                **share,
                "area_sq_mi": row["zone_area_sq_mi"],
            }


def adjacency() -> Iterable[Row]:
    """Yield the pairs of states that touch, and whether their border strips do: where both lie on the line."""
    on_line = {row["code"] for row in states() if row["on_us_border"] == "1"}
    for row in rows("geo.mx_state_adjacency"):
        a, b = row["code_a"], row["code_b"]
        yield {"a": iso_of()[a], "b": iso_of()[b], "zones_touch": int(a in on_line and b in on_line)}


def sector_miles() -> list[tuple[str, float, float]]:
    """Return each sector with the miles from the Pacific at which it begins and ends, scaled to the length of the line."""
    length = sum(float(row["shared_boundary_scaled_mi"]) for row in rows("geo.cross_border_adjacency"))
    table = [(row["sector"], float(row["border_miles"])) for row in rows("geo.border_patrol_sectors")]
    scale = length / sum(miles for _, miles in table)
    ends = [scale * mile for mile in accumulate(miles for _, miles in table)]
    return [(sector, begin, end) for (sector, _), begin, end in zip(table, [0.0, *ends], ends, strict=False)]


def line() -> Iterable[Row]:
    """Walk the line from the Pacific: yield the miles of each sector between each pair of facing states."""
    length = {
        (r["mx_code"], r["us_state"]): float(r["shared_boundary_scaled_mi"]) for r in rows("geo.cross_border_adjacency")
    }
    order = list(dict.fromkeys((r["mx_code"], r["us_state"]) for r in rows("geo.border_markers")))
    assert set(order) == set(length)
    ends = list(accumulate(length[pair] for pair in order))
    for sector, begin, end in sector_miles():
        for (code, side), start, stop in zip(order, [0.0, *ends], ends, strict=False):
            miles = min(end, stop) - max(begin, start)
            if miles >= 1:
                yield {"sector": sector, "code": iso_of()[code], "side": side, "miles": round(miles)}


def ports() -> Iterable[Row]:
    """Yield the ports of entry with vehicles: their sector, the states they join, traffic of the year."""
    postal = {"Texas": "TX", "New Mexico": "NM", "Arizona": "AZ", "California": "CA"}
    for row in rows("geo.ports_of_entry"):
        if float(row["personal_vehicles"]) or float(row["trucks"]):
            sector = next(name for name, begin, end in sector_miles() if begin <= float(row["border_mile"]) < end)
            yield {
                "port": row["port"],
                "sector": sector,
                "code": iso_of()[row["mx_code"]],
                "side": postal[row["us_state"]],
                "vehicles": row["personal_vehicles"],
                "trucks": row["trucks"],
            }


def sectors() -> Iterable[Row]:
    """Yield the sectors with their agents: the count of 2017 shared out as in 2013, the last published by sector."""
    table = rows("geo.border_patrol_sectors")
    total = sum(float(r["agents_sep2013"]) for r in table)
    for row in table:
        agents = fact("us.bp.southwest") * float(row["agents_sep2013"]) / total
        yield {"sector": row["sector"], "agents": round(agents)}


def start_dates() -> dict[str, datetime.date]:
    """Return the date of every start."""
    with (FOLDER / "theatre.toml").open("rb") as file:
        return {name: values["date"] for name, values in tomllib.load(file)["starts"].items()}


def starts() -> Iterable[Row]:
    """Yield, for each start and state, people, homicides, and forces, with low and high where they are judged."""
    dates = start_dates()
    for start, date in dates.items():
        people = population(date)
        killed = homicides(start, date)
        police = state_police(population(dates["2025"]))
        federal = federal_forces(start)
        for row in states():
            iso = row["iso"]
            values = {
                "population": round(people[iso]),
                "homicides": killed[iso][1],
                "homicides_low": killed[iso][0],
                "homicides_high": killed[iso][2],
                "homicides_before": mean_deaths(iso, range(date.year - YEARS_BEFORE, date.year)),
                "homicides_base": base_rate(iso) * people[iso],
                "federal_forces": round(federal[iso][0]),
                "federal_forces_low": round(federal[iso][0] / FORCES_SPREAD),
                "federal_forces_high": round(federal[iso][0] * FORCES_SPREAD),
                "northern_guard": round(federal[iso][1]),
                "state_police": round(police[iso][1]),
                "state_police_low": round(police[iso][0]),
                "state_police_high": round(police[iso][2]),
            }
            yield {"start": start, "code": iso, **{name: number(value) for name, value in values.items()}}


def conapo(year: int) -> dict[str, float]:
    """Return CONAPO's mid-year people by state."""
    return {r["iso"]: float(r["population"]) for r in rows("violence.table.population") if int(r["year"]) == year}


def population(date: datetime.date) -> dict[str, float]:
    """Return people by state at a date: the census of 2020 carried along CONAPO's growth, so that no series is mixed."""
    first = date.year - (date < datetime.date(date.year, 7, 1))
    part = (date - datetime.date(first, 7, 1)).days / 365.25
    before, after, census = conapo(first), conapo(first + 1), conapo(2020)
    return {
        r["iso"]: float(r["population_2020"])
        * (before[r["iso"]] * (1 - part) + after[r["iso"]] * part)
        / census[r["iso"]]
        for r in states()
    }


def deaths(series: str) -> dict[tuple[str, int], float]:
    """Return homicides by state and year of one family of series (never two in one trend)."""
    table = rows("violence.table.homicides_state_year")
    return {(r["iso"], int(r["year"])): float(r["deaths"]) for r in table if r["series"].startswith(series)}


def mean_deaths(iso: str, years: Iterable[int]) -> float:
    """Return mean yearly homicides over those of the years that INEGI's series by state holds (to 2022)."""
    inegi = deaths("inegi")
    found = [inegi[iso, year] for year in years if (iso, year) in inegi]
    return sum(found) / len(found)


def base_rate(iso: str) -> float:
    """Return yearly homicides per person (census basis) before the escalation."""
    inegi = deaths("inegi")
    census = {r["iso"]: float(r["population_2020"]) / conapo(2020)[r["iso"]] for r in states()}
    return sum(inegi[iso, year] / (conapo(year)[iso] * census[iso]) for year in BASE_YEARS) / len(BASE_YEARS)


def series_spread() -> float:
    """Return the factor within which INEGI's count and the prosecutors' agree in nine of ten states and years, levels apart."""
    inegi, prosecutors = deaths("inegi"), deaths("sesnsp")
    apart = []
    for year in range(2018, 2023):
        nation = sum(inegi[row["iso"], year] for row in states()) / sum(
            prosecutors[row["iso"], year] for row in states()
        )
        apart += [abs(math.log(inegi[row["iso"], year] / prosecutors[row["iso"], year] / nation)) for row in states()]
    return math.exp(statistics.quantiles(apart, n=10)[-1])


def homicides(start: str, date: datetime.date) -> dict[str, tuple[float, float, float]]:
    """Return yearly homicides by state at a start: low, used, high."""
    if start != "2025":
        inegi = deaths("inegi")
        pair = {row["iso"]: (inegi[row["iso"], date.year - 1], inegi[row["iso"], date.year]) for row in states()}
        return {iso: (min(two), sum(two) / 2, max(two)) for iso, two in pair.items()}
    victims = {row["iso"]: float(row["victims"]) for row in rows("violence.table.victims_2025")}
    scale = 2 * fact("violence.homicides.inegi_2025h1") / sum(victims.values())
    return {iso: (n * scale / series_spread(), n * scale, n * scale * series_spread()) for iso, n in victims.items()}


def federal_forces(start: str) -> dict[str, tuple[float, float]]:
    """Return federal forces on public security by state, and those of them sent to the northern border.

    The national count of the time, shared out as in 2019, the only count by state; a state without one gets the national rate per person.
    The northern reinforcement of 2025 is placed where it was announced, out of the same total.
    """
    table = {r["iso"]: r for r in rows("mx_forces_by_state")}
    people = {r["iso"]: float(r["population_2020"]) for r in states()}
    known = {iso: float(r["federal_personnel_2019"]) for iso, r in table.items() if r["federal_personnel_2019"]}
    rate = sum(known.values()) / sum(people[iso] for iso in known)
    pattern = {iso: known.get(iso, rate * people[iso]) for iso in people}
    north = {
        iso: float(table[iso]["frontera_norte_reinforcement_feb2025"] or 0) if start == "2025" else 0.0
        for iso in people
    }
    total = {
        "2012": lambda: fact("mx.federal.deployed_2006_2012"),
        "2018": lambda: fact("mx.federal.deployed_2012_2018"),
        "2025": lambda: fact("mx.gn.deployed") + fact("mx.sedena.deployed"),
    }[start]()
    rest = (total - sum(north.values())) / sum(pattern.values())
    return {iso: (pattern[iso] * rest + north[iso], north[iso]) for iso in people}


def state_police(people: Mapping[str, float]) -> dict[str, tuple[float, float, float]]:
    """Return state police by state: low, used, high; the same number at every start, for it hardly changed.

    States without a published rate share the one that makes the mean of all but Mexico City what was published.
    """
    rates = {
        r["iso"]: float(r["state_police_per_1000_2024"])
        for r in rows("mx_forces_by_state")
        if r["state_police_per_1000_2024"]
    }
    capital = ledger.load().facts["mx.statepolice.mexico_city"]
    assert capital.value is not None
    assert capital.low is not None
    assert capital.high is not None
    others = {iso: n for iso, n in people.items() if iso != "MX-CMX"}
    missing = [iso for iso in others if iso not in rates]
    wanted = fact("mx.statepolice.rate") * sum(others.values()) - sum(rates[iso] * people[iso] for iso in rates)
    gap = wanted / sum(people[iso] for iso in missing)
    per_thousand = {iso: (max(rate - ROUNDING, 0), rate, rate + ROUNDING) for iso, rate in rates.items()}
    per_thousand |= dict.fromkeys(missing, (GAP_POLICE[0], gap, GAP_POLICE[1]))
    per_thousand["MX-CMX"] = (capital.low, capital.value, capital.high)
    return {iso: tuple(r / 1000 * people[iso] for r in three) for iso, three in per_thousand.items()}  # type: ignore[misc]


def content() -> dict[float, float]:
    """Return fentanyl in what is sold as illicit opioids by time: exhibits times purity of powder, 1 at the last time known.

    Exhibits stand still where no count was seen (before 2013, from 2017 to 2018 and after 2019), purity before 2018; between, straight
    lines in logarithms.
    """
    exhibits = {int(r["year"]) + 0.5: float(r["exhibits"]) for r in rows("drugs.fentanyl_exhibits")}
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)]
    exhibits[max(exhibits) + 1] = exhibits[max(exhibits)] * (1 + fact("drugs.exhibits.growth_2019"))
    purity = {
        2018.5: fact("drugs.purity.fentanyl_powder.2018"),
        2023.25: fact("drugs.purity.fentanyl_powder.fy2023"),
        2024.5: fact("drugs.purity.fentanyl_powder.2024"),
        2025.25: fact("drugs.purity.fentanyl_powder.fy2025"),
    }
    times = sorted({*exhibits, *purity})
    found = {time: along(exhibits, time) * along(purity, time) for time in times}
    return {time: value / found[times[-1]] for time, value in found.items()}


def along(points: Mapping[float, float], at: float) -> float:
    """Return a value between points, on a straight line in logarithms; beyond them that of the nearest."""
    times = sorted(points)
    at = min(max(at, times[0]), times[-1])
    after = next(time for time in times if time >= at)
    before = max((time for time in times if time <= at), default=after)
    part = 0.0 if after == before else (at - before) / (after - before)
    return float(points[before] * (points[after] / points[before]) ** part)


def contents() -> Iterable[Row]:
    """Yield the content of fentanyl by time."""
    for time, value in content().items():
        yield {"year": time, "fentanyl": f"{value:.5f}"}


def drugs() -> Iterable[Row]:
    """Yield kilograms seized a year at or off the southwest line, by start and drug: used, and least and most of the years counted.

    Before there was a count, fentanyl follows its content.
    """
    table = {(r["drug"], int(r["fiscal_year"])): r for r in rows("drugs.cbp_seizures_by_fy")}
    for start, date in start_dates().items():
        for drug in ("fentanyl", "methamphetamine", "cocaine", "heroin"):
            coast = THROUGH_MEXICO if drug == "cocaine" else 1.0
            years = [table[drug, year] for year in SEIZURE_YEARS[start]]
            kg = [(float(r["swb_lb"]) + coast * float(r["coastal_interior_lb"])) * KG_PER_POUND for r in years]
            if drug == "fentanyl" and date.year < SEIZURE_YEARS[start][0] - 1:
                since = along(content(), date.year) / along(content(), SEIZURE_YEARS[start][0])
                kg = [amount * since for amount in kg]
            used = (
                kg[-1] if drug == "fentanyl" else sum(kg) / len(kg)
            )  # fentanyl fell by half: its level is that of the start
            yield {
                "start": start,
                "drug": drug,
                "seized_kg": round(used),
                "seized_kg_low": round(min(kg)),
                "seized_kg_high": round(max(kg)),
            }


def overdoses() -> Iterable[Row]:
    """Yield deaths by synthetic opioids in the years before each start; a year whose count was not seen lies between its neighbours."""
    deaths = {
        int(r["year"]): float(r["deaths_synthetic_opioids"])
        for r in rows("drugs.overdose_by_year")
        if r["deaths_synthetic_opioids"] and "deaths_synthetic_opioids" not in r["unseen_columns"].split()
    }
    everything = {int(r["year"]): float(r["deaths_all_drugs"]) for r in rows("drugs.overdose_by_year")}
    deaths[max(deaths) + 1] = fact("drugs.deaths.us.synthetic.12mo_oct2025")
    for start, date in start_dates().items():
        now = date.year + (date - datetime.date(date.year, 1, 1)).days / 365
        for year in range(min(FIRST_OVERDOSE_YEAR, date.year - 2), math.ceil(round(now, 1))):
            count = deaths[year] if year in deaths else (deaths[year - 1] + deaths[year + 1]) / 2
            yield {
                "start": start,
                "years": round(min(now - year, 1.0), 3),
                "deaths_a_year": round(count),
                "others_a_year": round(everything[year] - count),
            }


TABLES = {
    "places": places,
    "depths": depths,
    "adjacency": adjacency,
    "starts": starts,
    "sectors": sectors,
    "line": line,
    "ports": ports,
    "drugs": drugs,
    "overdoses": overdoses,
    "content": contents,
}


def text(name: str) -> str:
    """Return one table as CSV."""
    content = list(TABLES[name]())
    out = io.StringIO()
    writer = csv.DictWriter(out, list(content[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(content)
    return out.getvalue()


def main() -> None:
    """Write every table."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name in TABLES:
        (folder / f"{name}.csv").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    main()
