"""Catalogues of the plan language: the words, units, bases, levers and observables a plan may name, read from data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from premortem.evidence.reading import Entry, data, document

THEATRE = "theatres/us-mexico"


class Lever(Entry):
    """Something a ``[[measure]]`` can move.

    ``low``, ``high`` and ``status_quo`` are in ``unit``; ``facts`` stand behind the status quo or the effect;
    ``effect`` is the parameter that turns the level into an effect (empty: the level acts as it stands);
    ``law_tasks`` are the tasks of the law rules that the lever implies.
    """

    id: str
    meaning: str
    unit: str
    low: float
    high: float
    status_quo: float
    who: str
    mechanisms: tuple[str, ...]
    facts: tuple[str, ...]
    cost_basis: str
    effect: str = ""
    law_tasks: tuple[str, ...] = ()


class Observable(Entry):
    """A quantity that a condition may look at; decision-makers know it ``lag_weeks`` late, with an ``error``.

    It is the sum of ``outcomes``; ``form`` is what is made of their weekly values, ``error`` a log standard deviation.
    """

    id: str
    unit: str
    lag_weeks: int
    meaning: str
    outcomes: tuple[str, ...] = ()
    form: Literal["cumulative", "weekly", "level"] = "level"
    error: float = 0.0


class Unit(Entry):
    """A type of unit. ``people`` and ``inventory`` are None where nothing is published.

    ``people`` counts persons in one unit (``people_low`` to ``people_high``), ``inventory`` units in being,
    ``home_per_away`` the policy goal of years at home per year away.
    """

    id: str
    name: str
    service: str
    component: str
    role: str
    evidence: Mapping[str, str]
    people: int | None = None
    people_low: int | None = None
    people_high: int | None = None
    inventory: int | None = None
    home_per_away: float | None = None


class Base(Entry):
    """A base that can be the headquarters of a task force, with its US state."""

    id: str
    name: str
    state: str


class Choice(Entry):
    """A value that an open field may take, with its weight against the others."""

    value: bool | int | str | tuple[str, ...]
    weight: float


class OpenLaw(Entry):
    """What an open field is drawn from: ``prior``, ``choices`` (value and weight) or ``probability``; else see ``note``.

    ``read_by`` names the mechanism that treats the open field itself; a field that is not ``sampled`` matters to the
    linter only.
    """

    path: str
    prior: str = ""
    choices: tuple[Choice, ...] = ()
    probability: float | None = None
    read_by: str = ""
    sampled: bool = True
    note: str = ""
    facts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The law in words.

        >>> OpenLaw(path="zone.warning", prior="uniform(0, 1)", note="an example").text
        'uniform(0, 1); an example'
        """
        weights = {choice.weight for choice in self.choices}
        shown = [_shown(choice.value) for choice in self.choices]
        law = self.prior
        if len(shown) == 1:
            law = shown[0]
        elif len(weights) == 1:
            law = "one of " + ", ".join(shown)
        elif shown:
            law = ", ".join(f"{value} {choice.weight:g}" for value, choice in zip(shown, self.choices, strict=True))
        elif self.probability is not None:
            law = f"true {self.probability:g}"
        elif not self.sampled:
            law = "not sampled"
        facts = f" [{', '.join(self.facts)}]" if self.facts else ""
        return "; ".join(part for part in (law, self.note) if part) + facts


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "{" + ", ".join(value) + "}"
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Vocabulary:
    """The allowed values of one kind of field: each ``words`` entry with its meaning; ``aliases`` lead to words."""

    name: str
    words: Mapping[str, str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, word: object) -> bool:
        return word in self.words or word in self.aliases

    @property
    def ascii(self) -> bool:
        """Whether every word is plain ASCII, so that any other letter is a look-alike."""
        return all(word.isascii() for word in self.words)


E = TypeVar("E", bound=Entry)


def _text(path: str) -> str:
    return data().joinpath(*path.split("/")).read_text(encoding="utf-8")


def _rows(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(path).splitlines()))


def _entries(kind: type[E], entries: Iterable[Mapping[str, Any]], key: str = "id") -> Mapping[str, E]:
    return MappingProxyType({entry[key]: kind.model_validate(entry) for entry in entries})


