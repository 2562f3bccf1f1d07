"""The plan: every table and field of the plan language, typed.

The tables here are the language: JSON Schema, the field table of the manual and the checks of the loader are all made
from them. A field carries its kind, default and meaning; the law of an open field is data (``open_fields``), and its
readers are found by tracing (``readers``).
Arrays of tables (task forces, measures, branches) are in ``elements``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import model_validator

from premortem.plan.language import catalogue
from premortem.plan.language.agreements import Bargain, Deal, EventAssumed, Reference
from premortem.plan.language.elements import Branch, Domestic, Expect, Measure, Partner, Phase, Sea, Success, TaskForce
from premortem.plan.language.expression import Condition
from premortem.plan.language.kinds import (
    Conditional,
    Day,
    Flag,
    Number,
    Path,
    PlanName,
    Slug,
    SourceKey,
    Text,
    Whole,
    Word,
    refuse,
)
from premortem.plan.language.marks import ListOf, Open, OrNone, SomeOf
from premortem.plan.language.table import REQUIRED, Table, about, opened
from premortem.plan.language.words import NONE
from premortem.theatre import glossary
from premortem.theatre.folder import DEFAULT
from premortem.theatre.glossary import Glossary

WEEK = timedelta(weeks=1)
HORIZON_WEEKS = 312
"""Six years: the length that is simulated unless a plan states another."""


class Congress(Table):
    """``[authority.congress]``: what Congress is told, asked and counted on for."""

    consulted: Open[Annotated[bool, Flag()]] = opened("Congress consulted before entry")
    report_hours: OrNone[Annotated[int, Whole(0, 8760)]] = opened("hours from entry to report")
    authorized: Open[Annotated[str, Word("congress_auth")]] = opened("statute authorising force")
    sunset_weeks: OrNone[Annotated[int, Whole(1, 2080)]] = about(
        NONE, "weeks from the start after which the statute that authorises force lapses"
    )
    renewal: Open[Annotated[float, Number(0, 1)]] | None = about(
        None,
        "probability that Congress renews it, each time that it is about to lapse",
        otherwise="drawn for a statute that lapses",
    )
    assumes: Annotated[str, Word("assumes_congress")] = about("none", "what the plan counts on Congress to do")
    safe_withdrawal: Annotated[bool, Flag()] = about(False, "30 extra days certified")


class Authority(Table):
    """``[authority]``: the legal basis."""

    cites: Open[ListOf[Annotated[str, Word("authority")]]] = opened(
        "legal bases of the whole plan; an element may carry its own"
    )
    theories: ListOf[Annotated[str, Word("theory")]] = about((), "legal theories argued")
    covert: Annotated[bool, Flag()] = about(False, "secret and deniable")
    fto_designation: Annotated[bool, Flag()] = about(
        True,
        "cartels designated terrorist organisations: true since 2025-02-20; stated by a plan that starts before, it designates them",
    )
    un_report: Open[Annotated[bool, Flag()]] = opened("article 51 report to the Security Council planned")
    congress: Congress = about(None, "Congress", factory=Congress)


class Consent(Table):
    """``[consent]``: what is asked of Mexico, and what is done without it."""

    mexico: Open[Annotated[str, Word("consent")]] = opened("Mexico's consent to what the plan does on its soil")
    scope: ListOf[Annotated[str, Word("task")]] = about((), "tasks the consent covers; empty = all")
    assumed: Annotated[bool, Flag()] = about(
        False, "analyst's what-if: permission is taken as granted, the draw is skipped"
    )
    sought: Open[Annotated[bool, Flag()]] = opened("talks or arbitration tried first")
    if_refused: Open[Annotated[str, Word("if_refused")]] = opened("what is done without consent")
    people: OrNone[Annotated[int, Whole(0, 500_000)]] = about(NONE, "most US people whom the consent admits at a time")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "the consent holds from")
    to_week: OrNone[Annotated[int, Whole(1, 2080)]] = about(NONE, "the consent lapses")


class Command(Table):
    """``[command]``: who leads and how the parts are tied."""

    lead: Open[Annotated[str, Word("command")]] = opened("supported command or lead agency")
    supporting: ListOf[Annotated[str, Word("supporter")]] = about((), "supporting commands and agencies")
    relations: Open[Annotated[str, Word("relations")]] = opened("how mixed statuses are tied")


class Status(Table):
    """``[status]``: what the organisations and their members are in law."""

    combatant: Annotated[str, Word("combatant")] = about("terrorist_organizations", "legal label of the organisations")
    groups: Open[ListOf[Annotated[str, Word("org")]]] = opened("which organisations")
    member: Open[Annotated[str, Word("member")]] = opened("who counts as a member")
    targeting: Open[Annotated[str, Word("targeting")]] = opened("regime lethal force rests on")


class Engagement(Table):
    """``[roe]``: rules of engagement."""

    target_definition: Open[Annotated[str, Word("roe")]] = opened("what draws force")
    positive_identification: Open[Annotated[bool, Flag()]] = opened("two-source identification before force")
    capture_option: Open[Annotated[bool, Flag()]] = opened("capture offered where feasible")
    hold_fire_below: Annotated[float, Number(0, 1)] = about(0, "no force where intelligence I is under this value")
    targets: Open[ListOf[Annotated[str, Word("target_cat")]]] = opened("categories of object or person")


class Civilians(Table):
    """``[civilians]``: protection of civilians."""

    harm_policy: OrNone[ListOf[Annotated[str, Word("harm_step")]]] = opened("steps against civilian harm")
    flight_open: Open[Annotated[bool, Flag()]] = opened("people who flee can reach safety")
    affected_actors: ListOf[Annotated[str, Word("actor")]] = about(
        (), "outsiders pushed into dealing with designated groups"
    )


class Zone(Table):
    """``[zone]``: a strip along the border in which the plan acts."""

    kind: Annotated[str, Word("zone_kind")] = about(
        REQUIRED,
        "exclusion = acts inside draw force; presence = troops, no bar; screening = checks only",
    )
    depth_miles: Open[Annotated[float, Number(0, 100)]] = about(REQUIRED, "depth from the line")
    side: Annotated[str, Word("side")] = about("mx", "which side")
    states: Open[ListOf[Annotated[str, Word("mx_border")]]] = opened("Mexican border states covered")
    residents: Open[Annotated[str, Word("residents")]] = opened("fate of residents")
    shelter_return: Open[Annotated[bool, Flag()]] = opened("shelter and right of return")
    warning: Open[Annotated[bool, Flag()]] = opened("public warning before force")
    ports: Open[Annotated[str, Word("ports")]] = opened("legal crossings inside it")
    mexican_forces: Open[Annotated[str, Word("mx_forces")]] = opened("role of Mexican police and army inside")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "opens")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("closes")


class Detention(Table):
    """``[detention]``: people held."""

    planned: Open[Annotated[bool, Flag()]] = opened("people are held")
    status: Open[Annotated[str, Word("detention_status")]] = opened("under what law they are held")
    site: Open[Annotated[str, Word("detention_site")]] = opened("where they are held")
    standard: Open[Annotated[str, Word("detention_standard")]] = opened("treatment floor")
    review: Open[Annotated[str, Word("review")]] = opened("judicial or other review")
    consular_notice: Open[Annotated[bool, Flag()]] = opened(
        "foreigners who are held are informed without delay that their consul may be informed and visit"
    )
    max_days: Open[Annotated[int, Whole(0, 36500)]] = opened("longest time held")
    trial: Open[ListOf[Annotated[str, Word("trial")]]] = opened("where they are tried")
    us_citizens: Open[Annotated[str, Word("citizens")]] = opened("held under the same status?")


class Emergency(Table):
    """``[emergency]``: a state of exception in Mexico: rights suspended, people held at scale."""

    suspends: SomeOf[Annotated[str, Word("right")]] = about(REQUIRED, "rights that are suspended")
    held: Open[Annotated[int, Whole(0, 2_000_000)]] = opened("people held under it, beyond ordinary arrests")
    hours_before_judge: Open[Annotated[int, Whole(0, 8760)]] = opened("longest time before a judge sees the case")
    term_weeks: OrNone[Annotated[int, Whole(1, 520)]] = opened("weeks for which it is declared at a time")
    approved: Open[Annotated[bool, Flag()]] = opened("Congress approves it, and each extension")
    reviewed: Open[Annotated[bool, Flag()]] = opened("the Supreme Court reviews its decrees")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "declared")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends")


class Retaliation(Table):
    """``[retaliation]``: readiness for reprisals."""

    plan: OrNone[ListOf[Annotated[str, Word("retaliation")]]] = opened("answer to reprisals")
    personnel: Open[Annotated[int, Whole(0, 500_000)]] = opened("people set aside")


class Trade(Table):
    """``[trade]``: trade through the ports."""

    priority_lanes: Open[Annotated[bool, Flag()]] = opened("fast lanes kept")
    compensation_musd: Annotated[float, Number(0, 1e6)] = about(0, "million USD a year to border firms and workers")


class Budget(Table):
    """``[budget]``: the plan's own numbers; cost is computed whatever they say."""

    total_musd: Open[Annotated[float, Number(0, 1e7)]] = opened("stated cost of the whole plan, million USD")
    appropriation: OrNone[Annotated[str, Text(1, 120)]] = opened("act or account that pays")
    appropriated_musd: Open[Annotated[float, Number(0, 1e7)]] = opened("money in that account, million USD")
    ceiling_musd_per_year: OrNone[Annotated[float, Number(0, 1e7)]] = about(
        NONE, "million USD a year above which nothing new is deployed"
    )
    us_deaths_per_year: Open[Annotated[float, Number(0, 1e6)]] = opened("US deaths a year, the plan's own estimate")
    includes_unit_standing_cost: Annotated[bool, Flag()] = about(
        False, "adds the yearly cost of units that exist anyway"
    )
    trade_loss_musd: Open[Annotated[float, Number(0, 1e8)]] = opened("trade lost, million USD, the plan's own estimate")


