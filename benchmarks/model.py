"""How fast the full model is: ``python benchmarks/model.py [futures]`` (default 160; needs the package, and ``cc`` for the yardstick).

Prints, in this order: the peak memory of studies of growing size; seconds from nothing to the first simulated chunk (tracing, compiling);
run-weeks a second on one thread and on all cores, median of five; how long 10,000 runs of 5 years would take at that rate; and how
many times as long as a plain C kernel of the core arithmetic a week takes (benchmarks/core.c: members only). Figures of one
run of it belong together: compare ratios, not seconds of two days.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

WEEKS = 260
REPEATS = 5
STUDY = 'plans = ["status_quo"]\nfutures = {futures}\nyears = 5\nseed = 1\ndesign = "monte_carlo"\n'


def seconds(do: Callable[[], object]) -> float:
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


def model(futures: int) -> float:
    """Print and return the median seconds of a run-week on one thread."""
    import jax

    from premortem.engine import compilation, simulate
    from premortem.engine.week import Setup
    from premortem.study.experiment import Experiment
    from premortem.study.spec import make

    compilation.prepare_xla()  # and no cache: compiling is measured
    experiment = Experiment.of(make(plans=["border_task_forces"], futures=futures, years=5, seed=1))
    inputs, engine = experiment.inputs(0, np.arange(futures)), experiment.model()

    def run(count: int, threads: int, weeks: int = WEEKS) -> None:
        take = slice(0, count)
        controls, parameters = jax.tree.map(lambda x: x[take], (inputs.setup.controls, inputs.setup.parameters))
        setup = Setup(inputs.setup.world, controls, parameters)
        simulate.run(engine, setup, seed=1, futures=inputs.luck[take], weeks=weeks, threads=threads)

    print(f"mechanisms {len(engine.mechanisms)}, accounts {len(engine.accounts)}, outcomes {len(engine.outcomes)}")
    print(f"tracing and compiling, and a first quarter: {seconds(lambda: run(simulate.CHUNK, 1, 13)):.1f} s")
    one = statistics.median(seconds(lambda: run(simulate.CHUNK, 1)) for _ in range(REPEATS)) / simulate.CHUNK / WEEKS
    cores = os.cpu_count() or 1
    all_ = statistics.median(seconds(lambda: run(futures, cores)) for _ in range(REPEATS)) / futures / WEEKS
    print(f"one thread: {1 / one:,.0f} run-weeks a second ({one * 1e6:.0f} µs each)")
    print(
        f"{cores} cores: {1 / all_:,.0f} run-weeks a second; 10,000 runs of 5 years take {all_ * 1e4 * WEEKS / 60:.1f} minutes"
    )
    return one


def yardstick(ours: float) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        print("no C compiler: ratio not measured")
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "core"
        source = Path(__file__).with_name("core.c")
        subprocess.run([compiler, "-O3", "-march=native", "-ffast-math", source, "-lm", "-o", program], check=True)
        found = [float(subprocess.check_output([program, "16", str(WEEKS)]).split()[0]) for _ in range(REPEATS)]
    core = statistics.median(found) / 16 / WEEKS
    print(f"C kernel of the core arithmetic: {core * 1e6:.0f} µs; the full model takes {ours / core:.1f} times as long")


def memory() -> None:
    for futures in (64, 256, 1024):
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study.toml"
            study.write_text(STUDY.format(futures=futures))
            command = [
                sys.executable,
                "-m",
                "premortem",
                "study",
                "run",
                str(study),
                "--out",
                str(Path(folder) / "out"),
            ]
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            assert status == 0, f"study of {futures} futures failed"
        print(
            f"study of {futures} runs: {usage.ru_maxrss / 1024:.0f} MB at most, {usage.ru_utime + usage.ru_stime:.0f} s of processor time"
        )


def main(futures: int) -> None:
    memory()  # first: a child's peak begins at what its parent had
    yardstick(model(futures))
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 160)
