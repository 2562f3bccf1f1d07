"""A plan over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from premortem.plan.telling.overview import Bar
from premortem.report.figures import style

SHORTEST = 0.012  # of the axis: a bar that can be seen


def timeline(bars: Sequence[Bar], horizon: int, weeks: str, words: tuple[str, str], *, phone: bool = False) -> Any:
    """Return a bar for all that runs; what has no stated end is hollow.

    Parameters
    ----------
    words : for an end that is stated, and for one left open.
    phone : whether it is drawn for a telephone.
    """
    rows = [
        {"name": name, "from": first, "to": horizon if last is None else max(min(last, horizon), first + SHORTEST * horizon),
         "kind": words[last is None]}
        for name, first, last, _ in bars
        if first < horizon
    ]  # fmt: skip
    chart = alt.Chart(style.rows(rows))
    order = list(dict.fromkeys(str(row["name"]) for row in rows))
    y, names = style.named_rows(order)
    if not phone:
        y = alt.Y(
            "name:N", sort=None, axis=alt.Axis(title=None, labelOverlap=False, labelColor=style.INK, labelLimit=220)
        )
    drawn = chart.mark_bar(height={"band": 0.35 if phone else 0.6}, stroke=style.PLANS[1], strokeWidth=1.5).encode(
        x=alt.X("from:Q", scale=alt.Scale(domain=[0, horizon]), axis=alt.Axis(title=weeks, tickCount=6)),
        x2="to:Q",
        y=y,
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=list(words), range=[style.PLANS[1], style.PAPER]),
            legend=alt.Legend(title=None, orient="top", symbolType="square", symbolStrokeColor=style.PLANS[1]),
        ),
        strokeDash=alt.StrokeDash("kind:N", scale=alt.Scale(domain=list(words), range=[[1, 0], [4, 3]]), legend=None),
    )  # fmt: skip
    if phone:
        return alt.layer(drawn, names).properties(width=style.PHONE, height=style.STEP * len(order))
    return drawn.properties(width=430, height=26 * len(order), padding=style.NAMED)
