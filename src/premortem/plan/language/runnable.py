"""What a run refuses of a valid plan: one judgement, for the run and for the linter. Needs neither NumPy nor JAX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from premortem.model.index_sets import DEALS, VARIANT_BITS
from premortem.plan.language.load import load
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Always, Unspecified

TRIGGER, BREACH = "trigger:", "breach:"
"""What stands before the name of a task force whose condition may be met, or of a bargain that may be broken."""
RUN_WEEKS = 260
"""Five years of 52 weeks: how long a run is unless it is asked for another length."""


STATUS_QUO = "status_quo"
"""The packaged plan that carries on what is done already, so that it may start before a run, in it or after it."""


@dataclass(frozen=True)
class Refusal:
    """Why a run refuses a plan: the kind of its error, the field, what was found there and what is allowed."""

    kind: str
    path: str
    message: str
    found: str
    allowed: str


def switches(plan: Plan) -> tuple[str, ...]:
    """Return what may be switched on while a plan runs: phases that branches call, triggers of task forces, broken bargains."""
    phases = dict.fromkeys(branch.then.phase for branch in plan.branch if branch.then.phase)
    forces = [force.id for force in plan.task_force if not isinstance(force.trigger, Always | Unspecified)]
    watched = [bargain.id for bargain in plan.bargain if not isinstance(bargain.kept, Unspecified)]
    return (*phases, *(f"{TRIGGER}{name}" for name in forces), *(f"{BREACH}{name}" for name in watched))


def refusals(plan: Plan, first: date, weeks: int) -> Iterator[Refusal]:
    """Yield why a run of some weeks from a day on refuses a plan, nothing if it does not."""
    if problem := starts_outside(plan, first, weeks):
        yield problem
    on = switches(plan)
    if len(on) > VARIANT_BITS:
        message = "branches, triggers and bargains switch on more than can be simulated together"
        found = f"{len(on)}: {', '.join(on)}"
        yield Refusal("too_large", "branch" if plan.branch else "task_force", message, found, f"at most {VARIANT_BITS}")
    if len(plan.deal) > DEALS:
        found = ", ".join(deal.id for deal in plan.deal)
        yield Refusal("too_large", "deal", "more deals than can be simulated together", found, f"at most {DEALS}")


def starts_outside(plan: Plan, first: date, weeks: int) -> Refusal | None:
    """Return what is wrong with the start of a plan in a run of some weeks from a day on, None if nothing is."""
    last = first + timedelta(weeks=weeks)
    if isinstance(plan.start, Unspecified) or first <= plan.start < last or carries_on(plan):
        return None
    message = "the plan does not start within the simulated time"
    return Refusal("date_range", "start", message, str(plan.start), f"{first} to before {last}")


def carries_on(plan: Plan) -> bool:
    """Return whether a plan is the packaged status quo: what is done already, of which a run need not hold the start."""
    return plan == _status_quo()


@cache
def _status_quo() -> Plan:
    return load(STATUS_QUO).plan
