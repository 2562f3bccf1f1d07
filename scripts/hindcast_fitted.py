"""One fit to the record a cut, the hindcast with the newest fit at each origin, and its scores: src/premortem/data/hindcast_fitted.json.

python scripts/hindcast_fitted.py [RUNS]; then scripts/generate. Ten studies of 1,000 futures and forty origins: three quarters of an
hour on two idle cores, by the times of one fit and of scripts/hindcast.py. All is kept below RUNS: after a stop the same command goes on.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import premortem as pm
from premortem.calibration import hindcast, scoreboard
from premortem.calibration.scoreboard import LEARNED, LearnedHindcast
from premortem.evidence import ledger, made_of

PLACE = Path(__file__).parents[1] / "src/premortem/data" / LEARNED
CUTS = tuple(f"{year}-01" for year in range(2015, 2025))
"""A fit needs eight years before it, and starts begin in 2007."""


def main(runs: str = "runs/hindcast") -> None:
    """Fit, run what is missing, score, store."""
    fits = Path(runs) / "fits"
    for cut in CUTS:
        pm.calibrate(cut, fits / f"{cut}.json", runs=Path(runs) / f"prior_{cut}")
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
        model=made_of.HINDCAST.digest,
        evidence=ledger.load().digest,
        lines=tuple(one.rounded() for one in scoreboard.learned(scores)),
    )
    PLACE.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
