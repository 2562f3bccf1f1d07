"""People, violence before, and forces by state at any day, from the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from premortem.evidence import months
from premortem.evidence.vintages import MONTHS, Vintage
from premortem.model.units import PER_THOUSAND
from premortem.theatre.nowcast.settings import People

Three = tuple[float, float, float]


def states(vintage: Vintage) -> list[str]:
    """Return the ISO codes of the states in the order of the census codes."""
    return [row["iso"] for row in vintage.rows("geo.mx_states")]


def census(vintage: Vintage) -> dict[str, float]:
    """Return the people of the census by state."""
    return {row["iso"]: float(row["population_2020"]) for row in vintage.rows("geo.mx_states")}


def projected(vintage: Vintage, year: int) -> dict[str, float]:
    """Return official mid-year people by state."""
    rows = vintage.rows("violence.table.population")
    return {row["iso"]: float(row["population"]) for row in rows if int(row["year"]) == year}


def population(vintage: Vintage, rules: People, date: datetime.date) -> dict[str, float]:
    """Return people by state at a date: the census carried along the projections' growth, so that no series is mixed."""
    year, part = months.mid_year(date)
    before, after, then = (projected(vintage, one) for one in (year, year + 1, rules.census))
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


def base_rate(vintage: Vintage, rules: People, counts: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    """Return yearly homicides per person (census basis) before the escalation."""
    then = projected(vintage, rules.census)
    scale = {iso: people / then[iso] for iso, people in census(vintage).items()}
    years = [year for year in rules.base_years if year in counts]
    people = {year: projected(vintage, year) for year in years}
    return {
        iso: sum(counts[year][iso] / (people[year][iso] * scale[iso]) for year in years) / len(years) for iso in scale
    }


def federal_forces(vintage: Vintage, rules: People, date: datetime.date) -> dict[str, tuple[float, float]]:
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
    there = date >= rules.northern_guard_since
    north = {iso: float(table[iso]["frontera_norte_reinforcement_feb2025"] or 0) * there for iso in people}
    rest = (_federal_total(vintage, rules, date) - sum(north.values())) / sum(pattern.values())
    return {iso: (pattern[iso] * rest + north[iso], north[iso]) for iso in people}


def _federal_total(vintage: Vintage, rules: People, date: datetime.date) -> float:
    means = [(term.until, vintage.number(term.fact)) for term in rules.term]
    before = next((mean for until, mean in means if date < until), means[-1][1])
    now = sum(vintage.number(fact) for fact in rules.growth.facts)
    passed = (date - rules.growth.since).days / (rules.growth.until - rules.growth.since).days
    return before + (now - before) * min(max(passed, 0.0), 1.0)


def state_police(vintage: Vintage, rules: People) -> dict[str, Three]:
    """Return state police by state: low, used, high; the same number at every start, for it hardly changed.

    States without a published rate share the one that makes the mean of all but the capital what was published.
    """
    people = population(vintage, rules, rules.police_day)
    rows = vintage.rows("mx_forces_by_state")
    rates = {r["iso"]: float(r["state_police_per_1000_2024"]) for r in rows if r["state_police_per_1000_2024"]}
    capital = vintage.fact(rules.police_capital)
    assert capital.value is not None
    assert capital.low is not None
    assert capital.high is not None
    others = {iso: n for iso, n in people.items() if iso != rules.capital}
    missing = [iso for iso in others if iso not in rates]
    mean = vintage.number(rules.police_rate)
    wanted = mean * sum(others.values()) - sum(rates[iso] * people[iso] for iso in rates)
    gap = wanted / sum(people[iso] for iso in missing)
    error, (low, high) = rules.police_rounding, rules.police_without_rate
    per_thousand = {iso: (max(rate - error, 0), rate, rate + error) for iso, rate in rates.items()}
    per_thousand |= dict.fromkeys(missing, (low, gap, high))
    per_thousand[rules.capital] = (capital.low, capital.value, capital.high)

    def of(iso: str, rate: float) -> float:
        return rate / PER_THOUSAND * people[iso]

    return {iso: (of(iso, low), of(iso, used), of(iso, high)) for iso, (low, used, high) in per_thousand.items()}
