"""What was recorded over what the model gives from a start in the past: bands of futures, their median, and the record year by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from premortem.report.figures import style

WIDTH, HEIGHT, ABREAST = 260, 120, 3


@dataclass(frozen=True)
class Point:
    """A year: range of 90 % of futures, median, and the record, None where there is none."""

    year: int
    low: float
    median: float
    high: float
    recorded: float | None


def past(series: Sequence[tuple[str, Sequence[Point]]]) -> Any:
    """Return one panel a series: filled dots are years inside the band, open diamonds years outside."""
    panels = [_panel(title, points) for title, points in series]
    rows = [alt.hconcat(*panels[i : i + ABREAST], spacing=34) for i in range(0, len(panels), ABREAST)]
    return alt.vconcat(*rows, spacing=26)


def _panel(title: str, points: Sequence[Point]) -> Any:
    bands = [{"year": p.year, "low": p.low, "median": p.median, "high": p.high} for p in points]
    seen = [
        {"year": p.year, "recorded": p.recorded, "inside": p.low <= p.recorded <= p.high}
        for p in points
        if p.recorded is not None
    ]
    x = alt.X("year:Q", axis=alt.Axis(title=None, format="d", tickMinStep=1, grid=False), scale=alt.Scale(nice=False))
    y = alt.Axis(title=None, tickCount=4, format="~s")
    model, record = alt.Chart(style.rows(bands)), alt.Chart(style.rows(seen))
    at = alt.Y("recorded:Q", axis=y)
    return alt.layer(
        model.mark_area(color=style.PLANS[1], opacity=0.18).encode(x=x, y=alt.Y("low:Q", axis=y), y2="high:Q"),
        model.mark_line(color=style.PLANS[1], strokeWidth=1.5).encode(x=x, y=alt.Y("median:Q", axis=y)),
        record.transform_filter("datum.inside").mark_point(filled=True, size=36, color=style.INK, opacity=1).encode(x=x, y=at),
        record.transform_filter("!datum.inside")
        .mark_point(shape="diamond", size=60, color=style.WORSE, opacity=1)
        .encode(x=x, y=at),
    ).properties(width=WIDTH, height=HEIGHT, title=alt.Title(title, fontSize=11))  # fmt: skip
