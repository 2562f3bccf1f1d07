"""How figures look, and how they become files: colour-blind safe, told apart in greyscale by dash and shape, no network.

Inside a page the colours of an SVG are the page's own (CSS variables), so that one picture serves light, dark and print.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Sequence
from csv import DictWriter
from typing import Any

import altair as alt
import vl_convert

from premortem.study.reading import as_word

INK, SOFT, LINE, PAPER = "#1c2127", "#5b6570", "#d5dae0", "#fffffe"
# Of maps whose colours stay light in every theme: less, no change and more, and marks filled and hollow.
LESS, NEUTRAL, MORE, FILLED, HOLLOW = "#17716b", "#f4f4f2", "#b34d12", "#1c2128", "#ffffff"
BETTER, SAME, WORSE = "#0e5350", "#c3c9d0", "#c2571a"  # dark, light, between: told apart in grey
LAND, TINT, ZONE = "#e9ecef", "#edc9a9", "#e3a008"
# Baseline first. Okabe and Ito's colours in an order that also falls apart in lightness.
PLANS = ("#6b7682", "#0b62a8", "#c2571a", "#1b7f79", "#9b4f96", "#8a6d00", "#3f51b5", "#b03060", "#4c8c2b", "#0097a7")
DASHES = ([5, 3], [1, 0], [8, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 2, 1, 2], [1, 3], [6, 6], [3, 1])
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "stroke",
    "triangle-right",
    "wedge",
    "arrow",
)
FONT = "Helvetica, Arial, sans-serif"

# Colours that follow the page's theme, by the name of the CSS variable.
THEMED = {
    INK: "ink",
    SOFT: "soft",
    LINE: "line",
    PAPER: "paper",
    LAND: "land",
    TINT: "tint",
    ZONE: "zone",
    SAME: "same",
    BETTER: "better",
    WORSE: "worse",
    **{colour: f"plan-{i}" for i, colour in enumerate(PLANS) if colour not in {BETTER, WORSE}},
}

PADDING = {"left": 14, "right": 10, "top": 4, "bottom": 4}
NAMED = PADDING | {"left": 48}  # beside long names: a page may draw them in a wider face than they were measured in

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "view": {"stroke": "transparent"},
    "axis": {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "titleFontWeight": "normal",
        "titleFontSize": 12,
        "labelFontSize": 12,
        "gridColor": LINE,
        "domain": False,
        "tickColor": LINE,
        "ticks": False,
        "labelPadding": 5,
        "labelSeparation": 14,
        "labelOverlap": "greedy",
    },
    "axisY": {"titleAnchor": "end", "titleAlign": "left", "titleAngle": 0, "titleX": 0, "titleY": -10},
    "legend": {"labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
               "labelLimit": 0},
    "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start", "subtitleColor": SOFT, "subtitleFontSize": 12},
    "text": {"color": INK, "fontSize": 12},
}  # fmt: skip


PHONE = 312  # points: width of a drawing that a telephone shows whole
STEP, RISE = 44, 15  # points: from one named row of it to the next, and from the middle of a row up to its name


def named_rows(names: Sequence[str]) -> tuple[Any, Any]:
    """Return the vertical axis of a drawing for a telephone, and the names over its rows: beside them there is no room."""
    y = alt.Y("name:N", sort=list(names), axis=None)
    text = alt.Chart(rows([{"name": name} for name in names])).mark_text(
        align="left", baseline="middle", dy=-RISE, fontSize=12, color=INK, limit=PHONE
    )
    return y, text.encode(x=alt.value(0), y=y, text="name:N")


def colour(plan: int) -> str:
    """Return the colour of a plan by its place in the study; the first, the baseline, is grey."""
    return PLANS[plan % len(PLANS)]


class Rows(str):
    """Rows of data on their way through a chart under a name of their own: Altair copies whole charts at every step, names are cheap."""

    values: list[Any]

    __slots__ = ("values",)


def shape(plan: int) -> str:
    """Return the shape of a plan's points."""
    return SHAPES[plan % len(SHAPES)]


def rows(values: Sequence[Any]) -> Any:
    """Return data that travel inside a chart: rows by column name, or GeoJSON features."""
    content = list(values)
    name = Rows(hashlib.blake2b(json.dumps(content).encode(), digest_size=8).hexdigest())
    name.values = content
    return alt.InlineData(values=name)


def spec(chart: Any, **more: Any) -> dict[str, Any]:
    """Return the Vega-Lite document of a chart in the house's style, with its data."""
    document = {"padding": PADDING} | chart.to_dict(validate=False) | {"config": CONFIG} | more
    filled: dict[str, Any] = _with_rows(document)
    return filled


def _with_rows(part: Any) -> Any:
    if isinstance(part, Rows):
        return part.values
    if isinstance(part, dict):
        return {key: _with_rows(value) for key, value in part.items()}
    return [_with_rows(item) for item in part] if isinstance(part, list) else part


OF_THE_DRAWING = {"colour", "shape", "dash", "on"}
"""Columns of a chart's data that say how it is drawn."""


def csv(chart: Any, limit: int) -> str:
    """Return the data of a chart as CSV, a row each under all their columns; empty if that is more letters than the limit, or shapes."""
    rows = [row for values in spec(chart).get("datasets", {}).values() for row in values]
    columns = list(dict.fromkeys(name for row in rows for name in row if name not in OF_THE_DRAWING))
    if not columns or any(isinstance(cell, dict | list) for row in rows for cell in row.values()):
        return ""
    out = io.StringIO()
    writer = DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: as_word(cell) for name, cell in row.items()} for row in rows)
    text = out.getvalue()
    return text if len(text) <= limit else ""


def svg(chart: Any) -> str:
    """Return a chart as a file of its own, with fixed colours."""
    text: str = vl_convert.vegalite_to_svg(spec(chart))
    return text


def png(chart: Any, scale: float = 2.0) -> bytes:
    """Return a chart as a picture on white."""
    data: bytes = vl_convert.vegalite_to_png(spec(chart, background="white"), scale=scale)
    return data


def inline(chart: Any, label: str) -> str:
    """Return a chart as SVG for a page: the page's colours, scalable, one image with one label to a screen reader.

    Parameters
    ----------
    label : what the figure says, in a sentence; plain text.
    """
    text = svg(chart)
    for fixed, name in THEMED.items():
        text = text.replace(f'"{fixed}"', f'"var(--{name})"')
    # One label for the whole picture: a reader that names every mark says nothing. Marks that carry data keep what scripts look for.
    text = re.sub(r' (?:role|aria-roledescription|aria-hidden|tabindex|pointer-events)="[^"]*"', "", text)
    text = re.sub(r' aria-label="key:([^"]*)"', r' data-key="\1"', text)
    text = re.sub(r' aria-label="[^"]*"', "", text)
    text = re.sub(r"(\d+\.\d{2})\d+", r"\1", text)
    text = re.sub(r' font-family="[^"]*"', "", text)
    mark = hashlib.blake2b(
        f"{label}{text}".encode(), digest_size=4
    ).hexdigest()  # several pictures share one page's ids
    text = re.sub(r'(\bid="|url\(#)', rf"\g<1>f{mark}-", text)
    width, height = re.findall(r'<svg[^>]*? (?:width|height)="([\d.]+)"[^>]*? height="([\d.]+)"', text)[0]
    quoted = label.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    head = f'<svg role="img" aria-label="{quoted}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return re.sub(r"<svg[^>]*>", lambda _: head, text, count=1)
