"""How commands speak: text for people through Rich, JSON alone on standard output for programs."""

from __future__ import annotations

import json
import math
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Format(StrEnum):
    """What a command prints."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="Text for people or JSON for programs.")]
MOST_WORKERS = 1_000
WorkersOption = Annotated[
    int,
    typer.Option(
        "--workers", help="Worker processes.", min=0, max=MOST_WORKERS, show_default="threads of this process"
    ),
]


def console(at_least: int = 0, *, fits: bool = False) -> Console:
    """Return the console for people. It tells things apart by words, weight and place, never by colour alone.

    A table whose every column counts asks for ``at_least`` so many columns: a narrow window then wraps its lines, and loses none.
    What ``fits`` a narrow terminal by itself asks so only where it is written to a file or a pipe.
    """
    made = _console(stderr=False)
    if fits and made.is_terminal:
        return made
    return _console(stderr=False, width=at_least) if made.width < at_least else made


def notes() -> Console:
    """Return the console for progress and notes, on standard error."""
    return _console(stderr=True)


def say(text: str, *, err: bool = False) -> None:
    """Print a line as it is, in the language that is spoken."""
    from premortem.wording.languages import spoken

    typer.echo(spoken().translated(text), err=err)


def _console(*, stderr: bool, width: int | None = None) -> Console:
    from premortem.cli.spoken import SpokenConsole

    return SpokenConsole(stderr=stderr, highlight=False, soft_wrap=False, width=width)


def print_json(value: Any) -> None:
    """Print one JSON document on standard output. JSON knows no NaN and no infinity: such a number, of failed futures, is null."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(_finite(value), ensure_ascii=plain, indent=2, allow_nan=False)  # whole before a word of it is out
    sys.stdout.write(f"{text}\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
