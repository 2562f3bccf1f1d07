"""The table of a comparison, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from premortem.analysis.aftermath import Aftermath, aftermath
from premortem.analysis.compare import Comparison, OutcomeComparison, compare, headlines
from premortem.analysis.promises import fired, promises
from premortem.cli.aftermath import short
from premortem.cli.cells import WIDTH, about, grouped, interval, table_of, two
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.study.provenance import RecipeRecord
from premortem.study.store import Store
from premortem.wording.numbers import Scale, per_cent, scale

PLANS_ABREAST = 4


def show(console: Console, comparison: Comparison, store: Store) -> None:
    """Print the headline outcomes of a comparison, what became of what the plan says of itself, and what they rest on."""
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
    return Group(Text.assemble((count, "bold"), f"; {plan} compared with {baseline}"), _table(comparison.lines))


def overview(console: Console, comparisons: Sequence[Comparison], store: Store) -> None:
    """Print the headline outcomes of several plans against one baseline: median difference and share of futures that are better."""
    about = store.provenance
    years = f"{about.years} year" + "s" * (about.years > 1)
    console.print(
        Text(f"{len(comparisons)} plans against {comparisons[0].baseline}: {about.futures:,} futures of {years}\n")
    )
    for first in range(0, len(comparisons), PLANS_ABREAST):
        console.print(_abreast(comparisons[first : first + PLANS_ABREAST]))
    console.print(
        Text(
            "Median difference to the baseline, future by future; below it the share of futures in which the plan does strictly better. "
            "For intervals and what the numbers rest on, show one plan: premortem study show DIR --plan NAME",
            "dim",
        )
    )
    for comparison in comparisons:
        if comparison.failed:
            console.print(
                f"{comparison.plan}: {sum(comparison.failed.values()):,} futures failed and are not in the table"
            )
    console.print(Text(f"Study folder: {store.folder.url}"))


def _abreast(comparisons: Sequence[Comparison]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, width=WIDTH)
    table.add_column("Outcome", ratio=2)
    for comparison in comparisons:
        table.add_column(comparison.plan, justify="right", ratio=1, overflow="fold")
    for lines in zip(*(headlines(comparison.lines) for comparison in comparisons), strict=True):
        how = scale(lines[0].outcome.unit, [line.difference for line in lines])
        cells = [
            two(
                how.interval(line.difference, signed=True)[0],
                "" if line.share_better is None else per_cent(line.share_better),
            )
            for line in lines
        ]
        table.add_row(two(lines[0].outcome.title, f"  {about(lines[0].outcome, how)}"), *cells)
    return table


def _aftermath(comparison: Comparison, store: Store) -> Aftermath | None:
    """Return what is left of the headline outcomes after the campaign; None where the study keeps no weeks."""
    if store.array("weekly") is None:
        return None
    shown = [line.outcome.id for line in headlines(comparison.lines)]
    return aftermath(store, comparison.plan, comparison.baseline, shown)


def document(comparison: Comparison, store: Store) -> dict[str, Any]:
    """Return the comparison for programs, unrounded: outcomes, headlines after the campaign, what the plan says of itself, provenance."""
    after = _aftermath(comparison, store)
    return {
        "plan": comparison.plan,
        "baseline": comparison.baseline,
        "futures": comparison.futures,
        "failed_futures": sum(comparison.failed.values()),
        "failed_causes": comparison.failed,
        "outcomes": [line.as_json() for line in comparison.lines],
        "promises": [asdict(said) for said in promises(store, comparison.plan, comparison.baseline)],
        "branches": [asdict(branch) for branch in fired(store, comparison.plan)],
        "aftermath": None if after is None else after.as_json(),
        "provenance": store.provenance.as_json(),
    }


def _parts(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    about = store.provenance
    titles = {plan.id: plan.title for plan in about.recipe.plans}
    plan, baseline = (titles.get(id_, id_) for id_ in (comparison.plan, comparison.baseline))
    yield Text.assemble((plan, "bold"), "\ncompared with: ", (baseline, "bold"))
    years = f"{about.years} year" + "s" * (about.years > 1)
    yield Text(f"{comparison.futures:,} futures of {years}, the same ones for both plans; seed {about.seed}\n", "dim")
    yield _table(headlines(comparison.lines))
    yield Padding(
        Text(
            "Median, and below it the range that holds 90 % of futures. Difference: plan minus baseline, future by future, under the same "
            "luck and the same assumptions. Plan better: share of futures in which the plan does strictly better; where outcomes are equal "
            "in some futures, that share stands below it; in the rest the plan does worse.",
            "dim",
        ),
        (1, 0),
    )
    if (after := _aftermath(comparison, store)) is not None:
        yield from short(after, store.folder.url)
    yield from _said(comparison, store)
    yield from _rests_on(about.recipe, comparison)
    yield Text(f"\nRun folder: {store.folder.url}")


def _said(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    """Yield what became of the plan's own measures of success, its predictions and its branches."""
    lines = []
    for said in promises(store, comparison.plan, comparison.baseline):
        what = "Success" if said.kind == "success" else f"Expected against {comparison.baseline}"
        came = (
            "cannot be judged from this run"
            if said.share is None
            else f"true in {per_cent(said.share)} of {said.futures:,} futures"
        )
        lines.append(f"{what}: {said.words}{f' ({said.claim})' if said.claim else ''}: {came}")
    for branch in fired(store, comparison.plan):
        when = ""
        if branch.week:
            median, span = Scale("week", whole=True).interval(branch.week)
            when = f", in week {median} of the campaign ({span})"
        lines.append(f"Branch {branch.branch}: fires in {per_cent(branch.share)} of futures{when}")
    if lines:
        yield Text.assemble(("What the plan says of itself\n", "bold"), "\n".join(lines) + "\n")


def _table(lines: Iterable[OutcomeComparison]) -> Table:
    return grouped(table_of("Baseline", "Plan", "Difference", "Plan\nbetter"), lines, _cells)


def _cells(line: OutcomeComparison) -> list[RenderableType]:
    how = scale(line.outcome.unit, (line.baseline, line.plan, line.difference))
    share = "" if line.share_better is None else per_cent(line.share_better)
    same = f"{per_cent(line.share_same)} same" if line.share_same else ""
    return [
        two(line.outcome.title, f"  {about(line.outcome, how)}"),
        interval(how, line.baseline),
        interval(how, line.plan),
        interval(how, line.difference, signed=True),
        two(share, same),
    ]


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
    failed = sum(comparison.failed.values())
    if failed:
        causes = "; ".join(f"{cause} ({count})" for cause, count in comparison.failed.items())
        yield Text.assemble((f"{failed:,} futures failed and are not in the table: ", "bold"), causes)
    else:
        yield Text("No future failed.")
