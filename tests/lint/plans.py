"""Plans for tests of the linter, on top of the clean plan ``lint_base``."""

from __future__ import annotations

from premortem.lint import Finding, lint
from premortem.plan.language.load import LoadedPlan, load_text


def on_base(toml: str) -> LoadedPlan:
    return load_text('extends = "lint_base"\n' + toml, "plan.toml")


def findings(toml: str) -> dict[str, Finding]:
    """Return the findings by code; the last of a code wins."""
    return {finding.code: finding for finding in lint(on_base(toml))}


FORCE = """
[[task_force]]
id = "west"
base = "fort_bliss"
reach = ["interior"]
effort = { raids = 1.0 }
"""
