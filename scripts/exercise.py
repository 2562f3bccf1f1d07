"""Runs every plan that predictions are about; keeps how many futures each comes true in, and what decides the op-ed's plan.

python scripts/exercise.py [FOLDER]; then scripts/generate. FOLDER keeps the study: the same command goes on with it.
Writes src/premortem/data/exercise.json and decides.json.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import premortem as pm
from premortem.analysis import decisive, hypotheses
from premortem.analysis.drawn import drawn
from premortem.api.studies import Study
from premortem.decisions import frame, regression, voi
from premortem.evidence import made_of, outcomes
from premortem.evidence.confidence import AGENDA, DECIDES, Decides
from premortem.plan.language import packaged

DATA = Path(__file__).parents[1] / "src/premortem/data"
FUTURES, YEARS, SEED = 400, 5, 1
JUDGED, KEPT, VALUED = "border_task_forces", 60, 20


def main(folder: str = "runs/exercise") -> None:
    """Run, judge, store."""
    study = pm.study(folder).resume() if Path(folder).is_dir() else pm.study(asked(Path(folder)), folder)
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
    record = hypotheses.Record(**made, model=made_of.EXERCISE.digest, judged=hypotheses.judge(study.store))
    for name, kept in ((hypotheses.STORED, record), (DECIDES, decides(study, made))):
        (DATA / name).write_text(kept.model_dump_json(indent=1) + "\n", encoding="utf-8")


def asked(folder: Path) -> Path:
    """Write what is to be studied, and the plans that only predictions need, beside its folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    names = []
    for name, loaded in hypotheses.plans().items():
        names.append(name if packaged.exists(name) else f"{name}.toml")
        if not packaged.exists(name):
            (folder.parent / f"{name}.toml").write_text(loaded.source, encoding="utf-8")
    file = folder.parent / f"{folder.name}.toml"
    keys = f'plans = {json.dumps(names)}\nfutures = {FUTURES}\nyears = {YEARS}\nseed = {SEED}\nkeep = ["weekly", "draws"]\n'
    file.write_text(keys, encoding="utf-8")
    return file


def decides(study: Study, made: dict[str, Any]) -> Decides:
    """Return what decides each outcome of the op-ed's plan, and the inputs that decide most."""
    store, baseline = study.store, hypotheses.BASELINE
    screens = decisive.screens(store, JUDGED, baseline, store.provenance.outcomes)
    first, second = (decisive.rank(store, JUDGED, baseline, half) for half in decisive.HALVES)
    checked = {one.parameter: one.score for one in second.ranked}
    chosen = [one.parameter for one in first.ranked if one.parameter in checked]
    return Decides(
        **made,
        model=made_of.DECIDES.digest,
        plan=JUDGED,
        baseline=baseline,
        outcomes={id_: {name: round(rho, 3) for name, rho in one.clear} for id_, one in screens.items() if one.clear},
        scores={name: round(checked[name], 4) for name in chosen[:KEPT]},
        worth=worth(study, chosen[:VALUED]),
    )


def worth(study: Study, inputs: Sequence[str]) -> dict[str, dict[str, tuple[float, float, float]]]:
    """Return what knowing each input before the choice between both plans would be worth, outcome by outcome: over the odd futures."""
    pair = (hypotheses.BASELINE, JUDGED)
    results = frame.read(study.store, outcomes=AGENDA, plans=pair)
    table = study.store.table().collect()
    moving = drawn(study.store.draws().collect(), table, JUDGED, hypotheses.BASELINE)
    odd = results.futures % 2 == 1
    moving = moving.among(results.futures[odd])
    found: dict[str, dict[str, tuple[float, float, float]]] = {name: {} for name in inputs}
    for outcome in AGENDA:
        net = frame.sign(outcomes.load()[outcome]) * results.outcomes[outcome]
        net = net[:, odd]
        beyond = net - net[net.mean(axis=1).argmax()]
        for name in inputs:
            one = voi.value_of(regression.fit({name: moving[name]}, beyond), beyond)
            found[name][outcome] = (round(one.value, 2), round(one.low, 2), round(one.high, 2))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
