"""Partners, Mexican law, and law on arms (AU5, AU6)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import AID_TASKS, SOLDIERS, us_pays
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule
from premortem.theatre.glossary import THIRD_STATE

ARRESTS = frozenset({"arrest", "detain"})
PRETRIAL_LIST_SINCE = "2025-01-01"
GUARD_LAW_SINCE = "2025-07-17"
"""First days on which the list of crimes of article 19 as of 31 December 2024, and the law of the Guard of 16 July 2025, are in force."""
HOURS_BEFORE_JUDGE = 48
"""For how long a prosecutor may hold a person (law.mx.art16_arrest)."""
FOREIGN_AGENTS = frozenset({"agents", "intelligence"})


@rule("AU501")
def leahy_vetting(case: PlanView) -> Iterator[Hit]:
    """A partner is trained or equipped without vetting, or there is partner effort and no partner is named."""
    for partner in case.plan.partner:
        vetted = case.field(f"partner.{partner.id}.leahy_vetted")
        aided = bool(AID_TASKS & set(partner.tasks)) and us_pays(case.plan, partner)
        yield hit(~vetted.is_in(True) & aided, f"partner.{partner.id}")
    for element in case.us_in_mexico:
        if element.kind == "task_force" and element.task == "train_advise" and not case.plan.partner:
            yield hit(element.exists, element.path)


@rule("AU502")
def partner_authority(case: PlanView) -> Iterator[Hit]:
    """Aid to partners without a statute that pays for it."""
    paid = {f"partner.{partner.id}" for partner in case.plan.partner if us_pays(case.plan, partner)}
    for element in case.elements:
        measure = element.kind == "measure" and not (element.hosts_own or element.is_bill)
        if element.task in AID_TASKS and (measure or element.path in paid):
            yield hit(element.exists & element.authority.is_nothing(), element.path)


@rule("AU503")
def mexican_senate(case: PlanView) -> Iterator[Hit]:
    """US troops or those of a third state enter and Mexico's Senate has not authorised what they do."""
    authorised = case.field("consent.mexico").is_in("senate_authorized")
    for element in case.us_in_mexico:
        if element.kinds & SOLDIERS:
            yield hit(element.exists & ~authorised, element.path)
    for sea in case.plan.sea:
        theirs = case.glossary.services[sea.service].kind.startswith("foreign")
        there = "territorial_mx" in sea.waters and not theirs
        yield hit(~authorised & there, f"sea.{sea.id}.waters")
    for partner in case.plan.partner:
        third = case.glossary.services[partner.service].kind == THIRD_STATE
        yield hit(~authorised & third, f"partner.{partner.id}.service")


@rule("AU504")
def mexican_sovereignty(case: PlanView) -> Iterator[Hit]:
    """US forces act in Mexico without consent."""
    for element in case.us_in_mexico:
        yield hit(element.exists & case.no_consent, element.path)


@rule("AU505")
def agents_accredited(case: PlanView) -> Iterator[Hit]:
    """US agents are placed in Mexico."""
    yield from case.each(tuple(e for e in case.us_in_mexico if e.kinds & FOREIGN_AGENTS))


@rule("AU506")
def soldiers_policing(case: PlanView) -> Iterator[Hit]:
    """Mexican soldiers or marines arrest and police."""
    police = {"arrest", "police"}
    yield from case.each(tuple(e for e in case.elements if "foreign_army" in e.kinds and e.task in police))


@rule("AU507")
def agents_beyond_liaison(case: PlanView) -> Iterator[Hit]:
    """US agents do more in Mexico than exchange information."""
    agents = (e for e in case.us_in_mexico if e.kinds & FOREIGN_AGENTS and e.task != "intel_share")
    yield from case.each(tuple(agents))


@rule("AU508")
def consent_of_a_state(case: PlanView) -> Iterator[Hit]:
    """A Mexican state alone agrees to what US forces or agents do."""
    consent = case.field("consent.mexico")
    if not consent.is_open:
        yield from (hit(e.exists & consent.is_in("state_government"), consent.path) for e in case.us_in_mexico)


