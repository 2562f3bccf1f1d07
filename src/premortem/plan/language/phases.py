"""Phases: the plan that a phase leaves, by laying its ``set`` over the plan's tree."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.errors import Problem, nearest
from premortem.plan.language.document import Node
from premortem.plan.language.extends import find
from premortem.plan.language.fields import NAMES, fields, keys, tables
from premortem.plan.language.problems import element_name

FIXED = frozenset(
    {"schema", "id", "title", "source", "author", "start", "claims", "theatre", "extends", "drop", "horizon_weeks"}
)
UNTOUCHED = frozenset(
    {"phase", "branch", "success", "expect", "assumes", "bargain", "event_assumed", "reference", "payer", "ends"}
)
PAYER = "payer"
"""Who pays holds for the whole campaign, of a plan and of its elements."""


class MisplacedError(Exception):
    """A phase cannot set what a path names."""

    def __init__(self, kind: str, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.kind, self.message, self.allowed = kind, message, allowed


def apply(root: Node, phase: Node) -> tuple[Node, list[Problem]]:
    """Return the plan's tree with what a phase sets, and a problem for each path that leads nowhere."""
    result, problems = root.copy(), []
    settings = phase.table.get("set")
    for path, value in (settings.table if settings else {}).items():
        try:
            _check(root, path)
        except MisplacedError as error:
            near = nearest(path.rpartition(".")[2], error.allowed)
            where = value.where(f"phase.{element_name(phase, 'phase')}.set")
            problems.append(Problem(error.kind, error.message, where, repr(path), ", ".join(error.allowed), near))
        else:
            _put(result, path, value)
    return result, problems


def _check(root: Node, path: str) -> None:
    """Raise MisplacedError unless ``path`` names a field that a phase may set in this plan."""
    table, *rest = path.split(".")
    if table in FIXED or table in UNTOUCHED or table not in keys(""):
        settable = tuple(key for key in keys("") if key not in FIXED | UNTOUCHED)
        raise MisplacedError("bad_reference", f"a phase cannot set {table!r}", settable)
    if table not in NAMES:
        if path not in fields():
            holder = path if path in tables() else path.rpartition(".")[0]
            raise MisplacedError("unknown_key", f"no such field: {path!r}", keys(holder) or keys(table))
        return
    if len(rest) != 2:
        raise MisplacedError("bad_reference", "an element's field is set by its id", (f"{table}.<id>.<field>",))
    ids = tuple(_ids(root, table))
    if rest[0] not in ids:
        raise MisplacedError("bad_reference", f"the plan has no {table} {rest[0]!r}", ids)
    allowed = tuple(key for key in keys(f"{table}[]") if key != NAMES[table])
    if rest[1] == PAYER:
        settable = tuple(key for key in allowed if key != PAYER)
        raise MisplacedError("bad_reference", "a phase cannot change who pays", settable)
    if rest[1] not in allowed:
        raise MisplacedError("unknown_key", f"no such field: {rest[1]!r}", allowed)


def _ids(root: Node, array: str) -> Iterator[str]:
    held = root.table.get(array)
    for item in held.items if held else ():
        named = item.table.get(NAMES[array])
        if named and isinstance(named.value, str):
            yield named.value


def _put(root: Node, path: str, value: Node) -> None:
    *tables_down, last = path.split(".")
    holder = root
    if tables_down and tables_down[0] in NAMES:
        element = find(root, ".".join(tables_down))
        assert element is not None
        holder = element
    else:
        for name in tables_down:
            inner = holder.table.get(name)
            if inner is None or not isinstance(inner.value, dict):
                inner = Node({}, value.file, value.key, value.span)
                holder.table[name] = inner
            holder = inner
    holder.table[last] = value
