"""``premortem study``: many plans in many futures, resumable."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, WorkersOption, console, notes, print_json, say
from premortem.errors import plain

if TYPE_CHECKING:
    from premortem.api.comparisons import Comparison
    from premortem.api.studies import Study

app = typer.Typer(
    no_args_is_help=True,
    help="Run many plans in many futures: interrupt, resume, spread over machines; the results are the same.",
)

Folder = Annotated[str, typer.Argument(metavar="DIR", help="Folder of the study: a path or an fsspec URL.")]
AgainstOption = Annotated[
    str, typer.Option("--against", help="Baseline.", show_default="status_quo, or the first plan")
]
Cluster = Annotated[
    str, typer.Option("--dask", metavar="ADDRESS", help="Scheduler of a Dask cluster (tcp://host:8786).")
]


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="study")


@app.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What to study.")],
    out: Annotated[str, typer.Option(help="Folder of the study, new or empty: a path or an fsspec URL.")],
    workers: WorkersOption = 0,
    cluster: Cluster = "",
) -> None:
    """Run a study. Ctrl-C leaves it resumable."""
    from premortem.api.studies import study
    from premortem.cli.progress import bar

    with bar() as progress:
        made = study(file, out, workers=workers, dask=cluster, progress=progress)
    _complete(made)


@app.command()
def resume(folder: Folder, workers: WorkersOption = 0, cluster: Cluster = "") -> None:
    """Go on with a study that was interrupted; the results are those of an uninterrupted one."""
    from premortem.api.studies import study
    from premortem.cli.progress import bar

    with bar() as progress:
        made = study(folder).resume(workers=workers, dask=cluster, progress=progress)
    _complete(made)


@app.command()
def status(folder: Folder, form: FormatOption = Format.TEXT) -> None:
    """Say how far a study is."""
    from premortem.api.studies import study
    from premortem.wording.languages import spoken

    store = study(folder).store
    about = store.provenance
    state, causes = store.status(), store.failures()
    if form is Format.JSON:
        failures = [{"unit": chunk.name, "cause": cause} for chunk, cause in sorted(causes.items())]
        print_json({**state.as_json(), "failures": failures})
        return
    out = console()
    done = "complete" if state.complete else "not complete"
    out.print(
        f"{folder}: {done}, {state.runs_done:,} of {state.runs:,} runs ({state.chunks_done:,} of {state.chunks:,} chunks)"
    )
    t = spoken()
    apart = f" ({t('cli.also_carried_out', n=len(about.stoppable))})" if about.stoppable else ""
    sizes = (t.count("plan", len(about.plans)) + apart, t.count("future", about.futures), t.count("year", about.years))
    out.print(" x ".join(sizes))
    if state.failed:
        out.print(f"{state.failed:,} runs failed: a number stopped being finite (column fault of the table)")
    for chunk, cause in sorted(causes.items()):
        out.print(f"chunk {chunk.name} could not be computed: {cause}", markup=False)
    if not state.complete:
        out.print(f"go on with: premortem study resume {folder}", markup=False)


@app.command()
def show(
    folder: Folder,
    plan: Annotated[str, typer.Option(help="Only this plan, in full.", show_default="all plans")] = "",
    against: AgainstOption = "",
    whole: Annotated[bool, typer.Option("--all", help="Every headline outcome, not the short answer.")] = False,
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare the plans of a study, finished or not."""
    from premortem.api.studies import study
    from premortem.cli import abreast, cells, comparison

    made = study(folder)
    results = _compared(made, against, plan)
    if form is Format.JSON:
        print_json([comparison.document(one.result, made.store) for one in results])
    elif len(results) == 1:
        comparison.show(console(at_least=cells.WIDTH, fits=True), results[0].result, made.store, whole=whole)
    else:
        shown = console(at_least=cells.WIDTH, fits=True)
        abreast.show(shown, [one.result for one in results], made.store, whole=whole)
    if not (state := made.status()).complete:
        notes().print(f"not complete: {state.runs_done:,} of {state.runs:,} runs")


