"""``premortem plan``: show, compare, write and change plan files."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, WorkersOption, console, notes, print_json
from premortem.cli.plans import plans

if TYPE_CHECKING:
    from premortem.plan.telling.template import Draft

app = typer.Typer(
    no_args_is_help=True,
    help="Show, compare, write and change plan files. PLAN is a file or the name of a packaged plan.",
)
app.command(name="list")(plans)
PlanArgument = Annotated[str, typer.Argument(metavar="PLAN", help="A plan file, or the name of a packaged plan.")]


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="plan")


@app.command()
def show(plan: PlanArgument, form: FormatOption = Format.TEXT) -> None:
    """Show a plan on a page: order of battle, map, zone, measures, timeline, and what it leaves open."""
    from premortem.api import plans

    loaded = plans.plan(plan).loaded
    if form is Format.JSON:
        from premortem.plan.telling.left_open import left_open

        rows = [{"path": row.path, "stated": row.stated, "law": row.law.text} for row in left_open(loaded.plan)]
        content = loaded.plan.model_dump(mode="json", by_alias=True)
        print_json({"plan": content, "open": rows, "hash": loaded.content_hash})
        return
    from premortem.cli.plan_sheet import sheet

    for warning in loaded.warnings:
        notes().print(f"note: {warning}", markup=False)
    console().print(sheet(loaded))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A plan file, or the name of a packaged plan.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The plan to compare with it.")],
    form: FormatOption = Format.TEXT,
) -> None:
    """Say in words what B changes of A."""
    from premortem.api.plans import plan
    from premortem.plan.telling.difference import differences

    first, second = plan(before).loaded, plan(after).loaded
    found = differences(first.plan, second.plan)
    if form is Format.JSON:
        print_json([{"path": d.path, "before": d.before, "after": d.after, "words": d.words} for d in found])
        return
    out = console()
    out.print(f"{first.plan.title} -> {second.plan.title}", style="bold", markup=False)
    for difference in found:
        out.print(f"- {difference.words}", markup=False)
    if not found:
        out.print("Nothing that is done differs.")


@app.command()
def effects(
    plan: PlanArgument,
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Field or element to keep to, such as zone.depth_miles; may be repeated."),
    ] = None,
    futures: Annotated[int, typer.Option(help="Number of futures, the same for every change.")] = 40,
    years: Annotated[int, typer.Option(help="Length of each future.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of all draws and luck: same seed, same results.")] = 1,
    workers: WorkersOption = 0,
    form: FormatOption = Format.TEXT,
) -> None:
    """Change each stated field alone and show what moves, by how much, and what nothing simulates.

    All changes run in the same futures and the same luck. What leaves the compiled plan as it is is not simulated again.
    """
    from premortem.api.plans import plan as read
    from premortem.cli.progress import bar

    with bar() as progress:
        found = read(plan).effects(
            futures=futures, years=years, seed=seed, fields=field or (), workers=workers, progress=progress
        )
    if form is Format.JSON:
        print_json(found.as_json())
        return
    from premortem.cli import cells
    from premortem.cli.effects import tables

    console(at_least=cells.WIDTH).print(tables(found))


@app.command(name="pass-through")
def pass_through(
    plan: PlanArgument,
    against: Annotated[str, typer.Option(help="The baseline: a plan file, or a packaged plan.")] = "status_quo",
    futures: Annotated[int, typer.Option(help="Number of futures, the same for every case.")] = 80,
    years: Annotated[int, typer.Option(help="Length of each future.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of all draws and luck: same seed, same results.")] = 1,
    workers: WorkersOption = 0,
    form: FormatOption = Format.TEXT,
) -> None:
    """Show how much of a plan's effects runs through Mexico's own effort: the same futures with it held at the baseline's path."""
    from premortem.api.plans import plan as read
    from premortem.cli.progress import bar

    with bar() as progress:
        found = read(plan).pass_through(
            read(against), futures=futures, years=years, seed=seed, workers=workers, progress=progress
        )
    if form is Format.JSON:
        print_json(found.as_json())
        return
    from premortem.cli import cells
    from premortem.cli.pass_through import tables

    console(at_least=cells.WIDTH).print(tables(found))


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not be there yet.")],
    title: Annotated[str, typer.Option(help="One line. Without it, the command asks for everything.")] = "",
    source: Annotated[list[str] | None, typer.Option(help="Evidence key of the paper; may be repeated.")] = None,
    extends: Annotated[str, typer.Option(help="Name of the plan that this one is a variant of.")] = "",
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the campaign.")] = None,
    duration_weeks: Annotated[int | None, typer.Option(help="Planned length.")] = None,
    zone: Annotated[str, typer.Option(metavar="KIND:MILES", help="A zone, such as exclusion:20.")] = "",
    task_force: Annotated[
        list[str] | None, typer.Option(metavar="ID:STATE", help="A task force, such as west:CA; may be repeated.")
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(metavar="LEVER:LEVEL", help="A lever, such as mexico.aid:100; may be repeated.")
    ] = None,
) -> None:
    """Write a commented plan file, with everything not given left open; asks if no title is given."""
    from premortem.errors import InputError, Problem, Where
    from premortem.plan.language import rewrite
    from premortem.plan.language.load import load_text
    from premortem.plan.telling import template

    given = template.Draft(
        title=title,
        source=source or ["project"],
        extends=extends,
        start=start.date() if start else None,
        duration_weeks=duration_weeks,
        zone=_pair(zone, "--zone") if zone else None,
        task_forces=dict(_words(text, "--task-force") for text in task_force or []),
        measures=dict(_pair(text, "--measure") for text in measure or []),
    )
    try:
        draft = given if title else _ask()
    except typer.Abort:
        raise InputError(Problem("missing_key", "a title is needed", Where(str(file)), allowed="--title")) from None
    text = template.write(draft)
    load_text(text, str(file), file.parent)
    rewrite.write(file, text, new=True)
    notes().print(f"wrote {file}: fill in what is left open, then: premortem plan show {file}", markup=False)


