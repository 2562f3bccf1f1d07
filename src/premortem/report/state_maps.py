"""Maps of what changes, state by state: by year for the report, and of any single week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from premortem.errors import InputError, Problem, nearest
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.report.figures import maps, spread
from premortem.report.material import Material, PlanPart
from premortem.report.pictures import Figure, part_of, shortened
from premortem.report.states import States
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.wording.languages import Messages
from premortem.wording.sentences import Statement, statement

Panel = tuple[str, Mapping[str, maps.Change]]

PANEL = 160  # points: width of a small map on a telephone
SINGLE = 620  # points: width of the map of one week
TITLE = 38  # characters over a small map


@dataclass(frozen=True)
class StateMaps:
    """Maps of an outcome in one figure, in a unit: of a plan by year, or of many plans (``part`` is None) in the last year."""

    figure: Figure
    statement: Statement
    part: PlanPart | None
    unit: str


def by_year(material: Material, t: Messages) -> list[StateMaps]:
    """Return maps of the median difference by state, of the mapped outcomes that are kept by region.

    Of few plans each has maps by year. Many stand side by side, each in the last year of the run; no plan is named with these.
    """
    states, found = States(material), list[StateMaps]()
    many = len(material.comparisons) > spread.ABREAST
    for id_ in states.outcomes():
        about = _statement(material, id_, t)
        last: list[Panel] = []
        for comparison in material.comparisons:
            part, course = part_of(material, comparison.plan), states.course(comparison.plan, id_, by_week=False)
            years = [] if course is None else course.yearly().changes(about.scale.divisor)
            if many:
                last += [(shortened(part.title, TITLE), changes) for changes in years[-1:]]
                continue
            panels = [(t("year", n=year), changes) for year, changes in enumerate(years, 1)]
            if limit := _limit([changes for _, changes in panels]):
                label = t("maps.figure", title=about.title)
                unit = rate_words(states, about.change, t)
                charts = _small(panels, about, unit, limit, t)
                found.append(
                    StateMaps(Figure(f"{part.id}_{id_}_states", charts[0], label, charts[1]), about, part, unit)
                )
        if limit := _limit([changes for _, changes in last]):
            label = t("maps.figure_plans", title=about.title)
            unit = rate_words(states, about.change, t)
            charts = _small(last, about, unit, limit, t)
            found.append(StateMaps(Figure(f"{id_}_states", charts[0], label, charts[1]), about, None, unit))
    return found


def week(material: Material, plan: str, outcome: str, number: int, t: Messages) -> Figure:
    """Return the map of a week: the median difference between a plan and the baseline, state by state.

    Parameters
    ----------
    plan, outcome : ids; the outcome is a mapped one.
    number : of the week, from 1. Of a study that keeps no weeks by region, the map is that of the quarter that holds it.

    Raises
    ------
    InputError : the study does not hold this plan, outcome or week by region.
    """
    states, weeks = States(material), material.provenance.years * WEEKS_PER_YEAR
    for what, asked, there in (
        ("plan", plan, [comparison.plan for comparison in material.comparisons]),
        ("outcome", outcome, states.outcomes()),
        ("week", number, range(1, weeks + 1)),
    ):
        if asked not in there:
            allowed = ", ".join(map(str, there)) if isinstance(there, list) else f"1 to {weeks}"
            near = nearest(str(asked), there) if isinstance(there, list) else ""
            raise InputError(
                Problem(f"unknown_{what}", f"no such {what}", found=str(asked), allowed=allowed, nearest=near)
            )
    course = states.course(plan, outcome)
    assert course is not None  # a comparison has finished futures
    about = _statement(material, outcome, t)
    every = course.changes(about.scale.divisor)
    changes, limit = every[(number - 1) // course.weeks], _limit(every)
    label = t("maps.figure_week", title=about.title, week=number)
    chart = maps.by_state(
        [(label, changes)],
        _legend(about, rate_words(states, about.change, t), t, course.weeks),
        limit or 1.0,
        width=SINGLE,
    )
    return Figure(f"{plan}_{outcome}_week_{number}", chart, label)


def _statement(material: Material, outcome: str, t: Messages) -> Statement:
    return next(statement(line, t) for line in material.comparisons[0].lines if line.outcome.id == outcome)


def _small(panels: Sequence[Panel], about: Statement, unit: str, limit: float, t: Messages) -> tuple[Any, Any]:
    """Return small maps side by side: as many as a page holds, and as many as a telephone."""
    title = _legend(about, unit, t, WEEKS_PER_YEAR)
    return maps.by_state(panels, title, limit), maps.by_state(panels, title, limit, width=PANEL, columns=2)


def rate_words(states: States, unit: str, t: Messages) -> str:
    """Return the unit of a map: per 100,000 residents where the study says how many live in each state."""
    return t("maps.rate", unit=unit) if states.per_resident else unit


def _limit(every: Sequence[Mapping[str, maps.Change]]) -> float:
    return max((abs(change.value) for changes in every for change in changes.values()), default=0.0)


def _legend(about: Statement, unit: str, t: Messages, weeks: int) -> str:
    """Return what the colours mean: flows are amounts of a step in time."""
    kind = {1: "week", WEEKS_PER_QUARTER: "quarter", WEEKS_PER_YEAR: "year"}[weeks] if about.outcome.flow else "level"
    return t(f"maps.legend_{kind}", unit=unit)
