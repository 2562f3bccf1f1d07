"""Ends and means: what the plan is for, how it is known, how it stops, and whether its parts fit (EN)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from premortem.lint.conditions import constancy
from premortem.lint.elements import doing, kind_of, measures
from premortem.lint.fields import left_open
from premortem.lint.logic import any_of, known
from premortem.lint.plan_view import DAYS_PER_WEEK, PlanView, highest, number
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count, listed
from premortem.plan.language import readers
from premortem.plan.language.refused import refused
from premortem.plan.language.runnable import RUN_WEEKS, refusals, starts_outside
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import UNSPECIFIED, Unspecified
from premortem.theatre.glossary import THIRD_STATE

AFTERMATH_WEEKS = 104
"""Weeks after the end in which lasting effects show."""
MANY_OPEN_FIELDS = 10
MORE_REMOVALS = 1.5
SECOND_LAYER = ("leadership.middle_layer", "state.prosecution", "state.arrest_capacity")
SLOW_PROGRAMMES = ("recruitment.", "overdose.treatment_coverage", "state.vetting", "state.prosecution")
SLOW_WEEKS = 26
LARGE_MOVE = 0.1
"""Share of a lever's span that is more than a trial."""
BEYOND_RECORD = {
    "recruitment.prevention": 0.3,
    "overdose.treatment_coverage": 0.6,
    "arms.southbound_inspection": 0.3,
    "drugs.port_scanning": 0.7,
}
"""Levels beyond anything achieved: judgements, where no fact gives a highest effect."""
FEW_GROUPS = 2


@rule("EN101")
def no_end_state(case: PlanView) -> Iterator[Hit]:
    """What ends the campaign, or what it leaves, is not said."""
    for path in ("exit.criteria", "exit.end_state"):
        if case.plan.task_force and case.field(path).is_open:
            yield hit(True, path)
            return


@rule("EN102")
def no_timeline(case: PlanView) -> Iterator[Hit]:
    """When it starts or how long it lasts is not said."""
    record = ""
    if case.uses_force.possible:
        record = f"On record: {_strikes()}, the expedition of 1916 took 11 months, the zones in Lebanon and Syria 15 and over 8 years."
    for path in ("start", "duration_weeks"):
        if case.field(path).is_open:
            yield hit(True, path, record=record)
            return


def _strikes() -> str:
    return f"the strikes at sea ran {count(number('analog.boats.days_past_60'))} days past day 60"


@rule("EN103")
def no_answer_to_reprisals(case: PlanView) -> Iterator[Hit]:
    """Force or removals provoke, and no answer is planned."""
    removals = any_of(
        case.field(f"{path}.level").number().over(lever.status_quo)
        for path, _, lever in measures(case.plan)
        if lever.id == "leadership.removal_effort"
    )
    yield hit((case.uses_force | removals) & case.field("retaliation.plan").is_nothing(), "retaliation.plan")


@rule("EN104")
def no_measure_of_success(case: PlanView) -> Iterator[Hit]:
    """Nothing says what success is."""
    yield hit(case.does_anything and not case.plan.success, "success")


@rule("EN105")
def exit_unrelated_to_success(case: PlanView) -> Iterator[Hit]:
    """The plan ends on something other than what it calls success."""
    criteria, wanted = case.plan.exit.criteria, {success.outcome for success in case.plan.success}
    if not isinstance(criteria, Unspecified) and wanted:
        yield hit(not wanted & set(criteria.observables), "exit.criteria")


@rule("EN106")
def phase_never_starts(case: PlanView) -> Iterator[Hit]:
    """A phase begins after the end, or nothing calls it."""
    called = {branch.then.phase for branch in case.plan.branch}
    called |= {name for bargain in case.plan.bargain for name in (bargain.agreed, bargain.refused)}
    for phase in case.plan.phase:
        path = f"phase.{phase.name}"
        if phase.from_week is None:
            yield hit(phase.name not in called, path, name=phase.name)
        else:
            ended = ~case.days().over(phase.from_week * DAYS_PER_WEEK)
            late = known(ended.is_true) | (phase.from_week >= case.plan.horizon_weeks)
            yield hit(late, path, name=phase.name)


