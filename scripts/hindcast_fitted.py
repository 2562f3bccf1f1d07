"""Fits the model to the record of ten Januaries, and scores the hindcast with the newest fit at each origin beside priors and rivals.

python scripts/hindcast_fitted.py [RUNS]; then scripts/generate. Writes src/premortem/data/hindcast_fitted.json and the fits beside it. Ten
studies of 1,000 futures and eighty origins, half of them with a fit: under an hour on two cores. All is kept below RUNS: after a stop
the same command goes on.
"""

from __future__ import annotations

import datetime
import shutil
import sys
from pathlib import Path

import polars as pl

import premortem as pm
from premortem.calibration import hindcast, scoreboard
from premortem.calibration.scoreboard import LEARNED, Learned, LearnedHindcast
from premortem.evidence import calibrated, ledger, made_of
from premortem.evidence.skill import SAMPLE

DATA = Path(__file__).parents[1] / "src/premortem/data"
CUTS = tuple(f"{year}-01" for year in range(2015, 2025))
"""A fit needs eight years before it, and starts begin in 2007."""


def main(runs: str = "runs/hindcast") -> None:
    """Fit, run what is missing, score, store."""
    fits = Path(runs) / "fits"
    for cut in CUTS:
        pm.calibrate(cut, fits / f"{cut}.json", runs=Path(runs) / f"prior_{cut}")
        shutil.copy(fits / f"{cut}.json", DATA / calibrated.PAST)
        print(f"fit {cut}", flush=True)
    scores = pm.hindcast(runs=runs, fits=fits, progress=lambda origin: print(origin, flush=True))
    origins = sorted(scores["origin"].unique())
    made = LearnedHindcast(
        run_on=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        cuts=CUTS,
        oldest=origins[0],
        newest=origins[-1],
        origins=len(origins),
        futures=hindcast.FUTURES,
        model=made_of.hindcast_fitted().digest,
        evidence=ledger.load().digest,
        lines=_rounded(scores),
        sample=_rounded(scores.filter(pl.col("origin") == SAMPLE)),
    )
    (DATA / LEARNED).write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _rounded(scores: pl.DataFrame) -> tuple[Learned, ...]:
    return tuple(line.rounded() for line in scoreboard.learned(scores))


if __name__ == "__main__":
    main(*sys.argv[1:])
