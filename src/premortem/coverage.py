"""Whether every claim of the op-ed does something in the software: shown by altering the plan, and by what rests on the evidence.

A claim with altered plans is covered if each of them changes what the simulation receives (the compiled controls of some futures), or what
the linter finds. Findings that would change whatever is altered do not count: those about the list of claims (the family CL), and those
about fields as such.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from premortem import claims, theatre
from premortem.evidence import Claim
from premortem.lint import lint
from premortem.lint.catalogue import ABOUT_FIELDS
from premortem.model.controls import Controls
from premortem.plan.controls.compile import compile_plan
from premortem.plan.language.load import LoadedPlan

FUTURES = 4
WEEKS = 156
SEED = 1
ABOUT_CLAIMS = "CL"
NOT_CHECKABLE = "not checkable"


@dataclass(frozen=True)
class Alteration:
    """An altered plan: its text, the controls that differ from those of the op-ed's plan, and the rules that find something else."""

    plan: str
    controls: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether it changes anything that the software computes."""
        return bool(self.controls or self.rules)


@dataclass(frozen=True)
class Cover:
    """What was found of one claim; ``lacking`` says in words what is missing, and is empty where the claim is covered."""

    claim: Claim
    alterations: tuple[Alteration, ...]
    lacking: str

    @property
    def covered(self) -> bool:
        """Whether nothing is missing."""
        return not self.lacking

    @property
    def simulated(self) -> bool:
        """Whether it acts in the simulation: each altered plan changes the controls; without one, parameters or outcomes carry it."""
        if self.alterations:
            return all(alteration.controls for alteration in self.alterations)
        encoding = claims.encoding(self.claim)
        return bool(encoding.parameters or encoding.outcomes)

    @property
    def linted(self) -> bool:
        """Whether it acts in the linter: each altered plan changes the findings; of a claim without, rules carry it."""
        if self.alterations:
            return all(alteration.rules for alteration in self.alterations)
        return bool(claims.encoding(self.claim).rules)


def coverage(which: Iterable[Claim]) -> tuple[Cover, ...]:
    """Return what covers each claim.

    Raises
    ------
    InputError
        If an altered plan is not valid.
    """
    controls, found = _controls(claims.plan()), _findings(claims.plan())

    def alteration(text: str, variant: LoadedPlan) -> Alteration:
        codes = {code for code, *_ in found ^ _findings(variant)}
        return Alteration(text, tuple(differing(controls, _controls(variant))), tuple(sorted(codes)))

    covers = []
    for claim in which:
        made = tuple(map(alteration, claim.altered, claims.altered(claim)))
        covers.append(Cover(claim, made, _lacking(claim, made)))
    return tuple(covers)


def _lacking(claim: Claim, alterations: tuple[Alteration, ...]) -> str:
    """Return what keeps a claim from being covered, by its kind."""
    encoding = claims.encoding(claim)
    for alteration in alterations:
        if not alteration.changes:
            return f"nothing changes with: {alteration.plan}"
    accounted_for = claim.verdict == NOT_CHECKABLE and bool(claim.finding)
    computed = bool(encoding.parameters or encoding.outcomes or encoding.rules)
    match claim.kind:
        case "plan-element":
            return "" if alterations else "no altered plan"
        case "legal":
            return "" if encoding.rules else "no lint rule"
        case "prediction":
            return (
                ""
                if claim.evidence and encoding.outcomes and encoding.expectations
                else "no fact, outcome or [[expect]]"
            )
        case "empirical":
            return (
                ""
                if accounted_for or (claim.evidence and computed)
                else "no fact, or neither parameter, outcome nor rule"
            )
        case _:
            return "" if accounted_for or encoding.outcomes or encoding.rules else "neither outcome nor rule"


def _controls(plan: LoadedPlan) -> Controls:
    return compile_plan(plan, theatre.load(), seed=SEED, futures=np.arange(FUTURES), weeks=WEEKS).controls


def _findings(plan: LoadedPlan) -> set[tuple[str, str, str, bool]]:
    told = (f for f in lint(plan) if f.rule.family != ABOUT_CLAIMS and f.code not in ABOUT_FIELDS)
    return {(f.code, f.where.key, f.message, f.open) for f in told}


def differing(first: Any, second: Any) -> Iterator[str]:
    """Yield the names of the parts in which two controls differ."""
    for field in dataclasses.fields(first):
        one, other = getattr(first, field.name), getattr(second, field.name)
        if dataclasses.is_dataclass(one):
            yield from (f"{field.name}.{name}" for name in differing(one, other))
        elif not (np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other):
            yield field.name
