"""Decisions as pictures: numbers with intervals, shares over time, coverage against density, tables of ranks, parallel coordinates."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from premortem.report.figures import style

WIDTH = 380
ROW = 30  # pixels
LINE = 15
SPREAD = 0.12  # years between ways on a map
LABEL = 52  # characters of a label in one line


@dataclass(frozen=True)
class Mark:
    """A number with its interval: which row it stands in, and of which series (by place) it is."""

    row: str
    value: float
    low: float
    high: float
    series: str = ""
    place: int = 1


def _folded(text: str) -> list[str]:
    return textwrap.wrap(text, LABEL) or [""]


def intervals(marks: Sequence[Mark], axis: str, *, zero: bool = True) -> Any:
    """Return a row for each label: a point with its interval for each series, and a line at zero."""
    order = list(dict.fromkeys(mark.row for mark in marks))
    series = list(dict.fromkeys(mark.series for mark in marks))
    values = [
        {
            "row": mark.row,
            "value": mark.value,
            "low": mark.low,
            "high": mark.high,
            "series": mark.series,
            "colour": style.colour(mark.place),
        }
        for mark in marks
    ]
    chart = alt.Chart(style.rows(values))
    lines = max(len(_folded(row)) for row in order)
    label = alt.Axis(
        title=None,
        labelLimit=420,
        labelColor=style.INK,
        labelOverlap=False,
        labelExpr=_wrapped(order, lines),
        labelLineHeight=LINE,
        labelOffset=-LINE * (lines - 1) / 2,
    )
    y = alt.Y("row:N", sort=order, axis=label)
    offset = alt.YOffset("series:N", sort=series)
    places = {mark.series: mark.place for mark in marks}
    colours = [style.colour(places[name]) for name in series]
    legend = alt.Legend(title=None, orient="top", labelLimit=0) if len(series) > 1 else None
    colour = alt.Color("series:N", scale=alt.Scale(domain=series, range=colours), legend=legend)
    x = alt.X("low:Q", axis=alt.Axis(title=axis, tickCount=5), scale=alt.Scale(zero=zero))
    layers = [
        chart.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", y=y, yOffset=offset, color=colour),
        chart.mark_point(filled=True, size=60, opacity=1).encode(
            x="value:Q", y=y, yOffset=offset, color=colour, shape=alt.Shape("series:N", legend=None)
        ),
    ]
    if zero:
        layers.append(alt.Chart(style.rows([{"x": 0}])).mark_rule(color=style.SOFT, strokeDash=[2, 3]).encode(x="x:Q"))
    return alt.layer(*layers).properties(
        width=WIDTH, height=max(ROW * max(1.0, 0.7 * len(series)), LINE * lines + 6) * len(order)
    )


def _wrapped(labels: Sequence[str], lines: int) -> str:
    """Return the expression by which labels fold, each in the middle of so many lines: they are drawn from the first line down."""
    if lines == 1:
        return "datum.label"
    folded = {label: [""] * ((lines - len(_folded(label))) // 2) + _folded(label) for label in labels}
    cases = "".join(
        f"datum.label == {_quoted(label)} ? [{', '.join(map(_quoted, lines))}] : " for label, lines in folded.items()
    )
    return f"{cases}datum.label"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def lasting(courses: Sequence[tuple[str, int, Sequence[tuple[float, float]]]], axis: str, years: str) -> Any:
    """Return shares of futures over years, a line a plan.

    Parameters
    ----------
    courses : name of a plan, its place, and (year, share) from the first day on.
    """
    y = alt.Y("value:Q", axis=alt.Axis(title=axis, format="%", tickCount=5), scale=alt.Scale(domain=[0, 1]))
    return _lines(courses, y, years)


def pathways(
    shares: Sequence[tuple[str, Sequence[float]]], plan: str, leaves: float, onward: Mapping[str, str], axis: str
) -> Any:
    """Return a map of pathways: a line a plan, paler the fewer futures it still meets its target in, and ways from one plan to others.

    Parameters
    ----------
    shares : name of a plan, and the share of futures in which it still meets the target in each year.
    plan : from which the ways go.
    leaves : the year in which they leave it.
    onward : plan -> what is said of going over to it.
    """
    names = [name for name, _ in shares]
    y = alt.Y(
        "plan:N",
        sort=names,
        scale=alt.Scale(type="point", padding=0.6),
        axis=alt.Axis(title=None, labelLimit=300, labelColor=style.INK, grid=False),
    )
    parts = [
        {"plan": name, "from": year, "to": year + 1, "share": share}
        for name, row in shares
        for year, share in enumerate(row)
    ]
    ends = [{"plan": name, "at": len(row), "text": f"{row[-1]:.0%}"} for name, row in shares]
    ways = [
        {"plan": plan, "other": other, "at": leaves + SPREAD * place, "text": text}
        for place, (other, text) in enumerate(onward.items())
    ]
    x = alt.X("from:Q", axis=alt.Axis(title=axis, tickMinStep=1, format="d", grid=False))
    lines = (
        alt.Chart(style.rows(parts))
        .mark_rule(strokeWidth=11, color=style.colour(0))
        .encode(
            x=x,
            x2="to:Q",
            y=y,
            opacity=alt.Opacity("share:Q", scale=alt.Scale(domain=[0, 1], range=[0, 1]), legend=None),
        )
    )
    last = alt.Chart(style.rows(ends)).mark_text(align="left", dx=6).encode(x="at:Q", y=y, text="text:N")
    layers = [lines, last]
    if ways:
        across = alt.Chart(style.rows(ways))
        there = alt.Y("other:N", sort=names)
        layers += [
            across.mark_rule(strokeWidth=1.5, color=style.colour(1)).encode(x="at:Q", y=y, y2="other:N"),
            across.mark_point(filled=True, size=70, opacity=1, color=style.colour(1)).encode(x="at:Q", y=there),
            across.mark_text(align="left", dx=8, dy=-12).encode(x="at:Q", y=there, text="text:N"),
        ]
    return alt.layer(*layers).properties(width=WIDTH, height=52 * len(names))


def courses(lines: Sequence[tuple[str, int, Sequence[tuple[float, float]]]], axis: str, years: str) -> Any:
    """Return amounts over years, a line each, as `lasting` takes them."""
    return _lines(lines, alt.Y("value:Q", axis=alt.Axis(title=axis, tickCount=5)), years)


def _lines(courses: Sequence[tuple[str, int, Sequence[tuple[float, float]]]], y: alt.Y, years: str) -> Any:
    values = [
        {"plan": name, "year": year, "value": value, "colour": style.colour(place), "dash": str(place)}
        for name, place, course in courses
        for year, value in course
    ]
    names, places = [name for name, _, _ in courses], [place for _, place, _ in courses]
    chart = alt.Chart(style.rows(values))
    colour = alt.Color(
        "plan:N",
        scale=alt.Scale(domain=names, range=[style.colour(place) for place in places]),
        legend=alt.Legend(title=None, orient="right", labelLimit=0),
    )
    dash = alt.StrokeDash(
        "plan:N",
        scale=alt.Scale(domain=names, range=[style.DASHES[p % len(style.DASHES)] for p in places]),
        legend=None,
    )
    x = alt.X("year:Q", axis=alt.Axis(title=years, tickMinStep=1, format="d", grid=False))
    return (
        chart.mark_line(strokeWidth=2.2)
        .encode(x=x, y=y, color=colour, strokeDash=dash)
        .properties(width=WIDTH, height=200)
    )


def peeling(
    path: Sequence[tuple[float, float]], chosen: Sequence[tuple[float, float, str]], axes: tuple[str, str]
) -> Any:
    """Return the path of peeling, (coverage, density), with the boxes that were chosen (coverage, density, name)."""
    steps = [{"order": i, "coverage": c, "density": d} for i, (c, d) in enumerate(path)]
    boxes = [{"coverage": c, "density": d, "name": name} for c, d, name in chosen]
    x = alt.X("coverage:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=axes[0], format="%"))
    y = alt.Y("density:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=axes[1], format="%"))
    line = alt.Chart(style.rows(steps)).mark_line(point=True, color=style.colour(0)).encode(x=x, y=y, order="order:Q")
    marks = alt.Chart(style.rows(boxes))
    points = marks.mark_point(filled=True, size=120, color=style.colour(2), opacity=1).encode(
        x="coverage:Q", y="density:Q"
    )
    names = marks.mark_text(align="left", dx=9).encode(x="coverage:Q", y="density:Q", text="name:N")
    return alt.layer(line, points, names).properties(width=WIDTH, height=260)


def firsts(cells: Sequence[tuple[str, str, int]], most: int, axis: str) -> Any:
    """Return how often each plan comes first, a row an outcome: darker is more often.

    Parameters
    ----------
    cells : outcome, plan, how often out of ``most``.
    """
    values = [
        {"row": row, "plan": plan, "count": count, "on": style.PAPER if count > most / 2 else style.INK}
        for row, plan, count in cells
    ]
    rows, plans = list(dict.fromkeys(row for row, _, _ in cells)), list(dict.fromkeys(plan for _, plan, _ in cells))
    chart = alt.Chart(style.rows(values))
    y = alt.Y("row:N", sort=rows, axis=alt.Axis(title=None, labelLimit=300, labelColor=style.INK, labelOverlap=False))
    x = alt.X(
        "plan:N", sort=plans, axis=alt.Axis(title=axis, labelAngle=-30, orient="top", labelLimit=0, labelOverlap=False)
    )
    shade = alt.Color("count:Q", scale=alt.Scale(domain=[0, most], range=[style.NEUTRAL, style.BETTER]), legend=None)
    return (
        alt.layer(
            chart.mark_rect().encode(x=x, y=y, color=shade),
            chart.mark_text(fontSize=11).encode(x=x, y=y, text="count:Q", color=alt.Color("on:N", scale=None)),
        )
        .resolve_scale(color="independent")
        .properties(width=62 * len(plans), height=22 * len(rows))
    )


def parallel(
    lines: Sequence[tuple[str, str, Sequence[float]]], axes: Sequence[str], ends: Sequence[str], heading: str
) -> Any:
    """Return plans as lines over several outcomes: each axis runs from the largest loss to an equal gain, and the middle is no difference.

    Parameters
    ----------
    lines : name, kind (of which there are few: each has a colour, the first is drawn last) and a value an axis.
    ends : what the end of each axis is, in words.
    heading : what the middle is.
    """
    most = [max((abs(values[i]) for _, _, values in lines), default=0.0) or 1.0 for i in range(len(axes))]
    kinds = list(dict.fromkeys(kind for _, kind, _ in lines))
    names = [f"{axis} (to {end})" for axis, end in zip(axes, ends, strict=True)]
    values = [
        {"plan": name, "kind": kind, "axis": names[i], "place": value / most[i]}
        for name, kind, row in reversed(lines)
        for i, value in enumerate(row)
    ]
    label = alt.Axis(
        title=None, labelAngle=0, labelLimit=0, labelExpr=_folded_at(names, 14), labelColor=style.INK, grid=True
    )
    x = alt.X("axis:N", sort=names, axis=label, scale=alt.Scale(type="point", padding=0.3))
    axis = alt.Axis(title=None, labels=False, ticks=False, grid=False, domain=False)
    y = alt.Y("place:Q", scale=alt.Scale(domain=[-1, 1]), axis=axis)
    colours = [style.colour(place) for place in (1, 2, 0)][: len(kinds)]
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=colours),
        legend=alt.Legend(title=None, orient="top", labelLimit=0),
    )
    drawn = alt.Chart(style.rows(values)).mark_line(strokeWidth=1.6, opacity=0.75, point=alt.OverlayMarkDef(size=18))
    middle = alt.Chart(style.rows([{"y": 0}])).mark_rule(color=style.SOFT, strokeDash=[2, 3]).encode(y="y:Q")
    layers = alt.layer(middle, drawn.encode(x=x, y=y, color=colour, detail="plan:N"))
    return layers.properties(width=92 * len(axes), height=280, title=heading)


def _folded_at(labels: Sequence[str], width: int) -> str:
    """Return the expression by which every label folds at a width."""
    cases = "".join(
        f"datum.label == {_quoted(label)} ? [{', '.join(map(_quoted, textwrap.wrap(label, width)))}] : "
        for label in labels
    )
    return f"{cases}datum.label"
