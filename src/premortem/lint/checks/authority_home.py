"""Authority and law inside the United States (AU1)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import MEXICAN_PLACES, kind_of, measures, us_pays
from premortem.lint.logic import FALSE, known
from premortem.lint.plan_view import DAYS_PER_YEAR, PlanView
from premortem.lint.rule import Hit, hit, rule

POLICE_TASKS = frozenset({"arrest", "search", "seizure", "interdict_vehicle", "interdict_person", "crowd_control"})
"""Tasks of direct law enforcement."""
BOARDS = frozenset({"board", "interdict_vessel"})
SUPPORT_TASKS = frozenset({"surveillance", "logistics", "engineering", "training", "intel_share", "transport"})
SUPPORT_STATUTES = ("10usc271", "10usc272", "10usc273", "10usc274", "10usc284")
EXCEPTIONS = ("insurrection_act", "10usc282", "10usc283", "protective_power_claim")
"""Bases said to lift the bar on soldiers as police."""


@rule("AU101")
def no_authority(case: PlanView) -> Iterator[Hit]:
    """Nothing is cited, by the plan or by the element."""
    if case.field("authority.cites").is_open:
        for kind, forces in (
            ("task_force", case.plan.task_force),
            ("domestic", case.plan.domestic),
            ("partner", [partner for partner in case.plan.partner if us_pays(case.plan, partner)]),
        ):
            for force in forces:
                path = f"{kind}.{force.id}"
                yield hit(case.field(f"{path}.authority").is_open, path)


@rule("AU102")
def guard_status_open(case: PlanView) -> Iterator[Hit]:
    """The Guard is used in a status that is not said."""
    for force in case.plan.domestic:
        path = f"domestic.{force.id}"
        yield hit(kind_of(case.plan, force.service) == "guard" and case.field(f"{path}.status").is_open, path)


@rule("AU103")
def soldiers_as_police(case: PlanView) -> Iterator[Hit]:
    """Federal troops enforce the law at home without a statute that allows it."""
    for element in case.at_home:
        if element.task in POLICE_TASKS:
            bar = element.status.is_in("title10") & ~element.authority.has(*EXCEPTIONS)
            yield hit(element.exists & bar, element.path)


@rule("AU104")
def purpose_as_label(case: PlanView) -> Iterator[Hit]:
    """National defence is named as the purpose of federal troops at home."""
    for element in case.at_home:
        label = element.authority.has("national_defense_purpose") if not element.authority.is_open else FALSE
        yield hit(element.exists & element.status.is_in("title10") & label, element.path)


@rule("AU105")
def indirect_support(case: PlanView) -> Iterator[Hit]:
    """Federal troops only support, on a statute that allows it."""
    for element in case.at_home:
        if element.task in SUPPORT_TASKS and not element.authority.is_open:
            allowed = element.status.is_in("title10") & element.authority.has(*SUPPORT_STATUTES)
            yield hit(element.exists & allowed, element.path)


@rule("AU106")
def guard_under_governor(case: PlanView) -> Iterator[Hit]:
    """The Guard serves under a governor who agrees."""
    for force in case.plan.domestic:
        path = f"domestic.{force.id}"
        agreed = case.field(f"{path}.status").is_in("title32", "sad") & case.field(f"{path}.governor_consent").is_in(
            True
        )
        yield hit(known(kind_of(case.plan, force.service) == "guard" and agreed.is_true), path)


@rule("AU107")
def guard_in_unwilling_state(case: PlanView) -> Iterator[Hit]:
    """State-status Guard without the governor's agreement."""
    for force in case.plan.domestic:
        path = f"domestic.{force.id}"
        unwilling = case.field(f"{path}.governor_consent").is_in(False)
        yield hit(
            known(kind_of(case.plan, force.service) == "guard")
            & case.field(f"{path}.status").is_in("title32")
            & unwilling,
            path,
        )


@rule("AU108")
def guard_called_by_12406(case: PlanView) -> Iterator[Hit]:
    """The Guard is federalised under 10 USC 12406 against a governor's will."""
    for element in case.us:
        if element.kind == "domestic" and "guard" in element.kinds and not element.authority.is_open:
            unwilling = ~case.field(f"{element.path}.governor_consent").is_in(True)
            yield hit(element.status.is_in("title10") & element.authority.has("10usc12406") & unwilling, element.path)


@rule("AU109")
def insurrection_act(case: PlanView) -> Iterator[Hit]:
    """The Insurrection Act is cited, for the plan or for a force."""
    yield from case.cites("insurrection_act")


