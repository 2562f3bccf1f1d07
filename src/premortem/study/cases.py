"""A case is a plan under a reading: as likely to unfold, or carried out as written. Both meet the same futures and the same luck.

A plan that nobody could stop has one case, which counts for both readings.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Reading = Literal["as_likely", "carried_out"]
"""``as_likely``: Washington, Mexico and courts decide what becomes of the plan. ``carried_out``: it starts, goes on and ends as written."""
READINGS: tuple[Reading, ...] = ("as_likely", "carried_out")


@dataclass(frozen=True)
class Case:
    """The plan of this name under a reading."""

    plan: str
    reading: Reading


def cases(plans: Sequence[str], stoppable: Collection[str]) -> tuple[Case, ...]:
    """Return every plan as likely to unfold, then those that somebody could stop as carried out."""
    first = (Case(plan, "as_likely") for plan in plans)
    return (*first, *(Case(plan, "carried_out") for plan in plans if plan in stoppable))
