"""Where things are on the maps: outlines, Border Patrol sectors along the line, crossings, and hatching, in flat coordinates."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from premortem.evidence.reading import data, document

SQUEEZE = math.cos(math.radians(27))  # of a degree of longitude, at the middle of the theatre
FINE, COARSE, SMALL = 0.06, 0.12, 0.2  # degrees between points kept
NORTH = 37.2  # maps end here: what lies further north plays no part

Point = tuple[float, float]


@cache
def outlines(name: str, keep: float) -> tuple[dict[str, Any], ...]:
    """Return the features of a packaged outline in flat coordinates, thinned to points at least ``keep`` degrees apart."""
    found = []
    for feature in _features(name):
        shape = feature["geometry"]
        kind, lines = shape["type"], shape["coordinates"]
        if kind.endswith("Polygon"):
            polygons = lines if kind == "MultiPolygon" else [lines]
            thinned = [[_thin(ring, keep) for ring in polygon] for polygon in polygons]
            shape = {"type": "MultiPolygon", "coordinates": [polygon for polygon in thinned if len(polygon[0]) > 3]}
        else:
            shape = {"type": "LineString", "coordinates": _thin(lines, keep)}
        found.append({"type": "Feature", "properties": feature["properties"], "geometry": shape})
    return tuple(found)


def flat(lon: float, lat: float) -> Point:
    """Return the place of a point on the maps."""
    return round(lon * SQUEEZE, 3), round(lat, 3)


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of a packaged table of places."""
    return list(csv.DictReader((data() / "geo" / name).read_text(encoding="utf-8").splitlines()))


def labels() -> dict[str, Any]:
    """Return which states the maps name, and where the names of sectors stand."""
    return document("geo/labels.toml")


def crossings() -> list[Point]:
    """Return where people and goods may cross the line, on the maps."""
    return [flat(float(row["lon"]), float(row["lat"])) for row in table("crossings.csv")]


@cache
def sectors() -> tuple[tuple[str, tuple[Point, ...]], ...]:
    """Return the Border Patrol's sectors from west to east: name, and its stretch of the line on the maps.

    The ends are where the published lengths of the sectors, laid one after the other, come to lie: good to some miles on maps of this size.
    """
    line = np.array(_border())
    middle = np.radians((line[1:, 1] + line[:-1, 1]) / 2)
    steps = np.hypot(np.diff(line[:, 0]) * np.cos(middle), np.diff(line[:, 1]))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    markers, rows = table("border_markers.csv"), table("border_patrol_sectors.csv")
    lengths = np.array([float(row["border_miles"]) for row in rows])
    official, drawn = (np.array([float(row[key]) for row in markers]) for key in ("mile_official_scaled", "mile_drawn"))
    ends = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum() * official[-1]
    at = np.interp(ends, official, drawn) / drawn[-1] * along[-1]
    found = []
    for row, (first, last) in zip(rows, pairwise(at), strict=True):
        between = line[(along > first) & (along < last)]
        edges = [[np.interp(end, along, line[:, axis]) for axis in (0, 1)] for end in (first, last)]
        found.append((row["sector"], tuple(_thin([edges[0], *between.tolist(), edges[1]], FINE))))
    return tuple(found)


def hatching(features: Iterable[dict[str, Any]], step: float) -> list[dict[str, Any]]:
    """Return lines at 45 degrees, ``step`` apart, over polygons: a fill that greyscale and a copier keep."""
    lines: list[list[Point]] = []
    for feature in features:
        for polygon in feature["geometry"]["coordinates"]:
            edges = np.concatenate([np.stack([ring[:-1], ring[1:]], axis=1) for ring in map(np.array, polygon)])
            across = edges.sum(axis=2)  # x + y: what is constant along a hatch
            for level in np.arange(math.ceil(across.min() / step), across.max() / step) * step:
                low, high = across.min(axis=1), across.max(axis=1)
                cut = edges[(low <= level) & (high > level)]
                sums = cut.sum(axis=2)
                part = (level - sums[:, 0]) / (sums[:, 1] - sums[:, 0])
                points = cut[:, 0] + part[:, None] * (cut[:, 1] - cut[:, 0])
                points = points[np.argsort(points[:, 0])]
                lines += [[_rounded(a), _rounded(b)] for a, b in zip(points[::2], points[1::2], strict=False)]
    return [{"type": "Feature", "properties": {}, "geometry": {"type": "MultiLineString", "coordinates": lines}}]


def _features(name: str) -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((data() / "geo" / f"{name}.geojson").read_text(encoding="utf-8"))[
        "features"
    ]
    return features


def _border() -> list[list[float]]:
    """Return the points of the line from the Pacific to the Gulf: its packaged pieces, joined end to end."""
    pieces: list[list[list[float]]] = [feature["geometry"]["coordinates"] for feature in _features("border_line")]
    line = min(pieces, key=lambda piece: float(piece[0][0]))
    pieces.remove(line)
    while pieces:
        following = min(pieces, key=lambda piece: math.dist(piece[0], line[-1]))
        pieces.remove(following)
        line = [*line, *following[1:]]
    return line


def _rounded(point: Any) -> Point:
    return round(float(point[0]), 3), round(float(point[1]), 3)


def _thin(line: Sequence[Sequence[float]], keep: float) -> list[Point]:
    kept = [line[0]]
    for point in line[1:-1]:
        if math.dist(point, kept[-1]) >= keep:
            kept.append(point)
    return [flat(lon, min(lat, NORTH)) for lon, lat in (*kept, line[-1])]
