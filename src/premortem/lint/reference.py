"""The catalogue of rules as a page of the manual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from premortem.lint.catalogue import FAMILIES, rules
from premortem.lint.rule import SEVERITIES, Rule
from premortem.lint.show import GRADES

INTRODUCTION = """# Lint rules

Generated from the rules by `scripts/generate`; do not edit. `docs/lint.md` explains how they work.

What a rule says of law is a question for counsel, not advice. A violation that turns on an open field is shown as exposure.
Snippets are plans in TOML, read on top of the plan `lint_base` (`extends = "lint_base"` goes in front); the first is found
by the rule, the second is not, and both are tested. Numbers come from the evidence ledger when the rule runs.
"""


def page() -> str:
    """Return the page in Markdown."""
    return (
        "\n".join([INTRODUCTION, *_summary(), *(line for rule in rules().values() for line in _rule(rule))]).rstrip()
        + "\n"
    )


def _summary() -> Iterator[str]:
    counted = Counter((rule.family, rule.severity) for rule in rules().values())
    yield f"| family | {' | '.join(SEVERITIES)} | all |"
    yield "|---" * (len(SEVERITIES) + 2) + "|"
    for family, name in FAMILIES.items():
        counts = [counted[family, severity] for severity in SEVERITIES]
        yield f"| {family} {name} | {' | '.join(map(str, counts))} | {sum(counts)} |"
    yield ""


def _rule(rule: Rule) -> Iterator[str]:
    first = next(code for code in rules() if code.startswith(rule.family))
    if rule.code == first:
        yield f"## {rule.family}: {FAMILIES[rule.family]}\n"
    grade = f" [{rule.grade}: {GRADES[rule.grade]}]" if rule.grade else ""
    law = f"; `{rule.law}` of the ledger" if rule.law else ""
    yield f"### {rule.code} {rule.name}\n"
    yield f"**{rule.severity}** when {rule.when}.\n"
    yield f"> {rule.message}\n"
    yield f"- Source: {rule.citation}{grade}{law}"
    if rule.dispute:
        yield f"- Disputed: {rule.dispute}"
    yield f"- Cure: {rule.cure}"
    if rule.facts:
        yield f"- Facts: {', '.join(f'`{ident}`' for ident in rule.facts)}"
    yield f"\n```toml\n{rule.fails.strip()}\n```\n"
    passes = rule.passes.strip() or "# lint_base as it is"
    yield f"```toml\n{passes}\n```\n"
