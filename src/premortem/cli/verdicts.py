"""Tables of a study's balance (which verdicts occur at all) and of its screen (what decides them), for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from premortem.analysis.balance import Reason, Share, reason
from premortem.analysis.decisive import Ranking
from premortem.analysis.drawn import field
from premortem.evidence import outcomes, parameters
from premortem.wording.numbers import per_cent

WIDTH = 120
SHOWN = 20  # parameters
NAMED = 4  # outcomes beside a parameter


def balance(console: Console, shares: Sequence[Share], known: Sequence[Reason], futures: int) -> None:
    """Print every share, marked where one side is scarce, and below it why."""
    for plan in dict.fromkeys(share.plan for share in shares):
        table = _table(f"{plan}: shares of {futures:,} futures against the baseline")
        table.add_column("outcome")
        for head in ("better", "worse", "same"):
            table.add_column(head, justify="right", no_wrap=True)
        table.add_column("where a side is scarce", ratio=1)
        for share in shares:
            if share.plan == plan:
                table.add_row(
                    share.outcome.title, *map(per_cent, (share.better, share.worse, share.same)), _why(share, known)
                )
        console.print(table)
        console.print()
    scarce = [share for share in shares if share.scarce]
    without = [share for share in scarce if reason(share, known) is None]
    console.print(
        f"{len(scarce)} of {len(shares)} shares have a side that hardly occurs; {len(without)} of them without a reason"
    )


def _why(share: Share, known: Sequence[Reason]) -> str:
    if share.scarce is None:
        return ""
    given = reason(share, known)
    if given is None:
        return f"hardly ever {share.scarce}: NO REASON GIVEN"
    rests = f" ({', '.join(given.rests_on)})" if given.rests_on else ""
    return f"hardly ever {share.scarce}, by {given.kind}: {given.why}{rests}"


def screen(console: Console, ranking: Ranking) -> None:
    """Print the parameters and the fields left open that decide the difference, strongest first."""
    clear, tried = ranking.clear, max(one.tried for one in ranking.screens.values())
    title = f"What decides {ranking.plan} minus {ranking.baseline}: {ranking.futures:,} paired futures, {tried} parameters and open fields"
    table = _table(title)
    table.add_column("", justify="right")
    table.add_column("parameter, or field left open", overflow="fold")
    table.add_column("score", justify="right")
    table.add_column("decides (rank correlation)", ratio=1)
    table.add_column("grade", no_wrap=True)
    known, titles = parameters.load(), outcomes.load()
    for place, one in enumerate(clear[:SHOWN], start=1):
        decides = ", ".join(f"{titles[id_].title} {rho:+.2f}" for id_, rho in one.decides[:NAMED])
        more = len(one.decides) - NAMED
        path = field(one.parameter)
        grade = "left open" if path else known[one.parameter].grade if one.parameter in known else ""
        table.add_row(
            str(place),
            path or one.parameter,
            f"{one.score:.3f}",
            decides + (f", {more} more" if more > 0 else ""),
            grade,
        )
    console.print(table)
    console.print(
        f"\nScore: mean squared rank correlation over {len(ranking.screens)} headline outcomes. Shown is what stands out from "
        f"chance on at least one; if nothing mattered, one run in twenty would show one per outcome. {len(clear)} stand out. Effects that "
        "turn, parameters that act together and parameters that differ by place or organisation need a design of their own "
        "(docs/studies.md)."
    )


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, width=WIDTH)
