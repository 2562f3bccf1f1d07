"""docs/forecast_2027.md, made from the filed forecast."""

from __future__ import annotations

from collections.abc import Iterable

from premortem.calibration import forecast, scoreboard
from premortem.calibration.baselines import BASELINES
from premortem.calibration.forecast import ENOUGH, LEVELS, REFEREE, WITHIN, Filed, Quantiles
from premortem.calibration.targets import MX, TARGETS, US
from premortem.evidence.made_of import model_digest
from premortem.evidence.skill import MODEL

YEAR = "2027"
SHOWN = (MODEL, "pool", "last_value", "ets", "drift")
"""Models with ranges in the first table; the medians of all rivals are in the second."""

PAST = "in the hindcast its range of 90 % held"
"""Head of the column that says how honest the model's ranges were."""

CHANGED = " The model or its data has changed since; the file stays as it was filed."

HEAD = """# Forecast of {period}, filed before the outcome

Filed on {filed_on} from what was known on the first Monday of {origin}: the status quo, {futures:,} futures, seed {seed}, nothing fitted
(posterior: {posterior}). The file,
`src/premortem/data/forecasts/{period}.json`, holds quantiles of the model and of eight naive rivals for {cells} quantities (nations by
month and year, states by year) and {paths} joint paths of the model: one future each, through all places, series and months.

**What the model knows that its rivals do not.** The series of prosecutors' victims by state ends in June 2025, and rivals see nothing else;
the model's start is also given the national level that was announced since. Where the model lies below its rivals in homicides, that is
more recent data and no skill, and the score will not tell the two apart.

Digests: forecast `{digest}`, model `{model}`, evidence `{evidence}`.{since}

```sh
premortem forecast score {period}                          # by what this version knows
premortem forecast score {period} --series FOLDER          # by newer series, as premortem data update writes them
```
A file whose numbers were changed is refused: its digest is another. The digest above and the repository's history say when it was filed.
This page is written by `scripts/generate` from the file.

## What will count as a failure
Set down with the forecast, before any outcome:
- **By score.** For each series (nation and states apart): the model's mean CRPS over the steps known so far is above that of the {referee}
  of rivals. It is named now because the best of eight afterwards would be chosen by luck; the command shows the best one too.
- **By range.** Fewer than {within:.0%} of the outcomes of a series lie in the model's range of 90 %, where at least {enough} are known.
- **As a whole.** The model fails {period} if it fails by score in states' homicides of the year by prosecutors' count, or in more than half
  of the series of which a step is known by then. What it loses is
  expected where it lost before ([hindcast](hindcast.md)): persons gone missing, deaths by overdose, the first months of drugs seized.

**The decisive series is contaminated.** States' homicides by prosecutors' count decide the year as a whole, and are the very series in
which the model's start was given the national level that its rivals lack (above). So a pass there shows no skill, and a year that does not
fail as a whole is not to be quoted as a success; a loss there counts all the more. The file and its rule are sealed and stay as filed.

The forecast is of the status quo: a campaign, a pandemic or another law in {period} would be another world, and the page will say so then.

"""


def page() -> str:
    """Return the page."""
    filed = forecast.read(YEAR)
    since = CHANGED if filed.model != model_digest() else ""
    given = forecast.about(filed) | {"referee": REFEREE, "within": WITHIN, "enough": ENOUGH, "since": since}
    return HEAD.format(**given) + _so_far(filed) + _nations(filed) + _all(filed) + _states(filed)


def _so_far(filed: Filed) -> str:
    found = forecast.scores(filed)
    text = "## What came so far\n"
    if found.is_empty():
        return text + f"Nothing of {filed.period} is known to this version yet.\n\n"
    text += "| series, ahead | known | model | best rival | which |\n|---|---|---|---|---|\n"
    for one in scoreboard.lines(found):
        scores = f"{_number(one.scores[MODEL])} | {_number(one.scores[one.rival])} | {one.rival.replace('_', ' ')}"
        text += f"| {one.title}: {one.places}, {one.ahead} | {one.cases} | {scores} |\n"
    failed = forecast.failures(found)
    return text + f"\nFailed: {'; '.join(failed) or 'nothing so far'}.\n\n"


def _nations(filed: Filed) -> str:
    heads = " | ".join(f"{name.replace('_', ' ')}" for name in SHOWN)
    text = f"## Nations, year: median (90 %)\n| series | {heads} | {PAST} |\n|---|{'---|' * len(SHOWN)}---|\n"
    for one in _yearly(filed, (MX, US)):
        cells = " | ".join(_range(one, name) for name in SHOWN)
        past = scoreboard.in_the_past(one.target, "nation")
        text += f"| {TARGETS[one.target].title} ({TARGETS[one.target].unit}) | {cells} | {past} |\n"
    return text


def _all(filed: Filed) -> str:
    names = (MODEL, *BASELINES)
    text = "\n## Nations, June of the year: median of the model and of every rival\n"
    text += f"| series | {' | '.join(name.replace('_', ' ') for name in names)} | model, 90 % | {PAST} |\n"
    text += f"|---|{'---|' * len(names)}---|---|\n"
    for one in filed.quantiles:
        if one.target_end == f"{YEAR}-06-30" and one.location in {MX, US}:
            medians = " | ".join(_number(_at(one, name, 0.5)) for name in names)
            ends = f"{_number(_at(one, MODEL, 0.05))} to {_number(_at(one, MODEL, 0.95))}"
            past = scoreboard.in_the_past(one.target, "nation")
            text += f"| {TARGETS[one.target].title} ({TARGETS[one.target].unit}) | {medians} | {ends} | {past} |\n"
    return text


def _states(filed: Filed) -> str:
    past = scoreboard.in_the_past("homicide_victims_yearly", "states")
    text = f"\n## States, homicides of the year by prosecutors' count: median (90 %)\nIn the hindcast the model's ranges held {past}.\n\n"
    text += f"| state | {MODEL} | {REFEREE} | last value |\n|---|---|---|---|\n"
    for one in _yearly(filed, ()):
        if one.target == "homicide_victims_yearly" and one.location != MX:
            text += f"| {one.location} | {' | '.join(_range(one, name) for name in (MODEL, REFEREE, 'last_value'))} |\n"
    return text


def _yearly(filed: Filed, places: tuple[str, ...]) -> Iterable[Quantiles]:
    for one in filed.quantiles:
        if TARGETS[one.target].yearly and (not places or one.location in places):
            yield one


def _at(one: Quantiles, model: str, level: float) -> float:
    return one.values[model][LEVELS.index(level)]


def _range(one: Quantiles, model: str) -> str:
    low, middle, high = (_number(_at(one, model, level)) for level in (0.05, 0.5, 0.95))
    return f"{middle} ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
