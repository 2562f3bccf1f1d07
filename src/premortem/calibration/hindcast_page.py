"""docs/hindcast.md, made from the stored hindcast."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from statistics import median

from premortem.calibration.baselines import BASELINES
from premortem.calibration.scoreboard import Learned, LearnedHindcast, range_of, stored
from premortem.evidence import calibrated
from premortem.evidence.made_of import HINDCAST, hindcast_fitted
from premortem.evidence.reading import data
from premortem.evidence.skill import HONEST, MODEL, Hindcast, Line, is_honest, load

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


FIT_HEAD = """
| series | ahead | cases | priors | fitted | best rival | which | priors in 50, 90 % | fitted in 50, 90 % |
|---|---|---|---|---|---|---|---|---|
"""


def with_fits(found: LearnedHindcast) -> str:
    """Say what a fit at each origin makes of the forecasts: what is lost first."""
    lost = sum(one.fitted.score > one.scores[one.rival] for one in found.lines)
    before = sum(one.ratio > 1 for one in found.lines)
    held = sum(is_honest(one.fitted.in90) for one in found.lines)
    held_before = sum(one.honest for one in found.lines)
    best, *_, worst = sorted(found.lines, key=_gain)
    low, high = (100 * share for share in HONEST)
    return (
        f"With the newest of {len(found.cuts)} fits at each of {found.origins} origins from {found.oldest} to {found.newest} the model "
        f"loses {lost} of {len(found.lines)} rows to at least one rival; on its priors, over the same cases, {before}. Its ranges of 90 % "
        f"hold {low:.0f} to {high:.0f} % of cases in {held} rows; on the priors in {held_before}. The fit lowers its error in "
        f"{sum(_gain(one) < 1 for one in found.lines)} rows: to {_gain(best):.2f} of that of the priors at best ({_named(best)}), "
        f"{_gain(worst):.2f} at worst ({_named(worst)}), {median(map(_gain, found.lines)):.3f} in the middle row."
    )


def _gain(one: Learned) -> float:
    return one.fitted.score / one.scores[MODEL]


def _named(one: Learned) -> str:
    return f"{one.title}, {one.places}, {one.ahead}"


def _fitted(found: LearnedHindcast) -> str:
    older = " **The model or its data has changed since.**" if hindcast_fitted().older else ""
    text = f"""
## With a fit at each origin
{with_fits(found)}

The model is fitted each January from {found.cuts[0][:4]} to {found.cuts[-1][:4]} to what was known then (a fit needs eight years before
it, and starts begin in 2007); each later origin follows the newest fit. CRPS over the same cases, beside the best of the eight rivals; all
of them are in `src/premortem/data/hindcast_fitted.json`. The fits lie in `src/premortem/data/hindcast_fits`, and
`premortem hindcast --fits src/premortem/data/hindcast_fits` scores them again. Run of
{found.run_on} by `scripts/hindcast_fitted.py`.{older}
{FIT_HEAD}"""
    for one in found.lines:
        scores = (one.scores[MODEL], one.fitted.score, one.scores[one.rival])
        held = (f"{one.in50:.2f} / {one.in90:.2f}", f"{one.fitted.in50:.2f} / {one.fitted.in90:.2f}")
        cells = (f"{one.title}: {one.places}", one.ahead, f"{one.cases:,}", *map(_number, scores))
        text += f"| {' | '.join((*cells, one.rival.replace('_', ' '), *held))} |\n"
    return text + _cuts()


def _cuts() -> str:
    text = (
        "\nThe fits: numbers touched, of these by chance, the parameters informed, and where 1,000 known truths lie in each fit's central\n"
        "ranges of 50 and 90 %.\n\n| cut | touched | by chance | informed | in 50, 90 % |\n|---|---|---|---|---|\n"
    )
    for cut in calibrated.packaged(calibrated.PAST):
        fit = calibrated.read(data() / calibrated.PAST / f"{cut}.json")
        named, ranks = ", ".join(f"`{name}`" for name in sorted(fit.informed)), fit.sbc["inputs"]
        text += (
            f"| {cut} | {len(fit.touched)} | {fit.by_chance:.0f} | {named} | {ranks.in50:.3f} / {ranks.in90:.3f} |\n"
        )
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
