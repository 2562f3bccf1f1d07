"""What encodes a claim of the ledger: fields of the op-ed's plan, parameters, levers, outcomes, lint rules, predictions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from premortem.evidence import Claim, outcomes
from premortem.evidence import load as load_evidence
from premortem.evidence.parameters import load as load_parameters
from premortem.lint import rules
from premortem.plan.language import catalogue
from premortem.plan.language.load import LoadedPlan, load, load_text
from premortem.plan.telling.difference import differences

PLAN = "border_task_forces"
"""The op-ed's plan."""


@dataclass(frozen=True)
class Encoding:
    """What encodes a claim, each by its ids.

    ``fields`` are the paths of the op-ed's plan that the altered plans of the claim change, ``expectations`` the observables that the plan
    predicts because of it, ``rules`` codes of the linter.
    """

    fields: tuple[str, ...]
    parameters: tuple[str, ...]
    levers: tuple[str, ...]
    outcomes: tuple[str, ...]
    rules: tuple[str, ...]
    expectations: tuple[str, ...]


@cache
def plan() -> LoadedPlan:
    """Return the op-ed's plan."""
    return load(PLAN)


@cache
def altered(claim: Claim) -> tuple[LoadedPlan, ...]:
    """Return the altered plans of a claim.

    Raises
    ------
    InputError
        If one is not a valid variant of the op-ed's plan.
    """
    return tuple(load_text(f'extends = "{PLAN}"\n{text}\n', f"claim {claim.id}") for text in claim.altered)


@cache
def encoding(claim: Claim) -> Encoding:
    """Return what encodes a claim: what names it, what rests on it or on its evidence, and what it states itself."""
    rests_on = {claim.id, *claim.evidence}
    law = {*claim.rules, *(rule.id for rule in load_evidence().rules.values() if claim.id in rule.claims)}
    changed = (change.path for variant in altered(claim) for change in differences(plan().plan, variant.plan))
    known = load_parameters().values()
    carrying = (p.id for p in known if rests_on & {*p.facts})
    return Encoding(
        fields=tuple(dict.fromkeys(changed)),
        parameters=tuple(dict.fromkeys([*claim.parameters, *carrying])),
        levers=tuple(lever.id for lever in catalogue.levers().values() if rests_on & {*lever.facts}),
        outcomes=tuple(outcome.id for outcome in outcomes.load().values() if claim.id in outcome.claims),
        rules=tuple(rule.code for rule in rules().values() if rule.law in law or rests_on & {*rule.facts}),
        expectations=tuple(expect.outcome for expect in plan().plan.expect if expect.claim == claim.id),
    )
