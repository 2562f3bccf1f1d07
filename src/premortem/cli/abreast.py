"""Several plans side by side at a terminal, every average with its range: three plans fit into 30 lines of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

from rich.console import Console, Group, RenderableType
from rich.text import Text

from premortem.analysis.compare import Comparison, headlines
from premortem.analysis.short_answer import MOST, ShortAnswer, common, short_answer
from premortem.analysis.unfolding import carried_out
from premortem.cli.cells import NAME, WIDTH, grid
from premortem.cli.short_answer import COMMANDS, LINES, failures
from premortem.study.store import Store
from premortem.wording.languages import LANGUAGES, Messages, messages, spoken
from premortem.wording.short_answer import Abreast, abreast_tables, unfolds_in_short
from premortem.wording.tables import Row, Table

COLUMN = 25
"""Letters in a column: as many plans stand side by side as have that room beside the names of the outcomes."""
TITLE = 20
"""Letters of the name of a plan on one line, or as many as its longest number has."""


def show(console: Console, comparisons: Sequence[Comparison], store: Store, *, whole: bool) -> None:
    """Print the outcomes on which most of the plans differ from their baseline, as many as fit; or, ``whole``, every headline outcome."""
    answers = tuple(short_answer(store, one.plan, one.baseline) for one in comparisons)
    plans = tuple(_abreast(*both, store) for both in zip(comparisons, answers, strict=True))
    made = _Made(store, tuple(comparisons), answers, plans, min(WIDTH, console.width))
    options = console.options.update(width=made.width)

    def fits(ids: Sequence[str]) -> bool:
        shown = (made.parts(ids, messages(language)) for language in LANGUAGES)
        lines = (sum(len(console.render_lines(one, options, pad=False)) for one in parts) for parts in shown)
        return max(lines) <= LINES - COMMANDS

    if whole:
        ids = tuple(line.outcome.id for line in headlines(comparisons[0].lines) if line.verdict)
    else:
        *forms, shortest = (common(answers, most) for most in range(MOST, 0, -1))
        ids = next(filter(fits, forms), shortest)
    t, folder = spoken(), store.folder.url
    console.print(Group(*made.parts(ids, t, whole=whole)), width=made.width)
    for command in (t("cli.every", folder=folder), t("cli.one_plan", folder=folder), t("cli.report", folder=folder)):
        console.print(Text(command), soft_wrap=True)


@dataclass(frozen=True)
class _Made:
    """What plans side by side are shown from; ``width``: columns of a line."""

    store: Store
    comparisons: tuple[Comparison, ...]
    answers: tuple[ShortAnswer, ...]
    plans: tuple[Abreast, ...]
    width: int

    def parts(self, ids: Sequence[str], t: Messages, *, whole: bool = False) -> Iterator[RenderableType]:
        """Yield the heading, the tables, how to read them, and how each campaign unfolds."""
        about, baseline = self.store.provenance, self.comparisons[0].baseline
        futures = t("futures_of", futures=t.count("future", about.futures), years=t.count("year", about.years))
        yield Text.assemble(
            (t("versus", plan=t.count("plan", len(self.plans)), baseline=baseline), "bold"), f": {futures}"
        )
        most = max(1, self.width // COLUMN - 1)
        tables = abreast_tables(ids, self.plans, about.years, t, most=most, whole=whole, short=True)
        for table in tables:
            yield grid(_folded(table, self.width), dense=True)
        yield (
            Text(tables[0].note, "dim")
            if tables
            else Text(f"{', '.join(one.plan for one in self.plans)}: {t('short.none')}")
        )
        for answer in self.answers:
            if answer.unfolding is not None:
                yield Text(f"{answer.plan}: {unfolds_in_short(answer.unfolding, t)}")
        for comparison in self.comparisons:
            if comparison.failed:
                yield Text(f"{comparison.plan}: {failures(comparison.failed, t)}", "bold")


def _folded(table: Table, width: int) -> Table:
    """Return a table with a line to each reading; the ranges of the longest amounts stand below them if the names had no room else."""
    columns = tuple(zip(*(row.cells[1:] for row in table.rows), strict=True))
    lengths = {len(amount) for column in columns for cell in column for amount in (cell.text, cell.below)}

    def folded(room: int) -> Table:
        def amount(text: str) -> str:
            return text if len(text) <= room else text.replace(" (", "\n(")

        made = [[replace(one, text=amount(one.text), below=amount(one.below)) for one in column] for column in columns]
        widths = (max(TITLE, *(_wide(text) for one in column for text in (one.text, one.below))) for column in made)
        titles = ("\n".join(wrap(*both)) for both in zip(table.columns[1:], widths, strict=True))
        rows = (Row((row.cells[0], *cells)) for row, *cells in zip(table.rows, *made, strict=True))
        return replace(table, columns=(table.columns[0], *titles), rows=tuple(rows))

    def fits(one: Table) -> bool:
        cells = zip(*(row.cells[1:] for row in one.rows), strict=True)
        amounts = ((text for cell in column for text in (cell.text, cell.below)) for column in cells)
        taken = sum(max(map(_wide, (title, *own))) for title, own in zip(one.columns[1:], amounts, strict=True))
        return taken + len(columns) <= width - int(NAME * width)

    *forms, shortest = map(folded, sorted({0, *lengths}, reverse=True))
    return next(filter(fits, forms), shortest)


def _wide(text: str) -> int:
    return max(map(len, text.split("\n")))


def _abreast(comparison: Comparison, answer: ShortAnswer, store: Store) -> Abreast:
    written = carried_out(store, comparison.plan, comparison.baseline) if answer.unfolding else None
    return Abreast.of(comparison.plan, comparison, written.comparison if written else None)
