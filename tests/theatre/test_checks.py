import dataclasses

import numpy as np
import pytest

from premortem import theatre
from premortem.theatre import checks


@pytest.mark.parametrize("start", ["2012", "2018", "2025", "2026-04"])
@pytest.mark.parametrize("depth", [0.0, 20.0, 100.0])
def test_the_packaged_theatre_holds_together(start: str, depth: float) -> None:
    assert [one for one in checks.check(theatre.load(start=start, depth_miles=depth)) if not one.passed] == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("adjacency", np.triu),
        ("adjacency", np.zeros_like),
        ("members", lambda a: a - 1.0),
        ("population", lambda a: a * np.nan),
    ],
)
def test_a_wrong_array_fails_a_check(name: str, change: object) -> None:
    good = theatre.load()
    assert callable(change)
    bad = dataclasses.replace(good, arrays={**good.arrays, name: change(good.arrays[name])})
    assert any(not check.passed for check in checks.check(bad))
