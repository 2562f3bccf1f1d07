"""Charters, consent and the law of armed conflict (AU4)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.elements import SOLDIERS, Element, kind_of
from premortem.lint.logic import TRUE, known, opened
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import estimate
from premortem.theatre.glossary import THIRD_STATE

SHORT_STAY_DAYS = 3
"""Days up to which a presence is a raid rather than control of the ground: a judgement."""
LOW_COOPERATION = 0.3
"""Index of cooperation under which "unwilling" can be argued from the plan's own assumption: a judgement."""
CONTROL_TASKS = frozenset({"ground_hold", "exclusion_zone"})


@rule("AU401")
def force_against_territory(case: PlanView) -> Iterator[Hit]:
    """Force in Mexico without consent or a mandate."""
    for element in case.force_in_mexico:
        yield hit(element.exists & case.no_consent & ~element.authority.has("unsc_resolution"), element.path)


@rule("AU402")
def self_defence(case: PlanView) -> Iterator[Hit]:
    """Force in Mexico without consent is argued as self-defence."""
    argued = case.field("authority.theories").has("self_defense")
    for element in case.force_in_mexico:
        yield hit(element.exists & argued & case.no_consent, element.path)


@rule("AU403")
def unwilling_or_unable(case: PlanView) -> Iterator[Hit]:
    """Mexico is called unwilling or unable."""
    assumed = case.plan.assumes.mx_cooperation
    willing = opened("assumes.mx_cooperation") if assumed is not None and assumed <= LOW_COOPERATION else TRUE
    argued = case.field("authority.theories").has("unwilling_unable") & willing
    for element in case.us_in_mexico:
        yield hit(element.exists & argued, "authority.theories")


@rule("AU404")
def oas_charter(case: PlanView) -> Iterator[Hit]:
    """Force in Mexico without consent breaks the charter of the Organisation of American States."""
    for element in case.force_in_mexico:
        yield hit(element.exists & case.no_consent, element.path)


@rule("AU405")
def rio_treaty(case: PlanView) -> Iterator[Hit]:
    """The Rio Treaty is cited."""
    yield from case.cites("rio_treaty")


@rule("AU406")
def no_peaceful_step(case: PlanView) -> Iterator[Hit]:
    """Force without consent, and no talks first."""
    sought = case.field("consent.sought")
    for element in case.force_in_mexico:
        yield hit(element.exists & case.no_consent & ~sought.is_in(True), sought.path)


@rule("AU407")
def consent_from_the_wrong_body(case: PlanView) -> Iterator[Hit]:
    """Soldiers or intelligence officers enter on consent that their Senate has not given."""
    partial = case.field("consent.mexico").is_in("executive_only", "state_government", "agency")
    for element in case.us_in_mexico:
        if element.kinds & (SOLDIERS | {"intelligence"}):
            yield hit(element.exists & partial, "consent.mexico")


@rule("AU408")
def criminal_court(case: PlanView) -> Iterator[Hit]:
    """Force is used on the territory of a member of the International Criminal Court."""
    yield from case.each(case.force_in_mexico)


@rule("AU409")
def armed_conflict_threshold(case: PlanView) -> Iterator[Hit]:
    """Force rests on there being an armed conflict: by its label, its regime, or because capture is ruled out."""
    label = case.field("status.combatant").is_in("enemy_combatants") | case.field("authority.theories").has("niac")
    by_war = label | case.field("status.targeting").is_in("loac")
    yield hit(case.uses_force & by_war, "status.targeting")
    if case.plan.roe.capture_option is False:
        yield hit(case.uses_force, "roe.capture_option")


@rule("AU410")
def distinction(case: PlanView) -> Iterator[Hit]:
    """Force is drawn by acts, or aimed at people, that are no lawful target."""
    drawn = case.field("roe.target_definition").is_in("any_cartel_activity", "membership_undefined")
    aimed = case.field("roe.targets").has("money", "smuggler", "lookout", "family")
    path = "roe.targets" if aimed.is_true and not drawn.is_true else "roe.target_definition"
    yield hit(case.uses_force & (drawn | aimed), path)


@rule("AU411")
def no_precautions(case: PlanView) -> Iterator[Hit]:
    """Force among people without a policy on harm to civilians."""
    policy = case.field("civilians.harm_policy")
    for element in case.force_in_mexico:
        yield hit(element.exists & policy.is_nothing(), policy.path)


