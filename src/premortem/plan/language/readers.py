"""Who reads each field of the language: found by tracing (`premortem.analysis.readers`), kept as data, written by `scripts/generate`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from premortem.evidence.reading import data, document
from premortem.plan.language.fields import FILE, JUDGED, NAMES, fields, names_an_element
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import UNSPECIFIED

FILE_OF_READERS = "schema/plan_readers.json"


@dataclass(frozen=True)
class Readers:
    """What reads a field.

    ``controls`` are the parts of the compiled controls that it changes, ``mechanisms`` those of the simulation that read these parts
    ("campaign" is the campaign's own clock), ``rules`` the lint rules that it changes the findings of.
    """

    controls: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the simulation reads it."""
        return bool(self.mechanisms)

    @property
    def linted(self) -> bool:
        """Whether the linter reads it."""
        return bool(self.rules)


@cache
def readers() -> Mapping[str, Readers]:
    """Return the readers of every field by its path in the field table."""
    text = data().joinpath(*FILE_OF_READERS.split("/")).read_text(encoding="utf-8")
    return MappingProxyType(
        {
            path: Readers(*(tuple(entry[name]) for name in Readers.__annotations__))
            for path, entry in json.loads(text).items()
        }
    )


@cache
def linted_only() -> Mapping[str, str]:
    """Return why the linter alone reads a field, by its path in the field table, of those that it reads alone."""
    groups = document("lint_only.toml")["group"]
    return MappingProxyType({path: group["why"] for group in groups for path in group["fields"]})


def of(row: str) -> Readers:
    """Return the readers of a field; a field that is not in the table yet has none."""
    return readers().get(row, Readers())


def unsimulated(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return path and row of every field that a plan states at a value and that nothing simulates, in the order of the field table.

    What describes the file, and what a run is judged by, is not meant to be simulated and not among them.
    """
    return tuple((path, row) for path, row in _stated(plan, "", "") if not of(row).simulated)


def _stated(table: Table, path: str, row: str) -> Iterator[tuple[str, str]]:
    for name, info in type(table).model_fields.items():
        key = info.alias or name
        here, inner = (f"{path}.{key}", f"{row}.{key}") if path else (key, key)
        value = getattr(table, name)
        if isinstance(value, Table) and inner not in fields():
            yield from _stated(value, here, inner)
        elif isinstance(value, tuple) and value and all(isinstance(item, Table) for item in value):
            if inner not in JUDGED:
                for index, item in enumerate(value):
                    named = getattr(item, NAMES.get(key, ""), None) or index
                    yield from _stated(item, f"{here}.{named}", f"{inner}[]")
        elif table.stated(name) and value is not UNSPECIFIED and inner not in FILE and not names_an_element(inner):
            yield here, inner
