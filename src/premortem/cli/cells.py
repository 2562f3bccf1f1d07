"""Tables of statements at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from rich import box
from rich.table import Table as Grid
from rich.text import Text

from premortem.wording.tables import Cell, Table

WIDTH = 100
"""Columns of the table; every one of its columns counts."""


def grid(table: Table, *, equal: bool = False, dense: bool = False) -> Grid:
    """Return a table as the terminal shows it: what stands below a cell is a line of its own.

    Parameters
    ----------
    equal : columns of numbers share the room, and long heads fold.
    dense : no empty line after a group.
    """
    made = Grid(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, width=WIDTH)
    made.add_column(table.columns[0], ratio=2 if equal else 1, overflow="fold")
    for title in table.columns[1:]:
        if equal:
            made.add_column(title, justify="right", ratio=1, overflow="fold")
        else:
            made.add_column(title, justify="right", no_wrap=True)
    for row, after in zip(table.rows, (*table.rows[1:], None), strict=True):
        if row.group:
            made.add_row(Text(row.cells[0].text.upper(), "bold"))
            continue
        first, *others = row.cells
        made.add_row(_two(Cell(first.text, f"  {first.below}")), *map(_two, others))
        if not dense and (after is None or after.group):
            made.add_row()
    return made


def _two(cell: Cell) -> Text:
    return Text.assemble(cell.text, "\n", (cell.below, "dim")) if cell.below.strip() else Text(cell.text)
