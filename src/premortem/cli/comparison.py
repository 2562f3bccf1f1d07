"""The table of a comparison, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from premortem.analysis.compare import Comparison, Interval, Line, headlines
from premortem.analysis.numbers import Scale, per_cent, scale
from premortem.analysis.promises import fired, promises
from premortem.report.messages import messages
from premortem.report.words import unit_words
from premortem.study.store import Store

BETTER = {"down": "less is better", "up": "more is better", "none": ""}
PLANS_ABREAST = 4
WIDTH = 100
"""Columns of the table; every one of its columns counts."""


def show(console: Console, comparison: Comparison, store: Store) -> None:
    """Print the headline outcomes of a comparison, what became of what the plan says of itself, and what they rest on."""
    console.print(Group(*_parts(comparison, store)))


def overview(console: Console, comparisons: Sequence[Comparison], header: Mapping[str, Any], folder: str) -> None:
    """Print the headline outcomes of several plans against one baseline: median difference and share of futures that are better."""
    years = f"{header['years']} year" + "s" * (header["years"] > 1)
    console.print(
        Text(f"{len(comparisons)} plans against {comparisons[0].baseline}: {header['futures']:,} futures of {years}\n")
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
    console.print(Text(f"Study folder: {folder}"))


def _abreast(comparisons: Sequence[Comparison]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, width=WIDTH)
    table.add_column("Outcome", ratio=2)
    for comparison in comparisons:
        table.add_column(comparison.plan, justify="right", ratio=1, overflow="fold")
    for lines in zip(*(headlines(comparison.lines) for comparison in comparisons), strict=True):
        how = scale(lines[0].outcome.unit, [line.difference for line in lines])
        cells = [
            _two(
                how.interval(line.difference, signed=True)[0],
                "" if line.share_better is None else per_cent(line.share_better),
            )
            for line in lines
        ]
        table.add_row(_two(lines[0].outcome.title, f"  {_about(lines[0], how)}"), *cells)
    return table


def document(comparison: Comparison, store: Store) -> dict[str, Any]:
    """Return the comparison for programs: every outcome, unrounded, what the plan says of itself, and the provenance."""
    return {
        "plan": comparison.plan,
        "baseline": comparison.baseline,
        "futures": comparison.futures,
        "failed_futures": sum(comparison.failed.values()),
        "failed_causes": comparison.failed,
        "outcomes": [line.as_json() for line in comparison.lines],
        "promises": [asdict(said) for said in promises(store, comparison.plan, comparison.baseline)],
        "branches": [asdict(branch) for branch in fired(store, comparison.plan)],
        "provenance": dict(store.header),
    }


def _parts(comparison: Comparison, store: Store) -> Iterable[RenderableType]:
    header = store.header
    source = header["source"]
    plans = {plan["id"]: plan for plan in source["plans"]}
    plan, baseline = plans[comparison.plan], plans[comparison.baseline]
    yield Text.assemble((plan["title"], "bold"), "\ncompared with: ", (baseline["title"], "bold"))
    years = f"{header['years']} year" + "s" * (header["years"] > 1)
    yield Text(
        f"{comparison.futures:,} futures of {years}, the same ones for both plans; seed {header['seed']}\n", "dim"
    )
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
    yield from _said(comparison, store)
    yield from _rests_on(source, comparison)
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


def _table(lines: Iterable[Line]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, width=WIDTH)
    table.add_column("Outcome", ratio=1)
    for title in ("Baseline", "Plan", "Difference"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Plan\nbetter", justify="right", no_wrap=True)
    for group, members in groupby(lines, key=lambda line: line.outcome.group):
        table.add_row(Text(group.upper(), "bold"))
        for line in members:
            table.add_row(*_cells(line))
        table.add_row()
    return table


def _cells(line: Line) -> list[RenderableType]:
    how = scale(line.outcome.unit, (line.baseline, line.plan, line.difference))
    share = "" if line.share_better is None else per_cent(line.share_better)
    same = f"{per_cent(line.share_same)} same" if line.share_same else ""
    return [
        _two(line.outcome.title, f"  {_about(line, how)}"),
        _interval(how, line.baseline),
        _interval(how, line.plan),
        _interval(how, line.difference, signed=True),
        _two(share, same),
    ]


def _about(line: Line, how: Scale) -> str:
    """Return the unit, that of the difference where it is another, and which way is better."""
    t = messages("en")
    unit, change = unit_words(how.unit, t), unit_words(how.unit, t, change=True)
    parts = [unit, *([f"difference in {change}"] if change != unit else []), BETTER[line.outcome.direction]]
    return "; ".join(part for part in parts if part)


def _interval(how: Scale, values: Interval, *, signed: bool = False) -> Text:
    return _two(*how.interval(values, signed=signed))


def _two(first: str, second: str) -> Text:
    return Text.assemble(first, "\n", (second, "dim"))


def _rests_on(source: Mapping[str, Any], comparison: Comparison) -> Iterable[RenderableType]:
    counts = source["rests_on"]
    sourced = sum(counts[f"sourced_{grade}"] for grade in "ABC")
    yield Text.assemble(
        ("What this rests on: ", "bold"),
        f"{counts['parameters']:,} parameters, each drawn anew in every future: {counts['calibrated']:,} calibrated to data, "
        f"{sourced:,} with a source (grade A {counts['sourced_A']:,}, B {counts['sourced_B']:,}, C {counts['sourced_C']:,}), "
        f"{counts['assumed']:,} assumed. Look any of them up with: premortem evidence show ID",
    )
    for plan in source["plans"]:
        if plan["id"] in {comparison.plan, comparison.baseline} and plan["open_fields"]:
            yield Text.assemble(
                ("Left open by ", "bold"),
                (plan["id"], "bold"),
                (f" and drawn in every future ({len(plan['open_fields'])}): ", "bold"),
                (", ".join(plan["open_fields"]), "dim"),
            )
    failed = sum(comparison.failed.values())
    if failed:
        causes = "; ".join(f"{cause} ({count})" for cause, count in comparison.failed.items())
        yield Text.assemble((f"{failed:,} futures failed and are not in the table: ", "bold"), causes)
    else:
        yield Text("No future failed.")
