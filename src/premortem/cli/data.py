"""``premortem data``: newer files of the series that starts are built from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

app = typer.Typer(no_args_is_help=True, help="Bring newer files of the series that starts are built from.")


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="data")


@app.callback()
def _group() -> None:
    pass  # so that the one command keeps its name


@app.command()
def update(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder with newer files, as SESNSP or CBP publish them or as the ledger's own tables."),
    ],
    to: Annotated[Path, typer.Option(help="Folder for the series, joined to those of the ledger.")] = Path("series"),
    form: FormatOption = Format.TEXT,
) -> None:
    """Join newer files to the ledger's series and say what changed; `premortem theatre start --series` builds from them."""
    from dataclasses import asdict

    from premortem.evidence import newer

    series = newer.read(folder)
    found = newer.changes(series)
    newer.write(series, to)
    if form is Format.JSON:
        print_json([asdict(change) for change in found])
        return
    for change in found:
        console().print(f"{change.title} ({change.table})", markup=False)
        grown = f", to {change.last_now} (was {change.last_before})" if change.last_now > change.last_before else ""
        console().print(f"  {change.added:,} new cells{grown}")
        if change.revised:
            console().print(f"  {change.revised:,} cells revised, by up to {100 * change.largest:.0f} %")
    console().print(
        f"Written to {to}. Build a start from it: premortem theatre start --to YYYY-MM --series {to}", markup=False
    )
