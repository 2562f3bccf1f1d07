"""Fits to the record: make one, look one up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from premortem.api.arguments import Progress, checked
from premortem.errors import InputError, Problem, StoppedError
from premortem.evidence import calibrated
from premortem.text import usable

if TYPE_CHECKING:
    from premortem.evidence.calibrated import Posterior

FUTURES = 1000


@checked
def calibrate(
    cut: str,
    out: str | Path = "",
    *,
    futures: int = FUTURES,
    runs: str | Path = "",
    progress: Progress | None = None,
) -> Posterior:
    """Fit the model to what was known on the first day of a month, and write the fit.

    Parameters
    ----------
    cut : the month, ``2026-04``; from 2015-01 on.
    out : JSON file for the fit, beside which the sample of its check is written; by default ``posterior_CUT.json``.
    futures : of the status quo from eight years before, all with other parameters and luck.
    runs : folder of these futures, by default ``runs/prior_CUT``: finished they are taken as they are, interrupted they go on.
    progress : called with the status and the store of these futures.

    Raises
    ------
    InputError : the cut is none, or the folder holds something else.
    RunError : futures could not be computed or stored.
    StoppedError : by Ctrl-C. What is done is safe.
    """
    from premortem.calibration import posterior, prior_runs

    asked = prior_runs.spec(cut, futures)
    folder, file = usable(runs or f"runs/prior_{cut}"), usable(out or f"posterior_{cut}.json")
    try:
        store = prior_runs.run(asked, folder, progress)
    except KeyboardInterrupt:
        said = f"interrupted; what is done is safe in {folder}, and the same command goes on"
        raise StoppedError(Problem("interrupted", said)) from None
    found = posterior.fit(cut, prior_runs.read(store))
    posterior.write(found, file)
    return found.posterior


@checked
def posterior(name: str = calibrated.DEFAULT) -> Posterior:
    """Return a fit: the newest packaged one, the packaged one of a cut (``2026-04``), or one in a file.

    Raises
    ------
    InputError : there is none of this name.

    Examples
    --------
    >>> import premortem as pm
    >>> pm.posterior().cut
    '2026-04'
    """
    found = calibrated.find(name)
    if found is None:
        allowed = f"{calibrated.DEFAULT}, a file, or: {', '.join(calibrated.packaged())}"
        raise InputError(Problem("posterior", "no fit asked for", found=name, allowed=allowed))
    return found
