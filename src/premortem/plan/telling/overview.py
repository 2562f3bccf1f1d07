"""A plan at a glance, for those who draw it: order of battle and timeline in words and weeks."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.plan.language.agreements import Deal
from premortem.plan.language.elements import Domestic, Partner, Sea, TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.sizes import size_is_open, unit_people
from premortem.plan.language.words import Unspecified
from premortem.plan.telling.difference import in_words

Bar = tuple[str, int, int | None, str]
"""What runs, from week, to week (None: open), note."""


def planned_weeks(plan: Plan) -> int | None:
    """Return the most weeks that the campaign lasts by the plan; None where it leaves that open."""
    stated = [week for week in (plan.duration_weeks, plan.exit.latest_week) if isinstance(week, int)]
    return min(stated, default=None)


def base_state(plan: Plan, force: TaskForce) -> str:
    """Return the US state of a task force's base in words."""
    stated = force.base_state
    return stated or ("state open" if isinstance(force.base, Unspecified) else plan.glossary.bases[force.base].state)


def count(number: int | Unspecified) -> str:
    """Return a number of people or units as text, "?" where it is left open."""
    return "?" if isinstance(number, Unspecified) else f"{number:,}"


def people(plan: Plan, force: TaskForce) -> str:
    """Return how many people a task force has, as stated or as its units have them; "?" where a part is left open."""
    if force.personnel is not None:
        return count(force.personnel)
    return "?" if size_is_open(plan, force) else f"{unit_people(plan, force):,.0f}"


def callers_of(plan: Plan, phase: str) -> Iterator[str]:
    """Yield the names of the branches and bargains that call a phase; a branch without one goes by its condition."""
    yield from (branch.id or str(branch.when) for branch in plan.branch if branch.then.phase == phase)
    yield from (bargain.id for bargain in plan.bargain if phase in {bargain.agreed, bargain.refused})


def bars(plan: Plan) -> Iterator[Bar]:
    """Yield what runs when, in the order of a timeline."""
    duration = plan.duration_weeks
    yield "campaign", 0, duration if isinstance(duration, int) else None, ""
    forces: tuple[TaskForce | Domestic, ...] = (*plan.task_force, *plan.domestic)
    for force in forces:
        yield force.id, force.from_week, force.to_week if isinstance(force.to_week, int) else None, ""
    others: tuple[Sea | Partner | Deal, ...] = (*plan.sea, *plan.partner, *plan.deal)
    for other in others:
        yield other.id, other.from_week, other.to_week if isinstance(other.to_week, int) else None, ""
    if (powers := plan.emergency) is not None:
        yield "emergency", powers.from_week, powers.to_week if isinstance(powers.to_week, int) else None, ""
    if plan.zone is not None:
        yield "zone", plan.zone.from_week, plan.zone.to_week if isinstance(plan.zone.to_week, int) else None, ""
    for measure in plan.measure:
        first, last = measure.weeks
        ramp = f"ramp {measure.ramp_weeks}" if measure.ramp_weeks else ""
        yield measure.id or measure.lever, first, plan.horizon_weeks if last is None else last, ramp
    for phase in plan.phase:
        changes = ", ".join(f"{path} = {in_words(value)}" for path, value in phase.set.items())
        callers = ", ".join(callers_of(plan, phase.name))
        if phase.from_week is not None:
            yield f"phase {phase.name}", phase.from_week, plan.horizon_weeks, changes
        else:
            yield f"phase {phase.name}", 0, None, f"when called by {callers or 'nothing'}: {changes}"
