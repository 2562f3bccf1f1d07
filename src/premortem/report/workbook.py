"""The brief as an Excel workbook: the same statements and tables, and the numbers behind them unrounded.

All text is written as text: what begins like a formula, in a plan's title or anywhere else, is shown and never computed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from premortem.analysis.compare import VERDICTS
from premortem.errors import InputError, Problem
from premortem.report.brief import Brief
from premortem.study.reading import AS_TEXT
from premortem.wording.findings import message
from premortem.wording.sentences import Statement, statement
from premortem.wording.tables import Cell, Table, unrounded

WIDTHS = (46, 18)  # characters: of the first column and of the others
LONGEST_NAME = 31  # of a sheet

Value = str | float | None


def workbook(brief: Brief) -> bytes:
    """Return the workbook.

    Raises
    ------
    InputError : the library for it is missing.
    """
    try:
        import xlsxwriter
    except ImportError:
        raise InputError(
            Problem("missing_library", "xlsxwriter is missing; install it with: pip install 'premortem[export]'")
        ) from None
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {**AS_TEXT, "in_memory": True}) as book:
        sheets = _Sheets(book)
        _fill(sheets, brief)
    return content.getvalue()


class _Sheets:
    """Sheets of a workbook, each of rows of text and numbers."""

    def __init__(self, book: Any) -> None:
        self.book, self.names = book, set[str]()
        self.bold, self.wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})

    def add(self, name: str, heads: Sequence[str], rows: Iterable[Sequence[Value]], first: float = WIDTHS[0]) -> None:
        """Write a sheet; the heads stay in sight."""
        sheet = self.book.add_worksheet(self._name(name))
        sheet.set_column(0, 0, first)
        sheet.set_column(1, max(1, len(heads) - 1), WIDTHS[1])
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.bold)
        sheet.freeze_panes(1, 1)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value, self.wrapped)
                elif value is not None:
                    sheet.write_number(number, column, value, self.wrapped)

    def _name(self, name: str) -> str:
        """Return a name that Excel allows and no other sheet has."""
        plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:LONGEST_NAME] or "-"
        number = 2
        while plain.casefold() in self.names:
            plain = f"{plain[: LONGEST_NAME - 4].rstrip()} {number}"
            number += 1
        self.names.add(plain.casefold())
        return plain


def _fill(sheets: _Sheets, brief: Brief) -> None:
    t = brief.t
    lines: list[Sequence[Value]] = [
        (text,) for text in (brief.under, *brief.partial, brief.question, t("question.reading"))
    ]
    for answer in brief.answers:
        lines += [("",), (answer.lead,)]
        if answer.plan in brief.readings:
            lines += [(brief.readings[answer.plan][0],)]
        for verdict in VERDICTS:
            lines += [(one.title, t(f"answer.{verdict}"), one.sentence) for one in answer.of(verdict)]
    sheets.add(t("sheet.answer"), (brief.title,), [*lines, ("",), (t("answer.caution"),)], 60)
    for number, (plan, table) in enumerate(brief.tables.items(), 1):
        sheets.add(f"{number} {brief.parts[plan].id}", *_with_ranges(table))
        sheets.add(f"{number} {t('sheet.numbers')}", *_numbers(brief.statements[plan]))
        if plan in brief.readings:
            sheets.add(f"{number} {t('sheet.readings')}", *_with_ranges(brief.readings[plan][1]))
            written = brief.material.carried_out[plan].comparison.lines
            sheets.add(f"{number} {t('sheet.carried_out')}", *_numbers([statement(line, t) for line in written]))
    for part in brief.aftermaths:
        for year in part.years:
            if year.table is not None:
                columns, lasting = _with_ranges(year.table)
                sheets.add(f"{part.reading or part.statement.title} {year.title}", columns, [*lasting, [part.title]])
    for page in brief.plans:
        heads = (t("lint.finding"), "", t("lint.citation"), "")
        rows = [
            (message(f, t), f.code, t.translated(f.rule.citation), t(f"lint.{severity}"))
            for severity, found in page.findings
            for f in found
        ]
        if rows:
            sheets.add(f"{t('sheet.findings')} {page.part.id}", heads, rows, 90)
    claims = [(one.paraphrase, t.named("verdict", one.verdict), one.finding) for one in brief.entries.claims]
    sheets.add(t("section.claims"), tuple(t(f"claims.{key}") for key in ("claim", "verdict", "finding")), claims, 60)
    sheets.add(t("sheet.limits"), (t("section.limits"),), [(text,) for text in brief.limits], 120)
    sheets.add(t("section.provenance"), ("", ""), brief.provenance)
    sources = [(s.authors, s.year, s.title, s.publisher, s.url) for s in brief.entries.sources]
    sheets.add(t("section.references"), (t("section.references"), "", "", "", ""), sources)


def _with_ranges(table: Table) -> tuple[list[str], list[list[Value]]]:
    """Return a table with what stands below a cell in a column of its own."""
    heads = [text for name in table.columns for text in (name, "")]

    def of(cell: Cell) -> tuple[str, str]:
        return cell.text, cell.below

    rows: list[list[Value]] = [[text for cell in row.cells for text in of(cell)] for row in table.rows]
    return heads, [*rows, [""], [table.note]]


def _numbers(statements: Sequence[Statement]) -> tuple[list[str], list[list[Value]]]:
    """Return every number of a comparison, unrounded, in the units of the data."""
    frame = unrounded(statements)
    return frame.columns, [list(row) for row in frame.rows()]
