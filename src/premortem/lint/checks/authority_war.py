"""War powers, bases for force, command (AU2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from premortem.lint.logic import FALSE, TRUE, Truth, any_of, known, opened
from premortem.lint.plan_view import DAYS_PER_WEEK, PlanView, fact, highest, number
from premortem.lint.rule import Hit, hit, rule
from premortem.lint.words import count, listed
from premortem.plan.language.words import Unspecified

HOURS_PER_DAY = 24
DESIGNATIONS = ("fto_designation", "sdgt", "eo14157")
"""Acts that designate a group; none of them authorises force."""
LARGE_FORCE = 1000
"""People in Mexico above which an operation is not limited in scope: a judgement, no statute gives a number."""


def _soldiers_use_force(case: PlanView) -> Iterator[tuple[Truth, str]]:
    for element in case.force:
        yield element.exists & element.status.is_in("title10"), element.path


@rule("AU201")
def congress_not_consulted(case: PlanView) -> Iterator[Hit]:
    """Soldiers use force and Congress is not consulted first."""
    consulted = case.field("authority.congress.consulted").is_in(True)
    for fighting, path in _soldiers_use_force(case):
        yield hit(fighting & ~consulted, path)


@rule("AU202")
def no_report(case: PlanView) -> Iterator[Hit]:
    """Soldiers use force, or enter Mexico equipped for combat, and no report comes in time."""
    report = case.field("authority.congress.report_hours")
    late = report.is_in("none") | report.number().over(number("law.wpr.notice_hours"))
    for element in case.us:
        if element.uses_force or (element.country == "MX" and element.equipped):
            yield hit(element.exists & element.status.is_in("title10") & late, element.path)


@rule("AU203")
def war_powers_clock(case: PlanView) -> Iterator[Hit]:
    """Soldiers use force past the clock and Congress has not authorised it, or past the end of its authorisation."""
    certified = case.plan.authority.congress.safe_withdrawal
    days = (highest if certified else number)("law.wpr.termination_days")
    limit = number("law.wpr.notice_hours") / HOURS_PER_DAY + days
    sunset = case.plan.authority.congress.sunset_weeks
    for fighting, path in _soldiers_use_force(case):
        lasts = case.days(path)
        lapsed = lasts.over(sunset * DAYS_PER_WEEK) if isinstance(sunset, int) else FALSE
        yield hit(fighting & ((~case.enacted & lasts.over(limit)) | (case.enacted & lapsed)), path)


@rule("AU204")
def no_hostilities(case: PlanView) -> Iterator[Hit]:
    """The plan argues that its force is not hostilities."""
    exposed = any_of(e.exists for e in case.force_in_mexico if e.task != "strike")
    misfit = "It does not fit ground forces who are exposed to fire." if exposed.is_true else ""
    yield hit(case.field("authority.theories").has("no_hostilities"), "authority.theories", misfit=misfit)


@rule("AU205")
def article_two_scope(case: PlanView) -> Iterator[Hit]:
    """Force in Mexico that is long, large or a standing zone rests on the president alone."""
    large, limit = case.people_abroad().over(LARGE_FORCE), number("law.wpr.termination_days")
    for element in case.force_in_mexico:
        long = case.days(element.path).over(limit)
        reasons = {
            "a standing zone": case.exclusion,
            f"over {count(LARGE_FORCE)} people in Mexico": large,
            f"over {count(limit)} days": long,
        }
        wide = listed(reason for reason, holds in reasons.items() if holds.possible)
        yield hit(element.exists & ~case.enacted & (case.exclusion | large | long), element.path, wide=wide)


@rule("AU206")
def old_authorisation(case: PlanView) -> Iterator[Hit]:
    """An authorisation of 2001 or 2002 is cited."""
    yield from case.cites("aumf2001", "aumf2002")


@rule("AU207")
def designation_as_authority(case: PlanView) -> Iterator[Hit]:
    """Force rests on nothing but a designation."""
    for element in case.force:
        yield hit(element.exists & element.authority.all_in(*DESIGNATIONS), element.path)


@rule("AU208")
def counts_on_congress(case: PlanView) -> Iterator[Hit]:
    """The plan counts on what Congress will do."""
    assumes = case.field("authority.congress.assumes")
    yield hit(assumes.is_in("authorizes", "blocks"), assumes.path)
    yield from (hit(one.partner == "us_congress", f"bargain.{one.id}") for one in case.plan.bargain)


@rule("AU209")
def covert_action(case: PlanView) -> Iterator[Hit]:
    """Something is secret and deniable, or done by intelligence, without a written finding."""
    plan = case.plan.authority
    yield hit(known(plan.covert) & ~case.field("authority.cites").has("covert_finding"), "authority.covert")
    for element in case.us:
        secret = known(element.covert and not plan.covert) | element.status.is_in("title50")
        yield hit(element.exists & secret & ~element.authority.has("covert_finding"), element.path)


@rule("AU210")
def leaders_as_targets(case: PlanView) -> Iterator[Hit]:
    """Leaders are struck or raided and no armed conflict is claimed."""
    aimed = case.field("roe.targets").has("leader") & ~case.field("authority.theories").has("niac")
    attacks = any_of(element.exists for element in case.us if element.task in {"strike", "raid"})
    yield hit(attacks & aimed, "roe.targets")


@rule("AU211")
def functional_command_leads(case: PlanView) -> Iterator[Hit]:
    """Special Operations Command leads in another command's area."""
    lead = case.field("command.lead")
    functional = lead.is_in(*case.glossary.commands_as("functional"))
    yield hit(functional & (bool(case.plan.task_force) and not lead.is_open), lead.path)


