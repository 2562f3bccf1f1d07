"""Published causal effects run on the model and judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from premortem.api.arguments import checked
from premortem.errors import InputError, Problem, StoppedError, Where
from premortem.text import usable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from premortem.calibration.findings.schema import Finding
    from premortem.frames import pl

FUTURES, RUNS = 80, "runs/findings"
HALVES = {"": "", "training": "train", "test": "test"}
LONGEST = 40
"""Years that a run may last (`premortem.study.spec`)."""


@checked
def validate(
    finding: str | Path = "",
    *,
    half: str = "",
    again: bool = False,
    futures: int = FUTURES,
    runs: str | Path = RUNS,
    posterior: str = "none",
    progress: Callable[[str], None] | None = None,
) -> pl.DataFrame:
    """Hold the model to published causal effects: does it answer as the world did?

    Without a file these are the stored results of the packaged findings; a file of findings is run.

    Parameters
    ----------
    finding : a file of findings (docs/findings.md).
    half : ``training`` or ``test``, as the published rule draws them; both by default.
    again : run the packaged findings again, some ten minutes.
    futures : that each side of a finding is run on, from 2.
    runs : folder of what is run; what is in it is taken as it is, so an interrupted call goes on.
    posterior : a fit to the record to run with: ``default``, a cut, a file; by default the priors.
    progress : called with the id of every finding that has run.

    Returns
    -------
    A row a finding: ``id, use, statistic, unit, published{estimate, low, high}`` (90 %), ``target`` (the same on the model's scale),
    ``model{median, low, high}`` (5 to 95 % of futures), ``verdict`` (inside, outside, wrong_sign, not_expressible), ``power``,
    ``missing`` (the part that cannot be expressed), ``consistency`` (why it is no test) and more.

    Raises
    ------
    InputError : the file is wrong, with every fault; or an argument is.
    RunError : a file in the folder is damaged.
    StoppedError : by Ctrl-C. What is done is safe.
    """
    from premortem.calibration.findings import reading, results
    from premortem.calibration.findings.run import Asked
    from premortem.calibration.kept import checked
    from premortem.evidence import calibrated
    from premortem.frames import pl

    if half not in HALVES:
        raise InputError(Problem("half", "no such half", found=half, allowed="training or test"))
    calibrated.find(posterior)
    if futures < 2:
        raise InputError(Problem("futures", "too few futures for a range", found=str(futures), allowed="2 or more"))
    if not finding and not again and (futures != FUTURES or posterior != "none"):
        said = "nothing is run: what is stored has its own futures and priors; add again, or a file of findings"
        raise InputError(Problem("validate", said, found=f"futures {futures}, posterior {posterior}"))
    if not finding and not again:
        found = results.stored()
    else:
        rows = reading.read(finding) if finding else tuple(reading.packaged().values())
        if finding:
            _require_length(rows, str(finding))
        asked = Asked(usable(runs), futures=futures, posterior=posterior)
        try:
            with checked(asked.folder):
                found = results.judged(results.tried(rows, asked, progress, HALVES[half]), asked)
        except KeyboardInterrupt:
            said = f"interrupted; what is done is safe in {runs}, and the same command goes on"
            raise StoppedError(Problem("interrupted", said)) from None
    kept = [one.model_dump() for one in found.results if one.use == (HALVES[half] or one.use)]
    return pl.DataFrame(kept, infer_schema_length=None)


def _require_length(rows: Iterable[Finding], file: str) -> None:
    from premortem.calibration.findings.run import job
    from premortem.calibration.findings.schema import NotExpressibleError
    from premortem.model.units import WEEKS_PER_YEAR

    for one in rows:
        try:
            asked = job(one)
        except NotExpressibleError:
            continue
        if asked.weeks > LONGEST * WEEKS_PER_YEAR:
            place = Where(file, key=f"{one.id}.estimand.window")
            said = f"ends {asked.weeks:,} weeks after {asked.theatre.date}, where its run begins"
            raise InputError(
                Problem("window", said, place, str(one.estimand.window), f"a run of at most {LONGEST} years")
            )
