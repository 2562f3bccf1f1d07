"""What a plan changes of the findings on another: usually a variant against the plan that it extends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from premortem.lint.finding import Finding
from premortem.lint.rule import SEVERITIES
from premortem.plan.language.extends import find
from premortem.plan.language.load import LoadedPlan

Place = tuple[str, str]
"""A rule's code, and the field or element that it finds."""


@dataclass(frozen=True)
class Change:
    """Findings of two plans side by side, each in the order of `lint`.

    ``added``: of the plan, at a place where the rule finds nothing in the other, or finds it less grave or less sure. ``kept``: the rest
    of the plan's. ``cured``: of the other plan, where the rule finds none of its places any more.
    """

    added: tuple[Finding, ...]
    cured: tuple[Finding, ...]
    kept: tuple[Finding, ...]

    def record(self) -> dict[str, list[dict[str, Any]]]:
        """Return plain data: ``added``, ``cured`` and ``kept``."""
        return {name: [one.record() for one in getattr(self, name)] for name in ("added", "cured", "kept")}


def against(plan: LoadedPlan, findings: Iterable[Finding], other: LoadedPlan, before: Iterable[Finding]) -> Change:
    """Return what a plan adds to, cures and keeps of what the linter finds ``before`` in another plan.

    A finding is known by its rule and its places; its message may change (a count of open fields). An item of a list is known by what it
    says, not by its number.
    """
    was: dict[Place, tuple[int, int]] = {}
    before = tuple(before)
    for finding in before:
        for place in _places(finding, other):
            was[place] = max(was.get(place, (0, 0)), _gravity(finding))
    added, kept, remain = list[Finding](), list[Finding](), set[Place]()
    for finding in findings:
        places = set(_places(finding, plan))
        remain |= places
        graver = any(place not in was or _gravity(finding) > was[place] for place in places)
        (added if graver else kept).append(finding)
    cured = (one for one in before if remain.isdisjoint(_places(one, other)))
    return Change(tuple(added), tuple(cured), tuple(kept))


def _gravity(finding: Finding) -> tuple[int, int]:
    return len(SEVERITIES) - SEVERITIES.index(finding.severity), 0 if finding.open else 1


def _places(finding: Finding, plan: LoadedPlan) -> Iterator[Place]:
    for path in (finding.where.key, *finding.also):
        whole, _, last = path.rpartition(".")
        item = find(plan.root, path) if last.isdigit() else None
        yield finding.code, path if item is None else f"{whole}.{item.plain()}"
