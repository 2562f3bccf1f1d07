"""``premortem decide``: what a study means for who has to choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, WorkersOption, console, print_json

if TYPE_CHECKING:
    from premortem.api.decisions import Decisions
    from premortem.decisions.result import Result

app = typer.Typer(
    no_args_is_help=True,
    help="Turn a study into what a decision needs: where a plan works, where it fails, what decides it.",
)
WIDTH = 120

Folder = Annotated[str, typer.Argument(metavar="DIR", help="Folder of a run or study.")]
PlanOption = Annotated[str, typer.Option("--plan", help="Plan.", show_default="the first but the baseline")]
AgainstOption = Annotated[
    str, typer.Option("--against", help="Baseline.", show_default="status_quo, or the first plan")
]
ReadingOption = Annotated[
    list[str] | None,
    typer.Option("--reading", help="as_likely or carried_out; both unless one is named.", show_default=False),
]
OutcomeOption = Annotated[str, typer.Option("--outcome", metavar="ID", help="Outcome: docs/reference/outcomes.md.")]
OutcomesOption = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="ID", help="Outcome; may be repeated.", show_default="headline outcomes"),
]
FigureOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a picture: .svg or .png.")]
HEADLINE = "homicides_mx"


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    from premortem.cli import search

    search.register(app)
    root.add_typer(app, name="decide")


@app.command()
def robustness(
    folder: Folder,
    outcome: OutcomesOption = None,
    enough: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=LEVEL",
            help="From which level of an outcome a future is good enough.",
            show_default="baseline's average",
        ),
    ] = None,
    weights: Annotated[Path | None, typer.Option(metavar="FILE", help="Weights of outcomes, in TOML.")] = None,
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Judge all plans of a study by ten metrics of robustness, with dominance and trade-offs."""
    made = _of(folder, "", against, reading, figure)
    show(made.robustness(outcome or (), thresholds=_levels(enough or ()), weights=weights), form, figure)


@app.command()
def conditions(
    folder: Folder,
    outcome: OutcomeOption = HEADLINE,
    where: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Such as 'consent.mexico = none and duration_weeks > 52'.")
    ] = None,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Split a plan's difference by what decides it most, or by a condition."""
    show(_of(folder, plan, against, reading, figure).conditions(outcome, where=where), form, figure)


@app.command()
def discover(
    folder: Folder,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            metavar="ID",
            help="Look for futures in which the plan is worse on it than the baseline.",
            show_default="deaths",
        ),
    ] = "",
    when: Annotated[
        str | None, typer.Option(metavar="CONDITION", help="Look for any others, such as 'difference.us_killed > 100'.")
    ] = None,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Find in which futures a plan does harm, or anything else happens: boxes in words, tried on fresh futures."""
    show(_of(folder, plan, against, reading, figure).discover(outcome, when=when), form, figure)


@app.command()
def voi(
    folder: Folder,
    outcome: Annotated[
        str, typer.Option("--outcome", metavar="ID", help="Choose by its average; values are in its unit.")
    ] = "",
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Choose by one measure of several outcomes: what a unit of each is worth."),
    ] = None,
    studies: Annotated[
        str,
        typer.Option(metavar="FILE", help="Studies that one could make, in TOML.", show_default="the packaged ones"),
    ] = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Value information before choosing among all plans of a study: everything, groups of inputs, studies to make."""
    made = _of(folder, "", against, reading, figure)
    show(made.voi(outcome or ("" if weights else HEADLINE), weights=weights, studies=studies), form, figure)


