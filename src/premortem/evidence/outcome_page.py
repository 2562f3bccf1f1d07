"""The table of outcomes as a page of the manual."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from premortem.evidence import outcomes
from premortem.evidence.outcomes import OutcomeInfo

INTRODUCTION = """# Outcomes

Generated from `data/outcomes.toml` by `scripts/generate`; do not edit.

Every outcome is recorded week by week, those marked *by state* also by region and quarter. From its weeks come two numbers a future:

| reading | over the run | in year 2 and year 5 after the campaign ends (`premortem study aftermath`) |
|---|---|---|
| total | added up over the run | added up over that year |
| yearly | amount a year, on average over the run | amount in that year |
| mean | mean over the run | mean over that year |
| end | in the last week of the run | in the last week of that year |

**The aftermath** is read for every outcome that has a better direction, in each future in which the campaign ended early enough for the run
to hold that year. Year 2 after an end in week *s* is the weeks from *s* + 52 to before *s* + 104, year 5 those from *s* + 208 to before
*s* + 260; the baseline is read in the same weeks of the same future. The campaign itself is read in the same way, totals as amounts a year,
from its first week to its end. *Last* are those of the futures in which the plan was better than the baseline over the campaign
in which it still is in that year; *debt* the same for worse. Unit and direction are those of the outcome (totals: a year); so are the
claims it answers. All aftermaths also answer `omitted_exit`: the op-ed does not say how its campaign ends or what is to be left.

An outcome without a better direction is shown and never scored. **Headlines** are bold.
"""


def page() -> str:
    """Return the page in Markdown."""
    return "\n".join([INTRODUCTION, *_groups()]).rstrip() + "\n"


def _groups() -> Iterator[str]:
    for group, infos in groupby(outcomes.load().values(), key=lambda info: info.group):
        yield f"## {group.capitalize()}\n"
        yield "| outcome | unit | better | read | definition | claims |\n|---|---|---|---|---|---|"
        yield from map(_row, infos)
        yield ""


def _row(info: OutcomeInfo) -> str:
    name = f"**{info.title}**" if info.headline else info.title
    better = {"up": "more", "down": "less", "none": ""}[info.direction]
    by_state = ", by state" if info.regional else ""
    claims = ", ".join(f"`{claim}`" for claim in info.claims)
    recorded = f"; on record in `{info.series}`" if info.series else ""
    cells = [f"{name} `{info.id}`", info.unit, better, f"{info.summary}{by_state}", info.definition + recorded, claims]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
