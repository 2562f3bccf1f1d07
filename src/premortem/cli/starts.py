"""What ``premortem theatre start`` prints: what a start knows, and how its first months compare with the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from premortem.cli.output import Format, console, print_json
from premortem.wording.quantities import number

if TYPE_CHECKING:
    from premortem.theatre import Theatre


def summary(theatre: Theatre, target: Path, form: Format) -> None:
    """Print what a start that was written to a folder rests on."""
    homicides = float(theatre.arrays["homicides"].sum())
    members = float(theatre.arrays["members"].sum())
    newest = theatre.newest_homicides
    if form is Format.JSON:
        print_json(
            {
                "folder": str(target),
                "start": theatre.start,
                "date": theatre.date.isoformat(),
                "homicides_a_year": homicides,
                "members": members,
                "newest_homicides": newest.isoformat() if newest else None,
                "digest": theatre.digest,
            }
        )
        return
    console().print(f"{theatre.title}, {theatre.date.isoformat()}: written to {target}", markup=False)
    console().print(f"{homicides:,.0f} homicides a year, {members:,.0f} members of organisations")
    if newest:
        weeks = (theatre.date - newest).days // 7
        console().print(f"Newest homicides known: to {newest.isoformat()}, {weeks} weeks before the start")
    console().print(f"Try it: premortem theatre show --theatre {target}", markup=False)


def first_months(name: str, start: str, form: Format) -> None:
    """Simulate the first year and print it next to what was recorded since."""
    from rich import box
    from rich.table import Table

    from premortem.analysis.first_months import check
    from premortem.theatre import load

    months = check(load(name, start))
    if form is Format.JSON:
        print_json([month.as_json() for month in months])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head, right in (("series", 0), ("month", 0), ("recorded", 1), ("median", 1), ("90 % of futures", 1), ("", 0)):
        table.add_column(head, justify="right" if right else "left", overflow="fold")
    title = ""
    for month in months:
        low, high = (f"{side:,.0f}" for side in (month.model.low, month.model.high))
        shown = f"{month.title} ({month.unit})" if month.title != title else ""
        title = month.title
        verdict = "" if month.inside else "OUTSIDE"
        table.add_row(
            shown, month.month, number(month.recorded), number(month.model.median), f"{low} to {high}", verdict
        )
    console(at_least=110).print(table)
    outside = sum(not month.inside for month in months)
    console().print(
        f"From {start}: {len(months) - outside} of {len(months)} recorded months lie in the range of 90 % of futures"
    )
