"""What a plan's task forces are made of, as shares over roles; and which departments stand behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from premortem.evidence import sampling
from premortem.model.index_sets import BACKERS, ROLES
from premortem.plan.controls.open_fields import Draws, Floats
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.sizes import open_aircraft
from premortem.plan.language.words import Unspecified
from premortem.theatre.glossary import AIR_FORCE, ARMY, GENERIC

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFENCE = frozenset({"area", "other_area", "functional", "defence"})
"""Roles of commands that belong to the department of defence."""


def mixture(plan: Plan, force: TaskForce, size: Floats, draws: Draws) -> Floats:
    """Return the shares of a task force's people by role, ``[future, role]``.

    ``size`` [future] its people. Units and support of stated number count by their people. People beyond them are in named types of
    unpublished size, else Army support; where the number of some types is open, these have a drawn share of the rest, split at random, and
    what remains is Army and Air Force support in halves; of a force of which nothing is named the mixture is the generic one.
    """
    people = {unit: n * draws.ones for unit, n in _stated(plan, force).items()}
    free = np.maximum(size - sum(people.values(), 0 * draws.ones), 0.0)
    path = f"task_force.{force.id}.units"
    open_types = [unit for unit, n in force.units.items() if isinstance(n, Unspecified)]
    if open_types:
        alone = bool(open_aircraft(plan, force))
        named = draws.ones if alone else draws.number(path, Unspecified.UNSPECIFIED)
        weights = -np.log(sampling.uniform(draws.seed, f"plan.{path}.split", draws.futures, len(open_types)))
        parts = weights / weights.sum(1, keepdims=True)  # exponential weights: their shares are a flat Dirichlet
        given = {unit: named * free * parts[:, i] for i, unit in enumerate(open_types)}
        for unit, number in given.items():
            draws.record(f"{path}.{unit}", number)
        given |= dict.fromkeys((ARMY, AIR_FORCE), (1.0 - named) * free / 2)
    else:
        unknown = [unit for unit, n in force.units.items() if n and plan.glossary.units[unit].people is None]
        rest = unknown or [ARMY if people else GENERIC]
        given = dict.fromkeys(rest, free / len(rest))
    table = plan.glossary.mixtures
    total = np.zeros((len(draws.futures), len(ROLES)))
    for part in (people, given):
        for unit, number in part.items():
            total += np.outer(number, table[unit].shares)
    heads = total.sum(1, keepdims=True)
    return np.where(heads > 0, total / np.maximum(heads, 1.0), table[GENERIC].shares)


def _stated(plan: Plan, force: TaskForce) -> Mapping[str, float]:
    """Return the people of units and support whose number is stated."""
    support = {ARMY: force.support_army, AIR_FORCE: force.support_air_force}
    units = {u: (plan.glossary.units[u].people or 0) * n for u, n in force.units.items() if isinstance(n, int)}
    stated = units | {name: n for name, n in support.items() if isinstance(n, int)}
    return {name: float(n) for name, n in stated.items() if n > 0}


def backing(plan: Plan) -> list[float]:
    """Return 1 for each of BACKERS that leads or supports the plan."""
    lead, known = plan.command.lead, plan.glossary.commands
    names = [*plan.command.supporting, *([] if isinstance(lead, Unspecified) else [lead])]
    held = {known[name].role for name in names}
    there = {"defence": bool(held & DEFENCE), "homeland": "homeland" in held, "intelligence": "intelligence" in held}
    return [float(there[backer]) for backer in BACKERS]


def special_lead(plan: Plan) -> float:
    """Return 1 if the command of special operations leads."""
    lead = plan.command.lead
    return 0.0 if isinstance(lead, Unspecified) else float(plan.glossary.commands[lead].role == "functional")
