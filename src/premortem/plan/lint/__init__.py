"""The linter: what a careful lawyer and a planner would ask of a plan, rule by rule.

``lint(load("plan.toml"))`` returns the findings; ``rules()`` the catalogue. The linter informs and never refuses to
simulate; findings of law are questions for counsel, not advice.
"""

from premortem.plan.lint.catalogue import rules
from premortem.plan.lint.engine import lint
from premortem.plan.lint.finding import Finding
from premortem.plan.lint.rule import SEVERITIES, Rule, Severity

__all__ = ["SEVERITIES", "Finding", "Rule", "Severity", "lint", "rules"]
