"""Derive the tables of the theatre us-mexico from the evidence ledger: run after the evidence has changed.

    python scripts/build_us_mexico.py [FOLDER]

Writes places, depths, adjacency, starts, sectors, line, ports, drugs, overdoses and content (.csv); a test holds the shipped files
to this script.
The starts but the reference of 2025 come from premortem.theatre.nowcast. The tables of judgement (organisations.toml, members.csv,
ties.csv, crossings.csv, events.csv, nowcast.toml) are kept by hand. docs/theatre.md explains every rule.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import statistics
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from premortem.evidence import ledger, months
from premortem.evidence.vintages import Vintage
from premortem.theatre import nowcast
from premortem.theatre.folder import Folder
from premortem.theatre.nowcast import drugs as drug_records
from premortem.theatre.nowcast import missing, people

FOLDER = Path(__file__).parents[1] / "src/premortem/data/theatres/us-mexico"
KM2_PER_SQUARE_MILE = 2.589988
# Judgements of this script; each is an assumption and is explained in docs/theatre.md.
SEIZURE_YEARS = range(2023, 2026)  # of the reference start
LAST_STATE_YEAR = 2022  # of the register's official totals by state
REFERENCE = "2025"  # levels of mid-2025 as counted later; the other starts are built from what was public on their day
EVER = Vintage(datetime.date.max)


def rules() -> nowcast.Rules:
    """Return the rules by which starts are built."""
    found = nowcast.read(Folder("us-mexico", FOLDER))
    assert found is not None
    return found


RULES = rules()

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


def settings() -> Mapping[str, Any]:
    """Return the starts of theatre.toml by name."""
    with (FOLDER / "theatre.toml").open("rb") as file:
        found: Mapping[str, Any] = tomllib.load(file)["starts"]
    return found


def built(start: str) -> nowcast.Built:
    """Return a start from what was public on its day."""
    date = settings()[start]["date"]
    return nowcast.build(RULES, Vintage(date), start, date, settings()[start]["title"])


def of_starts(file: str, reference: Callable[[], Iterable[Row]]) -> Iterable[Row]:
    """Yield the rows of a table of starts: the reference's own, the others as built."""
    for start in settings():
        yield from reference() if start == REFERENCE else built(start).rows[file]


def starts() -> Iterable[Row]:
    """Yield, for each state at the reference start, people, homicides, and forces, with low and high where they are judged."""
    date = settings()[REFERENCE]["date"]
    residents, counts, killed = people.population(EVER, RULES.people, date), people.registered(EVER), homicides()
    register = {year: found for year, found in counts.items() if year <= LAST_STATE_YEAR}
    before = people.mean_deaths(register, range(date.year - RULES.people.years_before, date.year))
    base, federal = people.base_rate(EVER, RULES.people, counts), people.federal_forces(EVER, RULES.people, date)
    police = people.state_police(EVER, RULES.people)
    gone, _ = missing.level(EVER, RULES.missing, date, {iso: used for iso, (_, used, _) in killed.items()})
    for iso in people.states(EVER):
        values = {
            "population": round(residents[iso]),
            "homicides": killed[iso][1],
            "homicides_low": killed[iso][0],
            "homicides_high": killed[iso][2],
            "homicides_before": before[iso],
            "homicides_base": base[iso] * residents[iso],
            "federal_forces": round(federal[iso][0]),
            "federal_forces_low": round(federal[iso][0] / RULES.people.forces_spread),
            "federal_forces_high": round(federal[iso][0] * RULES.people.forces_spread),
            "northern_guard": round(federal[iso][1]),
            "state_police": round(police[iso][1]),
            "state_police_low": round(police[iso][0]),
            "state_police_high": round(police[iso][2]),
            "homicides_spread": 0,
            "missing": gone[iso],
        }
        yield {"start": REFERENCE, "code": iso, **{name: number(value) for name, value in values.items()}}


def prosecutors() -> dict[tuple[str, int], float]:
    """Return prosecutors' victims by state and year."""
    table = rows("violence.table.homicides_state_year")
    return {(r["iso"], int(r["year"])): float(r["deaths"]) for r in table if r["series"].startswith("sesnsp")}


def series_spread() -> float:
    """Return the factor within which INEGI's count and the prosecutors' agree in nine of ten states and years, levels apart."""
    inegi, victims = people.registered(EVER), prosecutors()
    apart = []
    for year in range(2018, 2023):
        nation = sum(inegi[year].values()) / sum(victims[iso, year] for iso in inegi[year])
        apart += [abs(math.log(n / victims[iso, year] / nation)) for iso, n in inegi[year].items()]
    return math.exp(statistics.quantiles(apart, n=10)[-1])


def homicides() -> dict[str, tuple[float, float, float]]:
    """Return yearly homicides by state at the reference start: low, used, high."""
    victims = {row["iso"]: float(row["victims"]) for row in rows("violence.table.victims_2025")}
    scale = 2 * fact("violence.homicides.inegi_2025h1") / sum(victims.values())
    return {iso: (n * scale / series_spread(), n * scale, n * scale * series_spread()) for iso, n in victims.items()}


def contents() -> Iterable[Row]:
    """Yield the content of fentanyl by time, and when it was public."""
    for one in drug_records.content(EVER, RULES.drugs):
        yield {"year": one.year, "fentanyl": f"{one.fentanyl:.5f}", "known_on": one.known_on}


def drugs() -> Iterable[Row]:
    """Yield kilograms seized a year at or off the southwest line at the reference start: used, and least and most of the years counted."""
    table = {(r["drug"], int(r["fiscal_year"])): r for r in rows("drugs.cbp_seizures_by_fy")}
    for drug in ("fentanyl", "methamphetamine", "cocaine", "heroin"):
        coast = RULES.drugs.through_mexico.get(drug, 1.0)
        years = [table[drug, year] for year in SEIZURE_YEARS]
        kg = [(float(r["swb_lb"]) + coast * float(r["coastal_interior_lb"])) * months.KG_PER_POUND for r in years]
        used = (
            kg[-1] if drug == "fentanyl" else sum(kg) / len(kg)
        )  # fentanyl fell by half: its level is that of the start
        yield {
            "start": REFERENCE,
            "drug": drug,
            "seized_kg": round(used),
            "seized_kg_low": round(min(kg)),
            "seized_kg_high": round(max(kg)),
        }


def overdoses() -> Iterable[Row]:
    """Yield deaths by overdose in the years before the reference start."""
    known = drug_records.counted(EVER)
    everything = {int(r["year"]): float(r["deaths_all_drugs"]) for r in rows("drugs.overdose_by_year")}
    now = months.year_of(settings()[REFERENCE]["date"])
    for year in range(RULES.drugs.first_overdose_year, math.ceil(round(now, 1))):
        count = drug_records.along(known, year + drug_records.MIDDLE)
        yield {
            "start": REFERENCE,
            "years": round(min(now - year, 1.0), 3),
            "deaths_a_year": round(count),
            "others_a_year": round(everything[year] - count),
            "deaths_spread": "0",
            "deaths_growth": "0",
        }


TABLES = {
    "places": places,
    "depths": depths,
    "adjacency": adjacency,
    "starts": lambda: of_starts("starts.csv", starts),
    "sectors": sectors,
    "line": line,
    "ports": ports,
    "drugs": lambda: of_starts("drugs.csv", drugs),
    "overdoses": lambda: of_starts("overdoses.csv", overdoses),
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
