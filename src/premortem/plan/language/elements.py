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

    id: Annotated[str, Slug()] = about(REQUIRED, "unique", "all")
    base: Open[Annotated[str, Word("base")]] = opened("headquarters", "FO")
    base_state: Annotated[str, Word("us_state")] | None = about(
        None, "when the base is open", "FO, ZO", otherwise="of the base"
    )
    reach: SomeOf[Annotated[str, Word("reach")]] = about(REQUIRED, "where it may act", "operations, AU")
    regions: Open[ListOf[Annotated[str, Word("region")]]] = opened("Mexican states it may enter", "operations")
    units: UnitCounts = about(None, "counts by unit type", "operations, cost, FO", factory=dict)
    support_army: Open[Annotated[int, Whole(0, 200_000)]] = about(0, "supporting Army people", "operations, cost, FO")
    support_air_force: Open[Annotated[int, Whole(0, 200_000)]] = about(
        0, "supporting Air Force people", "operations, cost, FO"
    )
    personnel: Open[Annotated[int, Whole(0, 500_000)]] | None = about(
        None, "total people", "operations, FO, ZO", otherwise="sum of units and support; open if neither is stated"
    )
    forward_share: Open[Annotated[float, Number(0, 1)]] = opened(
        "share beyond the line at a time", "operations, cost, FO"
    )
    deploy_weeks: Open[Annotated[int, Whole(0, 260)]] = opened("linear build-up", "operations")
    status: Annotated[str, Word("status")] = about("title10", "legal status", "AU")
    component: Annotated[str, Word("component")] = about("active", "component of the force", "AU, FO")
    effort: Open[Shares] = opened("shares of work, sum at most 1", "operations")
    tasks: ListOf[Annotated[str, Word("task")]] = about((), "law tasks beyond those implied by effort", "AU")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis", "AU")
    trigger: OrAlways[Annotated[Condition, Conditional()]] = about(
        ALWAYS, "condition for acting outside home_side", "controls, EN"
    )
    equipped_for_combat: Annotated[bool, Flag()] = about(True, "armed and equipped for combat", "AU")
    covert: Annotated[bool, Flag()] = about(False, "secret and deniable", "AU")
    new_organisation: Annotated[bool, Flag()] = about(False, "created by the plan", "command, EN")
    rotation_weeks: Open[Annotated[int, Whole(4, 104)]] = opened("length of a tour", "operations (readiness), FO")
    dwell: Open[Annotated[float, Number(0, 10)]] = opened("years at home per year away", "operations, FO")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins", "controls")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends", "controls")


