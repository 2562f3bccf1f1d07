"""Changing a plan file: one value is set, every comment and the order of keys stay; new files are written from the model."""

from __future__ import annotations

import os
import stat
import tomllib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import ConvertError, TOMLKitError
from tomlkit.items import AoT, InlineTable, Table

from premortem.errors import InputError, Problem, Where, nearest
from premortem.plan.language.fields import NAMES, fields, keys, tables
from premortem.plan.language.load import LoadedPlan, load_text
from premortem.plan.language.mistakes import harmless

Holder = tomlkit.TOMLDocument | Table | InlineTable


def set_value(text: str, path: str, value: Any, file: str = "plan.toml", folder: Path | None = None) -> str:
    """Return a plan's text with one value set: see `set_values`."""
    return set_values(text, {path: value}, file, folder)


def set_values(text: str, changes: Mapping[str, Any], file: str = "plan.toml", folder: Path | None = None) -> str:
    """Return a plan's text with some values set, in their order; the plan needs to be valid only after all of them.

    Parameters
    ----------
    changes
        Field -> value as TOML holds it. A field is ``zone.depth_miles``, or an element's field by its id
        (``task_force.west.dwell``); a table (``zone``) by the fields that its value holds, and made if it is not there.
        An element that a variant has from its parent gets an entry of its own.
    file, folder
        The name for places in errors, and where a parent plan is looked for first.

    Raises
    ------
    InputError
        If a path leads nowhere or the plan would no longer be valid.
    """
    text = harmless(text)
    before = load_text(text, file, folder)
    document = _parsed(text, file)
    for path, value in changes.items():
        _set(document, path, value, before, file)
    after = tomlkit.dumps(document)
    load_text(after, file, folder)
    return after


def _set(document: tomlkit.TOMLDocument, path: str, value: Any, before: LoadedPlan, file: str) -> None:
    if path in tables() and isinstance(value, Mapping):
        for key, part in value.items():
            _set(document, f"{path}.{key}", part, before, file)
        return
    head, _, key = path.rpartition(".")
    array, _, name = head.partition(".")
    row = f"{array}[].{key}" if array in NAMES else path
    if row not in fields():
        table = f"{array}[]" if array in NAMES else head if head in tables() else ""
        known = [name for name in keys(table) if f"{table}.{name}".lstrip(".") in fields()]
        allowed = ", ".join(known) or "a field inside one of its elements or tables"
        raise InputError(
            Problem("unknown_key", f"no such field: {path!r}", Where(file, key=path), "", allowed, nearest(key, known))
        )
    if array in NAMES and not before.stated(head):
        raise InputError(Problem("bad_reference", f"the plan has no {array} {name!r}", Where(file, key=path)))
    holder = _element(document, array, name) if array in NAMES else _table(document, head)
    try:
        holder[key] = value
    except ConvertError:
        allowed = "a number, a text, true or false, a date, a list or a table"
        raise InputError(
            Problem("type", "no value that a plan can hold", Where(file, key=path), repr(value), allowed)
        ) from None


def _parsed(text: str, file: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise InputError(Problem("toml_syntax", f"cannot be rewritten: {error}", Where(file))) from None


def _table(document: tomlkit.TOMLDocument, path: str) -> Holder:
    holder: Any = document
    for name in path.split(".") if path else ():
        if name not in holder:
            holder[name] = tomlkit.inline_table() if isinstance(holder, InlineTable) else tomlkit.table()
        holder = holder[name]
    return holder  # type: ignore[no-any-return]


def _element(document: tomlkit.TOMLDocument, array: str, name: str) -> Holder:
    if array not in document:
        document[array] = tomlkit.aot()
    elements: Any = document[array]
    for element in elements:
        if element.get(NAMES[array]) == name:
            return element  # type: ignore[no-any-return]
    entry = tomlkit.table() if isinstance(elements, AoT) else tomlkit.inline_table()
    entry[NAMES[array]] = name
    elements.append(entry)
    return elements[-1]  # type: ignore[no-any-return]


def read_value(text: str) -> Any:
    """Return the TOML value that a text stands for, or the text itself if it is none.

    >>> read_value("20"), read_value("unspecified"), read_value('["TX"]')
    (20, 'unspecified', ['TX'])
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def write(path: Path, text: str, *, new: bool = False) -> None:
    """Write a file so that readers see the old one or the new one, never a part; who may read and write it stays, and a link stays a link.

    Raises
    ------
    InputError
        If it cannot be written, or ``new`` and it is there already.
    """
    file = Path(os.path.realpath(path))
    temporary = file.with_name(f"{file.name}.{uuid.uuid4().hex}.partial")
    try:
        if new and path.exists():
            raise InputError(Problem("exists", "there is such a file already", Where(str(path))))
        temporary.write_text(text, encoding="utf-8", newline="")
        if file.exists():
            temporary.chmod(stat.S_IMODE(file.stat().st_mode))
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"cannot be written: {error.strerror or error}"
        raise InputError(Problem("unwritable", message, Where(str(path)))) from None
