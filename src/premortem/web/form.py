"""A plan as a form: the fields of its tables that hold one number, word, flag or date, as its text states them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel

from premortem.api.plans import Plan
from premortem.plan.language import catalogue
from premortem.plan.language.fields import FILE, Field, fields
from premortem.wording.languages import Messages

OPEN = "unspecified"
KIND = re.compile(r"(int|num|bool|enum|date)(?:\[([^,\]]*),([^,\]]*)\])?(?::(\w+))?((?: or \"\w+\")*)")


class FieldShown(BaseModel):
    """A field of a plan.

    ``table`` and ``name`` are the two parts of its path, ``label`` is for people. ``value``: as the plan has it, None where nothing
    is set. ``words``: word -> meaning, of a field that takes one of some words (those of a number or date beside it: "none",
    "unspecified"); ``names``: what those are called. ``law``: what each future draws where it is left open. ``stated``: the text, or that
    of a plan it extends, says it.
    """

    path: str
    table: str
    name: str
    label: str
    meaning: str
    type: Literal["int", "num", "bool", "enum", "date"]
    low: float | None
    high: float | None
    words: dict[str, str]
    names: dict[str, str]
    value: Any
    stated: bool
    default: str
    law: str


def form(plan: Plan, t: Messages) -> Iterator[FieldShown]:
    """Yield the fields in the order of the plan language, their words in the language of a catalogue."""
    loaded = plan.loaded
    document = loaded.plan.model_dump(mode="json", by_alias=True)
    for path, row in fields().items():
        kind = KIND.fullmatch(row.kind)
        if kind is None or path in FILE or "[]" in path:
            continue
        table, _, name = path.rpartition(".")
        if table and not isinstance(_at(document, table), Mapping):  # the plan has no such table
            continue
        yield FieldShown(
            path=path,
            table=table,
            name=name,
            label=name.replace("_", " ") if t.language == "en" else t.texts.get(f"input.open.{path}", name),
            meaning=t.translated(row.meaning),
            type=kind[1],
            low=float(kind[2]) if kind[2] else None,
            high=float(kind[3]) if kind[3] else None,
            words=(known := {word: t.translated(meaning) for word, meaning in words(row).items()}),
            names={word: t.named("choice", word).replace("_", " ") for word in known},
            value=_at(document, path),
            stated=loaded.stated(path),
            default=t.translated(row.default),
            law=t.translated(row.law),
        )


def words(row: Field) -> dict[str, str]:
    """Return the words that a field takes, with their meanings, those beside a number ("none", "unspecified") last."""
    kind = row.kind.removeprefix("list:")
    vocabulary = kind.removeprefix("enum:").partition(" ")[0] if row.kind != kind or kind.startswith("enum:") else ""
    known = dict(catalogue.vocabulary(vocabulary).words) if vocabulary else {}
    return known | {word: row.law if word == OPEN else "" for word in re.findall(r'"(\w+)"', kind)}


def _at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, Mapping) else None
    return document
