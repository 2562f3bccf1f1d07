from itertools import pairwise

import numpy as np
import pytest

from premortem.report.figures import places


def test_sectors_follow_one_another_from_the_pacific_to_the_gulf() -> None:
    found = places.sectors()
    assert found[0][0] == "San Diego"
    assert found[-1][0] == "Rio Grande Valley"
    for (_, before), (_, after) in pairwise(found):
        assert before[-1] == pytest.approx(after[0], abs=0.002)


@pytest.mark.parametrize(
    ("sector", "lon", "lat"),
    [("Tucson", -109.05, 31.33), ("Yuma", -113.33, 32.04), ("El Centro", -114.9, 32.7), ("El Paso", -105.9, 31.3)],
)
def test_sectors_end_near_where_the_county_and_state_lines_that_bound_them_are(
    sector: str, lon: float, lat: float
) -> None:
    end = dict(places.sectors())[sector][-1]
    assert np.hypot(*np.subtract(end, places.flat(lon, lat))) < 0.15


def test_every_hatch_lies_in_its_polygon() -> None:
    square = {"geometry": {"coordinates": [[[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)],
                                            [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0)]]]}}  # fmt: skip
    lines = places.hatching([square], 0.5)[0]["geometry"]["coordinates"]
    assert len(lines) > 12
    for (x, y), (x2, y2) in lines:
        assert x + y == pytest.approx(x2 + y2)
        middle = np.array([(x + x2) / 2, (y + y2) / 2])
        assert ((middle >= 0) & (middle <= 4)).all()
        assert not ((middle > 1) & (middle < 3)).all()
