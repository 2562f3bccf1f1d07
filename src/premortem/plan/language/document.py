"""A TOML text as a tree whose every node knows where it was written.

``tomllib`` decides what is TOML and what its values are; tree-sitter's concrete syntax tree gives the places. A parent
plan and its variant merge as trees (``extends``), so that each value keeps the file and line it came from.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from itertools import accumulate
from typing import Any

import tree_sitter
import tree_sitter_toml

from premortem.errors import InputError, Problem, Where
from premortem.plan.language import mistakes
from premortem.text import lines

FIRST_BITS, CONTINUES = 0xC0, 0x80  # of a byte of UTF-8 within a letter
DECIMAL, INTEGER_DIGITS = 10, 64
SIZE_LIMIT, DEPTH_LIMIT, INTEGER_LIMIT = 1_000_000, 64, 2**53
SYNTAX_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
DEPTH_ALLOWED = f"{DEPTH_LIMIT} levels"
BRACKETS = frozenset({"array", "inline_table", "dotted_key"})

Scalar = str | int | float | bool | datetime | date | time
Plain = Scalar | Sequence["Plain"] | Mapping[str, "Plain"]
"""A value of TOML without places."""
Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class Span:
    """Where something was written: lines and columns from 1, the end exclusive; a line of 0 is unknown."""

    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass
class Node:
    """A value, table or list of a document.

    ``key`` is where its key was written (for an element of an array of tables: its header), ``span`` the value itself,
    ``exact`` tells that a text stands there letter by letter, so that an offset into it is a column.
    """

    value: Scalar | dict[str, Node] | list[Node]
    file: str
    key: Span = field(default_factory=Span)
    span: Span = field(default_factory=Span)
    exact: bool = False

    @property
    def table(self) -> dict[str, Node]:
        """Its entries if it is a table, else none."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Its items if it is a list, else none."""
        return self.value if isinstance(self.value, list) else []

    def child(self, key: str | int) -> Node | None:
        """Return the entry or item under ``key``, if there is one."""
        if isinstance(key, str):
            return self.table.get(key)
        return self.items[key] if 0 <= key < len(self.items) else None

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def copy(self) -> Node:
        """Return a tree of its own that shares the scalars."""
        value = self.value
        if isinstance(value, dict):
            value = {key: node.copy() for key, node in value.items()}
        elif isinstance(value, list):
            value = [node.copy() for node in value]
        return Node(value, self.file, self.key, self.span, self.exact)

    def where(self, path: str = "", *, of_value: bool = False, offset: int = 0) -> Where:
        """Return the place of its key, or of its value ``offset`` characters in."""
        span = self.span if of_value and self.span.line else self.key
        column = span.column + (1 + offset if offset and self.exact else 0)
        return Where(self.file, span.line, column, path)


def node_of(value: Plain, file: str) -> Node:
    """Return the tree of a value that stands nowhere in the file."""
    if isinstance(value, Mapping):
        return Node({key: node_of(part, file) for key, part in value.items()}, file)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Node([node_of(part, file) for part in value], file)
    return Node(value, file)


def parse(text: str, file: str) -> Node:
    """Return the tree of a TOML text.

    Raises
    ------
    InputError
        With the kinds ``too_large``, ``toml_syntax`` or ``lookalike``, all that were found.
    """
    text = mistakes.harmless(text)
    syntax = _Syntax(text, file)
    syntax.check_limits()
    try:
        data = tomllib.loads(text)
    except RecursionError:  # brackets that are never closed escape the syntax tree
        raise InputError(Problem("too_large", "nested too deep", Where(file, 1, 1), allowed=DEPTH_ALLOWED)) from None
    except ValueError as error:
        message = SYNTAX_PLACE.sub("", str(error))
        place = SYNTAX_PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place and place[1] else (text.count("\n") + 1, 1)
        if mistake := mistakes.find(next(iter(lines(text)[line - 1 : line]), ""), column):
            where = Where(file, line, mistake.column)
            slip = mistake.found if mistake.cure else ""
            problem = Problem(
                "toml_syntax", mistake.message, where, mistake.found, mistake.allowed, slip=slip, cure=mistake.cure
            )
            raise InputError(problem) from None
        raise InputError(Problem("toml_syntax", f"not TOML: {message}", Where(file, line, column))) from None
    root = syntax.node(data, ())
    problems = list(_strange_text(root, ""))
    if problems:
        raise InputError(*problems)
    return root


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))


