"""Scores in lines: the model beside every naive rival, target by target, by how far ahead; those first in which it loses most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from premortem.calibration.hindcast import JOINED
from premortem.calibration.targets import MX, TARGETS, US
from premortem.evidence.skill import MODEL, Line

if TYPE_CHECKING:
    import polars as pl

SPANS = ((1, 6), (7, 12), (13, 24), (25, 37))
"""Months ahead that are averaged."""
VIEWS_ORIGINS, VIEWS_MONTHS = ("2017-12", "2023-12"), (2, 13)
"""ViEWS' protocol: twelve months, from a December's data three months late; the states of prosecutors' victims."""
VIEWS_METRICS = ("crps", "ignorance", "mis90")


def lines(scores: pl.DataFrame) -> tuple[Line, ...]:
    """Return the mean scores of `premortem.calibration.hindcast.scores`; tables in which the model loses most come first."""
    tables: list[tuple[float, tuple[Line, ...]]] = []
    for ident in TARGETS:
        for places in ("nation", "states"):
            if found := tuple(_table(scores, ident, places)):
                tables.append((_lost(found), found))
    ordered = [line for _, table in sorted(tables, key=lambda one: -one[0]) for line in table]
    return (*ordered, *_views(scores))


def _lost(table: tuple[Line, ...]) -> float:
    """Return the model's score over that of the rival that is best over the whole of a table."""
    whole = {name: sum(line.cases * line.scores[name] for line in table) for name in table[0].scores}
    return whole.pop(MODEL) / min(whole.values())


def _table(scores: pl.DataFrame, ident: str, places: str) -> Iterator[Line]:
    import polars as pl

    target = TARGETS[ident]
    here = scores.filter((pl.col("target") == ident) & (pl.col("location").is_in([MX, US]) == (places == "nation")))
    steps = [(n, n) for n in sorted(here["horizon"].unique())] if target.yearly else SPANS
    for first, last in steps:
        found = here.filter(pl.col("horizon").is_between(first, last))
        if not found.is_empty():
            yield _line(found, ident, places=places, first=first, last=last)


def _views(scores: pl.DataFrame) -> Iterator[Line]:
    import polars as pl

    found = scores.filter(
        (pl.col("target") == "homicide_victims")
        & (pl.col("location") != MX)
        & pl.col("origin").str.ends_with("-12")
        & pl.col("origin").is_between(pl.lit(VIEWS_ORIGINS[0]), pl.lit(VIEWS_ORIGINS[1]))
        & pl.col("horizon").is_between(*VIEWS_MONTHS)
    )
    for metric in VIEWS_METRICS if len(found) else ():
        first, last = VIEWS_MONTHS
        yield _line(found, "homicide_victims", places="states", first=first, last=last, metric=metric, protocol="views")


def _line(found: pl.DataFrame, ident: str, metric: str = "crps", **values: object) -> Line:
    import polars as pl

    target, ours = TARGETS[ident], found.filter(pl.col("model") == MODEL)
    means = dict(found.group_by("model", maintain_order=True).agg(pl.col(metric).mean()).iter_rows())
    joined = means.pop(JOINED, None)
    return Line.model_validate(
        {
            "target": ident,
            "title": target.title,
            "unit": target.unit,
            "yearly": target.yearly,
            "metric": metric,
            "cases": len(ours),
            "scores": means,
            "joined": joined,
            "in50": ours["in50"].mean(),
            "in90": ours["in90"].mean(),
            **values,
        }
    )