@rule("AU509")
def arrest_without_basis(case: PlanView) -> Iterator[Hit]:
    """Mexican forces arrest or hold people and on what basis is not said."""
    for partner in case.plan.partner:
        yield hit(bool(ARRESTS & set(partner.tasks)) and not partner.arrest_basis, f"partner.{partner.id}")
    if case.plan.emergency is not None:
        hours = case.field("emergency.hours_before_judge")
        yield hit(hours.number().over(HOURS_BEFORE_JUDGE), hours.path)


@rule("AU510")
def pretrial_list(case: PlanView) -> Iterator[Hit]:
    """Mexican forces arrest or hold people, of whom only some are held until trial."""
    for partner in case.plan.partner:
        yield hit(case.starts_since(PRETRIAL_LIST_SINCE) & bool(ARRESTS & set(partner.tasks)), f"partner.{partner.id}")


@rule("AU511")
def rights_suspended(case: PlanView) -> Iterator[Hit]:
    """Mexico declares a zone in which acts or people draw force, or suspends rights without Congress, review or a term."""
    yield hit(case.plan.author == "MX" and case.exclusion.is_true, "zone.kind")
    if (powers := case.plan.emergency) is not None:
        yield hit(powers.approved is not True, "emergency.approved")
        yield hit(powers.reviewed is not True, "emergency.reviewed")
        yield hit(not isinstance(powers.term_weeks, int), "emergency.term_weeks")


@rule("AU512")
def foreign_command(case: PlanView) -> Iterator[Hit]:
    """Mexican forces are named, another leads, and nothing keeps the chains apart."""
    lead, relations = case.field("command.lead"), case.field("command.relations")
    apart = relations.is_in("coordinating_body", "separate_chains")
    if case.plan.partner and not lead.is_open:
        yield hit(~lead.is_in("mexico") & ~apart, relations.path)


@rule("AU513")
def law_of_the_guard(case: PlanView) -> Iterator[Hit]:
    """Mexico's National Guard is used."""
    yield from case.each(
        tuple(e for e in case.elements if "foreign_police" in e.kinds), case.starts_since(GUARD_LAW_SINCE)
    )


@rule("AU514")
def handed_over_outside_extradition(case: PlanView) -> Iterator[Hit]:
    """More or fewer prisoners than before are handed over outside extradition."""
    yield from _implies(case, "transfer_prisoners")


@rule("AU515")
def international_mission(case: PlanView) -> Iterator[Hit]:
    """An international body is the author."""
    yield hit(case.plan.author == "un", "author")


@rule("AU516")
def another_author(case: PlanView) -> Iterator[Hit]:
    """Another than the United States is the author."""
    yield hit(not case.is_us_plan, "author")


@rule("AU517")
def partner_capacity(case: PlanView) -> Iterator[Hit]:
    """Aid to foreign forces rests on the statute for building their capacity."""
    yield from case.cites("10usc333")


def _implies(case: PlanView, *tasks: str) -> Iterator[Hit]:
    """Yield the elements with one of some tasks; a bill is no act under the law that it would change."""
    yield from case.each(tuple(e for e in case.elements if e.task in tasks and not e.is_bill))


@rule("AU606")
def liability_bill(case: PlanView) -> Iterator[Hit]:
    """A bill would make makers liable."""
    yield from case.each(tuple(e for e in case.elements if e.task == "maker_liability" and e.is_bill))


@rule("AU601")
def trafficking_law(case: PlanView) -> Iterator[Hit]:
    """Arms trafficking is investigated or prosecuted."""
    yield from _implies(case, "arms_investigation", "arms_prosecution")


@rule("AU602")
def trace_riders(case: PlanView) -> Iterator[Hit]:
    """Trace data is published, or dealers must count their stock."""
    yield from _implies(case, "publish_trace", "dealer_inventory_mandate")


@rule("AU603")
def gun_registry(case: PlanView) -> Iterator[Hit]:
    """Firearms are registered."""
    yield from _implies(case, "gun_registry")


@rule("AU604")
def maker_liability(case: PlanView) -> Iterator[Hit]:
    """Makers are held liable."""
    yield from _implies(case, "maker_liability")


@rule("AU605")
def outbound_search(case: PlanView) -> Iterator[Hit]:
    """Southbound traffic is inspected."""
    yield from _implies(case, "southbound_inspection")
