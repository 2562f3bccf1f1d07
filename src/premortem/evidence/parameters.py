"""The parameters of the model: for each its meaning, unit, prior, and the facts it rests on. One file a mechanism.

A parameter with one prior for each element of an axis (each drug, each class of weapons) is one table with a table in it for each element::

    [use]
    meaning = "Illegal drug used in the United States in a year, as pure substance."
    unit = "tonne/year"
    shape = "drug"

    [use.fentanyl]
    prior = "lognormal(2.5, 0.787)"
    ...

Organisations are an axis too, which a theatre decides: there the table's own prior is that of every organisation without one, and an
element's takes its place where the theatre has an organisation of that id::

    [hier]
    shape = "org"
    prior = "lognormal(1, 0.2)"
    ...
    [hier.cjng]
    prior = "lognormal(1.3, 0.2)"

An element inherits what it does not state. It is a `Parameter` of its own, ``drugs.use.fentanyl``: drawn, varied, cited and reported as any
other; the model gets all of them as one array (`premortem.model.parameters.assemble`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence import own
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
    """One uncertain quantity of one mechanism, or its part for one element of an axis.

    ``unit`` is one of the unit registry; ``shape`` is "" for one number, or labels joined by commas, each with a length
    where the prior fixes it ("org", "seam:4", "org,side:5"). A ``derived`` parameter has no prior: the model solves it at the start.

    ``element`` names the element of ``axis`` that this is the prior of. ``address`` is where its luck lies, if not at
    ``mechanism.name`` or ``mechanism.name_element``: it keeps the draws of a parameter that was renamed ("drugs.use_meth"), or that was one
    entry of a vector ("drugs.q0_other[1]").
    """

    mechanism: str
    name: str
    axis: str = ""
    element: str = ""
    address: str = ""
    meaning: str = Field(min_length=10)
    symbol: str = ""
    unit: str
    shape: str = Field(default="", pattern=r"^([a-z_]+(:\d+)?(,[a-z_]+(:\d+)?)*)?$")
    prior: str = ""
    derived: bool = False
    facts: tuple[str, ...] = ()
    grade: Support
    latent: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.name.isidentifier():
            raise ValueError("the name is not a Python identifier")
        if self.derived == bool(self.prior):
            raise ValueError("needs either a prior or derived = true")
        if self.element and not self.axis.isidentifier():
            raise ValueError('elements need a shape of one axis, such as shape = "drug"')
        if self.grade != "assumption" and not self.facts:
            raise ValueError("a grade above assumption needs a fact")
        return self

    @property
    def lasting(self) -> bool:
        """Whether it describes the world, and not luck or where one start lies."""
        return not self.latent and not self.name.endswith("_luck")

    @property
    def id(self) -> str:
        """``mechanism.name``, or ``mechanism.name.element``."""
        return f"{self.field}.{self.element}" if self.element else self.field

    @property
    def field(self) -> str:
        """``mechanism.name``: the field of the mechanism's record that it fills, alone or with the other elements of its axis."""
        return f"{self.mechanism}.{self.name}"

    @property
    def stream(self) -> str:
        """The address of its luck."""
        return self.address or (f"{self.field}_{self.element}" if self.element else self.id)

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
    """Return every parameter by id (``mechanism.name``, ``mechanism.name.element``), in the order of the files, with the reader's own
    priors in the place of the packaged ones (read once).

    Raises
    ------
    DataError
        If a packaged file is wrong: every fault with file and line.
    InputError
        If the reader's own data are wrong.
    """
    found: dict[str, Parameter] = {}
    for path in sorted((data() / "parameters").iterdir(), key=lambda item: item.name):
        mechanism, _, kind = path.name.partition(".")
        if kind == "toml":
            found |= {entry.id: entry for entry in read(mechanism, path.name, path.read_bytes())}
    return MappingProxyType(found | _own(found))


def _own(packaged: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the reader's own parameters: the packaged ones with another prior, an assumption where no facts and grade are stated."""
    ours, found = own.given(), dict[str, Parameter]()
    for id_, stated in ours.priors.items():
        where = ours.where(own.PARAMETERS, id_)
        if id_ not in packaged:
            raise InputError(Problem("unknown_id", "no such parameter", where, id_, nearest=nearest(id_, packaged)))
        if packaged[id_].derived:
            raise InputError(Problem("derived", "the model solves it at the start: it has no prior", where, id_))
        before = packaged[id_].model_dump()
        if "prior" in stated:
            before |= {"facts": (), "grade": "assumption", "note": ""}
        found[id_] = ours.entry(Parameter, own.PARAMETERS, id_, before | dict(stated))
    return found


def read(mechanism: str, file: str, content: bytes) -> list[Parameter]:
    """Return the parameters in the file of a mechanism.

    Raises
    ------
    DataError
        If the file is wrong: every fault with file and line.
    """
    tables = parse(file, content)
    if loose := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise DataError(
            *(Problem("parameter", "not a table", Where(file, key=name), allowed=f"[{name}]") for name in loose)
        )
    rows = [row for name, table in tables.items() for row in _rows(mechanism, name, table)]
    return build(Parameter, file, content, rows)


def _rows(mechanism: str, name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the name and the values of each parameter in a table: itself, or its elements."""
    elements = {key: value for key, value in table.items() if isinstance(value, dict)}
    values = {key: value for key, value in table.items() if key not in elements} | {
        "mechanism": mechanism,
        "name": name,
    }
    if not elements:
        yield name, values
        return
    if values.get("shape") == "org":  # its own prior is that of every organisation without one
        yield name, values
    common = values | {"axis": values.get("shape", ""), "shape": ""}
    for element, stated in elements.items():
        meaning = f"{str(values.get('meaning', '')).removesuffix('.')}: {element.replace('_', ' ')}."
        yield f"{name}.{element}", common | {"meaning": meaning, "element": element} | stated