@cache
def levers() -> Mapping[str, Lever]:
    """Return the levers by id."""
    return _entries(Lever, document("levers.toml")["lever"])


@cache
def observables() -> Mapping[str, Observable]:
    """Return the observables of conditions by id."""
    return _entries(Observable, document("observables.toml")["observable"])


@cache
def bases() -> Mapping[str, Base]:
    """Return the bases by id."""
    return _entries(Base, document(f"{THEATRE}/bases.toml")["base"])


@cache
def units() -> Mapping[str, Unit]:
    """Return the unit types by id, with size and inventory from the evidence table ``units``."""
    table = {(row["unit_type"], row["component"]): row for row in _rows("evidence/tables/units.csv")}
    entries = []
    for entry in document(f"{THEATRE}/units.toml")["unit"]:
        row = table[entry["evidence"]["unit_type"], entry["evidence"]["component"]]
        numbers = {
            "people": row["personnel_direct"],
            "people_low": row["personnel_direct_low"],
            "people_high": row["personnel_direct_high"],
            "inventory": row["inventory_units"],
        }
        entries.append(entry | {name: int(text) for name, text in numbers.items() if text})
    return _entries(Unit, entries)


@cache
def facing() -> Mapping[str, tuple[str, ...]]:
    """Return, by US state, the Mexican states across the line from it, longest shared line first."""
    pairs = [(row["us_state"], row["mx_state"]) for row in _rows("geo/cross_border_adjacency.csv")]
    return MappingProxyType({us: tuple(mx for side, mx in pairs if side == us) for us in dict(pairs)})


@cache
def open_laws() -> Mapping[str, OpenLaw]:
    """Return the laws of open fields by field path."""
    return _entries(OpenLaw, document("open_fields.toml")["field"], key="path")


@cache
def vocabulary(name: str) -> Vocabulary:
    """Return a vocabulary by name: a table of ``vocabulary.toml``, or one made from a catalogue.

    Catalogue names are ``unit``, ``base``, ``lever``, ``observable``, ``region``, ``mx_border``, ``org``, ``source``,
    ``claim``.
    """
    if name in CATALOGUES:
        return CATALOGUES[name]()
    return Vocabulary(name, MappingProxyType(document("vocabulary.toml")[name]))


def vocabularies() -> tuple[str, ...]:
    """Return the names of the vocabularies of words (catalogues of things are apart)."""
    return tuple(document("vocabulary.toml"))


def _regions(border_only: bool) -> Vocabulary:
    rows = [row for row in _rows("geo/mx_states.csv") if not border_only or row["on_us_border"] == "1"]
    return Vocabulary(
        "mx_border" if border_only else "region",
        MappingProxyType({row["name"]: row["iso"] for row in rows}),
        MappingProxyType({row["iso"]: row["name"] for row in rows}),
    )


def _sources() -> Vocabulary:
    known = {source["key"]: source["title"] for source in document("evidence/sources.toml")["source"]}
    return Vocabulary("source", MappingProxyType(known | {"project": "this project's own proposal or test"}))


def _claims() -> Vocabulary:
    return Vocabulary(
        "claim", MappingProxyType({c["id"]: c["paraphrase"] for c in document("evidence/claims.toml")["claim"]})
    )


def _organisations() -> Vocabulary:
    named = {entry["id"]: entry["name"] for entry in document(f"{THEATRE}/organisations.toml")["organisation"]}
    return Vocabulary("org", MappingProxyType(named | document("vocabulary.toml")["org"]))


CATALOGUES = {
    "unit": lambda: Vocabulary("unit", {unit.id: unit.name for unit in units().values()}),
    "base": lambda: Vocabulary("base", {base.id: base.name for base in bases().values()}),
    "lever": lambda: Vocabulary("lever", {lever.id: lever.meaning for lever in levers().values()}),
    "observable": lambda: Vocabulary("observable", {o.id: o.meaning for o in observables().values()}),
    "region": lambda: _regions(border_only=False),
    "mx_border": lambda: _regions(border_only=True),
    "source": _sources,
    "claim": _claims,
    "org": _organisations,
}
