"""What must hold for the ledger as a whole: ids resolve, units are known, priors are usable, and nothing rests on memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from premortem.errors import DataError, Problem, Where, nearest
from premortem.evidence import links, own
from premortem.evidence.ledger import Fact, Ledger, Record, Rule, Source, Table, load
from premortem.evidence.parameters import Parameter
from premortem.evidence.parameters import load as load_parameters
from premortem.evidence.reading import data, document
from premortem.evidence.units import known

_ALLOWED: dict[links.Kind, tuple[links.Kind, ...]] = {
    "fact": ("fact", "table", "claim", "rule"),
    "claim": ("claim",),
    "rule": ("rule",),
    "source": ("source",),
    "parameter": ("parameter",),
}


def check() -> list[Problem]:
    """Return everything that is wrong with the packaged evidence and parameters; an empty list if nothing is."""
    try:
        ledger, parameters = load(), load_parameters()
    except DataError as error:
        return list(error.problems)
    return [
        *_ids(ledger.records, parameters),
        *_units(ledger, parameters),
        *_tables(ledger),
        *_memory(ledger, parameters),
        *_priors(parameters),
    ]


def check_own() -> list[Problem]:
    """Return everything that is wrong with the entries of the reader's own data, each at its place.

    Raises
    ------
    InputError
        If an entry cannot be read at all.
    """
    ours, everything = own.given(), links.everything()
    problems = list[Problem]()
    for ident in ours.entries:
        record, file = everything[ident], own.PARAMETERS if ident in ours.priors else own.EVIDENCE
        found = [*_named(record, everything), *_unit(record)]
        if isinstance(record, Parameter):
            found += [*_from_memory(record, load()), *_prior(record)]
        keys = {"unresolved": "facts" if file == own.PARAMETERS else "sources", "unit": "unit"}
        problems += [replace(one, where=ours.where(file, ident, keys.get(one.kind, "prior"))) for one in found]
    return problems


def cited_and_left() -> dict[str, tuple[str, ...]]:
    """Return the facts that the reader's own data change -> the parameters that rest on them and keep their packaged prior."""
    ours, found = own.given(), dict[str, tuple[str, ...]]()
    for ident in ours.entries:
        left = [one.id for one in links.users_of(ident) if isinstance(one, Parameter) and one.id not in ours.priors]
        if left:
            found[ident] = tuple(left)
    return found


def _where(record: Record | Parameter) -> Where:
    return Where(f"{links.kind_of(record)} {record.id}")


def _ids(records: Mapping[str, Record], parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    everything = {**records, **parameters}
    for ident in records.keys() & parameters.keys():
        yield Problem("twice", "a parameter and an entry of the ledger share an id", _where(records[ident]))
    for record in everything.values():
        yield from _named(record, everything)
    elsewhere = _sources_of_plans() | _sources_of_findings()
    for record in records.values():
        if isinstance(record, Source) and not links.users_of(record.id) and record.id not in elsewhere:
            yield Problem("unused", "nothing cites this source", _where(record))


def _named(record: Record | Parameter, everything: Mapping[str, Record | Parameter]) -> Iterator[Problem]:
    for kind, ident in links.named_by(record):
        found, allowed = everything.get(ident), _ALLOWED[kind]
        if isinstance(record, Parameter):  # what a plan's authors say is no evidence of the world
            allowed = tuple(one for one in allowed if one != "claim")
        if found is None:
            near = nearest(ident, everything)
            yield Problem("unresolved", f"names {ident}, which does not exist", _where(record), nearest=near)
        elif links.kind_of(found) not in allowed:
            message = f"names {ident}, a {links.kind_of(found)}"
            yield Problem("unresolved", message, _where(record), allowed=", ".join(allowed))


def _sources_of_plans() -> frozenset[str]:
    """Return the sources that packaged plans encode or are proposed by."""
    folders = ("plans", "plans/gallery")
    files = [f"{folder}/{file.name}" for folder in folders for file in (data() / folder).iterdir()]
    return frozenset(key for file in files if file.endswith(".toml") for key in document(file).get("source", ()))


def _sources_of_findings() -> frozenset[str]:
    """Return the sources of the published effects that the model is held against."""
    files = [f"findings/{file.name}" for file in (data() / "findings").iterdir() if file.name.endswith(".toml")]
    return frozenset(key for file in files for finding in document(file)["finding"] for key in finding["sources"])


def _units(ledger: Ledger, parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    measured: list[Fact | Parameter] = [*ledger.facts.values(), *parameters.values()]
    for record in measured:
        yield from _unit(record)


def _unit(record: Record | Parameter) -> Iterator[Problem]:
    if isinstance(record, Fact | Parameter) and record.unit and not known(record.unit):
        yield Problem("unit", f"the unit {record.unit!r} is not in units.txt", _where(record))


def _tables(ledger: Ledger) -> Iterator[Problem]:
    for table in ledger.tables.values():
        if not table.file:
            continue
        if not table.path.is_file():
            yield Problem("missing_file", f"{table.file} does not exist", _where(table))
            continue
        found, expected = _columns(table), list(table.columns)
        if found != expected:
            yield Problem(
                "columns",
                "the file has other columns than its entry",
                _where(table),
                ", ".join(found),
                ", ".join(expected),
            )
    named = {table.file for table in ledger.tables.values()}
    for folder in ("evidence/tables", "geo"):
        for item in (data() / folder).iterdir():
            if item.name.endswith((".csv", ".geojson")) and f"{folder}/{item.name}" not in named:
                yield Problem("unnamed_file", "no table of the ledger names this file", Where(f"{folder}/{item.name}"))


def _columns(table: Table) -> list[str]:
    text = table.path.read_text(encoding="utf-8")
    if table.file.endswith(".geojson"):
        return list(json.loads(text)["features"][0]["properties"])
    return next(csv.reader(io.StringIO(text)))


def _memory(ledger: Ledger, parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    for parameter in parameters.values():
        yield from _from_memory(parameter, ledger)


def _from_memory(parameter: Parameter, ledger: Ledger) -> Iterator[Problem]:
    for ident in parameter.facts:
        record = ledger.records.get(ident)
        if isinstance(record, Fact | Table | Rule) and record.grade == "M":
            yield Problem("memory", f"rests on {ident}, which is from memory (grade M)", _where(parameter))


def _priors(parameters: Mapping[str, Parameter]) -> Iterator[Problem]:
    for parameter in parameters.values():
        if not parameter.derived:
            yield from _prior(parameter)


def _prior(parameter: Parameter) -> Iterator[Problem]:
    try:
        prior = parameter.distribution
    except DataError as error:
        yield from error.problems
        return
    low, high = prior.interval()
    ordered = (low <= prior.median()) & (prior.median() <= high)
    if not (np.isfinite(low).all() and np.isfinite(high).all() and ordered.all()):
        yield Problem("quantiles", f"the quantiles of {parameter.prior} are not ordered", _where(parameter))
