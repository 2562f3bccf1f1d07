import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.errors import InputError, RunError
from premortem.report import files
from tests.report.runs import make

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("cli") / "run")


def report(*arguments: str | Path) -> None:
    words = ["report", *map(str, arguments)]
    result = RUNNER.invoke(build(words), words, catch_exceptions=True)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert result.stdout == ""


def test_one_command_writes_a_page(folder: Path, tmp_path: Path) -> None:
    report(folder, "-o", tmp_path / "brief.html", "--lang", "es")
    assert (tmp_path / "brief.html").read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="es">')
    assert [file.name for file in tmp_path.iterdir()] == ["brief.html"]


def test_markdown_shows_markup_in_text_as_text(folder: Path, tmp_path: Path) -> None:
    report(folder, "-o", tmp_path / "brief.md")
    text = (tmp_path / "brief.md").read_text(encoding="utf-8")
    assert "**Homicides in Mexico**: better in 100 % of futures" in text
    assert "<script" not in text


def test_a_name_without_ending_makes_a_folder_of_figures_and_tables(folder: Path, tmp_path: Path) -> None:
    report(folder, "-o", tmp_path / "brief")
    table = pl.read_csv(tmp_path / "brief" / "tables" / "border_task_forces.csv")
    assert table.filter(pl.col("id") == "homicides_mx")["share_better"].item() == 1.0
    names = {file.name for file in (tmp_path / "brief" / "figures").iterdir()}
    assert {"homicides_mx_course.svg", "homicides_mx_course.png", "border_task_forces_map.png"} <= names
    with pytest.raises(InputError, match="not empty"):
        report(folder, "-o", tmp_path / "brief")


def test_a_folder_that_is_not_there_is_refused_before_the_run_is_read(folder: Path, tmp_path: Path) -> None:
    for run in (folder, tmp_path / "no_run"):
        with pytest.raises(InputError, match=r"no such folder(.|\n)*not_there"):
            report(run, "-o", tmp_path / "not_there" / "brief.html")
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused_with_what_is_allowed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.pdf"):
        report(folder, "-o", tmp_path / "brief.docx")


def test_a_pdf_without_a_browser_says_what_to_install(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "browser", lambda: None)
    with pytest.raises(RunError, match="apt-get install chromium"):
        report(folder, "-o", tmp_path / "brief.html", "--pdf")
    assert (tmp_path / "brief.html").exists()


@pytest.mark.skipif(files.browser() is None, reason="no Chromium on this machine")
def test_the_brief_is_two_pages_of_paper(folder: Path, tmp_path: Path) -> None:
    report(folder, "--brief", "--pdf", "-o", tmp_path / "brief.html")
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "brief.pdf").read_bytes())) == 2


def test_the_brief_is_for_reading_and_not_a_table(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.html, \.pdf"):
        report(folder, "--brief", "-o", tmp_path / "brief.xlsx")
