"""Runs every plan that predictions are about; keeps how many futures each comes true in, and what decides the op-ed's plan.

python scripts/exercise.py [FOLDER]; then scripts/generate. FOLDER keeps the study: the same command takes it as it is.
Writes src/premortem/data/exercise.json and decides.json.
"""

from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import premortem as pm
from premortem.analysis import decisive, hypotheses
from premortem.api.plans import Plan
from premortem.api.studies import Study
from premortem.evidence.confidence import DECIDES, Decides

DATA = Path(__file__).parents[1] / "src/premortem/data"
FUTURES, YEARS, SEED = 400, 5, 1
JUDGED, KEPT = "border_task_forces", 60


def main(folder: str = "runs/exercise") -> None:
    """Run, judge, store."""
    if Path(folder).is_dir():
        study = pm.study(folder)
    else:
        plans = [Plan(loaded) for loaded in hypotheses.plans().values()]
        study = pm.run(*plans, futures=FUTURES, years=YEARS, seed=SEED, out=folder)
    about = study.store.provenance
    made: dict[str, Any] = {
        "run_on": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "begins": about.recipe.begins,
        "futures": about.futures,
        "years": about.years,
        "seed": about.seed,
        "evidence": about.recipe.evidence,
        "code": about.code,
    }
    record = hypotheses.Record(**made, judged=hypotheses.judge(study.store))
    for name, kept in ((hypotheses.STORED, record), (DECIDES, decides(study, made))):
        (DATA / name).write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")


def decides(study: Study, made: dict[str, Any]) -> Decides:
    """Return what decides each outcome of the op-ed's plan, and the inputs that decide most."""
    store, baseline = study.store, hypotheses.BASELINE
    screens = decisive.screens(store, JUDGED, baseline, store.provenance.outcomes)
    ranking = decisive.rank(store, JUDGED, baseline)
    return Decides(
        **made,
        plan=JUDGED,
        baseline=baseline,
        outcomes={id_: {name: round(rho, 3) for name, rho in one.clear} for id_, one in screens.items() if one.clear},
        scores={one.parameter: round(one.score, 4) for one in ranking.ranked[:KEPT]},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
