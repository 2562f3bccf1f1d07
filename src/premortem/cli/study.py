"""``premortem study``: many plans in many futures, resumable."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, notes, print_json

if TYPE_CHECKING:
    from premortem.study.executors import Executor
    from premortem.study.experiment import Experiment
    from premortem.study.store import Store

app = typer.Typer(
    no_args_is_help=True,
    help="Run many plans in many futures: interrupt, resume, spread over machines; the results are the same.",
)

Folder = Annotated[str, typer.Argument(metavar="DIR", help="Folder of the study: a path or an fsspec URL.")]
Workers = Annotated[int, typer.Option(help="Worker processes.", min=0, show_default="threads of this process")]
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
    workers: Workers = 0,
    cluster: Cluster = "",
) -> None:
    """Run a study. Ctrl-C leaves it resumable."""
    from premortem.study.resume import begin
    from premortem.study.spec import read

    _conduct(*begin(read(file), out), workers, cluster)


@app.command()
def resume(folder: Folder, workers: Workers = 0, cluster: Cluster = "") -> None:
    """Go on with a study that was interrupted; the results are those of an uninterrupted one."""
    from premortem.study.resume import require_reproducible, resume

    store, experiment = resume(folder)
    if not store.status().complete:
        require_reproducible(store, experiment)
    _conduct(store, experiment, workers, cluster)


@app.command()
def status(folder: Folder, form: FormatOption = Format.TEXT) -> None:
    """Say how far a study is."""
    from premortem.study.store import Store

    store = Store.open(folder)
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
    out.print(f"{len(about.plans)} plans x {about.futures:,} futures x {about.years} years")
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
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare the plans of a study, finished or not."""
    from premortem.analysis.compare import compare
    from premortem.cli import cells, comparison
    from premortem.study.store import Store

    store = Store.open(folder)
    plans, baseline = _compared(store, against, plan)
    table = store.table().collect()
    results = [compare(table, name, baseline) for name in plans]
    if form is Format.JSON:
        print_json([comparison.document(result, store) for result in results])
    elif len(results) == 1:
        comparison.show(console(at_least=cells.WIDTH), results[0], store)
    else:
        comparison.overview(console(at_least=cells.WIDTH), results, store)
    if not (state := store.status()).complete:
        notes().print(f"not complete: {state.runs_done:,} of {state.runs:,} runs")


@app.command()
def aftermath(
    folder: Folder,
    plan: Annotated[str, typer.Option(help="Only this plan.", show_default="all plans")] = "",
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Compare the plans two and five years after their campaigns end, and say what of their effects lasts."""
    from rich.console import Group

    from premortem.analysis import aftermath as after
    from premortem.cli.aftermath import told
    from premortem.cli.cells import WIDTH
    from premortem.study.store import Store

    store = Store.open(folder)
    plans, baseline = _compared(store, against, plan)
    results = [after.aftermath(store, name, baseline) for name in plans]
    if form is Format.JSON:
        print_json([result.as_json() for result in results])
    else:
        console(at_least=WIDTH).print(Group(*(part for result in results for part in told(result))))


@app.command()
def balance(
    folder: Folder,
    against: AgainstOption = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Say for every plan and main outcome in what share of futures it is better and worse, and why where one hardly occurs."""
    from premortem.analysis import balance as fair
    from premortem.analysis.compare import compare
    from premortem.cli import verdicts
    from premortem.study.store import Store

    store = Store.open(folder)
    plans, baseline = _compared(store, against)
    table, known = store.table().collect(), fair.reasons()
    comparisons = [compare(table, name, baseline) for name in plans]
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
    from premortem.analysis.decisive import rank
    from premortem.cli import verdicts
    from premortem.study.store import Store

    store = Store.open(folder)
    plans, baseline = _compared(store, against, plan)
    ranking = rank(store, next(iter(plans), baseline), baseline)
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
    from premortem.analysis.ledger import export as write_ledger
    from premortem.study.reading import export as write_results
    from premortem.study.store import Store

    (write_ledger if what is What.LEDGER else write_results)(Store.open(folder), out)


@app.command()
def digest(folder: Folder) -> None:
    """Print a hash over all results: equal exactly when the results are."""
    from premortem.study.store import Store

    store = Store.open(folder)
    state = store.status()
    note = "" if state.complete else f"  not complete: {state.runs_done} of {state.runs} runs"
    typer.echo(f"{store.digest()}{note}")


def _compared(store: Store, against: str, plan: str = "") -> tuple[list[str], str]:
    """Return the plans to compare, all of the study or only one, and the plan to compare them with."""
    plans = store.provenance.plans
    baseline = against or ("status_quo" if "status_quo" in plans else plans[0])
    return [name for name in ([plan] if plan else plans) if name != baseline], baseline


def _conduct(store: Store, experiment: Experiment, workers: int, cluster: str) -> None:
    from premortem.cli.progress import bar
    from premortem.errors import Problem, StoppedError
    from premortem.study.run import conduct, require_complete

    url = store.folder.url
    try:
        with bar() as progress:
            state = conduct(store, experiment, executor=_executor(workers, cluster), progress=progress)
    except KeyboardInterrupt:
        done = store.status()
        raise StoppedError(
            Problem(
                "interrupted",
                f"interrupted; {done.runs_done:,} of {done.runs:,} runs are complete and safe. Go on with: premortem study resume {url}",
            )
        ) from None
    require_complete(state, store)
    failed = f"; {state.failed:,} of them failed (column fault of the table)" if state.failed else ""
    notes().print(
        f"{url}: complete, {state.runs:,} runs{failed}. Look at it with: premortem study show {url}", markup=False
    )


def _executor(workers: int, cluster: str) -> Executor:
    from premortem.study.executors import Processes, Threads
    from premortem.study.executors.dask import Dask

    if cluster:
        return Dask(cluster)
    return Processes(workers) if workers else Threads()
