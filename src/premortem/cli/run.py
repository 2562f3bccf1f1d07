"""``premortem run``: the main job. Plans against another over the same futures."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, WorkersOption, console, print_json
from premortem.cli.pager import paged


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="run")(run)


def run(
    plans: Annotated[
        list[str] | None,
        typer.Argument(help="Plans to judge: packaged names or files.", show_default="border_task_forces"),
    ] = None,
    plan: Annotated[str, typer.Option(help="The same, for one plan.", show_default=False)] = "",
    against: Annotated[str, typer.Option(help="Plan to judge it by: a packaged name or a file.")] = "status_quo",
    futures: Annotated[int, typer.Option(help="Number of futures, the same for all plans.")] = 200,
    years: Annotated[int, typer.Option(help="Length of each future.")] = 5,
    seed: Annotated[int, typer.Option(help="Seed of all draws and luck: same seed, same results.")] = 1,
    out: Annotated[
        str, typer.Option(help="Folder for the run, new or empty.", show_default="runs/PLAN_vs_AGAINST")
    ] = "",
    workers: WorkersOption = 0,
    posterior: Annotated[
        str,
        typer.Option(
            metavar="default|none|CUT|FILE",
            help="Fit to the record that the draws follow, by default the newest made of nothing later than the start; none: the priors.",
        ),
    ] = "default",
    whole: Annotated[bool, typer.Option("--all", help="Every headline outcome, not the short answer.")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Simulate a plan and its alternative in the same futures; answer in at most 30 lines: what it costs, harms, helps, and what decides.

    Several plans are each compared with the same alternative and shown side by side.

    Without options: the plan of the op-ed, border_task_forces, against the status quo over five years.

    In a terminal window of at least 100 columns the table fills while futures come in, marked as provisional.
    """
    from premortem.api import studies
    from premortem.cli import abreast, cells, comparison
    from premortem.cli.progress import bar
    from premortem.wording.languages import spoken

    if plans and plan:
        raise typer.BadParameter(f"name plans once: {' '.join(plans)}, or --plan {plan}")
    judged = plans or [plan or "border_task_forces"]
    alone = len(judged) == 1
    look = comparison.provisional if alone and form is Format.TEXT and console().is_terminal else None
    with bar(look, columns=cells.WIDTH) as progress:
        study = studies.run(
            against,
            *judged,
            futures=futures,
            years=years,
            seed=seed,
            out=out,
            workers=workers,
            posterior=posterior,
            progress=progress,
        )
    results = [one.result for one in study.comparisons(study.plans[0])]
    if form is Format.JSON:
        documents = [
            comparison.document(result, study.store)
            | ({"cannot_say": list(unsaid)} if (unsaid := _unsaid(name)) else {})
            for name, result in zip(judged, results, strict=True)
        ]
        print_json(documents[0] if alone else documents)
        return
    shown = console(at_least=cells.WIDTH, fits=True)
    for name in judged:
        if unsaid := _unsaid(name):
            t = spoken()
            of = "" if alone else t("cli.of", name=name)
            shown.print(t("cli.unsaid", of=of), markup=False)
            for entry in unsaid:
                shown.print(f"- {entry}", markup=False)
            shown.print()
    with paged() if whole else nullcontext():
        if alone:
            comparison.show(shown, results[0], study.store, whole=whole)
        else:
            abreast.show(shown, results, study.store, whole=whole)


def _unsaid(plan: str) -> tuple[str, ...]:
    """Return what the plan's text says and the language cannot say yet: no result holds it."""
    from premortem.api.plans import plan as read
    from premortem.plan.telling.gallery import cannot_say

    return cannot_say(read(plan).loaded.source)
