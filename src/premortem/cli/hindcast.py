"""``premortem hindcast``: forecasts of the past from what was known then, scored beside every naive rival."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.api.forecasts import FIRST, NEWEST, RUNS
from premortem.cli.output import Format, FormatOption, console, notes, print_json
from premortem.wording.quantities import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from premortem.calibration.scoreboard import Learned
    from premortem.evidence.skill import Line

HEADS = {
    "ahead": 24,
    ">cases": 8,
    ">model": 10,
    ">best rival": 11,
    "which": 24,
    ">model / rival": 14,
    ">in 50, 90 %": 13,
    "range": 10,
}
FITTED = {">fitted": 10, ">its 50, 90 %": 13}
"""Columns with their widths, so that tables stand below each other; ``>`` aligns to the right. ``range``: of 90 %,
where it does not hold."""
SECONDS = 8  # that an origin took, on a machine of two processors


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="hindcast")(run)


def run(
    origins: Annotated[
        tuple[str, str], typer.Option(metavar="FIRST NEWEST", help="Months between which every third one is an origin.")
    ] = (FIRST, NEWEST),
    runs: Annotated[
        str, typer.Option(metavar="FOLDER", help="Futures of the model by origin: made there, or taken.")
    ] = RUNS,
    fits: Annotated[
        str,
        typer.Option(
            metavar="FOLDER", help="Fits to the record: the model is also run with the newest at each origin."
        ),
    ] = "",
    export: Annotated[
        Path | None, typer.Option(metavar="FILE.parquet", help="Also write every sample, for anyone to score again.")
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Forecast three years from every third month of the past with what was known then, and score the model beside eight naive rivals.

    What the model loses comes first. All origins take some ten minutes; what is there already is taken. Ctrl-C leaves it resumable: the
    same command goes on. Scores of the packaged run are in docs/hindcast.md.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from premortem.api.forecasts import hindcast
    from premortem.calibration import scoreboard
    from premortem.calibration.hindcast import quarterly

    asked = quarterly(*origins)
    if missing := sum(not (Path(runs) / f"{origin}.npz").is_file() for origin in asked):
        minutes = 1 + missing * SECONDS // 60
        long = f"{minutes} minute{'s' * (minutes > 1)}"
        notes().print(
            f"{missing} of {len(asked)} origins are simulated first: some {long}, or more on a slow machine. "
            "Scores that are ready: docs/hindcast.md",
            markup=False,
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes(), transient=True) as progress:
        bar = progress.add_task("compiling the model", total=len(asked) * (2 if fits else 1))

        def done(origin: str) -> None:
            progress.update(bar, description=f"origin {origin}", advance=1)

        scores = hindcast(*origins, runs=runs, fits=fits, export=export or "", progress=done)
    found, learned = scoreboard.lines(scores), scoreboard.learned(scores) if fits else ()
    if form is Format.JSON:
        rows: Sequence[Line] = learned or found
        print_json([one.as_json() | {"range": scoreboard.range_of(one).replace(" ", "_")} for one in rows])
    else:
        show(found, learned)


def show(found: Iterable[Line], learned: Iterable[Learned] = ()) -> None:
    """Print scores, a table a target, each with the best of its rivals, and what a fit at each origin makes of it."""
    from itertools import groupby, zip_longest

    from rich.table import Table

    from premortem.calibration.scoreboard import range_of

    wide = console(at_least=110)
    heads = {**HEADS, **FITTED} if learned else HEADS
    for title, group in groupby(zip_longest(found, learned), key=lambda row: _title(row[0])):
        grid = Table(title=title, title_justify="left", box=None, header_style="dim", pad_edge=False)
        for head, width in heads.items():
            side = "right" if head.startswith(">") else "left"
            grid.add_column(head.removeprefix(">"), justify=side, min_width=width)  # type: ignore[arg-type]
        for one, fit in group:
            verdict = ("LOSES " if one.ratio > 1 else "") + f"{one.ratio:.2f}"
            scores = (number(one.scores["premortem"]), number(one.scores[one.rival]), one.rival.replace("_", " "))
            held = [f"{one.in50:.2f} / {one.in90:.2f}", "" if one.honest else range_of(one)]
            if fit is not None:
                held += [number(fit.fitted.score), f"{fit.fitted.in50:.2f} / {fit.fitted.in90:.2f}"]
            grid.add_row(one.ahead, f"{one.cases:,}", *scores, verdict, *held)
        wide.print(grid)
        wide.print()
    wide.print("Mean scores over the same cases, lower is better; all eight rivals: --format json.", markup=False)


def _title(line: Line) -> str:
    if line.protocol == "views":
        return "State-months by ViEWS' protocol, 2018-24"
    return f"{line.title}: {line.places} ({line.metric.upper()}, {line.unit})"
