"""Long output at a terminal goes through the pager of the reader; elsewhere it is as it was."""

import io
import os
import shutil
import sys

import pytest

from premortem.cli.output import console
from premortem.cli.pager import paged
from premortem.cli.streams import folded
from tests.cli.terminal import command


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(monkeypatch: pytest.MonkeyPatch, text: str, *, terminal: bool = True) -> tuple[str, list[str]]:
    """Return what reaches the terminal itself, and what the pager was given."""
    given: list[str] = []
    monkeypatch.setattr("subprocess.run", lambda words, **how: given.append(how["input"].decode()))
    monkeypatch.setattr(sys, "stdin", Terminal() if terminal else io.StringIO())
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    monkeypatch.setenv("TERM", "xterm")
    with paged():
        assert sys.stdout.isatty() == terminal
        print(text)
    return stream.getvalue(), given


@pytest.mark.parametrize(("terminal", "columns"), [(True, 80), (False, 100)])
def test_an_answer_is_as_wide_as_a_terminal_and_in_a_file_as_wide_as_its_tables(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, columns: int
) -> None:
    monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
    monkeypatch.setenv("COLUMNS", "80")
    assert console(at_least=100, fits=True).width == columns


LONG = "line\n" * 60


def test_only_what_is_longer_than_the_window_goes_through_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sort -r")
    assert written(monkeypatch, LONG) == ("", [LONG + "\n"])
    assert written(monkeypatch, "short") == ("short\n", [])


@pytest.mark.parametrize("pager", ["", "cat", "no-such-pager"])
def test_without_a_pager_it_is_written(monkeypatch: pytest.MonkeyPatch, pager: str) -> None:
    monkeypatch.setenv("PAGER", pager)
    assert written(monkeypatch, LONG) == (LONG + "\n", [])


def test_without_a_terminal_nothing_is_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sort")
    assert written(monkeypatch, LONG, terminal=False) == (LONG + "\n", [])


def test_what_a_command_wrote_before_it_failed_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "")
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stdin", Terminal())

    @paged()
    def fails() -> None:
        print("first")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fails()
    assert stream.getvalue() == "first\n"


def test_the_list_of_levers_at_a_low_window_is_read_through_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sed s/^/paged:/")
    ended = command("levers", rows=20)
    lines = ended.stdout.splitlines()
    assert (ended.code, ended.stderr) == (0, "")
    assert len(lines) > 20
    assert all(line.startswith("paged:") for line in lines)


def test_at_a_terminal_long_lines_are_folded_between_words_and_elsewhere_left_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    long = "mine.toml:7:1 ZO117 [notice] Along the whole line about 5.26 million people live."
    text = f"{long}\n  allowed: {'status_quo, ' * 9}kingpin\n 7 | depth_miles = 5\n   | ^"
    shown = folded(text, Terminal()).split("\n")
    assert max(map(len, shown)) <= 40
    assert " ".join(" ".join(shown).split()) == " ".join(text.split())
    assert shown[1].startswith("  ")
    assert shown[-2:] == [" 7 | depth_miles = 5", "   | ^"]
    assert folded(text, io.StringIO()) == text


def test_a_caret_stays_under_its_word_and_a_command_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    source = f' 12 | summary = "{"word " * 15}", mexico = "none"'
    caret = f"    | {' ' * (source.index('mexico') - 6)}^^^^^^"
    assert folded(f"{source}\n{caret}", Terminal()) == f"{source}\n{caret}"
    again = "premortem study repair '/data/runs of 2026, all/border_task_forces_vs_status_quo' --workers 2"
    error = f"error: the study is damaged, and no number was read from it; to compute it again: {again}; or run it anew"
    lines = folded(error, Terminal()).split("\n")
    (whole,) = (line for line in lines if "premortem" in line)
    assert whole.strip() == f"{again};"
    assert max(len(line) for line in lines if line != whole) <= 80
    assert " ".join(" ".join(lines).split()) == error
    after = f"it is not whole; make it again: premortem instant fit. {'Nothing else was changed. ' * 4}".strip()
    assert max(map(len, folded(after, Terminal()).split("\n"))) <= 80, "what follows a command is folded"
