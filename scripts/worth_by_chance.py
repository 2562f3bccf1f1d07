"""What inputs that decide nothing are worth by the count of scripts/exercise.py: src/premortem/data/worth_by_chance.json.

python scripts/worth_by_chance.py FOLDER [TRIED]; FOLDER is the study of scripts/exercise.py. Random numbers are valued as its inputs are.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from premortem.analysis import hypotheses
from premortem.decisions import frame, regression, voi
from premortem.evidence import outcomes
from premortem.evidence.confidence import AGENDA
from premortem.report.research_agenda import BY_CHANCE, Chance
from premortem.study.store import Store

PLACE = Path(__file__).parents[1] / "src/premortem/data" / BY_CHANCE
JUDGED, TRIED, SEED = "border_task_forces", 100, 1


def main(folder: str, tried: str = str(TRIED)) -> None:
    """Value random numbers, store."""
    store = Store.open(folder)
    results = frame.read(store, outcomes=AGENDA, plans=(hypotheses.BASELINE, JUDGED))
    odd = results.futures % 2 == 1
    luck = np.random.default_rng(SEED).uniform(size=(int(tried), int(odd.sum())))
    found = {}
    for outcome in AGENDA:
        net = frame.sign(outcomes.load()[outcome]) * results.outcomes[outcome][:, odd]
        beyond = net - net[net.mean(axis=1).argmax()]
        values = np.array([voi.value_of(regression.fit({"luck": one}, beyond), beyond).value for one in luck])
        found[outcome] = (round(float(values.mean()), 2), round(float(np.quantile(values, 0.95)), 2))
    made = Chance(tried=int(tried), code=store.provenance.code, worth=found)
    PLACE.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
