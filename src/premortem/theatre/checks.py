"""Sums that a theatre must reach, next to what they are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from premortem import evidence
from premortem.theatre.loading import DEFAULT, load
from premortem.theatre.theatre import Theatre


@dataclass(frozen=True)
class Check:
    """One number of the theatre and the range it must lie in; ``against`` says where the range comes from."""

    id: str
    value: float
    low: float
    high: float
    unit: str
    against: str

    @property
    def passed(self) -> bool:
        """Whether the value lies in its range."""
        return self.low <= self.value <= self.high


def structure(theatre: Theatre) -> Iterator[Check]:
    """Yield what must hold of any theatre."""
    arrays = theatre.arrays
    adjacency = arrays["adjacency"]
    yield _exact("adjacency is symmetric", float((adjacency != adjacency.T).sum()), 0, "pair", "its definition")
    yield _exact("parts of the map", connected_components(adjacency)[0], 1, "part", "every region can be reached")
    wrong = sum(not (np.isfinite(array).all() and (array >= 0).all()) for array in arrays.values())
    yield _exact("arrays with a negative or missing number", wrong, 0, "array", "their definition")
    spare = float(arrays["members"][arrays["spare"] > 0].sum())
    yield _exact("members in spare slots", spare, 0, "person", "their definition")


def sums(theatre: Theatre) -> Iterator[Check]:
    """Yield the sums of the packaged theatre against the ledger's facts, at the zone depth that the facts are about."""
    facts = evidence.load().facts

    def against(ident: str, value: float, unit: str, fact: str) -> Check:
        known = facts[fact]
        assert known.low is not None
        assert known.high is not None
        return Check(ident, value, known.low, known.high, unit, fact)

    shallow = load(theatre.name, theatre.start, 20.0)
    census = {row["iso"]: float(row["population_2020"]) for row in evidence.load().tables["geo.mx_states"].rows}
    here = shallow.arrays["population"]
    people = (
        np.array([census[region.state] for region in shallow.regions]) * here / (shallow.arrays["same_state"] @ here)
    )
    yield against("people in 2020", float(people.sum()), "person", "geo.mx.population_total")
    zone = float(people @ shallow.arrays["zone"])
    yield against("people in a 20-mile zone in 2020", zone, "person", "geo.zone20.population_mx")
    area = float(shallow.arrays["area"] @ shallow.arrays["zone"])
    yield against("area of a 20-mile zone", area, "square mile", "geo.zone20.area_mx")
    line = float(theatre.arrays["border_miles"].sum())
    yield against("length of the line", line, "mile", "geo.usbp.sector_miles")
    members = float(theatre.arrays["members"].sum())
    judged = next(quantity for quantity in theatre.quantities if quantity.name == "members")
    if theatre.start == "2025":
        yield Check(
            "members", members, judged.low or 0.0, judged.high or 0.0, "person", "90 % range of recruitment.size"
        )
    identifiable = (
        "cartels.pc.initial_members" if theatre.start == "2012" else "cartels.pc.size_2022_identifiable_range"
    )
    yield against("members", members, "person", identifiable)
    homicides = float(theatre.arrays["homicides"].sum())
    if theatre.start == "2025":
        half = facts["violence.homicides.inegi_2025h1"].value or 0.0
        yield Check(
            "homicides", homicides, 2 * half - 1, 2 * half + 1, "person/year", "2 x violence.homicides.inegi_2025h1"
        )
    police = float(theatre.arrays["state_police"].sum())
    total = facts["mx.statepolice.total"]
    yield Check("state police", police, 0.0, total.high or 0.0, "person", "below mx.statepolice.total (all functions)")


def check(theatre: Theatre) -> list[Check]:
    """Return all checks that apply to a theatre."""
    return [*structure(theatre), *(sums(theatre) if theatre.name == DEFAULT else ())]


def _exact(ident: str, value: float, wanted: float, unit: str, against: str) -> Check:
    return Check(ident, float(value), wanted, wanted, unit, against)
