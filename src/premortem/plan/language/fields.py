"""The field table of the language, made from the typed model: one row a field, by path.

Paths of fields name arrays of tables by ``[]`` (``task_force[].base``); paths of a plan name the element
(``task_force.btfg_texas.base``). Messages, ``set``, the manual and the sampling of open fields all use this table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from premortem.plan.language import catalogue
from premortem.plan.language.kinds import Interval, Kind, Word
from premortem.plan.language.marks import Items, Sentinels, split
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import Nothing, Unspecified

NAMES = {
    "task_force": "id",
    "domestic": "id",
    "sea": "id",
    "partner": "id",
    "measure": "id",
    "deal": "id",
    "bargain": "id",
    "event_assumed": "id",
    "reference": "id",
    "branch": "id",
    "phase": "name",
}
"""Arrays of tables whose elements have a name, and the key that holds it."""
FILE = frozenset(
    {
        "schema",
        "id",
        "title",
        "source",
        "theatre",
        "locator",
        "summary",
        "extends",
        "drop",
        "claims",
        "notes",
        "reference[].title",
        "reference[].publisher",
        "reference[].url",
        "reference[].dated",
        "event_assumed[].why",
        "bargain[].asks",
    }
)
"""Fields about the file, which say nothing of what the plan does."""
JUDGED = frozenset({"success", "expect"})
"""Arrays by which a run is judged when it is done."""


@dataclass(frozen=True)
class Field:
    """A row of the field table.

    ``kind`` is the type in the notation of the manual, ``default`` what holds if it is omitted, ``law`` what it is
    drawn from if left open. Who reads it: `premortem.plan.language.readers`.
    """

    path: str
    kind: str
    required: bool
    default: str
    law: str
    meaning: str
    hint: Any

    @property
    def name(self) -> str:
        """Its key."""
        return self.path.rpartition(".")[2]


@cache
def fields() -> Mapping[str, Field]:
    """Return every field of the language by path."""
    return {row.path: row for row in _rows(Plan, "")}


@cache
def tables() -> Mapping[str, tuple[str, ...]]:
    """Return the keys of every table by its path: ``""`` is the top, ``task_force[]`` an element."""
    return {path: tuple(_keys(model)) for path, model in _models(Plan, "")}


def names_an_element(row: str) -> bool:
    """Whether a field is the name of an element.

    >>> names_an_element("phase[].name"), names_an_element("id")
    (True, False)
    """
    array, _, key = row.partition("[].")
    return key == NAMES.get(array)


def keys(table: str) -> tuple[str, ...]:
    """Return the keys that a table may have, none if there is no such table."""
    return tables().get(table, ())


def _keys(model: type[Table]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


def _models(model: type[Table], prefix: str) -> Iterator[tuple[str, type[Table]]]:
    yield prefix, model
    for key, _, hint in _declared(model):
        if inner := table_of(hint):
            path = f"{prefix}.{key}" if prefix else key
            yield from _models(inner, path + ("[]" if is_array(hint) else ""))


def _declared(model: type[Table]) -> Iterator[tuple[str, FieldInfo, Any]]:
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        yield info.alias or name, info, hints[name]


def _rows(model: type[Table], prefix: str) -> Iterator[Field]:
    laws = catalogue.open_laws()
    inner: list[tuple[type[Table], str]] = []
    for key, info, hint in _declared(model):
        path = f"{prefix}.{key}" if prefix else key
        table = table_of(hint)
        if table is not None and table.__name__ != "Then":
            inner.append((table, path + ("[]" if is_array(hint) else "")))
            continue
        extra: Any = info.json_schema_extra
        law = laws[path].text if path in laws else ""
        yield Field(path, notation(hint), info.is_required(), _default(info, extra), law, info.description or "", hint)
    for table, path in inner:
        yield from _rows(table, path)


def table_of(hint: Any) -> type[Table] | None:
    """Return the table type that an annotation holds, alone or in a list, if it holds one."""
    if isinstance(hint, type) and issubclass(hint, Table):
        return hint
    for part in get_args(hint):
        if part is not type(None) and (found := table_of(part)):
            return found
    return None


def is_array(hint: Any) -> bool:
    """Whether an annotation is an array."""
    return get_origin(hint) is Annotated and get_origin(get_args(hint)[0]) is tuple


def notation(hint: Any) -> str:
    """Return the type of a field in the notation of the manual.

    >>> notation(Annotated[str | Unspecified, Sentinels()])
    'str or "unspecified"'
    """
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        return next((mark_name for mark in marks if (mark_name := _mark(base, mark))), "") or notation(base)
    if get_origin(hint) is Mapping:
        words = [mark.vocabulary for mark in get_args(get_args(hint)[0])[1:] if isinstance(mark, Word)]
        return {"unit": "units"}.get(words[0], words[0]) if words else "set"
    parts = [part for part in get_args(hint) if part is not type(None)]
    return notation(parts[0]) if parts else str(hint.__name__).lower()


def _mark(base: Any, mark: object) -> str:
    if isinstance(mark, Kind):
        return mark.notation
    if isinstance(mark, Sentinels):
        rest, words = split(base)
        return " or ".join([notation(rest), *(f'"{word.value}"' for kind in words for word in kind)])
    if isinstance(mark, Items):
        return "list:" + notation(get_args(base)[0]).removeprefix("enum:")
    return ""


def _default(info: FieldInfo, extra: Any) -> str:
    value = info.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return ""
    if value is None:
        return str(extra["otherwise"])
    if isinstance(value, Unspecified | Nothing):
        return str(value.value)
    if isinstance(value, Interval):
        return '[0, "end"]'
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if value == () else str(getattr(value, "value", value))
