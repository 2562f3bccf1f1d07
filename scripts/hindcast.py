"""Runs `premortem hindcast` and stores its scores: src/premortem/data/hindcast.json, from which docs/hindcast.md and others are made.

python scripts/hindcast.py [RUNS]; then scripts/generate
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path

import polars as pl

import premortem as pm
from premortem.calibration import hindcast, scoreboard
from premortem.evidence import ledger, made_of
from premortem.evidence.skill import FILE, SAMPLE, Hindcast, Line

PLACE = Path(__file__).parents[1] / "src/premortem/data" / FILE


def main(runs: str = "runs/hindcast") -> None:
    """Run what is missing, score, store."""
    scores = pm.hindcast(runs=runs, progress=lambda origin: print(origin, flush=True))
    made = Hindcast(
        run_on=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        oldest=hindcast.FIRST,
        newest=hindcast.NEWEST,
        origins=len(hindcast.quarterly()),
        futures=hindcast.FUTURES,
        model=made_of.HINDCAST.digest,
        evidence=ledger.load().digest,
        lines=_rounded(scores),
        sample=_rounded(scores.filter(pl.col("origin") == SAMPLE)),
    )
    PLACE.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _rounded(scores: pl.DataFrame) -> tuple[Line, ...]:
    return tuple(line.rounded() for line in scoreboard.lines(scores))


if __name__ == "__main__":
    main(*sys.argv[1:])
