"""Elements of a plan: its arrays of tables, such as task forces, measures and branches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from premortem.plan.language import catalogue
from premortem.plan.language.expression import Condition
from premortem.plan.language.kinds import Conditional, Flag, Interval, Number, Slug, Weeks, Whole, Word, refuse
from premortem.plan.language.marks import ListOf, Open, OrAlways, SomeOf, shares_sum
from premortem.plan.language.table import REQUIRED, Table, about, opened
from premortem.plan.language.words import ALWAYS, Unspecified

UnitCounts = Mapping[Annotated[str, Word("unit")], Open[Annotated[int, Whole(0, 10_000)]]]
Shares = Annotated[
    Mapping[Annotated[str, Word("effort")], Open[Annotated[float, Number(0, 1)]]], AfterValidator(shares_sum)
]
"""Shares of effort by group; the rest is rest and training, open shares split what remains."""


class TaskForce(Table):
    """``[[task_force]]``: a force that acts at or over the border."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    base: Open[Annotated[str, Word("base")]] = opened("headquarters")
    base_state: Annotated[str, Word("us_state")] | None = about(None, "when the base is open", otherwise="of the base")
    reach: SomeOf[Annotated[str, Word("reach")]] = about(REQUIRED, "where it may act")
    regions: Open[ListOf[Annotated[str, Word("region")]]] = opened("Mexican states it may enter")
    units: UnitCounts = about(None, "counts by unit type", factory=dict)
    support_army: Open[Annotated[int, Whole(0, 200_000)]] = about(0, "supporting Army people")
    support_air_force: Open[Annotated[int, Whole(0, 200_000)]] = about(0, "supporting Air Force people")
    personnel: Open[Annotated[int, Whole(0, 500_000)]] | None = about(
        None, "total people", otherwise="sum of units and support; open if neither is stated"
    )
    forward_share: Open[Annotated[float, Number(0, 1)]] = opened("share beyond the line at a time")
    deploy_weeks: Open[Annotated[int, Whole(0, 260)]] = opened("linear build-up")
    status: Annotated[str, Word("status")] = about("title10", "legal status")
    component: Annotated[str, Word("component")] = about("active", "component of the force")
    effort: Open[Shares] = opened("shares of work, sum at most 1")
    tasks: ListOf[Annotated[str, Word("task")]] = about((), "law tasks beyond those implied by effort")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis")
    trigger: OrAlways[Annotated[Condition, Conditional()]] = about(ALWAYS, "condition for acting outside home_side")
    equipped_for_combat: Annotated[bool, Flag()] = about(True, "armed and equipped for combat")
    covert: Annotated[bool, Flag()] = about(False, "secret and deniable")
    new_organisation: Annotated[bool, Flag()] = about(False, "created by the plan")
    rotation_weeks: Open[Annotated[int, Whole(4, 104)]] = opened("length of a tour")
    dwell: Open[Annotated[float, Number(0, 10)]] = opened("years at home per year away")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends")


class Domestic(Table):
    """``[[domestic]]``: a force or agency in the United States."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    service: Annotated[str, Word("service")] = about(REQUIRED, "service or agency")
    status: Open[Annotated[str, Word("status")]] = opened("legal status")
    component: Annotated[str, Word("component")] | None = about(None, "component of the force", otherwise="by service")
    personnel: Open[Annotated[int, Whole(0, 500_000)]] = opened("added people")
    states: Open[ListOf[Annotated[str, Word("us_state")]]] = opened("where they serve")
    place: Annotated[str, Word("place")] = about("border_us", "kind of place")
    tasks: Open[ListOf[Annotated[str, Word("task")]]] = opened("what they do")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis")
    governor_consent: Open[Annotated[bool, Flag()]] = opened("the governor agrees")
    agreement_signed: Open[Annotated[bool, Flag()]] = opened("287(g) or other")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends")


class Sea(Table):
    """``[[sea]]``: what is done at sea against vessels that carry drugs."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    service: Annotated[str, Word("service")] = about(REQUIRED, "service or agency that acts")
    waters: ListOf[Annotated[str, Word("waters")]] = about((), "where it acts; none named: wherever drugs pass")
    tasks: SomeOf[Annotated[str, Word("sea_task")]] = about(REQUIRED, "what is done")
    assets: Open[Annotated[float, Number(0, 4)]] = about(
        1, "cutters, ships and aircraft that find and board vessels, over those of the start"
    )
    strikes_per_week: Open[Annotated[float, Number(0, 10)]] = opened("vessels destroyed a week, if that is a task")
    vessel_flags: Open[ListOf[Annotated[str, Word("vessel_flag")]]] = opened("whose vessels")
    boarding_grounds: Open[ListOf[Annotated[str, Word("boarding_ground")]]] = opened(
        "on what ground vessels are boarded"
    )
    survivors: Open[Annotated[str, Word("survivors")]] = opened("what becomes of those who are found alive")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends")


