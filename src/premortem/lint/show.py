"""How findings and rules are shown: text with the source and a caret, and the long explanation of a rule."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from premortem.evidence import load as load_evidence
from premortem.lint.catalogue import UNVERIFIED
from premortem.lint.finding import Finding
from premortem.lint.rule import Rule
from premortem.plan.language.load import LoadedPlan

WIDTH = 110
GRADES = {
    "A": "text or official record seen",
    "B": "read through a secondary source",
    "C": "judgement",
    UNVERIFIED: "from memory, not verified: not to be read as law",
}


def text(finding: Finding, plan: LoadedPlan) -> str:
    """Return a finding for people: place, code, severity, message, citation, the line with a caret, what it turns on."""
    label = f"{finding.severity}, open" if finding.open else finding.severity
    citation = f" ({finding.rule.citation})" if finding.rule.citation else ""
    place = f"{finding.where.file}:{finding.where.line}:{finding.where.column}"
    lines = [f"{place} {finding.code} [{label}] {finding.message}{citation}", *_excerpt(finding, plan)]
    notes = []
    if finding.depends_on:
        turns = [path if plan.stated(path) else f"{path} (not stated)" for path in finding.depends_on]
        notes.append("depends on " + ", ".join(turns))
    if finding.also:
        notes.append("also " + ", ".join(finding.also))
    if finding.phase:
        notes.append(f"as phase {finding.phase} leaves the plan")
    margin = " " * (len(str(finding.where.line)) + 3)
    lines += [f"{margin}= {line}" for note in notes for line in _wrapped(note)]
    return "\n".join(lines)


def _excerpt(finding: Finding, plan: LoadedPlan) -> Iterator[str]:
    where = finding.where
    source = plan.texts.get(where.file, "").splitlines()
    if not 0 < where.line <= len(source):
        return
    line = source[where.line - 1].expandtabs(1)
    number = str(where.line)
    yield f" {number} | {line}"
    rest = line[where.column - 1 :]
    length = len(rest.split("=", 1)[0].split("#", 1)[0].rstrip()) or 1
    yield f" {' ' * len(number)} | {' ' * (where.column - 1)}{'^' * length}"


def _wrapped(text: str) -> list[str]:
    first, *rest = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [first, *(f"  {line}" for line in rest)]


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
