"""What each stated field of a plan does, as tables for people."""

from __future__ import annotations

from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from premortem.analysis.effects import Effects, Largest
from premortem.wording.languages import spoken
from premortem.wording.numbers import per_cent, scale

LONGEST = 40  # letters of a value


def tables(found: Effects) -> RenderableType:
    """Return what moves by field and change, and what nothing simulates."""
    moving = _grid(
        "field",
        "as stated",
        "changed to",
        f"outcomes that differ (of {found.outcomes})",
        "largest difference, changed minus as stated",
        "in",
    )
    for field, changes in groupby(found.effects, key=lambda one: one.field):
        for number, change in enumerate(changes):
            moved = "same controls" if change.same_controls else str(change.outcomes_moved)
            name, value = ("", "") if number else (field, _short(change.value))
            moving.add_row(name, value, _short(change.varied_to), moved, *_most(change.largest))
    t = spoken()
    span = f"{t.count('future', found.futures)} of {t.count('year', found.years)}"
    head = f"{found.plan}: each stated field alone, {span}, seed {found.seed}"
    parts: list[RenderableType] = [Text(head, style="bold"), moving]
    if found.not_simulated:
        apart = _grid("field", "as stated", "checked by lint")
        for field in found.not_simulated:
            apart.add_row(field.field, _short(field.value), ", ".join(field.rules) or "no")
        parts += [Text("\nStated, and nothing simulates it", style="bold"), apart]
    return Group(*parts)


def _grid(*headers: str) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, header in enumerate(headers):
        grid.add_column(header, overflow="fold", no_wrap=number == 0)
    return grid


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _most(largest: Largest | None) -> tuple[str, str]:
    if largest is None:
        return "", ""
    shown = scale(largest.unit, [largest.difference])
    median, span = shown.interval(largest.difference, signed=True)
    return f"{largest.title}: {median} ({span}) {shown.unit}", per_cent(largest.share)
