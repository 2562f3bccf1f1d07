"""Can every verdict be reached? For each plan and outcome, in what share of futures the plan does better, worse, or the same.

A plan that never does better, or never worse, in any future is not thereby right or wrong: but then either the evidence or an assumption
decides, and a reader must be told which. Reasons are data (``data/even_handedness.toml``).
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field

from premortem.analysis.compare import Comparison, headlines
from premortem.evidence import reading
from premortem.evidence.outcomes import OutcomeInfo

FILE = "even_handedness.toml"
SCARCE = 0.05

Side = Literal["better", "worse"]


class Reason(reading.Entry):
    """Why a share is scarce.

    ``outcomes`` and ``plans`` are patterns such as ``civilians_*``; ``side`` is the one that hardly occurs. ``rests_on``: facts, tables and
    parameters by id. ``kind``: whether evidence decides, an assumption does, or the definition of the outcome.
    """

    outcomes: tuple[str, ...] = Field(min_length=1)
    plans: tuple[str, ...] = ("*",)
    side: Side
    kind: Literal["evidence", "assumption", "definition"]
    why: str
    rests_on: tuple[str, ...] = ()

    def holds(self, plan: str, outcome: str, side: str) -> bool:
        """Whether it speaks of this share."""
        named = any(fnmatch.fnmatch(outcome, pattern) for pattern in self.outcomes)
        return side == self.side and named and any(fnmatch.fnmatch(plan, pattern) for pattern in self.plans)


@dataclasses.dataclass(frozen=True)
class Share:
    """One outcome of a plan: shares of futures in which it is better, worse and about the same as under the baseline; they sum to 1."""

    plan: str
    outcome: OutcomeInfo
    better: float
    worse: float
    same: float

    @property
    def scarce(self) -> Side | None:
        """The side that hardly occurs though the plan moves the outcome; None if both occur, or hardly anything moves."""
        if self.same > 1 - SCARCE or min(self.better, self.worse) >= SCARCE:
            return None
        return "better" if self.better < self.worse else "worse"


def shares(comparisons: Iterable[Comparison]) -> tuple[Share, ...]:
    """Return every headline outcome that has a direction, of every plan."""
    return tuple(
        Share(
            one.plan,
            line.outcome,
            line.share_better,
            line.share_worse or 0.0,
            line.about_same,
        )
        for one in comparisons
        for line in headlines(one.lines)
        if line.share_better is not None
    )


def reasons() -> tuple[Reason, ...]:
    """Return the packaged reasons; the first that speaks of a share is the one given.

    Raises
    ------
    DataError
        If the file is wrong, with every fault.
    """
    return reading.listed(Reason, FILE, "reason")


def reason(share: Share, known: Sequence[Reason]) -> Reason | None:
    """Return why a share is scarce; None if it is not, or nobody has said."""
    if share.scarce is None:
        return None
    return next((one for one in known if one.holds(share.plan, share.outcome.id, share.scarce)), None)


def as_json(share: Share, known: Sequence[Reason]) -> dict[str, Any]:
    """Return a share and its reason for programs."""
    said = reason(share, known)
    return {
        "plan": share.plan,
        "outcome": share.outcome.id,
        "better": share.better,
        "worse": share.worse,
        "same": share.same,
        "scarce": share.scarce,
        "reason": None if said is None else said.model_dump(mode="json", include={"kind", "why", "rests_on"}),
    }
