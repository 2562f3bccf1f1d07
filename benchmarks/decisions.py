"""How long decisions take from stored results: ``python benchmarks/decisions.py [futures]``.

Made-up results of 12 plans in 10,000 futures: 20 outcomes, 1,000 parameters and 60 open fields, with a few effects planted. Timed are
robustness (all outcomes), discovery and the value of information of every group of inputs: together under 60 s on two cores.

``python benchmarks/decisions.py search [plans]`` tries plans around the op-ed's in 20 futures of 3 years, as `premortem decide search`
does, and says how long 5,000 would take: under 45 minutes on two cores. The model is compiled before, with two plans that are not counted.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from premortem.api import searching
from premortem.decisions.discover import discover
from premortem.decisions.frame import Frame, default_outcomes
from premortem.decisions.robustness import robustness
from premortem.decisions.search import Question, objectives_of
from premortem.decisions.voi import Benefit, read_proposed, voi
from premortem.evidence import outcomes, parameters

LIMIT = 60.0  # seconds, together
SEARCHED, SEARCH_LIMIT = 5000, 45 * 60.0  # plans, seconds
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
    begin = time.perf_counter()
    _, excess = trial(units[2:])
    took = time.perf_counter() - begin
    sound = int((excess <= 0).all(axis=1).sum())
    whole = took / sound * SEARCHED
    print(
        f"{sound} sound plans of {plans - 2} in {took:.1f} s; {SEARCHED:,} in {whole / 60:.1f} of {SEARCH_LIMIT / 60:.0f} minutes"
    )
    return int(whole > SEARCH_LIMIT)


def main(futures: int) -> int:
    """Print how long each method takes; return 1 if they take longer than promised together."""
    frame = made(futures)
    outcome = next(iter(frame.outcomes))
    cases = frame.difference(outcome, "plan_11") > 0
    tasks = {
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


if __name__ == "__main__":
    if sys.argv[1:2] == ["search"]:
        raise SystemExit(search(int(sys.argv[2]) if len(sys.argv) > 2 else 102))
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
