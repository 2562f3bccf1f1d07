"""The table of a comparison, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from premortem.analysis.aftermath import Aftermath, aftermath
from premortem.analysis.compare import Comparison, OutcomeComparison, compare, headlines
from premortem.analysis.promises import fired, promises
from premortem.analysis.unfolding import unfolding
from premortem.cli.aftermath import short
from premortem.cli.cells import grid
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.study.provenance import RecipeRecord
from premortem.study.store import Store
from premortem.wording.languages import messages
from premortem.wording.numbers import Scale, per_cent
from premortem.wording.sentences import statement, unfolding_sentence
from premortem.wording.tables import Table, outcome_table, overview_table, readings_table

PLANS_ABREAST = 4


def show(console: Console, comparison: Comparison, store: Store) -> None:
    """Print the headline outcomes of a comparison, what became of its own measures and predictions, and what they rest on."""
    console.print(Group(*_parts(comparison, store)))


def provisional(store: Store) -> RenderableType | None:
    """Return the headline outcomes of a run that is under way, over the futures so far; nothing where all of them failed."""
    about = store.provenance
    baseline, plan = about.plans
    ids = [id_ for id_ in about.outcomes if outcomes.load()[id_].headline]
    try:
        comparison = compare(store.table().select("plan", "future", "fault", *ids).collect(), plan, baseline)
    except InputError:
        return None
    count = f"provisional: {comparison.futures:,} of {about.futures:,} futures"
    return Group(Text.assemble((count, "bold"), f"; {plan} compared with {baseline}"), grid(_table(comparison.lines)))


def overview(console: Console, comparisons: Sequence[Comparison], store: Store) -> None:
    """Print the headline outcomes of several plans against one baseline: share of futures that are better, and median difference."""
    t, about, baseline = messages("en"), store.provenance, comparisons[0].baseline
    futures = t("futures_of", futures=t.count("future", about.futures), years=t.count("year", about.years))
    console.print(Text(f"{t.count('plan', len(comparisons))} against {baseline}: {futures}\n"))
    for first in range(0, len(comparisons), PLANS_ABREAST):
        abreast = comparisons[first : first + PLANS_ABREAST]
        plans = {one.plan: [statement(line, t) for line in headlines(one.lines)] for one in abreast}
        table = overview_table(plans, t, baseline=baseline)
        console.print(grid(table, equal=True))
    console.print(
        Text(
            f"{table.note}. For ranges and what the numbers rest on, show one plan: premortem study show DIR --plan NAME",
            "dim",
        )
    )
    for comparison in comparisons:
        if comparison.failed:
            causes = "; ".join(comparison.failed)
            console.print(f"{comparison.plan}: {t('partial_failed', n=sum(comparison.failed.values()), causes=causes)}")
    console.print(Text(f"Study folder: {store.folder.url}"))


def _aftermath(comparison: Comparison, store: Store) -> Aftermath | None:
    """Return what is left of the headline outcomes after the campaign; None where the study keeps no weeks."""
    if store.array("weekly") is None:
        return None
    shown = [line.outcome.id for line in headlines(comparison.lines)]
    return aftermath(store, comparison.plan, comparison.baseline, shown)


def _carried_out(comparison: Comparison, store: Store) -> Comparison | None:
    """Return both plans carried out as written; None where the study is older than readings, or has not come so far yet."""
    try:
        return compare(store.under("carried_out").table().collect(), comparison.plan, comparison.baseline)
    except InputError:
        return None


def document(comparison: Comparison, store: Store) -> dict[str, Any]:
    """Return the comparison for programs, unrounded: outcomes in both readings, after the campaign, its own measures, provenance."""
    after, carried_out = _aftermath(comparison, store), _carried_out(comparison, store)
    return {
        "plan": comparison.plan,
        "baseline": comparison.baseline,
        "futures": comparison.futures,
        "failed_futures": sum(comparison.failed.values()),
        "failed_causes": comparison.failed,
        "outcomes": [line.as_json() for line in comparison.lines],
        "carried_out": None if carried_out is None else [line.as_json() for line in carried_out.lines],
        "unfolding": None if (unfolds := unfolding(store, comparison.plan)) is None else unfolds.as_json(),
        "promises": [asdict(promise) for promise in promises(store, comparison.plan, comparison.baseline)],
        "branches": [asdict(branch) for branch in fired(store, comparison.plan)],
        "aftermath": None if after is None else after.as_json(),
        "provenance": store.provenance.as_json(),
    }


def _parts(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    t, about = messages("en"), store.provenance
    titles = {plan.id: plan.title for plan in about.recipe.plans}
    plan, baseline = (titles.get(id_, id_) for id_ in (comparison.plan, comparison.baseline))
    yield Text.assemble((plan, "bold"), "\ncompared with: ", (baseline, "bold"))
    futures = t("futures_of", futures=t.count("future", comparison.futures), years=t.count("year", about.years))
    yield Text(f"{futures}; seed {about.seed}\n", "dim")
    table = _table(headlines(comparison.lines))
    yield grid(table)
    yield Padding(Text(f"{t('question.reading')} {table.note}", "dim"), (1, 0))
    yield from _both_readings(comparison, store, baseline)
    if (after := _aftermath(comparison, store)) is not None:
        yield from short(after, store.folder.url)
    yield from _own_measures(comparison, store)
    yield from _rests_on(about.recipe, comparison)
    yield Text(f"\nRun folder: {store.folder.url}")


def _both_readings(comparison: Comparison, store: Store, baseline: str) -> Iterable[RenderableType]:
    """Yield both readings side by side and how the campaign unfolds; nothing if nobody could stop the plan."""
    t, unfolds, carried_out = messages("en"), unfolding(store, comparison.plan), _carried_out(comparison, store)
    if unfolds is None or carried_out is None:
        return
    yield Text(t("readings.title"), "bold")
    yield Text(unfolding_sentence(unfolds, t) + "\n")
    written, likely = ([statement(line, t) for line in headlines(one.lines)] for one in (carried_out, comparison))
    table = readings_table(written, likely, t, baseline=baseline)
    yield grid(table)
    yield Padding(Text(table.note, "dim"), (1, 0))


def _own_measures(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    """Yield what became of the plan's own measures of success, its predictions and its branches."""
    lines = []
    for promise in promises(store, comparison.plan, comparison.baseline):
        what = "Success" if promise.kind == "success" else f"Expected against {comparison.baseline}"
        came = (
            "cannot be judged from this run"
            if promise.share is None
            else f"true in {per_cent(promise.share)} of {promise.futures:,} futures"
        )
        lines.append(f"{what}: {promise.words}{f' ({promise.claim})' if promise.claim else ''}: {came}")
    for branch in fired(store, comparison.plan):
        when = ""
        if branch.week:
            median, span = Scale("week", whole=True).interval(branch.week)
            when = f", in week {median} of the campaign ({span})"
        lines.append(f"Branch {branch.branch}: fires in {per_cent(branch.share)} of futures{when}")
    if lines:
        yield Text.assemble(("The plan's own measures and predictions\n", "bold"), "\n".join(lines) + "\n")


