"""Outcomes over futures: quantile dots, intervals, paired differences, trajectories, shares, and what decides.

Every dot stands for one future in twenty. Bands hold half and nine tenths of futures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from premortem.report.figures import style

DOTS = 20
BINS = 44
STACK = 34  # pixels for the dots above an interval
WIDTH = 330
ABREAST = 3  # plans of which all dots are drawn; more get intervals
TAIL, QUARTER = 0.05, 0.25

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Sample:
    """Values of one outcome under one plan, in the unit shown: [future]; ``place`` is that of the plan in the study."""

    name: str
    place: int
    values: Floats


def spread(samples: Sequence[Sample], unit: str) -> Any:
    """Return one row a plan: the range of 90 % of futures, the median, and (of few plans) twenty quantile dots."""
    return _rows(samples, unit, zero=False)


def difference(samples: Sequence[Sample], unit: str) -> Any:
    """Return one row a plan: plan minus baseline, future by future, with a line where nothing changes."""
    return _rows(samples, unit, zero=True)


def _rows(samples: Sequence[Sample], unit: str, *, zero: bool) -> Any:
    dotted = len(samples) <= ABREAST
    named = not (zero and len(samples) == 1)  # one difference needs no name beside its caption
    step = (STACK + (14 if named else 0) if dotted else 6) + 28
    edges = np.concatenate([np.quantile(s.values, [0.02, 0.98]) for s in samples] + ([np.zeros(1)] if zero else []))
    low = float(edges.min())
    width = (float(edges.max()) - low or 1.0) / BINS
    marks: list[dict[str, Any]] = []
    dots: list[dict[str, Any]] = []
    for row, sample in enumerate(samples):
        base = (row + 1) * step - 12
        about = {"plan": sample.name, "colour": style.colour(sample.place), "shape": style.shape(sample.place)}
        q05, q25, q50, q75, q95 = np.quantile(sample.values, [TAIL, QUARTER, 0.5, 1 - QUARTER, 1 - TAIL]).tolist()
        label = row * step + 6
        marks.append(about | {"y": base, "label": label, "q05": q05, "q25": q25, "q50": q50, "q75": q75, "q95": q95})
        if dotted:
            bins = [
                round((v - low) / width) for v in np.quantile(sample.values, (np.arange(DOTS) + 0.5) / DOTS).tolist()
            ]
            rise = min(6.0, STACK / max(bins.count(bin_) for bin_ in bins))
            heights: dict[int, int] = {}
            for bin_ in bins:
                heights[bin_] = heights.get(bin_, 0) + 1
                dots.append(about | {"x": low + bin_ * width, "y": base - 5 - rise * (heights[bin_] - 1)})
    height = len(samples) * step
    x = alt.X("q05:Q", scale=alt.Scale(nice=True, zero=False), axis=alt.Axis(title=unit, tickCount=5))
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0]), axis=None)
    fill = alt.Color("colour:N", scale=None, legend=None)
    rows = alt.Chart(style.rows(marks))
    layers = [
        rows.mark_rule(strokeWidth=2, strokeCap="round").encode(x=x, x2="q95:Q", y=y, color=fill),
        rows.mark_rule(strokeWidth=5, strokeCap="butt", opacity=0.55).encode(x="q25:Q", x2="q75:Q", y=y, color=fill),
        rows.mark_tick(thickness=3, height=15, color=style.INK).encode(x="q50:Q", y=y),
    ]
    if named:
        text = rows.mark_text(align="left", baseline="middle", fontSize=12)
        layers.append(text.encode(x=alt.value(0), y="label:Q", text="plan:N", color=alt.value(style.INK)))
    if dotted:
        points = alt.Chart(style.rows(dots)).mark_point(size=20, filled=True, opacity=1)
        layers.insert(0, points.encode(x="x:Q", y=y, color=fill, shape=alt.Shape("shape:N", scale=None, legend=None)))
    if zero:
        layers.insert(0, alt.Chart(style.rows([{"x": 0}])).mark_rule(color=style.INK, strokeWidth=1).encode(x="x:Q"))
    return alt.layer(*layers).properties(width=WIDTH, height=height)


@dataclass(frozen=True)
class Course:
    """Quantiles of an outcome over time under one plan: ``years`` [t]; ``bands`` quantile -> [t]."""

    name: str
    place: int
    years: Floats
    bands: Mapping[float, Floats]


def trajectories(
    courses: Sequence[Course], unit: str, years: str, record: Sequence[tuple[float, float]] = (), recorded: str = ""
) -> Any:
    """Return medians over time; of few plans with the bands of half and nine tenths of futures.

    Parameters
    ----------
    record : what was recorded before the start, in years from it (below zero) and the unit shown.
    recorded : the word for it.
    """
    banded = len(courses) <= ABREAST
    values = [
        {"plan": c.name, "year": float(year), "colour": style.colour(c.place), "dash": str(c.place)}
        | {f"q{round(100 * q):02d}": float(band[i]) for q, band in c.bands.items()}
        for c in courses
        for i, year in enumerate(c.years)
    ]
    chart = alt.Chart(style.rows(values))
    x = alt.X("year:Q", axis=alt.Axis(title=years, grid=False, tickMinStep=1, format="d"))
    fill = alt.Color("colour:N", scale=None, legend=None)
    same = alt.Detail("plan:N")
    dashes = alt.StrokeDash(
        "dash:N",
        scale=alt.Scale(
            domain=[str(c.place) for c in courses], range=[style.DASHES[c.place % len(style.DASHES)] for c in courses]
        ),
        legend=None,
    )
    ending = [
        {"plan": c.name, "year": float(c.years[-1]), "q50": float(c.bands[0.5][-1]), "colour": style.colour(c.place),
         "shape": style.shape(c.place)}
        for c in courses
    ]  # fmt: skip
    axis = alt.Axis(title=unit, tickCount=4)
    layers: list[Any] = []
    for low, high, opacity in ((TAIL, 1 - TAIL, 0.16), (QUARTER, 1 - QUARTER, 0.26)) if banded else ():
        layers.append(
            chart.mark_area(opacity=opacity).encode(
                x=x, y=alt.Y(f"q{round(100 * low):02d}:Q", axis=axis, scale=alt.Scale(zero=False)),
                y2=f"q{round(100 * high):02d}:Q", color=fill, detail=same,
            )
        )  # fmt: skip
    layers.append(
        chart.mark_line(strokeWidth=2.2).encode(
            x=x, y=alt.Y("q50:Q", axis=axis, scale=alt.Scale(zero=False)), color=fill, detail=same, strokeDash=dashes
        )
    )
    layers.append(
        alt.Chart(style.rows(ending))
        .mark_point(size=50, filled=True, opacity=1)
        .encode(x="year:Q", y="q50:Q", color=fill, shape=alt.Shape("shape:N", scale=None, legend=None))
    )
    if record:
        seen = alt.Chart(style.rows([{"year": year, "q50": level, "word": recorded} for year, level in record]))
        at = {"x": "year:Q", "y": alt.Y("q50:Q", axis=axis, scale=alt.Scale(zero=False))}
        layers.append(
            seen.mark_line(color=style.INK, strokeWidth=1.2, point=alt.OverlayMarkDef(color=style.INK, size=22)).encode(
                **at
            )
        )
        first = alt.Chart(style.rows([{"year": record[0][0], "q50": record[0][1], "word": recorded}]))
        layers.append(first.mark_text(align="left", dy=-10, fontSize=11, color=style.INK).encode(text="word:N", **at))
        layers.append(
            alt.Chart(style.rows([{"year": 0}])).mark_rule(color=style.SOFT, strokeDash=[2, 3]).encode(x="year:Q")
        )
    return alt.layer(*layers).properties(width=WIDTH - 10, height=170)


def shares(entries: Sequence[Mapping[str, Any]], words: tuple[str, str, str], axis: str, *, phone: bool = False) -> Any:
    """Return, of each outcome, in what share of futures a plan does better, the same and worse.

    Parameters
    ----------
    entries : ``title``, ``better``, ``same``, ``worse`` (shares of futures), in order.
    words : for better, same, worse.
    phone : whether it is drawn for a telephone.
    """
    parts: list[dict[str, Any]] = []
    order = [str(entry["title"]) for entry in entries]
    for entry in entries:
        start = 0.0
        for kind, word, colour in zip(
            ("better", "same", "worse"), words, (style.BETTER, style.SAME, style.WORSE), strict=True
        ):
            share = float(entry[kind])
            if share > 0:
                parts.append(
                    {"name": entry["title"], "from": start, "to": start + share, "mid": start + share / 2, "colour": colour,
                     "text": f"{share * 100:.0f} %" if share >= 0.09 else "", "kind": word,
                     "on": style.INK if kind == "same" else style.PAPER}
                )  # fmt: skip
            start += share
    chart = alt.Chart(style.rows(parts))
    y, names = style.named_rows(order)
    if not phone:
        beside = alt.Axis(title=None, labelOverlap=False, labelColor=style.INK, labelLimit=260, labelFontSize=12.5)
        y = alt.Y("name:N", sort=order, axis=beside)
    x = alt.X("from:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title=axis, format="%", tickCount=5, grid=False))
    bars = chart.mark_bar(height={"band": 0.4 if phone else 0.74}).encode(
        x=x, x2="to:Q", y=y,
        color=alt.Color(
            "kind:N", scale=alt.Scale(domain=list(words), range=[style.BETTER, style.SAME, style.WORSE]),
            legend=alt.Legend(title=None, orient="top", direction="horizontal", symbolType="square"),
        ),
    )  # fmt: skip
    text = chart.mark_text(fontSize=11, fontWeight=600).encode(
        x="mid:Q", y=y, text="text:N", color=alt.Color("on:N", scale=None)
    )
    middle = alt.Chart(style.rows([{"x": 0.5}])).mark_rule(color=style.INK, strokeDash=[2, 3]).encode(x="x:Q")
    layers = [bars, text, middle, *([names] if phone else [])]
    size = {"width": style.PHONE, "height": style.STEP * len(order)}
    wide = {"width": 430, "height": 24 * len(order), "padding": style.NAMED}
    return alt.layer(*layers).resolve_scale(color="independent").properties(**(size if phone else wide))


def correlations(entries: Sequence[tuple[str, float]], threshold: float, axis: str, *, phone: bool = False) -> Any:
    """Return rank correlations as bars from zero, with the band inside which chance alone could put the largest."""
    rows = [{"name": name, "rho": rho} for name, rho in entries]
    scale = alt.Scale(domain=[-1, 1])
    band = (
        alt.Chart(style.rows([{"low": -threshold, "high": threshold}]))
        .mark_rect(color=style.SAME, opacity=0.45)
        .encode(x=alt.X("low:Q", scale=scale, axis=alt.Axis(title=axis, tickCount=5)), x2="high:Q")
    )
    order = [name for name, _ in entries]
    y, names = style.named_rows(order)
    if not phone:
        beside = alt.Axis(title=None, labelOverlap=False, labelColor=style.INK, labelLimit=330)
        y = alt.Y("name:N", sort=order, axis=beside)
    chart = alt.Chart(style.rows(rows))
    bars = chart.mark_rule(strokeWidth=2).encode(
        x=alt.X("rho:Q", scale=scale), x2=alt.datum(0), y=y, color=alt.value(style.INK)
    )
    heads = chart.mark_point(filled=True, size=70, opacity=1, color=style.PLANS[1]).encode(x="rho:Q", y=y)
    if phone:
        return alt.layer(band, bars, heads, names).properties(width=style.PHONE, height=style.STEP * len(rows))
    return alt.layer(band, bars, heads).properties(width=300, height=24 * len(rows), padding=style.NAMED)
