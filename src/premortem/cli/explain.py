"""``premortem explain``: what a number is, what moves it, and where that comes from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="explain")(why)


def why(
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="Id of an outcome: docs/reference/outcomes.md.")],
    folder: Annotated[
        str,
        typer.Argument(metavar="[DIR]", help="Folder of a run or study.", show_default="the newest below runs"),
    ] = "",
    plan: Annotated[str, typer.Option(help="Plan of a study.", show_default="the first but the baseline")] = "",
    against: Annotated[str, typer.Option(help="Plan to compare it with.", show_default="the study's baseline")] = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what an outcome is, the five inputs that move it most with their sources, and the chain of mechanisms."""
    from premortem.api.explanations import explain

    found = explain(folder or newest(), outcome, plan=plan, against=against)
    if form is Format.JSON:
        print_json(found.as_json())
    else:
        console().print(str(found), markup=False)


def newest(below: Path = Path("runs")) -> str:
    """Return the newest folder of a run below a folder.

    Raises
    ------
    InputError : there is none.
    """
    from premortem.errors import InputError, Problem

    finished = sorted(below.glob("*/provenance.json"), key=lambda path: path.stat().st_mtime)
    if not finished:
        raise InputError(
            Problem(
                "no_run", "no run to explain", found=f"{below} holds none", allowed="a folder, or premortem run first"
            )
        )
    return str(finished[-1].parent)
