"""What is forecast and scored: series by month or year and place, as they were known on a day and as they came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.baselines import ANNUAL, MONTH, YEAR, Span
from premortem.evidence import months
from premortem.evidence.vintages import Vintage
from premortem.model.index_sets import DRUGS
from premortem.theatre.nowcast import Rules, drugs, people, violence
from premortem.theatre.nowcast.violence import REGISTER, VICTIMS

Floats = NDArray[np.float64]
Cells = dict[str, dict[int, float]]
"""Place -> time -> value; a time is a month, or a year for what is counted once a year."""

MX, US = "MX", "US"
FEWEST = 24
"""Months of the past without which nothing is forecast; three years for what is counted once a year."""
FEWEST_YEARS = 3


@dataclass(frozen=True)
class Target:
    """A series that is forecast: ``source`` its data, ``span`` its steps, ``places`` at which it is counted once there is any."""

    id: str
    title: str
    unit: str
    source: str
    span: Span

    @property
    def yearly(self) -> bool:
        """Whether its steps are years."""
        return self.span is not MONTH

    def ends(self, first: int, horizon: int) -> list[int]:
        """Return the times at which steps end: months from the first one, or years that lie whole within them."""
        last = first + horizon - 1
        if not self.yearly:
            return list(range(first, last + 1))
        years = range(-(-first // months.PER_YEAR), (last + 1) // months.PER_YEAR)
        return list(years) if self.span is ANNUAL else [months.of_year(year)[-1] for year in years]

    def observed(self, cells: Cells, place: str, end: int) -> float | None:
        """Return what was counted in the step that ends at a time, None if it is not known whole."""
        found = [cells[place].get(time) for time in range(end - self.span.long + 1, end + 1)]
        return None if None in found else float(sum(value for value in found if value is not None))

    def date(self, end: int) -> str:
        """Return the last day of a step, ISO 8601."""
        return months.last_day(str(end) if self.span is ANNUAL else months.text(end)).isoformat()


def _targets() -> tuple[Target, ...]:
    made = []
    for table, title in ((VICTIMS, "Homicide victims, prosecutors"), (REGISTER, "Homicides, civil register")):
        name = table.removeprefix("series.")
        made += [
            Target(name, f"{title}, by month", "person", table, MONTH),
            Target(f"{name}_yearly", f"{title}, by year", "person", table, YEAR),
        ]
    missing = ("missing", "Gone missing and still missing", "person", "series.missing_persons")
    made += [Target(*missing, MONTH), Target(f"{missing[0]}_yearly", f"{missing[1]}, by year", *missing[2:], YEAR)]
    made += [
        Target(f"{drug}_seized", f"{drug.capitalize()} seized at the south-west line, gross", "kg", drug, MONTH)
        for drug in DRUGS
    ]
    return (*made, Target("overdose_yearly", "US deaths by overdose", "person", "drugs.overdose_by_year", ANNUAL))


TARGETS: Mapping[str, Target] = {one.id: one for one in _targets()}


def cells(target: Target, vintage: Vintage) -> Cells:
    """Return the data of a target that a vintage shows; the nation beside its states."""
    source = target.source
    if source in DRUGS:
        return {US: drugs.by_month(vintage, source)}
    if source == "drugs.overdose_by_year":
        rows = [row for row in vintage.rows(source) if "deaths_all_drugs" not in row["unseen_columns"].split()]
        return {US: {int(row["year"]): float(row["deaths_all_drugs"]) for row in rows}}
    if source == "series.missing_persons":
        return {MX: _summed(vintage.months(source, series="still_missing"))}
    found = vintage.months(source, **({"series": "victims"} if source == VICTIMS else {}))
    return {**dict(sorted(found.items())), MX: _summed(found)}


def _summed(states: Cells) -> dict[int, float]:
    every = set.intersection(*(set(state) for state in states.values())) if states else set()
    return {month: sum(state[month] for state in states.values()) for month in sorted(every)}


def past(known: Cells, target: Target) -> tuple[tuple[str, ...], Floats, int] | None:
    """Return places, what was counted up to the newest time that all know [place, time], and that time; None where it is too little."""
    common = set.intersection(*(set(place) for place in known.values())) if known else set()
    last = max(common, default=0)
    first = last
    while first - 1 in common:
        first -= 1
    if last - first + 1 < (FEWEST_YEARS if target.span is ANNUAL else FEWEST):
        return None
    places = tuple(known)
    return places, np.array([[known[place][time] for time in range(first, last + 1)] for place in places]), last


def over_model(source: str, vintage: Vintage, rules: Rules, states: tuple[str, ...]) -> Floats:
    """Return the counts of a source over the model's homicides by state [state], by what was known for the years counted by both.

    The model's are deaths of the register's official totals. Its states lie as the months lie that a start was made from: prosecutors'
    victims once a whole year of them is known, else the register's, which leave out what is unspecified.
    """
    table, scale = violence.basis(vintage, rules)
    if source == table:
        return np.full(len(states), 1 / scale)
    if table == REGISTER:
        return np.full(len(states), 1 / rules.register_over_victims.value)
    victims = months.whole_years(vintage.months(VICTIMS, series="victims"))
    register = months.whole_years(vintage.months(REGISTER))
    both = sorted(victims.keys() & register.keys())[-rules.years_together :]
    if not both:  # the register's months come after its official total
        official = people.national(vintage)
        year = max(register.keys() & official.keys())
        return np.full(len(states), sum(register[year].values()) / official[year])
    own = [sum(register[y][s] for y in both) / max(sum(victims[y][s] for y in both), 1.0) for s in states]
    return np.array(own) / scale