def _table(lines: Iterable[OutcomeComparison]) -> Table:
    t = messages("en")
    return outcome_table([statement(line, t) for line in lines], t, short=True)


def _rests_on(recipe: RecipeRecord, comparison: Comparison) -> Iterable[RenderableType]:
    if (counts := recipe.rests_on) is not None:
        yield Text.assemble(
            ("What this rests on: ", "bold"),
            f"{counts.parameters:,} parameters, each drawn anew in every future: {counts.calibrated:,} calibrated to data, "
            f"{counts.sourced:,} with a source (grade A {counts.sourced_a:,}, B {counts.sourced_b:,}, C {counts.sourced_c:,}), "
            f"{counts.assumed:,} assumed. Look any of them up with: premortem evidence show ID",
        )
    for plan in recipe.plans:
        if plan.id in {comparison.plan, comparison.baseline} and plan.open_fields:
            yield Text.assemble(
                ("Left open by ", "bold"),
                (plan.id, "bold"),
                (f" and drawn in every future ({len(plan.open_fields)}): ", "bold"),
                (", ".join(plan.open_fields), "dim"),
            )
    if comparison.failed:
        causes = "; ".join(f"{cause} ({count})" for cause, count in comparison.failed.items())
        yield Text(messages("en")("partial_failed", n=sum(comparison.failed.values()), causes=causes), "bold")
    else:
        yield Text("No future failed.")