@app.command(name="set", context_settings={"ignore_unknown_options": True})  # a value may be negative
def set_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The plan file to change.")],
    path: Annotated[
        str, typer.Argument(metavar="FIELD", help="Such as zone.depth_miles, task_force.west.dwell, or the table zone.")
    ],
    value: Annotated[
        str,
        typer.Argument(
            metavar="VALUE",
            help='As in TOML; a word needs no quotes: 10, ["TX"], open, { kind = "presence", depth_miles = 5 }.',
        ),
    ],
) -> None:
    """Set one field of a plan file; comments and the order of keys stay."""
    from premortem.plan.language import rewrite
    from premortem.plan.language.load import load

    before = load(file).source
    made = rewrite.set_value(before, path, rewrite.read_value(value), str(file), file.parent)
    rewrite.write(file.resolve(), made)  # a link stays a link


@app.command()
def upgrade(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The plan file to bring to the words of today.")],
) -> None:
    """Rewrite what an older plan file says in words that have changed since; comments stay. Says what was changed."""
    from premortem import text
    from premortem.errors import InputError, Problem, Where
    from premortem.plan.language import rewrite
    from premortem.plan.language.document import SIZE_LIMIT
    from premortem.plan.language.upgrade import upgrade as upgraded

    try:
        before = text.read(file, SIZE_LIMIT)
    except FileNotFoundError:
        raise InputError(Problem("unreadable", "no such plan file", Where(str(file)))) from None
    made, changed = upgraded(before, str(file), file.parent)
    if changed:
        rewrite.write(file.resolve(), made)
    for one in changed or ("nothing to change",):
        console().print(f"- {one}", markup=False)


@app.command()
def schema(
    table: Annotated[
        bool, typer.Option("--fields", help="The field table of the manual instead, in Markdown.")
    ] = False,
) -> None:
    """Print the JSON Schema of plan files, for editors."""
    from premortem.plan.language import publish

    sys.stdout.write(publish.field_table() if table else publish.json_schema_text())


def _pair(text: str, option: str) -> tuple[str, float]:
    name, number = _words(text, option)
    try:
        return name, float(number)
    except ValueError:
        raise typer.BadParameter(f"{number!r} in {option} {text} is not a number") from None


def _words(text: str, option: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (name and colon and value):
        raise typer.BadParameter(f"{option} {text}: two parts with a colon between them are needed")
    return name, value


def _ask() -> Draft:
    """Ask for what a plan begins with; an empty answer leaves a thing open or out."""
    from premortem.plan.telling.template import Draft

    def ask(question: str, default: str = "") -> str:
        return str(typer.prompt(question, default=default, show_default=bool(default), err=True)).strip()

    def several(question: str) -> list[str]:
        return [part.strip() for part in ask(question).split(",") if part.strip()]

    title = str(typer.prompt("Title, one line", err=True))
    source = several("Evidence keys of the paper, by comma (empty: your own proposal)") or ["project"]
    extends = ask("Variant of which plan (empty: of none)")
    start = ask("First day, as 2026-10-05 (empty: open)")
    weeks = ask("Length in weeks (empty: open)")
    zone = ask("Zone as KIND:MILES, KIND exclusion, presence or screening (empty: no zone)")
    forces = several("Task forces as ID:STATE, by comma (empty: none)")
    measures = several("Levers as LEVER:LEVEL, by comma; see premortem levers (empty: none)")
    try:
        return Draft(
            title=title,
            source=source,
            extends=extends,
            start=datetime.fromisoformat(start).date() if start else None,
            duration_weeks=int(weeks) if weeks else None,
            zone=_pair(zone, "zone") if zone else None,
            task_forces=dict(_words(text, "task force") for text in forces),
            measures=dict(_pair(text, "lever") for text in measures),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
