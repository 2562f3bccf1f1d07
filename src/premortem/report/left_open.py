"""What a plan leaves open, in a report: each field with its law, and what the futures of the run drew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np

from premortem.analysis.compare import Interval
from premortem.analysis.drawn import field
from premortem.frames import pl
from premortem.plan.telling.left_open import left_open
from premortem.report.material import Material, PlanPart
from premortem.study.chunks import OPEN
from premortem.wording.languages import Messages
from premortem.wording.numbers import per_cent
from premortem.wording.quantities import number

DIGITS = 2  # of what was drawn


@dataclass(frozen=True)
class Row:
    """A field that was drawn: its path, its place on the page, its law, and what it came to in this run, a text for each of its parts."""

    path: str
    anchor: str
    law: str
    drawn: tuple[str, ...]


def rows(material: Material, part: PlanPart, t: Messages) -> list[Row]:
    """Return the fields of a plan that were drawn in the run."""
    assert part.loaded is not None
    laws = {one.path: one.law.text for one in left_open(part.loaded.plan)}
    mine = material.futures.filter(pl.col("plan") == part.id)
    return [
        Row(path, anchor(part, path), laws.get(path) or _law(path, laws), tuple(_drawn(mine, path, t)))
        for path in part.open_fields
    ]


def anchor(part: PlanPart, path: str) -> str:
    """Return where on the page a field of a plan stands."""
    return f"open-{part.id}-{path}"


def target(material: Material, part: PlanPart, name: str) -> str | None:
    """Return where on the page the open field behind a column of draws stands (``open.zone.ports=closed``); None for a parameter."""
    column = field(name)
    if column is None:
        return None
    path = column.partition(" ")[0]
    for holder in (part, material.baseline):
        for known in holder.open_fields:
            if holder.loaded is not None and (path == known or path.startswith(f"{known}.")):
                return anchor(holder, known)
    return ""


def _law(path: str, laws: Mapping[str, str]) -> str:
    """Return the law of a field that stands for several elements ("task_force.all.personnel")."""
    table, end = path.partition(".")[0], path.rpartition(".")[2]
    return next((law for name, law in laws.items() if name.partition(".")[0] == table and name.endswith(end)), "")


def _drawn(mine: pl.DataFrame, path: str, t: Messages) -> list[str]:
    name = f"{OPEN}{path}"
    columns = [mine[c].drop_nulls() for c in mine.columns if c == name or c.startswith(f"{name}.")]
    return [_in_words(column.name.removeprefix(name).lstrip("."), column, t) for column in columns if len(column)]


def _in_words(part: str, column: pl.Series, t: Messages) -> str:
    """Return the draws of a field in words: shares of futures by choice, or the median and the range of a number."""
    if column.dtype == pl.String:
        counts = column.value_counts(sort=True)
        return ", ".join(
            f"{word.replace('_', ' ').replace('+', ' + ')} {per_cent(count / len(column))}"
            for word, count in counts.iter_rows()
        )
    if column.dtype == pl.Boolean:
        share = float(np.mean(column.to_numpy()))
        return t("open.true", share=per_cent(share))
    values = column.to_numpy().astype(np.float64)
    median, low, high = (
        per_cent(x) if values.min() >= 0 and values.max() <= 1 else number(x, DIGITS)
        for x in astuple(Interval.of(values))
    )
    text = f"{median} ({low} {t('to')} {high})"
    return f"{part.replace('_', ' ')} {text}".strip()
