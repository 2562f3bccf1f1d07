"""Words of fields that the simulation reads which it does not act on: those that name civilians, and those nobody has modelled."""

from __future__ import annotations

from dataclasses import dataclass

from premortem.model.index_sets import GUARDED, TARGETS
from premortem.plan.language.schema import Plan

CIVILIAN = "names civilians or what is theirs: refused, so that naming it is never a gain"
NOT_SIMULATED = "checked, not simulated"
ALWAYS_AIMED_AT = "fighter"


@dataclass(frozen=True)
class Refused:
    """A word of a plan that changes no result: the ``path`` of its field, the ``word``, and ``why``."""

    path: str
    word: str
    why: str


def refused(plan: Plan) -> tuple[Refused, ...]:
    """Return the words that a plan states and that no result of a simulation depends on, in the order of its fields.

    >>> from premortem.plan.language.load import load
    >>> [found.word for found in refused(load("status_quo").plan)]
    ['cooperation_fallback']
    """
    targets = _stated(plan.roe.targets, {ALWAYS_AIMED_AT, *TARGETS})
    answers = _stated(plan.retaliation.plan, set(GUARDED))
    return (
        *(Refused("roe.targets", word, CIVILIAN) for word in targets),
        *(Refused("retaliation.plan", word, NOT_SIMULATED) for word in answers),
    )


def _stated(words: object, acted_on: set[str]) -> list[str]:
    return [word for word in words if word not in acted_on] if isinstance(words, tuple | list) else []
