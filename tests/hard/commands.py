"""Made-up arguments for every command: each option and argument in turn gets values that nobody should give it.

usage: python -m tests.hard.commands [COMMAND ...]

A command answers with a result or with an error of ours and an exit code, at once: no traceback, no waiting for a pipe. Nothing is
simulated: what would be, ends in an error where the engine is called.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer

from premortem.cli import streams
from premortem.cli.main import build, main
from premortem.errors import Problem, RunError
from tests.report.runs import make

SECONDS = 60
"""After which a command is taken to wait for something."""
GIVEN = {
    "dir": "{run}",
    "study": "{run}",
    "folder": "{run}",
    "outcome": "members",
    "rule": "EN114",
    "path": "duration_weeks=52",
    "series": "{scratch}",
}
"""What a required argument is given while another is tried, by its name; a plan by default."""
WORDS = ("", "x" * 300, "-", "[red]x", "../..", "nan", "1e400", "-1", "999999999999999999999", "=cmd()", "*", "\x1b[2J")


def places(scratch: Path) -> Iterator[str]:
    """Make what is no file, or none that can be read, and yield its names."""
    os.mkfifo(scratch / "pipe")
    (scratch / "folder").mkdir()
    (scratch / "zero").symlink_to("/dev/zero")
    (scratch / "round").symlink_to("round")
    content = {
        "empty": b"",
        "binary": bytes(range(256)),
        "deep.toml": b"a = " + b"[" * 20_000 + b"]" * 20_000,
        "deep.json": b"[" * 20_000 + b"]" * 20_000,
        "list.json": b"[1]",
        "odd.toml": b"[weights]\nx = nan\n[[finding]]\nid = 1\n",
        "broken.html": b"<html>",
    }
    for name, data in content.items():
        (scratch / name).write_bytes(data)
    yield from (str(path) for path in sorted(scratch.iterdir()))
    yield str(scratch / "empty" / "below a file")


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that name it."""
    children: dict[str, Any] = getattr(command, "commands", {})
    for name, child in children.items():
        yield from leaves(child, (*path, name))
    if path and (not children or getattr(command, "invoke_without_command", False)):
        yield path, command


def attempts(command: Any, values: list[str], given: dict[str, str]) -> Iterator[list[str]]:
    """Yield arguments of a command in which one is hostile."""
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    good = [given.get(str(param.name), "kingpin") for param in arguments if param.required]
    for value in values:
        for place in range(len(good)):
            yield [*good[:place], value, *good[place + 1 :]]
        for param in arguments:
            if not param.required:
                yield [*good, value]
        for param in command.params:
            if param.param_type_name == "option" and not param.is_flag:
                yield [*good, f"{param.opts[0]}={value}"]


class _Slow(BaseException):
    pass


def _ring(number: int, frame: Any) -> None:
    raise _Slow


@dataclass(frozen=True)
class Answer:
    """How a command ended: its exit code, what it printed, and what is wrong with that; nothing if all is well."""

    code: int | None
    said: str
    trouble: str


def answer(words: list[str]) -> Answer:
    """Run a command in this process."""
    said, ends = io.StringIO(), list[int]()

    def leave(code: int) -> None:
        ends.append(code)

    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(SECONDS)
    try:
        with (
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
            patch.object(sys, "argv", ["premortem", *words]),
            patch.object(streams, "leave", leave),
            patch.object(streams, "interruptible", contextlib.nullcontext),
            warnings.catch_warnings(action="error"),
        ):
            main()
    except _Slow:
        return Answer(None, said.getvalue(), f"still at work after {SECONDS} seconds")
    except BaseException as error:  # whatever it is, a person would see a traceback
        return Answer(None, said.getvalue(), f"{type(error).__name__}: {str(error)[:200]}")
    finally:
        signal.alarm(0)
    code = ends[0] if ends else None
    return Answer(code, said.getvalue(), "" if code in {0, 1, 2, 3} else f"exit {ends}")


def called(words: list[str]) -> str:
    """Run a command in this process and return what is wrong with how it ended; nothing if all is well."""
    return answer(words).trouble


def _not_here(*_: Any, **__: Any) -> Any:
    raise RunError(Problem("not_here", "nothing is simulated here"))


def trial(asked: list[str], limit: int = 1_000_000) -> tuple[int, list[str]]:
    """Try commands, all if none is asked for; return how many calls were made and what went wrong."""
    import uvicorn

    from premortem.engine import simulate

    tried, wrong = 0, list[str]()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "files"
        scratch.mkdir()
        values = [*WORDS, *places(scratch)]
        run = make(Path(folder) / "run")
        given = {name: value.format(run=run, scratch=scratch) for name, value in GIVEN.items()}
        os.chdir(folder)
        try:
            with (
                patch.object(simulate, "run_chunk", _not_here),
                patch.object(uvicorn.Server, "run", lambda *_, **__: None),
            ):
                for path, command in leaves(typer.main.get_command(build([]))):
                    if asked and path[0] not in asked:
                        continue
                    for number, arguments in enumerate(attempts(command, values, given)):
                        if number >= limit:
                            break
                        tried += 1
                        if trouble := called([*path, *arguments]):
                            wrong.append(f"premortem {' '.join(path)} {arguments!r}: {trouble}"[:500])
        finally:
            os.chdir(here)
    return tried, wrong


if __name__ == "__main__":
    began = time.monotonic()
    count, found = trial(sys.argv[1:])
    print(*found, sep="\n")
    print(f"{count} calls, {len(found)} wrong, {time.monotonic() - began:.0f} s")
    sys.exit(1 if found else 0)
