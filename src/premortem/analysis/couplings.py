"""Which mechanism reads what of which other, found from the model itself, and the page of the manual that shows it."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from premortem import sealed_file
from premortem.evidence.made_of import model_digest
from premortem.study.cache import Cache

if TYPE_CHECKING:
    from premortem.engine.week import Model, Setup

MARK = b"premortem couplings 1\n"
"""What a kept file begins with."""

INTRODUCTION = """# Who feeds whom

Found by tracing the opening and one week of the model (`premortem.engine.week.who_feeds_whom`), written by `scripts/generate`; a test holds
this page to the model. An arrow runs from a mechanism to one that reads what it provides or moves, wherever it is read: when the model
opens, when flows are proposed, when indices settle, in signals and in outcomes. What is read is a signal, a stock (all who move it provide
it), a flow or its risk ("members to held_us"), or a flow by its name. The number is how many are read. Every circle of arrows is a
feedback.
"""


def default() -> tuple[Model, Setup]:
    """Return the model with all mechanisms in the default theatre, one plan that acts, and parameters at the draw of the first future."""
    from premortem.arrays import jax
    from premortem.study.experiment import Experiment
    from premortem.study.spec import make

    experiment = Experiment.of(make(plans=("border_task_forces",), futures=1, years=1))
    setup = experiment.inputs(0, np.zeros(1, np.int64)).setup
    controls, parameters = jax.tree.map(lambda x: x[0], (setup.controls, setup.parameters))
    return experiment.model(), dataclasses.replace(setup, controls=controls, parameters=parameters)


@cache
def couplings() -> frozenset[tuple[str, str, str]]:
    """Return (reader, what, provider) of the model with all mechanisms.

    Tracing it takes seconds of a core: what was found is kept with what else can be made again (`premortem.study.cache`).
    """
    place = _place()
    kept = None if place is None else sealed_file.read(place, MARK)
    if kept is not None:
        return frozenset((reader, what, provider) for reader, what, provider in json.loads(kept))
    from premortem.engine.week import traced, who_feeds_whom

    model, setup = default()
    found = frozenset(who_feeds_whom(model, traced(model, setup)))
    if place is not None:
        sealed_file.write(place, MARK, json.dumps(sorted(found)).encode())
    return found


def _place() -> Path | None:
    """Return where those of this model are kept, None where nothing is to be."""
    units = Cache.of_user()
    return None if units is None else units.folder.with_name("couplings") / model_digest()


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
