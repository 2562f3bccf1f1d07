"""Tables of statements at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from dataclasses import replace

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table as Grid
from rich.text import Text

from premortem.wording.tables import Cell, Shares, Table

WIDTH = 100
"""Columns of the table; every one of its columns counts."""
CELLS = 10  # futures that a bar shows
NAME = 0.3  # of the width, at the least, for a name


class _Fitting(Grid):
    """A table of `WIDTH` columns, or of those that a narrower terminal has. Where numbers leave too little to a name, they fold."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        self.width = min(WIDTH, options.max_width)
        name, *numbers = self.columns
        taken = sum(max(console.measure(cell).maximum for cell in column.cells) for column in numbers)
        if name.ratio != numbers[0].ratio and taken + len(numbers) > self.width - (least := int(NAME * self.width)):
            name.width = least
            for column in numbers:
                column.no_wrap, column.overflow = column.min_width == CELLS, "fold"
        yield from super().__rich_console__(console, options)


def grid(table: Table, *, equal: bool = False, dense: bool = False, drawn: str = "") -> Grid:
    """Return a table as the terminal shows it: what stands below a cell is a line of its own.

    Parameters
    ----------
    equal : all columns are equally wide, and long heads and numbers fold.
    dense : no empty line after a group.
    drawn : head of the last column, which is drawn from the shares of its rows instead of written.
    """
    if drawn:
        table = replace(table, columns=(*table.columns[:-1], drawn))
    padding = (0, 0) if drawn else (0, 1)
    made = _Fitting(box=box.SIMPLE_HEAD, pad_edge=False, padding=padding, show_edge=False)
    made.add_column(table.columns[0], ratio=1, overflow="fold")
    for title in table.columns[1:]:
        if equal:
            made.add_column(title, justify="right", ratio=1, overflow="fold")
        else:
            made.add_column(title, justify="right", no_wrap=True)
    if drawn:
        made.columns[-1].min_width = CELLS
    for row, after in zip(table.rows, (*table.rows[1:], None), strict=True):
        if row.group:
            made.add_row(Text(row.cells[0].text.upper(), "bold"))
            continue
        first, *others = row.cells
        cells = [_two(Cell(first.text, f"  {first.below}")), *map(_two, others)]
        if drawn and row.shares is not None:
            cells[-1] = bar(row.shares)
        made.add_row(*cells)
        if not dense and (after is None or after.group):
            made.add_row()
    return made


def bar(shares: Shares) -> Text:
    """Return ten futures as ten letters: those in which an outcome is lower, about the same, and higher.

    Letters tell them apart; colour, where the terminal has it, says which of them is better.

    >>> bar(Shares(0.19, 0.54, 0.27, "lower")).plain
    '▼▼·····▲▲▲'
    """
    ways = (shares.lower, shares.same, shares.higher)
    counts = [int(CELLS * way) for way in ways]
    rest = sorted(range(len(ways)), key=lambda i: counts[i] - CELLS * ways[i])
    for i in rest[: CELLS - sum(counts)]:
        counts[i] += 1
    styles = ("green", "dim", "red") if shares.better == "lower" else ("red", "dim", "green")
    return Text.assemble(*((letter * n, style) for letter, n, style in zip("▼·▲", counts, styles, strict=True)))


def _two(cell: Cell) -> Text:
    return Text.assemble(cell.text, "\n", (cell.below, "dim")) if cell.below.strip() else Text(cell.text)
