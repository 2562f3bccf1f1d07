"""From a plan to weekly controls: what the model receives, one set per future.

Weeks of a plan count from its start, weeks of the controls from the theatre's epoch, so that every plan runs against the same calendar.
Scheduled phases are laid over one another week by week; phases that branches call become variants, one for every set of branches that may
have fired. Sizes are padded so that plans of like size share one compiled program.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.arrays import jax
from premortem.errors import InputError, Problem
from premortem.model.controls import Branch, Controls, Observable, Orders
from premortem.model.index_sets import AFTER, CONSENT, EVENTS, IF_REFUSED
from premortem.model.units import DAYS_PER_WEEK, NEVER
from premortem.plan.controls import bargains, congress, deals, partners, payers, roles
from premortem.plan.controls.legal import authorised, consent_scope, standing
from premortem.plan.controls.levers import standing_levers
from premortem.plan.controls.open_fields import Draws
from premortem.plan.controls.orders import Frame, inventory, regions_allowed
from premortem.plan.controls.program import program
from premortem.plan.language import catalogue, runnable
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.load import LoadedPlan
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Always, Nothing, Unspecified
from premortem.theatre.theatre import Theatre

Floats = NDArray[np.float64]

TASK_FORCES_PADDED_TO = 4
STOP = -1


@dataclasses.dataclass(frozen=True)
class Compiled:
    """Controls of some futures (leaves ``[future, ...]``, NumPy), and the paths of the fields that had to be drawn for them.

    ``drawn``: path -> [future], what such a field came to. ``written``: the controls as carried out, None where no legislature decides
    anything of the plan, so that the reading changes no order.
    """

    controls: Controls
    open_fields: tuple[str, ...]
    drawn: Mapping[str, NDArray[Any]]
    written: Controls | None = None


def compile_plan(
    loaded: LoadedPlan, theatre: Theatre, *, seed: int, futures: NDArray[np.int64], weeks: int
) -> Compiled:
    """Compile a plan for some futures.

    Parameters
    ----------
    theatre : with a zone depth at least as great as any the plan can take; a plan's shallower zone covers a share of each zone region.
    weeks : length of the run, from the theatre's epoch.

    Raises
    ------
    InputError
        If the plan starts before the theatre's epoch or after the run, or calls more phases by branches than can be compiled.
    """
    draws = Draws(seed, futures)
    if problems := [*refused(loaded, theatre.date, weeks)]:
        raise InputError(*problems)
    controls = _controls(loaded, theatre, draws, weeks, carried_out=False)
    written = _controls(loaded, theatre, draws, weeks, carried_out=True) if congress.decides(loaded) else None
    return Compiled(controls, tuple(sorted(draws.drawn)), dict(sorted(draws.values.items())), written)


def _controls(loaded: LoadedPlan, theatre: Theatre, draws: Draws, weeks: int, *, carried_out: bool) -> Controls:
    plan = loaded.plan
    start = start_week(loaded, theatre, draws, weeks)
    length = draws.number("duration_weeks", plan.duration_weeks)
    latest = plan.exit.latest_week
    stop = start + (length if isinstance(latest, Unspecified | Nothing) else np.minimum(length, latest))
    lapses = congress.force_lapses(plan, start, draws, carried_out)
    stop = np.asarray(np.round(np.minimum(stop, lapses)))
    count = max(len(plan.task_force), 1)
    count = TASK_FORCES_PADDED_TO * -(-count // TASK_FORCES_PADDED_TO)
    frame = Frame(theatre, draws, start, stop, weeks, count, carried_out)
    branches, called = _branches(loaded)
    agreed = bargains.agreed(plan, draws)
    variants = [
        bargains.chosen(loaded, [name for i, name in enumerate(called) if bits >> i & 1], frame, agreed)
        for bits in range(2 ** len(called))
    ]
    stacked: Orders = jax.tree.map(lambda *leaves: np.stack(leaves, axis=2), *variants)
    answered, unspecified = _seams(plan)
    ones = draws.ones
    levers = standing_levers(theatre)
    ceiling = plan.budget.ceiling_musd_per_year
    fields: dict[str, Any] = {
        "orders": stacked,
        "regions": regions_allowed(plan, frame),
        "partner_place": partners.place(plan, frame),
        "partner_origin": partners.origin(plan, frame),
        **deals.terms(plan, frame),
        **payers.controls(plan, frame),
        "assumed": _assumed(plan, start),
        "permitted_people": _permitted_people(plan) * ones,
        "falls": np.full((len(ones), len(theatre.organisations), len(theatre.regions)), NEVER),
        "inventory": np.outer(ones, inventory(plan, frame)),
        "units_per_deployed": _units_per_deployed(plan, frame),
        "tour_weeks": _per_force(
            plan, frame, lambda path, force: draws.number(f"{path}.rotation_weeks", force.rotation_weeks)
        ),
        "organisations": np.outer(ones, deals.organisations(plan, plan.status.groups, theatre)),
        "ceiling": (NEVER if isinstance(ceiling, Unspecified | Nothing) else float(ceiling)) * ones,
        "seam_answered": np.outer(ones, answered),
        "seam_unspecified": np.outer(ones, unspecified),
        "backing": np.outer(ones, roles.backing(plan)),
        "special_lead": roles.special_lead(plan) * ones,
        "start_week": start,
        "stop_week": stop,
        "announced_end": float(isinstance(latest, int) or isinstance(plan.duration_weeks, int)) * ones,
        "after": draws.one_hot("exit.after", plan.exit.after, AFTER),
        **_leaving(plan, draws),
        "consent": draws.one_hot("consent.mexico", plan.consent.mexico, CONSENT),
        "consent_assumed": float(plan.consent.assumed) * ones,
        "consent_scope": np.outer(ones, consent_scope(plan)),
        "if_refused": draws.one_hot("consent.if_refused", plan.consent.if_refused, IF_REFUSED),
        "authorised": authorised(plan, draws),
        "consulted": draws.flag("authority.congress.consulted", plan.authority.congress.consulted),
        "report_hours": _report_hours(plan, draws),
        "certify": float(plan.authority.congress.safe_withdrawal) * ones,
        "carried_out": 0.0 * ones,
        **standing(plan, draws),
        "lever_names": tuple(levers),
        "lever_status_quo": tuple(lever.status_quo for lever in levers.values()),
        "lever_channels": tuple(lever.joint for lever in levers.values()),
        "branches": branches,
        "observables": _observables(branches),
    }
    controls = Controls(**fields)
    as_float32: Controls = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), controls)
    return as_float32


def start_week(loaded: LoadedPlan, theatre: Theatre, draws: Draws, weeks: int) -> Floats:
    """Return the week in which the campaign starts, counted from the theatre's start, ``[future]``."""
    stated = loaded.plan.start
    if isinstance(stated, Unspecified):
        return np.floor(draws.number("start", stated))
    return np.asarray(np.ceil((stated - theatre.date).days / DAYS_PER_WEEK) * draws.ones)


