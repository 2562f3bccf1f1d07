"""How much of a plan's effects runs through Mexico's own effort, for people at a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from premortem.analysis.pass_through import PassThrough
from premortem.cli.cells import grid
from premortem.wording.languages import spoken
from premortem.wording.numbers import per_cent
from premortem.wording.sentences import statement
from premortem.wording.tables import through_table


def tables(found: PassThrough) -> RenderableType:
    """Return the headline outcomes under each reading, and how well own effort was held."""
    t = spoken()
    futures = t("futures_of", futures=t.count("future", found.futures), years=t.count("year", found.years))
    head = Text.assemble(
        (f"{found.plan} against {found.baseline}, and through Mexico's own effort", "bold"), f"\n{futures}"
    )
    parts: list[RenderableType] = [head]
    note = ""
    for reading, lines in found.readings.items():
        title = t(f"readings.{reading}_title")
        table = through_table(
            [(statement(one.whole, t), statement(one.held, t), statement(one.part, t)) for one in lines], t
        )
        held = f"own effort is the baseline's to within {per_cent(found.off[reading])} in the median future"
        parts += [Text.assemble((f"\n{title}", "bold"), f" ({held})"), grid(table, equal=True)]
        note = table.note
    return Group(*parts, Text(note, "dim"))
