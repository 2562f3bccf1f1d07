"""What is left after a campaign, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable

from rich.console import RenderableType
from rich.text import Text

from premortem.analysis.aftermath import Aftermath
from premortem.cli.cells import grid
from premortem.wording.languages import spoken
from premortem.wording.sentences import YearAfter, aftermath_statement
from premortem.wording.tables import year_table

SHORT = frozenset({"violent_deaths_mx", "members", "displaced", "overdose_deaths", "arsenal", "mx_cooperation"})
"""What `premortem run` shows of it: lives, organisations, homes, drugs, weapons, politics."""


def whole(result: Aftermath, reading: str = "") -> Iterable[RenderableType]:
    """Yield the aftermath of a plan under a ``reading``, named where there are two: its headline outcomes in every year that is read."""
    t = spoken()
    made = aftermath_statement(result, result.plan, t)
    head = f"{t('section.aftermath')}: {t('versus', plan=result.plan, baseline=result.baseline)}{_named(reading)}\n"
    yield Text.assemble((head, "bold"), made.ends)
    for year in made.years:
        yield Text.assemble((f"\n{year.title}. ", "bold"), year.held)
        yield from _table(year, {line.statement.id for line in year.lines if line.statement.outcome.headline})
    if any(year.lines for year in made.years):
        yield Text("Headline outcomes; all of them: --format json.\n", "dim")


def short(result: Aftermath, folder: str, reading: str = "") -> Iterable[RenderableType]:
    """Yield a few outcomes in the first of the years after the end; a sentence where the run does not hold that year."""
    t = spoken()
    made = aftermath_statement(result, result.plan, t)
    first = made.years[0] if made.years else None
    yield Text.assemble(
        (f"{first.title if first else t('section.aftermath')}{_named(reading)}\n", "bold"),
        made.ends,
        f" {first.held}" if first else "",
        "\n",
    )
    if first and first.lines:
        yield from _table(first, SHORT)
        yield Text(f"All headlines, and year 5: premortem study aftermath {folder}\n", "dim")


def _named(reading: str) -> str:
    return f" ({reading[:1].lower()}{reading[1:]})" if reading else ""


def _table(year: YearAfter, ids: Collection[str]) -> Iterable[RenderableType]:
    lines = tuple(line for line in year.lines if line.statement.id in ids)
    if lines:
        table = year_table(dataclasses.replace(year, lines=lines), spoken())
        yield grid(table, equal=True)
        yield Text(table.note, "dim")
