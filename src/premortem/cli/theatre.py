"""``premortem theatre``: show and check the world that plans act on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from premortem.cli.output import Format, FormatOption, console, print_json
from premortem.theatre.folder import DEFAULT
from premortem.wording.quantities import number

if TYPE_CHECKING:
    from premortem.analysis.reconciliation import Line
    from premortem.theatre import Theatre
    from premortem.theatre.geography import Floats

app = typer.Typer(
    no_args_is_help=True,
    help="Look at a theatre: its regions, organisations, forces and crossings, and whether it starts where the evidence is.",
)

NameOption = Annotated[str, typer.Option("--theatre", metavar="NAME", help="A packaged theatre or a folder.")]
StartOption = Annotated[
    str, typer.Option("--start", help="One of the theatre's starts, its default if not given; or a month, 2019-03.")
]
DepthOption = Annotated[
    float | None, typer.Option("--depth", metavar="MILES", help="Depth of the zone along the line, 0 to 100.")
]


class Scripted(StrEnum):
    """Which events of the years after a start are scripted."""

    KNOWN = "known"
    HAPPENED = "happened"


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="theatre")


@app.command()
def show(
    name: NameOption = DEFAULT, start: StartOption = "", depth: DepthOption = None, form: FormatOption = Format.TEXT
) -> None:
    """Show regions, organisations, crossings and forces, with ranges where they are judged."""
    from premortem import theatre

    loaded = theatre.load(name, start, depth)
    if form is Format.JSON:
        print_json(_document(loaded))
    else:
        _print(loaded)


@app.command()
def check(
    name: NameOption = DEFAULT, start: StartOption = "", depth: DepthOption = None, form: FormatOption = Format.TEXT
) -> None:
    """Check that the map holds together, and that stocks and the first year's flows lie where the evidence says."""
    from premortem import theatre
    from premortem.analysis import reconciliation
    from premortem.theatre import checks

    loaded = theatre.load(name, start, depth)
    lines = [
        *(reconciliation.Line.exact(one.quantity, one.unit, one.value, one.wanted) for one in checks.check(loaded)),
        *reconciliation.check(loaded),
    ]
    if form is Format.JSON:
        print_json([line.as_json() for line in lines])
    else:
        _print_lines(lines)
    raise typer.Exit(code=0 if all(line.inside for line in lines) else 1)


@app.command()
def start(
    to: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="Month of the start, from 2007-01 on.")],
    check: Annotated[
        bool,
        typer.Option("--check", help="Simulate the first year and compare its months with what was recorded since."),
    ] = False,
    out: Annotated[
        str,
        typer.Option(
            help="Folder for the theatre, new or empty; by default one in the current folder. None is written with --check alone.",
            show_default="./NAME_YYYY-MM",
        ),
    ] = "",
    series: Annotated[
        str, typer.Option(metavar="FOLDER", help="Newer series, as `premortem data update` wrote them.")
    ] = "",
    name: NameOption = DEFAULT,
    form: FormatOption = Format.TEXT,
) -> None:
    """Build the theatre as it was known in a month, from what was public on its first Monday."""
    from pathlib import Path

    from premortem.cli.starts import first_months, summary
    from premortem.errors import InputError, Problem
    from premortem.evidence.newer import read
    from premortem.theatre import load, nowcast
    from premortem.theatre.folder import Folder

    if check and series:
        raise InputError(
            Problem("options", "--check compares with the packaged series: leave out --series", found=series)
        )
    folder = nowcast.required(Folder.find(name), to, read(Path(series)) if series else None)
    if out or not check:
        folder.write(target := Path(out or f"{folder.name}_{to}"))
        if not check or form is Format.TEXT:
            summary(load(target), target, form)
    if check:
        first_months(name, to, form)


