"""Who answers a plan, and with what: a few aggregate strategic choices of organisations and governments, as moves of parameters.

A policy of a side is a number from -1 to 1 for each of its choices (``data/red_team.toml``). It moves each parameter of the choice, in
every future, a share of the way from where it was drawn to an end of its prior, in probability: a parameter drawn at the quantile u goes to
``u + v (1 - u)`` where v, choice times freedom, is above zero, and to ``u + v u`` below. So an answer is one of the futures that the ledger
holds possible, and a policy of zeros leaves every bit as it was. ``freedom`` is the share of what is not known of a side's conduct that is
taken to be its choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from premortem.errors import DataError, Problem, Where
from premortem.evidence import outcomes, parameters
from premortem.evidence.reading import Entry, document

FILE = "red_team.toml"
KILLING = ("killed", "death", "homicides")
"""What the id of an outcome that counts the dead holds: no side has it as an aim to raise."""

SHORTEST = 10
"""Letters of a text that says something."""
Policy = tuple[float, ...]
"""A number from -1 to 1 for each choice of some sides, in their order."""


class Choice(Entry):
    """One strategic choice of a side: what it is at its ends, and parameter -> the direction in which it moves as the choice goes up."""

    up: str = Field(min_length=SHORTEST)
    down: str = Field(min_length=SHORTEST)
    moves: dict[str, Literal[-1, 1]] = Field(min_length=1)


class Side(Entry):
    """Organisations or a government: the yardsticks it may have, the first by default, and its choices."""

    title: str
    order: int
    aims: dict[str, Literal["up", "down"]] = Field(min_length=1)
    basis: str = Field(min_length=SHORTEST)
    choices: dict[str, Choice] = Field(min_length=1)

    @model_validator(mode="after")
    def _aims(self) -> Side:
        known = outcomes.load()
        for id_, direction in self.aims.items():
            if id_ not in known:
                raise ValueError(f"no such outcome: {id_}")
            if direction == "up" and any(word in id_ for word in KILLING):
                raise ValueError(f"killing is no aim: {id_}")
        return self

    @model_validator(mode="after")
    def _moves(self) -> Side:
        known = parameters.load()
        moved = [id_ for choice in self.choices.values() for id_ in choice.moves]
        for id_ in moved:
            entry = known.get(id_)
            if entry is None:
                raise ValueError(f"no such parameter: {id_}")
            if entry.axes or not entry.distribution.continuous or entry.axis == "org":
                raise ValueError(f"not a number with a continuous prior: {id_}")
            if moved.count(id_) > 1:
                raise ValueError(f"two choices move it: {id_}")
        return self


@cache
def load() -> Mapping[str, Side]:
    """Return the sides that may answer a plan, by id, in the order in which they answer.

    Raises
    ------
    DataError : the file names a parameter or outcome that is not there.
    """
    found = {}
    for id_, values in document(FILE).items():
        try:
            found[id_] = Side.model_validate(values)
        except ValueError as error:
            raise DataError(Problem("red_team", str(error), Where(FILE, key=id_))) from None
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def choices(sides: Sequence[str]) -> dict[str, Choice]:
    """Return the choices of sides as ``side.choice``, in the order of a policy."""
    return {f"{side}.{name}": choice for side in sides for name, choice in load()[side].choices.items()}


def shifts(sides: Sequence[str], policy: Policy, freedom: float) -> dict[str, float]:
    """Return parameter -> how far a policy moves it towards the upper end of its prior, from -1 to 1; those it leaves are missing."""
    return {
        id_: freedom * value * direction
        for choice, value in zip(choices(sides).values(), policy, strict=True)
        if value * freedom
        for id_, direction in choice.moves.items()
    }
