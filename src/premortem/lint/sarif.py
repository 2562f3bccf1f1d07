"""Findings as SARIF 2.1.0, the exchange format of code scanners (OASIS Standard, 2020)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from premortem import __version__
from premortem.lint.catalogue import rules
from premortem.lint.finding import Finding
from premortem.lint.rule import Rule, Severity
from premortem.plan.language.packaged import PREFIX

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {
    "violation": "error",
    "exposure": "warning",
    "needs-authority": "warning",
    "notice": "note",
}


def log(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return a SARIF log with one run: the rules of the linter and the findings."""
    index = {code: number for number, code in enumerate(rules())}
    driver = {
        "name": "premortem lint",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules().values()],
    }
    results = [_result(finding, index[finding.code]) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.message},
        "fullDescription": {"text": rule.when},
        "help": {"text": rule.cure or "none"},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "severity": rule.severity,
            "citation": rule.citation,
            "dispute": rule.dispute,
            "grade": rule.grade,
        },
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    region = {"startLine": finding.where.line, "startColumn": finding.where.column}
    artifact = {"uri": quote(finding.where.file.removeprefix(PREFIX).replace("\\", "/"))}
    citation = f" ({finding.rule.citation})" if finding.rule.citation else ""
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message + citation},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": artifact, "region": region},
                "logicalLocations": [{"fullyQualifiedName": finding.where.key or "plan"}],
            }
        ],
        "properties": {
            "severity": finding.severity,
            "open": finding.open,
            "dependsOn": list(finding.depends_on),
            "also": list(finding.also),
            "phase": finding.phase,
        },
    }
