"""Deals with organisations, emergency powers, consent by date, sanctions and duties, and what a bargain hangs on (AU52, AU53, AU62)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.logic import any_of, known
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count
from premortem.plan.language.agreements import Deal
from premortem.plan.language.words import Unspecified

DUTIES_END = "2026-02-20"
"""Day on which the Supreme Court held that emergency powers give no tariff (law.ieepa.tariff)."""
DUTY_STATUTES = ("s122", "s232", "s301", "act_of_congress")
NEVER_SUSPENDED = ("life", "fair_trial")
"""Rights that no emergency suspends: articles 29 of Mexico's Constitution, 4 of the Covenant."""


def _lets_off(deal: Deal) -> bool:
    stated = deal.amnesty not in {"none", Unspecified.UNSPECIFIED}
    return stated or deal.kind in {"amnesty", "demobilisation"}


@rule("AU520")
def amnesty_without_limits(case: PlanView) -> Iterator[Hit]:
    """Members are let off, and what no amnesty covers, victims, or an act of Congress are missing."""
    for deal in case.plan.deal:
        path = f"deal.{deal.id}"
        lacks = [
            word
            for word, missing in (
                ("the crimes that it leaves out", case.field(f"{path}.crimes_left_out").is_nothing()),
                ("truth and redress for victims", deal.victims is not True),
                ("an act of Congress", not case.field(f"{path}.authority").has("act_of_congress").is_true),
            )
            if missing
        ]
        yield hit(_lets_off(deal) and bool(lacks), path, lacks=", ".join(lacks))


@rule("AU521")
def dealings_without_licence(case: PlanView) -> Iterator[Hit]:
    """Listed organisations get money or programmes and no licence is there."""
    for deal in case.plan.deal:
        paid = "money" in deal.concessions or deal.places_per_year not in {0, Unspecified.UNSPECIFIED}
        licensed = case.field(f"deal.{deal.id}.licensed").is_in(True)
        yield hit(~licensed & paid & case.plan.authority.fto_designation, f"deal.{deal.id}.licensed")


@rule("AU522")
def breach_not_planned(case: PlanView) -> Iterator[Hit]:
    """A deal is offered and nothing is said of what follows if it is broken, or who watches."""
    for deal in case.plan.deal:
        path = f"deal.{deal.id}"
        unsaid = case.field(f"{path}.on_breach").is_open or case.field(f"{path}.monitors").is_open
        yield hit(unsaid and deal.kind in {"truce", "talks"}, f"{path}.on_breach")


@rule("AU524")
def derogation(case: PlanView) -> Iterator[Hit]:
    """Rights are suspended that no emergency can, or without what the Covenant asks for."""
    powers = case.plan.emergency
    if powers is not None:
        never = set(NEVER_SUSPENDED) & set(powers.suspends)
        yield hit(bool(never) or powers.approved is not True, "emergency.suspends")


@rule("AU525")
def held_at_scale(case: PlanView) -> Iterator[Hit]:
    """People are held by the thousands under emergency powers."""
    if case.plan.emergency is not None:
        yield hit(case.field("emergency.held").number().over(0), "emergency.held")


@rule("AU527")
def beyond_the_vote(case: PlanView) -> Iterator[Hit]:
    """US people are in Mexico by vote of its Senate for longer, or in greater number, than the consent says, or it says neither."""
    consent, voted = case.plan.consent, case.field("consent.mexico").is_in("senate_authorized")
    inside = any_of(e.exists for e in case.us_in_mexico)
    silent = not isinstance(consent.people, int) or not isinstance(consent.to_week, int)
    yield hit(voted & inside & silent, "consent.to_week", beyond="The plan names no number or no last week.")
    for force in case.forces_abroad:
        if isinstance(consent.to_week, int) and isinstance(force.to_week, int):
            late = known(force.to_week > consent.to_week)
            words = f"{force.id} stays to week {force.to_week}, the consent ends in week {consent.to_week}."
            yield hit(voted & late, f"task_force.{force.id}", beyond=words)
    if isinstance(consent.people, int):
        many = case.people_abroad().over(consent.people)
        words = f"The consent admits {count(consent.people)} people and the plan sends more."
        yield hit(voted & many & bool(case.forces_abroad), "consent.people", beyond=words)


@rule("AU620")
def listing_as_terrorist(case: PlanView) -> Iterator[Hit]:
    """The plan rests on a listing as terrorist organisations."""
    yield from case.cites("fto_designation", "8usc1189")


@rule("AU621")
def emergency_economic_powers(case: PlanView) -> Iterator[Hit]:
    """The plan rests on emergency economic powers."""
    yield from case.cites("ieepa")


@rule("AU622")
def duty_by_emergency(case: PlanView) -> Iterator[Hit]:
    """A duty on imports has no statute that gives it since the ruling of 2026."""
    for element in case.elements:
        if element.task == "tariff":
            statute = element.authority.has(*DUTY_STATUTES)
            yield hit(element.exists & ~statute & case.starts_since(DUTIES_END), element.path)


@rule("AU623")
def sanctions(case: PlanView) -> Iterator[Hit]:
    """Property of traffickers is blocked."""
    yield from case.each(tuple(e for e in case.elements if e.task == "sanction"))


@rule("AU624")
def banks_cut_off(case: PlanView) -> Iterator[Hit]:
    """The plan rests on the power to cut foreign banks off."""
    yield from case.cites("21usc2313a")


@rule("AU625")
def law_that_has_run_out(case: PlanView) -> Iterator[Hit]:
    """A measure acts under law that has lapsed."""
    for index, measure in enumerate(case.plan.measure):
        path = f"measure.{measure.id or index}"
        yield hit(measure.standing == "lapsed", f"{path}.standing")


@rule("AU626")
def bargain_nobody_can_see(case: PlanView) -> Iterator[Hit]:
    """One thing is given for another, and nothing says how all see whether it is kept."""
    for bargain in case.plan.bargain:
        kept = case.field(f"bargain.{bargain.id}.kept")
        yield hit(kept.is_open and bargain.partner != "us_congress", kept.path)
