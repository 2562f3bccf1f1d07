"""From errors of the typed model to messages with a place: what was found, what is allowed, the nearest spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from premortem import faults
from premortem.errors import Problem, Where, meant, nearest
from premortem.plan.language import catalogue
from premortem.plan.language.document import Node
from premortem.plan.language.fields import NAMES, fields, keys
from premortem.theatre.glossary import Glossary

SHOWN = 100
"""Problems reported of one file; more are counted only."""
FOUND_LIMIT = 80
LISTED = 40
BOUNDED = re.compile(r"(int|num|str)\[([^,]+),([^,]+)\]")
KINDS = {
    "slug": "a name in lower case, such as border_guard",
    "expr": 'a condition, such as "us_killed > 20"',
    "bool": "true or false",
    "date": "a day, such as 2026-01-05",
    "lever": "a lever (premortem levers)",
    "obs": "something that is observed, such as us_killed",
    "then": '{ phase = "name" } or { stop = true }',
}
"""Types of the field table in words."""
TYPES = {
    "tuple_type": ("not a list", "a list in [ ]"),
    "mapping_type": ("not a table", "a table, { key = value }"),
    "dict_type": ("not a table", "a table, { key = value }"),
    "model_type": ("not a table", "a table of keys and values"),
    "model_attributes_type": ("not a table", "a table of keys and values"),
}


def shown(value: object) -> str:
    """Return a value as a person would write it, shortened.

    >>> shown({"a": 1})
    'a table'
    """
    if isinstance(value, dict):
        return "a table"
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= FOUND_LIMIT else text[: FOUND_LIMIT - 3] + "..."


def from_validation(error: ValidationError, root: Node, glossary: Glossary) -> list[Problem]:
    """Return the problems behind a validation error of the tree ``root``, in the order of their places; words are the theatre's."""
    details = error.errors(include_url=False)
    problems = [_problem(detail, root, glossary) for detail in details[:SHOWN]]
    if len(details) > SHOWN:
        message = f"{len(details) - SHOWN} more problems"
        problems.append(Problem("too_large", message, Where(root.file), allowed=f"{SHOWN} are shown"))
    return ordered(problems)


def placed(error: ValidationError, model: type[BaseModel], root: Node) -> Iterator[Problem]:
    """Yield what is wrong with the record that a file beside plans holds (a study, a box of inputs), each with its place in it."""
    for place, problem in faults.in_words(error.errors(include_url=False), model):
        node = root
        for part in place:
            node = node.child(part) or node
        of_value = bool(problem.found) and problem.kind != "extra_forbidden"
        yield replace(problem, where=node.where(faults.key(place), of_value=of_value))


def ordered(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems by file and place, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.where.file, p.where.line, p.where.column, p.where.key))


def _problem(detail: Any, root: Node, glossary: Glossary) -> Problem:
    kind, loc, context = detail["type"], [*detail["loc"]], detail.get("ctx", {})
    of_key = bool(loc) and loc[-1] == "[key]"
    if of_key:
        loc.pop()
    if "key" in context:
        loc.append(context["key"])
    node, path, table, missing = locate(root, loc)
    if kind == "missing":
        row = fields().get(f"{table}.{loc[-1]}" if table else str(loc[-1]))
        needed = f"{_needed(row.kind, glossary)}: {row.meaning}" if row else "a table"
        return Problem("missing_key", f"{loc[-1]!r} is missing", node.where(path), allowed=needed)
    if kind == "extra_forbidden":
        allowed_keys = keys(table)
        near, cure = nearest(str(loc[-1]), allowed_keys), meant(str(loc[-1]), allowed_keys)
        message = f"no such key: {loc[-1]!r}"
        slip = str(loc[-1]) if cure else ""
        return Problem(
            "unknown_key", message, node.where(path), shown(loc[-1]), ", ".join(allowed_keys), near, slip, cure
        )
    found = context.get("found") or shown(detail["input"] if missing or not isinstance(node.value, str) else node.value)
    if kind in TYPES:
        message, allowed = TYPES[kind]
        allowed = _as_a_table(path, node, glossary) or allowed
        return Problem("wrong_type", message, node.where(path, of_value=True), found, allowed)
    where = node.where(path, of_value=not of_key and not missing, offset=context.get("offset", 0))
    allowed, near, slip, cure = context.get("allowed", ""), "", "", ""
    if vocabulary := context.get("vocabulary"):
        known = catalogue.vocabulary(vocabulary, glossary)
        words = [*known.words, *known.aliases]
        word = str(context.get("found") or detail["input"])[:100]
        near, cure = nearest(word, words), meant(word, words)
        slip = word if cure else ""
        allowed = allowed or listed(words)
    return Problem(kind, context.get("message", detail["msg"]), where, found, allowed, near, slip, cure)


