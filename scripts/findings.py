"""Runs `premortem validate --again`, learns from the training half, and stores both: src/premortem/data/validation.json.

python scripts/findings.py [RUNS [FUTURES]]; then scripts/generate
python scripts/findings.py --judge            # only judges what is stored again, after a change of the rule
"""

from __future__ import annotations

import sys
from pathlib import Path

from premortem.calibration.findings import learning, results
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.run import FUTURES, Asked

PLACE = Path(__file__).parents[1] / "src/premortem/data" / results.FILE


def main(runs: str = "runs/findings", futures: str = str(FUTURES)) -> None:
    """Run what is missing, judge, learn, store."""
    if runs == "--judge":
        _store(results.judged_again(results.stored()))
        return
    asked = Asked(Path(runs), futures=int(futures))
    tried = results.tried(packaged().values(), asked, lambda done: print(done, flush=True))
    made = results.judged(tried, asked).model_copy(update={"learned": learning.learned(tried, asked)})
    _store(made)


def _store(made: results.Results) -> None:
    PLACE.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
