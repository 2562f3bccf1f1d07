"""What is known of an input of a run: a parameter drawn, or a field that a plan leaves open. Without the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from premortem.analysis.drawn import CHOICE, field
from premortem.evidence import ledger, parameters
from premortem.plan.language import readers
from premortem.plan.language.fields import Field, fields


@dataclass(frozen=True)
class About:
    """What is known of an input: a ``parameter``, or an ``open field`` of the plan with the choice it came to.

    ``facts`` and ``sources`` by id; ``mechanisms`` read it. What a field does not have is empty.
    """

    id: str
    kind: Literal["parameter", "open field"]
    meaning: str
    grade: str = ""
    prior: str = ""
    unit: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()


def about_input(name: str) -> About:
    """Return what is known of a column of draws: a parameter, or ``open.PATH`` with or without ``=word``."""
    told = field(name)
    if told is not None:
        row = row_of(told.partition(f" {CHOICE} ")[0])
        if row is None:
            return About(told, "open field", "left open by the plan")
        return About(told, "open field", row.meaning, mechanisms=readers.of(row.path).mechanisms)
    known = parameters.load().get(name)
    if known is None:  # of a run of another version
        return About(name, "parameter", "not a parameter of this version")
    records = ledger.load().records
    sources = (source for fact in known.facts for source in getattr(records.get(fact), "sources", ()))
    return About(
        known.id, "parameter", known.meaning, known.grade, known.prior, known.unit, known.facts,
        tuple(dict.fromkeys(sources)), (known.mechanism,),
    )  # fmt: skip


UNITS_OF_FIELDS = {"weeks": "week", "week": "week", "miles": "mile"}
"""By the last word of a field's name."""


def unit_of(name: str) -> str:
    """Return the unit of a column of draws, empty where it has none.

    >>> unit_of("open.duration_weeks"), unit_of("washington.withdrawal_weeks"), unit_of("open.consent.mexico=none")
    ('week', 'week', '')
    """
    told = field(name)
    if told is None:
        known = parameters.load().get(name)
        return known.unit if known is not None else ""
    return "" if CHOICE in told else UNITS_OF_FIELDS.get(told.rpartition(".")[2].rpartition("_")[2], "")


def row_of(path: str) -> Field | None:
    """Return the row of the field table that a path in a plan belongs to."""
    array, _, rest = path.partition(".")
    inside = rest.partition(".")[2]
    rows = (path, f"{array}[].{inside}", f"{array}[].{inside.partition('.')[0]}")
    return next((fields()[row] for row in rows if row in fields()), None)
