"""A console that speaks the language asked for: what commands say in English is translated as it is printed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from premortem.wording.languages import Messages, spoken


class SpokenConsole(Console):
    """A console of Rich whose every text is in the language that is spoken, where it is translated."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `rich.console.Console.print` does."""
        t = spoken()
        if t.language != "en":
            objects = tuple(_translated(one, t) for one in objects)
        super().print(*objects, **options)


def _translated(shown: Any, t: Messages) -> Any:
    """Return text, or a table, group or padding with the texts in it, in a language."""
    match shown:
        case str():
            return t.translated(shown)
        case Text():
            return _text(shown, t)
        case Group():
            return Group(*(_translated(one, t) for one in shown.renderables))
        case Padding():
            sides = (shown.top, shown.right, shown.bottom, shown.left)
            return Padding(_translated(shown.renderable, t), sides, style=shown.style, expand=shown.expand)
        case Table():
            return _table(shown, t)
    return shown


def _text(text: Text, t: Messages) -> Text:
    """Return a text in a language: as a whole where that is translated, else by its pieces of one style."""
    whole = t.translated(text.plain)
    if whole == text.plain:
        cuts = sorted({0, len(text), *(end for span in text.spans for end in (span.start, span.end))})
        pieces = [text[start:end] for start, end in pairwise(cuts)]
        return Text("", text.style, justify=text.justify, overflow=text.overflow).join(
            Text(t.translated(one.plain), one.spans[0].style if one.spans else "") for one in pieces
        )
    style = text.spans[0].style if len({span.style for span in text.spans}) == 1 else ""
    return Text(whole, text.style or style, justify=text.justify, overflow=text.overflow)


def _table(table: Table, t: Messages) -> Table:
    table.title, table.caption = (one and _translated(one, t) for one in (table.title, table.caption))
    for column in table.columns:
        column.header = _translated(column.header, t)
        cells: list[RenderableType] = [_translated(cell, t) for cell in column._cells]  # Rich has no other way in
        column._cells = cells
    return table
