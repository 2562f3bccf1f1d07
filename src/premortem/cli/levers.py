"""``premortem levers``: everything that a measure of a plan can move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from premortem.cli.output import Format, FormatOption, console, print_json
from premortem.wording.quantities import number

if TYPE_CHECKING:
    from premortem.plan.language.catalogue import Lever


PAYERS = {"us_federal": "US federation", "us_states": "US states", "mexico": "Mexico", "private": "private"}


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="levers", help="List the levers a plan's measures can move, with bounds and who can pull them.")(
        levers
    )


def priced(lever: Lever) -> str:
    """Return in words what one unit of a lever's level costs, or that nothing prices it."""
    price = lever.price
    if price is None:
        return f"unpriced: {lever.unpriced_reason}"
    year, low, high = (number(one, 3) for one in (price.musd_a_year, price.low, price.high))
    first, least, most = (number(one, 3) for one in (price.musd_once, price.once_low, price.once_high))
    once = f", and {first} ({least} to {most}) once" if price.musd_once else ""
    return f"{year} ({low} to {high}){once}, {PAYERS[price.payer]}"


def levers(form: FormatOption = Format.TEXT) -> None:
    """List the levers."""
    from premortem.plan.language import catalogue
    from premortem.wording.languages import spoken

    known = catalogue.levers().values()
    if form is Format.JSON:
        print_json([lever.as_json() for lever in known])
        return
    from rich.table import Table

    grid = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 1, 0))
    grid.add_column("lever", no_wrap=True)
    grid.add_column("meaning; unit; who; million USD a year for one unit", overflow="fold")
    grid.add_column("bounds (now)", overflow="fold", min_width=len("-0.7 to 0.7"))
    for lever in known:
        bounds = f"{lever.low:g} to {lever.high:g} ({lever.status_quo:g})"
        about = "; ".join(map(spoken().translated, (lever.unit, lever.who, priced(lever))))
        grid.add_row(lever.id, f"{lever.meaning}\n{about}", bounds)
    longest = max(len(lever.id) for lever in known)
    console(at_least=2 * longest).print(grid)
