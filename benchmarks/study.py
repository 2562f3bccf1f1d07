"""What studies cost beside the simulation: ``python benchmarks/study.py [overhead] [workers] [saltelli] [literature] [--full | --tiny]``.

All four without a name. Medians of three interleaved rounds; compare ratios, not seconds of two days.

overhead    a study in this process on one thread over `premortem.engine.simulate.run_chunk` alone on inputs made beforehand (under 5 %),
            by length of the futures, and where the rest goes
workers     chunks a second of two worker processes over one, once they are warm (promised on two free cores: at least 1.8)
saltelli    43,008 runs over 20 parameters of the full model, 5 years each: the minutes they take from a first part of them;
            with ``--full`` all of them are run
literature  runs a second of the literature model, beside what other libraries make of it where they are installed (benchmarks/README.md)

``--tiny`` shows in a minute that it works; its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from premortem.engine import compilation, simulate
from premortem.study.chunks import Chunk, run
from premortem.study.executors import Processes, Threads, Work
from premortem.study.experiment import DRAWN_TOGETHER, Experiment
from premortem.study.recipes import WEEKS_PER_YEAR, Inputs
from premortem.study.resume import begin
from premortem.study.run import conduct
from premortem.study.spec import make
from premortem.study.store import Store

ROUNDS = 3
PLANS = ("status_quo", "border_task_forces")
YEARS = 5
USUAL = 200  # futures of a run, for each of two plans
SALTELLI = {"base": 1024, "parameters": 20}
RUNS = {"premortem": 512, "scipy": 512, "numpy": 512, "diffrax": 512, "ema": 512, "mesa": 4}
AGREE = 0.01


def timed(do: Callable[..., object], *arguments: object) -> tuple[float, float]:
    """Return wall and processor seconds of a call, all threads of this process counted."""
    wall, work = time.perf_counter(), time.process_time()
    do(*arguments)
    return time.perf_counter() - wall, time.process_time() - work


def medians(rounds: list[Any]) -> Any:
    return np.median(np.array(rounds), axis=0)


# Overhead


def overhead(folder: Path, tiny: bool) -> None:
    futures = simulate.CHUNK if tiny else USUAL
    for years in (1,) if tiny else (1, YEARS, 10):
        spec = make(plans=PLANS, futures=futures, years=years, seed=1)
        store, experiment = begin(spec, folder / f"{years}-where")
        chunks = store.chunks()
        inputs = [experiment.inputs(chunk.plan, chunk.rows(experiment.futures)) for chunk in chunks]
        bare(experiment, inputs[: len(PLANS)])
        store.write(run(experiment, chunks[0]))
        alone, whole = [], []
        for number in range(ROUNDS):
            new, _ = begin(spec, folder / f"{years}-{number}")
            alone.append(timed(bare, experiment, inputs))
            whole.append(timed(in_this_thread, new, experiment))
        (wall, work), (study_wall, study_work) = medians(alone), medians(whole)
        print(
            f"overhead, {years} years: a chunk takes {work / len(chunks):.3f} s of processor time alone, "
            f"{study_work / len(chunks):.3f} s in a study: {study_work / work - 1:+.1%} (wall {study_wall / wall - 1:+.1%}; "
            "promised: under 5 %)"
        )
        names = ("drawing parameters", "compiling the plan", "all inputs", "writing")
        values = medians([where(store, experiment, chunk) for chunk in chunks])
        found = ", ".join(f"{name} {value * 1e3:.0f}" for name, value in zip(names, values, strict=True))
        print(f"  processor milliseconds a chunk: {found} ({DRAWN_TOGETHER} futures of all plans share one drawing)")


def bare(experiment: Experiment, inputs: list[Inputs]) -> None:
    """Simulate chunks, and nothing else."""
    weeks = experiment.years * WEEKS_PER_YEAR
    for given in inputs:
        simulate.run_chunk(experiment.model(), given.setup, experiment.seed, given.luck, weeks)


def in_this_thread(store: Store, experiment: Experiment) -> None:
    conduct(store, experiment, executor=Threads(1))


def where(store: Store, experiment: Experiment, chunk: Chunk) -> list[float]:
    """Return processor seconds of drawing parameters, compiling the plan, all inputs, and writing."""
    rows, result = chunk.rows(experiment.futures), run(experiment, chunk)
    return [
        timed(experiment._draws, rows)[1],
        timed(experiment._compile, chunk.plan, experiment.design.luck(rows))[1],
        timed(experiment.inputs, chunk.plan, rows)[1],
        timed(store.write, result)[1],
    ]


# Two workers against one


def workers(folder: Path, tiny: bool) -> None:
    chunks, rates = 2 if tiny else 12, []
    for number in range(1 if tiny else ROUNDS):
        rates.append([rate(folder / f"workers{number}-{count}", count, chunks) for count in (1, 2)])
    one, two = medians(rates)
    each = ", ".join(f"{b / a:.2f}" for a, b in rates)
    print(
        f"workers: one {one:.2f} chunks/s, two {two:.2f}: {statistics.median(b / a for a, b in rates):.2f} times ({each}; promised on "
        f"two free cores: 1.8; free here: {len(os.sched_getaffinity(0))} cores at load {os.getloadavg()[0]:.1f})"
    )


def rate(folder: Path, count: int, chunks: int) -> float:
    """Return chunks a second of warm workers, none of which idles at the end: more chunks wait than are counted."""
    futures = simulate.CHUNK * (chunks + 4) * count
    store, experiment = begin(make(plans=PLANS[1:], futures=futures, years=YEARS, seed=1), folder)
    reports = Processes(count).run(Work(experiment, store.folder.url), store.chunks())
    for _ in itertools.islice(reports, 2 * count):
        pass
    begin_ = time.perf_counter()
    for _ in itertools.islice(reports, chunks * count):
        pass
    seconds = time.perf_counter() - begin_
    reports.close()
    return chunks * count / seconds


# Saltelli


def saltelli(folder: Path, tiny: bool, full: bool) -> None:
    rows = simulate.CHUNK
    drawn = Experiment.of(make(plans=PLANS[1:], futures=rows, years=1)).inputs(0, np.arange(rows)).draws
    ids = [id_ for id_, values in drawn.items() if len(np.unique(values)) == rows][:: len(drawn) // 30]
    ids = ids[: SALTELLI["parameters"]]
    spec = make(
        plans=PLANS[1:],
        futures=8 if tiny else SALTELLI["base"],
        years=1 if tiny else YEARS,
        seed=1,
        design="saltelli",
        uncertainties=ids,
        keep=["draws"],
    )
    begin_ = time.perf_counter()
    store, experiment = begin(spec, folder / "saltelli")
    cores = len(os.sched_getaffinity(0))
    what = f"saltelli: {experiment.futures:,} runs of {spec.years} years over {len(ids)} parameters on {cores} cores"
    if full:
        status = conduct(store, experiment, executor=Processes(cores))
        seconds = time.perf_counter() - begin_
        print(f"{what}: {seconds / 60:.1f} minutes, {status.runs_done:,} runs done, {status.failed} failed")
        return
    chunks = store.chunks()
    part = chunks[: (3 if tiny else 22) * cores]
    reports = Processes(cores).run(Work(experiment, store.folder.url), part)
    for _ in itertools.islice(reports, cores):
        pass
    start = time.perf_counter() - begin_
    done = sum(1 for _ in itertools.islice(reports, len(part) - 2 * cores))
    seconds = time.perf_counter() - begin_ - start
    reports.close()
    print(
        f"{what}: {done * simulate.CHUNK / seconds:.0f} runs a second over {done * simulate.CHUNK:,} of them, "
        f"so {(start + seconds / done * len(chunks)) / 60:.1f} minutes for all (--full runs all)"
    )


# The literature model


def literature(tiny: bool) -> None:
    import literature as engines

    exact = engines.exact(RUNS["premortem"])
    found: dict[str, float] = {}
    for engine, runs in RUNS.items():
        count = min(runs, 16) if tiny else runs
        command = [sys.executable, engines.__file__, engine, str(count), str(1 if tiny else ROUNDS)]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            cause = done.stderr.strip().splitlines()[-1]
            print(f"literature: {engine}: {'not installed' if 'ModuleNotFoundError' in cause else cause}")
            continue
        result = json.loads(done.stdout.splitlines()[-1])
        members = np.array(result["members"][: len(exact)])
        apart = float(np.abs(members / exact[: len(members)] - 1).max())
        if apart > AGREE:
            print(f"literature: {engine}: final members are {apart:.1%} off; not timed")
            continue
        wall, work = statistics.median(result["wall"]), statistics.median(result["work"])
        found[engine] = count / wall
        print(
            f"literature: {engine}: {count / wall:,.1f} runs a second (processor {work / count * 1e3:.2f} ms a run), final members within "
            f"{apart:.3%}; ours is {found.get('premortem', np.nan) / found[engine]:.3g} times as fast"
        )


def environment() -> dict[str, str]:
    """Return the environment of an engine: one thread (but for EMA Workbench's pool)."""
    return os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NPROC": "1"}


def main() -> None:
    parts = ("overhead", "workers", "saltelli", "literature")
    parser = argparse.ArgumentParser(description="What studies cost beside the simulation.")
    parser.add_argument("parts", nargs="*", choices=[*parts, []], metavar="PART", help=", ".join(parts))
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="run the whole Saltelli study")
    size.add_argument("--tiny", action="store_true", help="show that it works")
    asked = parser.parse_args()
    compilation.configure()
    print(f"cores {len(os.sched_getaffinity(0))}, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in asked.parts or parts:
            if part == "overhead":
                overhead(folder, asked.tiny)
            elif part == "workers":
                workers(folder, asked.tiny)
            elif part == "saltelli":
                saltelli(folder, asked.tiny, asked.full)
            else:
                literature(asked.tiny)


if __name__ == "__main__":
    main()
