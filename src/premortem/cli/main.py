"""The ``premortem`` command: finds the command asked for and turns errors into exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import typer
import typer.core

from premortem import __version__
from premortem.cli import ending, everywhere, streams
from premortem.errors import PremortemError, Problem
from premortem.wording import SETTING

if TYPE_CHECKING:
    from premortem.wording.languages import Messages

# Command name -> module with a function ``register(app)`` that adds the command (or group) of that name.
# The order is that of the help. Only the module of the command asked for is imported: quick commands start quickly.
COMMANDS: dict[str, str] = {
    "run": "premortem.cli.run",
    "report": "premortem.cli.report",
    "explain": "premortem.cli.explain",
    "lint": "premortem.cli.lint",
    "plan": "premortem.cli.plan",
    "plans": "premortem.cli.plans",
    "levers": "premortem.cli.levers",
    "study": "premortem.cli.study",
    "decide": "premortem.cli.decide",
    "evidence": "premortem.cli.evidence",
    "claims": "premortem.cli.claims",
    "theatre": "premortem.cli.theatre",
    "calibrate": "premortem.cli.calibrate",
    "hindcast": "premortem.cli.hindcast",
    "validate": "premortem.cli.validate",
    "forecast": "premortem.cli.forecast",
    "exercise": "premortem.cli.exercise",
    "data": "premortem.cli.data",
    "cache": "premortem.cli.cache",
    "instant": "premortem.cli.instant",
    "serve": "premortem.cli.serve",
}


def _version(value: bool) -> None:
    if value:
        typer.echo(f"premortem {__version__}")
        raise typer.Exit


def _root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
    lang: everywhere.LanguageOption = "",
) -> None:
    """Write a plan as a file, lint it like code, simulate it against its alternatives, learn where it fails."""
    if lang:
        from premortem.wording.languages import speaking

        context.with_resource(speaking(lang))


class _InOurWords(typer.core.TyperGroup):
    """The commands; what is wrong with an option is said as what is wrong with a file."""

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except typer.BadParameter as error:
            if error.__cause__ is not None:
                error.message = _of_option(error.__cause__) or error.message
            raise


def _of_option(cause: BaseException) -> str:
    from pydantic import ValidationError

    from premortem.faults import in_words
    from premortem.wording.errors import told

    if not isinstance(cause, ValidationError):
        return ""
    t = _spoken()
    problems = [problem for _, problem in in_words(cause.errors(include_url=False))]
    return "\n".join(str(problem) if t is None else told(problem, t) for problem in problems)


def build(arguments: list[str]) -> typer.Typer:
    """Return the application with the command that ``arguments`` ask for, or with all commands if they name none."""
    app = typer.Typer(
        cls=_InOurWords,
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    for name in [wanted] if wanted in COMMANDS else COMMANDS:
        importlib.import_module(COMMANDS[name]).register(app)
    everywhere.add(app)
    return app


def command(arguments: list[str]) -> Any:
    """Return what `build` makes as a command, its help and its errors of use in the language that is asked for."""
    made = typer.main.get_command(build(arguments))
    t = _spoken() if _language() else None
    if t is not None and t.language != "en":
        from premortem.cli import help as own_help

        if {"-h", "--help"} & set(arguments) or not arguments:
            own_help.speak(made, t)
        own_help.speak_errors(t)
    return made


def main() -> None:
    """Run the command line; every error a person can cause prints one clear message and sets the exit code."""
    streams.prepare()
    code = 0
    try:
        with streams.interruptible():
            command(sys.argv[1:])()
    except SystemExit as end:
        code = streams.CLOSED if isinstance(end.__context__, BrokenPipeError) else _code(end)
    except KeyboardInterrupt:
        code = ending.INTERRUPTED
    except PremortemError as error:
        for problem in error.problems:
            streams.complain(_said(problem))
        code = error.exit_code
    except OSError as error:  # the output itself; whatever else is read or written has errors of its own
        if error.filename is not None or error.errno not in streams.OF_OUTPUT:
            raise
        streams.complain(f"error: the output cannot be written: {error.strerror}")
        code = streams.UNWRITTEN
    streams.leave(code)


def _said(problem: Problem) -> str:
    """Return a problem in the language that was asked for, in English where there is no such language."""
    from premortem.wording.errors import told

    t = _spoken()
    return f"error: {problem}" if t is None else f"{t('error.error')}: {told(problem, t)}"


def _language() -> str:
    """Return the language that was asked for, empty where none was."""
    return everywhere.language_of(sys.argv) or os.environ.get(SETTING, "")


def _spoken() -> Messages | None:
    """Return the catalogue of the language that was asked for, of English where there is no such language; None where data are broken."""
    from premortem.wording import languages

    language = _language()
    try:
        return languages.messages(language if language in languages.LANGUAGES else "en")
    except PremortemError:  # of the data that the catalogue is made of
        return None


def _code(end: SystemExit) -> int:
    return end.code if isinstance(end.code, int) else int(end.code is not None)
