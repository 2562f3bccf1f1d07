"""How a rule is explained at length."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from premortem.evidence import load as load_evidence
from premortem.lint.catalogue import UNVERIFIED
from premortem.lint.rule import Rule

WIDTH = 110
GRADES = {
    "A": "text or official record seen",
    "B": "read through a secondary source",
    "C": "judgement",
    UNVERIFIED: "from memory, not verified: not to be read as law",
}


def explanation(rule: Rule, translated: Callable[[str], str] = str) -> str:
    """Return everything that is known of a rule, for people; ``translated`` puts English into their language."""

    def paragraph(heading: str, text: str) -> list[str]:
        words = f"{translated(heading)}: {translated(text)}"
        return textwrap.wrap(words, WIDTH, subsequent_indent="  ", break_on_hyphens=False) if text else []

    ledger = load_evidence()
    law = ledger.rules.get(rule.law)
    grade = f" [{rule.grade}: {translated(GRADES[rule.grade])}]" if rule.grade else ""
    parts = [
        f"{rule.code} {rule.name} [{translated(rule.severity)}]",
        "",
        *paragraph("When", rule.when),
        *paragraph("Says", rule.message),
        *paragraph("Source", rule.citation + grade),
        *paragraph("Disputed", rule.dispute),
        *paragraph("Cure", rule.cure),
        *paragraph("In the ledger", f"{rule.law}: premortem evidence show {rule.law}" if law else ""),
    ]
    for ident in rule.facts:
        parts += paragraph("Beside it", f"{translated(ledger.facts[ident].statement)} ({ident})")
    parts += [
        "",
        translated("A plan that it finds (on top of the plan lint_base):"),
        textwrap.indent(rule.fails.strip(), "    "),
    ]
    passes = rule.passes.strip() or "# lint_base as it is"
    parts += ["", translated("A plan that it does not find:"), textwrap.indent(passes, "    ")]
    return "\n".join(parts)
