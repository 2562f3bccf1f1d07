"""What pydantic finds wrong, in the words of this house: what is wrong, what was found, what is allowed, the nearest spelling."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from premortem.errors import Problem, nearest

Place = tuple[str | int, ...]

LONGEST = 80  # letters of what was found
NUMBER, WHOLE, TABLE = ("not a number", ""), ("not a whole number", ""), ("not a table", "a table of keys and values")
LIST, DATE = ("not a list", "a list in [ ]"), ("not a date", "such as 2026-10-05")
TEXT, FLAG = ("not a text", "a text in quotation marks"), ("neither true nor false", "true or false")
WRONG: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("bool_type", "bool_parsing"), FLAG),
    **dict.fromkeys(("int_type", "int_from_float", "int_parsing", "int_parsing_size"), WHOLE),
    **dict.fromkeys(("float_type", "float_parsing"), NUMBER),
    **dict.fromkeys(("string_type", "string_unicode", "string_sub_type"), TEXT),
    **dict.fromkeys(("tuple_type", "list_type", "set_type", "frozen_set_type", "iterable_type"), LIST),
    **dict.fromkeys(
        ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type", "dataclass_exact_type"),
        TABLE,
    ),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), DATE),
    "finite_number": ("not a finite number", ""),
    "is_instance_of": ("of another kind", ""),
    "missing": ("is missing", ""),
    "missing_argument": ("is missing", ""),
    "union_tag_not_found": ("says nothing of its kind", ""),
}
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
LENGTHS = {"min_length": ("too few", "at least"), "max_length": ("too many", "at most")}
UNION = re.compile(r"[\[\]()]|(?:constrained-)?(?:int|float|str|bool|date)$")
"""A part of a place that names no key but one of the kinds that a value may have."""


def in_words(details: Iterable[Any], model: type[BaseModel] | None = None) -> Iterator[tuple[Place, Problem]]:
    """Yield what is wrong, with its keys and indexes, without a place in a file.

    Parameters
    ----------
    details : of `pydantic.ValidationError.errors`.
    model : what was asked for, so that an unknown key is shown beside those that there are.
    """
    found = [(_place(one["loc"]), _problem(one, model)) for one in details]
    for place, group in itertools.groupby(found, key=lambda one: one[0]):
        problems = [problem for _, problem in group]
        first = problems[0]
        if len(problems) > 1:  # a value that may be of several kinds is of none
            problems = [one for one in problems if one.message != WHOLE[0]] or problems
            message, allowed = ("; ".join(dict.fromkeys(filter(None, words))) for words in _columns(problems))
            first = Problem(
                first.kind, message, first.where, first.found, allowed.replace("; ", ", or "), first.nearest
            )
        yield place, first


def key(place: Sequence[str | int]) -> str:
    """Return a place as people write it: ``input.0.low``."""
    return ".".join(map(str, place))


def first(error: ValueError) -> str:
    """Return the first thing that is wrong in a file that only Premortem writes, in a line; of other errors their words."""
    if not isinstance(error, ValidationError):
        return str(error)
    place, problem = next(in_words(error.errors(include_url=False)))
    return f"{key(place)}: {problem.message}" if place else problem.message


def _columns(problems: Sequence[Problem]) -> tuple[list[str], list[str]]:
    return [one.message for one in problems], [one.allowed for one in problems]


def _place(loc: Iterable[str | int]) -> Place:
    return tuple(part for part in loc if isinstance(part, int) or not UNION.search(part))


def _problem(detail: Mapping[str, Any], model: type[BaseModel] | None) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    message, allowed = WRONG.get(kind, (detail["msg"].removeprefix("Value error, "), ""))
    found, close = "" if message == "is missing" else _shown(detail["input"]), ""
    if kind == "extra_forbidden":
        names = _names(model, detail["loc"])
        found = str(detail["loc"][-1])
        message, allowed, close = "no such key", ", ".join(names), nearest(found, names)
    elif kind in {"literal_error", "enum", "union_tag_invalid"}:
        expected = context.get("expected", context.get("expected_tags", ""))
        words = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
        found = context.get("tag", found)
        message, allowed, close = "not one of the words allowed", ", ".join(words), nearest(found, words)
    elif kind == "string_pattern_mismatch":
        message, allowed = "not of the form allowed", f"what matches {context['pattern']}"
    elif kind == "json_invalid":
        message = f"not JSON: {context.get('error', '')}"
    elif bound := next((name for name in BOUNDS if name in context), ""):
        message, allowed = "out of bounds", f"{BOUNDS[bound]} {context[bound]:,}"
    elif length := next((name for name in LENGTHS if name in context and kind != "value_error"), ""):
        (many, at), of = LENGTHS[length], "letters" if kind.startswith("string") else "entries"
        message, allowed = f"{many} {of}", f"{at} {context[length]:,}"
    return Problem(kind, message, found=found, allowed=allowed, nearest=close)


def _shown(value: Any) -> str:
    """Return a value as a person would write it, shortened; nothing of a table, whose keys stand in the file."""
    if isinstance(value, Mapping | BaseModel):
        return ""
    words = str(value).lower() if isinstance(value, bool) else str(value)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 3]}..."


def _names(model: type[BaseModel] | None, loc: Sequence[str | int]) -> list[str]:
    """Return the keys that there are where one is unknown."""
    kind: Any = model
    for part in loc[:-1]:
        table = _table(kind)
        if isinstance(part, str) and table is not None and part in table.model_fields:
            kind = table.model_fields[part].annotation
    table = _table(kind)
    return [] if table is None else [field.alias or name for name, field in table.model_fields.items()]


def _table(kind: Any) -> type[BaseModel] | None:
    """Return the record that an annotation holds, ``tuple[Input, ...]`` as well as ``Input``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((found for part in get_args(kind) if (found := _table(part)) is not None), None)
