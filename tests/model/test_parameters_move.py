"""Every parameter moves something: swung alone, in the same luck, it changes an outcome or a balance under some plan.

A parameter is an input of the compiled program and a future gives the same bits whatever its neighbours, so that each parameter takes a
future or two of one run and compiles nothing. What one plan does not use, the next may: only parameters that have moved nothing so far are
tried again. What moves nothing in these runs either has a state of its own in which it does (`rare_states.py`), or stands there with the
reason. Date and result: docs/verification.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from premortem.engine import simulate
from premortem.engine.week import Setup
from premortem.evidence import parameters as ledger
from premortem.evidence.parameters import Parameter
from premortem.evidence.sampling import draw
from premortem.model.controls import as_carried_out
from premortem.model.index_sets import AXES
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import names
from premortem.plan.language import catalogue
from premortem.plan.language.load import load_text
from premortem.study.experiment import Experiment
from premortem.study.spec import make
from tests.model.rare_states import STATES, UNMOVED, Case

VARIANT = """
extends = "every_field"
title = "Another word in every field"
source = ["project"]
horizon_weeks = 520
[authority]
theories = [{theories}]
[status]
combatant = "{label}"
[roe]
target_definition = "{rule}"
positive_identification = false
[zone]
kind = "{zone}"
residents = "{residents}"
ports = "{ports}"
[trade]
compensation_musd = 500
[[domestic]]
id = "sheriffs"
place = "interior_us"
tasks = ["police", "southbound_inspection"]
[[task_force]]
id = "second"
units = {{ infantry_brigade = 1, engineer_battalion = 1, civil_affairs_battalion = 1, medical_battalion = 1 }}
[detention]
site = "{site}"
review = "{review}"
trial = ["{trial}"]
[[event_assumed]]
id = "second"
kind = "{event}"
week = 20
[[deal]]
id = "pact"
kind = "truce"
parties = ["sinaloa", "cjng"]
regions = ["Sinaloa", "Jalisco"]
monitors = 0.5
concessions = ["lighter_sentences"]
amnesty = "{amnesty}"
places_per_year = 1000
to_week = 250
"""
FIRST = {
    "theories": '"self_defense", "unwilling_unable"',
    "label": "criminals",
    "rule": "hostile_act",
    "zone": "presence",
    "residents": "warned",
    "ports": "inspected",
    "site": "GTMO",
    "review": "none",
    "trial": "military_commission",
    "event": "covert_lethal",
    "amnesty": "none",
}
SECOND = {
    "theories": '"invasion", "no_hostilities"',
    "label": "terrorist_organizations",
    "rule": "self_defense",
    "zone": "screening",
    "residents": "screened",
    "ports": "restricted",
    "site": "MX",
    "review": "administrative",
    "trial": "mexican_court",
    "event": "leader_taken_without_leave",
    "amnesty": "all",
}
THIRD = {
    "theories": '"niac"',
    "label": "enemy_combatants",
    "rule": "membership_undefined",
    "zone": "exclusion",
    "residents": "evacuated",
    "ports": "closed",
    "site": "third_country",
    "review": "habeas",
    "trial": "none",
    "event": "official_indicted",
    "amnesty": "members",
}
FOURTH = {
    "theories": '"self_defense"',
    "label": "enemy_combatants",
    "rule": "hostile_intent",
    "zone": "presence",
    "residents": "stay",
    "ports": "open",
    "site": "sea",
    "review": "none",
    "trial": "federal_court",
    "event": "bank_cutoff",
    "amnesty": "members",
}
CASES = (
    Case(VARIANT.format(**FIRST), 0.5, carried_out=True, lanes=1),
    Case(VARIANT.format(**SECOND), -0.5, carried_out=True),
    Case("status_quo", 1.0),
    Case("border_task_forces_resourced", 0.5),
    Case(VARIANT.format(**THIRD), 1.0, years=4, lanes=4),
    Case(VARIANT.format(**FOURTH), years=4, carried_out=True, lanes=4),
    Case("status_quo", -1.0, years=4, lanes=8),
    Case(VARIANT.format(**FIRST), years=4, carried_out=True, lanes=8),
)
TRIED = (*CASES, *(state.case for state in STATES))
ENDS = (0.98, 0.02)
"""Quantiles of the prior to which a parameter is swung: the first in its first future, the second in its second, and so on."""
TOGETHER = 240
"""Futures of a run."""
STEP = 0.3
"""How far a parameter is swung whose prior is one number, as a share of it."""


def varied() -> dict[str, Parameter]:
    """Return what has a prior and belongs to the model, by id."""
    fields = set(names(MECHANISMS))
    return {id_: entry for id_, entry in ledger.load().items() if entry.field in fields and entry.prior}


def swung(value: Any, entry: Parameter, to: np.ndarray, axes: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Return a parameter's values [future, ...], or its part for one element, at given values."""
    made = np.array(value)
    if entry.element:
        made[..., axes[entry.axis].index(entry.element)] = to
    else:
        made[...] = to.reshape(made.shape)
    return made


