"""Bargains: whether the other side agrees, drawn once a future, and which of a plan's phases then hold."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.arrays import jax
from premortem.evidence import sampling
from premortem.model.controls import Orders
from premortem.plan.controls import congress
from premortem.plan.controls.open_fields import Draws, Floats
from premortem.plan.controls.orders import Frame, orders
from premortem.plan.language.agreements import Bargain
from premortem.plan.language.expression import Condition
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.runnable import BREACH, TRIGGER
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified

Agreed = Mapping[str, NDArray[np.bool_]]
"""Whether each bargain, by its id, is agreed: ``[future]``."""


def agreed(plan: Plan, draws: Draws) -> Agreed:
    """Return in which futures each bargain is agreed."""
    found: dict[str, NDArray[np.bool_]] = {}
    for bargain in plan.bargain:
        path = f"bargain.{bargain.id}"
        luck = sampling.uniform(draws.seed, f"plan.{path}.agreed", draws.futures, 1)[:, 0]
        found[bargain.id] = luck < _chance(plan, bargain, draws)
    return found


def _chance(plan: Plan, bargain: Bargain, draws: Draws) -> Floats:
    """Return the probability that the other side agrees, ``[future]``; what Congress is asked for is a bill."""
    if bargain.partner == "us_congress" and isinstance(bargain.chance, Unspecified):
        congresses = bargain.by_week / congress.CONGRESS_WEEKS
        return np.asarray(1.0 - (1.0 - congress.bill_chance(plan, draws)) ** congresses)
    return draws.number(f"bargain.{bargain.id}.chance", bargain.chance)


def broken(bargain: Bargain) -> Condition:
    r"""Return the condition that a bargain is seen to be broken, from the week on by which it has to be agreed.

    >>> from premortem.plan.language.load import load_text
    >>> text = 'schema = 1\ntitle = "x"\nsource = ["project"]\n[[phase]]\nname = "a"\n'
    >>> text += '[[bargain]]\nid = "b"\npartner = "mexico"\nasks = "guards"\nby_week = 4\nagreed = "a"\nkept = "us_killed < 5"'
    >>> broken(load_text(text).plan.bargain[0]).text
    'week > 4 and not (us_killed < 5)'
    """
    assert isinstance(bargain.kept, Condition)
    return Condition.parse(f"week > {bargain.by_week} and not ({bargain.kept.text})")


def chosen(loaded: LoadedPlan, on: Sequence[str], frame: Frame, outcome: Agreed) -> Orders:
    """Return the orders with some phases, triggers and breaches switched on, and the phases that each future's bargains call."""
    names = [*outcome]
    result: Orders | None = None
    for answers in itertools.product((True, False), repeat=len(names)):
        here = np.logical_and.reduce([outcome[name] == answer for name, answer in zip(names, answers, strict=True)])
        if names and not here.any():
            continue
        made = _scheduled(loaded, on, frame, dict(zip(names, answers, strict=True)))
        result = made if result is None else _where(np.asarray(here), made, result)
    assert result is not None
    return result


def _scheduled(loaded: LoadedPlan, on: Sequence[str], frame: Frame, answers: Mapping[str, bool]) -> Orders:
    """Return the orders of one set of answers: each scheduled phase holds from its week on."""
    triggers = {name.removeprefix(TRIGGER) for name in on if name.startswith(TRIGGER)}
    called = [name for name in on if not name.startswith((TRIGGER, BREACH))]
    dated: list[tuple[str, int]] = []
    for bargain in loaded.plan.bargain:
        breached = f"{BREACH}{bargain.id}" in on
        phase = bargain.agreed if answers[bargain.id] and not breached else bargain.refused
        if phase is not None:
            dated.append((phase, bargain.by_week))
    states = loaded.states_with(called, dated)
    result = orders(states[0].plan, frame, triggers)
    for state in states[1:]:
        since = frame.t >= (state.week or 0)
        result = _where(since, orders(state.plan, frame, triggers), result)
    return result


def _where(mask: NDArray[np.bool_], new: Orders, old: Orders) -> Orders:
    """Return the new orders where ``mask`` [future] or [future, week] holds, else the old ones."""

    def pick(a: Floats, b: Floats) -> Floats:
        return np.where(mask.reshape(*mask.shape, *[1] * (a.ndim - mask.ndim)), a, b)

    result: Orders = jax.tree.map(pick, new, old)
    return result
