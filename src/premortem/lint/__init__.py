"""The linter: what a careful lawyer and a planner would ask of a plan, rule by rule.

``lint(load("plan.toml"))`` returns the findings; ``rules()`` the catalogue. The linter informs and never refuses to
simulate; findings of law are questions for counsel, not advice.
"""

from premortem.lint.catalogue import rules
from premortem.lint.engine import lint
from premortem.lint.finding import Finding
from premortem.lint.rule import SEVERITIES, Rule, Severity

__all__ = ["SEVERITIES", "Finding", "Rule", "Severity", "lint", "rules"]
