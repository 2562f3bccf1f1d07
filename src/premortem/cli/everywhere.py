"""Options that every command takes: own data over the packaged data, and the language of what is printed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from premortem.cli.pager import paged

PANEL = "Options of every command"
OWN, LANGUAGE = "own_data", "lang"
WithOption = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="FOLDER",
        help="Own facts, priors, outcomes and measures, laid over the packaged ones (docs/studies.md).",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]


LanguageOption = Annotated[
    str,
    typer.Option(
        "--lang",
        help="Language of what is printed, en or es; PREMORTEM_LANG says it for all commands.",
        rich_help_panel=PANEL,
        show_default=False,
    ),
]


def language_of(words: Sequence[str]) -> str:
    """Return the language that the words of a command line ask for, empty where they ask for none."""
    named = [words[i + 1] for i, word in enumerate(words[:-1]) if word == "--lang"]
    named += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    return named[-1] if named else ""


READ = frozenset({
    "claims", "decide", "evidence", "exercise", "explain", "levers", "lint", "plan", "plans", "study", "theatre", "validate",
})  # fmt: skip
"""Commands, and groups of them, whose output is read at the end: at a terminal it goes through a pager where it is long."""


def add(app: typer.Typer, *, read: bool = False) -> None:
    """Add the options to every command of an application and of its groups; ``read``: what they print goes through a pager."""
    for command in app.registered_commands:
        assert command.callback is not None
        command.callback = _with_options(command.callback, read=read or command.name in READ)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        read_here = group.name in READ
        add(group.typer_instance, read=read_here)
        own = group.typer_instance.registered_callback
        if own is not None and own.callback is not None:
            own.callback = _with_options(own.callback, read=read_here)


def _with_options(function: Callable[..., Any], *, read: bool) -> Callable[..., Any]:
    """Return a command that first does what the options ask for, and is ``read`` through a pager where it is long."""
    signature = inspect.signature(function, eval_str=True)
    if OWN in signature.parameters:  # a group is built once, and asked for by every test
        return function

    @functools.wraps(function)
    def command(*arguments: Any, **options: Any) -> Any:
        if folder := options.pop(OWN, ""):
            _lay(folder)
        language = options.get(LANGUAGE, "") if LANGUAGE in signature.parameters else options.pop(LANGUAGE, "")
        from premortem.wording.languages import speaking

        shown = paged() if read else nullcontext()
        if "context" in options:  # of a group: its commands speak it too
            options["context"].with_resource(speaking(language))
            with shown:
                return function(*arguments, **options)
        with speaking(language), shown:
            return function(*arguments, **options)

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default="", annotation=option)
        for name, option in ((OWN, WithOption), (LANGUAGE, LanguageOption))
        if name not in signature.parameters
    ]
    command.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *added])  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in command.__signature__.parameters.values()}  # type: ignore[attr-defined]
    return command


def _lay(folder: str) -> None:
    from premortem.api.own_data import own_data

    for note in own_data(folder):
        typer.echo(f"note: {note}", err=True)