@rule("EN107")
def condition_never_changes(case: PlanView) -> Iterator[Hit]:
    """A condition always or never holds, or acts after the end."""
    for index, branch in enumerate(case.plan.branch):
        path = f"branch.{branch.id or index}"
        late = ~case.days().over(branch.delay_weeks * DAYS_PER_WEEK)
        yield hit(not constancy(branch.when).is_open or late.is_true, path)
    criteria = case.plan.exit.criteria
    if not isinstance(criteria, Unspecified):
        yield hit(not constancy(criteria).is_open, "exit.criteria")


@rule("EN108")
def force_without_task(case: PlanView) -> Iterator[Hit]:
    """A force has people and nothing to do."""
    for force in case.plan.task_force:
        idle = not isinstance(force.effort, Unspecified) and not any(force.effort.values()) and not force.tasks
        yield hit(idle, f"task_force.{force.id}", id=force.id)
    for element in case.plan.domestic:
        yield hit(element.tasks == (), f"domestic.{element.id}", id=element.id)


@rule("EN109")
def effort_impossible_at_reach(case: PlanView) -> Iterator[Hit]:
    """Raids or strikes by a force that may not leave home."""
    for force in case.plan.task_force:
        if force not in case.forces_abroad and force.effort is not UNSPECIFIED:
            yield hit(doing(force, "raids") | doing(force, "strikes"), f"task_force.{force.id}.effort")


@rule("EN110")
def effort_open(case: PlanView) -> Iterator[Hit]:
    """What the force does is left open."""
    for force in case.plan.task_force:
        is_open = isinstance(force.effort, Unspecified) or UNSPECIFIED in force.effort.values()
        yield hit(is_open, f"task_force.{force.id}.effort")


@rule("EN111")
def overlapping_areas(case: PlanView) -> Iterator[Hit]:
    """Two forces share a state and nothing ties them."""
    for one, other in combinations(case.plan.task_force, 2):
        if isinstance(one.regions, tuple) and isinstance(other.regions, tuple):
            shared = [region for region in one.regions if region in other.regions]
            untied = case.field("command.relations").is_open
            path = f"task_force.{other.id}.regions"
            yield hit(bool(shared) and untied, path, region=listed(shared or ["none"]))


@rule("EN112")
def partner_without_consent(case: PlanView) -> Iterator[Hit]:
    """Work with Mexican forces while Mexico refuses."""
    theirs = [one for one in case.plan.partner if kind_of(case.plan, one.service) != THIRD_STATE]
    for partner in theirs if case.is_us_plan else ():
        yield hit(case.no_consent, f"partner.{partner.id}")
    for element in case.us_in_mexico:
        if element.task == "train_advise":
            yield hit(element.exists & case.no_consent, element.path)


@rule("EN113")
def contradiction(case: PlanView) -> Iterator[Hit]:
    """Two parts of the plan cannot both hold."""
    plan, zone = case.plan, case.plan.zone
    if zone is not None:
        for path, _, lever in measures(case.plan):
            if lever.id == "drugs.port_closure" and zone.ports == "open":
                moved = case.field(f"{path}.level").number().over(lever.status_quo)
                yield hit(moved, path, a='zone.ports = "open"', b="a lever that closes ports")
        if zone.residents == "stay" and zone.kind == "exclusion":
            b = 'roe.target_definition = "membership_undefined"'
            yield hit(
                plan.roe.target_definition == "membership_undefined", "zone.residents", a="residents who stay", b=b
            )
        if zone.mexican_forces == "treat_as_hostile":
            b = 'consent.mexico = "senate_authorized"'
            hostile = 'zone.mexican_forces = "treat_as_hostile"'
            yield hit(plan.consent.mexico == "senate_authorized", "zone.mexican_forces", a=hostile, b=b)
    groups = plan.status.groups
    if case.undesignated and (groups is UNSPECIFIED or groups == ("all_designated",)):
        yield hit(
            case.uses_force, "status.groups", a=case.undesignated, b="force against designated organisations alone"
        )
    captures = any_of(element.exists for element in case.us if element.task == "capture")
    if plan.detention.planned is False:
        yield hit(captures, "detention.planned", a="detention.planned = false", b="a task to capture")
    if plan.exit.after == "handover_mexico" and plan.consent.if_refused == "proceed" and not case.no_consent.is_open:
        b = "no consent and if_refused = proceed"
        yield hit(case.no_consent, "exit.after", a='exit.after = "handover_mexico"', b=b)