@rule("AU412")
def exclusion_zone(case: PlanView) -> Iterator[Hit]:
    """An exclusion zone without a rule for residents, a warning, or a lawful test of what draws force."""
    if case.exclusion.is_true:
        vague = case.field("roe.target_definition").is_in("any_cartel_activity", "membership_undefined")
        unwarned = ~case.field("zone.warning").is_in(True)
        yield hit(known(case.field("zone.residents").is_open) | unwarned | vague, "zone.kind")


@rule("AU413")
def occupation(case: PlanView) -> Iterator[Hit]:
    """Ground is held in Mexico without consent for more than a few days."""
    living = case.residents() if case.zone_in_mexico else None
    residents = "" if living is None else f"{estimate(living)} people live in the zone."
    for element in case.us_in_mexico:
        if element.task in CONTROL_TASKS:
            lasting = case.days(element.path).over(SHORT_STAY_DAYS)
            yield hit(element.exists & case.no_consent & lasting, element.path, residents=residents)


@rule("AU414")
def asylum_blocked(case: PlanView) -> Iterator[Hit]:
    """People who flee have no way to safety."""
    flight = case.field("civilians.flight_open")
    yield hit(case.exclusion & ~flight.is_in(True), flight.path)
    yield from case.each(tuple(element for element in case.elements if element.task == "port_closure"))
    if not flight.is_open:
        yield hit(case.uses_force & flight.is_in(False), flight.path)


@rule("AU415")
def rules_of_engagement_open(case: PlanView) -> Iterator[Hit]:
    """What draws force, or how it is identified, is left open."""
    for path in ("roe.target_definition", "roe.positive_identification"):
        if case.field(path).is_open:
            yield hit(case.uses_force, path)
            return


@rule("AU416")
def consent_open(case: PlanView) -> Iterator[Hit]:
    """Something is done in Mexico and its consent is left open."""
    for element in case.elements:
        if element.country == "MX" and _needs_consent(case, element):
            yield hit(element.exists & case.field("consent.mexico").is_open, "consent.mexico")


def _needs_consent(case: PlanView, element: Element) -> bool:
    """Return whether Mexico must consent: not to what its own forces do in its own plan."""
    return case.is_us_plan or not element.hosts_own


@rule("AU417")
def harm_policy_open(case: PlanView) -> Iterator[Hit]:
    """Force is used and the policy on harm to civilians is left open."""
    policy = case.field("civilians.harm_policy")
    yield hit(case.uses_force & policy.is_open, policy.path)


@rule("AU418")
def defence_not_reported(case: PlanView) -> Iterator[Hit]:
    """Self-defence is argued and no report to the Security Council is planned."""
    argued = case.field("authority.theories").has("self_defense")
    report = case.field("authority.un_report")
    for element in case.force_in_mexico:
        yield hit(element.exists & argued & ~report.is_in(True), report.path)


@rule("AU419")
def outside_consent(case: PlanView) -> Iterator[Hit]:
    """A force acts in Mexico with a task that the consent does not cover."""
    scope = case.plan.consent.scope
    consent = case.field("consent.mexico")
    for element in case.us_in_mexico:
        if scope and element.task not in scope and not consent.is_open:
            yield hit(element.exists & ~consent.is_in("none"), element.path)


@rule("AU421")
def armed_entry(case: PlanView) -> Iterator[Hit]:
    """Armed people act in Mexico without consent or a mandate, at a task that is no force task."""
    for element in case.armed_in_mexico:
        yield hit(element.exists & case.no_consent & ~element.authority.has("unsc_resolution"), element.path)
    mandate = case.field("authority.cites").has("unsc_resolution")
    for partner in case.plan.partner:
        if kind_of(case.plan, partner.service) == THIRD_STATE:
            yield hit(case.no_consent & ~mandate, f"partner.{partner.id}.service")


@rule("AU420")
def refusal_not_planned(case: PlanView) -> Iterator[Hit]:
    """Something is done in Mexico, its consent is short of full, and nothing is said of a refusal."""
    consent = case.field("consent.mexico")
    short = consent.is_open or (~consent.is_in("senate_authorized")).is_true
    for element in case.elements:
        if element.country == "MX" and _needs_consent(case, element):
            yield hit(element.exists & (short and case.field("consent.if_refused").is_open), "consent.if_refused")


@rule("AU422")
def high_seas_closed(case: PlanView) -> Iterator[Hit]:
    """A part of the sea is closed or made a zone in which force is used."""
    yield from case.each(tuple(e for e in case.us if e.place == "sea" and e.task in {"blockade", "exclusion_zone"}))


@rule("AU423")
def strikes_at_sea(case: PlanView) -> Iterator[Hit]:
    """Boats are struck."""
    yield from case.each(tuple(e for e in case.us if e.place == "sea" and e.task in {"strike", "strike_vessel"}))
