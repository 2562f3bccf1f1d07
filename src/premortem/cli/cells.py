"""Tables of outcomes at a terminal: a median, below it its range; readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Protocol, TypeVar

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from premortem.analysis.compare import Interval
from premortem.evidence.outcomes import OutcomeInfo
from premortem.wording.languages import messages
from premortem.wording.numbers import Scale
from premortem.wording.sentences import unit_words

BETTER = {"down": "less is better", "up": "more is better", "none": ""}
WIDTH = 100
"""Columns of the table; every one of its columns counts."""


class _Line(Protocol):
    @property
    def outcome(self) -> OutcomeInfo: ...


L = TypeVar("L", bound=_Line)


def table_of(*columns: str) -> Table:
    """Return an empty table of outcomes with columns of numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, width=WIDTH)
    table.add_column("Outcome", ratio=1)
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def grouped(table: Table, lines: Iterable[L], cells: Callable[[L], Iterable[RenderableType]]) -> Table:
    """Return the table with a row a line, under the names of the groups of outcomes."""
    for group, members in groupby(lines, key=lambda line: line.outcome.group):
        table.add_row(Text(group.upper(), "bold"))
        for line in members:
            table.add_row(*cells(line))
        table.add_row()
    return table


def about(outcome: OutcomeInfo, how: Scale, when: str = "") -> str:
    """Return the unit, ``when`` it is read, the unit of the difference where it is another, and which way is better."""
    t = messages("en")
    unit, change = unit_words(how.unit, t), unit_words(how.unit, t, change=True)
    different = [f"difference in {change}"] if change != unit else []
    parts = [f"{unit} {when}".rstrip(), *different, BETTER[outcome.direction]]
    return "; ".join(part for part in parts if part)


def interval(how: Scale, values: Interval, *, signed: bool = False) -> Text:
    """Return a cell with a median and, below it, the range."""
    return two(*how.interval(values, signed=signed))


def two(first: str, second: str) -> Text:
    """Return a cell of two lines."""
    return Text.assemble(first, "\n", (second, "dim"))