@rule("EN114")
def expectation_not_measured(case: PlanView) -> Iterator[Hit]:
    """Something is promised and not measured."""
    measured = {success.outcome for success in case.plan.success}
    for index, expect in enumerate(case.plan.expect):
        yield hit(expect.outcome not in measured, f"expect.{index}", outcome=expect.outcome)


@rule("EN115")
def lever_at_status_quo(case: PlanView) -> Iterator[Hit]:
    """A measure changes nothing."""
    moved = {
        path
        for state in case.course
        for path, measure, lever in measures(state.plan)
        if measure.level != lever.status_quo
    }
    for path, _, lever in measures(case.plan):
        yield hit(path not in moved, f"{path}.level", lever=lever.id, level=count(lever.status_quo))


@rule("EN116")
def lever_level_open(case: PlanView) -> Iterator[Hit]:
    """How far a lever is moved is left open."""
    for path, measure, lever in measures(case.plan):
        yield hit(measure.level is UNSPECIFIED, f"{path}.level", lever=lever.id)


@rule("EN117")
def trigger_open(case: PlanView) -> Iterator[Hit]:
    """When force goes beyond the line is left open."""
    for force in case.forces_abroad:
        yield hit(force.trigger is UNSPECIFIED, f"task_force.{force.id}.trigger")


@rule("EN118")
def horizon_too_short(case: PlanView) -> Iterator[Hit]:
    """The time after the end is not simulated."""
    weeks = case.plan.horizon_weeks - AFTERMATH_WEEKS
    too_short = case.days().over(weeks * DAYS_PER_WEEK) if weeks > 0 else known(True)
    yield hit(too_short, "horizon_weeks")


@rule("EN119")
def no_stop_rule(case: PlanView) -> Iterator[Hit]:
    """Nothing ends the campaign."""
    unending = case.field("exit.criteria").is_open and case.field("duration_weeks").is_open
    latest = not isinstance(case.plan.exit.latest_week, int)
    record = f"On record: {_strikes()}." if case.uses_force.possible else ""
    yield hit(bool(case.plan.task_force or case.plan.zone) and unending and latest, "exit", record=record)


@rule("EN120")
def after_open(case: PlanView) -> Iterator[Hit]:
    """What follows the campaign is left open."""
    there = bool(case.plan.zone) | any_of(element.exists for element in case.force_in_mexico)
    yield hit(there & case.field("exit.after").is_open, "exit.after")


@rule("EN121")
def partner_effort_without_partner(case: PlanView) -> Iterator[Hit]:
    """Work through partners and no partner is named."""
    if not case.plan.partner:
        yield from case.each(tuple(e for e in case.us_in_mexico if e.task == "train_advise"))


@rule("EN122")
def many_open_fields(case: PlanView) -> Iterator[Hit]:
    """Much is written as open."""
    n = len(left_open(case.plan))
    yield hit(n >= MANY_OPEN_FIELDS, "", n=str(n))


@rule("EN123")
def removals_without_second_layer(case: PlanView) -> Iterator[Hit]:
    """More leaders are removed and nothing meets the succession."""
    moved = {lever.id for _, measure, lever in measures(case.plan) if measure.level != lever.status_quo}
    for path, _, lever in measures(case.plan):
        if lever.id == "leadership.removal_effort" and not moved & set(SECOND_LAYER):
            yield hit(case.field(f"{path}.level").number().over(MORE_REMOVALS), path)


@rule("EN124")
def civil_measure_instant(case: PlanView) -> Iterator[Hit]:
    """A programme for people is full at once."""
    for path, measure, lever in measures(case.plan):
        if lever.id.startswith(SLOW_PROGRAMMES) and isinstance(measure.level, int | float):
            far = abs(measure.level - lever.status_quo) > LARGE_MOVE * (lever.high - lever.low)
            yield hit(far and measure.ramp_weeks < SLOW_WEEKS, path)


