"""Partners, Mexican law, and law on arms (AU5, AU6)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import SOLDIERS
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule

AID_TASKS = frozenset({"train_advise", "equip"})
FOREIGN_AGENTS = frozenset({"agents", "intelligence"})


@rule("AU501")
def leahy_vetting(case: PlanView) -> Iterator[Hit]:
    """A partner is trained or equipped without vetting, or there is partner effort and no partner is named."""
    for partner in case.plan.partner:
        vetted = case.field(f"partner.{partner.id}.leahy_vetted")
        yield hit(~vetted.is_in(True) & bool(AID_TASKS & set(partner.tasks)), f"partner.{partner.id}")
    for element in case.us_in_mexico:
        if element.kind == "task_force" and element.task == "train_advise" and not case.plan.partner:
            yield hit(element.exists, element.path)


@rule("AU502")
def partner_authority(case: PlanView) -> Iterator[Hit]:
    """Aid to partners without a statute that pays for it."""
    for element in case.elements:
        if element.kind in {"partner", "measure"} and element.task in AID_TASKS:
            yield hit(element.exists & element.authority.is_nothing(), element.path)


@rule("AU503")
def mexican_senate(case: PlanView) -> Iterator[Hit]:
    """US troops enter and Mexico's Senate has not authorised what they do."""
    authorised = case.field("consent.mexico").is_in("senate_authorized")
    for element in case.us_in_mexico:
        if element.kinds & SOLDIERS:
            yield hit(element.exists & ~authorised, element.path)


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


def _implies(case: PlanView, *tasks: str) -> Iterator[Hit]:
    yield from case.each(tuple(element for element in case.elements if element.task in tasks))


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
