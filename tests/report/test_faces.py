"""Every face of a brief shows the same statements; text stays text in all of them."""

import io
import re
import sys
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import FrameType
from typing import Any

import polars as pl
import pytest
from rich.console import Console

import premortem
from premortem.analysis.compare import compare, headlines
from premortem.cli.cells import grid
from premortem.report import brief, files
from premortem.report.brief import Brief
from premortem.report.files import write
from premortem.report.markdown import markdown
from premortem.report.material import Material
from premortem.report.page import html, two_pages
from premortem.report.workbook import workbook
from premortem.study.store import Store
from premortem.wording.languages import LANGUAGES, messages
from premortem.wording.sentences import statement
from premortem.wording.tables import outcome_table
from tests.report.runs import Invented, make

PLAN = "border_task_forces"
MOST_FILES = 8


def sheets(content: bytes) -> str:
    """Return all XML of a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


def plain(text: str) -> str:
    inline = re.sub(r"</?(button|span)\b[^>]*>", "", text)  # in the middle of a sentence
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", inline)).replace("\\", ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_face_shows_every_number_of_every_outcome_in_the_same_words(material: Material, language: str) -> None:
    made = Brief(material, messages(language))
    faces = {"page": plain(html(made)), "Markdown": plain(markdown(made)), "workbook": plain(sheets(workbook(made)))}
    for one in made.outcomes:
        for words in (one.title, *(text for shown in one.numbers for text in (shown.average, shown.range)), one.better):
            for face, text in faces.items():
                assert words in text, (face, one.id, words)
        if one.outcome.headline and one.verdict:
            assert all(plain(one.sentence) in text for text in faces.values())
    for _, found in next(one for one in made.plans if one.part.id == PLAN).findings:
        for finding in found[:3]:
            for words in (finding.message, finding.rule.citation):
                assert all(plain(made.t.translated(words)) in text for text in faces.values()), words


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_short_page_says_the_answer_what_decides_the_gravest_findings_and_the_limits(
    material: Material, language: str
) -> None:
    made = Brief(material, messages(language))
    page, words = plain(two_pages(made)), made.short[PLAN]
    for row in words.table.rows:
        assert all(cell.text in page for cell in row.cells)
    assert all(meaning in page for _, meaning in words.decides)
    assert all(plain(text) in page for text in (words.rests, made.t("answer.caution"), *made.limits))
    findings = next(one for one in made.plans if one.part.id == PLAN).findings
    severity, gravest = findings[0]
    assert severity == "violation"
    assert all(plain(made.t.translated(one.message)) in page for one in gravest[:3])
    assert "<script" not in two_pages(made)


def test_the_terminal_shows_the_words_of_the_table_that_the_page_shows(material: Material) -> None:
    t = messages("en")
    table = outcome_table([statement(line, t) for line in headlines(material.comparisons[0].lines)], t, short=True)
    console = Console(width=100, file=io.StringIO(), record=True)
    console.print(grid(table))
    shown = console.export_text()
    for row in table.rows:
        for cell in row.cells[1:]:
            assert cell.text in shown
            assert cell.below in shown


def test_a_formula_in_a_title_is_shown_in_the_workbook_and_never_computed(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","y")'
    made = brief.read(str(make(tmp_path / "run", Invented(titles=("+1+1", evil)))), messages("en"))
    content = workbook(made)
    assert "<f>" not in sheets(content)
    assert "HYPERLINK(" in sheets(content)
    assert "<hyperlink" not in sheets(content)


def test_the_workbook_holds_the_numbers_unrounded(material: Material, tmp_path: Path) -> None:
    made = Brief(material, messages("en"))
    target = write(made, tmp_path / "report.xlsx")
    assert target.read_bytes()[:2] == b"PK"
    exact = made.outcomes[0].line.baseline.median
    assert f"<v>{exact!r}</v>" in sheets(target.read_bytes()) or f"{exact:.10g}" in sheets(target.read_bytes())


def test_one_outcome_passes_through_few_files_from_the_study_to_the_page(run: Path, material: Material) -> None:
    table = Store.open(run).table().collect()
    t = messages("en")

    def follow() -> None:
        comparison = compare(table, PLAN, "status_quo")
        only = next(line for line in comparison.lines if line.outcome.id == "homicides_mx")
        found = Brief(material, t)
        found.__dict__["statements"] = {PLAN: (statement(only, t),)}
        assert "Homicides in Mexico" in str(found.tables[PLAN])

    assert len(files_run_by(follow)) <= MOST_FILES


def files_run_by(act: Callable[[], None]) -> set[str]:
    """Return the files of the package in which something runs."""
    root, seen = str(Path(premortem.__file__).parent), set[str]()

    def see(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(root):
            seen.add(frame.f_code.co_filename.removeprefix(root))

    sys.setprofile(see)
    try:
        act()
    finally:
        sys.setprofile(None)
    return seen


def test_tables_beside_a_report_hold_text_as_text(material: Material, tmp_path: Path) -> None:
    write(Brief(material, messages("en")), tmp_path / "all")
    table = pl.read_csv(tmp_path / "all" / "tables" / f"{PLAN}.csv")
    assert table["title"].str.contains(r"^[=+\-@]").sum() == 0
    assert (tmp_path / "all" / "tables" / "report.xlsx").exists()


@pytest.mark.parametrize("allowed", [True, False], ids=["sandbox", "no sandbox, as for root"])
def test_a_page_is_printed_in_the_sandbox_and_without_only_where_that_fails(
    allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    program = tmp_path / "chromium"
    program.write_text(
        f"""#!/bin/sh
echo "$@" >> {calls}
case "$*" in *--no-sandbox*) ;; *) {"true" if allowed else "exit 1"} ;; esac
for one; do case "$one" in --print-to-pdf=*) echo printed > "${{one#--print-to-pdf=}}" ;; esac; done
""",
        encoding="utf-8",
    )
    program.chmod(0o700)
    monkeypatch.setattr(files, "browser", lambda: str(program))
    files._print("<p>one</p>", tmp_path / "one.pdf")
    assert (tmp_path / "one.pdf").read_text() == "printed\n"
    outside = ["--no-sandbox" in line.split() for line in calls.read_text().splitlines()]
    assert outside == ([False] if allowed else [False, True])
