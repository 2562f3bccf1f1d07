"""The table of a comparison, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from premortem.analysis.aftermath import Aftermath, aftermath
from premortem.analysis.compare import Comparison, OutcomeComparison, compare, headlines
from premortem.analysis.decisive import turns
from premortem.analysis.inputs import about_input
from premortem.analysis.promises import fired, promises
from premortem.analysis.unfolding import CarriedOut, Unfolding, carried_out, unfolding
from premortem.analysis.weights import own_measures
from premortem.cli import short_answer
from premortem.cli.aftermath import short
from premortem.cli.cells import grid
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.study.provenance import RecipeRecord
from premortem.study.store import Store
from premortem.wording.inputs import about_words
from premortem.wording.languages import spoken
from premortem.wording.numbers import Scale, per_cent, scale
from premortem.wording.sentences import (
    in_language,
    outcome_title,
    plan_titles,
    statement,
    unfolding_sentence,
    unit_words,
)
from premortem.wording.tables import Table, outcome_table, readings_table
from premortem.wording.weights import own_tables

TURNS = 6
"""Inputs named of those that alone decide much."""


def show(console: Console, comparison: Comparison, store: Store, *, whole: bool) -> None:
    """Print the short answer; or, ``whole``, every headline outcome, what became of the plan's own measures, and what all rests on. The
    measures of the reader's own data follow."""
    if whole:
        console.print(Group(*_parts(comparison, store)))
    else:
        short_answer.show(console, comparison, store)
    for title, table in own_tables(own_measures(store, comparison.plan, comparison.baseline), spoken()):
        console.print(f"\n{title}", markup=False)
        console.print(grid(table, dense=True))
        console.print(table.note, markup=False)


def provisional(store: Store) -> RenderableType | None:
    """Return the headline outcomes of a run that is under way, over the futures so far; nothing where all of them failed."""
    about = store.provenance
    baseline, plan = about.plans
    ids = [id_ for id_ in about.outcomes if outcomes.load()[id_].headline]
    try:
        comparison = compare(store.table().select("plan", "future", "fault", *ids).collect(), plan, baseline)
    except InputError:  # nothing is finished yet, or all of it failed
        return None
    t = spoken()
    count = t("cli.provisional", done=f"{comparison.futures:,}", all=f"{about.futures:,}")
    told = t("versus", plan=plan, baseline=baseline)
    return Group(Text.assemble((count, "bold"), f"; {told}"), grid(_table(comparison.lines)))


def _apart(comparison: Comparison, store: Store) -> tuple[Unfolding, CarriedOut] | None:
    """Return how a campaign unfolds and the plan carried out as written; None where there is one reading only."""
    unfolds = unfolding(store, comparison.plan)
    written = carried_out(store, comparison.plan, comparison.baseline) if unfolds else None
    return None if unfolds is None or written is None else (unfolds, written)


def _aftermath(comparison: Comparison, store: Store) -> Aftermath | None:
    """Return what is left of the headline outcomes after the campaign; None where the study keeps no weeks."""
    if store.array("weekly") is None:
        return None
    shown = [line.outcome.id for line in headlines(comparison.lines)]
    return aftermath(store, comparison.plan, comparison.baseline, shown)


def document(comparison: Comparison, store: Store) -> dict[str, Any]:
    """Return the comparison for programs, unrounded: outcomes, after the campaign, its own measures, in both readings; provenance.

    What is read as carried out has ``carried_out`` before its name and the same shape; None where the study does not hold that reading.
    """
    written = carried_out(store, comparison.plan, comparison.baseline)
    under = {"": _read(comparison, store)}
    under["carried_out_"] = dict.fromkeys(under[""]) if written is None else _read(written.comparison, written.store)
    return {
        "plan": comparison.plan,
        "baseline": comparison.baseline,
        "futures": comparison.futures,
        "failed_futures": sum(comparison.failed.values()),
        "failed_causes": comparison.failed,
        "outcomes": [line.as_json() for line in comparison.lines],
        "carried_out": None if written is None else [line.as_json() for line in written.comparison.lines],
        "unfolding": None if (unfolds := unfolding(store, comparison.plan)) is None else unfolds.as_json(),
        **{f"{reading}{name}": found for reading, parts in under.items() for name, found in parts.items()},
        "provenance": store.provenance.as_json(),
    }


