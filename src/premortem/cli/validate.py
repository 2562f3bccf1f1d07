"""``premortem validate``: published causal effects on the model, with verdict and power."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from premortem.cli.output import Format, FormatOption, console, notes, print_json
from premortem.wording.quantities import number

WEAK = {
    "": "yes",
    "model": "no: the model is too wide",
    "study": "no: the study is too wide",
    "open": "no: an open sign",
    "chance": "no: within the sampling error",
    "few": "no: fewer than 40 futures",
}


class Half(StrEnum):
    """Halves of the findings."""

    TRAINING = "training"
    TEST = "test"


def register(root: typer.Typer) -> None:
    """Add the command to the command line."""
    root.command(name="validate")(run)


def run(
    finding: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Findings of your own; they are run.", show_default=False)
    ] = None,
    half: Annotated[
        Half | None, typer.Option(help="One half, as the published rule draws them.", show_default=False)
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run the packaged findings again: some ten minutes.")] = False,
    futures: Annotated[int, typer.Option(help="Futures that each side of a finding is run on.", min=2)] = 80,
    runs: Annotated[str, typer.Option(metavar="FOLDER", help="What is run: made there, or taken.")] = "runs/findings",
    posterior: Annotated[
        str, typer.Option(metavar="CUT|FILE", help="A fit to the record to run with; the priors by default.")
    ] = "none",
    form: FormatOption = Format.TEXT,
) -> None:
    """Hold the model to published causal effects: does it answer as the world did?

    Without a file: the stored results of the packaged findings, those first that the model does not answer. Verdict and power are two
    things.
    """
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from premortem.api.validations import validate

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=notes(), transient=True) as progress:
        bar = progress.add_task(
            "the first run on a machine compiles the model: about a minute", visible=bool(finding) or again
        )
        frame = validate(
            finding or "",
            half=half.value if half else "",
            again=again,
            futures=futures,
            runs=runs,
            posterior=posterior,
            progress=lambda done: progress.update(bar, description=f"run: {done}"),
        )
    rows = frame.to_dicts()
    if form is Format.JSON:
        print_json(rows)
        return
    _print(rows)
    if not finding and not again:
        _about()


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from premortem.calibration.findings.tally import WORDS, ordered
    from premortem.wording.quantities import SHARES, measured

    grid = Table(box=None, header_style="dim", pad_edge=False)
    for head in (
        "finding",
        "half",
        "unit",
        "published, on the model's scale",
        "model, 5 to 95 %",
        "verdict",
        "power",
        "counts as",
    ):
        grid.add_column(head, overflow="fold", no_wrap=head == "finding")  # an id is never broken
    for one in ordered(rows):
        scale = SHARES.get(one["unit"], 1.0)
        power = "" if one["missing"] else WEAK[one["weakness"]]
        grid.add_row(
            one["id"].removeprefix("find."),
            {"train": "training"}.get(one["use"], one["use"]),
            measured(one["unit"]) or one["unit"],
            _band(one["target"], scale),
            _band(one["model"], scale) if one["model"] else one["missing"],
            WORDS[one["verdict"]],
            power,
            ", ".join(f"moved {one['moved']:,} weeks" if why == "moved" else why for why in one["consistency"])
            or "test",
        )
    console(at_least=180).print(grid)


def _band(band: dict[str, float], scale: float) -> str:
    median, low, high = (band[name] * scale for name in ("median", "low", "high"))
    middle, least, most = (number(one, 3) for one in (median, low, high))
    return f"{middle} ({least} to {most})"


def _about() -> None:
    from premortem.calibration.findings import results

    stored = results.stored()
    said = (
        f"\nStored results of {stored.date}, {stored.futures} futures each, priors."
        if stored.posterior == "none"
        else ""
    )
    if results.stale():
        said += " The model or the findings have changed since: premortem validate --again."
    console().print(said, markup=False)
