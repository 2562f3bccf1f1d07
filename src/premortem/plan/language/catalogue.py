"""Catalogues of the plan language: the words, levers and observables a plan may name, read from data.

Units, bases, services, states and other names of the world are its theatre's (``premortem.theatre.glossary``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from premortem.evidence import parameters
from premortem.evidence.reading import Entry, data, document
from premortem.model.index_sets import LOWERED_LEVERS
from premortem.theatre.glossary import Glossary, Vocabulary
from premortem.theatre.glossary import of as glossary_of

if TYPE_CHECKING:
    from premortem.evidence.distributions import Distribution


@cache
def _moves() -> Mapping[str, Any]:
    """Return lever_moves.json, written by scripts/lever_moves.py from simulations."""
    found: dict[str, Any] = json.loads(data().joinpath("lever_moves.json").read_text(encoding="utf-8"))
    return found


class Price(Entry):
    """What one unit of a lever's level costs above the status quo, million USD of 2025: median and 5 to 95 percent of the prior.

    ``musd_once`` is paid once for each unit by which the level is higher than ever before.
    """

    musd_a_year: float
    low: float
    high: float
    musd_once: float = 0.0
    once_low: float = 0.0
    once_high: float = 0.0
    payer: str
    parameter: str


def _parameter(ident: str) -> Distribution | None:
    """Return the prior of a parameter, if there is one."""
    found = parameters.load().get(ident)
    return found.distribution if found else None


class Lever(Entry):
    """Something a ``[[measure]]`` can move.

    ``low``, ``high`` and ``status_quo`` are in ``unit``; ``facts`` stand behind the status quo or the effect;
    ``effect`` is the parameter that turns the level into an effect (empty: the level acts as it stands);
    ``payer`` is whose money pays for it; ``most_a_year`` the most by which its level can rise in a year (None: no limit is known);
    ``unpriced_reason`` says why no parameter ``cost.price`` has its price, where none has;
    ``law_tasks`` are the tasks of the law rules that the lever implies; ``joint`` is the channel of joint work of Mexico and the United
    States by which it comes (empty: it is in one country's own hand); a ``regional`` lever may be moved in some Mexican states only.
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
    payer: Literal["us_federal", "us_states", "mexico", "private"]
    most_a_year: float | None = None
    unpriced_reason: str = ""
    effect: str = ""
    law_tasks: tuple[str, ...] = ()
    joint: Literal["", "legal", "leads", "units"] = ""
    regional: bool = False

    @property
    def moves(self) -> tuple[str, ...]:
        """Outcomes that it moves by itself, or, where nothing moves by it alone, under the plan that lever_moves.json names."""
        return tuple(_moves()["moves"].get(self.id, ()))

    @property
    def price(self) -> Price | None:
        """What one unit of its level costs in a year, and once, by the priors of `cost`; None where ``unpriced_reason`` says why not."""
        each, once = (_parameter(f"cost.{part}.{self.id.replace('.', '_')}") for part in ("price", "start"))
        if each is None:
            return None
        (low, high), (once_low, once_high) = each.interval(), once.interval() if once else (0.0, 0.0)
        return Price(
            musd_a_year=float(each.median()),
            low=float(low),
            high=float(high),
            musd_once=float(once.median()) if once else 0.0,
            once_low=float(once_low),
            once_high=float(once_high),
            payer=self.payer,
            parameter=f"cost.price.{self.id.replace('.', '_')}",
        )

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, with its price and what it moves."""
        price = self.price and self.price.model_dump(mode="json")
        return self.model_dump(mode="json") | {"price": price, "moves": list(self.moves)}

    def yearly_cost(self, level: float) -> tuple[float, float, float] | None:
        """Return what holding a level costs in a year, million USD: low, median, high; None without a price. A cut saves nothing."""
        price = self.price
        if price is None:
            return None
        pulled = max(self.status_quo - level if self.id in LOWERED_LEVERS else level - self.status_quo, 0.0)
        return price.low * pulled, price.musd_a_year * pulled, price.high * pulled


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


class Choice(Entry):
    """A value that an open field may take, with its weight against the others."""

    value: bool | int | str | tuple[str, ...]
    weight: float


class OpenLaw(Entry):
    """What an open field is drawn from: ``prior``, ``choices`` (value and weight) or ``probability``; else what ``note`` says holds.

    A field that is not ``sampled`` matters to the linter only. ``prior_of_standing`` is of a share of what a service has, and
    ``prior_of_units`` of the number of units, where that is what is drawn; ``prior_elsewhere`` of a plan of another
    author than the United States.
    """

    path: str
    prior: str = ""
    prior_of_standing: str = ""
    prior_of_units: str = ""
    prior_elsewhere: str = ""
    choices: tuple[Choice, ...] = ()
    probability: float | None = None
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
        if self.prior_of_standing:
            law = f"{self.prior}, or {self.prior_of_standing} of what stands there"
        if self.prior_of_units:
            law = f"{self.prior}; of aircraft alone {self.prior_of_units} units"
        if self.prior_elsewhere:
            law = f"{self.prior}; of an author other than the United States {self.prior_elsewhere}"
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


E = TypeVar("E", bound=Entry)


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
def open_laws() -> Mapping[str, OpenLaw]:
    """Return the laws of open fields by field path."""
    return _entries(OpenLaw, document("open_fields.toml")["field"], key="path")


def vocabulary(name: str, glossary: Glossary | None = None) -> Vocabulary:
    """Return a vocabulary by name: one made from a catalogue, one of the theatre, or a table of ``vocabulary.toml``.

    A theatre's words stand beside those of the language; of a vocabulary that neither has there are no words.

    Parameters
    ----------
    glossary : of the plan's theatre; by default of the default theatre.
    """
    if name in CATALOGUES:
        return CATALOGUES[name]()
    own = (glossary or default_glossary()).vocabulary(name)
    words = document("vocabulary.toml").get(name, {})
    if own is None:
        return Vocabulary(name, MappingProxyType(words))
    return Vocabulary(name, words | own.words, own.aliases) if words else own


@cache
def default_glossary() -> Glossary:
    """Return the glossary of the default theatre."""
    return glossary_of()


def vocabularies() -> tuple[str, ...]:
    """Return the names of the vocabularies of words, with the default theatre's (catalogues of things are apart)."""
    return tuple(dict.fromkeys([*default_glossary().vocabularies(), *document("vocabulary.toml")]))


def _sources() -> Vocabulary:
    known = {source["key"]: source["title"] for source in document("evidence/sources.toml")["source"]}
    return Vocabulary("source", MappingProxyType(known | {"project": "this project's own proposal or test"}))


def _claims() -> Vocabulary:
    return Vocabulary(
        "claim", MappingProxyType({c["id"]: c["paraphrase"] for c in document("evidence/claims.toml")["claim"]})
    )


CATALOGUES: Mapping[str, Callable[[], Vocabulary]] = {
    "lever": cache(lambda: Vocabulary("lever", {lever.id: lever.meaning for lever in levers().values()})),
    "observable": cache(lambda: Vocabulary("observable", {o.id: o.meaning for o in observables().values()})),
    "source": cache(_sources),
    "claim": cache(_claims),
}