def _needed(kind: str, glossary: Glossary) -> str:
    """Return in words what a field takes, from its type in the notation of the field table."""
    first, *more = kind.split(" or ")
    form, _, vocabulary = first.partition(":")
    if form in {"enum", "list"} and vocabulary:
        words = listed([*catalogue.vocabulary(vocabulary, glossary).words], LISTED // 2)
        first = f"one of {words}" if form == "enum" else f"a list of some of {words}"
    elif bounds := BOUNDED.fullmatch(first):
        what = {"int": "a whole number", "num": "a number", "str": "a text"}[bounds[1]]
        low, high = (f"{float(end):,.0f}" for end in bounds.groups()[1:])
        first = f"{what} of {low} to {high}" + (" letters" if bounds[1] == "str" else "")
    else:
        first = KINDS.get(first, first)
    return " or ".join([first, *more])


def _as_a_table(path: str, node: Node, glossary: Glossary) -> str:
    """Return how to write words that stand where a table is meant, if a field of that table takes one of them."""
    held = [item.value for item in node.items] if node.items else [node.value]
    words = [word for word in held if isinstance(word, str)]
    for row in fields().values():
        head, _, name = row.path.rpartition(".")
        if head == path and row.kind.partition(":")[0] in {"enum", "list"}:
            known = catalogue.vocabulary(row.kind.partition(":")[2].partition(" ")[0], glossary)
            if fitting := [word for word in words if word in known]:
                value = (
                    f'"{fitting[0]}"'
                    if row.kind.startswith("enum")
                    else "[" + ", ".join(f'"{w}"' for w in fitting) + "]"
                )
                return f"a table: [{path}] with {name} = {value}"
    return ""


def listed(words: Sequence[str], limit: int = LISTED) -> str:
    """Return words in a row, the first of them where they are many."""
    rest = f", ... ({len(words)} in all)" if len(words) > limit else ""
    return ", ".join(words[: limit if not rest else limit // 2]) + rest


def locate(root: Node, loc: Sequence[str | int]) -> tuple[Node, str, str, bool]:
    """Follow keys and indexes down a tree as far as they lead.

    Returns
    -------
    tuple
        The last node reached, the path for people (elements by name), the path of its table in the field table, and
        whether the last key is missing from the tree.
    """
    node, path, table, missing = root, "", "", False
    pattern = ""
    for part in loc:
        child = node.child(part)
        if isinstance(part, int):
            name = element_name(child, path) if child else ""
            path = f"{path}.{name}" if name else f"{path}[{part}]"
            pattern += "[]"
        else:
            path = f"{path}.{part}" if path else part
            table, pattern = pattern, f"{pattern}.{part}" if pattern else part
        missing = child is None
        if child is None:
            break
        node = child
    return node, path, table, missing


def element_name(node: Node, array: str) -> str:
    """Return the id (or name) of an element of an array of tables, or nothing if it has none."""
    named = node.table.get(NAMES.get(array, ""))
    return named.value if named and isinstance(named.value, str) else ""
