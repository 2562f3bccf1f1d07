"""What exercises, experts and the op-ed predict, as conditions on what is simulated: in how many futures each comes true, and why."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import model_validator

from premortem.analysis.drawn import drawn
from premortem.analysis.screen import screen
from premortem.evidence import ledger, outcomes
from premortem.evidence.reading import Entry, data, listed
from premortem.plan.controls.program import ARITHMETIC, COMPARISON, NEGLIGIBLE_DIVISOR
from premortem.plan.language.expression import (
    Binary,
    Condition,
    ConditionError,
    Kind,
    Literally,
    Names,
    Node,
    Observed,
    OneOf,
    Unary,
    Window,
    unit_of,
    walk,
)
from premortem.plan.language.load import LoadedPlan, load, load_text
from premortem.study.cases import READINGS, Reading
from premortem.study.store import Store

FILE, STORED, TABLE = "hypotheses.toml", "exercise.json", "table.ttx_findings"
BASE = "base_"
BASELINE = "status_quo"
NAMED = 3
"""Inputs named of each prediction at most."""

Values = NDArray[Any]
Floats = NDArray[np.float64]


@cache
def _names() -> Names:
    """Return what a condition may name: outcomes under the plan, and the same in the future that it is compared with."""
    known: dict[str, Kind | OneOf] = {id_: unit_of(info.unit) for id_, info in outcomes.load().items()}
    return known | {BASE + id_: kind for id_, kind in known.items()}


class Part(Entry):
    """A condition, and whether it must hold in the last week of a run or in at least one since the plan began."""

    when: Literal["end", "ever"]
    condition: str

    @model_validator(mode="after")
    def _parsed(self) -> Self:
        try:
            Condition.parse(self.condition, _names())
        except ConditionError as error:
            raise ValueError(f"{error.message}: {error.found or self.condition} (character {error.offset})") from None
        return self

    @property
    def tree(self) -> Node:
        """The condition as a tree."""
        return Condition.parse(self.condition, _names()).tree


class Hypothesis(Entry):
    """One prediction: all of ``holds`` under ``plan``, read as ``reads`` says; or why the model ``cannot`` express it.

    ``exists``: the prediction is only that it can happen, and any future that shows it bears it out.
    """

    id: str
    plan: str = ""
    against: str = BASELINE
    reads: str = ""
    holds: tuple[Part, ...] = ()
    cannot: str = ""
    exists: bool = False

    @model_validator(mode="after")
    def _either(self) -> Self:
        said = (self.plan, self.reads, self.holds)
        if any(said) if self.cannot else not all(said):
            raise ValueError("needs plan, reads and holds, or cannot")
        return self

    @property
    def said(self) -> tuple[str, str]:
        """What was predicted, and by whom: of the table of hypotheses, or of a claim."""
        for row in ledger.load().tables[TABLE].rows:
            if row["id"] == self.id:
                return f"{row['driver']}: {row['hypothesis']}", f"{row['source_key']}, {row['stance']}"
        claim = ledger.load().claims[self.id]
        return claim.paraphrase, "the op-ed"


class Text(Entry):
    """A plan that only predictions need, as its text."""

    id: str
    text: str


@cache
def hypotheses() -> tuple[Hypothesis, ...]:
    """Return every prediction.

    Raises
    ------
    DataError
        If the packaged file is wrong, with every fault.
    """
    return listed(Hypothesis, FILE, "hypothesis", "id")


def plans() -> dict[str, LoadedPlan]:
    """Return the plans that the predictions are about, by id, the status quo first."""
    own = {one.id: load_text(one.text, f"{one.id}.toml") for one in listed(Text, FILE, "plan", "id")}
    asked = dict.fromkeys((BASELINE, *(name for one in hypotheses() if one.plan for name in (one.plan, one.against))))
    return {name: own[name] if name in own else load(name) for name in asked}


class Found(Entry):
    """In what ``share`` of ``futures`` a prediction comes true under a reading; ``decides``: input -> rank correlation, beyond chance."""

    share: float
    futures: int
    decides: dict[str, float]


class Judged(Entry):
    """A prediction under both readings; none where it cannot be expressed."""

    id: str
    found: dict[Reading, Found]


class Record(Entry):
    """What a study found of all predictions. ``code`` and ``evidence`` are digests of what it was made of."""

    run_on: str
    begins: str
    futures: int
    years: int
    seed: int
    evidence: str
    code: str
    judged: tuple[Judged, ...]


@cache
def stored() -> Record:
    """Return the packaged record."""
    return Record.model_validate_json((data() / STORED).read_bytes())


def as_json(one: Hypothesis, judged: Judged) -> dict[str, Any]:
    """Return a prediction and what became of it, for programs."""
    says, source = one.said
    found = {reading: judged.found[reading].model_dump() if reading in judged.found else None for reading in READINGS}
    return {"id": one.id, "says": says, "source": source} | one.model_dump(exclude={"id"}) | found


def judge(store: Store) -> tuple[Judged, ...]:
    """Judge every prediction whose plans a study holds, in both readings; the study keeps weeks and draws."""
    known = store.provenance.plans
    return tuple(
        Judged(
            id=one.id,
            found={
                reading: _judged(store.under(reading), one)
                for reading in (READINGS if one.plan in known and one.against in known else ())
            },
        )
        for one in hypotheses()
    )


def _judged(store: Store, one: Hypothesis) -> Found:
    table = store.table().filter(pl.col("fault").is_null()).collect()
    ours, theirs = (table.filter(pl.col("plan") == name) for name in (one.plan, one.against))
    rows = ours.join(theirs.select("future"), on="future", how="semi").sort("future")
    futures = rows["future"].to_numpy()
    begins = rows["start_week"].cast(pl.Float64).fill_null(0.0).to_numpy()
    names = store.provenance.outcomes

    def weekly(name: str) -> Floats:
        plan, outcome = (one.against, name.removeprefix(BASE)) if name.startswith(BASE) else (one.plan, name)
        return np.asarray(store.read("weekly", plan, names.index(outcome))[futures], np.float64)

    true = np.ones(len(futures), bool)
    for part in one.holds:
        seen = {node.name: weekly(node.name) for node in walk(part.tree) if isinstance(node, Observed)}
        held = values(part.tree, seen).astype(bool)
        since = np.arange(held.shape[1]) >= begins[:, None]
        true &= held[:, -1] if part.when == "end" else (held & since).any(axis=1)
    moving = drawn(store.draws().collect(), table, one.plan, one.against)
    inputs = rows.select("future").join(moving, on="future", how="left").drop("future")
    found = screen({name: inputs[name].to_numpy() for name in inputs.columns}, true.astype(np.float64))
    decides = dict(found.clear[:NAMED]) if found else {}
    return Found(share=float(true.mean()), futures=len(true), decides=decides)


def values(node: Node, seen: Mapping[str, Values]) -> Values:
    """Return what a condition's tree is in each future and week, as `premortem.plan.controls.program.holds` defines it week by week.

    Parameters
    ----------
    seen : name -> [future, week]; NaN where nothing is known.
    """
    match node:
        case Literally(value):
            return np.full(next(iter(seen.values())).shape, value) if seen else np.array(value)
        case Observed(name):
            return seen[name]
        case Unary(sign, operand):
            inner = values(operand, seen)
            return -inner if sign == "-" else ~inner.astype(bool)
        case Window(function, operand, weeks):
            return _window(function, values(operand, seen), weeks)
        case Binary(sign, left, right):
            return _joined(sign, values(left, seen), values(right, seen))


def _joined(sign: str, left: Values, right: Values) -> Values:
    if sign == "and":
        return np.logical_and(left, right)
    if sign == "or":
        return np.logical_or(left, right)
    if sign == "/":
        fine = np.abs(right) >= NEGLIGIBLE_DIVISOR
        return np.where(fine, left / np.where(fine, right, 1.0), np.nan)
    return np.asarray((ARITHMETIC | COMPARISON)[sign](left, right))  # type: ignore[operator]


def _window(function: str, found: Values, weeks: int) -> Values:
    """Return the mean of what is known of the last weeks, or the change since the oldest of it, week by week."""
    made = np.full(found.shape, np.nan)
    for week in range(found.shape[1]):
        past = found[:, max(week - weeks + (function == "avg"), 0) : week + 1]
        known = ~np.isnan(past)
        some = known.any(axis=1)
        if function == "avg":
            total = np.where(known, past, 0.0).sum(axis=1)
            made[some, week] = (total / np.maximum(known.sum(axis=1), 1))[some]
        else:
            first = past[np.arange(len(past)), known.argmax(axis=1)]
            newest = past[np.arange(len(past)), -1 - known[:, ::-1].argmax(axis=1)]
            made[some, week] = (newest - first)[some]
    return made