@rule("AU212")
def mixed_status_without_chain(case: PlanView) -> Iterator[Hit]:
    """Forces of different status, and nothing ties them."""
    fields = {element.path: element.status for element in case.us}.values()
    known_ones = {status.value for status in fields if not status.is_open}
    left_open = [status.is_in() for status in fields if status.is_open]
    mixed = known(len(known_ones) > 1) | (any_of(left_open) & (len(known_ones) + len(left_open) > 1))
    yield hit(mixed & case.field("command.relations").is_open, "command.relations")


@rule("AU213")
def authorisation_only_requested(case: PlanView) -> Iterator[Hit]:
    """Force is planned on an authorisation that is only asked for."""
    authorized = case.field("authority.congress.authorized")
    yield hit(case.uses_force & (not authorized.is_open) & authorized.is_in("requested"), authorized.path)


@rule("AU214")
def no_lead(case: PlanView) -> Iterator[Hit]:
    """Nobody is named as supported commander or lead agency."""
    yield hit(bool(case.plan.task_force) and case.field("command.lead").is_open, "command.lead")


@rule("AU216")
def statute_never_passed(case: PlanView) -> Iterator[Hit]:
    """The plan counts as enacted an authorisation that Congress had not passed when last seen."""
    seen = date.fromisoformat(fact("law.congress.house_vote_dec2025").period)
    start = case.plan.start
    later = isinstance(start, Unspecified) or start > seen
    when = case.field("authority.congress.authorized")
    counted = case.enacted if not when.is_open else FALSE
    yield hit(counted & (opened("start") if later else TRUE), when.path)


@rule("AU217")
def armed_entry_starts_the_clock(case: PlanView) -> Iterator[Hit]:
    """Armed people act in Mexico without consent, at a task that is no force task, and Congress has not authorised it."""
    for element in case.armed_in_mexico:
        soldiers = element.status.is_in("title10")
        yield hit(element.exists & soldiers & case.no_consent & ~case.enacted, element.path)


@rule("AU215")
def authorisation_that_does_not_exist(case: PlanView) -> Iterator[Hit]:
    """A statute is cited that Congress has not passed."""
    for found in case.cites("aumf_cartels", "declaration_of_war"):
        yield hit(found.truth & ~case.enacted, found.path)


@rule("AU218")
def authorisation_without_end(case: PlanView) -> Iterator[Hit]:
    """An authorisation of force is asked for, or counted on, with no end date."""
    congress = case.field("authority.congress.authorized")
    wanted = not congress.is_open and congress.is_in("requested", "enacted").is_true
    endless = not isinstance(case.plan.authority.congress.sunset_weeks, int)
    yield hit(wanted and endless, congress.path)
