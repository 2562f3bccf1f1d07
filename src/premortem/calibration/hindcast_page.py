"""docs/hindcast.md, made from the stored hindcast."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from statistics import median

from premortem.calibration.baselines import BASELINES
from premortem.evidence.made_of import HINDCAST
from premortem.evidence.skill import HONEST, MODEL, Hindcast, Line, load

HEAD = (
    "| target, ahead | cases | model | "
    + " | ".join(name.replace("_", " ") for name in BASELINES)
    + " | pool and model | in 50, 90 % |\n|---|---|---|"
    + "---|" * len(BASELINES)
    + "---|---|\n"
)

INTRODUCTION = """# Hindcast: the model against every naive rival

Every third month from {oldest} to {newest} is an origin ({origins} of them): the model ({futures} futures of the status quo, nothing
fitted) and eight rivals forecast the next three years from what was public on that month's first Monday, and are scored by what came, by
{futures} samples each. CRPS is in the unit of the series, lower is better; the best of a row is bold. The last column is the share of
cases inside the model's central ranges of 50 and 90 %. Run of {run_on};
this page is written by `scripts/generate` from its stored results.

```sh
premortem hindcast                                   # about ten minutes on two cores; goes on after a stop; --format json
premortem hindcast --export samples.parquet          # every sample, for anyone to score again: about 1 GB
premortem hindcast --origins 2018-12 2021-12         # fewer origins
```
Parquet: `model` (`premortem` and eight rivals), `origin` (first day of its month), `target`, `location` (ISO 3166-2, or `MX`, `US`),
`horizon` (step, from 1), `target_end` (last day of the step), `sample`, `value`. In Python `pm.hindcast(...)` returns a row a forecast
with all metrics. The tests score the rivals of two series again, and say when the scores are of another version; `scripts/test --slow`
runs one origin again.
"""

CARE = """
## Read with care
One seed. Origins overlap, so that cases are not independent; a national year has few. The model's structure, and some priors of violence,
were set knowing years that are judged here: it is not wholly out of sample. The model runs
on its priors at every origin: one fit a cut, each to what was known then, would take 17 studies of 1,000 futures, and has not been made
([decision 10](decisions/010-fit-and-score.md)). Rivals of the yearly series use sums of twelve months, and of the civil register
months that come about a year late; the model's start sees fresher counts of prosecutors: these rows are kind to the
model. Missing persons are the record as it is known now. Organisations before 2012 are those of later tables. ViEWS' own protocol draws
1,000 samples; ignorance in bins is a little worse with fewer, for all alike.

## All scores
Tables in which the model loses most come first.
"""


def page() -> str:
    """Return the page."""
    stored = load()
    head = INTRODUCTION.format(**{name: getattr(stored, name) for name in Hindcast.model_fields})
    return head + _made_by(stored) + _verdicts(stored.lines) + CARE + "".join(_tables(stored.lines))


def _made_by(stored: Hindcast) -> str:
    since = (
        " **This version's model or evidence is another: these are the scores of the one named.**"
        if HINDCAST.older
        else ""
    )
    return f"\nRun by the model `{stored.model[:12]}` on the evidence `{stored.evidence[:12]}` (digests).{since}\n"


def _verdicts(lines: tuple[Line, ...]) -> str:
    usual = [one for one in lines if one.protocol == "all"]
    lost, won = ([one for one in usual if (one.ratio > 1) == losing] for losing in (True, False))
    wrong = [one for one in usual if not one.honest]
    narrow, wide = (sum((one.in90 < HONEST[0]) == below for one in wrong) for below in (True, False))
    others = len(lines) - len(usual)
    apart = f" ({others} of ViEWS' protocol, which come last, are not counted)" if others else ""
    counted = f"Of {len(usual)} rows below{apart}, the model has the best score in {len(won)} and loses {len(lost)} to at least one rival."
    text = f"\n## Where it loses\n{counted}\n\n"
    text += "| it loses | rows | its score over that of the best rival |\n|---|---|---|\n" + _grouped(lost)
    text += "\n| it wins | rows | its score over that of the best rival |\n|---|---|---|\n" + _grouped(won)
    with_it = [one.joined / one.scores["pool"] for one in usual if one.joined is not None]
    if with_it:
        text += (
            f"\nAs one more member of the pool it lowers the pool's score in {sum(ratio < 1 for ratio in with_it)} of {len(with_it)} rows; "
            f"the middle row is {100 * abs(1 - median(with_it)):.1f} % {'under' if median(with_it) < 1 else 'over'} the pool without it.\n"
        )
    return text + (
        f"\nIts ranges of 90 % hold between {100 * HONEST[0]:.0f} and {100 * HONEST[1]:.0f} % of cases in {len(usual) - len(wrong)} rows; "
        f"in {narrow} they are too narrow, in {wide} too wide.\n"
    )


def _grouped(lines: Iterable[Line]) -> str:
    text = ""
    for (title, places), group in groupby(lines, key=lambda one: (one.title, one.places)):
        rows = list(group)
        ratios = sorted(one.ratio for one in rows)
        span = f"{ratios[0]:.2f}" if len(rows) == 1 else f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
        text += f"| {title}: {places} | {', '.join(one.ahead for one in rows)} | {span} |\n"
    return text


def _tables(lines: Iterable[Line]) -> Iterable[str]:
    for (title, unit, places, protocol), group in groupby(
        lines, key=lambda one: (one.title, one.unit, one.places, one.protocol)
    ):
        where = "states, mean" if places == "states" else "nation"
        head = f"{title}: {where} (CRPS, {unit})" if protocol == "all" else "State-months by ViEWS' protocol, 2018-24"
        yield f"\n### {head}\n\n{HEAD}" + "".join(map(_row, group))


def _row(line: Line) -> str:
    best = _number(min(line.scores.values()))
    shown = [_number(line.scores[name]) for name in (MODEL, *BASELINES)]
    cells = [f"**{text}**" if text == best else text for text in shown]
    cells.append("" if line.joined is None else _number(line.joined))
    return f"| {line.ahead} | {line.cases:,} | {' | '.join(cells)} | {line.in50:.2f} / {line.in90:.2f} |\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
