"""What every number rests on: facts, tables, claims, legal rules, sources, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, overload

from premortem.api.arguments import checked
from premortem.evidence import Claim, Fact, Parameter, Record, Rule, Source, Table, ledger, links

if TYPE_CHECKING:
    from premortem.frames import pl


@dataclass(frozen=True)
class Entry:
    """One entry of the evidence.

    Attributes
    ----------
    record : the entry, typed: ``record.value``, ``.low``, ``.high`` and ``.unit`` of a fact, ``.prior`` of a parameter.
    """

    record: Record | Parameter

    @property
    def id(self) -> str:
        """Its id."""
        return self.record.id

    @property
    def kind(self) -> links.Kind:
        """What it is: fact, table, claim, rule, source or parameter."""
        return links.kind_of(self.record)

    @property
    def title(self) -> str:
        """The sentence that says what it is."""
        match self.record:
            case Fact():
                return self.record.statement
            case Claim():
                return self.record.paraphrase
            case Rule():
                return self.record.finding
            case Parameter():
                return self.record.meaning
            case Source() | Table():
                return self.record.title

    @property
    def rests_on(self) -> tuple[Entry, ...]:
        """The entries that it names, sources among them."""
        known = links.everything()
        return tuple(Entry(known[ident]) for _, ident in links.named_by(self.record) if ident in known)

    @property
    def used_by(self) -> tuple[Entry, ...]:
        """The entries and parameters that name it."""
        return tuple(map(Entry, links.users_of(self.id)))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id}: {self.title}>"

    def _repr_html_(self) -> str:
        held: dict[str, Any] = {
            name: value for name, value in self.record.model_dump(mode="json").items() if value not in ("", [], None)
        }
        held |= {"rests on": _ids(self.rests_on), "used by": _ids(self.used_by)}
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in held.items() if value
        )
        return f"<h3>{escape(self.id)} <small>{self.kind}</small></h3><table>{rows}</table>"


@overload
def evidence(ident: str) -> Entry: ...
@overload
def evidence(*, search: str = "") -> pl.DataFrame: ...
@checked
def evidence(ident: str = "", *, search: str = "") -> Entry | pl.DataFrame:
    """Return one entry of the evidence by its id, or a frame of those that hold every word of ``search``; of all without either.

    Parameters
    ----------
    ident : id of a fact, table, claim, rule or parameter, or key of a source.
    search : words, in any case and order.

    Returns
    -------
    An `Entry`, or a Polars frame with ``kind``, ``id``, ``title`` and ``grade``.

    Raises
    ------
    InputError : nothing has this id; with the nearest spelling.

    Examples
    --------
    >>> import premortem as pm
    >>> pm.evidence("state.arrests").record.unit
    'person/week'
    >>> pm.evidence(search="methamphetamine price").columns
    ['kind', 'id', 'title', 'grade']
    """
    known = links.everything()
    if ident:
        if ident not in known:
            raise ledger.unknown(ident, known)
        return Entry(known[ident])
    from premortem.api import frames

    found = map(Entry, ledger.matching(known.values(), search))
    rows = ({"kind": e.kind, "id": e.id, "title": e.title, "grade": getattr(e.record, "grade", "")} for e in found)
    return frames.of_records(rows, frames.ENTRY)


def _ids(entries: tuple[Entry, ...]) -> str:
    return ", ".join(entry.id for entry in entries)