class Domestic(Table):
    """``[[domestic]]``: a force or agency in the United States."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique", "all")
    service: Annotated[str, Word("service")] = about(REQUIRED, "service or agency", "homefront, AU")
    status: Open[Annotated[str, Word("status")]] = opened("legal status", "AU")
    component: Annotated[str, Word("component")] | None = about(
        None, "component of the force", "AU", otherwise="by service"
    )
    personnel: Open[Annotated[int, Whole(0, 500_000)]] = opened("added people", "homefront, drugs, arms, cost, FO")
    states: Open[ListOf[Annotated[str, Word("us_state")]]] = opened("where they serve", "homefront")
    place: Annotated[str, Word("place")] = about("border_us", "kind of place", "AU")
    tasks: Open[ListOf[Annotated[str, Word("task")]]] = opened("what they do", "homefront, AU")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis", "AU")
    governor_consent: Open[Annotated[bool, Flag()]] = opened("the governor agrees", "AU")
    agreement_signed: Open[Annotated[bool, Flag()]] = opened("287(g) or other", "AU")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins", "controls")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends", "controls")


class Partner(Table):
    """``[[partner]]``: a Mexican force that the plan works with."""

    id: Annotated[str, Slug()] = about(REQUIRED, "unique", "all")
    service: Annotated[str, Word("service")] = about(REQUIRED, "Mexican service", "state")
    personnel: Open[Annotated[int, Whole(0, 500_000)]] = opened("people", "own_effort")
    regions: Open[ListOf[Annotated[str, Word("region")]]] = opened("Mexican states where they are sent", "own_effort")
    drawn_from: Open[Annotated[str, Word("drawn_from")]] = opened("where they are taken from", "own_effort, cost")
    tasks: ListOf[Annotated[str, Word("task")]] = about((), "what it does or receives", "own_effort, AU")
    arrest_basis: ListOf[Annotated[str, Word("arrest_basis")]] = about((), "on what basis it arrests people", "AU")
    leahy_vetted: Open[Annotated[bool, Flag()]] = opened("vetted for human rights (Leahy law)", "AU")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("US funding authority", "AU")
    aid_musd_per_year: Open[Annotated[float, Number(0, 10_000)]] = opened("million USD a year", "cost, CO")
    from_week: Annotated[int, Whole(0, 2080)] = about(0, "begins", "controls")
    to_week: Open[Annotated[int, Whole(1, 2080)]] = opened("ends", "controls")


class Measure(Table):
    """``[[measure]]``: a lever moved to a level for a time."""

    id: Annotated[str, Slug()] | None = about(None, "unique among measures", "all")
    lever: Annotated[str, Word("lever")] = about(REQUIRED, "what is moved", "its mechanism")
    level: Open[Annotated[float, Number(-1e9, 1e9)]] = about(
        REQUIRED, "in the lever's unit and bounds", "its mechanism"
    )
    regions: ListOf[Annotated[str, Word("region")]] = about(
        (), "Mexican states, for a lever that can be moved by state; none named: all", "controls"
    )
    weeks: Annotated[Interval, Weeks()] = about(Interval(0, None), "[from, to)", "controls")
    ramp_weeks: Annotated[int, Whole(0, 520)] = about(0, "linear ramp", "controls")
    authority: Open[ListOf[Annotated[str, Word("authority")]]] = opened("its own legal basis", "AU")
    standing: Annotated[str, Word("standing")] = about(
        "in_force", "whether the law it acts under is in force, or is a bill that would make it", "AU"
    )
    cost_musd_per_year: Open[Annotated[float, Number(0, 1e6)]] = opened("million USD a year", "cost, CO")

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

    name: Annotated[str, Slug()] = about(REQUIRED, "unique", "controls")
    from_week: Annotated[int, Whole(0, 2080)] | None = about(None, "when it begins", "controls", otherwise="by branch")
    set: Mapping[str, Any] = about(None, "dotted path = value, checked like the field itself", "controls", factory=dict)


class Then(Table):
    """What a branch does: calls a phase, or stops the campaign."""

    phase: Annotated[str, Slug()] | None = about(None, "name of the phase called", "controls")
    stop: Annotated[bool, Flag()] = about(False, "the campaign ends", "controls")

    @model_validator(mode="after")
    def _one_of_two(self) -> Then:
        if (self.phase is None) == (not self.stop):
            raise refuse("wrong_type", "a branch does one of two things", "{ phase = name } or { stop = true }")
        return self


class Branch(Table):
    """``[[branch]]``: what is done when a condition holds at the end of a week."""

    id: Annotated[str, Slug()] | None = about(None, "name in results", "controls")
    when: Annotated[Condition, Conditional()] = about(REQUIRED, "condition", "controls, EN")
    then: Then = about(REQUIRED, "{ phase = name } or { stop = true }", "controls")
    delay_weeks: Annotated[int, Whole(0, 260)] = about(0, "weeks from firing to acting", "controls")
    once: Annotated[bool, Flag()] = about(True, "fires one time", "controls")


class Success(Table):
    """``[[success]]``: a measurable end."""

    outcome: Annotated[str, Word("observable")] = about(REQUIRED, "what is measured", "analysis, EN")
    op: Annotated[str, Word("op")] = about(REQUIRED, "comparison", "analysis")
    level: Annotated[float, Number(-1e12, 1e12)] = about(REQUIRED, "in the outcome's unit", "analysis")
    by_week: Annotated[int, Whole(1, 2080)] = about(REQUIRED, "by when", "analysis")


class Expect(Table):
    """``[[expect]]``: a prediction of the plan's authors."""

    outcome: Annotated[str, Word("observable")] = about(REQUIRED, "what is predicted", "CL, EN")
    direction: Annotated[str, Word("direction")] = about(REQUIRED, "which way", "CL")
    claim: Annotated[str, Word("claim")] | None = about(None, "claim that predicts it", "CL")
