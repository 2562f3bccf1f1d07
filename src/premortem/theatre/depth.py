"""What of a state lies within a distance of the line, from the table of depths."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from premortem.theatre.records import Depth

Column = Literal["share", "share_low", "share_high", "area_sq_mi"]


def within(depth_miles: float, table: Sequence[Depth], column: Column) -> float:
    """Return a column of the depth table at any depth: straight lines between the tabulated depths, from nothing at the line.

    Beyond the deepest row its number holds.

    >>> row = Depth(code="X", depth_miles=10, share=0.5, share_low=0.4, share_high=0.7, area_sq_mi=100)
    >>> within(5, [row], "share"), within(99, [row], "share")
    (0.25, 0.5)
    """
    rows = sorted(table, key=lambda row: row.depth_miles)
    points = [(0.0, 0.0), *((row.depth_miles, float(getattr(row, column))) for row in rows)]
    for (before, low), (after, high) in pairwise(points):
        if depth_miles <= after:
            return low + (high - low) * (depth_miles - before) / (after - before)
    return points[-1][1]