@app.command()
def events(
    since: Annotated[str, typer.Option(metavar="DATE", help="Only events from this day or month on: 2025-06.")] = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """List the dated events of the ledger: those that act, or set a start, and those that are recorded only, with the reason."""
    from premortem.theatre.chronicle import ROLES, chronicle
    from premortem.wording.languages import spoken

    found = chronicle(since)
    if form is Format.JSON:
        print_json([one.as_json() for one in found])
        return
    rows = [[one.date, one.kind, one.what, one.role, one.by or one.why] for one in found]
    titles = ["Date", "Kind", "What", "Role", "By, or why recorded only"]
    _table(f"Dated events of the ledger ({len(found)})", titles, rows)
    for role, meaning in ROLES.items():
        shown = (
            f"{spoken().translated(role)}: {spoken().translated(meaning)} ({sum(one.role == role for one in found)})"
        )
        console().print(shown, markup=False)


@app.command()
def history(
    start: Annotated[str, typer.Option("--start", help="A start in the past, also a month: 2016-03.")] = "2018",
    events: Annotated[
        Scripted, typer.Option(help="known: script only what was known at the start to come; happened: all that came.")
    ] = Scripted.KNOWN,
    form: FormatOption = Format.TEXT,
) -> None:
    """Start in the past and compare what the model gives, year by year, with what was recorded."""
    from premortem.analysis.history import hindcast

    judged = hindcast(start, events.value)
    if form is Format.JSON:
        print_json([row for one in judged for row in one.as_json()])
        return
    for one in judged:
        rows = [
            [
                str(year.year),
                "" if year.recorded is None else _count(year.recorded),
                _count(year.model.median),
                f"{_count(year.model.low)} to {_count(year.model.high)}",
                {None: "", True: "inside", False: "OUTSIDE"}[year.inside],
            ]
            for year in one.years
        ]
        title = f"{one.series.title} ({one.series.unit}/year)"
        _table(title, ["year", ">recorded", ">median", ">90 % of futures", ""], rows)
        if one.series.note:
            console().print(f"{one.series.note}\n", markup=False)
    console().print(
        f"From {start}, events {events.value}. This is the picture; the score, beside naive rivals, is: premortem hindcast"
    )


def _document(theatre: Theatre) -> dict[str, Any]:
    arrays, ranges = theatre.arrays, theatre.ranges

    def ranged(quantity: str, r: int) -> dict[str, float]:
        low, high = ranges[quantity]
        return {"value": float(arrays[quantity][r]), "low": float(low[r]), "high": float(high[r])}

    plain = ("area", "border_miles", "homicides_before", "homicides_base", "northern_guard")
    return {
        "theatre": theatre.name,
        "title": theatre.title,
        "start": theatre.start,
        "date": theatre.date.isoformat(),
        "depth_miles": theatre.depth_miles,
        "digest": theatre.digest,
        "regions": [
            {"code": region.code, "name": region.name, "state": region.state, "zone": region.zone}
            | {quantity: ranged(quantity, r) for quantity in ranges}
            | {quantity: float(arrays[quantity][r]) for quantity in plain}
            for r, region in enumerate(theatre.regions)
        ],
        "organisations": [
            {
                "id": organisation.id,
                "name": organisation.also.get(theatre.start, organisation.name),
                "members": float(arrays["members"][o].sum()),
                "designated": bool(arrays["designated"][o]),
                "ally_strength": float(arrays["ally_strength"][o]),
                "rivals": {
                    theatre.organisations[j].id: float(weight)
                    for j, weight in enumerate(arrays["rival_weight"][o])
                    if weight
                },
                "grade": organisation.grade.get(theatre.start, ""),
            }
            for o, organisation in enumerate(theatre.organisations)
            if not organisation.spare
        ],
        "crossings": [
            {
                "id": crossing,
                "vehicles_per_year": float(arrays["crossings.vehicles"][k]),
                "trucks_per_year": float(arrays["crossings.trucks"][k]),
                "seized_kg_per_year": [float(x) for x in arrays["crossings.seized"][k]],
                "firearms_share": float(arrays["crossings.firearms"][k]),
                "people_share": float(arrays["crossings.people"][k]),
            }
            for k, crossing in enumerate(theatre.crossings)
        ],
        "home_forces": [force.model_dump(exclude_defaults=True) for force in theatre.home_forces],
        "quantities": [quantity.model_dump(by_alias=True, exclude_defaults=True) for quantity in theatre.quantities],
    }


def _print(theatre: Theatre) -> None:
    console().print(f"{theatre.title}, {theatre.date.isoformat()}, zone of {theatre.depth_miles:g} miles\n")
    _print_regions(theatre)
    _print_organisations(theatre)
    _print_crossings(theatre)
    rows = [
        [f.name, f.service, number(f.people) if f.people else "by sector", f.grade, ", ".join(f.evidence)]
        for f in theatre.home_forces
    ]
    _table("Home side under every plan", ["force", "service", ">people", "grade", "evidence"], rows)
    console().print("Where it comes from, with grade: A official, B published, C judgement, or an assumption")
    for quantity in theatre.quantities:
        console().print(f"- {quantity.name} ({quantity.unit}; {quantity.grade}): {quantity.rule}", markup=False)


def _print_regions(theatre: Theatre) -> None:
    members = theatre.arrays["members"].sum(axis=0)

    def ranged(quantity: str, r: int) -> list[str]:
        low, high = (_count(side[r]) for side in theatre.ranges[quantity])
        return [_count(theatre.arrays[quantity][r]), "" if low == high else f"{low}-{high}"]

    def rows(*quantities: str) -> list[list[str]]:
        return [
            [region.code, *(text for q in quantities for text in ranged(q, r))]
            for r, region in enumerate(theatre.regions)
        ]

    heads = ["region", ">people", ">range", ">homicides/yr", ">range", ">members"]
    table = [[*row, _count(n)] for row, n in zip(rows("population", "homicides"), members, strict=True)]
    _table("Regions: people, violence, organised crime", heads, table)
    heads = ["region", ">federal forces", ">range", ">state police", ">range"]
    _table("Regions: Mexican forces on public security", heads, rows("federal_forces", "state_police"))


def _print_organisations(theatre: Theatre) -> None:
    members: Floats = theatre.arrays["members"].sum(axis=1)
    rows = [
        [
            organisation.id,
            organisation.also.get(theatre.start, organisation.name),
            _count(members[o]),
            f"{100 * members[o] / max(members.sum(), 1):.1f} %",
            "yes" if theatre.arrays["designated"][o] else "",
            organisation.grade.get(theatre.start, ""),
        ]
        for o, organisation in enumerate(theatre.organisations)
        if not organisation.spare
    ]
    judged = next((q for q in theatre.quantities if q.name == "members" and q.low and q.high), None)
    total = f"Organisations: {_count(members.sum())} members"
    if judged is not None and judged.low is not None and judged.high is not None:
        total += f", uncertain by one factor (in 2025: {_count(judged.low)} to {_count(judged.high)})"
    _table(total, ["id", "name", ">members", ">share", "designated", "grade"], rows)


def _print_crossings(theatre: Theatre) -> None:
    from premortem.model.index_sets import DRUGS

    arrays = theatre.arrays
    names = ("vehicles", "trucks", "firearms", "people")
    traffic = [
        [crossing, *(number(float(arrays[f"crossings.{n}"][k])) for n in names)]
        for k, crossing in enumerate(theatre.crossings)
    ]
    heads = ["crossing", ">vehicles/yr", ">trucks/yr", ">firearms", ">people"]
    _table("Crossings: traffic north, shares of firearms south and of people north", heads, traffic)
    seized = [
        [crossing, *(_count(kg) for kg in arrays["crossings.seized"][k])]
        for k, crossing in enumerate(theatre.crossings)
    ]
    _table("Crossings: kilograms seized a year", ["crossing", *(f">{drug}" for drug in DRUGS)], seized)


def _print_lines(lines: list[Line]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head in ("quantity", "unit", "model", "90 % of futures", "evidence", "facts", ""):
        right = head in {"model", "90 % of futures", "evidence"}
        table.add_column(head, justify="right" if right else "left", overflow="fold")
    for line in lines:
        spread = "" if line.model_low == line.model_high else _range(line.model_low, line.model_high)
        verdict = "" if line.inside else "OUTSIDE"
        facts = "\n".join(line.facts)
        table.add_row(line.quantity, line.unit, number(line.model), spread, _range(line.low, line.high), facts, verdict)
    wide = console(at_least=150)
    wide.print(table)
    for line in lines:
        if line.note:
            wide.print(f"{line.quantity}: {line.note}", markup=False)
    outside = sum(not line.inside for line in lines)
    wide.print(f"\n{len(lines)} quantities, {outside or 'none'} outside the range of the evidence")


def _range(low: float, high: float) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _table(title: str, heads: list[str], rows: list[list[str]]) -> None:
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for head in heads:
        table.add_column(head.removeprefix(">"), justify="right" if head.startswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)
    console().print()