class Exit(Table):
    """``[exit]``: how the campaign ends."""

    criteria: Open[Annotated[Condition, Conditional()]] = opened("condition that ends the campaign")
    latest_week: OrNone[Annotated[int, Whole(1, 2080)]] = opened("hard end, in weeks")
    after: Open[Annotated[str, Word("after")]] = opened("what follows")
    withdrawal_weeks: Open[Annotated[int, Whole(1, 260)]] = opened(
        "weeks in which task forces leave once the campaign ends"
    )
    residual_share: Open[Annotated[float, Number(0, 1)]] = opened(
        "share of the task forces that a residual presence keeps"
    )
    end_state: Open[Annotated[str, Text(1, 400)]] = opened("end state in words")


class Assumes(Table):
    """``[assumes]``: numbers the paper itself rests on; None where it gives none."""

    arms_flow_per_year: Annotated[float, Number(0, 5e6)] | None = about(None, "guns a year to Mexico")
    cartel_members: Annotated[float, Number(0, 5e6)] | None = about(None, "members of the organisations")
    zone_residents: Annotated[float, Number(0, 5e7)] | None = about(None, "residents of the zone")
    territory_share: Annotated[float, Number(0, 1)] | None = about(None, "share of Mexico that cartels control")
    us_support: Annotated[float, Number(0, 1)] | None = about(None, "share of US adults who back the plan")
    mx_cooperation: Annotated[float, Number(0, 1)] | None = about(None, "index of Mexico's cooperation")


