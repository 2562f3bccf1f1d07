"""Maps from the packaged outlines: where a plan acts, and what happens by state and time. Drawn flat, without a map service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from premortem.report.figures import style
from premortem.report.figures.places import (
    COARSE,
    FINE,
    SMALL,
    Point,
    crossings,
    flat,
    hatching,
    labels,
    outlines,
    sectors,
)

WIDTH = 760
PHONE = 340
DEPTH = 20  # miles: of the zone that is drawn
HATCH = 0.17  # between hatches, in degrees
WEST, EAST = -119.6, -94.3
UPPER, LOWER = 35.6, 24.6  # a map of the border; further south where a plan acts there
ROOM = 0.35  # degrees around what must be seen


@dataclass(frozen=True)
class Reach:
    """What of a plan a map shows: US state codes by task force, Mexican states of the zone, and those where forces may act."""

    bases: Mapping[str, tuple[str, ...]]
    acting: frozenset[str]
    zone: frozenset[str]


@dataclass(frozen=True)
class Window:
    """The part of the flat coordinates that a map shows."""

    west: float
    east: float
    north: float
    south: float
    width: float = WIDTH

    @property
    def scale(self) -> float:
        """Points a degree."""
        return self.width / (self.east - self.west)

    @property
    def height(self) -> float:
        """Height of the map in points."""
        return (self.north - self.south) * self.scale

    def holds(self, feature: Mapping[str, Any]) -> bool:
        """Return whether any corner of an outline is inside."""
        return any(
            self.west <= x <= self.east and self.south <= y <= self.north
            for polygon in feature["geometry"]["coordinates"]
            for x, y in polygon[0]
        )

    def map(self, layers: Sequence[Any]) -> Any:
        """Return layers as one map of this window."""
        move = [-self.west * self.scale, self.north * self.scale]
        return (
            alt.layer(*layers)
            .project(type="identity", reflectY=True, scale=self.scale, translate=move)
            .properties(width=self.width, height=self.height)
        )


def outlined(codes: Iterable[str]) -> bool:
    """Return whether there are outlines of the states with these codes, so that a map can show them."""
    return not {f["properties"]["iso"] for f in outlines("mx_states", COARSE)}.isdisjoint(codes)


def plan(reach: Reach, words: Mapping[str, str], *, phone: bool = False) -> Any:
    """Return the map of a plan: the line by Border Patrol sector, official crossings, the zone, and where task forces are based and act.

    Parameters
    ----------
    reach : Mexican states by name, US states by code.
    words : ``force``, ``crossing``, ``sector``, ``acting``, ``zone`` for the legend.
    phone : whether it is drawn for a telephone: smaller, without names of sectors, the legend below.
    """
    mexico = outlines("mx_states", FINE)
    acting = [f for f in mexico if f["properties"]["name"] in reach.acting]
    lowest = min((y for f in acting for polygon in f["geometry"]["coordinates"] for _, y in polygon[0]), default=LOWER)
    window = Window(flat(WEST, 0)[0], flat(EAST, 0)[0], UPPER, min(LOWER, lowest - ROOM), PHONE if phone else WIDTH)
    north = [f for f in outlines("us_states", FINE) if f["properties"]["code"] in labels()["neighbours"]]
    zone = [
        f for f in outlines("border_zones", 0.01)
        if f["properties"]["side"] == "MX" and f["properties"]["depth_mi"] == DEPTH and f["properties"]["state"] in reach.zone
    ]  # fmt: skip
    layers = [
        _land([f for f in north if window.holds(f)], style.LAND),
        _land([f for f in mexico if window.holds(f) and f not in acting], style.LAND),
        _land(acting, style.TINT),
        *_hatched(zone),
        *_line(named=not phone),
        *_points(reach, north, phone=phone),
        _names([(flat(f["properties"]["label_lon"], f["properties"]["label_lat"]), f["properties"]["name"]) for f in acting],
               fontSize=8.5 if phone else 11),
    ]  # fmt: skip
    shown = [
        ("force", bool(reach.bases)),
        ("crossing", True),
        ("sector", True),
        ("zone", bool(zone)),
        ("acting", bool(acting)),
    ]
    keys = [name for name, present in shown if present]
    if not phone:
        return window.map([*layers, *_legend(keys, words, window.height)])
    legend = alt.layer(*_legend(keys, words, KEY * len(keys))).properties(width=PHONE, height=KEY * len(keys))
    return alt.vconcat(window.map(layers), legend, spacing=4)


def _land(features: Sequence[dict[str, Any]], fill: str) -> Any:
    return alt.Chart(style.rows(features)).mark_geoshape(fill=fill, stroke=style.PAPER, strokeWidth=0.9, clip=True)


def _hatched(zone: Sequence[dict[str, Any]]) -> Iterator[Any]:
    if zone:
        edge = alt.Chart(style.rows(zone))
        yield edge.mark_geoshape(fill=style.ZONE, fillOpacity=0.3, stroke=style.INK, strokeWidth=0.6)
        lines = alt.Chart(style.rows(hatching(zone, HATCH)))
        yield lines.mark_geoshape(filled=False, stroke=style.INK, strokeWidth=0.9)


def _line(*, named: bool = True) -> Iterator[Any]:
    """Yield the line between the countries as a chain of dark and light, one link a sector, and the names of the sectors."""

    def drawn(stretches: Sequence[tuple[Point, ...]], colour: str, width: float) -> Any:
        shapes = [
            {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": stretch}}
            for stretch in stretches
        ]
        chart = alt.Chart(style.rows(shapes))
        return chart.mark_geoshape(filled=False, stroke=colour, strokeWidth=width, strokeCap="butt")

    stretches = [stretch for _, stretch in sectors()]
    wide = 1.0 if named else 0.6
    yield drawn(stretches, style.INK, 5.5 * wide)
    yield drawn(stretches[1::2], style.PAPER, 3 * wide)
    for name, stretch in sectors() if named else ():
        yield _names([(_middle(stretch), name)], **labels()["sectors"][name], fontStyle="italic")


def _middle(stretch: Sequence[Point]) -> Point:
    return (stretch[0][0] + stretch[-1][0]) / 2, (stretch[0][1] + stretch[-1][1]) / 2


def _names(places: Sequence[tuple[Point, str]], **how: Any) -> Any:
    """Return names at places of the map."""
    rows = [{"lon": x, "lat": y, "label": name} for (x, y), name in places]
    look: dict[str, Any] = {"fontSize": 11, "color": style.INK} | how
    chart = alt.Chart(style.rows(rows)).mark_text(**look)
    return chart.encode(longitude="lon:Q", latitude="lat:Q", text="label:N")


def _points(reach: Reach, north: Sequence[dict[str, Any]], *, phone: bool) -> Iterator[Any]:
    rows = [{"lon": x, "lat": y} for x, y in crossings()]
    dots = alt.Chart(style.rows(rows)).mark_point(**CROSSING)
    yield dots.encode(longitude="lon:Q", latitude="lat:Q")
    middles = {f["properties"]["code"]: f["properties"] for f in north}
    bases = [
        (
            flat(
                max(middles[state]["label_lon"], WEST + (3.4 if phone else 2)),
                min(middles[state]["label_lat"], UPPER - 1),
            ),
            ", ".join(names),
        )
        for state, names in reach.bases.items()
        if state in middles
    ]
    if bases:
        squares = alt.Chart(style.rows([{"lon": x, "lat": y} for (x, y), _ in bases])).mark_point(**FORCE)
        yield squares.encode(longitude="lon:Q", latitude="lat:Q")
        yield _names(bases, dy=15 if phone else -15, fontSize=10 if phone else 12, fontWeight=600)


CROSSING: dict[str, Any] = {
    "filled": True, "shape": "circle", "size": 42, "color": style.WORSE, "stroke": style.PAPER, "strokeWidth": 0.9, "opacity": 1,
}  # fmt: skip
FORCE: dict[str, Any] = CROSSING | {"shape": "square", "size": 130, "color": style.PLANS[1]}
KEY = 22  # points from one line of the legend to the next


def _legend(names: Sequence[str], words: Mapping[str, str], bottom: float) -> Iterator[Any]:
    """Yield the key, which ends at the ``bottom``: what the marks mean, drawn as they are drawn."""
    blank = alt.Chart(style.rows([{}]))
    for place, name in enumerate(names):
        y = bottom - KEY * (len(names) - place) + 6
        text = blank.mark_text(align="left", fontSize=12, color=style.INK)
        yield text.encode(x=alt.value(44), y=alt.value(y), text=alt.value(words[name]))
        if name in {"force", "crossing"}:
            mark = blank.mark_point(**(FORCE if name == "force" else CROSSING))
            yield mark.encode(x=alt.value(23), y=alt.value(y))
        elif name == "sector":
            for first, last, colour, width in ((10, 36, style.INK, 5.5), (23, 36, style.PAPER, 3)):
                rule = blank.mark_rule(stroke=colour, strokeWidth=width)
                yield rule.encode(x=alt.value(first), x2=alt.value(last), y=alt.value(y))
        else:
            fill: dict[str, Any] = {"color": style.TINT}
            if name == "zone":
                fill = {"color": style.ZONE, "fillOpacity": 0.3, "stroke": style.INK, "strokeWidth": 0.6}
            box = blank.mark_rect(opacity=1, **fill)
            yield box.encode(x=alt.value(10), x2=alt.value(36), y=alt.value(y - 6), y2=alt.value(y + 6))
            if name == "zone":
                for x in (12, 18, 24):
                    hatch = blank.mark_rule(stroke=style.INK, strokeWidth=0.9)
                    yield hatch.encode(x=alt.value(x), x2=alt.value(x + 10), y=alt.value(y - 5), y2=alt.value(y + 5))


@dataclass(frozen=True)
class Change:
    """What a map says of a state: a signed ``value``, and whether nine futures in ten agree on its sign."""

    value: float
    agreed: bool


def by_state(
    panels: Sequence[tuple[str, Mapping[str, Change]]],
    title: str,
    limit: float,
    *,
    width: float = 235,
    columns: int = 3,
) -> Any:
    """Return maps of Mexico, one a panel, on one scale: colour for the size, and triangles that greyscale keeps for the direction.

    Parameters
    ----------
    panels : title and ISO code -> what to show.
    title : of the scale.
    limit : greatest magnitude of the scale.
    width : of a panel, in points.
    columns : panels side by side.
    """
    maps = []
    outline = outlines("mx_states", SMALL if width < WIDTH / 2 else COARSE)
    for name, changes in panels:
        features = [
            f | {"properties": {"value": changes[f["properties"]["iso"]].value}}
            for f in outline if f["properties"]["iso"] in changes
        ]  # fmt: skip
        shapes = (
            alt.Chart(style.rows(features))
            .mark_geoshape(stroke=style.SOFT, strokeWidth=0.5)
            .encode(
                color=alt.Color(
                    "properties.value:Q",
                    scale=alt.Scale(domain=[-limit, 0, limit], range=[style.LESS, style.NEUTRAL, style.MORE]),
                    legend=alt.Legend(
                        title=title,
                        orient="bottom",
                        gradientLength=240,
                        titleLimit=420 if columns == 3 else PHONE,
                        tickCount=5,
                    ),
                ),
            )
        )
        marks = [
            {"lon": x, "lat": y, "up": changes[iso].value > 0, "agreed": changes[iso].agreed}
            for iso, (x, y) in _middles().items()
            if iso in changes and abs(changes[iso].value) >= VISIBLE * limit
        ]
        directions = _triangles(marks).encode(
            shape=alt.Shape("up:N", scale=alt.Scale(domain=[True, False], range=[UP, DOWN]), legend=None),
            fill=alt.Fill(
                "agreed:N", scale=alt.Scale(domain=[True, False], range=[style.FILLED, style.HOLLOW]), legend=None
            ),
        )
        maps.append(
            alt.layer(shapes, directions)
            .project(type="identity", reflectY=True)
            .properties(width=width, height=0.7 * width, title=name)
        )
    return alt.concat(*maps, columns=columns, spacing=8)


VISIBLE = 0.1  # of the greatest magnitude: a smaller change gets no triangle
UP, DOWN = "triangle-up", "triangle-down"


def _triangles(rows: Sequence[dict[str, Any]]) -> Any:
    chart = alt.Chart(style.rows(rows)).mark_point(
        filled=True, size=40, stroke=style.FILLED, strokeWidth=0.9, opacity=1
    )
    return chart.encode(longitude="lon:Q", latitude="lat:Q")


def _middles() -> dict[str, Point]:
    states = (f["properties"] for f in outlines("mx_states", COARSE))
    return {state["iso"]: flat(state["label_lon"], state["label_lat"]) for state in states}


def blank(codes: Sequence[str]) -> Any:
    """Return the states without values, the line with its crossings, and the strip of 20 miles, for a script to fill.

    States are marked ``key:ISO`` for their colour, and each has two hidden triangles, ``up:ISO`` and ``down:ISO``.
    """
    features = [
        f | {"properties": {"key": f"key:{f['properties']['iso']}"}}
        for f in outlines("mx_states", COARSE)
        if f["properties"]["iso"] in codes
    ]
    strip = [
        f
        for f in outlines("border_zones", 0.01)
        if f["properties"]["side"] == "MX" and f["properties"]["depth_mi"] == DEPTH
    ]
    window = Window(flat(-118.2, 0)[0], flat(-86.2, 0)[0], 33.0, 14.2)
    shapes = alt.Chart(style.rows(features)).mark_geoshape(fill=style.LAND, stroke=style.SOFT, strokeWidth=0.5)
    edge = alt.Chart(style.rows(strip)).mark_geoshape(
        filled=False, stroke=style.FILLED, strokeWidth=0.6, strokeDash=[2, 2]
    )
    dots = alt.Chart(style.rows([{"lon": x, "lat": y} for x, y in crossings()]))
    triangles = [
        _triangles([{"lon": x, "lat": y, "key": f"key:{word}:{iso}"} for iso, (x, y) in _middles().items() if iso in codes])
        .encode(description="key:N", shape=alt.value(shape), fill=alt.value(style.FILLED))
        for word, shape in (("up", UP), ("down", DOWN))
    ]  # fmt: skip
    return window.map(
        [
            shapes.encode(description="properties.key:N"),
            edge,
            *_line(named=False),
            dots.mark_point(**CROSSING | {"size": 16, "strokeWidth": 0.5}).encode(longitude="lon:Q", latitude="lat:Q"),
            *triangles,
        ]
    )
