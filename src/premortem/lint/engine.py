"""Runs the rules over a plan as it starts and as each phase leaves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from premortem.errors import Where
from premortem.lint.catalogue import UNVERIFIED, fill, rules
from premortem.lint.finding import Finding
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, Rule, Severity
from premortem.plan.language.extends import find
from premortem.plan.language.load import LoadedPlan, State


@dataclass(frozen=True)
class _Seen:
    """A hit, the state of the plan in which it was seen, and its filled message."""

    hit: Hit
    state: State
    message: str


def lint(plan: LoadedPlan) -> tuple[Finding, ...]:
    """Return what every rule finds in a plan, in the order of lines, then of codes.

    A rule that hits one place in several states of the plan keeps the surest hit, then the earliest. Hits of one rule
    that say the same of several elements become one finding at the first of them.
    """
    cases = [(state, PlanView(state.plan, plan.states)) for state in plan.states]
    found = [finding for rule in rules().values() for finding in _findings(rule, plan, cases)]
    return tuple(
        sorted(found, key=lambda f: (f.where.file != plan.file, f.where.line, f.where.column, f.code, f.message))
    )


def _findings(rule: Rule, plan: LoadedPlan, cases: Iterable[tuple[State, PlanView]]) -> Iterator[Finding]:
    surest: dict[str, _Seen] = {}
    for state, case in cases:
        here: dict[str, Hit] = {}
        for hit in rule.check(case):
            if hit.truth.possible:
                here[hit.path] = here[hit.path].joined(hit) if hit.path in here else hit
        for path, hit in here.items():
            if path not in surest or hit.truth.level > surest[path].hit.truth.level:
                surest[path] = _Seen(hit, state, fill(rule.message, hit.values).strip())
    same: dict[tuple[str, bool, str], list[_Seen]] = {}
    for seen in surest.values():
        same.setdefault((seen.message, seen.hit.truth.is_open, seen.state.phase), []).append(seen)
    for group in same.values():
        yield _finding(rule, plan, group)


def _finding(rule: Rule, plan: LoadedPlan, group: list[_Seen]) -> Finding:
    first, *rest = group
    depends = {path for seen in group for path in seen.hit.truth.depends}
    is_open = first.hit.truth.is_open
    severity: Severity = "exposure" if is_open and rule.severity == "violation" else rule.severity
    unverified = "Citation not verified, not to be read as law: " if rule.grade == UNVERIFIED else ""
    return Finding(
        rule,
        severity,
        unverified + first.message,
        _where(plan, first),
        is_open,
        tuple(sorted(depends)),
        tuple(seen.hit.path for seen in rest),
        first.state.phase,
    )


def _where(plan: LoadedPlan, seen: _Seen) -> Where:
    """Return the place of a hit: what the phase sets if it sets just that, else what the plan says."""
    path = seen.hit.path
    settings = find(plan.root, f"phase.{seen.state.phase}.set") if seen.state.phase else None
    node = settings.child(path) if settings else None
    return node.where(path) if node else plan.where(path)
