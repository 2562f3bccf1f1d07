"""A study runs under the newest JAX that the package index has for this Python, and finds what it finds under the one tested."""

import json
import os
import site
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import premortem

SOURCE = str(Path(premortem.__file__).parents[1])
STUDY = """
import json, sys
import jax
import numpy as np
from premortem.engine import compilation, simulate
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.study.experiment import Experiment
from premortem.study.spec import make
compilation.configure()
experiment = Experiment.of(make(plans=["civil_combination"], futures=8, years=1, seed=1))
given = experiment.inputs(0, np.arange(8))
found = simulate.run_chunk(experiment.model(), given.setup, 1, given.luck, 13)
again = simulate.run_chunk(experiment.model(), given.setup, 1, given.luck, 13)
assert all((found.weekly[name] == again.weekly[name]).all() for name in found.weekly)
print(json.dumps({"jax": jax.__version__, **{name: values.mean().item() for name, values in found.weekly.items()}}))
"""


def environment(folder: Path) -> Path:
    """Return the Python of an environment with the newest JAX before all that this one has, or skip if no index can be reached."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "jax"]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        pytest.skip(f"the package index gives no JAX: {installed.stderr.strip().splitlines()[-1][:200]}")
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text("\n".join([SOURCE, *site.getsitepackages()]))
    return python


def study(python: str | Path, cache: Path) -> dict[str, Any]:
    environ = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "XLA_FLAGS"}}
    environ |= {"PREMORTEM_CACHE": str(cache), "PYTHONPATH": SOURCE if str(python) == sys.executable else ""}
    done = subprocess.run([python, "-c", STUDY], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
def test_a_small_study_runs_under_the_newest_jax(tmp_path: Path) -> None:
    newest = study(environment(tmp_path / "newest"), tmp_path / "cache")
    tested = study(sys.executable, tmp_path / "cache")
    assert tuple(map(int, newest.pop("jax").split("."))) >= tuple(map(int, tested.pop("jax").split(".")))
    # Another release may round differently, and a count that rounds the other way changes what follows: means agree, digits need not.
    apart = [abs(newest[name] - value) / max(abs(value), 1e-6) for name, value in tested.items()]
    assert np.median(apart) < 0.01
