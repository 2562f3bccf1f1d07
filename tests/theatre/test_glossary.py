"""What plans may name, and where it lies, held to the evidence it was made from."""

import csv
import math
from itertools import pairwise

import pytest

from premortem.evidence import load as load_evidence
from premortem.theatre import glossary
from premortem.theatre.folder import Folder

US_MEXICO = glossary.of()
EARTH_RADIUS_KM = 6371.0088


def rows(table: str) -> list[dict[str, str]]:
    return [dict(row) for row in load_evidence().tables[table].rows]


def km(a: dict[str, str], b: dict[str, str]) -> float:
    lat_a, lat_b = math.radians(float(a["lat"])), math.radians(float(b["lat"]))
    half = math.radians(float(b["lon"]) - float(a["lon"])) / 2
    chord = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def test_bases_lie_as_far_from_the_line_as_their_coordinates_say() -> None:
    places, marks = {row["base"]: row for row in rows("bases")}, rows("geo.border_markers")
    for base in US_MEXICO.bases.values():
        assert base.km_to_line == pytest.approx(min(km(places[base.name], mark) for mark in marks), abs=0.5)
        assert base.state == places[base.name]["state"]


def test_residents_by_depth_are_those_of_the_geography_tables() -> None:
    for row in rows("geo.border_zone_population"):
        depth, name = float(row["depth_miles"]), row["state"]
        states = US_MEXICO.border if name == "TOTAL" else (name,)
        found = US_MEXICO.residents(depth, states)
        assert found.value == pytest.approx(float(row["population"]), rel=1e-4, abs=5)
        assert found.low <= found.value <= found.high
    assert US_MEXICO.area_sq_mi(20, US_MEXICO.border) == pytest.approx(
        sum(float(r["zone_area_sq_mi"]) for r in rows("geo.border_zone_population")
            if r["depth_miles"] == "20" and r["state"] != "TOTAL")
    )  # fmt: skip


def test_residents_grow_with_depth_from_nobody_at_the_line() -> None:
    found = [US_MEXICO.residents(depth, US_MEXICO.border).value for depth in (0, 2.5, 5, 20, 40, 100, 500)]
    assert found[0] == 0
    assert found[1] == pytest.approx(found[2] / 2)
    assert all(before <= after for before, after in pairwise(found))
    assert found[-1] == found[-2]  # nothing is known beyond the deepest row


def test_states_face_each_other_as_the_boundary_is_drawn() -> None:
    drawn = {(row["us_state"], row["mx_state"]) for row in rows("geo.cross_border_adjacency")}
    assert {(side, name) for side, names in US_MEXICO.facing.items() for name in names} == drawn
    assert US_MEXICO.facing["TX"][0] == "Coahuila"  # the longest of its lines
    assert US_MEXICO.across("Nuevo León") == {"TX"}
    assert US_MEXICO.across("Oaxaca") == frozenset()
    assert US_MEXICO.border[0] == "Baja California"
    assert US_MEXICO.sides == ("CA", "AZ", "NM", "TX")
    assert sum(US_MEXICO.miles(side) for side in US_MEXICO.sides) == pytest.approx(US_MEXICO.miles())
    assert US_MEXICO.miles("Nuevo León") == 13


def test_every_word_that_names_a_thing_is_one_of_the_theatre() -> None:
    for base in US_MEXICO.bases.values():
        assert base.state in US_MEXICO.facing
    for unit in US_MEXICO.units.values():
        assert unit.service in US_MEXICO.services
    with (Folder.find("us-mexico").root / "places.csv").open(encoding="utf-8") as stream:
        assert {row["name"] for row in csv.DictReader(stream)} == set(US_MEXICO.places)
