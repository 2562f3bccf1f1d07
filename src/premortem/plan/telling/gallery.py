"""The gallery: real texts as plans, what each orders, and what the plan language cannot say of it yet."""

from __future__ import annotations

from collections.abc import Iterator

from premortem.evidence.ledger import Source
from premortem.evidence.ledger import load as ledger
from premortem.plan.language import packaged
from premortem.plan.language.load import load
from premortem.plan.language.schema import Plan

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
it were ordered again now, a bill as if it were enacted, a text of another country as if the host state adopted it. What is in force is
in the status quo, too; the file says where that matters. Where a text names a subject and no number, the level of the measure is open:
each future draws it over all that the lever allows, on both sides of the status quo.
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
    return "\n".join(
        [INTRODUCTION.format(count=len(plans)), *_table(plans), *(line for plan in plans for line in _entry(plan))]
    )


def _table(plans: list[Plan]) -> Iterator[str]:
    yield "| plan | text | what it states |"
    yield "|---|---|---|"
    for plan in plans:
        yield f"| [{plan.id}](#{plan.id}) | {plan.title} | {', '.join(_stated(plan)) or 'no force and no measure'} |"
    yield ""


def _stated(plan: Plan) -> Iterator[str]:
    """Yield the parts of a plan that move something in the model, by name."""
    if plan.zone:
        yield f"a {plan.zone.kind} zone"
    yield from (f"task force `{force.id}`" for force in plan.task_force)
    yield from (f"`{force.id}`" for force in plan.domestic)
    yield from (f"`{force.id}`" for force in plan.partner)
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