class _Syntax:
    """The concrete syntax tree of a text, and the places of its keys and values by path."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.bytes = text.encode()
        self.lines = self.bytes.split(b"\n")
        self.tree = _parser().parse(self.bytes)
        self.spans: dict[Keys, tuple[Span, Span, bool]] = {}
        self.letters: dict[int, list[int] | None] = {}

    def span(self, node: tree_sitter.Node) -> Span:
        (line, column), (end_line, end_column) = node.start_point, node.end_point
        return Span(line + 1, self._column(line, column), end_line + 1, self._column(end_line, end_column))

    def _column(self, line: int, byte: int) -> int:
        """Return the column, in letters from 1, of a byte of a line (line and byte from 0)."""
        if line not in self.letters:
            content = self.lines[line] if line < len(self.lines) else b""
            starts = (byte & FIRST_BITS != CONTINUES for byte in content)  # bytes of UTF-8 that begin a letter
            self.letters[line] = None if content.isascii() else [0, *accumulate(starts)]
        letters = self.letters[line]
        return byte + 1 if letters is None else letters[min(byte, len(letters) - 1)] + 1

    def check_limits(self) -> None:
        """Refuse nesting and integers beyond the limits, before any recursive code sees them."""
        cursor, depth, down = self.tree.walk(), 0, True
        while True:
            node = cursor.node
            assert node is not None
            if down and node.type in BRACKETS:
                depth += 1
                if depth > DEPTH_LIMIT:
                    raise self._too_large(node, "nested too deep", DEPTH_ALLOWED)
            if down and node.type == "integer" and self._huge(node):
                raise self._too_large(node, "an integer too large", "from -2^53 to 2^53")
            if down and cursor.goto_first_child():
                continue
            if node.type in BRACKETS:
                depth -= 1
            if cursor.goto_next_sibling():
                down = True
                continue
            if not cursor.goto_parent():
                return
            down = False

    @staticmethod
    def _huge(node: tree_sitter.Node) -> bool:
        text = (node.text or b"").decode(errors="replace").replace("_", "")
        try:
            return (
                len(text) > INTEGER_DIGITS
                or abs(int(text, 0 if text[:2] in {"0x", "0o", "0b"} else DECIMAL)) > INTEGER_LIMIT
            )
        except ValueError:
            return False

    def _too_large(self, node: tree_sitter.Node, message: str, allowed: str) -> InputError:
        span = self.span(node)
        return InputError(Problem("too_large", message, Where(self.file, span.line, span.column), allowed=allowed))

    def node(self, value: Any, path: Keys) -> Node:
        """Return the tree of ``value`` with the places of the syntax tree; a value without one takes its parent's."""
        if not path:
            self._locate()
        key, span, exact = self.spans.get(path) or (*self._parent(path), False)
        if isinstance(value, dict):
            entries: dict[str, Node] = {}
            for name, entry in value.items():
                entries[unicodedata.normalize("NFC", name)] = self.node(entry, (*path, name))
            return Node(entries, self.file, key, span)
        if isinstance(value, list):
            return Node([self.node(item, (*path, i)) for i, item in enumerate(value)], self.file, key, span)
        if isinstance(value, str):
            value = unicodedata.normalize("NFC", value)
        return Node(value, self.file, key, span, exact)

    def _parent(self, path: Keys) -> tuple[Span, Span]:
        for end in range(len(path) - 1, -1, -1):
            if place := self.spans.get(path[:end]):
                return place[0], place[1]
        return Span(1, 1, 1, 1), Span(1, 1, 1, 1)

    def _locate(self) -> None:
        """Fill ``spans`` from the syntax tree."""
        arrays: dict[Keys, int] = {}
        for node in self.tree.root_node.named_children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in {"table", "table_array_element"}:
                if not node.named_children:
                    continue
                head = node.named_children[0]
                path = self._header(self._segments(head), node.type == "table_array_element", arrays)
                (line, column), end = node.start_point, self.span(head)
                span = Span(line + 1, self._column(line, column), end.end_line, end.end_column)
                self.spans[path] = (span, span, False)
                if path and isinstance(path[-1], int):
                    self.spans.setdefault(path[:-1], (span, span, False))
                for pair in node.named_children[1:]:
                    if pair.type == "pair":
                        self._pair(pair, path)

    def _header(self, segments: list[tuple[str, Span]], array: bool, arrays: dict[Keys, int]) -> Keys:
        path: Keys = ()
        for index, (name, span) in enumerate(segments):
            path = (*path, name)
            last = index == len(segments) - 1
            if array and last:
                arrays[path] = arrays.get(path, -1) + 1
            elif not last:
                self.spans.setdefault(path, (span, span, False))
            if path in arrays:
                path = (*path, arrays[path])
        return path

    def _pair(self, pair: tree_sitter.Node, prefix: Keys) -> None:
        parts = [part for part in pair.named_children if part.type != "comment"]
        if len(parts) < 2:
            return
        path = prefix
        for name, span in self._segments(parts[0]):
            path = (*path, name)
            self.spans.setdefault(path, (span, span, False))
        self._value(parts[-1], path, self.spans[path][0])

    def _value(self, node: tree_sitter.Node, path: Keys, key: Span) -> None:
        text = node.text or b""
        exact = (
            node.type == "string" and text[:1] == text[-1:] and text[:3] not in {b'"""', b"'''"} and b"\\" not in text
        )
        self.spans[path] = (key, self.span(node), exact)
        if node.type == "array":
            items = [item for item in node.named_children if item.type != "comment"]
            for index, item in enumerate(items):
                self._value(item, (*path, index), self.span(item))
        elif node.type == "inline_table":
            for pair in node.named_children:
                if pair.type == "pair":
                    self._pair(pair, path)

    def _segments(self, key: tree_sitter.Node) -> list[tuple[str, Span]]:
        if key.type == "dotted_key":
            return [segment for part in key.named_children for segment in self._segments(part)]
        text = (key.text or b"").decode(errors="replace")
        if key.type == "quoted_key":
            try:
                (text,) = tomllib.loads(f"{text} = 0")
            except ValueError:
                text = text[1:-1]
        return [(text, self.span(key))]


def _strange_text(node: Node, path: str) -> Iterator[Problem]:
    """Yield a problem for each key or text with control or bidirectional marks, and each key that is not ASCII."""
    for key, child in node.table.items():
        where = f"{path}.{key}" if path else key
        if not key.isascii() or _marks(key):
            message = "a deceptive character in a key"
            yield Problem("lookalike", message, child.where(path), ascii(key), "plain ASCII letters")
        else:
            yield from _strange_text(child, where)
    for index, item in enumerate(node.items):
        yield from _strange_text(item, f"{path}[{index}]")
    if isinstance(node.value, str) and (mark := _marks(node.value)):
        yield Problem("lookalike", f"a hidden character in a text: {mark}", node.where(path, of_value=True))


def _marks(text: str) -> str:
    for letter in text:
        if letter not in "\n\t\r" and unicodedata.category(letter) in {"Cc", "Cf"}:
            return f"U+{ord(letter):04X} {unicodedata.name(letter, 'a control character')}"
    return ""
