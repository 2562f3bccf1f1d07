"""``premortem levers``: everything that a measure of a plan can move."""

from __future__ import annotations

import typer

from premortem.cli.output import Format, FormatOption, console, print_json


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="levers", help="List the levers a plan's measures can move, with bounds and who can pull them.")(
        levers
    )


def levers(form: FormatOption = Format.TEXT) -> None:
    """List the levers."""
    from premortem.plan.language import catalogue

    known = catalogue.levers().values()
    if form is Format.JSON:
        print_json([lever.model_dump(mode="json") for lever in known])
        return
    from rich.table import Table

    grid = Table("lever", "meaning", "bounds (now)", "unit", "who", "priced by", box=None, header_style="dim")
    for lever in known:
        bounds = f"{lever.low:g} to {lever.high:g} ({lever.status_quo:g})"
        grid.add_row(lever.id, lever.meaning, bounds, lever.unit, lever.who, lever.cost_basis)
    console().print(grid)
