"""Variants: a plan that extends another takes its parent's tree, drops from it, and lays its own over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from premortem.errors import InputError, Problem
from premortem.plan.language.document import Node
from premortem.plan.language.fields import NAMES
from premortem.plan.language.kinds import SLUG
from premortem.plan.language.problems import element_name

CHAIN_LIMIT = 8
DIGITS = 3  # of an element's number in a path
NEVER_INHERITED = ("id", "extends", "drop")
ARRAYS = frozenset({*NAMES, "success", "expect"})

Find = Callable[[str, Node], Node | None]
"""Finds and parses the plan of a name, seen from a child; None if there is none."""


def flatten(node: Node, find: Find) -> Node:
    """Return a plan's tree with all that its parents give it.

    Raises
    ------
    InputError
        ``extends_not_found``, ``extends_cycle``, ``too_large`` (chain), ``bad_reference`` (unknown ``drop``).
    """
    chain = [node]
    while parent_name := _parent(chain[-1]):
        asked = chain[-1].table["extends"]
        parent = find(parent_name, chain[-1])
        where = asked.where("extends", of_value=True)
        if parent is None:
            allowed = "the name of a plan in the same folder or of a packaged plan"
            raise InputError(Problem("extends_not_found", f"no plan named {parent_name!r}", where, allowed=allowed))
        files = [link.file for link in chain]
        if parent.file in files:
            ring = " -> ".join([*files[files.index(parent.file) :], parent.file])
            raise InputError(Problem("extends_cycle", f"plans that extend one another: {ring}", where))
        if len(chain) == CHAIN_LIMIT:
            raise InputError(Problem("too_large", "a chain of plans too long", where, allowed=f"{CHAIN_LIMIT} levels"))
        chain.append(parent)
    result = chain.pop()
    problems = list(_misplaced_drop(result))
    while chain:
        child = chain.pop()
        result, unknown = _without(result, child)
        problems += unknown
        result = merge(result, child)
    if problems:
        raise InputError(*problems)
    return result


def _parent(node: Node) -> str:
    """Return the parent's name if it is well formed; if not, the typed model reports it."""
    asked = node.table.get("extends")
    name = asked.value if asked else None
    return name if isinstance(name, str) and SLUG.fullmatch(name) and name != "unspecified" else ""


def merge(parent: Node, child: Node) -> Node:
    """Return the child's tree over the parent's: tables by key, arrays of tables by id, all else replaced."""
    entries = {key: node for key, node in parent.table.items() if key not in NEVER_INHERITED}
    for key, node in child.table.items():
        old = entries.get(key)
        if old is None:
            entries[key] = node
        elif key in ARRAYS:
            entries[key] = _merge_array(old, node, NAMES.get(key, ""))
        else:
            entries[key] = _merge_value(old, node, key)
    return Node(entries, child.file, child.key, child.span)


def _merge_value(old: Node, new: Node, key: str) -> Node:
    if not (isinstance(old.value, dict) and isinstance(new.value, dict)) or key == "then":
        return new
    entries = dict(old.table)
    for name, node in new.table.items():
        entries[name] = _merge_value(entries[name], node, name) if name in entries else node
    return Node(entries, new.file, new.key, new.span)


def _merge_array(old: Node, new: Node, name: str) -> Node:
    if not (isinstance(old.value, list) and isinstance(new.value, list)):
        return new
    items = list(old.items)
    places = {
        named.value: i
        for i, item in enumerate(items)
        if (named := item.table.get(name)) and isinstance(named.value, str)
    }
    for item in new.items:
        named = item.table.get(name)
        place = places.get(named.value) if named and isinstance(named.value, str) else None
        if place is None:
            items.append(item)
        else:
            items[place] = _merge_value(items[place], item, name)
    return Node(items, new.file, new.key, new.span)


def _misplaced_drop(root: Node) -> Iterator[Problem]:
    drop = root.table.get("drop")
    if drop is not None and drop.items and "extends" not in root.table:
        yield Problem("bad_reference", "nothing to drop from: the plan extends no other", drop.where("drop"))


def _without(parent: Node, child: Node) -> tuple[Node, list[Problem]]:
    """Return the parent's tree without what the child drops, and a problem for each path that is not there."""
    drop = child.table.get("drop")
    problems: list[Problem] = []
    result = parent.copy()
    for item in drop.items if drop else ():
        if isinstance(item.value, str) and not remove(result, item.value):
            message = f"nothing to drop at {item.value!r}"
            where = item.where("drop", of_value=True)
            allowed = "a table, element or field that the parent has"
            problems.append(Problem("bad_reference", message, where, repr(item.value), allowed))
    return result, problems


def remove(root: Node, path: str) -> bool:
    """Take what a dotted path names out of a tree; return whether it was there."""
    head, _, last = path.rpartition(".")
    holder = find(root, head) if head else root
    if holder is None:
        return False
    if isinstance(holder.value, dict):
        return holder.value.pop(last, None) is not None
    if isinstance(holder.value, list):
        kept = [item for item in holder.value if element_name(item, head) != last]
        gone = len(kept) < len(holder.value)
        holder.value[:] = kept
        return gone
    return False


def find(root: Node, path: str) -> Node | None:
    """Return what a dotted path names in a tree: a table, a field, an element by its id or else its number from 0."""
    node: Node | None = root
    so_far = ""
    for part in path.split("."):
        if node is None:
            return None
        if isinstance(node.value, list):
            named = (item for item in node.value if element_name(item, so_far) == part)
            node = next(named, node.child(int(part)) if part.isdecimal() and len(part) <= DIGITS else None)
        else:
            node = node.table.get(part)
        so_far = f"{so_far}.{part}" if so_far else part
    return node
