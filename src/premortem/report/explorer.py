"""The map with a slider: what each quarter looks like, state by state, for the script of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.analysis.numbers import MINUS, scale
from premortem.evidence.outcomes import load as load_outcomes
from premortem.report import pictures
from premortem.report.figures import maps
from premortem.report.figures.places import COARSE, outlines
from premortem.report.material import Material, PlanPart
from premortem.report.messages import Messages
from premortem.report.words import Said, counted, in_language, unit_words

DIGITS = 3  # of the values behind the colours
NAMED = 3  # states with the greatest change, told in words
MONTHS = 3


def explorer(material: Material, told: Sequence[tuple[str, Sequence[Said]]], t: Messages) -> dict[str, Any] | None:
    """Return the medians by quarter and state of the mapped outcomes, with each quarter in words; None where nothing is mapped.

    Parameters
    ----------
    told : the outcomes of each plan.
    """
    codes = pictures.states_of(material)
    names = {f["properties"]["iso"]: f["properties"]["name"] for f in outlines("mx_states", COARSE)}
    outcomes = []
    for about, part, values in _mapped(material, told):
        medians = np.median(values, axis=0)
        limit = float(np.abs(medians).max())
        if not limit:
            continue
        outcomes.append(
            {
                "title": about.title if len(material.comparisons) == 1 else f"{about.title}: {part.title}",
                "limit": limit,
                "first": int(np.abs(medians).max(axis=1).argmax()),
                "scale": _scale(limit, about, t),
                "values": [[float(f"{x:.{DIGITS}g}") for x in row] for row in medians.tolist()],
                "agreed": pictures.agreement(values).astype(int).tolist(),
                "told": [_told(values[:, quarter], quarter, [names.get(c, c) for c in codes], about, t)
                         for quarter in range(values.shape[1])],
            }
        )  # fmt: skip
    if not outcomes:
        return None
    text = json.dumps({"states": codes, "visible": maps.VISIBLE, "outcomes": outcomes}, ensure_ascii=False)
    return {
        "outcomes": outcomes,
        "quarters": len(outcomes[0]["told"]),
        "json": text.replace("<", "\\u003c"),
        "map": pictures.Figure("explorer", maps.blank(codes), t("maps.explore")).inline(),
    }


def _mapped(
    material: Material, told: Sequence[tuple[str, Sequence[Said]]]
) -> Iterator[tuple[Said, PlanPart, NDArray[np.float64]]]:
    """Yield each mapped outcome under each plan with its differences to the baseline, [future, quarter, state]."""
    parts = {part.id: part for part in material.plans}
    for id_ in pictures.MAPPED:
        before = pictures.by_quarter(material, material.baseline.id, load_outcomes()[id_])
        for plan, lines in told if before is not None else ():
            about = next(line for line in lines if line.id == id_)
            values = pictures.whole(pictures.by_quarter(material, plan, about.line.outcome) - before)
            if values is not None:
                yield about, parts[plan], values


def _scale(limit: float, about: Said, t: Messages) -> list[str]:
    """Return what stands at the two ends of the colours."""
    how = scale(about.line.outcome.unit, ())
    most = f"{float(f'{limit / how.divisor:.2g}'):,g}"
    return [f"{MINUS}{most}", f"+{most} {unit_words(how.unit, t, change=True)}"]


def _told(values: Any, quarter: int, names: Sequence[str], about: Said, t: Messages) -> str:
    """Return a quarter in words: the whole country with its range, then the states that change most.

    Parameters
    ----------
    values : [future, state] differences.
    """
    interval = Interval.of(values.sum(axis=1))
    how = scale(about.line.outcome.unit, (interval,))
    median, span = (in_language(text, t) for text in how.interval(interval, signed=True))
    country = t("range_words", amount=counted(median, how.unit, t, change=True), range=span)
    medians = np.median(values, axis=0)
    most = np.argsort(-np.abs(medians), kind="stable")[:NAMED]
    each = [(names[i], how.interval(Interval.of(values[:, i]), signed=True)[0]) for i in most]
    told = "; ".join(f"{name} {amount}" for name, amount in each if amount.strip("0."))
    months = {"first": quarter * MONTHS + 1, "last": (quarter + 1) * MONTHS}
    return t("maps.told", quarter=quarter + 1, country=country, states=told or t("none_word"), **months)
