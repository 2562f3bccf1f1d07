"""What was drawn for a pair of plans: the parameters, and the fields that the plan leaves open, as numbers that can be ranked."""

from __future__ import annotations

import polars as pl

from premortem.study.chunks import OPEN

CHOICE = "="


def drawn(draws: pl.DataFrame, table: pl.DataFrame, plan: str, baseline: str) -> pl.DataFrame:
    """Return a row per future of the plan: ``future``, a column per parameter, and per open field of the plan or the baseline.

    An open field is named ``open.PATH`` where it is a number or a flag. One that takes words is a column a word (``open.PATH=word``:
    whether the future took it), of two words the second only. A field that both leave open takes one value for both: it stands once.

    Parameters
    ----------
    draws, table : ``Store.draws`` and ``Store.table``, collected.
    """
    frame = draws.drop("luck", strict=False)
    for name in (baseline, plan):
        mine = table.filter(pl.col("plan") == name)
        columns = [column for column in mine.columns if column.startswith(OPEN) and mine[column].null_count() == 0]
        numbers = [one for column in columns for one in _numbers(mine[column])]
        fields = pl.DataFrame([mine["future"], *numbers])
        frame = frame.drop(fields.drop("future").columns, strict=False).join(fields, on="future", how="left")
    return frame.drop_nulls()


def _numbers(column: pl.Series) -> list[pl.Series]:
    if column.dtype != pl.String:
        return [column.cast(pl.Float64)]
    words = column.unique().sort().to_list()
    return [
        (column == word).cast(pl.Float64).alias(f"{column.name}{CHOICE}{word}")
        for word in words[-1 if len(words) == 2 else 0 :]
    ]


def field(name: str) -> str | None:
    """Return what a column says of an open field: its path, with the choice; None for a parameter.

    >>> field("open.consent.if_refused=abandon"), field("rivalry.alpha")
    ('consent.if_refused = abandon', None)
    """
    return name.removeprefix(OPEN).replace(CHOICE, f" {CHOICE} ") if name.startswith(OPEN) else None
