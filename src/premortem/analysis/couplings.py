"""Which mechanism reads what of which other, found from the model itself, and the page of the manual that shows it."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import jax
import numpy as np

from premortem.engine.week import who_feeds_whom
from premortem.study.experiment import Experiment
from premortem.study.spec import make

INTRODUCTION = """# Who feeds whom

Found by tracing one week of the model (`premortem.engine.week.who_feeds_whom`), written by `scripts/generate`; a test holds
this page to the model. An arrow runs from the mechanism that provides a stock or a signal to one that reads it when it proposes; the
number is how many it reads. What mechanisms read when they settle is not shown, and a stock that several open is shown with one of them.
Every circle of arrows is a feedback.
"""


@cache
def couplings() -> frozenset[tuple[str, str, str]]:
    """Return (reader, what, provider) of the model with all mechanisms in the default theatre."""
    experiment = Experiment.of(make(plans=("border_task_forces",), futures=1, years=1))
    given = experiment.inputs(0, np.zeros(1, np.int64))
    controls, parameters = jax.tree.map(lambda x: x[0], (given.controls, given.parameters))
    orders = jax.tree.map(lambda x: x[0, 0], controls.orders)
    return frozenset(who_feeds_whom(experiment.model(), given.world, controls, orders, parameters))


def page() -> str:
    """Return the page in Markdown: a diagram, and a table of everything that is read."""
    found = couplings()
    by_pair: dict[tuple[str, str], list[str]] = defaultdict(list)
    for reader, what, provider in sorted(found):
        by_pair[provider, reader].append(what)
    arrows = "\n".join(f"  {a} -->|{len(what)}| {b}" for (a, b), what in sorted(by_pair.items()))
    rows = "\n".join(f"| {a} | {b} | {', '.join(what)} |" for (a, b), what in sorted(by_pair.items()))
    count = f"{len(found)} readings, {len(by_pair)} arrows between {len({name for pair in by_pair for name in pair})} mechanisms."
    return f"{INTRODUCTION}\n{count}\n\n```mermaid\nflowchart LR\n{arrows}\n```\n\n| provider | reader | what |\n|---|---|---|\n{rows}\n"