def refused(loaded: LoadedPlan, first: datetime.date, weeks: int) -> Iterator[Problem]:
    """Yield why a run of some weeks from a day on refuses a plan, each with its place in the file."""
    for one in runnable.refusals(loaded.plan, first, weeks):
        where = loaded.where(one.path, of_value=True)
        yield Problem(one.kind, one.message, where, one.found, one.allowed)


def _branches(loaded: LoadedPlan) -> tuple[tuple[Branch, ...], tuple[str, ...]]:
    """Return what may fire in a plan, and what that switches on, a variant bit each: called phases, triggers, broken bargains."""
    plan = loaded.plan
    called = runnable.switches(plan)
    made = [
        Branch(
            branch.id or f"branch {i + 1}",
            program(branch.when),
            branch.delay_weeks,
            called.index(branch.then.phase) if branch.then.phase else STOP,
        )
        for i, branch in enumerate(plan.branch)
    ]
    for force in plan.task_force:
        if not isinstance(force.trigger, Always | Unspecified):
            name = f"{runnable.TRIGGER}{force.id}"
            made.append(Branch(name, program(force.trigger), 0, called.index(name)))
    for bargain in plan.bargain:
        if not isinstance(bargain.kept, Unspecified):
            name = f"{runnable.BREACH}{bargain.id}"
            made.append(Branch(name, program(bargains.broken(bargain)), 0, called.index(name)))
    if not isinstance(plan.exit.criteria, Unspecified):
        made.append(Branch("exit.criteria", program(plan.exit.criteria), 0, STOP))
    return tuple(made), called


