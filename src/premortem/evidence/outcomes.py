"""The table of outcomes: what people read, in which unit, which way is better, and which claim it answers."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, ValidationError

from premortem import faults
from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence import own


class OutcomeInfo(BaseModel):
    """One outcome as data.

    ``spanish`` is its title in that language; ``summary`` says how a trajectory becomes one number; ``mapped``: maps show it week by week.
    ``matters``: the smallest difference between two plans that matters, a share of the baseline's average over futures; ``matters_least``:
    the same in the unit of the outcome, for baselines near zero. Smaller differences are "about the same". ``series``: the table of the
    evidence ledger that records it, if one does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    spanish: str
    group: str
    unit: str
    direction: Literal["up", "down", "none"]
    summary: Literal["total", "yearly", "mean", "end"]
    regional: bool
    headline: bool
    mapped: bool = False
    matters: NonNegativeFloat = 0.01
    matters_least: NonNegativeFloat = 0.0
    definition: str
    claims: tuple[str, ...] = ()
    series: str = ""

    @property
    def flow(self) -> bool:
        """Whether it adds up week by week; else it is a level."""
        return self.summary in {"total", "yearly"}

    def mattering(self, average: float) -> float:
        """Return the smallest difference that matters where the baseline's average over futures is so much, in the outcome's unit."""
        return max(self.matters * abs(average), self.matters_least)


def mapped() -> tuple[str, ...]:
    """Return the ids of the outcomes that maps show."""
    return tuple(info.id for info in load().values() if info.mapped)


@cache
def load() -> Mapping[str, OutcomeInfo]:
    """Return every outcome by id, in the order of the file (which is the order of tables), with what the reader's own data say of it.

    Raises
    ------
    DataError : the packaged table is malformed.
    InputError : the reader's own table names no outcome, or is wrong.
    """
    name = "data/outcomes.toml"
    table = tomllib.loads(files("premortem").joinpath(name).read_text(encoding="utf-8"))
    try:
        packaged = {key: OutcomeInfo(id=key, **entry) for key, entry in table.items()}
    except ValidationError as error:
        raise DataError(Problem("outcomes", str(error), Where(name))) from error
    return MappingProxyType(packaged | _own(packaged))


def _own(packaged: Mapping[str, OutcomeInfo]) -> dict[str, OutcomeInfo]:
    ours, found = own.given(), dict[str, OutcomeInfo]()
    for id_, stated in ours.documents.get(own.OUTCOMES, {}).items():
        if id_ not in packaged:
            where, near = ours.where(own.OUTCOMES, id_), nearest(id_, packaged)
            raise InputError(Problem("unknown_outcome", "no such outcome", where, id_, nearest=near))
        try:
            found[id_] = OutcomeInfo.model_validate(packaged[id_].model_dump() | dict(stated))
        except ValidationError as error:
            wrong = faults.in_words(error.errors(include_url=False), OutcomeInfo)
            raise InputError(
                *(
                    replace(one, kind="entry", where=ours.where(own.OUTCOMES, id_, str(place[0]) if place else ""))
                    for place, one in wrong
                )
            ) from None
    return found
