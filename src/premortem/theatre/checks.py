"""What must hold of any theatre, whatever world it describes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from premortem.theatre.theatre import Theatre


@dataclass(frozen=True)
class Check:
    """One number of the theatre and what it must be."""

    quantity: str
    value: float
    wanted: float
    unit: str

    @property
    def passed(self) -> bool:
        """Whether the value is what it must be."""
        return self.value == self.wanted


SIGNED = {"national_growth", "overdoses.growth"}
"""Arrays that may be below zero."""


def check(theatre: Theatre) -> Iterator[Check]:
    """Yield what must hold."""
    arrays = theatre.arrays
    adjacency = arrays["adjacency"]
    yield Check("pairs of regions that touch one way only", float((adjacency != adjacency.T).sum()), 0, "pair")
    yield Check("parts of the map", float(connected_components(adjacency)[0]), 1, "part")
    sound = (np.isfinite(a).all() and ((a >= 0).all() or name in SIGNED) for name, a in arrays.items())
    wrong = sum(not each for each in sound)
    yield Check("arrays with a negative or missing number", float(wrong), 0, "array")
    spare = float(arrays["members"][arrays["spare"] > 0].sum())
    yield Check("members in spare slots", spare, 0, "person")
