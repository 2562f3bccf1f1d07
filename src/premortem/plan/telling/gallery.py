"""The gallery: real texts as plans, what each orders, and what the plan language cannot say of it yet."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from premortem.evidence import outcomes
from premortem.evidence.ledger import Source
from premortem.evidence.ledger import load as ledger
from premortem.evidence.reading import data
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.plan.language.schema import Plan

PERCENT = 100
DIGITS = 3
"""Digits of a number that count."""
HEADING = "# The language cannot say yet:"
"""The line of a gallery plan after which its comment lists what is missing."""

INTRODUCTION = """# Gallery of real texts

Generated from `src/premortem/data/plans/gallery` by `scripts/generate`; do not edit.

{count} public texts as plans: bills, statutes, orders, decrees, agreements, operations and papers, from either side of the border and
from elsewhere. Each file states only what its text orders and leaves the rest open; comments name the clause that a line encodes. No
sentence is copied. A text that orders no force and no measure is here too, and says so. Being here is no approval, and none was tuned
on results.

They are not alternatives of the packaged plans: `premortem plans` and the comparisons leave them out. By name they work like any plan.

```sh
premortem plans --gallery
premortem plan show jump_start_2006
premortem lint jump_start_2006 --fail-on never
premortem run --plan jump_start_2006 --against status_quo
```

All begin on the date of the packaged plans, whenever they were written, so that they can be compared: a text of the past is read as if
it were ordered again now, a bill that permits force as if it were enacted, a text of another country as if the host state adopted it.
A bill of measures is a bill here, too: as likely to unfold it becomes law in few futures. What is in force is in the status quo, too; the
file says where that matters. Where a text names a subject and no number, the level of the measure is open:
each future draws it over all that the lever allows, on both sides of the status quo.
"""

STUDIED = """"Moves" names up to four outcomes that a text changes in the same direction in nine of ten futures, the largest
against their own spread first: study of {run_on} by `scripts/gallery.py`, {futures} futures of {years} years from {begins}, seed {seed},
against the status quo, as likely to unfold. An outcome that is not named may still move. Of bills it also says what they would move if
they were law.
"""


def cannot_say(text: str) -> tuple[str, ...]:
    """Return what a plan's comment lists under `HEADING`, one entry a dash; lines that continue an entry are indented.

    >>> cannot_say("# The language cannot say yet:\\n# - a truce\\n#   with terms\\n# - a tax\\nschema = 1\\n# - not this\\n")
    ('a truce with terms', 'a tax')
    """
    entries: list[str] = []
    _, found, rest = text.partition(f"{HEADING}\n")
    for line in rest.splitlines() if found else ():
        if line.startswith("# - "):
            entries.append(line.removeprefix("# - ").strip())
        elif line.startswith("#   ") and entries:
            entries[-1] += f" {line.removeprefix('#').strip()}"
        else:
            break
    return tuple(entries)


def page() -> str:
    """Return the page of the manual, in Markdown."""
    plans = [load(name).plan for name in packaged.gallery()]
    kept = study()
    return "\n".join(
        [
            INTRODUCTION.format(count=len(plans)),
            *([STUDIED.format(**kept)] if kept else ()),
            *_table(plans, kept.get("moves"), kept.get("moves_in_law", {})),
            *_operations(kept.get("operations", ())),
            *(line for plan in plans for line in _entry(plan)),
        ]
    )


def _table(plans: list[Plan], moves: Mapping[str, Any] | None, in_law: Mapping[str, Any]) -> Iterator[str]:
    yield "| plan | text | what it states |" + " moves |" * bool(moves)
    yield "|---|---|---|" + "---|" * bool(moves)
    for plan in plans:
        assert plan.id is not None  # loading fills it in
        stated = ", ".join(_stated(plan)) or "no force and no measure"
        moved = f" {_moves(moves.get(plan.id, ()))} |" if moves else ""
        if plan.id in in_law:
            moved = f"{moved.removesuffix(' |')}; if it were law: {_moves(in_law[plan.id])} |"
        yield f"| [{plan.id}](#{plan.id}) | {plan.title} | {stated} |{moved}"
    yield ""


def _moves(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(_moved(rows)) or "nothing clearly"


def study() -> Mapping[str, Any]:
    """Return what is kept of the study of the gallery (`premortem.analysis.gallery_study`), nothing where none was run."""
    file = data().joinpath("gallery_study.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def _moved(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the outcomes that a text moves clearly, each with the median of its paired change over that of the baseline."""
    for row in rows:
        size = f" by {_plain(PERCENT * abs(row['median'] / row['baseline']), 2)} %" if row["baseline"] else ""
        yield f"{outcomes.load()[row['outcome']].title} {'up' if row['median'] > 0 else 'down'}{size}"


def _plain(value: float, digits: int = DIGITS) -> str:
    """Return a number with so many digits that count, without powers of ten.

    >>> _plain(1443.2), _plain(-0.329), _plain(0.0), _plain(0.0251, 2)
    ('1,440', '-0.329', '0', '0.025')
    """
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, decimals):,.{max(decimals, 0)}f}"


def _operations(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if rows:
        yield "## Operations that happened, beside their record\n"
        yield "| operation | quantity | on record | simulated: median (5 to 95 %) | band | |"
        yield "|---|---|---|---|---|---|"
    for row in rows:
        unit, times = {"million": ("million USD", 1), "share": ("%", PERCENT), "difference": ("people a year", 1)}[
            row["measure"]
        ]
        median, low, high = (_plain(times * row[key]) for key in ("median", "low", "high"))
        simulated = f"{median} ({low} to {high}) {unit}"
        cells = (f"[{row['plan']}](#{row['plan']})", row["quantity"], row["recorded"], simulated)
        band = f"{' to '.join(f'{times * end:,g}' for end in row['band'])} {unit}"
        yield f"| {' | '.join(cells)} | {band} | {'inside' if row['inside'] else '**outside**'} |"
    yield ""
    for row in rows:
        if row.get("note"):
            yield f"- {row['plan']}, {row['quantity']}: {row['note']}"
    yield ""


def _stated(plan: Plan) -> Iterator[str]:
    """Yield the parts of a plan that move something in the model, by name."""
    if plan.zone:
        yield f"a {plan.zone.kind} zone"
    yield from (f"task force `{force.id}`" for force in plan.task_force)
    yield from (f"`{force.id}`" for force in plan.domestic)
    yield from (f"`{force.id}`" for force in plan.sea)
    yield from (f"`{force.id}`" for force in plan.partner)
    yield from (f"deal `{deal.id}`" for deal in plan.deal)
    yield from (f"bargain `{bargain.id}`" for bargain in plan.bargain)
    if plan.emergency:
        yield "emergency powers"
    yield from (f"`{measure.lever}`" for measure in plan.measure)


def _entry(plan: Plan) -> Iterator[str]:
    assert plan.id is not None  # loading fills it in
    yield f"## {plan.id}\n"
    yield f"**{plan.title}.** {plan.summary}\n"
    yield f"- Text: {plan.locator}"
    yield f"- Source: {'; '.join(_cited(ledger().sources[key]) for key in plan.source)}"
    yield "- The language cannot say yet:"
    yield from (f"    - {entry}" for entry in cannot_say(packaged.text(plan.id)))
    yield ""


def _cited(source: Source) -> str:
    title = f"[{source.title}]({source.url})" if source.url else source.title
    return f"{title}, {source.publisher} (`{source.key}`)"
