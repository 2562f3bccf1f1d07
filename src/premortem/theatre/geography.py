"""Regions: states, and those on the line split at a depth into a strip along it, the zone, and the interior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.theatre.depth import Column, within
from premortem.theatre.records import Depth, Place, Touch

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """One region: a whole state off the line, or the zone or the interior of one on it."""

    code: str
    name: str
    state: str
    zone: bool


@dataclass(frozen=True)
class Geography:
    """Regions and what is known of their shape; arrays are ``[r]`` or ``[r, r]``.

    ``share`` is the part of its state's people who live in a region, ``share_low`` and ``share_high`` its range.
    """

    regions: tuple[Region, ...]
    share: Floats
    share_low: Floats
    share_high: Floats
    area: Floats
    adjacency: Floats
    same_state: Floats

    def spread(self, by_state: Mapping[str, float]) -> Floats:
        """Return a quantity of states spread over their regions as people are."""
        return self.share * self.of_states(by_state)

    def of_states(self, by_state: Mapping[str, float]) -> Floats:
        """Return for each region the quantity of its whole state."""
        return np.array([by_state[region.state] for region in self.regions])


def split(places: Sequence[Place], depths: Sequence[Depth], touching: Sequence[Touch], depth_miles: float) -> Geography:
    """Return the regions at a zone depth.

    Parameters
    ----------
    depth_miles : from 0, where every zone is empty, to the greatest depth of the table.

    Raises
    ------
    InputError
        If the depth lies outside the table.
    """
    on_line: dict[str, list[Depth]] = {}
    for row in depths:
        on_line.setdefault(row.code, []).append(row)
    greatest = min((max(row.depth_miles for row in rows) for rows in on_line.values()), default=0.0)
    if not 0 <= depth_miles <= greatest:
        allowed = f"0 to {greatest:g} miles"
        raise InputError(
            Problem("out_of_range", "zone depth is not covered", found=f"{depth_miles:g}", allowed=allowed)
        )

    regions: list[Region] = []
    columns: list[tuple[float, float, float, float]] = []
    for place in places:
        if place.code not in on_line:
            regions.append(Region(place.code, place.name, place.code, zone=False))
            columns.append((1.0, 1.0, 1.0, place.area_sq_mi))
            continue
        rows = on_line[place.code]
        shares: tuple[Column, ...] = ("share", "share_low", "share_high")
        share, low, high = (within(depth_miles, rows, name) for name in shares)
        area = min(within(depth_miles, rows, "area_sq_mi"), place.area_sq_mi)
        regions.append(Region(f"{place.code}_zone", f"{place.name}, zone", place.code, zone=True))
        regions.append(Region(f"{place.code}_interior", f"{place.name}, interior", place.code, zone=False))
        columns += [(share, low, high, area), (1 - share, 1 - high, 1 - low, place.area_sq_mi - area)]
    share_, low_, high_, area_ = np.array(columns).T
    states = [region.state for region in regions]
    same_state = np.array([[float(a == b) for b in states] for a in states])
    return Geography(tuple(regions), share_, low_, high_, area_, _adjacency(regions, touching), same_state)


def _adjacency(regions: Sequence[Region], touching: Sequence[Touch]) -> Floats:
    neighbours = {frozenset((row.a, row.b)) for row in touching}
    zones = {frozenset((row.a, row.b)) for row in touching if row.zones_touch}

    def touch(a: Region, b: Region) -> bool:
        if a.state == b.state:
            return a.code != b.code
        if a.zone != b.zone:
            return False
        return frozenset((a.state, b.state)) in (zones if a.zone else neighbours)

    return np.array([[float(touch(a, b)) for b in regions] for a in regions])
