"""The parameters that mechanisms declare in code, held to their entries in data/parameters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from premortem.errors import DataError, Problem, Where, nearest
from premortem.evidence import parameters
from premortem.evidence.parameters import Parameter
from premortem.model.index_sets import AXES
from premortem.model.mechanism import Mechanism


def declared(mechanisms: Sequence[Mechanism], entries: Mapping[str, Parameter] | None = None) -> dict[str, Parameter]:
    """Return the parameters that mechanisms read, by id, in the order of the parameter files.

    Parameters
    ----------
    entries
        By id; those of data/parameters if not given.

    Raises
    ------
    DataError
        A field without an entry, an entry without a field, or a unit, an axis or elements that differ: file and key of each.
    """
    entries = parameters.load() if entries is None else entries
    by_field: dict[str, list[Parameter]] = {}
    for entry in entries.values():
        if not entry.derived:
            by_field.setdefault(entry.field, []).append(entry)
    problems = [problem for mechanism in mechanisms for problem in _problems(mechanism, by_field)]
    if problems:
        raise DataError(*problems)
    reading = {mechanism.name for mechanism in mechanisms}
    return {ident: entry for ident, entry in entries.items() if entry.mechanism in reading and not entry.derived}


def _problems(mechanism: Mechanism, by_field: Mapping[str, list[Parameter]]) -> Iterator[Problem]:
    file = f"{mechanism.name}.toml"
    fields = {field.name: field for field in dataclasses.fields(mechanism.parameters)}
    entered = {found[0].name: found for found in by_field.values() if found[0].mechanism == mechanism.name}
    for name in fields.keys() - entered.keys():
        near = nearest(name, entered)
        yield Problem(
            "parameter", f"{mechanism.name} reads a parameter without an entry", Where(file, key=name), nearest=near
        )
    for name in entered.keys() - fields.keys():
        near = nearest(name, fields)
        yield Problem("parameter", f"{mechanism.name} reads no such parameter", Where(file, key=name), nearest=near)
    for name in fields.keys() & entered.keys():
        yield from _differences(Where(file, key=name), fields[name], entered[name])


def _differences(where: Where, field: dataclasses.Field[object], entries: Sequence[Parameter]) -> Iterator[Problem]:
    first, code = entries[0], field.metadata
    if "unit" not in code:
        yield Problem("parameter", 'the field needs a declaration, such as param("week")', where)
        return
    for unit in {entry.unit for entry in entries} - {code["unit"]}:
        yield Problem("unit", "the code declares another unit than the entry", where, unit, code["unit"])
    labels = first.axis or ",".join(axis.label for axis in first.axes)
    if labels != code["axes"]:
        yield Problem(
            "shape", "the code declares other axes than the entry", where, labels or "none", code["axes"] or "none"
        )
    for axis in first.axes:
        members = AXES.get(axis.label, ())
        if members and axis.length != len(members):
            yield Problem(
                "shape", f"the axis {axis.label} has {len(members)} elements", where, first.shape, ", ".join(members)
            )
    if first.axis:
        found, members = [entry.element for entry in entries], AXES.get(first.axis, ())
        if sorted(found) != sorted(members):
            yield Problem(
                "elements", f"not the elements of the axis {first.axis}", where, ", ".join(found), ", ".join(members)
            )
