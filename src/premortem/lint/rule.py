"""What a rule is: its card (text, citation, examples), its check, and the hits that a check yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from premortem.lint.logic import Truth, known

if TYPE_CHECKING:
    from premortem.lint.plan_view import PlanView

Severity = Literal["violation", "exposure", "needs-authority", "notice"]
SEVERITIES: tuple[Severity, ...] = ("violation", "exposure", "needs-authority", "notice")
"""Highest first."""


@dataclass(frozen=True)
class Hit:
    """One place where the condition of a rule holds, or may hold.

    ``path`` is the field or element it is about; ``values`` fill the braces of the rule's message.
    """

    truth: Truth
    path: str
    values: Mapping[str, str] = field(default_factory=dict)

    def joined(self, other: Hit) -> Hit:
        """Return the hit that holds where this or another on the same path does, with the surer one's values.

        Hits of one rule share its condition: of two open ones, that which depends on less holds whenever the other does.
        """
        surer, less = (other, self) if other.truth.level > self.truth.level else (self, other)
        depends = surer.truth.depends, less.truth.depends
        if surer.truth.level > less.truth.level or depends[0] <= depends[1]:
            return surer
        return less if depends[1] <= depends[0] else Hit(surer.truth | less.truth, self.path, surer.values)


def hit(truth: Truth | bool, path: str, **values: str) -> Hit:
    """Return a hit; one whose truth is false is none."""
    return Hit(known(truth), path, values)


Check = Callable[["PlanView"], Iterable[Hit]]
CHECKS: dict[str, Check] = {}
"""The check of every rule, by code; filled as the modules of ``checks`` are imported."""


def rule(code: str) -> Callable[[Check], Check]:
    """Register a function as the check of the rule ``code``."""

    def register(check: Check) -> Check:
        assert code not in CHECKS, f"{code} is registered twice"
        CHECKS[code] = check
        return check

    return register


@dataclass(frozen=True)
class Rule:
    """A rule of the linter.

    ``grade`` is that of the citation in the ledger's rules (empty where the rule states no law of its own), ``when``
    its condition in words, ``facts`` the entries of the ledger it reads or sets beside the plan, ``fails`` and
    ``passes`` plans in TOML, read on top of the plan ``lint_base``.
    """

    code: str
    name: str
    severity: Severity
    when: str
    message: str
    citation: str
    dispute: str
    cure: str
    grade: str
    law: str
    facts: tuple[str, ...]
    fails: str
    passes: str
    check: Check = field(repr=False)

    @property
    def family(self) -> str:
        """The first two letters of its code."""
        return self.code[:2]