def pulled(controls: Any, share: float) -> Any:
    """Return controls with every lever pulled from its status quo by a share of its way to an end."""
    levels = np.array(controls.orders.levers)
    for i, name in enumerate(controls.lever_names):
        lever = catalogue.levers()[name]
        end = lever.high if share > 0 else lever.low
        levels[..., i] = lever.status_quo + abs(share) * (end - lever.status_quo)
    return (
        dataclasses.replace(controls, orders=dataclasses.replace(controls.orders, levers=levels)) if share else controls
    )


def ends(entry: Parameter, lanes: int, sizes: Mapping[str, int]) -> np.ndarray:
    """Return values [future, ...] at the ends of a prior; a parameter that is one number goes up and down by a part of it."""
    count = max(lanes, len(ENDS))
    uniform = np.resize(ENDS, count).reshape((count,) + (1,) * len(entry.axes))
    values = draw({entry.id: entry}, 1, range(count), sizes, uniforms={entry.id: uniform})[entry.id]
    if (values[0] == values[1]).all():
        signs = np.resize((1.0, -1.0), count).reshape((count,) + (1,) * (values.ndim - 1))
        values = values + STEP * signs * np.where(values == 0, 1.0, np.abs(values))
    return np.asarray(values[:lanes])


def with_given(parameters: Any, given: Mapping[str, float], axes: Mapping[str, Sequence[str]]) -> Any:
    """Return a run's parameters, in arrays of their own, with some of them, or all elements of one, at given values."""
    changed = jax.tree.map(np.array, parameters)
    for name, value in given.items():
        entries = [entry for id_, entry in varied().items() if id_ == name or id_.startswith(f"{name}.")]
        assert entries, f"there is no parameter {name}"
        for entry in entries:
            whole = getattr(changed[entry.mechanism], entry.name)
            to = np.full(whole.shape[:1] if entry.element else whole.shape, value)
            whole[...] = swung(whole, entry, to, axes)
    return changed


def unmoved(case: Case, ids: Iterable[str], folder: Path) -> list[str]:
    """Return those of some parameters that change no outcome and no balance in a case."""
    known, ids = varied(), list(ids)
    name = case.plan
    if name.startswith("\n"):
        (file := folder / "variant.toml").write_text(name, encoding="utf-8")
        name = str(file)
    lanes, weeks, count = case.lanes, 52 * case.years, len(ids) + 1
    made = Experiment.of(make(plans=(name,), futures=lanes, years=case.years, seed=1))
    given = made.inputs(0, np.arange(lanes))
    setup, sizes = given.setup, dict(made.theatre.sizes)
    axes = {**AXES, "org": tuple(organisation.id for organisation in made.theatre.organisations)}
    started = pulled(setup.controls, case.pulled)
    started = as_carried_out(started) if case.carried_out else started
    drawn = with_given(dict(setup.parameters), case.given, axes)
    controls, parameters = jax.tree.map(lambda x: np.concatenate([np.asarray(x)] * count), (started, drawn))
    for i, id_ in enumerate(ids, start=1):
        entry, mine = known[id_], slice(i * lanes, (i + 1) * lanes)
        values = getattr(parameters[entry.mechanism], entry.name)  # of this run alone: it is changed in place
        values[mine] = swung(values[:lanes], entry, ends(entry, lanes, sizes), axes)
    result = simulate.run(
        made.model(),
        Setup(setup.world, controls, parameters),
        seed=1,
        futures=np.tile(given.luck, count),
        weeks=weeks,
    )
    assert (result.fault_week[:lanes] < 0).all(), "a future fails"
    seen = [np.asarray(x).reshape(count, lanes, -1) for x in (*result.weekly.values(), *result.accounts.values())]
    return [id_ for i, id_ in enumerate(ids, 1) if all(np.array_equal(x[i], x[0], equal_nan=True) for x in seen)]


@pytest.mark.parametrize("plan", dict.fromkeys(case.plan for case in TRIED if case.plan.startswith("\n")))
def test_the_variants_are_plans(plan: str) -> None:
    assert load_text(plan).plan.acts


def test_what_is_rare_is_named_once_with_its_state_or_its_reason() -> None:
    named = [*UNMOVED, *(id_ for state in STATES for id_ in state.shows)]
    assert len(named) == len(set(named))
    assert set(named) <= set(varied())
    page = (Path(__file__).parents[2] / "docs/model/rare_states.md").read_text(encoding="utf-8").splitlines()
    rows = [f"| {state.title} | {', '.join(f'`{id_}`' for id_ in state.shows)} |" for state in STATES]
    rows += [f"| `{id_}` | {reason} |" for id_, reason in UNMOVED.items()]
    assert rows == [line for line in page if line.startswith("|") and "`" in line]


@pytest.mark.slow
def test_every_parameter_moves_something_under_some_plan(tmp_path: Path) -> None:
    left = list(varied())
    for case in CASES:
        size = TOGETHER // case.lanes
        left = [id_ for i in range(0, len(left), size) for id_ in unmoved(case, left[i : i + size], tmp_path)]
    assert set(UNMOVED) <= set(left) <= {*UNMOVED, *(id_ for state in STATES for id_ in state.shows)}


@pytest.mark.slow
def test_what_moves_nothing_by_itself_moves_something_in_a_named_state(tmp_path: Path) -> None:
    assert not {state.title: still for state in STATES if (still := unmoved(state.case, state.shows, tmp_path))}
