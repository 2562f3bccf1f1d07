"""``premortem forecast``: file a forecast before the outcome, and score it as data arrive."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer

from premortem.cli.output import Format, FormatOption, console, print_json

app = typer.Typer(no_args_is_help=True, help="File a forecast before the outcome, and score it as data arrive.")


def register(root: typer.Typer) -> None:
    """Add the group to the command line."""
    root.add_typer(app, name="forecast")


@app.command()
def file(
    period: Annotated[str, typer.Option(metavar="YYYY", help="The calendar year that is forecast.")],
    origin: Annotated[
        str,
        typer.Option(
            "--from", metavar="YYYY-MM", help="Month whose knowledge it starts from.", show_default="the default start"
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File for it, new.", show_default="forecast_YYYY.json")
    ] = None,
    form: FormatOption = Format.TEXT,
) -> None:
    """Forecast a year of the status quo: quantiles of the model and eight naive rivals, 100 joint paths, digests of model and data."""
    from premortem import theatre
    from premortem.calibration import forecast

    target = out or Path(f"forecast_{period}.json")
    forecast.require_new(target)
    made = forecast.make(period, origin or theatre.load().start, datetime.datetime.now(tz=datetime.UTC).date())
    forecast.write(made, target)
    if form is Format.JSON:
        print_json(forecast.about(made) | {"file": str(target)})
        return
    console().print(
        f"{len(made.quantiles)} quantities of {period} from what was known in {made.origin}, {made.futures:,} futures, "
        f"{len(made.paths)} joint paths, eight naive rivals beside it.\nDigest {made.digest}\nWritten to {target}. "
        f"Score it as data arrive: premortem forecast score {target}",
        markup=False,
    )


@app.command()
def score(
    name: Annotated[str, typer.Argument(metavar="FILE", help="A filed forecast, or the year of a packaged one: 2027.")],
    series: Annotated[
        str, typer.Option(metavar="FOLDER", help="Newer series, as `premortem data update` wrote them.")
    ] = "",
    form: FormatOption = Format.TEXT,
) -> None:
    """Score a filed forecast by what is known by now, beside its naive rivals, and say what failed. A changed file is refused."""
    from premortem.calibration import forecast, forecast_page, scoreboard
    from premortem.cli.hindcast import show
    from premortem.evidence.made_of import model_digest
    from premortem.evidence.newer import read

    filed = forecast.read(name)
    found = forecast.scores(filed, read(Path(series)) if series else None)
    cells = len({(one.target, one.location, one.target_end) for one in filed.quantiles})
    known = len(found) // len(filed.quantiles[0].values)
    lines = scoreboard.lines(found) if known else ()
    failed = forecast.failures(found) if known else ()
    if form is Format.JSON:
        print_json(
            {"filed": forecast.about(filed), "known": known, "failures": list(failed)}
            | {"lines": [one.as_json() for one in lines], "rows": found.to_dicts()}
        )
        return
    console().print(
        f"Forecast of {filed.period}, filed on {filed.filed_on} from what was known in {filed.origin}: {known} of {cells} "
        "quantities are known by now." + (forecast_page.CHANGED if filed.model != model_digest() else ""),
        markup=False,
    )
    if known:
        show(lines)
        said = "\n".join(f"- {one}" for one in failed) or "- nothing so far"
        console().print(f"Failed, by the rule that was filed with it (docs/forecast_2027.md):\n{said}", markup=False)
