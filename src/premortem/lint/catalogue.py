"""The catalogue of rules: the cards of ``data/lint`` and of the ledger, joined to the checks of ``checks``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence import load as load_evidence
from premortem.evidence.reading import document
from premortem.lint.rule import CHECKS, Rule, Severity
from premortem.lint.words import count, money

GROUPS: tuple[str, ...] = (
    "authority_home",
    "authority_war",
    "authority_detention",
    "authority_international",
    "authority_partners",
    "authority_agreements",
    "authority_sea",
    "forces",
    "zone",
    "ends",
    "claims",
    "cost",
)
"""Each a module of ``checks`` with its file of cards in ``data/lint``."""
FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "AU": "Authority and law",
        "FO": "Forces",
        "ZO": "The zone",
        "EN": "Ends and means",
        "CL": "Claims",
        "CO": "Cost",
    }
)
ABOUT_FIELDS = frozenset({"EN122", "EN129"})
"""Rules about a plan's fields as such, whatever they say: how many are open, which nothing simulates."""
UNVERIFIED = "M"
"""Grade of a citation from memory: the rule says so and does not state it as law."""
BRACES = re.compile(r"\{([a-z][a-z0-9_.]*)(?::([^{}]*))?\}")


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by code.

    Raises
    ------
    DataError
        If a card has no check, a check no card, or a card names what the ledger does not hold.
    """
    found: dict[str, Rule] = {}
    for group in GROUPS:
        import_module(f"premortem.lint.checks.{group}")
        for card in document(f"lint/{group}.toml")["rule"]:
            found[card["code"]] = _rule(card, group)
    if stray := set(CHECKS) - set(found):
        raise DataError(Problem("lint_rule", f"checks without a card: {', '.join(sorted(stray))}"))
    return MappingProxyType({code: found[code] for code in sorted(found, key=_order)})


def rule_of(code: str) -> Rule:
    """Return a rule by its code, in any case.

    Raises
    ------
    InputError
        If there is none, with the nearest code.
    """
    known = rules()
    if code.upper() in known:
        return known[code.upper()]
    near = nearest(code.upper(), known)
    raise InputError(
        Problem("unknown_rule", "no such rule", found=code, allowed="a code of `premortem lint --rules`", nearest=near)
    )


def fill(text: str, values: Mapping[str, str], *, keep: bool = False) -> str:
    """Return a text with its braces filled: ``{name}`` by a value, ``{fact.id:spec}`` by the number of a fact.

    After a fact's id, ``.low`` and ``.high`` ask for the ends of its range. Numbers are written as by ``words.count``; the
    specification is one of ``format`` for shares in percent, or ``usd`` for amounts in million USD. ``keep``
    leaves unknown braces as they are.

    Raises
    ------
    DataError
        If something in braces is neither.

    Examples
    --------
    >>> fill("{n} of {us.socom.personnel}", {"n": "7"})
    '7 of 70,000'
    """

    def put(match: re.Match[str]) -> str:
        name, spec = match[1], match[2]
        if name in values:
            return values[name]
        facts = load_evidence().facts
        ident, _, end = name.rpartition(".") if name.rpartition(".")[2] in {"low", "high"} else (name, "", "value")
        if ident not in facts or (number := getattr(facts[ident], end)) is None:
            if keep:
                return match[0]
            raise DataError(Problem("lint_message", f"nothing fills {{{name}}}"))
        if spec is None:
            return count(number)
        return money(number) if spec == "usd" else format(number, spec)

    return BRACES.sub(put, text)


def _order(code: str) -> tuple[int, str]:
    return list(FAMILIES).index(code[:2]), code


def _rule(card: Mapping[str, Any], group: str) -> Rule:
    code, file = card["code"], f"lint/{group}.toml"
    ledger = load_evidence()
    if code not in CHECKS:
        raise DataError(Problem("lint_rule", f"{code} has no check", Where(file)))
    law = str(card.get("law", ""))
    if law and law not in ledger.rules:
        raise DataError(Problem("lint_rule", f"{code}: the ledger has no rule {law!r}", Where(file)))
    if unknown := [ident for ident in card.get("facts", ()) if ident not in ledger.facts]:
        raise DataError(Problem("lint_rule", f"{code}: the ledger has no fact {', '.join(unknown)}", Where(file)))
    told = ledger.rules[law] if law else None
    severity = told.severity if told else card["severity"]
    message = f"{told.finding} {card.get('record', '')}".strip() if told else card["message"]
    return Rule(
        code=code,
        name=card["name"],
        severity=cast("Severity", severity),
        when=fill(card["when"], {}, keep=True),
        message=fill(message, {}, keep=True),
        citation=told.citation if told else card["citation"],
        dispute=fill((told.dispute if told else card.get("dispute", "")).removesuffix("None."), {}),
        cure=(told.cures if told else "") or card.get("cure", ""),
        grade=told.grade if told else card.get("grade", ""),
        law=law,
        facts=tuple(card.get("facts", ())),
        fails=card["fails"],
        passes=card["passes"],
        check=CHECKS[code],
    )
