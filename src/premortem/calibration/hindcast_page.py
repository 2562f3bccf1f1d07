"""docs/hindcast.md, made from the stored hindcast."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from statistics import median

from premortem.calibration.baselines import BASELINES
from premortem.calibration.scoreboard import LearnedHindcast, range_of, stored
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
cases inside the model's central ranges of 50 and 90 %, and says where that of 90 % is too narrow (under {narrow:.0f} % of cases) or too
wide (over {wide:.0f} %). Run of {run_on}; this page is written by `scripts/generate` from its stored results.

```sh
premortem hindcast                                   # about ten minutes on two cores; goes on after a stop; --format json
premortem hindcast --export samples.parquet          # every sample, for anyone to score again: about 1 GB
premortem hindcast --origins 2018-12 2021-12         # fewer origins
premortem hindcast --fits FOLDER                     # also with the newest fit of a folder that saw nothing after an origin
```
Parquet: `model` (`premortem`, with fits also `premortem_fitted`, and eight rivals), `origin` (first day of its month), `target`,
`location` (ISO 3166-2, or `MX`, `US`), `horizon` (step, from 1), `target_end` (last day of the step), `sample`, `value`. In Python
`pm.hindcast(...)` returns a row a forecast with all metrics. The tests score the rivals of two series again, and say when the scores are
of another version; `scripts/test --slow` runs one origin again.
"""

CARE = """
## Read with care
One seed. Origins overlap, so that cases are not independent; a national year has few. The model's structure, and some priors of violence,
were set knowing years that are judged here: it is not wholly out of sample.
Rivals of the yearly series use sums of twelve months, and of the civil register
months that come about a year late; the model's start sees fresher counts of prosecutors: these rows are kind to the
model. Missing persons are the record as it is known now. Organisations before 2012 are those of later tables. ViEWS' own protocol draws
1,000 samples; ignorance in bins is a little worse with fewer, for all alike.

## All scores
Tables in which the model loses most come first.
"""


def page() -> str:
    """Return the page."""
    kept = load()
    given = {name: getattr(kept, name) for name in Hindcast.model_fields}
    head = INTRODUCTION.format(**given, narrow=100 * HONEST[0], wide=100 * HONEST[1])
    return head + _made_by(kept) + _verdicts(kept.lines) + _fitted(stored()) + CARE + "".join(_tables(kept.lines))


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
    narrow, wide = (sum(range_of(one) == word for one in wrong) for word in ("too narrow", "too wide"))
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


NOT_FITTED = """
## With a fit at each origin
All of the above runs on the model's priors. `scripts/hindcast_fitted.py` fits it each January from 2015 to 2024 to what was known
then (a fit needs eight years before it, and starts begin in 2007), runs every origin from then on again with the newest of these fits,
and puts its scores here beside those of the priors and the rivals. It takes ten studies of 1,000 futures and has not been run for this
version. Of one origin, with an earlier version of the model, [calibration](calibration.md) has such scores.
"""


def _fitted(found: LearnedHindcast | None) -> str:
    if found is None:
        return NOT_FITTED
    better = sum(one.score < one.line.scores[MODEL] for one in found.lines)
    lost = sum(one.score > one.line.scores[one.line.rival] for one in found.lines)
    older = " **The model or its data has changed since.**" if found.model != HINDCAST.digest else ""
    text = f"""
## With a fit at each origin
The model fitted each January to what was known then ({", ".join(found.cuts)}), run from {found.origins} origins from
{found.oldest} to {found.newest} with the newest fit that saw nothing after it, beside its priors and the best rival over the same cases
(CRPS). The fit is better than the priors in {better} of {len(found.lines)} rows, and loses {lost} to at least one
rival. Run of {found.run_on}.{older}

| series | ahead | cases | priors | fitted | best rival | which | priors in 50, 90 % | fitted in 50, 90 % |
|---|---|---|---|---|---|---|---|---|
"""
    for one in found.lines:
        line = one.line
        scores = (line.scores[MODEL], one.score, line.scores[line.rival])
        held = (f"{line.in50:.2f} / {line.in90:.2f}", f"{one.in50:.2f} / {one.in90:.2f}")
        cells = (f"{line.title}: {line.places}", line.ahead, f"{line.cases:,}", *map(_number, scores))
        text += f"| {' | '.join((*cells, line.rival.replace('_', ' '), *held))} |\n"
    return text


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
    held = "" if line.honest else f", {range_of(line)}"
    return f"| {line.ahead} | {line.cases:,} | {' | '.join(cells)} | {line.in50:.2f} / {line.in90:.2f}{held} |\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
