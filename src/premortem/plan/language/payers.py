"""Whose money pays for what a plan adds, in words. Needs no NumPy, so that the linter asks it too."""

from __future__ import annotations

from premortem.plan.language import catalogue
from premortem.plan.language.schema import Plan

ACCOUNT = {"US": "us_federal", "MX": "mexico", "others": "others"}
"""The model's payer by the word of the language."""
OF_AUTHOR = {"US": "US", "MX": "MX", "mx_state": "MX", "third_state": "others", "un": "others"}
"""Who pays for an author's own part where the plan names no payer."""


def payer(plan: Plan) -> str:
    """Return who pays for what the plan adds where nothing else is said."""
    return plan.payer or OF_AUTHOR[plan.author]


def of_lever(plan: Plan, lever: catalogue.Lever) -> str:
    """Return whose money pays for a lever: the plan's payer if it names one, else the lever's.

    What both countries can move is paid by the author if that is not the United States.
    """
    shared = plan.author != "US" and "Mexico" in lever.who
    if lever.payer != "private" and (plan.payer is not None or shared):
        return ACCOUNT[payer(plan)]
    return lever.payer