class Plan(Table):
    """A plan: one file, with what its parents give it."""

    schema_: Annotated[int, Whole(1, 1)] = about(1, "language version", alias="schema")
    id: Annotated[str, Slug()] | None = about(None, "name other plans extend by", otherwise="file stem")
    title: Annotated[str, Text(1, 120)] = about(REQUIRED, "one line")
    source: SomeOf[Annotated[str, SourceKey()]] = about(
        REQUIRED,
        'evidence keys, or ids of its own [[reference]], that propose or describe the plan; "project" for our own',
    )
    theatre: Annotated[str, Text(1, 400)] = about(
        DEFAULT, "the world it acts on: a packaged theatre, or the path of a theatre's folder from this file's"
    )
    author: Annotated[str, Word("author")] = about(
        "US", "whose plan it is: whose law, legislature and money it is asked about"
    )
    payer: Annotated[str, Word("payer")] | None = about(
        None,
        "who pays for what the plan adds and its elements do not say otherwise",
        otherwise="its author, and each country its own",
    )
    locator: Annotated[str, Text(0, 200)] = about("", "where in the source")
    summary: Annotated[str, Text(0, 800)] = about("", "plain words")
    start: Open[Annotated[date, Day()]] = opened("first week of the campaign (2000-01-01..2049-12-31)")
    duration_weeks: Open[Annotated[int, Whole(1, 1040)]] = opened("planned length")
    ends: Annotated[date, Day()] | None = about(
        None, "last day, in place of a length in weeks", otherwise="by duration_weeks"
    )
    horizon_weeks: Annotated[int, Whole(4, 2080)] = about(HORIZON_WEEKS, "simulated length")
    extends: Annotated[str, PlanName()] | None = about(None, "id of the parent plan", otherwise="none")
    drop: ListOf[Annotated[str, Path()]] = about(
        (), 'after extends: paths removed from the parent ("zone", "task_force.west", "detention.site")'
    )
    claims: ListOf[Annotated[str, Word("claim")]] = about((), "claims of the ledger that this file encodes or rests on")
    notes: Annotated[str, Text(0, 4000)] = about("", "free text")

    authority: Authority = about(None, "legal basis", factory=Authority)
    consent: Consent = about(None, "Mexico's consent", factory=Consent)
    command: Command = about(None, "who leads", factory=Command)
    status: Status = about(None, "legal status of the organisations", factory=Status)
    roe: Engagement = about(None, "rules of engagement", factory=Engagement)
    civilians: Civilians = about(None, "protection of civilians", factory=Civilians)
    zone: Zone | None = about(None, "a strip along the border in which the plan acts", otherwise="no zone")
    detention: Detention = about(None, "people held", factory=Detention)
    emergency: Emergency | None = about(None, "rights suspended in Mexico", otherwise="none")
    retaliation: Retaliation = about(None, "readiness for reprisals", factory=Retaliation)
    trade: Trade = about(None, "trade through the ports", factory=Trade)
    budget: Budget = about(None, "the plan's own numbers of cost", factory=Budget)
    exit: Exit = about(None, "how the campaign ends", factory=Exit)
    assumes: Assumes = about(None, "numbers the paper rests on", factory=Assumes)
    task_force: ListOf[TaskForce] = about((), "forces that act at or over the border")
    domestic: ListOf[Domestic] = about((), "forces and agencies in the United States")
    sea: ListOf[Sea] = about((), "what is done at sea")
    partner: ListOf[Partner] = about((), "forces of Mexico, or of a third state, that the plan works with")
    deal: ListOf[Deal] = about((), "what is offered to organisations")
    bargain: ListOf[Bargain] = about((), "one thing for another")
    event_assumed: ListOf[EventAssumed] = about((), "events that are taken to happen")
    reference: ListOf[Reference] = about((), "texts that the plan is from, beside the ledger's")
    measure: ListOf[Measure] = about((), "levers moved")
    phase: ListOf[Phase] = about((), "changes from a week on, or when a branch calls them")
    branch: ListOf[Branch] = about((), "what is done when a condition holds")
    success: ListOf[Success] = about((), "how the plan measures success")
    expect: ListOf[Expect] = about((), "what the plan predicts")

    @model_validator(mode="before")
    @classmethod
    def _as_long_as_its_last_day(cls, stated: Any) -> Any:
        """Turn a last day into a length in weeks."""
        if not isinstance(stated, dict) or not isinstance(stated.get("ends"), date):
            return stated
        start, ends, allowed = (
            stated.get("start"),
            stated["ends"],
            "a first day as start, or duration_weeks in place of ends",
        )
        if not isinstance(start, date):
            raise refuse("missing_key", "a last day needs a first day", allowed, key="ends")
        if ends <= start:
            raise refuse("bad_interval", f"ends on {ends}, not after it starts on {start}", "a later day", key="ends")
        return {**stated, "duration_weeks": -((start - ends) // WEEK)}

    @model_validator(mode="after")
    def _one_payer_a_lever(self) -> Plan:
        """Refuse measures of one lever with different payers: its cost is that of the lever, and cannot be split between them."""
        named: dict[str, str | None] = {}
        for measure in self.measure:
            first = named.setdefault(measure.lever, measure.payer) if measure.acts else measure.payer
            if first != measure.payer:
                message = f"measures of {measure.lever} name different payers"
                found = " and ".join(payer or "no payer" for payer in (first, measure.payer))
                raise refuse("wrong_type", message, "one payer, stated in each of them", key="measure", found=found)
        return self

    @model_validator(mode="after")
    def _one_chance_a_bill(self) -> Plan:
        """Refuse parts of one bill with different chances: they pass together or not at all."""
        named: dict[str, object] = {}
        for measure in self.measure:
            first = named.setdefault(measure.bill, measure.chance) if measure.bill is not None else measure.chance
            if first != measure.chance:
                message = f"measures of the bill {measure.bill} state different chances"
                found = " and ".join("none" if chance is None else str(chance) for chance in (first, measure.chance))
                raise refuse("wrong_type", message, "one chance, stated in each of them", key="measure", found=found)
        return self

    @property
    def source_titles(self) -> Mapping[str, str]:
        """The title of each of its sources by key: its own references, else those of the evidence ledger."""
        own = {one.id: ", ".join(filter(None, (one.title, one.publisher, one.url))) for one in self.reference}
        known = catalogue.vocabulary("source").words
        return MappingProxyType({key: own.get(key) or known[key] for key in self.source})

    @property
    def acts(self) -> bool:
        """Whether it has anything that could end with its campaign."""
        forces = self.task_force or self.domestic or self.sea or self.partner
        return any((forces, self.zone, self.measure, self.deal, self.bargain, self.emergency))

    @cached_property
    def glossary(self) -> Glossary:
        """What a plan of its theatre may name, and where it lies."""
        return glossary.of(self.theatre)
