"""Who reads each field of the plan language, found by changing it: what changes in the controls, who reads that, which rules answer.

The simulation reads a field if another value of it changes the controls of some packaged plan, and a mechanism reads the part that changed
(`premortem.model.notes`). A lint rule reads it if another value changes what the rule finds in such a plan or in the rule's own examples.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain, islice

import numpy as np

from premortem import theatre
from premortem.analysis import couplings
from premortem.coverage import differing
from premortem.engine.week import traced
from premortem.errors import InputError
from premortem.lint import lint, rules
from premortem.lint.catalogue import ABOUT_FIELDS
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Rule
from premortem.model.conditions import OWNER
from premortem.model.controls import Controls
from premortem.plan.controls.compile import compile_plan
from premortem.plan.language.extends import find
from premortem.plan.language.fields import fields
from premortem.plan.language.load import LoadedPlan, altered, load, load_text
from premortem.plan.language.readers import Readers
from premortem.plan.telling.variants import Variant, places, variants_at

PLANS = ("border_task_forces", "every_field")
"""The op-ed's, which leaves most fields open, and one that fills them in with partners, measures, phases and branches."""
FUTURES, WEEKS, SEED = 2, 60, 1
TRIED, LINTED = 12, 3
"""Values of a field that are tried at one place of a plan: for the simulation, until enough of them act; for the linter, whose rules come
with examples of their own, the first."""
ENOUGH = 3
ELEMENTS = 4
"""Elements of an array in which a field is tried."""
BARGAINING = ("bargain[]", "phase[]")
"""Where fields are tried in the plan with its bargains. All others are tried without, in a seventh of the time: whether each bargain is
agreed, and kept, doubles what is compiled of a plan."""
CONDITIONS = frozenset({"branches", "observables"})
"""Controls that are compiled to conditions (`premortem.model.conditions`) and read by the campaign's clock."""


def text() -> str:
    """Return the readers of every field as the file that is kept of them."""
    entries = {path: dataclasses.asdict(found) for path, found in trace().items()}
    return json.dumps(entries, indent=1, ensure_ascii=False) + "\n"


@cache
def trace() -> Mapping[str, Readers]:
    """Return the readers of every field by its path in the field table."""
    by_part = _mechanisms()
    controls: dict[str, set[str]] = defaultdict(set)
    answering = _in_examples()
    for plan in map(load, PLANS):
        found = _findings(plan)
        for row, tried in _tried(plan):
            for variant in islice(tried, LINTED):
                answering[row].update(code for code, *_ in found ^ _findings(variant.loaded))
        for row, changed in chain(_changes(plan, bargaining=True), _changes(_without_bargains(plan), bargaining=False)):
            controls[row].update(changed)
    return {
        path: Readers(
            tuple(sorted(controls[path])),
            tuple(sorted({mechanism for part in controls[path] for mechanism in by_part.get(part, ())})),
            tuple(code for code in rules() if code in answering[path]),
        )
        for path in fields()
    }


def _mechanisms() -> Mapping[str, set[str]]:
    """Return which mechanisms read each part of the controls: ``orders.people`` or ``ceiling``."""
    found: dict[str, set[str]] = {name: {OWNER} for name in CONDITIONS}
    for read in traced(*couplings.default()).reads:
        if read.kind in {"orders", "controls"} and read.reader:
            found.setdefault(f"orders.{read.name}" if read.kind == "orders" else read.name, set()).add(read.reader)
    return found


def _tried(plan: LoadedPlan) -> Iterator[tuple[str, Iterator[Variant]]]:
    """Yield the row of every field that a plan can have, stated or not, with variants of the plan in it, some elements of an array each."""
    elements: Counter[str] = Counter()
    for path, row, held in places(plan):
        if row in fields() and elements[row] < ELEMENTS:
            elements[row] += 1
            yield row, islice(variants_at(plan, path, row, held), TRIED)


def _changes(plan: LoadedPlan, *, bargaining: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield what other values of fields change in the controls, of those in `BARGAINING` or of all others.

    At each place until one acts, and until enough of the row do.
    """
    compiled = _controls(plan)
    acting: Counter[str] = Counter()
    for row, tried in _tried(plan):
        if row.startswith(BARGAINING) != bargaining:
            continue
        for variant in tried:
            if (other := _controls(variant.loaded)) is not None and (changed := [*differing(compiled, other)]):
                yield row, changed
                acting[row] += 1
                if acting[row] >= ENOUGH:
                    break


def _without_bargains(plan: LoadedPlan) -> LoadedPlan:
    return altered(plan, {path: None for path, row, _ in places(plan) if row == "bargain[]"})


def _controls(plan: LoadedPlan) -> Controls | None:
    """Return the controls of some futures; None where the plan cannot be simulated in the theatre as it is."""
    try:
        return compile_plan(plan, theatre.load(), seed=SEED, futures=np.arange(FUTURES), weeks=WEEKS).controls
    except InputError:
        return None


def _findings(plan: LoadedPlan) -> set[tuple[str, str, tuple[str, ...], str, bool]]:
    """Return what rules find and in which places: one finding may stand for several."""
    return {(f.code, f.where.key, f.also, f.message, f.open) for f in lint(plan) if f.code not in ABOUT_FIELDS}


def _in_examples() -> dict[str, set[str]]:
    """Return row -> codes of the rules whose finding in their own example goes if the field alone is as in the example that passes."""
    found: dict[str, set[str]] = defaultdict(set)
    for rule in rules().values():
        if rule.code in ABOUT_FIELDS:
            continue
        fails, passes = (
            load_text(f'extends = "lint_base"\n{text}', "example.toml") for text in (rule.fails, rule.passes)
        )
        for path, row, held in places(fails):
            other = find(passes.root, path)
            value, wanted = (node.plain() if node else None for node in (held, other))
            if value == wanted or row not in fields():
                continue
            try:
                changed = altered(fails, {path: wanted})
            except InputError:  # the two examples differ in more, which only goes together
                continue
            if _hits(rule, fails) != _hits(rule, changed):
                found[row].add(rule.code)
    return found


def _hits(rule: Rule, plan: LoadedPlan) -> set[tuple[str, str]]:
    return {
        (hit.path, str(sorted(hit.values.items())))
        for state in plan.states
        for hit in rule.check(PlanView(state.plan))
        if hit.truth.possible
    }