def _per_force(plan: Plan, frame: Frame, block: Callable[[str, TaskForce], Floats]) -> Floats:
    result = np.zeros((len(frame.draws.futures), frame.forces))
    for i, force in enumerate(plan.task_force):
        result[:, i] = block(f"task_force.{force.id}", force)
    return result


def _units_per_deployed(plan: Plan, frame: Frame) -> Floats:
    """Return units needed to keep one deployed: one and the years at home per year away; 0 where the plan leaves it to the forces."""

    def needed(path: str, force: TaskForce) -> Floats:
        return (0.0 if isinstance(force.dwell, Unspecified) else 1.0 + force.dwell) * frame.draws.ones

    return _per_force(plan, frame, needed)


def _assumed(plan: Plan, start: Floats) -> Floats:
    """Return the week from the theatre's start in which each kind of event is assumed, ``[future, event]``; the first of a kind counts."""
    weeks = np.full((len(start), len(EVENTS)), NEVER)
    for event in plan.event_assumed:
        place = EVENTS.index(event.kind)
        weeks[:, place] = np.minimum(weeks[:, place], start + event.week)
    return weeks


def _permitted_people(plan: Plan) -> float:
    return float(plan.consent.people) if isinstance(plan.consent.people, int) else NEVER


def _seams(plan: Plan) -> tuple[list[float], list[float]]:
    """Return which of the first three seams of command the plan answers, and which it leaves open (see ``Controls``).

    No relations could tie in intelligence agencies that do not support the campaign: their seam is then not open but stays unanswered.
    """
    lead, relations, supporting = plan.command.lead, plan.command.relations, plan.command.supporting
    unknown = [isinstance(lead, Unspecified), isinstance(relations, Unspecified)]
    single = relations == "dual_status_commander"
    role = "" if isinstance(lead, Unspecified) else plan.glossary.commands[lead].role
    intelligence = any(plan.glossary.commands[name].role == "intelligence" for name in supporting)
    answered = [role == "area" or single, single or role == "homeland", single and intelligence]
    left_open = [any(unknown), any(unknown), unknown[1] and intelligence]
    return [float(a) for a in answered], [float(o and not a) for a, o in zip(answered, left_open, strict=True)]


def _report_hours(plan: Plan, draws: Draws) -> Floats:
    """Return the hours from entry to the report to Congress, ``[future]``; ``NEVER`` where none is made."""
    chosen = draws.choice("authority.congress.report_hours", plan.authority.congress.report_hours)
    return np.array([float(hours) if isinstance(hours, int) else NEVER for hours in chosen])


def _leaving(plan: Plan, draws: Draws) -> dict[str, Floats]:
    """Return how task forces leave after the campaign; a plan without any, or that leaves nobody, has nothing to draw for it."""
    leaves = bool(plan.task_force)
    stays = leaves and plan.exit.after in {"residual_presence", Unspecified.UNSPECIFIED}
    return {
        "withdrawal_weeks": draws.number("exit.withdrawal_weeks", plan.exit.withdrawal_weeks) if leaves else draws.ones,
        "residual_share": draws.number("exit.residual_share", plan.exit.residual_share) if stays else 0.0 * draws.ones,
    }


def _observables(branches: Sequence[Branch]) -> tuple[Observable, ...]:
    """Return the observables that conditions look at, each once."""
    names = dict.fromkeys(str(value) for b in branches for op, value in b.condition if op == "observed")
    known = catalogue.observables()
    return tuple(
        Observable(name, known[name].outcomes, known[name].form, known[name].lag_weeks, known[name].error)
        for name in names
        if name != "week"
    )
