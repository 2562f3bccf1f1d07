"""Forecasts scored by what came."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from premortem.api.arguments import checked
from premortem.errors import Problem, StoppedError
from premortem.text import target, usable

if TYPE_CHECKING:
    from premortem.frames import pl

FIRST, NEWEST, RUNS = "2007-12", "2024-12", "runs/hindcast"
FITTED = "fitted"
"""Folder of the runs that follow fits, in that of the others."""


@checked
def hindcast(
    first: str = FIRST,
    newest: str = NEWEST,
    *,
    runs: str | Path = RUNS,
    fits: str | Path = "",
    export: str | Path = "",
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Forecast from every third month of the past with what was known then, by the model and eight naive rivals, and score all of them.

    Parameters
    ----------
    first, newest : months of the first and the newest origin.
    runs : folder of the model's futures; those that are in it are taken as they are, so an interrupted call goes on.
    fits : folder of fits to the record (`calibrate`). The model is also run with the newest fit that has seen nothing after an origin, as
        ``premortem_fitted``; origins before the first fit are left out, so that all are scored on the same cases.
    export : Parquet file for every sample: ``model, origin, target, location, horizon, target_end, sample, value``.
    progress : called with every origin that is simulated or found.

    Returns
    -------
    A row a model, target, origin, location and step: ``observed`` and the metrics ``crps, log_crps, ignorance, mis90`` (lower is better),
    ``in50, in90, pit, width90``; the model is ``premortem``, with fits also ``premortem_fitted``; ``pool_with_premortem`` is the pool of
    rivals with the model as one more member; every other name is a naive rival.

    Raises
    ------
    InputError : an origin is none, the folder holds runs of something else, there is no fit for any, nothing that followed is known, or
        ``export`` is in no folder or no name of a file.
    RunError : a file in the folder is damaged.
    StoppedError : by Ctrl-C. What is done is safe.
    """
    from premortem.calibration import hindcast as rolling
    from premortem.calibration.kept import checked

    origins = rolling.quarterly(first, newest)
    place, folder = target(export) if export else None, usable(runs)
    learned, fitted = None, None
    if fits:
        learned = rolling.fits_for(origins, usable(fits))
        origins = tuple(learned)
    try:
        with checked(folder):
            found = rolling.run(origins, folder, progress=progress)
        if learned is not None:
            with checked(folder / FITTED):
                ran = rolling.run(origins, folder / FITTED, progress=progress, fits=learned)
            fitted = dict(zip(origins, ran, strict=True))
        return rolling.scores(origins, found, export=place, fitted=fitted)
    except KeyboardInterrupt:
        said = f"interrupted; what is done is safe in {runs}, and the same command goes on"
        raise StoppedError(Problem("interrupted", said)) from None