@rule("AU110")
def invasion_theory(case: PlanView) -> Iterator[Hit]:
    """Crime is called an invasion."""
    yield hit(case.field("authority.theories").has("invasion"), "authority.theories")


@rule("AU111")
def defense_area_detention(case: PlanView) -> Iterator[Hit]:
    """Soldiers stop or hold people on a strip declared a military installation."""
    for element in case.at_home:
        if element.place == "national_defense_area" and element.task in {"detain", "interdict_person"}:
            yield hit(element.exists & element.status.is_in("title10"), element.path)


@rule("AU112")
def fourth_amendment(case: PlanView) -> Iterator[Hit]:
    """Somebody stops, searches, seizes or arrests at home."""
    tasks = POLICE_TASKS - {"crowd_control"}
    yield from case.each(tuple(element for element in case.at_home if element.task in tasks))


@rule("AU113")
def local_police_commandeered(case: PlanView) -> Iterator[Hit]:
    """Local or state police do federal work without an agreement."""
    for force in case.plan.domestic:
        path = f"domestic.{force.id}"
        if kind_of(case.plan, force.service) == "police":
            federal = case.field(f"{path}.tasks").has("immigration_enforcement", "federal_enforcement")
            yield hit(federal & ~case.field(f"{path}.agreement_signed").is_in(True), path)


@rule("AU114")
def coast_guard_exempt(case: PlanView) -> Iterator[Hit]:
    """The Coast Guard enforces the law in its own right."""
    yield from case.each(tuple(e for e in case.us if "coast_guard" in e.kinds and e.country in {"US", "sea"}))


@rule("AU115")
def agents_arrest_in_mexico(case: PlanView) -> Iterator[Hit]:
    """US agents arrest or raid on Mexican soil."""
    for element in case.us:
        if (
            element.place in MEXICAN_PLACES
            and "agents" in element.kinds
            and element.task in {"arrest", "raid", "capture"}
        ):
            yield hit(element.exists, element.path)


@rule("AU116")
def reserve_call_up(case: PlanView) -> Iterator[Hit]:
    """Reserves serve for over a year."""
    paths = dict.fromkeys(element.path for element in case.us if element.component == "reserve")
    for path in paths:
        yield hit(case.days(path).over(DAYS_PER_YEAR), path)


@rule("AU117")
def port_closure(case: PlanView) -> Iterator[Hit]:
    """Legal crossings are closed, restricted, or every vehicle is inspected."""
    closing = {"port_closure", "blanket_inspection"}
    yield from case.each(tuple(e for e in case.elements if e.task in closing and not e.is_bill))
    if case.zone_in_mexico:
        yield hit(case.field("zone.ports").is_in("closed", "restricted"), "zone.ports")


@rule("AU118")
def material_support_chill(case: PlanView) -> Iterator[Hit]:
    """Outsiders who must deal with designated groups risk charges."""
    touched = known(bool(case.plan.civilians.affected_actors))
    yield hit(touched & case.plan.authority.fto_designation, "civilians.affected_actors")


@rule("AU119")
def military_leads_police_work(case: PlanView) -> Iterator[Hit]:
    """A military command leads civilian officers who stop, search or arrest."""
    military = case.field("command.lead")
    commands = case.glossary.commands_as("area", "other_area", "functional")
    for element in case.at_home:
        if element.task in POLICE_TASKS and element.kind == "domestic" and not military.is_open:
            civilian = element.status.is_in("civilian_le")
            yield hit(element.exists & civilian & military.is_in(*commands), element.path)


@rule("AU120")
def bill(case: PlanView) -> Iterator[Hit]:
    """A measure rests on a bill or draft rule."""
    for path, measure, _ in measures(case.plan):
        yield hit(measure.standing == "proposed", path)


@rule("AU121")
def defense_area(case: PlanView) -> Iterator[Hit]:
    """Border land under military jurisdiction is used."""
    yield from case.each(tuple(e for e in case.at_home if e.place == "national_defense_area"))


@rule("AU122")
def navy_as_coast_guard(case: PlanView) -> Iterator[Hit]:
    """Soldiers or sailors stop, search or arrest at sea and no Coast Guard is with them."""
    with_them = any(e.place == "sea" and "coast_guard" in e.kinds for e in case.us)
    for element in case.us:
        if element.place == "sea" and "military" in element.kinds and element.task in POLICE_TASKS | BOARDS:
            yield hit(element.exists & (not with_them), element.path)
