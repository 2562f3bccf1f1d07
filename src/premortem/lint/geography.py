"""What lies where on the border: residents of a zone, states that face each other, how far a base is from the line.

Read from the packaged tables with nothing but the standard library, so that linting stays quick.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from premortem.evidence.reading import data
from premortem.plan.language import catalogue

EARTH_RADIUS_KM = 6371.0088
METHODS = ("population", "population_low", "population_high", "population_point_method", "population_geonames_unscaled")
Row = Mapping[str, str]


@dataclass(frozen=True)
class Estimate:
    """A number with its range over methods of counting."""

    value: float
    low: float
    high: float


@cache
def _rows(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(data().joinpath(*path.split("/")).read_text(encoding="utf-8").splitlines()))


@cache
def _depths() -> Mapping[str, Sequence[Row]]:
    """Return the rows of the depth table by state, from the line outwards."""
    table: dict[str, list[Row]] = {}
    for row in sorted(_rows("geo/border_zone_population.csv"), key=lambda row: float(row["depth_miles"])):
        table.setdefault(row["state"], []).append(row)
    return table


def border_states() -> tuple[str, ...]:
    """Return the Mexican states on the line."""
    return tuple(state for state in _depths() if state != "TOTAL")


def residents(depth_miles: float, states: Collection[str]) -> Estimate:
    """Return how many people lived within a depth of the line in 2020 (border_zone_population.csv).

    Parameters
    ----------
    depth_miles : straight lines are drawn between the depths of the table, from nobody at the line; beyond the deepest,
        its number.
    states : Mexican border states by name; all of them for the whole line.
    """
    names = ["TOTAL"] if set(states) >= set(border_states()) else [state for state in states if state in _depths()]
    numbers = [sum(_at(depth_miles, _depths()[name], method) for name in names) for method in METHODS]
    return Estimate(numbers[0], min(numbers), max(numbers))


def area_sq_mi(depth_miles: float, states: Collection[str]) -> float:
    """Return the area within a depth of the line in square miles (border_zone_population.csv)."""
    return sum(_at(depth_miles, _depths()[state], "zone_area_sq_mi") for state in states if state in _depths())


def _at(depth: float, rows: Sequence[Row], column: str) -> float:
    before, low = 0.0, 0.0
    for row in rows:
        after, high = float(row["depth_miles"]), float(row[column])
        if depth <= after:
            return low + (high - low) * (depth - before) / (after - before)
        before, low = after, high
    return low


@cache
def facing() -> Mapping[str, frozenset[str]]:
    """Return the US states that face each Mexican border state across the line (cross_border_adjacency.csv)."""
    pairs = [(row["mx_state"], row["us_state"]) for row in _rows("geo/cross_border_adjacency.csv")]
    return {mx: frozenset(us for state, us in pairs if state == mx) for mx, _ in pairs}


def km_to_line(base: str) -> float:
    """Return the great-circle distance in km from a base to the nearest mark of the line, ten miles apart or less."""
    places = {row["base"]: row for row in _rows("evidence/tables/bases.csv")}
    at = places[catalogue.bases()[base].name]
    return min(_km(at, mark) for mark in _rows("geo/border_markers.csv"))


def _km(a: Row, b: Row) -> float:
    lat_a, lat_b = math.radians(float(a["lat"])), math.radians(float(b["lat"]))
    half = math.radians(float(b["lon"]) - float(a["lon"])) / 2
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))
