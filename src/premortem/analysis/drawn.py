"""What was drawn for a pair of plans: the parameters, and the fields that the plan leaves open, as numbers that can be ranked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.frames import cs, pl
from premortem.study.chunks import OPEN
from premortem.study.store import Store

CHOICE = "="
LABELS = ("future", "luck")
"""Columns of a table of draws that are no parameters."""


class Drawn(Mapping[str, NDArray[np.float64]]):
    """Parameters and open fields by name, ``[future]``, in some ``futures``.

    A column is copied when it is looked at: of a large study all of them together would not fit into memory twice.
    """

    def __init__(self, columns: Mapping[str, pl.Series], known: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        self._columns, self._known, self._rows = columns, known, rows

    @property
    def futures(self) -> NDArray[np.int64]:
        """Numbers of the futures, in rising order."""
        return self._known[self._rows]

    def among(self, futures: NDArray[np.int64]) -> Drawn:
        """Return the same in those of these futures that it knows."""
        return Drawn(self._columns, self._known, self._rows[np.isin(self.futures, futures)])

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return a column."""
        return self._columns[name].cast(pl.Float64).to_numpy()[self._rows]

    def __iter__(self) -> Iterator[str]:
        """Yield names: parameters, then open fields."""
        return iter(self._columns)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._columns)


def drawn(draws: pl.DataFrame, table: pl.DataFrame, plan: str, baseline: str) -> Drawn:
    """Return each parameter, and each open field of the plan or the baseline, in the futures in which all of them are known.

    An open field is named ``open.PATH`` where it is a number or a flag. One that takes words is a column a word (``open.PATH=word``:
    whether the future took it), of two words the second only. A field that both leave open takes one value for both: it stands once.

    Parameters
    ----------
    draws, table : ``Store.draws`` and ``Store.table``, collected; of the table ``plan``, ``future`` and what begins with ``open.`` do.
    """
    columns = {column.name: column for column in draws.drop(LABELS, strict=False)}
    for name in (baseline, plan):
        mine = table.filter(pl.col("plan") == name)
        fields = [column for column in mine.columns if column.startswith(OPEN) and mine[column].null_count() == 0]
        numbers = [one for column in fields for one in _numbers(mine[column])]
        in_order = draws.select("future").join(
            pl.DataFrame([mine["future"], *numbers]), on="future", how="left", maintain_order="left"
        )
        for column in in_order.drop("future"):
            columns.pop(column.name, None)
            columns[column.name] = column
    known = draws["future"].to_numpy()
    whole = np.ones(len(known), bool)
    for column in columns.values():
        if column.null_count():
            whole &= column.is_not_null().to_numpy()
    rows = np.flatnonzero(whole)
    return Drawn(columns, known, rows[np.argsort(known[rows], kind="stable")])


def with_pairs(store: Store, plan: str, baseline: str, ids: Sequence[str]) -> tuple[Drawn, pl.DataFrame]:
    """Return everything drawn, and the outcomes in the same futures, those of the baseline in columns ``NAME:baseline``.

    Futures that failed under one of the two are left out.

    Raises
    ------
    InputError : the study keeps no draws.
    """
    draws = store.draws().collect()
    if len(draws.columns) <= len(LABELS):
        raise InputError(Problem("no_draws", 'the study keeps no draws: put "draws" into keep'))
    whole = store.table().filter(pl.col("fault").is_null())
    fine = whole.select("plan", "future", *ids, cs.starts_with(OPEN)).collect()
    inputs = drawn(draws, fine, plan, baseline)
    ours, theirs = (fine.filter(pl.col("plan") == name).select("future", *ids) for name in (plan, baseline))
    pairs = ours.join(theirs, on="future", suffix=":baseline").sort("future")
    inputs = inputs.among(pairs["future"].to_numpy())
    return inputs, pairs.filter(pl.col("future").is_in(inputs.futures))


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
