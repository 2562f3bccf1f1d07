"""What may move of a plan, and how far: a box of fields and levers, its points, and the plan at a point."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator
from scipy.stats import qmc

from premortem.errors import InputError, Problem, Where
from premortem.plan.language import catalogue
from premortem.plan.language.document import parse
from premortem.plan.language.problems import placed
from premortem.plan.language.schema import Plan

LEVER = "lever."
EVERY = "*"
RAMP = 26  # weeks in which a lever comes to its level
ROUNDING = 1e-9  # of a range: how far outside a value may lie that was written and read again
FLAGS = {"true": True, "false": False}

Floats = NDArray[np.float64]
Values = Mapping[str, float | str]
"""A point: path of an input -> number or word."""


class Input(BaseModel):
    """A field, or the lever of a measure, that moves: between two numbers (``whole`` ones), or among words.

    ``path``: ``zone.depth_miles``, ``task_force.*.personnel`` (of every element alike), ``lever.arms.dealer_oversight``. Words of a field
    that takes a date are dates, of a flag ``true`` and ``false``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Annotated[str, Field(min_length=1, max_length=200)]
    low: FiniteFloat = 0.0
    high: FiniteFloat = 0.0
    scale: Literal["linear", "log"] = "linear"
    words: tuple[str, ...] = ()
    whole: bool = False

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.words and len(self.words) > 1:
            return self
        if self.words or not self.low < self.high or (self.scale == "log" and self.low <= 0):
            raise ValueError("give low < high (above 0 on a logarithmic scale), or two words or more")
        return self

    @property
    def lever(self) -> str:
        """Id of the lever, empty of a field."""
        return self.path.removeprefix(LEVER) if self.path.startswith(LEVER) else ""

    def of_unit(self, part: float) -> float | str:
        """Return the value at a place between 0 and 1."""
        if self.words:
            return self.words[min(int(part * len(self.words)), len(self.words) - 1)]
        log = self.scale == "log"
        value = self.low * (self.high / self.low) ** part if log else self.low + (self.high - self.low) * part
        return float(round(value)) if self.whole else float(value)

    def unit(self, value: float | str) -> float:
        """Return the place of a value between 0 and 1; of a word, its number."""
        if isinstance(value, str):
            return float(self.words.index(value))
        if self.scale == "log":
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)

    def holds(self, value: float | str) -> bool:
        """Return whether a value lies in its range."""
        if isinstance(value, str):
            return value in self.words
        slack = ROUNDING * (self.high - self.low)
        return not self.words and self.low - slack <= value <= self.high + slack


def units(inputs: Sequence[Input], count: int, random: np.random.Generator) -> Floats:
    """Return points that fill the box evenly, ``[point, input]`` between 0 and 1 (scrambled Sobol; the first ones of more are the same)."""
    sobol = qmc.Sobol(len(inputs), rng=random)
    return np.asarray(sobol.random_base2(max(count - 1, 1).bit_length())[:count])


def fields(inputs: Iterable[Input], plan: Plan, values: Values) -> dict[str, Any]:
    """Return the fields that a point sets, of each element its own, with the value as TOML holds it; levers are left out."""
    found: dict[str, Any] = {}
    for one in inputs:
        if one.path not in values or one.lever:
            continue
        value = _held(one, values[one.path])
        head, star, key = one.path.partition(f".{EVERY}.")
        if star:
            found |= {f"{head}.{element.id}.{key}": value for element in getattr(plan, head)}
        else:
            found[one.path] = value
    return found


def _held(one: Input, value: float | str) -> Any:
    if isinstance(value, float):
        return round(value) if one.whole else value
    if one.path == "start":
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            raise InputError(Problem("date", "not a date", Where(key=one.path), value, "such as 2026-10-05")) from None
    return FLAGS.get(value, value)


def measure_text(id_: str, lever: str, level: float) -> str:
    """Return the text of a measure that moves a lever to a level."""
    return f'\n[[measure]]\nid = "{id_}"\nlever = "{lever}"\nlevel = {level}\nramp_weeks = {RAMP}\n'


M = TypeVar("M", bound=BaseModel)


def parsed(kind: type[M], content: str, name: str) -> M:
    """Return the record that a file of inputs holds.

    Raises
    ------
    InputError : with everything that is wrong in it.
    """
    root = parse(content, name)
    try:
        return kind.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(*placed(error, kind, root)) from None


def require_sound(inputs: Sequence[Input], name: str) -> None:
    """Check that levers exist and that nothing is named twice.

    Raises
    ------
    InputError : it is not so.
    """
    paths = [one.path for one in inputs]
    unknown = [one.lever for one in inputs if one.lever and one.lever not in catalogue.levers()]
    twice = [path for path, again in itertools.groupby(sorted(paths)) if len(list(again)) > 1]
    if unknown or twice:
        message = "no such lever" if unknown else "an input is named twice"
        raise InputError(Problem("inputs", message, Where(name), ", ".join(unknown or twice)))
