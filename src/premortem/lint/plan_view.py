"""A plan at one point of its course, as rules see it: fields, elements, people, time, and the facts of the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property

from premortem.errors import DataError, Problem
from premortem.evidence import Fact
from premortem.evidence import load as load_evidence
from premortem.lint.elements import MEXICAN_PLACES, Element, derive, place_of
from premortem.lint.fields import Field, field_of
from premortem.lint.logic import Span, Truth, any_of, known, opened
from premortem.lint.rule import Hit, hit
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.load import State
from premortem.plan.language.schema import Plan, Zone
from premortem.plan.language.sizes import size_is_open
from premortem.plan.language.words import UNSPECIFIED, Unspecified
from premortem.theatre.glossary import Estimate, Glossary

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365
LONGEST_WEEKS = 1040
"""Upper bound of ``duration_weeks`` in the language."""
DESIGNATED = date(2025, 2, 20)
"""Day on which organisations were designated (``law.fto.designated_mexican``)."""


def fact(ident: str) -> Fact:
    """Return a fact of the ledger."""
    return load_evidence().facts[ident]


def number(ident: str) -> float:
    """Return the value of a fact of the ledger, in the fact's unit.

    Raises
    ------
    DataError
        If the fact has no value.
    """
    value = fact(ident).value
    if value is None:
        raise DataError(Problem("no_value", f"the fact {ident} has no value"))
    return value


def lowest(ident: str) -> float:
    """Return the low end of a fact of the ledger."""
    found = fact(ident).low
    return number(ident) if found is None else found


def highest(ident: str) -> float:
    """Return the high end of a fact of the ledger."""
    found = fact(ident).high
    return number(ident) if found is None else found


class PlanView:
    """A plan as it starts, or as a phase leaves it.

    ``course`` holds every state that the plan can be in: its start, then as each phase leaves it.
    """

    def __init__(self, plan: Plan, course: Sequence[State] = ()) -> None:
        self.plan = plan
        self.course = tuple(course) or (State("", 0, plan),)

    @property
    def glossary(self) -> Glossary:
        """Names and places of the plan's theatre."""
        return self.plan.glossary

    def field(self, path: str) -> Field:
        """Return a field by its dotted path."""
        return field_of(self.plan, path)

    @property
    def is_us_plan(self) -> bool:
        """Whether the United States is the author, whose Congress and money are asked about."""
        return self.plan.author == "US"

    def starts_since(self, day: str) -> Truth:
        """Return whether the plan starts on a day or later: a rule is asked about only from the day on which it is in force."""
        start = self.plan.start
        return opened("start") if isinstance(start, Unspecified) else known(start >= date.fromisoformat(day))

    @property
    def undesignated(self) -> str:
        """By what the plan leaves no organisation designated, in words; nothing where some are."""
        authority, start = self.plan.authority, self.plan.start
        if not authority.fto_designation:
            return "authority.fto_designation = false"
        early = not isinstance(start, Unspecified) and start < DESIGNATED and not authority.stated("fto_designation")
        return "a start before organisations were designated" if early else ""

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every element of the plan."""
        return derive(self.plan)

    @cached_property
    def us(self) -> tuple[Element, ...]:
        """Elements that are forces of the United States."""
        return tuple(element for element in self.elements if element.is_us)

    @cached_property
    def us_in_mexico(self) -> tuple[Element, ...]:
        """Forces of the United States in Mexico."""
        return tuple(element for element in self.us if element.country == "MX")

    @cached_property
    def at_home(self) -> tuple[Element, ...]:
        """Forces of the United States at home."""
        return tuple(element for element in self.us if element.country == "US")

    @cached_property
    def force(self) -> tuple[Element, ...]:
        """Elements that use or threaten armed force."""
        return tuple(element for element in self.us if element.uses_force)

    @cached_property
    def force_in_mexico(self) -> tuple[Element, ...]:
        """Elements that use or threaten armed force in Mexico."""
        return tuple(element for element in self.force if element.country == "MX")

    @cached_property
    def armed_in_mexico(self) -> tuple[Element, ...]:
        """Elements with armed people in Mexico whose task is no force task."""
        return tuple(element for element in self.us if element.is_armed_abroad and not element.uses_force)

    @cached_property
    def uses_force(self) -> Truth:
        """Whether the plan uses or threatens armed force."""
        return any_of(element.exists for element in self.force)

    @cached_property
    def enacted(self) -> Truth:
        """Whether Congress has enacted an authorisation."""
        return self.field("authority.congress.authorized").is_in("enacted")

    @cached_property
    def no_consent(self) -> Truth:
        """Whether Mexico does not consent."""
        return self.field("consent.mexico").is_in("none")

    @property
    def does_anything(self) -> bool:
        """Whether the plan does anything at all."""
        return self.plan.acts

    def cites(self, *bases: str) -> Iterator[Hit]:
        """Yield a hit wherever one of ``bases`` is cited, for the plan or for one element."""
        fields = {"authority.cites": self.field("authority.cites")} | {
            e.authority.path: e.authority for e in self.elements
        }
        for path, held in fields.items():
            yield hit(not held.is_open and held.has(*bases).is_true, path)

    @cached_property
    def holds_people(self) -> Truth:
        """Whether people are held: as planned, or because they are captured; raids may leave it open."""
        planned = self.field("detention.planned")
        raids = any_of(e.exists for e in self.us if e.task == "raid")
        return self._captured | (planned.is_in(True) & raids if planned.is_open else planned.is_in(True))

    @cached_property
    def us_holds_people(self) -> Truth:
        """Whether the United States holds people; in a plan of another author, only those whom US forces capture."""
        return self.holds_people if self.is_us_plan else self._captured

    @cached_property
    def _captured(self) -> Truth:
        return any_of(e.exists for e in self.us if e.task in {"capture", "detain"})

    def each(self, elements: tuple[Element, ...], condition: Truth | bool = True) -> Iterator[Hit]:
        """Yield a hit for each element that exists, where the condition holds."""
        for element in elements:
            yield hit(element.exists & condition, element.path)

    # Time

    def days(self, path: str = "") -> Span:
        """Return how many days the campaign, or one force of it, is planned to last."""
        duration = self.field("duration_weeks").number(1, LONGEST_WEEKS)
        latest = self.plan.exit.latest_week
        span = duration.capped(latest) if isinstance(latest, int) else duration
        if path:
            first, last = self.field(f"{path}.from_week").value, self.field(f"{path}.to_week").value
            assert isinstance(first, int)
            if isinstance(last, int):
                span = span.capped(last)
            span = Span(max(span.low - first, 0), max(span.high - first, 0), span.depends)
        return span.times(DAYS_PER_WEEK)

    def stages(self) -> Iterator[tuple[float, float, tuple[PlanView, ...]]]:
        """Yield each stretch of weeks between two scheduled phases with what the plan may be in it, the scheduled state first."""
        scheduled = [state for state in self.course if state.week is not None]
        called = [state for state in self.course if state.week is None]
        ends = [float(state.week or 0) for state in scheduled[1:]] + [math.inf]
        for state, last in zip(scheduled, ends, strict=True):
            yield float(state.week or 0), last, tuple(PlanView(each.plan) for each in (state, *called))

    def weeks(self, path: str, first: float, last: float) -> Span:
        """Return how many weeks of the stretch from ``first`` to ``last`` one force is planned to last."""
        begins = self.field(f"{path}.from_week").value
        assert isinstance(begins, int)
        whole = self.days(path)
        ends = [begins + days / DAYS_PER_WEEK for days in (whole.low, whole.high)]
        low, high = (max(min(last, end) - max(first, begins), 0.0) for end in ends)
        return Span(low, high, whole.depends if low < high else frozenset())

    # People

    def people(self, force: TaskForce) -> Span:
        """Return the people of a task force: as stated, else those of its units and their support.

        A unit of which nothing is published adds nobody that is counted; a force of such units alone is of open size, as is one of
        which neither people nor units are stated.
        """
        if isinstance(force.personnel, int):
            return Span.of(force.personnel)
        path = f"task_force.{force.id}"
        parts = self.by_units(force)
        unsaid = force.personnel is UNSPECIFIED or (parts == Span.of(0) and size_is_open(self.plan, force))
        return parts + Span.unknown(f"{path}.personnel") if unsaid else parts

    def by_units(self, force: TaskForce) -> Span:
        """Return the people of a task force by its units and their support."""
        path = f"task_force.{force.id}"
        total = Span.of(0)
        for unit, count in force.units.items():
            size = self.glossary.units[unit].people or 0
            if isinstance(count, Unspecified):
                total += Span.unknown(f"{path}.units.{unit}")
            else:
                total += Span.of(count * size)
        for name in ("support_army", "support_air_force"):
            total += self.field(f"{path}.{name}").number()
        return total

    @property
    def forces_abroad(self) -> tuple[TaskForce, ...]:
        """Task forces that may act in Mexico."""
        return tuple(
            f for f in self.plan.task_force if any(self.place(f, reach) in MEXICAN_PLACES for reach in f.reach)
        )

    @property
    def forces_in_zone(self) -> tuple[TaskForce, ...]:
        """Task forces that reach the zone."""
        return tuple(force for force in self.plan.task_force if "zone" in force.reach)

    def place(self, force: TaskForce, reach: str) -> str:
        """Return the place in which a task force with this reach acts."""
        return place_of(self.plan, reach)

    def people_abroad(self) -> Span:
        """Return the people of all task forces that may act in Mexico."""
        return self.sum_people(self.forces_abroad)

    def sum_people(self, forces: tuple[TaskForce, ...]) -> Span:
        """Return the people of several task forces."""
        total = Span.of(0)
        for force in forces:
            total += self.people(force)
        return total

    # The zone

    @property
    def zone_in_mexico(self) -> Zone | None:
        """The zone, if it lies on the Mexican side."""
        zone = self.plan.zone
        return zone if zone is not None and zone.side == "mx" else None

    @property
    def exclusion(self) -> Truth:
        """Whether the plan declares an exclusion zone in Mexico."""
        zone = self.zone_in_mexico
        return known(zone is not None and zone.kind == "exclusion")

    def zone_states(self) -> tuple[str, ...]:
        """Return the Mexican states of the zone, every border state if the plan leaves them open."""
        zone = self.plan.zone
        return zone.states if zone is not None and isinstance(zone.states, tuple) else self.glossary.border

    def zone_depth(self) -> float | None:
        """Return the depth of the zone in miles, None if the plan leaves it open."""
        zone = self.plan.zone
        return None if zone is None or isinstance(zone.depth_miles, Unspecified) else zone.depth_miles

    def residents(self) -> Estimate | None:
        """Return the residents of the zone; None if there is no zone or its depth is open."""
        depth = self.zone_depth()
        return None if depth is None else self.glossary.residents(depth, self.zone_states())
