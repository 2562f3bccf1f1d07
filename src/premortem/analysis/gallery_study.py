"""What the gallery's texts move, and how operations that happened compare with their record: one small study, kept as data.

Every text runs against the status quo in the same futures and the same luck, as likely to unfold; a text of bills
also as if they were law. ``scripts/gallery`` runs the study and writes ``data/gallery_study.json``; the gallery's page shows it with its
date and size.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from premortem.analysis.compare import Interval, paired
from premortem.analysis.effects import AsLikely
from premortem.evidence import outcomes
from premortem.evidence.reading import Entry, document
from premortem.frames import pl
from premortem.model.units import MILLION
from premortem.plan.language import packaged
from premortem.plan.language.load import LoadedPlan, altered, load
from premortem.study.executors import Executor
from premortem.study.experiment import plan_id
from premortem.study.run import Progress, once
from premortem.study.spec import make

FILE = "gallery_study.json"
BASELINE = "status_quo"
SHOWN = 4
"""Outcomes that are named of each text, those that move most against their own spread over futures."""
CLEAR = 0.9
"""Share of futures in which the sign of a change must be the same for the outcome to be named: a convention."""
GOT_IN = "migrants_entered"
"""With those apprehended, whom a chance of being caught is of; who turns to a port and is sent back there is of neither."""
IN_LAW = "_in_law"
"""What ends the id under which the study runs a text of bills as if they were law."""
NOT_OUTCOMES_OF_A_TEXT = frozenset({"campaign_weeks", "stopped_by_plan"})


class Check(Entry):
    """A quantity of an operation that happened: what is on record, and between what bounds a run of the encoded text must fall.

    ``without``: elements left out of the text that the record does not count. ``measure``: the difference from the baseline in millions
    (times ``prices``, the consumer prices of the record's years over those of 2025), a year in the outcome's unit, or as the share of those
    apprehended whom the baseline's chance of being apprehended would have missed. ``against``: levels of the text's measures in the plan
    that it is compared with; none: the status quo.
    """

    plan: str
    quantity: str
    recorded: str
    outcome: str
    measure: Literal["million", "difference", "share"]
    low: float
    high: float
    facts: tuple[str, ...]
    prices: float = 1.0
    without: tuple[str, ...] = ()
    against: Mapping[str, int] = {}
    note: str = ""

    @property
    def run_as(self) -> str:
        """Id under which the study runs what is checked."""
        return f"{self.plan}_alone" if self.without else self.plan

    @property
    def compared_with(self) -> str:
        """Id under which the study runs what it is compared with."""
        return f"{self.plan}_without" if self.against else BASELINE


@cache
def checks() -> tuple[Check, ...]:
    """Return the checks of operations that happened."""
    return tuple(Check.model_validate(entry) for entry in document("operations_on_record.toml")["check"])


def _variants() -> dict[str, LoadedPlan]:
    """Return every text of the gallery, and the changed ones that checks need, by the id that the study gives them."""
    plans = {name: load(name) for name in (BASELINE, *packaged.gallery())}
    for name in packaged.gallery():
        if bills := _bills(plans[name]):
            plans[name + IN_LAW] = _named(altered(plans[name], dict.fromkeys(bills, "in_force")), name + IN_LAW)
    for check in checks():
        if check.without:
            plans[check.run_as] = _named(altered(plans[check.plan], dict.fromkeys(check.without)), check.run_as)
        if check.against:
            plans[check.compared_with] = _named(altered(plans[check.plan], dict(check.against)), check.compared_with)
    return plans


def _bills(loaded: LoadedPlan) -> list[str]:
    """Return the paths of the standing of a text's bills."""
    return [f"measure.{one.id}.standing" for one in loaded.plan.measure if one.standing == "proposed"]


def _named(plan: LoadedPlan, name: str) -> LoadedPlan:
    return dataclasses.replace(plan, plan=plan.plan.model_copy(update={"id": name}))


def run(*, futures: int, years: int, seed: int, executor: Executor, progress: Progress | None = None) -> dict[str, Any]:
    """Run the study and return what is kept of it.

    Raises
    ------
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    plans = _variants()
    spec = make(plans=tuple(plan_id(plan) for plan in plans.values()), futures=futures, years=years, seed=seed, keep=())
    with tempfile.TemporaryDirectory() as folder:
        study = AsLikely.of(spec, [*plans.values()])
        store = once(study, Path(folder, "study"), executor=executor, progress=progress)
        table = store.table().collect()
    return {
        "futures": futures,
        "years": years,
        "seed": seed,
        "begins": study.theatre.date.isoformat(),
        "moves": {name: _moves(table, name) for name in packaged.gallery()},
        "moves_in_law": {name.removesuffix(IN_LAW): _moves(table, name) for name in plans if name.endswith(IN_LAW)},
        "operations": [_checked(table, check, years) for check in checks()],
    }


def _moves(table: pl.DataFrame, plan: str) -> list[dict[str, Any]]:
    """Return the outcomes that a text moves in the same direction in nearly all futures, the largest against their spread first."""
    pairs = paired(table, plan, BASELINE)[0]
    found: list[tuple[float, dict[str, Any]]] = []
    for id_, info in outcomes.load().items():
        if f"{id_}:baseline" not in pairs.columns or id_ in NOT_OUTCOMES_OF_A_TEXT:
            continue
        with_it, without = (pairs[name].to_numpy().astype(float) for name in (id_, f"{id_}:baseline"))
        change = np.nan_to_num(with_it - without)
        same = max(float((change > 0).mean()), float((change < 0).mean()))
        spread = float(np.nanstd(without))
        if same >= CLEAR:
            row = {
                "outcome": id_,
                "unit": info.unit,
                "share": same,
                **_interval(change),
                "baseline": float(np.nanmedian(without)),
            }
            found.append((float(np.abs(change).mean()) / spread if spread > 0 else np.inf, row))
    return [row for _, row in sorted(found, key=lambda one: -one[0])[:SHOWN]]


def _interval(values: Any) -> dict[str, float]:
    made = Interval.of(values)
    return {"low": made.low, "median": made.median, "high": made.high}


def _checked(table: pl.DataFrame, check: Check, years: int) -> dict[str, Any]:
    pairs = paired(table, check.run_as, check.compared_with)[0]
    with_it, without = (pairs[name].to_numpy().astype(float) for name in (check.outcome, f"{check.outcome}:baseline"))
    change = with_it - without
    match check.measure:
        case "million":
            value = change / MILLION * check.prices
        case "share":
            got_in, before = (pairs[name].to_numpy().astype(float) for name in (GOT_IN, f"{GOT_IN}:baseline"))
            value = 1.0 - without / (without + before) * (with_it + got_in) / with_it
        case "difference":
            value = change / years
    simulated = _interval(value)
    return {
        "plan": check.plan,
        "quantity": check.quantity,
        "recorded": check.recorded,
        "measure": check.measure,
        "band": [check.low, check.high],
        "note": check.note,
        **simulated,
        "inside": bool(check.low <= simulated["median"] <= check.high),
    }