def _read(comparison: Comparison, store: Store) -> dict[str, Any]:
    """Return what a study says of a plan beside its outcomes, under the reading of the store."""
    after = _aftermath(comparison, store)
    return {
        "promises": [asdict(promise) for promise in promises(store, comparison.plan, comparison.baseline)],
        "branches": [asdict(branch) for branch in fired(store, comparison.plan)],
        "measures": {
            one.id: found.as_json() for one, found in own_measures(store, comparison.plan, comparison.baseline)
        },
        "turns": [one.as_json() for one in turns(store, comparison.plan, comparison.baseline)],
        "aftermath": None if after is None else after.as_json(),
    }


def _parts(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    t, about = spoken(), store.provenance
    titles = plan_titles({plan.id: plan.title for plan in about.recipe.plans}, t)
    plan, baseline = (titles.get(id_, id_) for id_ in (comparison.plan, comparison.baseline))
    yield Text(t("versus", plan=plan, baseline=baseline), "bold")
    futures = t("futures_of", futures=t.count("future", comparison.futures), years=t.count("year", about.years))
    yield Text(f"{futures}; {t('provenance.seed').lower()} {about.seed}\n", "dim")
    shown = headlines(comparison.lines)
    if moved := [line for line in shown if line.share_same < 1]:
        table = _table(moved)
        yield grid(table)
        yield Padding(Text(f"{t('question.reading')} {table.note}", "dim"), (1, 0))
    if unmoved := [statement(line, t).title for line in shown if line.share_same == 1]:
        yield Text(f"{t('outcomes.unmoved', titles=', '.join(unmoved))}\n")
    readings = {"": store}
    if (apart := _apart(comparison, store)) is not None:
        unfolds, written = apart
        yield from _both_readings(comparison, unfolds, written.comparison, baseline)
        readings = {t("readings.as_likely_title"): store, t("readings.carried_out_title"): written.store}
    for reading, results in readings.items():
        if (after := _aftermath(comparison, results)) is not None:
            yield from short(after, store.folder.url, reading)
    yield from _own_measures(comparison, readings)
    yield from _turns(comparison, readings)
    yield from _rests_on(about.recipe, comparison)
    yield Text(f"\n{t('cli.folder', folder=store.folder.url)}")


def _both_readings(
    comparison: Comparison, unfolds: Unfolding, written: Comparison, baseline: str
) -> Iterable[RenderableType]:
    """Yield both readings side by side and how the campaign unfolds."""
    t = spoken()
    yield Text(t("readings.title"), "bold")
    yield Text(unfolding_sentence(unfolds, t) + "\n")
    both = list(zip(headlines(written.lines), headlines(comparison.lines), strict=True))
    if all(one.difference == other.difference and one.share_better == other.share_better for one, other in both):
        yield Text(f"{t('readings.alike')}\n")
        return
    moved = [pair for pair in both if min(line.share_same for line in pair) < 1]
    as_written, likely = ([statement(pair[i], t) for pair in moved] for i in range(2))
    table = readings_table(as_written, likely, t, baseline=baseline)
    yield grid(table)
    yield Padding(Text(table.note, "dim"), (1, 0))


def _own_measures(comparison: Comparison, readings: Mapping[str, Store]) -> Iterable[RenderableType]:
    """Yield what became of the plan's own measures of success, its predictions and its branches, under each reading."""
    t, lines = spoken(), dict[str, list[str]]()
    for reading, store in readings.items():
        under = f"{reading}: " if reading else ""
        for promise in promises(store, comparison.plan, comparison.baseline):
            what = t("cli.success" if promise.kind == "success" else "cli.expected", baseline=comparison.baseline)
            came = (
                t("cli.not_judged")
                if promise.share is None
                else t("cli.true_in", share=per_cent(promise.share), futures=t.count("future", promise.futures))
            )
            claim = f" ({promise.claim})" if promise.claim else ""
            lines.setdefault(f"{what}: {promise.words}{claim}", []).append(f"{under}{came}")
        for branch in fired(store, comparison.plan):
            when = ""
            if branch.week:
                median, span = Scale("week", whole=True).interval(branch.week)
                when = t("cli.in_week", week=median, range=in_language(span, t))
            came = t("cli.fires", share=per_cent(branch.share), when=when)
            lines.setdefault(t("cli.branch", name=branch.branch), []).append(f"{under}{came}")
    if lines:
        said = "\n".join(f"{what}: {'; '.join(came)}" for what, came in lines.items())
        yield Text.assemble((f"{t('cli.own')}\n", "bold"), said + "\n")


def _turns(comparison: Comparison, readings: Mapping[str, Store]) -> Iterable[RenderableType]:
    """Yield the inputs that alone decide much of a headline outcome, with what it is at their ends, under each reading."""
    t = spoken()
    for reading, store in readings.items():
        lines = []
        for one in turns(store, comparison.plan, comparison.baseline)[:TURNS]:
            about, how = about_input(one.input), scale(one.outcome.unit, (one.low, one.high))
            low, high = (how.interval(end, signed=True)[0] for end in (one.low, one.high))
            grade = (
                ""
                if not about.grade
                else ", " + t("why.assumed" if about.grade == "assumption" else "why.grade", grade=about.grade)
            )
            values = {
                "share": per_cent(one.share),
                "low": low,
                "high": high,
                "unit": unit_words(how.unit, t, change=True),
            }
            words = f"{about_words(about, t)} ({about.id})"
            lines.append(f"{outcome_title(one.outcome, t)}: {words}{grade}, {t('cli.turns', **values)}")
        if lines:
            under = f" ({reading[:1].lower()}{reading[1:]})" if reading else ""
            yield Text.assemble((f"{t('cli.alone')}{under}\n", "bold"), "\n".join(lines) + "\n")


def _table(lines: Iterable[OutcomeComparison]) -> Table:
    t = spoken()
    return outcome_table([statement(line, t) for line in lines], t, short=True)


def _rests_on(recipe: RecipeRecord, comparison: Comparison) -> Iterable[RenderableType]:
    t = spoken()
    if (theatre := recipe.theatre) is not None and theatre.newest:
        age = t("provenance.newest_known", start=recipe.begins, newest=theatre.newest)
        yield Text.assemble((f"{t('cli.how_old')}: ", "bold"), age)
    if (counts := recipe.rests_on) is not None:
        names = ("parameters", "calibrated", "sourced", "sourced_a", "sourced_b", "sourced_c", "assumed")
        numbers = {name: f"{getattr(counts, name):,}" for name in names}
        yield Text.assemble((f"{t('cli.rests_on')}: ", "bold"), t("cli.counts", **numbers))
    if (fit := recipe.posterior) is not None:
        yield Text.assemble(
            (f"{t('cli.calibrated', date=fit.known_on, number=len(fit.informed))}: ", "bold"),
            (", ".join(fit.informed), "dim"),
        )
    for plan in recipe.plans:
        if plan.id in {comparison.plan, comparison.baseline} and plan.open_fields:
            yield Text.assemble(
                (f"{t('cli.left_open', plan=plan.id, number=len(plan.open_fields))}: ", "bold"),
                (", ".join(plan.open_fields), "dim"),
            )
    if comparison.failed:
        yield Text(short_answer.failures(comparison.failed, spoken()), "bold")
    else:
        yield Text(t("cli.none_failed"))
