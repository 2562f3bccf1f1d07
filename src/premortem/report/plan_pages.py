"""A plan as a report shows it: its forces and measures, where and when it acts, what the linter finds, what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass

from premortem.lint import SEVERITIES, Finding
from premortem.plan.language import catalogue
from premortem.plan.language.catalogue import Lever
from premortem.plan.language.elements import TaskForce
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified
from premortem.plan.telling.difference import in_words
from premortem.plan.telling.gallery import cannot_say
from premortem.plan.telling.left_open import left_open as plan_left_open
from premortem.plan.telling.overview import base_state, people
from premortem.report import left_open, pictures
from premortem.report.figures import maps
from premortem.report.material import Material, PlanPart
from premortem.wording.languages import Messages
from premortem.wording.quantities import number

KM = 1.609344  # in a mile
GRAVEST = 5  # findings of the linter that are shown before all others


@dataclass(frozen=True)
class PlanPage:
    """A plan in words; ``forces`` and ``measures`` are rows of their tables.

    ``findings``: severity -> findings, gravest first; ``counts``: all of them in a sentence. ``open``: fields drawn in the run; ``silent``:
    number of fields that are open and change nothing; ``unsaid``: what the plan's text says and the language cannot.
    """

    part: PlanPart
    plan: Plan
    summary: str
    source: str
    forces: tuple[tuple[str, str, str, str, str], ...]
    measures: tuple[tuple[str, str, str, str, str], ...]
    map: pictures.Figure | None
    map_caption: str
    timeline: pictures.Figure
    findings: tuple[tuple[str, tuple[Finding, ...]], ...]
    counts: str
    open: tuple[left_open.Row, ...]
    unsaid: tuple[str, ...]
    silent: int

    @property
    def gravest(self) -> tuple[Finding, ...]:
        """The gravest findings, of each rule the first."""
        first_of_rule: dict[str, Finding] = {}
        for _, found in self.findings:
            for finding in found:
                first_of_rule.setdefault(finding.code, finding)
        return tuple(first_of_rule.values())[:GRAVEST]


def plan_page(material: Material, part: PlanPart, t: Messages) -> PlanPage:
    """Return a plan that can be read."""
    assert part.loaded is not None
    plan = part.loaded.plan
    found = [(severity, tuple(f for f in part.findings if f.severity == severity)) for severity in SEVERITIES]
    findings = tuple((severity, of_it) for severity, of_it in found if of_it)
    severities = ", ".join(t(f"severity.{severity}", n=len(of_it)) for severity, of_it in findings)
    counts = t("lint.text", findings=t.count("finding", len(part.findings)), severities=severities)
    return PlanPage(
        part=part,
        plan=plan,
        summary=t.translated(plan.summary or ""),
        source="; ".join(plan.source_titles.values()) + (f", {plan.locator}" if plan.locator else ""),
        forces=tuple(_force(plan, force, t) for force in plan.task_force),
        measures=tuple(
            (
                t.translated(lever.meaning),
                in_words(measure.level),
                f"{lever.status_quo:g}",
                t.translated(lever.unit),
                _cost(lever, measure.level, t),
            )
            for measure in plan.measure
            for lever in [catalogue.levers()[measure.lever]]
        ),
        map=pictures.map_figure(part, t),
        map_caption=t("plan.map_caption", depth=_depth(plan, t)),
        timeline=pictures.timeline_figure(part, t),
        findings=findings,
        counts=counts if findings else t("lint.none"),
        open=tuple(left_open.rows(material, part, t)),
        unsaid=cannot_say(part.loaded.source),
        silent=len({one.path for one in plan_left_open(plan)} - set(part.open_fields)),
    )


def _cost(lever: Lever, level: float | Unspecified, t: Messages) -> str:
    """Return what a level costs in a year at the prices of the ledger, median and 5 to 95 percent, or that nothing prices it."""
    cost = None if isinstance(level, Unspecified) else lever.yearly_cost(level)
    if cost is None:
        return t("plan.unpriced" if lever.price is None else "plan.open")
    low, middle, high = (number(one, 3) for one in cost)
    return f"{middle} ({low}; {high})"


def _force(plan: Plan, force: TaskForce, t: Messages) -> tuple[str, str, str, str, str]:
    base = t("plan.open") if isinstance(force.base, Unspecified) else plan.glossary.bases[force.base].name
    return (
        force.id.replace("_", " "),
        f"{base}, {base_state(plan, force)}",
        people(plan, force).replace("?", t("plan.open")),
        _units(plan, force, t),
        in_words(force.reach),
    )


def _depth(plan: Plan, t: Messages) -> str:
    """Return how deep the zone of a plan is, beside a map that draws every zone as deep as any other."""
    if plan.zone is None:
        return ""
    depth = plan.zone.depth_miles
    if isinstance(depth, Unspecified):
        return t("plan.depth_open")
    return t("plan.depth" if depth == maps.DEPTH else "plan.depth_other", depth=depth, km=f"{depth * KM:.0f}")


def _units(plan: Plan, force: TaskForce, t: Messages) -> str:
    """Return the units of a task force, with their numbers where the plan gives them."""
    left_out, stated = [], []
    for unit, count in force.units.items():
        name = plan.glossary.units[unit].name
        if isinstance(count, Unspecified):
            left_out.append(name)
        else:
            stated.append(f"{count:,} {name}")
    if left_out:
        stated.append(t("plan.number_open", units=", ".join(left_out)))
    return "; ".join(stated) or t("none_word")
