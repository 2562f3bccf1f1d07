"""Where everything went: what the accounts of one kind gave, and what they took, as a Sankey through the one ledger.

A study keeps the change of every account, not each flow between two: the middle is the ledger, where both sides must be equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from premortem.report.figures import style

LEFT, MIDDLE, RIGHT, BAR = 0.0, 0.5, 1.0, 0.018
GAP, LEAST = 0.075, 0.012  # of the total: room for a line of text beside the smallest account
STEPS = 24


def bars(given: Sequence[tuple[str, float]], taken: Sequence[tuple[str, float]], labels: Sequence[str]) -> Any:
    """Return the same as `sankey` takes as bars under their names, for a telephone: those that gave, then those that took."""
    entries = [(amount, style.PLANS[1]) for _, amount in given] + [(amount, style.PLANS[4]) for _, amount in taken]
    drawn = [
        {"name": f"{number}. {label}", "amount": amount, "colour": colour}
        for number, (label, (amount, colour)) in enumerate(zip(labels, entries, strict=True), 1)
    ]
    y, names = style.named_rows([str(one["name"]) for one in drawn])
    chart = alt.Chart(style.rows(drawn)).mark_bar(height={"band": 0.35})
    x = alt.X("amount:Q", axis=None)
    shown = chart.encode(x=x, y=y, color=alt.Color("colour:N", scale=None, legend=None))
    return alt.layer(shown, names).properties(width=style.PHONE, height=style.STEP * len(drawn))


def sankey(given: Sequence[tuple[str, float]], taken: Sequence[tuple[str, float]], labels: Sequence[str]) -> Any:
    """Return ribbons from accounts that gave to accounts that took.

    Parameters
    ----------
    given, taken : name and amount, greatest first, amounts above zero.
    labels : text of each account, those of ``given`` first.
    """
    total = max(sum(amount for _, amount in given), sum(amount for _, amount in taken))
    ribbons: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    number = 0
    for side, entries in ((LEFT, given), (RIGHT, taken)):
        spare = GAP * (len(entries) - 1)
        top, inner = -spare / 2, 0.0
        for _, amount in entries:
            size = amount / total
            shown = max(size, LEAST)
            across = np.linspace(side + (BAR if side == LEFT else -BAR), MIDDLE, STEPS)
            ease = (1 - np.cos(np.linspace(0, np.pi, STEPS))) / 2
            colour = style.PLANS[1] if side == LEFT else style.PLANS[4]
            for x, t in zip(across.tolist(), ease.tolist(), strict=True):
                upper = top + (inner - top) * t
                ribbons.append(
                    {"n": number, "x": x, "y": upper, "y2": upper + shown + (size - shown) * t, "colour": colour}
                )
            boxes.append(
                {"x": side, "x2": side + (BAR if side == LEFT else -BAR), "y": top, "y2": top + shown, "colour": colour}
            )
            texts.append({"x": side, "y": top + shown / 2, "text": labels[number], "left": side == LEFT})
            top, inner, number = top + shown + GAP, inner + size, number + 1
    y = alt.Y("y:Q", scale=alt.Scale(reverse=True, nice=False), axis=None)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.72, 1.72]), axis=None)
    fill = alt.Color("colour:N", scale=None, legend=None)
    words = alt.Chart(style.rows(texts))
    return alt.layer(
        alt.Chart(style.rows(ribbons)).mark_area(opacity=0.35).encode(x=x, y=y, y2="y2:Q", detail="n:N", color=fill),
        alt.Chart(style.rows(boxes)).mark_rect(opacity=1).encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=fill),
        words.transform_filter("datum.left").mark_text(align="right", dx=-6, baseline="middle").encode(x=x, y=y, text="text:N"),
        words.transform_filter("!datum.left").mark_text(align="left", dx=6, baseline="middle").encode(x=x, y=y, text="text:N"),
    ).properties(width=760, height=180 + 18 * max(len(given), len(taken)))  # fmt: skip
