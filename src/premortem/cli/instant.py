"""``premortem instant``: answers while a lever moves, from runs of a few hundred variants of a plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from premortem.cli.output import Format, FormatOption, WorkersOption, print_json, say

app = typer.Typer(
    no_args_is_help=True,
    help="Fit answers that come at once to runs of variants of a plan, with measured errors, and check that they hold.",
)


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # small matrices: threads wait for each other longer than they compute
    root.add_typer(app, name="instant")


@app.command()
def design(
    inputs: Annotated[
        str, typer.Argument(help="File of inputs, or a plan that has packaged ones: border_task_forces.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the design; one that was interrupted goes on.")],
    plans: Annotated[int, typer.Option(help="Variants to learn from, 40 futures each.", min=8, max=4000)] = 400,
    held: Annotated[
        int, typer.Option(help="Variants to measure errors by, in the futures of all parts.", min=4, max=400)
    ] = 40,
    parts: Annotated[int, typer.Option(help="Parts, each with 40 futures of its own.", min=1, max=50)] = 10,
    years: Annotated[int, typer.Option(help="Length of each future.", min=1, max=20)] = 5,
    seed: Annotated[int, typer.Option(help="Seed of points and luck.", min=0, max=2**32 - 1)] = 1,
    workers: WorkersOption = 0,
) -> None:
    """Run variants of a plan that fill a box of inputs: a study for each part, resumed by the same command."""
    from premortem.api.studies import executor
    from premortem.cli.progress import bar
    from premortem.instant import inputs as boxes
    from premortem.instant.design import begin, run

    made = begin(out, boxes.read(inputs), plans=plans, held=held, parts=parts, years=years, seed=seed)
    for part in range(made.parts):
        with bar() as progress:
            run(made, part, executor=executor(workers), progress=progress)
        say(f"part {part + 1} of {made.parts} is done", err=True)
    say(f"next: premortem instant fit {out} -o levers.pmia")


@app.command()
def fit(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a design.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("levers.pmia"),
    form: FormatOption = Format.TEXT,
) -> None:
    """Fit answers to a design and print how far off they are on variants not used for the fit. Exit code 1: a bar is missed."""
    import numpy as np

    from premortem.instant import design as designs
    from premortem.instant import file
    from premortem.instant.fit import Fitted
    from premortem.instant.fit import fit as learn
    from premortem.instant.observed import STEP, observe
    from premortem.study.cases import READINGS

    read = designs.read(folder)
    readings = dict[str, Fitted]()
    measured = dict[str, dict[str, Any]]()
    names: tuple[str, ...] = ()
    for reading in READINGS:
        seen = observe(read, reading)
        names = seen.outcomes
        readings[reading], errors = learn(seen, np.array(read.inputs.words))
        bars = [
            {"bar": what, "value": value, "limit": limit, "met": met} for what, value, limit, met in errors.bars(names)
        ]
        worst = dict(zip(names, errors.by_outcome().tolist(), strict=True))
        refused = [name for name, is_refused in zip(names, readings[reading].refused, strict=True) if is_refused]
        edges = {name: float(np.median(errors.edge[:, at])) for at, name in enumerate(names)}
        measured[reading] = {
            "learnt_from": len(seen.points), "held_out": len(seen.held_points), "futures": int(seen.held.shape[3]), "bars": bars,
            "median_p90": worst, "refused": refused, "edge_p50": edges, "median_p50": float(np.median(errors.median)),
            "share_mean": float(errors.share.mean()), "share_p90": float(np.quantile(errors.share, 0.9)),
        }  # fmt: skip
    made = file.Levers(read.inputs, names, read.years, STEP, dict(read.rests_on), measured, readings)
    size = file.write(made, out)
    if form is Format.JSON:
        print_json({"file": str(out), "bytes": size, "measured": measured})
    else:
        for under, found in measured.items():
            say(
                f"{under}: learnt from {found['learnt_from']} variants, measured on {found['held_out']} in {found['futures']} futures"
            )
            for one in found["bars"]:
                say(
                    f"  {'met   ' if one['met'] else 'MISSED'}  {one['bar']}: {one['value']:.3g} (bar {one['limit']:g})"
                )
            say(f"  not answered, since their medians are too far off: {', '.join(found['refused']) or 'none'}")
            off = (f"{100 * found[name]:.0f}" for name in ("share_mean", "share_p90"))
            say("  shares of futures that do better or worse are off by {} of 100 on average, p90 {}".format(*off))
        say(f"{out}: {size / 1e6:.1f} MB")
    missed = any(not one["met"] for found in measured.values() for one in found["bars"])
    raise typer.Exit(code=int(missed))


@app.command()
def check(
    levers: Annotated[Path, typer.Argument(metavar="FILE", help="File of instant levers.")],
    plan: Annotated[str, typer.Option(help="Plan inside its range: a file.")],
    reading: Annotated[str, typer.Option(help="as_likely or carried_out.")] = "as_likely",
    futures: Annotated[int, typer.Option(help="Futures of the run.", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the run.", min=0, max=2**32 - 1)] = 1,
    workers: WorkersOption = 0,
    form: FormatOption = Format.TEXT,
) -> None:
    """Run a plan and set its instant answer beside the run. Exit code 1: a median is further off than quoted."""
    from dataclasses import asdict

    from premortem.api.plans import plan as read_plan
    from premortem.api.studies import executor
    from premortem.cli.progress import bar
    from premortem.instant import file
    from premortem.instant.check import check as compare

    read = file.read(levers)
    with bar() as progress:
        rows = compare(
            read,
            read_plan(plan).loaded,
            reading,
            futures=futures,
            seed=seed,
            executor=executor(workers),
            progress=progress,
        )
    if form is Format.JSON:
        print_json([asdict(row) | {"holds": row.holds} for row in rows])
    else:
        say("difference at the end: median (5 % to 95 %); how far the medians are apart, as a share of the run's band")
        for row in rows:
            said, ran = (f"{one[0]:+.3g} ({one[1]:+.3g} to {one[2]:+.3g})" for one in (row.instant, row.run))
            say(
                f"{row.outcome:<26} at once {said:<34} run {ran:<34} {row.off:.0%}, quoted {row.quoted:.0%}{'' if row.holds else '  MORE'}"
            )
    raise typer.Exit(code=int(not all(row.holds for row in rows)))
