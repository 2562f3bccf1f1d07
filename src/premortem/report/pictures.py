"""The figures of one report: what of the material goes into which figure, in which unit, under which label."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from premortem.analysis.ledger import Flowed
from premortem.evidence.outcomes import OutcomeInfo
from premortem.evidence.series import series
from premortem.model.units import WEEKS_PER_QUARTER
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified
from premortem.plan.telling.overview import bars, base_state
from premortem.report.figures import accounts, maps, plans, spread, style
from premortem.report.material import Material, PlanPart
from premortem.wording.languages import Messages
from premortem.wording.quantities import number
from premortem.wording.sentences import Answer, Statement, unit_words

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
QUARTERS_PER_YEAR = 4
CSV_LIMIT = 20_000  # letters
DAYS = 365.25  # of a year
RECORDED = 8  # years of the record before a fan
ACCOUNTS_SHOWN = 7
ROUGH = 3  # digits of a mean over futures, which supports no more


@dataclass(frozen=True)
class Figure:
    """A chart with a name for its file and a sentence that says what it shows.

    ``phone``: the same drawn for a telephone, where the chart is too wide for one.
    """

    name: str
    chart: Any
    label: str
    phone: Any = None

    def _repr_svg_(self) -> str:
        """Return it as a notebook shows it."""
        return style.svg(self.chart)

    def inline(self) -> str:
        """Return it as SVG for a page."""
        return style.inline(self.chart, self.label)

    def csv(self) -> str:
        """Return the numbers that it draws as CSV; empty where they are outlines, or too many for a page."""
        return style.csv(self.chart, CSV_LIMIT)

    def inline_phone(self) -> str:
        """Return what a telephone shows, as SVG for a page."""
        return style.inline(self.phone, self.label)


def short(title: str) -> str:
    """Return a title that fits over a figure."""
    return shortened(title, 50)


def shortened(text: str, most: int) -> str:
    """Return a text cut at a word where it is longer than ``most`` characters."""
    return textwrap.shorten(text, most, placeholder=" …")


def outcome_figures(material: Material, about: Statement, t: Messages) -> list[Figure]:
    """Return distribution, difference and course of a headline outcome."""
    id_, divisor = about.id, about.scale.divisor
    found: list[spread.Sample] = []
    differences: list[spread.Sample] = []
    for comparison in material.comparisons:
        plan = part_of(material, comparison.plan)
        before, after, _ = material.paired(plan.id, id_)
        if not found:
            found.append(spread.Sample(short(material.baseline.title), 0, before / divisor))
        found.append(spread.Sample(short(plan.title), plan.place, after / divisor))
        differences.append(spread.Sample(short(plan.title), plan.place, (after - before) / divisor))
    figures = [
        Figure(f"{id_}_spread", spread.spread(found, about.unit), t("outcomes.spread_figure", title=about.title)),
        Figure(
            f"{id_}_difference",
            spread.difference(differences, about.change),
            t("outcomes.difference_figure", title=about.title),
        ),
    ]
    courses = list(_courses(material, about.outcome, divisor))
    if courses:
        unit = about.unit
        if about.outcome.flow:  # what a year is in the number is a quarter here
            unit = t("outcomes.a_quarter", unit=unit_words(about.scale.unit.removesuffix("/year"), t))
        chart = spread.trajectories(
            courses, unit, t("outcomes.years"), _record(material, about), t("outcomes.recorded")
        )
        figures.append(Figure(f"{id_}_course", chart, t("outcomes.course_figure", title=about.title)))
    return figures


def _record(material: Material, about: Statement) -> list[tuple[float, float]]:
    """Return what was recorded of a flow in the last years before the start, as amounts of a quarter, at the middles of its years."""
    begins = material.provenance.recipe.begins
    found = next((one for one in series() if one.outcome == about.id and not one.over and about.outcome.flow), None)
    if found is None or not begins:
        return []
    start = datetime.date.fromisoformat(begins)
    now = start.year + start.timetuple().tm_yday / DAYS
    return [
        (year + 0.5 - now, amount / QUARTERS_PER_YEAR / about.scale.divisor)
        for year, amount in sorted(found.recorded().items())
        if now - RECORDED <= year and year + 1 <= now
    ]


def _courses(material: Material, info: OutcomeInfo, divisor: float) -> Iterator[spread.Course]:
    shown = {material.baseline.id, *(comparison.plan for comparison in material.comparisons)}
    for part in material.plans:
        if part.id not in shown:
            continue
        weekly = material.course(info.id, part.id)
        if weekly is None:
            return
        weekly = weekly[np.isfinite(weekly).all(axis=1)].astype(np.float64)
        if not len(weekly):
            continue
        quarters = weekly.shape[1] // WEEKS_PER_QUARTER
        blocks = weekly[:, : quarters * WEEKS_PER_QUARTER].reshape(len(weekly), quarters, WEEKS_PER_QUARTER)
        values = (blocks.sum(axis=2) if info.flow else blocks[:, :, -1]) / divisor
        levels = np.quantile(values, QUANTILES, axis=0)
        years = (np.arange(quarters) + 1) / QUARTERS_PER_YEAR
        yield spread.Course(short(part.title), part.place, years, dict(zip(QUANTILES, levels, strict=True)))


def shares_figure(answer: Answer, t: Messages) -> Figure:
    """Return in what share of futures a plan does better, the same and worse, by headline outcome."""
    entries = [
        {
            "title": one.title,
            "better": one.line.share_better,
            "same": one.line.about_same,
            "worse": one.line.share_worse,
        }
        for one in answer.statements
    ]
    words = (t("answer.word_better"), t("answer.word_same"), t("answer.word_worse"))
    chart, phone = (spread.shares(entries, words, t("answer.axis"), phone=small) for small in (False, True))
    return Figure(f"{answer.plan}_shares", chart, f"{t('answer.figure')}. {answer.lead}", phone)


def timeline_figure(part: PlanPart, t: Messages) -> Figure:
    """Return the timeline of a plan."""
    assert part.loaded is not None
    plan = part.loaded.plan
    chart, phone = (
        plans.timeline(
            [(name.replace("_", " "), first, last, note) for name, first, last, note in bars(plan)],
            plan.horizon_weeks,
            t("plan.weeks"),
            (t("plan.end_stated"), t("plan.end_open")),
            phone=small,
        )
        for small in (False, True)
    )
    return Figure(f"{part.id}_timeline", chart, t("plan.timeline_figure", plan=part.title), phone)


def map_figure(part: PlanPart, t: Messages) -> Figure | None:
    """Return the map of a plan that acts somewhere, None where there are no outlines of its theatre."""
    assert part.loaded is not None
    plan = part.loaded.plan
    codes = [place.code for place in plan.glossary.places.values()]
    if (not plan.task_force and plan.zone is None) or not maps.outlined(codes):
        return None
    words = {key: t(f"plan.key_{key}") for key in ("force", "crossing", "sector", "acting", "zone")}
    chart, phone = (maps.plan(_reach(plan), words, phone=small) for small in (False, True))
    return Figure(f"{part.id}_map", chart, t("plan.map_figure", plan=part.title), phone)


def _reach(plan: Plan) -> maps.Reach:
    bases: dict[str, tuple[str, ...]] = {}
    acting: set[str] = set()
    for force in plan.task_force:
        state = base_state(plan, force)
        bases[state] = (*bases.get(state, ()), force.id.replace("_", " "))
        stated = force.regions
        acting |= set(plan.glossary.facing.get(state, ()) if isinstance(stated, Unspecified) else stated)
    zone = plan.zone
    whole = frozenset(plan.glossary.border)
    held = frozenset() if zone is None else whole if isinstance(zone.states, Unspecified) else frozenset(zone.states)
    return maps.Reach(bases, frozenset(acting), held)


def sankey(plan: PlanPart, unit: str, flowed: Sequence[Flowed], t: Messages) -> Figure | None:
    """Return the Sankey of a unit, None where nothing was given or taken."""
    given = _greatest([(f.meaning, -f.mean) for f in flowed if f.mean < 0], t)
    taken = _greatest([(f.meaning, f.mean) for f in flowed if f.mean > 0], t)
    if not given or not taken:
        return None
    words = [f"{shortened(name, 44)}: {number(amount, ROUGH)}" for name, amount in (*given, *taken)]
    label = t("accounts.figure", unit=t.named("unit", unit))
    return Figure(
        f"{plan.id}_{unit.replace(' ', '_')}_accounts",
        accounts.sankey(given, taken, words),
        label,
        accounts.bars(given, taken, words),
    )


def _greatest(entries: list[tuple[str, float]], t: Messages) -> list[tuple[str, float]]:
    rest = sum(amount for _, amount in entries[ACCOUNTS_SHOWN:])
    return entries[:ACCOUNTS_SHOWN] + ([(t("accounts.small"), rest)] if rest > 0 else [])


def part_of(material: Material, id_: str) -> PlanPart:
    """Return a plan of a study by its id."""
    return next(part for part in material.plans if part.id == id_)
