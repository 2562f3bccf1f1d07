"""``premortem calibrate``: what the record says about the model's inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

if TYPE_CHECKING:
    from premortem.evidence.calibrated import Posterior, Ranks

app = typer.Typer(
    no_args_is_help=True, help="Fit the model to the record, check the fit, and show what the record informs."
)

NameOption = Annotated[
    str,
    typer.Option(
        "--posterior", metavar="CUT|FILE", help="A packaged fit by its cut, or a file; the newest by default."
    ),
]


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="calibrate")


@app.command()
def fit(
    cut: Annotated[str, typer.Option(metavar="YYYY-MM", help="Nothing is seen that was not public on its first day.")],
    out: Annotated[Path | None, typer.Option(help="File for the fit.", show_default="posterior_CUT.json")] = None,
    runs: Annotated[
        str,
        typer.Option(
            metavar="FOLDER", help="Futures of the prior: made there, or taken.", show_default="runs/prior_CUT"
        ),
    ] = "",
    futures: Annotated[int, typer.Option(help="Number of these futures.", min=200)] = 1000,
    form: FormatOption = Format.TEXT,
) -> None:
    """Fit to what was known at the start of a month: simulate the status quo from eight years before, then learn from the record.

    Ctrl-C leaves it resumable: the same command goes on.
    """
    from premortem.api.calibrations import calibrate
    from premortem.cli.progress import bar

    target = out or Path(f"posterior_{cut}.json")
    with bar() as progress:
        made = calibrate(cut, target, futures=futures, runs=runs, progress=progress)
    if form is Format.JSON:
        print_json(document(made))
        return
    _print(made)
    console().print(f"\nWritten to {target}. Use it: premortem run --posterior {target}", markup=False)


@app.command()
def check(name: NameOption = "default", form: FormatOption = Format.TEXT) -> None:
    """Check a fit: ranks of truths drawn from the prior (in50 .45 to .55, in90 .87 to .93), and whether its priors are still in use.

    Exits with 1 where a check fails.
    """
    from premortem.api.calibrations import posterior
    from premortem.errors import InputError
    from premortem.evidence import made_of
    from premortem.study.experiment import parameters_of
    from premortem.theatre.folder import DEFAULT

    found = posterior(name)
    try:
        found.require_same_priors(parameters_of(DEFAULT))
        stale = ""
    except InputError as error:
        stale = error.problems[0].message
    same = found.made_of.get("model") == made_of.fit(found.cut).digest
    fine = not stale and all(ranks.passed for ranks in found.sbc.values())
    if form is Format.JSON:
        sbc = {what: ranks.model_dump() | {"passed": ranks.passed} for what, ranks in found.sbc.items()}
        print_json({"cut": found.cut, "sbc": sbc, "same_priors": not stale, "same_model": same, "passed": fine})
    else:
        _ranks(found)
        console().print(stale or "The priors of what it touches are those of this version.", markup=False)
        if not same:
            console().print(
                "The model or its data has changed since it was fitted: premortem calibrate fit.", markup=False
            )
    raise typer.Exit(code=0 if fine else 1)


@app.command()
def show(name: NameOption = "default", form: FormatOption = Format.TEXT) -> None:
    """Show what a fit touches: mean and standard deviation before and after, and the data that inform it."""
    from premortem.api.calibrations import posterior

    found = posterior(name)
    if form is Format.JSON:
        print_json(document(found))
    else:
        _print(found)


def document(found: Posterior) -> dict[str, object]:
    """Return a fit for programs: a list of what is touched, and what it was made of."""
    about = found.model_dump(mode="json", exclude={"touched", "mean", "root", "heat"})
    return about | {
        "touched": [
            {
                "parameter": one.name,
                "unit": one.unit,
                "prior": {"mean": one.prior[0], "sd": one.prior[1]},
                "posterior": {"mean": one.posterior[0], "sd": one.posterior[1]},
                "score": {"mean": one.score[0], "sd": one.score[1]},
                "informed": one.parameter in found.informed,
                "informed_by": one.informed_by,
            }
            for one in found.touched
        ],
        "heat": [
            {"parameter": ident, "prior_median": prior, "estimate": estimate}
            for ident, (prior, estimate) in found.heat.items()
        ],
    }


def _print(found: Posterior) -> None:
    from rich.table import Table

    from premortem.wording.languages import spoken

    grid = Table(box=None, header_style="dim", pad_edge=False)
    for head in ("parameter", ">prior mean", ">sd", ">fitted mean", ">sd", ">left of the spread", "informed by"):
        side = "right" if head.startswith(">") else "left"
        grid.add_column(head.removeprefix(">"), justify=side, overflow="fold")  # type: ignore[arg-type]
    for one in sorted(found.touched, key=lambda one: one.score[1]):
        numbers = (*one.prior, *one.posterior)
        ties = ", ".join(map(spoken().translated, list(one.informed_by)[:3]))
        grid.add_row(
            f"{one.name} ({spoken().translated(one.unit, inside=True)})",
            *(f"{value:.3g}" for value in numbers),
            f"{one.score[1]:.2f}",
            ties,
        )
    shown = console(at_least=130)
    shown.print(
        f"Fit to what was known on {found.cut}-01, from {found.members:,} futures of the status quo from {found.start} on. "
        f"The record touches {len(found.touched)} numbers, of which about {found.by_chance:.0f} by chance; it informs "
        f"{len(found.informed)} parameters (less than 95 % of the spread left). All others keep their priors, bit for bit.\n",
        markup=False,
    )
    shown.print(grid)
    _ranks(found)


def _ranks(found: Posterior) -> None:
    words = {
        "inputs": "all it touches",
        "informed": "what it informs",
        "record": "the record itself, without its noise",
    }
    for what, ranks in found.sbc.items():
        console(at_least=130).print(f"Known truths, {words[what]}: {_said(ranks)}", markup=False)


def _said(ranks: Ranks) -> str:
    bins = " ".join(f"{share:.3f}" for share in ranks.histogram)
    return (
        f"of {ranks.truths:,} truths {ranks.in50:.3f} inside the central 50 %, {ranks.in90:.3f} inside 90 %; "
        f"ranks by tenths {bins}: {'passed' if ranks.passed else 'FAILED'}"
    )
