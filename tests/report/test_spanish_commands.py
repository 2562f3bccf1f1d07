"""How much of what the main commands print in Spanish is Spanish, line by line; the page of a report is counted in test_spanish.py."""

import contextlib
import io
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer import rich_utils
from typer.testing import CliRunner

from premortem.cli import main
from premortem.cli.help import PANELS
from premortem.cli.main import build
from premortem.errors import InputError, PremortemError
from premortem.evidence import load as load_evidence
from premortem.lint import rules
from premortem.plan.language.load import load_text
from premortem.wording.errors import told
from premortem.wording.languages import messages, speaking, spoken
from tests.report.test_spanish import SMALL, WORD

CITED = re.compile(r" \([^()]*(\([^()]*\)[^()]*)*\)$")
NAMED = re.compile(r"\w+(?:[_-]\w+)+")


@cache
def titles() -> tuple[str, ...]:
    """Return the titles of sources, the longest first: what is cited is in its own language."""
    return tuple(sorted((source.title for source in load_evidence().sources.values()), key=len, reverse=True))


def seen(output: str) -> str:
    """Return what a command printed without what is in no language of ours: sources, ids, lines of a plan's file."""
    for title in titles():
        output = output.replace(title, "")
    return "\n".join(
        NAMED.sub("", CITED.sub("", line))
        for line in output.splitlines()
        if not line.lstrip()[:1].isdigit() or "|" not in line
        if not line.startswith("De: ")
    )


def english(output: str) -> tuple[int, list[str]]:
    """Return how many words a text has, and its lines that are English by their small words."""
    lines = [line for line in output.splitlines() if WORD.search(line)]
    found = {line: [word.casefold() for word in WORD.findall(line)] for line in lines}
    theirs = [
        line
        for line, words in found.items()
        if sum(word in SMALL["en"].split() for word in words) > sum(word in SMALL["es"].split() for word in words)
    ]
    return sum(map(len, found.values())), theirs


@pytest.mark.parametrize(
    "words",
    [
        ("study", "show", "RUN"),
        ("study", "show", "RUN", "--all"),
        ("study", "aftermath", "RUN"),
        pytest.param(
            ("explain", "members", "RUN"), marks=pytest.mark.slow
        ),  # it traces who reads whom through the model
        ("lint", "kingpin"),
        ("lint", "border_task_forces"),
        ("lint", "btf_with_consent", "--against", "border_task_forces"),
        ("lint", "--rules"),
        ("levers",),
        ("claims",),
        ("decide", "robustness", "RUN"),
        ("decide", "timeline", "RUN"),
        ("theatre", "show"),
        ("validate",),
        ("plan", "show", "border_task_forces"),
        ("plan", "diff", "border_task_forces", "kingpin"),
        ("plans",),
        ("theatre", "events"),
        ("exercise",),
        ("calibrate", "show"),
        ("lint", "--explain", "ZO101"),
        ("claims", "show", "urgent_threat"),
        ("evidence", "show", "arms.flow"),
        ("evidence", "search", "fentanyl"),
        ("forecast", "score", "2027"),
        ("cache",),
        ("study", "status", "RUN"),
        ("study", "verify", "RUN"),
    ],
    ids=str,
)
def test_of_the_words_of_the_main_commands_95_in_100_are_spanish(run: Path, words: tuple[str, ...]) -> None:
    typed = [str(run) if word == "RUN" else word for word in words] + ["--lang", "es"]
    result = CliRunner().invoke(build(typed), typed, env={"COLUMNS": "400"})
    assert result.exit_code in {0, 1}, result.output
    total, theirs = english(seen(result.stdout))
    assert total > 3
    assert sum(len(WORD.findall(line)) for line in theirs) <= 0.05 * total, theirs
    assert not os.environ.get("PREMORTEM_LANG")
    assert spoken().language == "en", "a command leaves the language as it was"


def test_every_rule_and_claim_speaks_spanish() -> None:
    known = messages("es").of_data.whole
    claims = load_evidence().claims.values()
    assert [one.id for one in claims if not {one.paraphrase, one.finding} <= known.keys()] == []
    assert [rule.code for rule in rules().values() if rule.message not in known] == []


def test_errors_are_told_in_spanish_with_what_stands_in_them() -> None:
    text = 'schema = 1\ntitel = "X"\nsource = ["projct"]\nstart = "soon"\n[zone]\ndepth_miles = -1\n'
    with pytest.raises(InputError) as caught:
        load_text(text)
    shown = "\n".join(told(problem, messages("es")) for problem in caught.value.problems)
    assert "no existe la clave 'titel'" in shown
    assert "¿quiso decir 'title'?" in shown
    assert "fuera de sus límites" in shown
    assert "no está en la lista de source" in shown
    for problem in caught.value.problems:
        assert told(problem, messages("en")) == str(problem)


def test_the_language_of_errors_is_that_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, said in (
        (["lint", "nowhere", "--lang", "es"], "error: nowhere: no existe ese plan"),
        (["lint", "nowhere", "--lang=es"], "no existe ese plan"),
        (["lint", "nowhere"], "error: nowhere: no such plan"),
        (["lint", "nowhere", "--lang", "fr"], "no such language"),
    ):
        monkeypatch.setattr("sys.argv", ["premortem", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code == 2
        assert said in capsys.readouterr().err
    monkeypatch.setenv("PREMORTEM_LANG", "es")
    monkeypatch.setattr("sys.argv", ["premortem", "lint", "nowhere"])
    with pytest.raises(SystemExit):
        main.main()
    assert "no existe ese plan" in capsys.readouterr().err


def test_a_language_is_spoken_within_its_block_only() -> None:
    with speaking("es"):
        assert spoken().language == "es"
        with speaking(""):
            assert spoken().language == "es"
    assert spoken().language == "en"
    with pytest.raises(PremortemError, match="no such language"), speaking("fr"):
        pass


def helps(command: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield before
    for name, one in getattr(command, "commands", {}).items():
        yield from helps(one, (*before, name))


@pytest.mark.slow
def test_of_the_words_of_the_help_of_every_command_95_in_100_are_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREMORTEM_LANG", "es")
    monkeypatch.setattr("sys.argv", ["premortem", "--help"])
    for name in PANELS:
        monkeypatch.setattr(rich_utils, name, getattr(rich_utils, name))  # as it was, after the test
    monkeypatch.setenv("COLUMNS", "400")
    everything = main.command(["--help"])
    total, theirs = 0, list[str]()
    for words in helps(everything):
        with contextlib.redirect_stdout(io.StringIO()) as shown, contextlib.suppress(SystemExit):
            everything([*words, "--help"])
        found, bad = english(NAMED.sub("", shown.getvalue()))
        total, theirs = total + found, theirs + bad
    assert total > 3000
    assert sum(len(WORD.findall(line)) for line in theirs) <= 0.02 * total, theirs
