"""Variants of a plan: each stated field alone at other values that the language allows, and each element left out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, get_args, get_origin

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import priors
from premortem.plan.language import catalogue
from premortem.plan.language.catalogue import OpenLaw
from premortem.plan.language.document import Node, Plain
from premortem.plan.language.extends import find
from premortem.plan.language.fields import FILE, Field, fields, keys, names_an_element, tables
from premortem.plan.language.kinds import (
    FIRST_DAY,
    LAST_DAY,
    Conditional,
    Day,
    Flag,
    Kind,
    Number,
    Text,
    Weeks,
    Whole,
    Word,
)
from premortem.plan.language.load import LoadedPlan, altered
from premortem.plan.language.marks import Items, Sentinels, split
from premortem.plan.language.problems import element_name
from premortem.plan.language.words import UNSPECIFIED
from premortem.theatre.glossary import Glossary

OPEN = UNSPECIFIED.value
OTHER_TEXT = "another text"
CONDITIONS = ("week >= 26", "week < 0")
"""One that holds after half a year, and one that never does."""
TAILS = (0.05, 0.95)
"""Quantiles of its law at which an open field is stated."""
SHIFT_WEEKS = 26
"""Weeks by which a date or an interval is moved: half a year."""


@dataclass(frozen=True)
class Variant:
    """A plan with one thing changed.

    ``path`` is the field, or the element left out (its ``row`` is then the array's: ``task_force[]``); ``value`` and ``to`` say in the
    words of the file what was there and what is there now.
    """

    path: str
    row: str
    value: str
    to: str
    loaded: LoadedPlan


def variants(loaded: LoadedPlan, only: Iterable[str] = ()) -> Iterator[Variant]:
    """Yield the variants of a plan, field by field in the order of its file; those of one field with the strongest changes first.

    Numbers are halved and doubled within their bounds, words become every other word, lists lose and gain an item, what is open is stated
    at the ends of its law or as each of its choices, what is stated is left open.

    Parameters
    ----------
    only : paths of fields or elements to keep to; by default all that the plan states.

    Raises
    ------
    InputError
        If the plan states no such field.
    """
    stated = {path: (row, node) for path, row, node in places(loaded) if node is not None}
    for path in only:
        if path not in stated:
            allowed, near = "a field or element that it states", nearest(path, stated)
            where = loaded.where(path)
            raise InputError(
                Problem("bad_reference", "the plan states no such field", where, repr(path), allowed, near)
            )
    for path, (row, node) in stated.items():
        if not only or path in only:
            yield from variants_at(loaded, path, row, node)


def variants_at(loaded: LoadedPlan, path: str, row: str, held: Node | None) -> Iterator[Variant]:
    """Yield the variants of a plan in one field, or without one element; ``held`` is what it states there."""
    value = held.plain() if held else None
    field = fields().get(row)
    others = alternatives(field, value, loaded.plan.glossary, _bounds(loaded, path)) if field else [None]
    for other in others:
        try:
            made = altered(loaded, {path: other})
        except InputError:  # what the rest of the plan does not allow is no variant
            continue
        yield Variant(path, row, written(value) if field else "there", written(other), made)


def places(loaded: LoadedPlan) -> Iterator[tuple[str, str, Node | None]]:
    """Yield path, row and stated value (None: not stated) of every field that its tables and elements can have, and of every element.

    What is about the file, and the names of elements, are left out.
    """
    yield from _places(loaded.root, "", "")


def _places(node: Node | None, path: str, row: str) -> Iterator[tuple[str, str, Node | None]]:
    for key in keys(row):
        held = node.table.get(key) if node else None
        here, inner = (f"{path}.{key}", f"{row}.{key}") if path else (key, key)
        if inner in fields():
            if inner not in FILE and not names_an_element(inner):
                yield here, inner, held
        elif f"{inner}[]" in tables():
            for index, item in enumerate(held.items if held else ()):
                name = f"{here}.{element_name(item, key) or index}"
                yield name, f"{inner}[]", item
                yield from _places(item, name, f"{inner}[]")
        else:
            yield from _places(held, here, inner)


def _bounds(loaded: LoadedPlan, path: str) -> tuple[float, float] | None:
    """Return the bounds of a measure's level, which are its lever's."""
    head, _, key = path.rpartition(".")
    lever = find(loaded.root, f"{head}.lever") if key == "level" and head.startswith("measure.") else None
    if lever is None:
        return None
    known = catalogue.levers()[str(lever.value)]
    return known.low, known.high


def written(value: Any) -> str:
    """Return a value as a plan file has it, and "left out" for None.

    >>> written(True), written(["TX"]), written({"raids": 0.5}), written(None)
    ('true', '["TX"]', '{ raids = 0.5 }', 'left out')
    """
    if value is None:
        return "left out"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {written(part)}" for key, part in value.items()) + " }"
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class _Shape:
    """What a field holds: one value of a kind, a list of at least ``low``, or a table of values by word; ``words`` may stand instead."""

    kind: Kind | None
    words: tuple[str, ...] = ()
    low: int | None = None
    by_word: bool = False


def _shape(hint: Any) -> _Shape:
    if get_origin(hint) is Annotated:
        base, *marks = get_args(hint)
        for mark in marks:
            if isinstance(mark, Kind):
                return _Shape(mark)
            if isinstance(mark, Sentinels):
                rest, kinds = split(base)
                return replace(_shape(rest), words=tuple(word.value for kind in kinds for word in kind))
            if isinstance(mark, Items):
                return _Shape(_shape(get_args(base)[0]).kind, low=mark.low)
        return _shape(base)
    if get_origin(hint) is Mapping:
        return replace(_shape(get_args(hint)[1]), by_word=True)
    inner = [part for part in get_args(hint) if part is not type(None)]
    return _shape(inner[0]) if inner else _Shape(None)


def alternatives(
    field: Field, value: Plain | None, glossary: Glossary, bounds: tuple[float, float] | None = None
) -> list[Plain | None]:
    """Return other values of a field, as TOML holds them, the strongest changes first; None stands for a field that is left out."""
    if field.path == "branch[].then":
        return [{"stop": True}]
    shape = _shape(field.hint)
    law = catalogue.open_laws().get(field.path)
    if shape.kind is None:
        return [None]
    found: list[Plain | None]
    if value is None:
        found = [*_of_law(shape, law, bounds), *_samples(shape, glossary, bounds)]
    elif shape.by_word:
        found = [*_of_table(value)]
    elif isinstance(value, str) and value in shape.words:
        found = [*_of_law(shape, law, bounds), *_samples(shape, glossary, bounds)]
    elif shape.low is not None:
        found = [*_of_list(value, shape, glossary)]
    else:
        found = [*_of_one(value, shape.kind, glossary, bounds)]
    found += [word for word in shape.words if not shape.by_word]
    unique: list[Plain | None] = []
    for other in found:
        if other != value and other not in unique:
            unique.append(other)
    return unique


def _of_one(value: Plain, kind: Kind, glossary: Glossary, bounds: tuple[float, float] | None) -> Iterator[Plain | None]:
    match kind:
        case Flag():
            yield not value
        case Number():
            assert isinstance(value, int | float)
            low, high = bounds or (kind.low, kind.high)
            for other in (value * 2, value / 2) if value else (min(1.0, high), low):
                yield _number(kind, min(max(other, low), high))
        case Word():
            yield from _most_different(value, kind, glossary)
        case Conditional():
            yield from CONDITIONS
        case Day():
            assert isinstance(value, datetime.date)
            shift = datetime.timedelta(weeks=SHIFT_WEEKS)
            yield from (day for day in (value + shift, value - shift) if FIRST_DAY <= day <= LAST_DAY)
        case Weeks():
            assert isinstance(value, list)
            first, last = value
            yield [first + SHIFT_WEEKS, last if last == "end" else last + SHIFT_WEEKS]
            yield [first, first + max((last - first) // 2, 1) if last != "end" else first + SHIFT_WEEKS]
        case Text():
            yield OTHER_TEXT
        case _:
            yield None


def _most_different(value: Plain, kind: Word, glossary: Glossary) -> Iterator[str]:
    """Yield the other words, those farthest in the vocabulary first: its words stand in an order."""
    words = [*catalogue.vocabulary(kind.vocabulary, glossary).words]
    place = words.index(str(value)) if value in words else 0
    yield from sorted((word for word in words if word != value), key=lambda word: -abs(words.index(word) - place))


def _of_list(value: Plain, shape: _Shape, glossary: Glossary) -> Iterator[Plain]:
    items = list(value) if isinstance(value, list | tuple) else []
    low = shape.low or 0
    if len(items) > low:
        yield from ([*items[:i], *items[i + 1 :]] for i in range(len(items)))
    if isinstance(shape.kind, Word):
        others = [word for word in catalogue.vocabulary(shape.kind.vocabulary, glossary).words if word not in items]
        for word in others:
            yield [*items, word]
            yield [word]


def _of_table(value: Plain) -> Iterator[Plain]:
    """Yield a table of counts or shares with each entry left out, then with each halved."""
    table = dict(value) if isinstance(value, Mapping) else {}
    for name in table:
        yield {key: part for key, part in table.items() if key != name}
    for name, part in table.items():
        if isinstance(part, int | float):
            yield {**table, name: part // 2 if isinstance(part, int) else part / 2}


def _of_law(shape: _Shape, law: OpenLaw | None, bounds: tuple[float, float] | None) -> Iterator[Plain]:
    if law is None:
        return
    for choice in law.choices:
        yield list(choice.value) if isinstance(choice.value, tuple) else choice.value
    if law.prior and isinstance(shape.kind, Number) and bounds is None:
        for tail in TAILS:
            drawn = float(priors.parse(law.prior).quantile(tail))
            yield _number(shape.kind, min(max(drawn, shape.kind.low), shape.kind.high))


def _samples(shape: _Shape, glossary: Glossary, bounds: tuple[float, float] | None) -> Iterator[Plain]:
    """Yield values of a field of which nothing is known but its kind."""
    kind = shape.kind
    if shape.low is not None:
        yield from _of_list([], shape, glossary)
        return
    match kind:
        case Flag():
            yield from (True, False)
        case Number():
            low, high = bounds or (kind.low, kind.high)
            yield from (_number(kind, low), _number(kind, high))
        case Word():
            yield from catalogue.vocabulary(kind.vocabulary, glossary).words
        case Conditional():
            yield from CONDITIONS
        case Day():
            yield from (FIRST_DAY, LAST_DAY)
        case Text():
            yield OTHER_TEXT


def _number(kind: Number, value: float) -> float:
    return round(value) if isinstance(kind, Whole) else value
