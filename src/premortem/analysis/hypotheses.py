"""What exercises, experts and the op-ed predict, as conditions on what is simulated: in how many futures each comes true, and why."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from premortem.analysis.drawn import drawn
from premortem.analysis.screen import screen
from premortem.errors import InputError, Problem
from premortem.evidence import ledger, outcomes
from premortem.evidence.reading import Entry, data, listed
from premortem.frames import pl
from premortem.plan.controls.arrays import values
from premortem.plan.language.expression import (
    Condition,
    ConditionError,
    Kind,
    Names,
    Node,
    OneOf,
    unit_of,
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
    """What a study found of all predictions. ``model``, ``evidence`` and ``code`` are digests of what it was made of."""

    run_on: str
    begins: str
    futures: int
    years: int
    seed: int
    model: str = ""
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
    """Judge every prediction whose plans and outcomes a study holds, in both readings.

    Raises
    ------
    InputError : the study keeps no weeks or no draws.
    """
    if missing := {"weekly", "draws"} - set(store.provenance.keep):
        words = '", "'.join(sorted(missing))
        raise InputError(
            Problem("not_kept", f'predictions are read from weeks and draws: put "{words}" into keep of the study')
        )
    return tuple(
        Judged(
            id=one.id,
            found={
                reading: found
                for reading in (READINGS if _held(store, one) else ())
                if (found := _judged(store.under(reading), one)) is not None
            },
        )
        for one in hypotheses()
    )


def _held(store: Store, one: Hypothesis) -> bool:
    """Whether a study holds the plans and outcomes that a prediction is about."""
    about = store.provenance
    named = {
        name.removeprefix(BASE) for part in one.holds for name in Condition.parse(part.condition, _names()).observables
    }
    return {one.plan, one.against} <= set(about.plans) and named <= set(about.outcomes)


def _judged(store: Store, one: Hypothesis) -> Found | None:
    """Judge a prediction under the reading of a store; None where no future is finished under both plans."""
    table = store.table().filter(pl.col("fault").is_null()).collect()
    ours, theirs = (table.filter(pl.col("plan") == name) for name in (one.plan, one.against))
    rows = ours.join(theirs.select("future"), on="future", how="semi").sort("future")
    if rows.is_empty():
        return None
    futures = rows["future"].to_numpy()
    begins = rows["start_week"].cast(pl.Float64).fill_null(0.0).to_numpy()
    names = store.provenance.outcomes

    @cache
    def weekly(name: str) -> Floats:
        plan, outcome = (one.against, name.removeprefix(BASE)) if name.startswith(BASE) else (one.plan, name)
        return np.asarray(store.read("weekly", plan, names.index(outcome))[futures], np.float64)

    true = np.ones(len(futures), bool)
    for part in one.holds:
        held = values(part.tree, weekly).astype(bool)
        since = np.arange(held.shape[1]) >= begins[:, None]
        true &= held[:, -1] if part.when == "end" else (held & since).any(axis=1)
    inputs = drawn(store.draws().collect(), table, one.plan, one.against).among(futures)
    found = screen(inputs, true[np.isin(futures, inputs.futures)].astype(np.float64))
    decides = dict(found.clear[:NAMED]) if found else {}
    return Found(share=float(true.mean()), futures=len(true), decides=decides)
