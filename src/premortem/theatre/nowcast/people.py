"""People, violence before, and forces by state at any day, from the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from premortem.evidence.vintages import MONTHS, Vintage

BASE_YEARS = range(2004, 2008)  # before the escalation
YEARS_BEFORE = 15
FORCES_SPREAD = (
    1.5  # a state's federal forces are known within this factor: the Guard's counts moved so between 2020 and 2023
)
GAP_POLICE = (
    0.6,
    1.4,
)  # officers per 1,000 where none is published: between the published lowest seven and highest six
ROUNDING = 0.05  # published police rates have one decimal
CAPITAL = "MX-CMX"
GOVERNMENT_2012 = datetime.date(2012, 12, 1)
GUARD_FOUNDED = datetime.date(2019, 6, 30)
GUARD_NORTH = datetime.date(2025, 2, 5)

Three = tuple[float, float, float]


def states(vintage: Vintage) -> list[str]:
    """Return the ISO codes of the states in the order of the census codes."""
    return [row["iso"] for row in vintage.rows("geo.mx_states")]


def census(vintage: Vintage) -> dict[str, float]:
    """Return the people of the census of 2020 by state."""
    return {row["iso"]: float(row["population_2020"]) for row in vintage.rows("geo.mx_states")}


def projected(vintage: Vintage, year: int) -> dict[str, float]:
    """Return CONAPO's mid-year people by state."""
    rows = vintage.rows("violence.table.population")
    return {row["iso"]: float(row["population"]) for row in rows if int(row["year"]) == year}


def population(vintage: Vintage, date: datetime.date) -> dict[str, float]:
    """Return people by state at a date: the census of 2020 carried along CONAPO's growth, so that no series is mixed."""
    first = date.year - (date < datetime.date(date.year, 7, 1))
    part = (date - datetime.date(first, 7, 1)).days / 365.25
    before, after, then = (projected(vintage, year) for year in (first, first + 1, 2020))
    return {
        iso: people * (before[iso] * (1 - part) + after[iso] * part) / then[iso]
        for iso, people in census(vintage).items()
    }


def registered(vintage: Vintage) -> dict[int, dict[str, float]]:
    """Return deaths by homicide of the civil register by year and state, as far as known.

    Official totals by state where they were published; later years from the register's records, which leave out what is unspecified,
    scaled to the official total of the nation.
    """
    found: dict[int, dict[str, float]] = {}
    for row in vintage.rows("violence.table.homicides_state_year"):
        if row["series"].startswith("inegi"):
            found.setdefault(int(row["year"]), {})[row["iso"]] = float(row["deaths"])
    return found | _from_records(vintage, national(vintage), max(found, default=0))


def _from_records(vintage: Vintage, nation: Mapping[int, float], after: int) -> dict[int, dict[str, float]]:
    by_year: dict[int, dict[str, float]] = {}
    for row in vintage.rows("series.homicides_registered"):
        if (year := int(row["year"])) > after:
            by_year.setdefault(year, {})[row["iso"]] = sum(float(row[month] or 0) for month in MONTHS)
    return {
        year: {iso: count * nation[year] / sum(counts.values()) for iso, count in counts.items()}
        for year, counts in by_year.items()
        if year in nation
    }


def national(vintage: Vintage) -> dict[int, float]:
    """Return the civil register's national total by year, as far as known."""
    rows = vintage.rows("violence.table.national")
    return {int(row["year"]): float(row["deaths"]) for row in rows if row["series"] == "inegi"}


def mean_deaths(counts: Mapping[int, Mapping[str, float]], years: Iterable[int]) -> dict[str, float]:
    """Return mean yearly homicides by state over those of the years that are known."""
    known = [counts[year] for year in years if year in counts]
    return {iso: sum(year[iso] for year in known) / len(known) for iso in known[0]}


def base_rate(vintage: Vintage, counts: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    """Return yearly homicides per person (census basis) before the escalation."""
    scale = {iso: people / projected(vintage, 2020)[iso] for iso, people in census(vintage).items()}
    years = [year for year in BASE_YEARS if year in counts]
    people = {year: projected(vintage, year) for year in years}
    return {
        iso: sum(counts[year][iso] / (people[year][iso] * scale[iso]) for year in years) / len(years) for iso in scale
    }


def federal_forces(vintage: Vintage, date: datetime.date) -> dict[str, tuple[float, float]]:
    """Return federal forces on public security by state, and those of them sent to the northern border.

    The national count of the term, shared out as in 2019, the only count by state; a state without one gets the national rate per person.
    Between the last term before the Guard and today's count the total grows in a straight line. The northern reinforcement is placed where
    it was announced, out of the same total. All of this is structure: the counts of a term are its means and came after it.
    """
    table = {row["iso"]: row for row in vintage.rows("mx_forces_by_state")}
    people = census(vintage)
    known = {iso: float(row["federal_personnel_2019"]) for iso, row in table.items() if row["federal_personnel_2019"]}
    rate = sum(known.values()) / sum(people[iso] for iso in known)
    pattern = {iso: known.get(iso, rate * people[iso]) for iso in people}
    north = {
        iso: float(table[iso]["frontera_norte_reinforcement_feb2025"] or 0) if date >= GUARD_NORTH else 0.0
        for iso in people
    }
    rest = (_federal_total(vintage, date) - sum(north.values())) / sum(pattern.values())
    return {iso: (pattern[iso] * rest + north[iso], north[iso]) for iso in people}


def _federal_total(vintage: Vintage, date: datetime.date) -> float:
    if date < GOVERNMENT_2012:
        return vintage.number("mx.federal.deployed_2006_2012")
    before = vintage.number("mx.federal.deployed_2012_2018")
    now = vintage.number("mx.gn.deployed") + vintage.number("mx.sedena.deployed")
    passed = (date - GUARD_FOUNDED).days / (GUARD_NORTH - GUARD_FOUNDED).days
    return before + (now - before) * min(max(passed, 0.0), 1.0)


def state_police(vintage: Vintage, people: Mapping[str, float]) -> dict[str, Three]:
    """Return state police by state: low, used, high; the same number at every start, for it hardly changed.

    States without a published rate share the one that makes the mean of all but Mexico City what was published.
    """
    rows = vintage.rows("mx_forces_by_state")
    rates = {r["iso"]: float(r["state_police_per_1000_2024"]) for r in rows if r["state_police_per_1000_2024"]}
    capital, mean = vintage.fact("mx.statepolice.mexico_city"), vintage.number("mx.statepolice.rate")
    assert capital.value is not None
    assert capital.low is not None
    assert capital.high is not None
    others = {iso: n for iso, n in people.items() if iso != CAPITAL}
    missing = [iso for iso in others if iso not in rates]
    wanted = mean * sum(others.values()) - sum(rates[iso] * people[iso] for iso in rates)
    gap = wanted / sum(people[iso] for iso in missing)
    per_thousand = {iso: (max(rate - ROUNDING, 0), rate, rate + ROUNDING) for iso, rate in rates.items()}
    per_thousand |= dict.fromkeys(missing, (GAP_POLICE[0], gap, GAP_POLICE[1]))
    per_thousand[CAPITAL] = (capital.low, capital.value, capital.high)
    return {
        iso: (low / 1000 * people[iso], used / 1000 * people[iso], high / 1000 * people[iso])
        for iso, (low, used, high) in per_thousand.items()
    }
