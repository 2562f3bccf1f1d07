"""How long decisions take from stored results: ``python benchmarks/decisions.py [futures]``.

Made-up results of 12 plans in 10,000 futures: 20 outcomes, 1,000 parameters and 60 open fields, with a few effects planted. Timed are
robustness (all outcomes), discovery and the value of information of every group of inputs: together under 60 s on two cores.

``python benchmarks/decisions.py saltelli`` runs a fraction of Saltelli's design over all mechanisms, what the plan leaves open and luck,
and says how long the whole takes: under 25 minutes for 20 groups, and these are more.

``python benchmarks/decisions.py search [plans]`` tries plans around the op-ed's in 20 futures of 3 years, as `premortem decide search`
does, and says how long 5,000 would take: under 45 minutes on two cores. The model is compiled before, with two plans that are not counted.

Beside the clock stands processor time, halved as if both cores were always busy: on a machine that does other things it says more.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from premortem.api import searching
from premortem.decisions.discover import discover
from premortem.decisions.frame import Frame, default_outcomes
from premortem.decisions.robustness import robustness
from premortem.decisions.search import Question, objectives_of
from premortem.decisions.sensitivity import sensitivity
from premortem.decisions.voi import Benefit, read_proposed, voi
from premortem.evidence import outcomes, parameters
from premortem.study.cases import cases
from premortem.study.chunks import chunks, run_together
from premortem.study.design import Design
from premortem.study.experiment import Experiment
from premortem.study.spec import make

LIMIT = 60.0  # seconds, together
SEARCHED, SEARCH_LIMIT = 5000, 45 * 60.0  # plans, seconds
SALTELLI_LIMIT = 25.0  # minutes
BASE = 64
MEASURED = 4  # chunks of each case, of the whole design
PLANS, PARAMETERS, FIELDS, OUTCOMES = 12, 1000, 60, 20


def made(futures: int) -> Frame:
    """Return results of nobody's plans: three inputs matter, the rest is noise."""
    random = np.random.default_rng(1)
    names = [name for name, one in parameters.load().items() if not one.derived][:PARAMETERS]
    inputs = {name: random.random(futures) for name in names}
    inputs |= {f"open.field_{i % 12}.number_{i}": random.random(futures) for i in range(FIELDS)}
    ids = default_outcomes(list(outcomes.load()))[:OUTCOMES]
    lead = [inputs[name] for name in names[:3]]
    common = random.normal(size=(len(ids), futures))
    values = {}
    for row, id_ in enumerate(ids):
        gaps = [
            0.2 * plan * (lead[0] - 0.4) + 0.1 * (plan % 3) * (lead[1] > 0.7) + 0.05 * random.normal(size=futures)
            for plan in range(PLANS)
        ]
        values[id_] = 1000 * (10 + common[row] + np.stack(gaps))
    plans = ("status_quo", *(f"plan_{i}" for i in range(1, PLANS)))
    return Frame(plans, "status_quo", "as_likely", 5, np.arange(futures), values, inputs, {}, {})


def search(plans: int) -> int:
    """Print how long it takes to try plans, and how long a whole search would; return 1 if that is longer than promised."""
    trial, _ = searching.trial("border_task_forces", Question(objectives_of(())))
    units = np.random.default_rng(1).random((plans, len(trial.space.inputs)))
    units[:, [one.path == "consent.mexico" for one in trial.space.inputs]] = (
        0.99  # no plan that lint refuses: those take no time
    )
    trial(units[:2])
    begin, before = time.perf_counter(), time.process_time()
    _, excess = trial(units[2:])
    took, spent = time.perf_counter() - begin, time.process_time() - before
    sound = int((excess <= 0).all(axis=1).sum())
    whole = took / sound * SEARCHED
    print(
        f"{sound} sound plans of {plans - 2} in {took:.1f} s; {SEARCHED:,} in {whole / 60:.1f} of {SEARCH_LIMIT / 60:.0f} minutes; "
        f"processor time {spent:.1f} s, {spent / sound * SEARCHED / 2 / 60:.1f} minutes of two cores"
    )
    return int(whole > SEARCH_LIMIT)


def main(futures: int) -> int:
    """Print how long each method takes; return 1 if they take longer than promised together."""
    frame = made(futures)
    outcome = next(iter(frame.outcomes))
    cases = frame.difference(outcome, "plan_11") > 0
    tasks: dict[str, Callable[[], object]] = {
        "robustness": lambda: robustness(frame),
        "discover": lambda: discover(frame, cases, "it goes wrong", "plan_11"),
        "voi": lambda: voi(frame, Benefit.of(outcome), read_proposed()),
    }
    total = 0.0
    for name, task in tasks.items():
        begin = time.perf_counter()
        task()
        took = time.perf_counter() - begin
        total += took
        print(f"{name:12} {took:6.1f} s")
    print(
        f"{'together':12} {total:6.1f} s of {LIMIT:.0f} s: {PLANS} plans x {futures:,} futures, {len(frame.inputs):,} inputs"
    )
    return int(total > LIMIT)


def saltelli() -> int:
    """Print how long Sobol' indices of groups would take by Saltelli's design, estimated from a fraction of its runs; 1 if too long.

    64 base samples, a row for each group and two more, a plan and its baseline over five years, the plan's second reading too.
    """
    experiment = Experiment.of(
        make(
            plans=("status_quo", "border_task_forces"),
            futures=BASE,
            years=5,
            seed=1,
            design="saltelli",
            groups="mechanism",
        )
    )
    count = len(cases(experiment.plans, experiment.stoppable))
    every = chunks(count, experiment.futures)
    run_together(experiment, tuple(every[:1]))  # compiles
    measured = every[count : count + MEASURED * count]
    begin, before = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda one: run_together(experiment, (one,)), measured))
    runs = (time.perf_counter() - begin) * len(every) / len(measured)
    spent = (time.process_time() - before) * len(every) / len(measured)
    frame = of_groups(experiment.design)
    begin = time.perf_counter()
    sensitivity(frame, "plan", "homicides_mx", experiment.design)
    analysis = time.perf_counter() - begin
    minutes = (runs + analysis) / 60
    print(
        f"saltelli     {minutes:6.1f} min of {SALTELLI_LIMIT:.0f}: {experiment.futures * count:,} runs of 5 years, estimated from "
        f"{len(measured)} of {len(every)} chunks ({runs:,.0f} s), and {analysis:.0f} s for the indices; processor time {spent:,.0f} s, "
        f"{spent / 2 / 60:.1f} minutes of two cores"
    )
    return int(minutes > SALTELLI_LIMIT)


def of_groups(design: Design) -> Frame:
    """Return made results to which each group of a design adds a number of its own."""
    rows = np.arange(design.futures)
    drawn = np.random.default_rng(1).random((len(design.groups), 2 * design.base))
    y = np.sum(
        [place * drawn[place, design.address(name, rows)] for place, (name, _) in enumerate(design.groups)], axis=0
    )
    values = {"homicides_mx": 1000 * np.stack([np.zeros_like(y), y])}
    return Frame(("status_quo", "plan"), "status_quo", "as_likely", 5, rows, values, {"x": y}, {}, {})


if __name__ == "__main__":
    if sys.argv[1:2] == ["search"]:
        raise SystemExit(search(int(sys.argv[2]) if len(sys.argv) > 2 else 102))
    if sys.argv[1:2] == ["saltelli"]:
        raise SystemExit(saltelli())
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
