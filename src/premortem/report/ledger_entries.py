"""What the numbers of a report rest on: parameters by mechanism, the facts they name, claims, and the sources of it all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from premortem.evidence import ledger, parameters
from premortem.evidence.ledger import Claim, Fact, Source, Table
from premortem.evidence.parameters import Parameter
from premortem.report.material import Material


@dataclass(frozen=True)
class Entries:
    """Entries of the ledger that a report shows, in its order.

    ``mechanisms``: name -> parameters. ``outcomes_of``: mechanism -> ids of outcomes. ``facts`` and ``tables`` are those that a parameter,
    claim or finding names; ``sources`` those that anything shown names.
    """

    mechanisms: Mapping[str, tuple[Parameter, ...]]
    outcomes_of: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Fact]
    tables: Mapping[str, Table]
    claims: tuple[Claim, ...]
    sources: tuple[Source, ...]


def collect(material: Material) -> Entries:
    """Return what a study rests on."""
    known, book = parameters.load(), ledger.load()
    about = material.provenance
    mechanisms = {name: tuple(p for p in known.values() if p.mechanism == name) for name in about.recipe.mechanisms}
    outcomes_of: dict[str, tuple[str, ...]] = {}
    for outcome, mechanism in about.mechanism_of.items():
        outcomes_of[mechanism] = (*outcomes_of.get(mechanism, ()), outcome)
    claims = tuple(sorted(book.claims.values(), key=lambda claim: (claim.paragraph == 0, claim.paragraph)))
    named = set(_named(mechanisms, claims, material))
    facts = {id_: fact for id_, fact in book.facts.items() if id_ in named}
    tables = {id_: table for id_, table in book.tables.items() if id_ in named}
    citing: tuple[Fact | Table | Claim, ...] = (*facts.values(), *tables.values(), *claims)
    keys = {key for entry in citing for key in entry.sources}
    sources = tuple(
        sorted((book.sources[key] for key in keys), key=lambda s: (s.authors.casefold(), s.year or 0, s.key))
    )
    return Entries(mechanisms, outcomes_of, facts, tables, claims, sources)


def _named(mechanisms: Mapping[str, Iterable[Parameter]], claims: Iterable[Claim], material: Material) -> Iterator[str]:
    for members in mechanisms.values():
        for parameter in members:
            yield from parameter.facts
    for claim in claims:
        yield from claim.evidence
    for plan in material.plans:
        for finding in plan.findings:
            yield from finding.rule.facts


def span(parameter: Parameter) -> tuple[float, float] | None:
    """Return the range that holds nine draws in ten of a parameter that is one number."""
    if parameter.derived or parameter.axes:
        return None
    low, high = parameter.distribution.interval()
    return float(low), float(high)
