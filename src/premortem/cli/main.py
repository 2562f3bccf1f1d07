"""Entry point of the ``premortem`` command: finds the command asked for and turns errors into exit codes."""

from __future__ import annotations

import importlib
import sys

import click
import typer
from typer.core import TyperGroup

from premortem import __version__
from premortem.errors import PremortemError

# Command name -> "module:Typer app"; a module is imported only when its command (or the overall help) is asked for.
COMMANDS: dict[str, str] = {}


class LazyGroup(TyperGroup):
    """A command group that imports a command's module only when it is needed, so that quick commands start quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which the help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; None if the name is unknown."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, attribute = target.split(":")
        app = getattr(importlib.import_module(module), attribute)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Write a plan as a file, lint it like code, simulate it against its alternatives, learn where it fails.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"premortem {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line; every error a person can cause prints one clear message and sets the exit code."""
    try:
        app()
    except PremortemError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        sys.exit(error.exit_code)
