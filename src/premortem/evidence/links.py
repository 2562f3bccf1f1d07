"""Who rests on what: for every id of the ledger, the entries and parameters that name it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

from premortem.evidence.ledger import Claim, Fact, Record, Rule, Source, Table, load
from premortem.evidence.parameters import Parameter
from premortem.evidence.parameters import load as load_parameters

Kind = Literal["fact", "table", "claim", "rule", "source", "parameter"]

_KINDS: dict[type[Record | Parameter], Kind] = {
    Fact: "fact",
    Table: "table",
    Claim: "claim",
    Rule: "rule",
    Source: "source",
    Parameter: "parameter",
}


def kind_of(record: Record | Parameter) -> Kind:
    """Return what sort of entry this is, in a word."""
    return _KINDS[type(record)]


def everything() -> dict[str, Record | Parameter]:
    """Return the entries of the ledger and the parameters, by id."""
    return {**load().records, **load_parameters()}


def named_by(record: Record | Parameter) -> Iterator[tuple[Kind, str]]:
    """Yield the ids that an entry names, each with the sort of entry it should be ("fact" also stands for tables and claims)."""
    match record:
        case Fact() | Table():
            yield from (("source", key) for key in record.sources)
        case Claim():
            yield from (("source", key) for key in record.sources)
            yield from (("fact", ident) for ident in record.evidence)
            yield from (("rule", ident) for ident in record.rules)
            yield from (("parameter", ident) for ident in record.parameters)
        case Rule():
            yield from (("source", key) for key in record.sources)
            yield from (("claim", ident) for ident in record.claims)
        case Parameter():
            yield from (("fact", ident) for ident in record.facts)
        case Source():
            return


@cache
def _users() -> dict[str, list[Record | Parameter]]:
    users: dict[str, list[Record | Parameter]] = {}
    for record in everything().values():
        for _, ident in named_by(record):
            users.setdefault(ident, []).append(record)
    return users


def users_of(ident: str) -> list[Record | Parameter]:
    """Return the entries and parameters that name this id."""
    return _users().get(ident, [])
