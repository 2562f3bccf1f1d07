"""How a rule is explained at length."""

from __future__ import annotations

import textwrap

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


def explanation(rule: Rule) -> str:
    """Return everything that is known of a rule, for people."""
    ledger = load_evidence()
    law = ledger.rules.get(rule.law)
    grade = f" [{rule.grade}: {GRADES[rule.grade]}]" if rule.grade else ""
    parts = [
        f"{rule.code} {rule.name} [{rule.severity}]",
        "",
        *_paragraph("When", rule.when),
        *_paragraph("Says", rule.message),
        *_paragraph("Source", rule.citation + grade),
        *_paragraph("Disputed", rule.dispute),
        *_paragraph("Cure", rule.cure),
        *_paragraph("In the ledger", f"{rule.law}: premortem evidence show {rule.law}" if law else ""),
    ]
    for ident in rule.facts:
        parts += _paragraph("Beside it", f"{ledger.facts[ident].statement} ({ident})")
    parts += ["", "A plan that it finds (on top of the plan lint_base):", textwrap.indent(rule.fails.strip(), "    ")]
    passes = rule.passes.strip() or "# lint_base as it is"
    parts += ["", "A plan that it does not find:", textwrap.indent(passes, "    ")]
    return "\n".join(parts)


def _paragraph(heading: str, text: str) -> list[str]:
    return textwrap.wrap(f"{heading}: {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) if text else []
