"""Detention, and who may be held or struck (AU3)."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.lint.logic import Truth, any_of
from premortem.lint.plan_view import PlanView
from premortem.lint.rule import Hit, hit, rule

LONG_DAYS = 30
"""Days held after which a court is due without doubt: a judgement, the cases give no number."""


def _enemies(case: PlanView) -> Truth:
    return case.field("status.combatant").is_in("enemy_combatants")


def _under_law_of_war(case: PlanView) -> Truth:
    return case.field("detention.status").is_in("loac")


@rule("AU301")
def detention_without_statute(case: PlanView) -> Iterator[Hit]:
    """People are held under the law of war and no statute for it is cited."""
    statute = case.field("authority.cites").has("aumf_cartels", "declaration_of_war")
    yield hit((case.us_holds_people | _enemies(case)) & _under_law_of_war(case) & ~statute, "detention.status")


@rule("AU302")
def citizens_as_enemies(case: PlanView) -> Iterator[Hit]:
    """US citizens may be held under the law of war."""
    excluded = case.field("detention.us_citizens").is_in("excluded")
    yield hit(case.us_holds_people & _under_law_of_war(case) & ~excluded, "detention.us_citizens")


@rule("AU303")
def no_habeas(case: PlanView) -> Iterator[Hit]:
    """People are held long where US courts reach, without habeas review."""
    long = case.field("detention.max_days").number().over(LONG_DAYS)
    reached = case.field("detention.site").is_in("US", "GTMO")
    yield hit(
        case.us_holds_people & long & reached & ~case.field("detention.review").is_in("habeas"), "detention.review"
    )


@rule("AU310")
def no_review_abroad(case: PlanView) -> Iterator[Hit]:
    """People are held long outside the reach of habeas corpus, with no review at all."""
    long = case.field("detention.max_days").number().over(LONG_DAYS)
    abroad = case.field("detention.site").is_in("MX", "third_country", "sea")
    reviewed = case.field("detention.review").is_in("habeas", "administrative")
    yield hit(case.holds_people & long & abroad & ~reviewed, "detention.review")


@rule("AU311")
def no_consular_notice(case: PlanView) -> Iterator[Hit]:
    """People are held or arrested, foreigners among them, and no notice to their consul is planned."""
    arrests = any_of(e.exists for e in case.us if e.task == "arrest")
    notice = case.field("detention.consular_notice")
    yield hit((case.holds_people | arrests) & ~notice.is_in(True), notice.path)


@rule("AU304")
def no_treatment_standard(case: PlanView) -> Iterator[Hit]:
    """People are held and where, or how they are treated, is not said."""
    site, standard = case.field("detention.site"), case.field("detention.standard")
    unsaid = site.is_open or standard.is_nothing()
    yield hit(case.us_holds_people & unsaid, site.path if site.is_open else standard.path)


@rule("AU305")
def military_commission(case: PlanView) -> Iterator[Hit]:
    """Trial by military commission."""
    trial = case.field("detention.trial")
    yield hit(not trial.is_open and trial.has("military_commission").is_true, trial.path)


@rule("AU306")
def capture_then_federal_court(case: PlanView) -> Iterator[Hit]:
    """People captured in Mexico are tried in a federal court."""
    tried = case.field("detention.trial").has("federal_court")
    for element in case.us_in_mexico:
        if element.task == "capture":
            yield hit(element.exists & tried, element.path)


@rule("AU307")
def detention_open(case: PlanView) -> Iterator[Hit]:
    """People are held, or may be by their label, and nobody says where."""
    yield hit((case.holds_people | _enemies(case)) & case.field("detention.site").is_open, "detention.site")


@rule("AU308")
def member_undefined(case: PlanView) -> Iterator[Hit]:
    """Who counts as a member of an enemy group is left to association, or open."""
    by_war = _enemies(case) | (case.uses_force & case.field("status.targeting").is_in("loac"))
    member = case.field("status.member")
    vague = member.is_open or member.is_in("association", "undefined").is_true
    yield hit(by_war & vague, member.path)


@rule("AU309")
def groups_open(case: PlanView) -> Iterator[Hit]:
    """Force is used on organisations that are not named."""
    yield hit(case.uses_force & (not case.undesignated) & case.field("status.groups").is_open, "status.groups")
