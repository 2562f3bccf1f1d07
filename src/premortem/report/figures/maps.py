"""Maps from the packaged outlines: where a plan acts, and what happens by state and time. Drawn flat, without a map service."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt

from premortem.evidence.reading import data
from premortem.report.figures import style

SQUEEZE = math.cos(math.radians(27))  # of a degree of longitude, at the middle of the theatre
FINE, COARSE = 0.06, 0.12  # degrees between points kept
NORTH = 37.2  # maps end here: what lies further north plays no part


@cache
def outlines(name: str, keep: float) -> tuple[dict[str, Any], ...]:
    """Return the features of a packaged outline in flat coordinates, thinned to points at least ``keep`` degrees apart."""
    features = json.loads((data() / "geo" / f"{name}.geojson").read_text(encoding="utf-8"))["features"]
    found = []
    for feature in features:
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


def flat(lon: float, lat: float) -> tuple[float, float]:
    """Return the place of a point on the maps."""
    return round(lon * SQUEEZE, 3), round(lat, 3)


def _thin(line: Sequence[Sequence[float]], keep: float) -> list[tuple[float, float]]:
    kept = [line[0]]
    for point in line[1:-1]:
        if math.dist(point, kept[-1]) >= keep:
            kept.append(point)
    return [flat(lon, min(lat, NORTH)) for lon, lat in (*kept, line[-1])]


@dataclass(frozen=True)
class Reach:
    """What of a plan a map shows: state codes by task force, zone states and depth, states where forces may act."""

    bases: Mapping[str, tuple[str, ...]]
    acting: frozenset[str]
    zone: frozenset[str]
    depth: str


def plan(reach: Reach, words: Mapping[str, str]) -> Any:
    """Return the map of a plan: outlines, the border, the zone, official crossings, and where its task forces are based.

    Parameters
    ----------
    reach : Mexican states by name, US states by code.
    words : ``crossing``, ``force``, ``acting``, ``zone`` for the legend.
    """
    north = [
        f
        for f in outlines("us_states", FINE)
        if f["properties"]["code"] in {"CA", "AZ", "NM", "TX", "NV", "UT", "CO", "OK", "LA", "AR", "KS"}
    ]
    south = [
        f | {"properties": {**f["properties"], "acting": f["properties"]["name"] in reach.acting}}
        for f in outlines("mx_states", FINE)
    ]
    zones = [
        f for f in outlines("border_zones", 0.01)
        if f["properties"]["side"] == "MX" and f["properties"]["depth_mi"] == 20 and f["properties"]["state"] in reach.zone
    ]  # fmt: skip
    kinds = [words["force"], words["crossing"]]

    def land(features: Sequence[dict[str, Any]], fill: str) -> Any:
        return alt.Chart(style.rows(features)).mark_geoshape(fill=fill, stroke=style.PAPER, strokeWidth=0.8)

    layers = [
        land(north, style.LAND),
        land([f for f in south if not f["properties"]["acting"]], style.LAND),
        land([f for f in south if f["properties"]["acting"]], "#f3d9c4"),
    ]
    if zones:
        layers.append(alt.Chart(style.rows(zones)).mark_geoshape(fill=style.ZONE, stroke=style.ZONE))
    layers.append(
        alt.Chart(style.rows(outlines("border_line", FINE))).mark_geoshape(
            filled=False, stroke=style.INK, strokeWidth=1.4
        )
    )
    points = [
        {"lon": x, "lat": y, "kind": kinds[1], "label": ""}
        for row in _table("crossings.csv")
        for x, y in [flat(float(row["lon"]), float(row["lat"]))]
    ]
    middles = {f["properties"]["code"]: f["properties"] for f in north}
    for state, names in reach.bases.items():
        if state in middles:
            x, y = flat(middles[state]["label_lon"], min(middles[state]["label_lat"], 34.6))
            points.append({"lon": x, "lat": y, "kind": kinds[0], "label": ", ".join(names)})
    where = alt.Chart(style.rows(points))
    layers.append(
        where.mark_point(filled=True, opacity=1, stroke=style.PAPER, strokeWidth=0.7).encode(
            longitude="lon:Q", latitude="lat:Q",
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["square", "circle"]), legend=None),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[style.PLANS[1], style.INK]), legend=None),
            size=alt.Size("kind:N", scale=alt.Scale(domain=kinds, range=[120, 26]), legend=None),
        )
    )  # fmt: skip
    layers.append(
        where.transform_filter("datum.label != ''")
        .mark_text(dy=-14, fontSize=12, fontWeight=600)
        .encode(longitude="lon:Q", latitude="lat:Q", text="label:N")
    )
    return alt.layer(*layers).project(type="identity", reflectY=True).properties(width=640, height=400)


def by_state(panels: Sequence[tuple[str, Mapping[str, tuple[float, bool]]]], title: str, limit: float) -> Any:
    """Return small maps of Mexico, one a panel: a signed value by state on one scale, and a dot where futures agree on the sign.

    Parameters
    ----------
    panels : title and ISO code -> (value, agreed).
    limit : greatest magnitude of the scale.
    """
    maps = []
    for name, values in panels:
        features = [
            f | {"properties": {"iso": f["properties"]["iso"], "key": f"key:{f['properties']['iso']}",
                                "value": values[f["properties"]["iso"]][0]}}
            for f in outlines("mx_states", COARSE) if f["properties"]["iso"] in values
        ]  # fmt: skip
        agreed = [
            dict(zip(("lon", "lat"), flat(f["properties"]["label_lon"], f["properties"]["label_lat"]), strict=True))
            for f in outlines("mx_states", COARSE)
            if values.get(f["properties"]["iso"], (0, False))[1]
        ]
        shapes = (
            alt.Chart(style.rows(features))
            .mark_geoshape(stroke=style.SOFT, strokeWidth=0.5)
            .encode(
                color=alt.Color(
                    "properties.value:Q",
                    scale=alt.Scale(domain=[-limit, 0, limit], range=[style.BETTER, "#f4f4f2", style.WORSE]),
                    legend=alt.Legend(title=title, orient="bottom", gradientLength=240, titleLimit=420, tickCount=5),
                ),
                description="properties.key:N",
            )
        )
        dots = (
            alt.Chart(style.rows(agreed))
            .mark_point(filled=True, size=22, color=style.INK, opacity=1)
            .encode(longitude="lon:Q", latitude="lat:Q")
        )
        maps.append(
            alt.layer(shapes, dots)
            .project(type="identity", reflectY=True)
            .properties(width=225, height=160, title=name)
        )
    return alt.concat(*maps, columns=3, spacing=6)


def blank(codes: Sequence[str]) -> Any:
    """Return the states without values, each marked with its code for a script to colour."""
    features = [
        f | {"properties": {"key": f"key:{f['properties']['iso']}"}}
        for f in outlines("mx_states", COARSE)
        if f["properties"]["iso"] in codes
    ]
    shapes = alt.Chart(style.rows(features)).mark_geoshape(fill=style.LAND, stroke=style.SOFT, strokeWidth=0.5)
    view = shapes.encode(description="properties.key:N").project(type="identity", reflectY=True)
    return view.properties(width=480, height=330)


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((data() / "geo" / name).read_text(encoding="utf-8").splitlines()))
