"""The parameters of the model: for each its meaning, unit, prior, and the facts it rests on. One file a mechanism."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from premortem.errors import DataError, InputError, Problem, Where
from premortem.evidence.reading import Entry, build, data, parse

if TYPE_CHECKING:
    from premortem.evidence.distributions import Distribution

Support = Literal["A", "B", "C", "assumption"]
"""Grade of the weakest link between the facts and the prior; "assumption" where no fact fixes the size."""


@dataclass(frozen=True)
class Axis:
    """One axis of a vector parameter: its label, and its length if the prior fixes it (else the theatre does)."""

    label: str
    length: int | None = None


class Parameter(Entry):
    """One uncertain quantity of one mechanism.

    ``unit`` is one of the unit registry; ``shape`` is "" for one number, or labels joined by commas, each with a length
    where the prior fixes it ("org", "seam:4", "org,side:5"). A ``derived`` parameter has no prior: the model solves it at the start.
    """

    mechanism: str
    name: str
    meaning: str = Field(min_length=10)
    symbol: str = ""
    unit: str
    shape: str = Field(default="", pattern=r"^([a-z_]+(:\d+)?(,[a-z_]+(:\d+)?)*)?$")
    prior: str = ""
    derived: bool = False
    facts: tuple[str, ...] = ()
    grade: Support
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.name.isidentifier():
            raise ValueError("the name is not a Python identifier")
        if self.derived == bool(self.prior):
            raise ValueError("needs either a prior or derived = true")
        if self.grade != "assumption" and not self.facts:
            raise ValueError("a grade above assumption needs a fact")
        return self

    @property
    def id(self) -> str:
        """``mechanism.name``."""
        return f"{self.mechanism}.{self.name}"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that ``shape`` names."""
        parts = [part.partition(":") for part in self.shape.split(",") if part]
        return tuple(Axis(label, int(length) if length else None) for label, _, length in parts)

    @cached_property
    def distribution(self) -> Distribution:
        """The prior, parsed.

        Raises
        ------
        DataError
            If the prior cannot be read, does not fit the shape, or the parameter is derived.
        """
        from premortem.evidence.priors import parse as parse_prior

        where = Where(f"{self.mechanism}.toml", key=f"{self.name}.prior")
        if self.derived:
            raise DataError(Problem("derived", f"{self.id} is solved at the start and has no prior", where))
        try:
            prior = parse_prior(self.prior, where)
        except InputError as error:
            raise DataError(*error.problems) from error
        if prior.event_shape and (not self.axes or prior.event_shape != (self.axes[-1].length,)):
            raise DataError(
                Problem(
                    "shape",
                    f"a vector prior of {prior.event_shape[0]} needs a last axis of that length",
                    where,
                    self.shape,
                )
            )
        return prior


@cache
def load() -> Mapping[str, Parameter]:
    """Return every parameter by id (``mechanism.name``), in the order of the files (read once).

    Raises
    ------
    DataError
        If a packaged file is wrong: every fault with file and line.
    """
    found: dict[str, Parameter] = {}
    for path in sorted((data() / "parameters").iterdir(), key=lambda item: item.name):
        mechanism, _, kind = path.name.partition(".")
        if kind == "toml":
            content = path.read_bytes()
            entries = parse(path.name, content).items()
            rows = [(name, {**values, "name": name, "mechanism": mechanism}) for name, values in entries]
            found |= {entry.id: entry for entry in build(Parameter, path.name, content, rows)}
    return MappingProxyType(found)
