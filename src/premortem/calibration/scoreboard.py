"""Scores in lines: the model beside every naive rival, target by target, by how far ahead; those first in which it loses most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Self

from premortem.calibration.hindcast import FITTED, JOINED
from premortem.calibration.targets import MX, TARGETS, US
from premortem.evidence.reading import Entry, data
from premortem.evidence.skill import HONEST, MODEL, Hindcast, Line, load

if TYPE_CHECKING:
    from premortem.frames import pl

SPANS = ((1, 6), (7, 12), (13, 24), (25, 37))
"""Months ahead that are averaged."""
VIEWS_ORIGINS, VIEWS_MONTHS = ("2017-12", "2023-12"), (2, 13)
"""ViEWS' protocol: twelve months, from a December's data three months late; the states of prosecutors' victims."""
VIEWS_METRICS = ("crps", "ignorance", "mis90")
LEARNED = "hindcast_fitted.json"


class Fitted(Entry):
    """Mean score of the model that follows a fit to what was known at each origin, and shares of cases inside its ranges."""

    score: float
    in50: float
    in90: float


class Learned(Line):
    """A row of scores of the model on its priors and of its rivals, with that of the model with fits over the same cases."""

    fitted: Fitted

    def rounded(self) -> Self:
        """Return it with as many digits as are stored."""
        shares = {name: round(getattr(self.fitted, name), 4) for name in ("in50", "in90")}
        fitted = self.fitted.model_copy(update={"score": float(f"{self.fitted.score:.6g}")} | shares)
        return super().rounded().model_copy(update={"fitted": fitted})


class LearnedHindcast(Hindcast):
    """A hindcast in which each origin is also run with the newest fit, of ``cuts``, that has seen nothing after it."""

    cuts: tuple[str, ...]
    lines: tuple[Learned, ...]
    sample: tuple[Learned, ...] = ()


@cache
def stored() -> LearnedHindcast:
    """Return the packaged scores of the model with fits (`scripts/hindcast_fitted.py`)."""
    return LearnedHindcast.model_validate_json((data() / LEARNED).read_bytes())


def lines(scores: pl.DataFrame) -> tuple[Line, ...]:
    """Return the mean scores of `premortem.calibration.hindcast.scores`; tables in which the model loses most come first."""
    tables: list[tuple[float, tuple[Line, ...]]] = []
    for ident in TARGETS:
        for places in ("nation", "states"):
            if found := tuple(_table(scores, ident, places)):
                tables.append((_lost(found), found))
    ordered = [line for _, table in sorted(tables, key=lambda one: -one[0]) for line in table]
    return (*ordered, *_views(scores))


def learned(scores: pl.DataFrame) -> tuple[Learned, ...]:
    """Return the lines of scores that were also made with fits, without those of ViEWS' protocol."""
    from premortem.frames import pl

    fitted = scores.filter(pl.col("model") == FITTED)
    found = []
    for line in (one for one in lines(scores) if one.protocol == "all"):
        here = fitted.filter(
            (pl.col("target") == line.target)
            & (pl.col("location").is_in([MX, US]) == (line.places == "nation"))
            & pl.col("horizon").is_between(line.first, line.last)
        )
        given = {"score": here["crps"].mean(), "in50": here["in50"].mean(), "in90": here["in90"].mean()}
        found.append(Learned.model_validate(line.model_dump() | {"fitted": given}))
    return tuple(found)


def range_of(line: Line) -> str:
    """Return what the model's range of 90 % is: ``holds``, ``too narrow`` or ``too wide``."""
    if line.honest:
        return "holds"
    return "too narrow" if line.in90 < HONEST[0] else "too wide"


def ranges(rows: Iterable[Line]) -> str:
    """Say how many cases the model's ranges of 90 % held in rows of the hindcast, and in how many rows that is too few or too many."""
    found = list(rows)
    if not found:
        return "not scored"
    low, high = (f"{100 * share:.0f}" for share in (min(one.in90 for one in found), max(one.in90 for one in found)))
    words = [range_of(one) for one in found]
    wrong = [f"{word} in {words.count(word)} of {len(words)}" for word in ("too narrow", "too wide") if word in words]
    return f"{low if low == high else f'{low} to {high}'} % of cases{''.join(f'; {one}' for one in wrong)}"


def in_the_past(target: str, places: str) -> str:
    """Return `ranges` of a series by the stored hindcast."""
    return ranges(one for one in load().lines if (one.target, one.places, one.protocol) == (target, places, "all"))


def _lost(table: tuple[Line, ...]) -> float:
    """Return the model's score over that of the rival that is best over the whole of a table."""
    whole = {name: sum(line.cases * line.scores[name] for line in table) for name in table[0].scores}
    return whole.pop(MODEL) / min(whole.values())


def _table(scores: pl.DataFrame, ident: str, places: str) -> Iterator[Line]:
    from premortem.frames import pl

    target = TARGETS[ident]
    here = scores.filter((pl.col("target") == ident) & (pl.col("location").is_in([MX, US]) == (places == "nation")))
    steps = [(n, n) for n in sorted(here["horizon"].unique())] if target.yearly else SPANS
    for first, last in steps:
        found = here.filter(pl.col("horizon").is_between(first, last))
        if not found.is_empty():
            yield _line(found, ident, places=places, first=first, last=last)


def _views(scores: pl.DataFrame) -> Iterator[Line]:
    from premortem.frames import pl

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
    from premortem.frames import pl

    target, ours = TARGETS[ident], found.filter(pl.col("model") == MODEL)
    means = dict(found.group_by("model", maintain_order=True).agg(pl.col(metric).mean()).iter_rows())
    joined = means.pop(JOINED, None)
    means.pop(FITTED, None)  # no rival
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
