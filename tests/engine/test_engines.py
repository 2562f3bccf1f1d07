"""Two engines, one model: futures side by side by our own transformation, and by `jax.vmap`, give the same but for rounding."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from premortem.engine import compilation
from premortem.engine.simulate import Trajectories, run
from premortem.engine.week import Model, Setup
from premortem.model.controls import Branch, Observable
from tests.model.toys import FIGHT, PULL, batched, orders, toy_parameters, toy_world

WEEKS, FUTURES = 26, 6
CONDITION = (("observed", "deaths"), ("change", 4), ("number", 10.0), (">", 0))


def simulated(engine: str, monkeypatch: pytest.MonkeyPatch) -> Trajectories:
    """A campaign with luck, and a branch that fires in some futures and changes what is ordered."""
    monkeypatch.setattr(compilation, "_engine", engine)
    plan = orders(WEEKS, people=500.0)
    two = jax.tree.map(lambda x: np.concatenate([x, x * 0.5], axis=1), plan.orders)
    deaths = Observable("deaths", ("deaths",), "cumulative", 2, 0.4)
    plan = dataclasses.replace(plan, orders=two, branches=(Branch("more", CONDITION, 2, 0),), observables=(deaths,))
    given = batched((plan, toy_parameters()), FUTURES)
    futures = np.arange(FUTURES)
    return run(Model((FIGHT, PULL)), Setup(toy_world(), *given), seed=1, futures=futures, weeks=WEEKS, threads=1)


def test_both_engines_give_the_same_but_for_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, plain = (simulated(engine, monkeypatch) for engine in ("side_by_side", "vmap"))
    for what in ("weekly", "regional", "accounts"):
        for name, expected in getattr(plain, what).items():
            np.testing.assert_allclose(getattr(ours, what)[name], expected, rtol=1e-5, atol=1e-4, err_msg=name)
    assert ours.fired.tolist() == plain.fired.tolist()
    assert ours.stop_week.tolist() == plain.stop_week.tolist()
    assert (ours.fired < WEEKS).any()


WHOLE = """
import json, sys
import numpy as np
from premortem.engine import compilation, simulate
from premortem.engine.week import Model, Setup
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.study.experiment import Experiment
from premortem.study.spec import make
compilation.configure()
experiment = Experiment.of(make(plans=["civil_combination"], futures=40, years=1, seed=1))
given = experiment.inputs(0, np.arange(40))
model = Model(MECHANISMS, noise=False)
found = simulate.run_chunk(model, given.setup, 1, given.luck, 26)
print(json.dumps({name: values.sum(1).tolist() for name, values in found.weekly.items()}))
"""


@pytest.mark.slow
def test_the_whole_model_without_our_transformation_gives_the_same_expectations(tmp_path: Path) -> None:
    def found(engine: str) -> dict[str, Any]:
        environment = os.environ | {"PREMORTEM_ENGINE": engine, "PREMORTEM_CACHE": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", WHOLE], env=environment, capture_output=True, text=True, check=True
        )
        return {name: np.array(values) for name, values in json.loads(done.stdout).items()}

    ours, plain = found("side_by_side"), found("vmap")
    for name, expected in plain.items():
        np.testing.assert_allclose(ours[name], expected, rtol=2e-3, atol=1e-3 * np.abs(expected).max(), err_msg=name)
