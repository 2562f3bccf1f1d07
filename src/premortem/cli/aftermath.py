"""What is left after a campaign, for people at a terminal: readable at 100 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from premortem.analysis.aftermath import MOST, Aftermath, Lasting, Reading
from premortem.cli.cells import about, grouped, interval, table_of, two
from premortem.wording.numbers import per_cent, scale

SHORT = ("violent_deaths_mx", "members", "displaced", "overdose_deaths", "arsenal", "mx_cooperation")
"""What `premortem run` shows of it: lives, organisations, homes, drugs, weapons, politics."""
READING = (
    "Flows: the amount in that year; means: over that year; all others: at its end; the baseline in the same weeks of the same future. "
    "Plan better: share of futures in which the plan does strictly better in that year; then: over the campaign. Last: of the futures in "
    "which the plan did better over the campaign, those in which it still does; debt: of those in which it did worse, those in which it "
    "still does worse."
)


def told(result: Aftermath) -> Iterable[RenderableType]:
    """Yield the whole aftermath of a plan."""
    yield Text.assemble(
        (f"After the campaign: {result.plan}", "bold"), " compared with ", (result.baseline, "bold"), "\n"
    )
    yield Text(_ends(result))
    for reading in result.readings:
        if result.ended:
            yield Text.assemble((f"\nYear {reading.year} after its end. ", "bold"), _reached(result, reading))
        if lines := [line for line in reading.lines if line.outcome.headline]:
            yield _table(lines)
    if any(reading.lines for reading in result.readings):
        yield Text(f"Headline outcomes; all of them: --format json. {READING}\n", "dim")


def short(result: Aftermath, folder: str) -> Iterable[RenderableType]:
    """Yield a few outcomes in the first of the years after the end; a sentence where the run does not hold that year."""
    reading = result.readings[0]
    yield Text.assemble(
        (f"Year {reading.year} after the campaign\n", "bold"),
        _ends(result),
        f" {_reached(result, reading)}" if result.ended else "",
        "\n",
    )
    if lines := [line for line in reading.lines if line.outcome.id in SHORT]:
        yield _table(lines)
        yield Text(f"{READING} All headlines, and year 5: premortem study aftermath {folder}\n", "dim")


def _ends(result: Aftermath) -> str:
    if not result.acts:
        return f"{result.plan} does nothing that could end: it has no aftermath."
    if not result.ended:
        reading = result.readings[0]
        return (
            f"The campaign ends in none of {result.futures:,} futures of {_years(result.years)}, so that nothing can be said of its "
            f"aftermath. {_longer(result, reading)}"
        )
    return f"The campaign ends in {result.ended:,} of {result.futures:,} futures of {_years(result.years)}."


def _reached(result: Aftermath, reading: Reading) -> str:
    if reading.futures == result.futures:
        return "The run holds it in all of them."
    where = f"{reading.futures:,}" if reading.futures else "none"
    held = f"The run holds it in {where} of {result.futures:,} futures"
    early = ", those in which the campaign ended early." if reading.futures else "."
    return f"{held}{early}" if reading.futures >= MOST * result.futures else f"{held}{early} {_longer(result, reading)}"


def _longer(result: Aftermath, reading: Reading) -> str:
    years, known = result.years_for(reading.year)
    if known:
        return f"--years {years} would hold year {reading.year} in nine futures in ten."
    return f"The rest may last long: --years {years} or more would hold more."


def _years(years: int) -> str:
    return f"{years} year" + "s" * (years > 1)


def _table(lines: Iterable[Lasting]) -> Table:
    return grouped(table_of("Baseline", "Plan", "Difference", "Plan better"), lines, _cells)


def _cells(line: Lasting) -> list[RenderableType]:
    after, outcome = line.after, line.outcome
    how = scale(outcome.unit, (after.baseline, after.plan, after.difference))
    kept = (f"{_part(line.still_better, line.improved)} last", f"{_part(line.still_worse, line.worsened)} debt")
    return [
        two(outcome.title, f"  {about(outcome, how, 'in the year' if outcome.flow else '')}"),
        interval(how, after.baseline),
        interval(how, after.plan),
        interval(how, after.difference, signed=True),
        Text.assemble(
            _share(after.share_better),
            (
                "\n".join(("", f"{_share(line.during.share_better)} then", *kept)),
                "dim",
            ),
        ),
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else per_cent(share)


def _part(share: float | None, of: int) -> str:
    """Return how many of some futures; a share of a handful would say too much."""
    return f"{round((share or 0.0) * of):,} of {of:,}"
