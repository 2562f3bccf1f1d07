"""Who reads what and who moves what: noted while a model is traced, so that couplings and readers of a plan are found and not promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, TypeVar, cast

from premortem.model.accounts import Account

Value = TypeVar("Value")
Key = TypeVar("Key")
Kind = Literal["signal", "stock", "flow", "risk", "entered", "own flow", "memo", "lever", "orders", "controls"]
OF_THE_PLAN: frozenset[Kind] = frozenset({"lever", "orders", "controls"})
"""Kinds that come from a plan and from no mechanism."""


@dataclass(frozen=True, order=True)
class Read:
    """One thing that a mechanism reads; ``reader`` is "" for the engine.

    ``name`` is that of a signal, of a stock, of the two accounts of a flow or a risk ("members to held_us"), of the account that something
    entered, of a flow ("money.income"), of the mechanism that left a memo, of a lever, or of a field of the plan's orders or controls.
    """

    reader: str
    kind: Kind
    name: str


@dataclass(frozen=True)
class Flowing:
    """One flow of a mechanism, by the names of its accounts."""

    owner: str
    flow: str
    source: str
    target: str


@dataclass
class Notes:
    """What was read and moved while these notes were taken."""

    reads: set[Read] = field(default_factory=set)
    flows: set[Flowing] = field(default_factory=set)

    def movers(self, read: Read) -> set[str]:
        """Return the mechanisms whose flows make what was read, for stocks and flows."""
        return {flow.owner for flow in self.flows if _makes(flow, read)}


def _makes(flow: Flowing, read: Read) -> bool:
    return {
        "stock": read.name in {flow.source, flow.target},
        "flow": read.name == pair(flow.source, flow.target),
        "risk": read.name == pair(flow.source, flow.target),
        "entered": read.name == flow.target,
        "own flow": read.name == f"{flow.owner}.{flow.flow}",
    }.get(read.kind, False)


_taken: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def taken() -> Iterator[Notes]:
    """Take notes of everything that is read and moved inside."""
    notes = Notes()
    token = _taken.set(notes)
    try:
        yield notes
    finally:
        _taken.reset(token)


def pair(source: str, target: str) -> str:
    """Return the name of a flow between two accounts."""
    return f"{source} to {target}"


def read(reader: str, kind: Kind, name: str) -> None:
    """Note that something is read."""
    if (notes := _taken.get()) is not None:
        notes.reads.add(Read(reader, kind, name))


def moves(owner: str, flow: str, source: str, target: str) -> None:
    """Note that a mechanism has a flow."""
    if (notes := _taken.get()) is not None:
        notes.flows.add(Flowing(owner, flow, source, target))


class Noted(Mapping[Key, Value]):
    """A mapping whose readers are noted."""

    def __init__(self, reader: str, kind: Kind, values: Mapping[Key, Value]) -> None:
        self._reader, self._kind, self._values = reader, kind, values

    def __getitem__(self, key: Key) -> Value:
        read(self._reader, self._kind, _name(key))
        return self._values[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _NotedFields:
    """A record whose readers are noted, field by field."""

    def __init__(self, reader: str, kind: Kind, record: object) -> None:
        self._reader, self._kind, self._record = reader, kind, record

    def __getattr__(self, name: str) -> object:
        read(self._reader, self._kind, name)
        return getattr(self._record, name)


def fields_of(reader: str, kind: Kind, record: Value) -> Value:
    """Return a record whose fields are noted as they are read, while notes are taken; else the record itself."""
    return record if _taken.get() is None else cast("Value", _NotedFields(reader, kind, unnoted(record)))


def unnoted(record: Value) -> Value:
    """Return a record whose readers are not noted, for what looks at its shapes only."""
    return cast("Value", record._record) if isinstance(record, _NotedFields) else record


def _name(key: object) -> str:
    """Return the name of an account, of two accounts, or the name itself."""
    if isinstance(key, tuple):
        return pair(*(account.name for account in key))
    return key.name if isinstance(key, Account) else str(key)
