"""Reads the packaged TOML files and turns what is wrong in them into problems with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal, TypeVar

import tomli  # what the standard library has, compiled: a third of the time, and linting reads a megabyte of the ledger
from pydantic import BaseModel, ConfigDict, ValidationError

from premortem import faults
from premortem.errors import DataError, Problem, Where

Grade = Literal["A", "B", "C", "M"]
"""A official or peer-reviewed; B published estimate; C judgement or analogy; M from memory, nothing may rest on it."""


class Entry(BaseModel):
    """One entry of a packaged file: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


E = TypeVar("E", bound=Entry)


@cache
def data() -> Traversable:
    """Return the folder of the packaged data."""
    return resources.files("premortem") / "data"


def parse(name: str, content: bytes) -> dict[str, Any]:
    """Return the TOML document ``content`` of the packaged file ``name``.

    Raises
    ------
    DataError
        If the file is not TOML.
    """
    try:
        return tomli.loads(content.decode())
    except (tomli.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(Problem("toml", str(error), Where(name))) from None


def entry_problems(error: ValidationError, model: type[BaseModel], where: Where) -> list[Problem]:
    """Return what is wrong with an entry, each with its key before it."""
    return [
        replace(one, kind="entry", message=f"{faults.key(place) or 'entry'}: {one.message}", where=where)
        for place, one in faults.in_words(error.errors(include_url=False), model)
    ]


@cache
def document(path: str) -> dict[str, Any]:
    """Return the packaged TOML document at a path of the data folder, read once and not to be changed.

    Raises
    ------
    DataError
        If the file is not TOML.
    """
    file = data().joinpath(*path.split("/"))
    return parse(file.name, file.read_bytes())


def build(model: type[E], name: str, content: bytes, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[E]:
    """Return the validated entries of one file.

    Parameters
    ----------
    rows
        For each entry its name (id, key or table name) and its values.

    Raises
    ------
    DataError
        With one problem for each wrong field, each with the line of its entry.
    """
    entries, problems = [], []
    for ident, values in rows:
        try:
            entries.append(model.model_validate(values))
        except ValidationError as error:
            where = Where(name, line_of(ident, content.decode()), key=ident)
            problems += entry_problems(error, model, where)
    if problems:
        raise DataError(*problems)
    return entries


def listed(model: type[E], path: str, table: str, key: str = "") -> tuple[E, ...]:
    """Return the validated entries of an array of tables of a packaged document; ``key`` is the field that names an entry in problems.

    Raises
    ------
    DataError
        As `document` and `build` do.
    """
    file = data().joinpath(*path.split("/"))
    rows = [(str(row.get(key, "")), row) for row in document(path)[table]]
    return tuple(build(model, file.name, file.read_bytes(), rows))


def line_of(ident: str, text: str) -> int:
    """Return the line, from 1, on which the entry ``ident`` starts in a TOML text; 0 if it is not there."""
    name = re.escape(ident)
    found = re.search(rf'^(?:(?:id|key) = "{name}"|\[{name}\])', text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0
