"""Findings as SARIF 2.1.0, the exchange format of code scanners (OASIS Standard, 2020)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from premortem import __version__
from premortem.errors import Problem, Where
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


def log(findings: Iterable[Finding], unreadable: Iterable[Problem] = ()) -> dict[str, Any]:
    """Return a SARIF log with one run: the rules of the linter and the findings.

    Parameters
    ----------
    unreadable : why plans could not be read; each makes the run one that did not succeed.
    """
    index = {code: number for number, code in enumerate(rules())}
    driver = {
        "name": "premortem lint",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules().values()],
    }
    seen: Counter[tuple[str, str]] = Counter()
    results = []
    for finding in findings:
        said = "\0".join((finding.code, finding.where.key, finding.phase or ""))
        seen[finding.where.file, said] += 1
        mark = f"{sha256(said.encode()).hexdigest()[:16]}:{seen[finding.where.file, said]}"
        results.append(_result(finding, index[finding.code], mark))
    troubles = [_notification(problem) for problem in unreadable]
    invocation = {"executionSuccessful": not troubles, "toolExecutionNotifications": troubles}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
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


def _notification(problem: Problem) -> dict[str, Any]:
    found: dict[str, Any] = {"level": "error", "message": {"text": str(problem)}, "descriptor": {"id": problem.kind}}
    return found | ({"locations": [{"physicalLocation": _place(problem.where)}]} if problem.where.file else {})


def _place(where: Where) -> dict[str, Any]:
    line, column = max(1, where.line), max(1, where.column)
    name = where.key.rpartition(".")[2]  # what stands there, as far as it is known
    region = {"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + max(1, len(name))}
    return {"artifactLocation": {"uri": _address(where.file)}, "region": region}


def _address(file: str) -> str:
    """Return the address of a file as scanners want it: relative to where they were started, or absolute with its scheme."""
    path = Path(file.removeprefix(PREFIX))
    return path.resolve().as_uri() if path.is_absolute() or ".." in path.parts else quote(path.as_posix())


def _result(finding: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    """Return a finding; by its fingerprint scanners know it again when lines have moved: its rule, its key and its phase."""
    citation = f" ({finding.rule.citation})" if finding.rule.citation else ""
    return {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message + citation},
        "locations": [
            {
                "physicalLocation": _place(finding.where),
                "logicalLocations": [{"fullyQualifiedName": finding.where.key or "plan"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "properties": {
            "severity": finding.severity,
            "open": finding.open,
            "dependsOn": list(finding.depends_on),
            "also": list(finding.also),
            "phase": finding.phase,
        },
    }
