"""What is published of the language: the JSON Schema for editors and the field table of the manual, from the model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from premortem.plan.language import catalogue, readers
from premortem.plan.language.fields import FILE, JUDGED, Field, fields, names_an_element, tables
from premortem.plan.language.schema import Plan

Json = dict[str, Any]
OTHERS: Json = {"additionalProperties": True}
"""Said aloud where a schema names some keys only: some editors take its absence for a prohibition."""
INTRODUCTION = """# Plan fields

Generated from the typed model by `scripts/generate`; do not edit. `docs/plan_language.md` explains the language.

`int[a,b]`, `num[a,b]`: inclusive bounds. `enum:x`, `list:x`: words of vocabulary x, below. `expr`: a condition.
An omitted field has its default; where that is `unspecified`, leaving it out and writing the word mean the same.
"If left open" is what the simulator draws it from, once per future; all such laws are assumptions.
"Read by" is found by changing the field: the mechanisms of the simulation that read what it changes (`campaign` is the campaign's own
clock), then the lint rules whose findings it changes. A field that the linter alone reads says why."""
SHOWN_RULES = 6
MERGED_WHOLE = frozenset({"Success", "Expect", "Then"})
"""Tables that a variant never states in part."""


def json_schema() -> Json:
    """Return the JSON Schema (draft 7, for the widest choice of editors) of a plan file.

    Field descriptions give meaning, default and what an open field is drawn from; words show their meanings in editors
    that read the ``x-taplo`` extension.
    """
    made = Plan.model_json_schema(ref_template="#/definitions/{model}")
    definitions = made.pop("$defs")
    _describe(made, definitions, "")
    whole = _required(made, definitions)
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Premortem plan",
        "description": "A campaign plan that can be linted, simulated and compared.",
    }
    variant = {"required": ["extends"], **OTHERS}
    alone = {"if": {"not": variant, **OTHERS}, "then": whole}  # a variant takes from its parent what it needs
    return {**head, **_tidy(made), **head, **alone, "definitions": _tidy(definitions)}


def json_schema_text() -> str:
    """Return the JSON Schema as it is published."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


def _describe(table: Json, definitions: Mapping[str, Json], path: str) -> None:
    """Write the description of every field of a table and of the tables in it."""
    for key, prop in table["properties"].items():
        where = f"{path}.{key}" if path else key
        if row := fields().get(where):
            prop["description"] = describe(row)
        inner = where + "[]" if where + "[]" in tables() else where
        if inner in tables():
            (name,) = [ref.rpartition("/")[2] for ref in _references(prop)]
            _describe(definitions[name], definitions, inner)


def _required(table: Json, definitions: Mapping[str, Json]) -> Json:
    """Take the required keys out of the tables that a variant may state in part; return them as a schema of their own."""
    needs: Json = {}
    for key, prop in table["properties"].items():
        names = [ref.rpartition("/")[2] for ref in _references(prop)]
        if names and names[0] not in MERGED_WHOLE:
            inner = _required(definitions[names[0]], definitions)
            if inner:
                needs[key] = {"items": inner} if prop.get("type") == "array" else inner
    required = table.pop("required", [])
    found = ({"required": required} if required else {}) | ({"properties": needs} if needs else {})
    return found and found | OTHERS


def _references(schema: Any) -> Iterable[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def describe(row: Field) -> str:
    """Return meaning, default and law of a field in a sentence or two."""
    parts = [row.meaning + ("" if row.meaning.endswith((".", "?")) else ".")]
    if row.default and row.default not in {"unspecified", "[]", "{}"}:
        parts.append(f"Default: {row.default}.")
    if row.law:
        parts.append(f"If left open: {row.law}.")
    return " ".join(parts)


def _tidy(schema: Any) -> Any:
    """Drop what only Python needs, and turn tables with listed keys into properties, which editors complete."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("anyOf"), list):
        some = [part for part in schema["anyOf"] if part != {"type": "null"}]
        rest = {key: part for key, part in schema.items() if key != "anyOf"}
        schema = rest | (some[0] if len(some) == 1 else {"anyOf": some})
    if words := schema.get("propertyNames", {}).get("enum"):
        meanings = schema["propertyNames"].get("x-taplo", {}).get("docs", {}).get("enumValues", words)
        each = schema["additionalProperties"]
        keys = {word: each | {"description": meaning} for word, meaning in zip(words, meanings, strict=True)}
        rest = {key: part for key, part in schema.items() if key != "propertyNames"}
        schema = rest | {"properties": keys, "additionalProperties": False}
    private = {"otherwise"} | ({"title"} if isinstance(schema.get("title"), str) else set())
    made = {key: _tidy(part) for key, part in schema.items() if key not in private}
    if "default" in made and made["default"] is None:
        del made["default"]
    if isinstance(made.get("description"), str):
        made["description"] = made["description"].replace("``", "")
    return made


def field_table() -> str:
    """Return the reference page of every field and word, in Markdown."""
    lines = [*INTRODUCTION.splitlines(), ""]
    for path in tables():
        rows = [row for row in fields().values() if row.path.rpartition(".")[0] == path]
        if rows:
            lines += [
                f"## {_heading(path)}",
                "",
                "| field | type | default | meaning | if left open | read by |",
                "|---|---|---|---|---|---|",
            ]
            lines += [_row(row) for row in rows] + [""]
    lines += ["## Words", ""]
    for name in catalogue.vocabularies():
        lines += [f"### {name}", "", "| word | meaning |", "|---|---|"]
        lines += [f"| `{word}` | {_cell(meaning)} |" for word, meaning in catalogue.vocabulary(name).words.items()] + [
            ""
        ]
    return "\n".join(lines)


def _heading(path: str) -> str:
    if not path:
        return "Top level"
    return f"`[[{path[:-2]}]]`" if path.endswith("[]") else f"`[{path}]`"


def _row(row: Field) -> str:
    default = "(required)" if row.required else f"`{row.default}`" if row.default else ""
    cells = [f"`{row.name}`", row.kind, default, row.meaning, row.law, read_by(row)]
    return "| " + " | ".join(map(_cell, cells)) + " |"


def read_by(row: Field) -> str:
    """Return in words who reads a field."""
    if row.path in FILE or names_an_element(row.path):
        return "the file itself"
    if row.path.partition("[]")[0] in JUDGED:
        return "judged after the run"
    found = readers.of(row.path)
    if not found.simulated and not found.linted:
        return "nothing yet"
    rest = len(found.rules) - SHOWN_RULES
    rules = ", ".join(found.rules[:SHOWN_RULES]) + (f" and {rest} more" if rest > 0 else "")
    if not found.simulated:
        return f"the linter alone, {readers.linted_only().get(row.path, 'so far')}: {rules}"
    return ", ".join(found.mechanisms) + (f"; {rules}" if rules else "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
