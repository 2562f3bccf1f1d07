"""``premortem decide search``: plans around a given one that beat it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption


def register(root: typer.Typer) -> None:
    """Add the command to the group ``decide``."""
    root.command()(search)


def search(
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Folder of a study whose plan to search around.")] = "",
    plan: Annotated[
        str,
        typer.Option(
            "--plan",
            help="Plan to search around: of the study, else a name or a file.",
            show_default="the study's first but the baseline",
        ),
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder of the search. The same again goes on with it.")
    ] = Path("search"),
    against: Annotated[
        str, typer.Option("--against", help="Baseline.", show_default="status_quo, or the study's")
    ] = "",
    objective: Annotated[
        list[str] | None,
        typer.Option("--objective", metavar="ID", help="Outcome to judge by; may be repeated.", show_default="seven"),
    ] = None,
    inputs: Annotated[
        str,
        typer.Option(
            "--inputs", metavar="FILE", help="What may move, in TOML.", show_default="what is listed for all plans"
        ),
    ] = "",
    budget: Annotated[
        float | None, typer.Option(help="Most that a plan may cost, million USD a year on average.")
    ] = None,
    plans: Annotated[int, typer.Option(help="Plans to try.")] = 5000,
    futures: Annotated[int, typer.Option(help="Futures in which each is tried.")] = 20,
    years: Annotated[int, typer.Option(min=1, max=40, help="Their length.")] = 3,
    confirm: Annotated[int, typer.Option(help="Plans to try again in fresh futures.")] = 20,
    fresh: Annotated[int, typer.Option(help="Fresh futures.")] = 200,
    full_years: Annotated[int, typer.Option(min=1, max=40, help="Length of fresh futures.")] = 5,
    generation: Annotated[int, typer.Option(help="Plans in a generation.")] = 100,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of all chance.")] = 1,
    reading: Annotated[str, typer.Option(help="as_likely or carried_out.")] = "as_likely",
    workers: Annotated[int, typer.Option(help="Worker processes.", min=0, show_default="threads of this process")] = 0,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write a picture: .svg or .png.")] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Search for plans that beat one: sizes, timing, posture and civil measures; never force rules. Runs many plans: up to an hour."""
    from premortem.api.searching import search as run
    from premortem.api.studies import study
    from premortem.cli.decide import show
    from premortem.cli.progress import tries
    from premortem.decisions.search import tried_before
    from premortem.errors import InputError, Problem
    from premortem.report.deciding_figures import require_target
    from premortem.study.cases import READINGS

    given = study(folder) if folder else None
    if not plan and not given:
        raise InputError(Problem("plan", "say around which plan to search (--plan)", allowed="premortem plans"))
    if given and not plan:
        plan = given.decisions("", against).plan
    if reading not in READINGS:
        raise InputError(Problem("reading", "no such reading", found=reading, allowed=", ".join(READINGS)))
    if figure is not None:
        require_target(figure)
    about = (
        f"{plans:,} plans around {plan}, each in {futures} futures of {years} years; then the best {confirm} in {fresh} fresh futures of "
        f"{full_years} years. Ctrl-C stops it, and the same command goes on where it was (folder {out})."
    )
    with tries(about, tried_before(out) * generation) as progress:
        found = run(
            given.decisions(plan, against) if given else plan,
            out,
            against="" if folder else against,
            inputs=inputs,
            objectives=objective or (),
            budget=budget,
            plans=plans,
            futures=futures,
            years=years,
            confirm=confirm,
            fresh=fresh,
            full_years=full_years,
            generation=generation,
            seed=seed,
            reading=reading,
            workers=workers,
            progress=progress,
        )
    show(found, form, figure)
