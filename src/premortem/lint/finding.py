"""A finding: what a rule says of a plan, where, how surely, and on what it depends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from premortem.errors import Where
from premortem.lint.rule import Rule, Severity


@dataclass(frozen=True)
class Finding:
    """What a rule says of a plan.

    ``open`` findings hold for some values of the fields in ``depends_on``; ``also`` names further elements of which the
    same is true; ``phase`` is the phase that leaves the plan so, empty for its start.
    """

    rule: Rule
    severity: Severity
    message: str
    where: Where
    open: bool = False
    depends_on: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    phase: str = ""

    @property
    def code(self) -> str:
        """Code of its rule."""
        return self.rule.code

    def record(self) -> dict[str, Any]:
        """Return the finding as plain data (``premortem lint --format json``)."""
        return {
            "code": self.code,
            "name": self.rule.name,
            "severity": self.severity,
            "file": self.where.file,
            "line": self.where.line,
            "column": self.where.column,
            "path": self.where.key,
            "message": self.message,
            "citation": self.rule.citation,
            "grade": self.rule.grade,
            "open": self.open,
            "depends_on": list(self.depends_on),
            "also": list(self.also),
            "phase": self.phase,
            "facts": list(self.rule.facts),
        }