@app.command()
def sensitivity(
    folder: Folder,
    outcome: OutcomeOption = HEADLINE,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what a plan's difference hangs on: inputs, groups of inputs, and luck where the design tells it apart."""
    show(_of(folder, plan, against, reading, figure).sensitivity(outcome), form, figure)


@app.command()
def pathways(
    folder: Folder,
    outcome: OutcomeOption = HEADLINE,
    level: Annotated[
        float | None,
        typer.Option(help="What it must reach, in a year or at any time.", show_default="no worse than the baseline"),
    ] = None,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Date when each plan stops meeting a target, say what would still meet it then, and score warnings."""
    show(_of(folder, plan, against, reading, figure).pathways(outcome, level=level), form, figure)


@app.command()
def timeline(
    folder: Folder,
    outcome: OutcomesOption = None,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say from which week on each outcome differs from the baseline's, in the order in which they do."""
    show(_of(folder, plan, against, reading, figure).timeline(outcome or ()), form, figure)


@app.command()
def attribute(
    folder: Folder,
    outcome: Annotated[
        list[str] | None,
        typer.Option("--outcome", metavar="ID", help="Outcome; may be repeated.", show_default=HEADLINE),
    ] = None,
    element: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="Element to leave out, such as task_force.west.", show_default="all of the plan"
        ),
    ] = None,
    mechanisms: Annotated[
        bool,
        typer.Option("--mechanisms", help="Attribute to the mechanisms of the model, not to elements of the plan."),
    ] = False,
    mechanism: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Mechanism to switch off, such as rivalry.", show_default="all, with --mechanisms"
        ),
    ] = None,
    futures: Annotated[int, typer.Option(min=10, help="How many of the study's futures.")] = 40,
    orders: Annotated[int, typer.Option(min=2, max=1_000, help="Orders in which elements are put together.")] = 4,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    workers: WorkersOption = 0,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what each element of a plan, or each mechanism of the model, contributes to its difference. Runs the plan without it: minutes."""
    from premortem.cli.progress import bar, counter
    from premortem.errors import InputError, Problem

    made = _of(folder, plan, against, reading or ["as_likely"], figure)
    if mechanisms or mechanism:
        if workers:
            raise InputError(
                Problem("workers", "mechanisms are switched on the threads of this process: leave out --workers")
            )
        if element:
            raise InputError(
                Problem("element", "elements and mechanisms are attributed to apart: leave out one of the two")
            )
        with counter() as count:
            found = made.attribute_mechanisms(
                outcome or [HEADLINE], mechanisms=mechanism or (), futures=futures, orders=orders, progress=count
            )
        show(found, form, figure)
        return
    with bar() as progress:
        found = made.attribute(
            outcome or [HEADLINE],
            elements=element or (),
            futures=futures,
            orders=orders,
            workers=workers,
            progress=progress,
        )
    show(found, form, figure)


@app.command()
def redteam(
    folder: Folder,
    outcome: OutcomesOption = None,
    menu: Annotated[
        list[str] | None,
        typer.Option(
            "--menu", metavar="PLAN", help="Plan that can be chosen; repeatable.", show_default="all of the study"
        ),
    ] = None,
    side: Annotated[
        list[str] | None,
        typer.Option("--side", help="Who answers: organisations, mexico; repeatable.", show_default="both"),
    ] = None,
    aim: Annotated[
        list[str] | None,
        typer.Option(
            "--aim",
            metavar="ID",
            help="What a side wants: docs/deciding.md; one for each side.",
            show_default="revenue_organisations, violent_deaths_mx",
        ),
    ] = None,
    freedom: Annotated[
        float, typer.Option(help="Share of what is not known of their conduct that is their choice, 0 to 0.9.")
    ] = 0.5,
    futures: Annotated[int, typer.Option(help="How many of the study's futures to look for answers in.")] = 40,
    fresh: Annotated[int, typer.Option(help="Futures of another seed to count what was found in.")] = 60,
    rounds: Annotated[int, typer.Option(help="Rounds of the game between plans and answers.")] = 5,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: ReadingOption = None,
    workers: WorkersOption = 0,
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Let organisations and governments answer each plan, and say what is left of its gains. Runs them anew: many minutes."""
    from premortem.cli.progress import bar

    made = _of(folder, plan, against, reading or ["as_likely"], figure)
    with bar() as progress:
        found = made.redteam(
            outcome or (),
            menu=menu or (),
            sides=side or (),
            aims=aim or (),
            freedom=freedom,
            futures=futures,
            fresh=fresh,
            rounds=rounds,
            workers=workers,
            progress=progress,
        )
    show(found, form, figure)


@app.command()
def trace(
    folder: Folder,
    future: Annotated[int, typer.Option(min=0, metavar="N", help="Number of the future in the study.")] = 0,
    outcome: Annotated[
        list[str] | None,
        typer.Option(
            "--outcome", metavar="ID", help="Trace only what carries it; may be repeated.", show_default="everything"
        ),
    ] = None,
    plan: PlanOption = "",
    against: AgainstOption = "",
    reading: Annotated[str, typer.Option(help="as_likely or carried_out.")] = "as_likely",
    language: Annotated[str, typer.Option(help="Language of words and tables: en or es.")] = "en",
    figure: FigureOption = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Say what a plan changes in one future, week by week: what parts first, through which mechanisms, what that moves next."""
    made = _of(folder, plan, against, [reading], figure)
    show(made.trace(future, outcome or (), language=language), form, figure)


def _of(folder: str, plan: str, against: str, reading: list[str] | None, figure: Path | None) -> Decisions:
    """Return what is to be decided on, having checked where a picture goes."""
    from premortem.api.studies import study

    if figure is not None:
        from premortem.report.deciding_figures import require_target

        require_target(figure)
    return study(folder).decisions(plan, against, reading or ())


def _levels(given: list[str] | tuple[str, ...]) -> dict[str, float]:
    """Return levels written as ID=NUMBER.

    Raises
    ------
    InputError : one is written otherwise.
    """
    from premortem.errors import InputError, Problem

    found = {}
    for text in given:
        id_, _, level = text.partition("=")
        try:
            found[id_.strip()] = float(level)
        except ValueError:
            raise InputError(Problem("level", "not a level of an outcome", found=text, allowed="ID=NUMBER")) from None
    return found


def show(result: Result, form: Format, figure: Path | None) -> None:
    """Print a result: what it says, its tables, and what to know before quoting it; and write its picture where that is asked."""
    if figure is not None:
        from premortem.report.deciding_figures import save

        save(result, figure)
    if form is Format.JSON:
        print_json(result.as_json())
        return
    from rich import box
    from rich.table import Table

    out = console(at_least=WIDTH)
    for words in result.words:
        out.print(words, markup=False)
    for table in result.tables:
        grid = Table(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for place, column in enumerate(table.columns):
            grid.add_column(column, overflow="fold", ratio=2 if place == 0 else 1)
        for row in table.rows:
            grid.add_row(*row)
        out.print()
        out.print(grid)
        if table.note:
            out.print(table.note, style="dim", markup=False)
    if result.warnings:
        out.print("\nBefore quoting", style="bold")
    for warning in result.warnings:
        out.print(f"- {warning}", markup=False)
