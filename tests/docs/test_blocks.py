"""What the manual shows can be done: Python runs, commands run or at least are what the command line takes, files are valid."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from premortem import Comparison
from premortem.cli.main import build
from premortem.plan.language.load import load_text
from premortem.plan.telling.template import Draft, write
from premortem.study.spec import read
from tests.docs.blocks import ROOT, Block, blocks

SIMULATES = {"run", "study run", "hindcast", "instant design", "instant fit", "instant check"}
"""Take long: only their arguments are checked; the run that other commands read is the shared small one."""
ASKS = {"plan new", "theatre history", "theatre check", "serve", "decide conditions"}
"""Ask at a terminal, write what is there already, serve without end, take long, or need more futures than the small run has."""
LACKING = {"--again", "--finding", "--series"}
"""Options that simulate for long, or ask for files that the workplace has not."""
NOT_OURS = ("pip ", "dask ", "source ", ". ", "cd ", "git ")


@pytest.fixture(scope="module")
def workplace(small_run: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages speak of: a run under its names, a plan and a study file."""
    folder = tmp_path_factory.mktemp("manual")
    for name in ("my_run", "runs/border_task_forces_vs_status_quo", "DIR"):
        shutil.copytree(small_run.study.folder, folder / name)
    (folder / "mine.toml").write_text(write(Draft("Mine", zone=("presence", 5), duration_weeks=52)), encoding="utf-8")
    files = {block.file or "study.toml": block.text for block in blocks("toml") if block.page == "docs/studies.md"}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("block", list(blocks("python")), ids=str)
def test_python_runs(block: Block, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    if block.file:
        pytest.skip("a part of a file, not a program")
    exec(compile(_small(block.text), str(block), "exec"), {})


def _small(text: str) -> str:
    """Return a text in which runs are of 40 futures and a year, and reports of a kind that is written fast."""
    for name, value in (("futures", 40), ("years", 1)):
        text = re.sub(rf"\b{name}=\d+", f"{name}={value}", text)
    text = re.sub(r"futures=40(?!, years)", "futures=40, years=1", text)
    return text.replace(".html", ".md")


def commands() -> Iterator[tuple[str, str]]:
    """Yield the place and text of every line of the shell blocks."""
    for block in blocks("sh"):
        for number, line in enumerate(block.text.splitlines(), block.line + 1):
            if words := line.partition(" #")[0].strip():
                yield f"{block.page}:{number}", words


@pytest.mark.parametrize(("place", "line"), list(commands()))
def test_commands_run(place: str, line: str, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    line = _small(line)
    first, *words = shlex.split(line, comments=True)
    words = words[: words.index(">")] if ">" in words else words
    if first.startswith("scripts/") and first != "scripts/run":
        assert (ROOT / first).is_file(), place
        return
    if line.startswith(NOT_OURS):
        return
    assert first in {"premortem", "scripts/run"}, f"{place}: what is {line!r}?"
    app = build(words)
    name = _parsed(typer.main.get_command(app), words or ["run"])
    if name in SIMULATES | ASKS or LACKING & set(words):
        return
    result = CliRunner().invoke(app, words, env={"COLUMNS": "120"})
    assert result.exit_code in ({0, 1} if name == "lint" else {0}), f"{place}: {result.output} {result.exception}"


def _parsed(command: Any, words: list[str]) -> str:
    """Return the name of the command that words ask for, having checked all its arguments and options."""
    names: list[str] = []
    context = command.make_context("premortem", list(words), resilient_parsing=True)
    rest = list(words)
    while rest and hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, rest)
        names.append(name)
    command.make_context(names[-1], rest, parent=context)
    return " ".join(names)


def test_plans_and_studies_of_the_manual_are_valid(workplace: Path) -> None:
    shown = [block for block in blocks("toml") if block.page == "docs/plan_language.md" and "schema = 1" in block.text]
    assert shown
    for block in shown:
        load_text(block.text)
    assert read(workplace / "study.toml").plans