class Partner(Table):
    """``[[partner]]``: a force of Mexico, or of a third state, that the plan works with in Mexico."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique")
    service: Annotated[str, Word("partner_service")] = about(REQUIRED, "service of Mexico, or of a third state")
    personnel: Open[Annotated[int, Whole(0, 500_000)]] = opened("people")
    regions: Open[ListOf[Annotated[str, Word("region")]]] = opened("Mexican states where they are sent")
    drawn_from: Open[Annotated[str, Word("drawn_from")]] = opened("where they are taken from")
    tasks: ListOf[Annotated[str, Word("task")]] = about((), "what it does or receives")
    arrest_basis: ListOf[Annotated[str, Word("arrest_basis")]] = about((), "on what basis it arrests people")
    leahy_vetted: Open[Annotated[bool, Flag()]] = opened("vetted for human rights (Leahy law)")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("US funding authority")
    aid_musd_per_year: Open[Annotated[float, Number(0, 10_000)]] = opened("million USD a year")
    payer: Annotated[str, Word("payer")] | None = about(
        None, "who pays its people", otherwise="the plan's payer if named; else Mexico, or others for a third state's"
    )
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends")


class Measure(Table):
    """``[[measure]]``: a lever moved to a level for a time."""

    id: Annotated[str, Slug()] | None = about(None, "unique among measures")
    lever: Annotated[str, Word("lever")] = about(REQUIRED, "what is moved")
    level: Open[Annotated[float, Number(-1e9, 1e9)]] = about(REQUIRED, "in the lever's unit and bounds")
    regions: ListOf[Annotated[str, Word("region")]] = about(
        (), "Mexican states, for a lever that can be moved by state; none named: all"
    )
    weeks: Annotated[Interval, Weeks()] = about(Interval(0, None), "[from, to)")
    ramp_weeks: Annotated[int, Whole(0, 520)] = about(0, "linear ramp")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis")
    standing: Annotated[str, Word("standing")] = about(
        "in_force", "whether the law it acts under is in force, or is a bill that would make it"
    )
    chance: Open[Annotated[float, Number(0, 1)]] | None = about(
        None, "probability that such a bill becomes law within a Congress of two years", otherwise="drawn for a bill"
    )
    bill: Annotated[str, Slug()] | None = about(
        None,
        "name of the bill that it is part of: parts of one pass together",
        otherwise="one bill with all that name none",
    )
    cost_musd_per_year: Open[Annotated[float, Number(0, 1e6)]] = opened("million USD a year")
    payer: Annotated[str, Word("payer")] | None = about(None, "who pays for it", otherwise="by the plan's payer")

    @property
    def acts(self) -> bool:
        """Whether it can move its lever: the law that it acts under has not run out."""
        return self.standing != "lapsed"

    @model_validator(mode="after")
    def _level_within_the_lever(self) -> Measure:
        lever = catalogue.levers()[self.lever]
        if not isinstance(self.level, Unspecified) and not lever.low <= self.level <= lever.high:
            message = f"outside the bounds of {lever.id}"
            allowed = f"{lever.low:g} to {lever.high:g}, in: {lever.unit}"
            raise refuse("out_of_range", message, allowed, key="level", found=f"{self.level:g}")
        if self.regions and not lever.regional:
            by_state = ", ".join(name for name, each in catalogue.levers().items() if each.regional)
            found = ", ".join(self.regions)
            raise refuse("wrong_type", f"{lever.id} holds for all of Mexico", by_state, key="regions", found=found)
        return self


class Phase(Table):
    """``[[phase]]``: changes of fields from a week on, or when a branch calls it.

    Values of ``set`` are kept as written; ``phases.apply`` gives the plan that a phase leaves, fully typed.
    """

    name: Annotated[str, Slug()] = about(REQUIRED, "unique")
    from_week: Annotated[int, Whole(0, 2080)] | None = about(None, "when it begins", otherwise="by branch")
    set: Mapping[str, Any] = about(None, "dotted path = value, checked like the field itself", factory=dict)


class Then(Table):
    """What a branch does: calls a phase, or stops the campaign."""

    phase: Annotated[str, Slug()] | None = about(None, "name of the phase called")
    stop: Annotated[bool, Flag()] = about(False, "the campaign ends")

    @model_validator(mode="after")
    def _one_of_two(self) -> Then:
        if (self.phase is None) == (not self.stop):
            raise refuse("wrong_type", "a branch does one of two things", "{ phase = name } or { stop = true }")
        return self


class Branch(Table):
    """``[[branch]]``: what is done when a condition holds at the end of a week."""

    id: Annotated[str, Slug()] | None = about(None, "name in results")
    when: Annotated[Condition, Conditional()] = about(REQUIRED, "condition")
    then: Then = about(REQUIRED, "{ phase = name } or { stop = true }")
    delay_weeks: Annotated[int, Whole(0, 260)] = about(0, "weeks from firing to acting")
    once: Annotated[bool, Flag()] = about(True, "fires one time")


class Success(Table):
    """``[[success]]``: a measurable end."""

    outcome: Annotated[str, Word("observable")] = about(REQUIRED, "what is measured")
    op: Annotated[str, Word("op")] = about(REQUIRED, "comparison")
    level: Annotated[float, Number(-1e12, 1e12)] = about(REQUIRED, "in the outcome's unit")
    by_week: Annotated[int, Whole(1, 2080)] = about(REQUIRED, "by when")


class Expect(Table):
    """``[[expect]]``: a prediction of the plan's authors."""

    outcome: Annotated[str, Word("observable")] = about(REQUIRED, "what is predicted")
    direction: Annotated[str, Word("direction")] = about(REQUIRED, "which way")
    claim: Annotated[str, Word("claim")] | None = about(None, "claim that predicts it")
