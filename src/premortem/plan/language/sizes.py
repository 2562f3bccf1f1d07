"""How many people a task force has, as far as the plan and what is published say."""

from __future__ import annotations

from premortem.plan.language.elements import TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified

AIRCRAFT = "isr"
"""Role of units of aircraft that watch from afar."""


def unit_people(plan: Plan, force: TaskForce) -> float:
    """Return the people of the units whose count is stated, as far as their size is published, with stated support."""
    catalogued = plan.glossary.units
    people = sum((catalogued[u].people or 0) * n for u, n in force.units.items() if isinstance(n, int))
    return people + sum(n for n in (force.support_army, force.support_air_force) if isinstance(n, int))


def size_is_open(plan: Plan, force: TaskForce) -> bool:
    """Tell whether the size of a task force has to be drawn: its personnel are open, or are to be the sum of nothing or something open.

    A force of which neither people nor units are stated is of open size, not empty; nor is one of nothing but units whose size is not
    published. An empty one states that it has 0 people.
    """
    if force.personnel is not None:
        return isinstance(force.personnel, Unspecified)
    support = (part for part in (force.support_army, force.support_air_force) if part != 0)
    parts = [*force.units.values(), *support]
    if not parts or any(isinstance(part, Unspecified) for part in parts):
        return True
    return not unit_people(plan, force) and any(force.units.values())


def open_aircraft(plan: Plan, force: TaskForce) -> tuple[str, ...]:
    """Return the types of which an open number makes up a force of nothing but aircraft that work from their base; () for any other force.

    Its people are so many units' crews, not a share of a ground force.
    """
    catalogued = plan.glossary.units
    alone = all(catalogued[u].role == AIRCRAFT and catalogued[u].people for u in force.units)
    if not alone or force.personnel is not None or force.support_army != 0 or force.support_air_force != 0:
        return ()
    return tuple(unit for unit, n in force.units.items() if isinstance(n, Unspecified))
