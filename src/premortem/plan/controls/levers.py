"""Levers as they stand at the start of a theatre: what goes on there goes on under every plan that does not end it."""

from __future__ import annotations

from premortem.errors import InputError, Problem, nearest
from premortem.plan.language import catalogue
from premortem.theatre.theatre import Theatre


def standing_levers(theatre: Theatre) -> dict[str, catalogue.Lever]:
    """Return the levers with the levels that stand at a theatre's start as their status quo.

    Raises
    ------
    InputError
        If the start names a lever that does not exist, or a level beyond its bounds.
    """
    levers = dict(catalogue.levers())
    for ident, level in theatre.levers.items():
        if ident not in levers:
            problem = Problem("unknown_lever", "no such lever", found=ident, nearest=nearest(ident, levers))
            raise InputError(problem)
        lever = levers[ident]
        if not lever.low <= level <= lever.high:
            bounds = f"{lever.low:g} to {lever.high:g}"
            raise InputError(Problem("bounds", f"{ident} at the start", found=f"{level:g}", allowed=bounds))
        levers[ident] = lever.model_copy(update={"status_quo": level})
    return levers