@rule("EN125")
def beyond_published_effect(case: PlanView) -> Iterator[Hit]:
    """A lever is moved beyond anything studied or achieved."""
    limits = BEYOND_RECORD | {"drugs.precursor_control": highest("drugs.shock.precursor_rules")}
    for path, measure, lever in measures(case.plan):
        if isinstance(measure.level, int | float) and lever.id in limits:
            words = {"lever": lever.id, "level": count(measure.level)}
            yield hit(measure.level > limits[lever.id], f"{path}.level", **words)


@rule("EN128")
def starts_outside_the_run(case: PlanView) -> Iterator[Hit]:
    """A run refuses the plan: it does not start within the time that runs of the usual length reach."""
    first, weeks = _reached(case)
    problem = starts_outside(case.plan, first, weeks)
    if problem is not None:
        yield hit(True, "start", start=problem.found, allowed=problem.allowed)


def _reached(case: PlanView) -> tuple[date, int]:
    """Return the first day on which a run can begin, and the weeks from it to the end of one from the theatre's default start."""
    first = case.glossary.first_day
    return first, (case.glossary.default_day - first).days // DAYS_PER_WEEK + RUN_WEEKS


@rule("EN131")
def refused_by_a_run(case: PlanView) -> Iterator[Hit]:
    """A run refuses the plan for another reason than its start."""
    for one in refusals(case.plan, *_reached(case)):
        if one.path != "start":
            yield hit(True, one.path, why=one.message, found=one.found, allowed=one.allowed)


@rule("EN132")
def event_assumed(case: PlanView) -> Iterator[Hit]:
    """The plan assumes that an event happens."""
    for event in case.plan.event_assumed:
        yield hit(True, f"event_assumed.{event.id}", event=event.kind, week=str(event.week))


@rule("EN126")
def branches_toggle(case: PlanView) -> Iterator[Hit]:
    """Branches may switch back and forth."""
    again = [index for index, branch in enumerate(case.plan.branch) if not branch.once]
    if again and len(case.plan.branch) > 1:
        yield hit(True, f"branch.{case.plan.branch[again[0]].id or again[0]}")


@rule("EN127")
def group_set_too_small(case: PlanView) -> Iterator[Hit]:
    """One or two organisations are named of many."""
    groups = case.plan.status.groups
    few = isinstance(groups, tuple) and 0 < len(groups) <= FEW_GROUPS and not {"all_designated", "local"} & set(groups)
    yield hit(case.uses_force & few, "status.groups")


@rule("EN129")
def not_simulated(case: PlanView) -> Iterator[Hit]:
    """Something is stated that no result depends on."""
    rows = dict.fromkeys([*(row for _, row in readers.unsimulated(case.plan)), *_idle(case.plan)])
    if rows:
        yield hit(True, "", fields=listed(rows))


def _idle(plan: Plan) -> Iterator[str]:
    """Yield the fields that a plan states and that act only with another, which it does not state so."""
    for field in ("chance", "bill"):
        if any(getattr(measure, field) is not None and measure.standing != "proposed" for measure in plan.measure):
            yield f"measure[].{field}"
    if any(measure.payer is not None and lever.price is None for _, measure, lever in measures(plan)):
        yield "measure[].payer"
    congress = plan.authority.congress
    lapses = isinstance(congress.sunset_weeks, int) or congress.sunset_weeks is UNSPECIFIED
    in_force = congress.authorized in {"enacted", UNSPECIFIED}
    if isinstance(congress.sunset_weeks, int) and not in_force:
        yield "authority.congress.sunset_weeks"
    if congress.renewal is not None and not (lapses and in_force):
        yield "authority.congress.renewal"


@rule("EN133")
def bills_without_names(case: PlanView) -> Iterator[Hit]:
    """Measures that count as one bill state different chances of its passing."""
    unnamed = [one for one in case.plan.measure if one.standing == "proposed" and one.bill is None]
    chances = {UNSPECIFIED if one.chance is None else one.chance for one in unnamed}
    yield hit(len(chances) > 1, "measure")


@rule("EN130")
def words_that_change_nothing(case: PlanView) -> Iterator[Hit]:
    """Civilians are named as targets, on which the simulation does not act."""
    words = [word.word for word in refused(case.plan) if word.path == "roe.targets"]
    yield hit(bool(words), "roe.targets", words=listed(words))