@app.command()
def weigh(
    folder: Folder,
    weights: Annotated[
        Path, typer.Argument(metavar="WEIGHTS.toml", help="A table \\[weights]: outcome = worth of one unit.")
    ],
    plan: Annotated[str, typer.Option(help="Only this plan.", show_default="all plans")] = "",
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Sum several outcomes by your weights, in both readings, and say how the answer changes with each of them."""
    from premortem.api.studies import study
    from premortem.cli.cells import WIDTH, grid
    from premortem.wording.languages import spoken
    from premortem.wording.weights import weighed_table

    compared = _compared(study(folder), against, plan)
    found = [(one.weigh(weights), one.carried_out.weigh(weights) if one.unfolding else None) for one in compared]
    if form is Format.JSON:
        print_json([likely.as_json() | {"carried_out": written and written.as_json()} for likely, written in found])
        return
    shown, t = console(at_least=WIDTH), spoken()
    for likely, written in found:
        for key, one in (("as_likely_title", likely), ("carried_out_title", written)):
            if one is not None:
                title, table = weighed_table(one, t)
                shown.print((f"{t(f'readings.{key}')}. " if written else "") + title, markup=False)
                shown.print(grid(table))
        shown.print(table.note + "\n", markup=False)


@app.command()
def aftermath(
    folder: Folder,
    plan: Annotated[str, typer.Option(help="Only this plan.", show_default="all plans")] = "",
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare the plans two and five years after their campaigns end, in both readings, and say what of their effects lasts."""
    from rich.console import Group, RenderableType

    from premortem.api.studies import study
    from premortem.cli.aftermath import whole
    from premortem.cli.cells import WIDTH
    from premortem.wording.languages import spoken

    compared = _compared(study(folder), against, plan)
    results = [(one.aftermath(), one.carried_out.aftermath() if one.unfolding else None) for one in compared]
    if form is Format.JSON:
        print_json([likely.as_json() | {"carried_out": written and written.as_json()} for likely, written in results])
        return
    t, parts = spoken(), list[RenderableType]()
    for likely, written in results:
        parts += whole(likely, t("readings.as_likely_title") if written else "")
        parts += whole(written, t("readings.carried_out_title")) if written else ()
    console(at_least=WIDTH).print(Group(*parts))


@app.command()
def balance(
    folder: Folder,
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Say for every plan and main outcome in what share of futures it is better and worse, and why where one hardly occurs."""
    from premortem.analysis import balance as fair
    from premortem.api.studies import study
    from premortem.cli import verdicts

    known = fair.reasons()
    comparisons = [one.result for one in study(folder).comparisons(against)]
    shares = fair.shares(comparisons)
    if form is Format.JSON:
        print_json([fair.as_json(share, known) for share in shares])
    else:
        futures = min((comparison.futures for comparison in comparisons), default=0)
        verdicts.balance(console(at_least=verdicts.WIDTH), shares, known, futures)


@app.command()
def screen(
    folder: Folder,
    plan: Annotated[str, typer.Option(help="Plan of the study.", show_default="the first but the baseline")] = "",
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Rank the assumptions that decide the difference between a plan and its baseline."""
    from premortem.api.studies import study
    from premortem.cli import verdicts

    made = study(folder)
    baseline = against or made.baseline
    judged = plan or next((name for name in made.plans if name != baseline), baseline)
    ranking = made.compare(judged, baseline).ranking
    if form is Format.JSON:
        print_json(ranking.as_json())
    else:
        verdicts.screen(console(at_least=verdicts.WIDTH), ranking)


class What(StrEnum):
    """What is exported."""

    RESULTS = "results"
    LEDGER = "ledger"


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="File to write, by its ending.")],
    what: Annotated[
        What,
        typer.Option(
            help="results: .nc (everything), .csv, .xlsx; ledger: where everything went, for a Sankey, .csv or .json."
        ),
    ] = What.RESULTS,
) -> None:
    """Write a study for other programs: its results, or the ledger as source, target, value, unit."""
    from premortem.api.studies import study

    study(folder).export(out, what="ledger" if what is What.LEDGER else "results")


@app.command()
def verify(folder: Folder, form: FormatOption = Format.TEXT) -> None:
    """Compare every file of a study with its checksum. Exit code 0: whole; 1: damaged, with the name of each part."""
    from premortem.api import studies
    from premortem.study.verify import beside

    damages, others = studies.verify(folder), beside(folder)
    if form is Format.JSON:
        damaged = [{"file": one.file, "trouble": one.trouble} for one in damages]
        print_json({"whole": not damages, "damaged": damaged, "beside": list(others)})
    else:
        for one in damages:
            say(plain(f"{one.file}: {one.trouble}"))
        say(plain(f"{folder}: {f'{len(damages)} damaged' if damages else 'whole'}"))
        if others:
            say(plain(f"beside the study, and none of it: {', '.join(others)}"), err=True)
    if damages:
        if form is Format.TEXT:
            again = f"to compute them again, and only them: premortem study repair {folder}"
            lost = "all else is compared with that: copy it from a backup, or run again into a new folder"
            say(plain(lost if any(one.beyond_repair for one in damages) else again), err=True)
        raise typer.Exit(1)


@app.command()
def repair(folder: Folder) -> None:
    """Compute what is damaged again, and only that, if this machine gives what was written."""
    from premortem.api import studies

    for one in (damages := studies.repair(folder)):
        say(plain(f"{one.file}: {one.trouble}"))
    say(plain(f"{folder}: {f'{len(damages)} repaired' if damages else 'whole; nothing was changed'}"))
    if not studies.study(folder).status().complete:
        say(plain(f"go on with: premortem study resume {folder}"), err=True)


@app.command()
def digest(folder: Folder) -> None:
    """Print a hash over all results: equal exactly when the results are."""
    from premortem.api.studies import study

    made = study(folder)
    state = made.status()
    note = "" if state.complete else f"  not complete: {state.runs_done} of {state.runs} runs"
    say(f"{made.digest()}{note}")


def _compared(made: Study, against: str, plan: str) -> tuple[Comparison, ...]:
    """Return one plan of the study against its baseline, or all of them."""
    return (made.compare(plan, against),) if plan else made.comparisons(against)


def _complete(made: Study) -> None:
    state = made.status()
    failed = f"; {state.failed:,} of them failed (column fault of the table)" if state.failed else ""
    notes().print(
        f"{made.folder}: complete, {state.runs:,} runs{failed}. Look at it with: premortem study show {made.folder}",
        markup=False,
    )
