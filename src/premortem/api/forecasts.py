"""Forecasts scored by what came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from premortem.errors import InputError, Problem, StoppedError

if TYPE_CHECKING:
    import polars as pl

FIRST, NEWEST, RUNS = "2007-12", "2024-12", "runs/hindcast"


def hindcast(
    first: str = FIRST,
    newest: str = NEWEST,
    *,
    runs: str | Path = RUNS,
    export: str | Path = "",
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Forecast from every third month of the past with what was known then, by the model and eight naive rivals, and score all of them.

    Parameters
    ----------
    first, newest : months of the first and the newest origin.
    runs : folder of the model's futures; those that are in it are taken as they are, so an interrupted call goes on.
    export : Parquet file for every sample: ``model, origin, target, location, horizon, target_end, sample, value``.
    progress : called with every origin that is simulated or found.

    Returns
    -------
    A row a model, target, origin, location and step: ``observed`` and the metrics ``crps, log_crps, ignorance, mis90`` (lower is better),
    ``in50, in90, pit, width90``; the model is ``premortem``, every other name a naive rival.

    Raises
    ------
    InputError : an origin is none, the folder holds runs of something else, or nothing that followed is known.
    RunError : a file in the folder is damaged.
    StoppedError : by Ctrl-C. What is done is safe.
    """
    from premortem.calibration import hindcast as rolling
    from premortem.calibration.kept import checked

    origins = rolling.quarterly(first, newest)
    target = Path(export) if export else None
    if target and not target.absolute().parent.is_dir():
        raise InputError(Problem("export", "no such folder", found=str(target.absolute().parent)))
    try:
        with checked(Path(runs)):
            found = rolling.run(origins, Path(runs), progress=progress)
        return rolling.scores(origins, found, export=target)
    except KeyboardInterrupt:
        said = f"interrupted; what is done is safe in {runs}, and the same command goes on"
        raise StoppedError(Problem("interrupted", said)) from None
