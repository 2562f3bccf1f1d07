"""docs/what_to_believe.md: a page to quote, made from what is stored with this version. No number in it is written by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from premortem.analysis import hypotheses
from premortem.analysis.inputs import About, about_input
from premortem.calibration import hindcast_page, scoreboard
from premortem.calibration.scoreboard import range_of, ranges
from premortem.evidence import calibrated, confidence, made_of, outcomes, parameters, skill
from premortem.evidence.calibrated import Posterior
from premortem.evidence.confidence import WORDS, Confidence, Decides
from premortem.evidence.outcomes import OutcomeInfo
from premortem.evidence.skill import Line

STRONGEST = 12
"""Inputs that are named of those that decide most."""

HEAD = """# What to believe, and what not

A page to quote. It is written by `scripts/generate` from results that are stored with this version, each with its date; the pages behind it
hold the tables: [hindcast](hindcast.md), [findings](findings.md), [calibration](calibration.md), [what decides](what_decides.md),
[predictions](exercise.md), [forecast of 2027](forecast_2027.md).

"""

RULE = """
## Confidence, outcome by outcome
The word stands beside every outcome in tables, reports and JSON (`confidence`). It is about comparisons of plans in general, not about one
plan. Three things can stand behind an outcome; none of them is **very low**, one **low**, two **moderate**, three **high**:

1. **Forecasts.** A series of the record counts the outcome, and forecasts of it for the nation beat every one of eight naive rivals in at
   least {most:.0f} % of the rows of the hindcast, with ranges of 90 % that are neither too narrow nor too wide:
   they hold {honest:.0f} to {widest:.0f} % of cases in as many rows.
2. **Published effects.** Of the effects on it that happened in the theatre, were kept for testing and have power, the model meets more than
   half ([findings](findings.md)).
3. **Measured inputs.** Of what parameters decide of its difference between plans beyond chance, at least {measured:.0f} % rests on
   parameters that the fit to the record informs or that have a source of grade A or B. What a plan leaves open counts neither way.

The rule is in `premortem.evidence.confidence` and tested with planted inputs. It counts what has been checked: very low does not say that
a number is wrong, it says that nothing independent has been shown to support it.

"""


def page() -> str:
    """Return the page."""
    found = {info: confidence.of(info.id) for info in outcomes.load().values()}
    return (
        HEAD
        + made_of.since(*made_of.KEPT, made_of.hindcast_fitted(), *_fitted())
        + _short(found)
        + _forecasts(skill.load().lines)
        + _rests_on(confidence.decides())
        + _effects()
        + _fit(calibrated.find(calibrated.DEFAULT))
        + _predictions()
        + RULE.format(
            most=100 * confidence.MOST,
            honest=100 * skill.HONEST[0],
            widest=100 * skill.HONEST[1],
            measured=100 * confidence.MEASURED,
        )
        + _table(found)
    )


def _fitted() -> tuple[made_of.Kept, ...]:
    """Return the newest packaged fit as a stored result."""
    return tuple(made_of.fit(cut) for cut in calibrated.packaged()[-1:])


def _short(found: dict[OutcomeInfo, Confidence]) -> str:
    words = Counter(one.word for info, one in found.items() if info.headline)
    counted = ", ".join(f"{words[word]} {word.replace('_', ' ')}" for word in WORDS if words[word])
    lines = _usual(skill.load().lines)
    lost = sum(one.ratio > 1 for one in lines)
    words_of_ranges = Counter(map(range_of, lines))
    powered = confidence.tested().values()
    met, tried = sum(one.inside for one in powered), sum(one.powered for one in powered)
    effects = (
        f"of {tried} published effects that were kept for testing and have power, it meets {met}"
        if tried
        else "no published effect that was kept for testing has been run with power yet"
    )
    return (
        "**In short.** "
        f"As a forecaster the model loses {lost} of {len(lines)} comparisons with the best of eight naive rivals. "
        f"Of its ranges that are to hold nine cases in ten, {words_of_ranges['holds']} of {len(lines)} hold "
        f"{100 * skill.HONEST[0]:.0f} to {100 * skill.HONEST[1]:.0f} % of cases; "
        f"{words_of_ranges['too narrow']} are too narrow, {words_of_ranges['too wide']} too wide. "
        f"As a judge of plans, {effects}. Confidence in the {sum(words.values())} headline outcomes of a comparison: {counted}. "
        "What it is for is to show what a plan rests on, and in which futures it fails; not to say what will happen.\n"
    )


def _usual(lines: Iterable[Line]) -> list[Line]:
    return [one for one in lines if one.protocol == "all"]


def _forecasts(lines: tuple[Line, ...]) -> str:
    stored = skill.load()
    text = (
        f"\n## What it can forecast, and what it cannot\nForecasts of the past from {stored.origins} months between {stored.oldest} and "
        f"{stored.newest}, each from what was public then, for one month to three years ahead; run of {stored.run_on}. A comparison is one "
        "series, of the nation or of the states, so many months or years ahead. The score is the average error of the whole range (CRPS); "
        "over that of the best rival below 1 the model wins, above 1 it loses.\n\n"
        "| series | wins | loses | score over the best rival | range of 90 % holds |\n|---|---|---|---|---|\n"
    )
    groups = [list(rows) for _, rows in groupby(_usual(lines), key=lambda one: (one.title, one.places))]
    for rows in sorted(groups, key=lambda rows: sum(one.ratio for one in rows) / len(rows)):
        ratios = sorted(one.ratio for one in rows)
        won = sum(one.ratio <= 1 for one in rows)
        text += (
            f"| {rows[0].title}: {rows[0].places} | {won} | {len(rows) - won} | {ratios[0]:.2f} to {ratios[-1]:.2f} "
            f"| {ranges(rows)} |\n"
        )
    return text


def _rests_on(stored: Decides) -> str:
    fit = calibrated.find(calibrated.DEFAULT)
    known = parameters.load().values()
    grades = Counter(one.grade for one in known)
    text = (
        f"\n## What a comparison of plans rests on\nOf {len(known):,} parameters, each drawn anew in every future, {grades['A']} have a "
        f"source of grade A, {grades['B']} of grade B, {grades['C']} rest on judgement or analogy (C) and {grades['assumption']} are "
        f"assumptions; the fit to the record informs {len(fit.informed) if fit else 0}.\n\n"
        f"What decides `{stored.plan}` against `{stored.baseline}` most ({stored.futures:,} futures of {stored.years} years from "
        f"{stored.begins}, run of {stored.run_on}). The score is how closely the difference between the plans follows the input: squared "
        "rank correlation, averaged over the headline outcomes, 0 to 1. Inputs are put in order by one half of the futures and scored in "
        f"the other, where one that decides nothing scores {1 / (stored.futures // 2 - 1):.3f} on average; what scores no more is in the "
        "list by chance.\n\n"
        "| input | score | what it is | stands on |\n|---|---|---|---|\n"
    )
    for name, score in list(stored.scores.items())[:STRONGEST]:
        about = about_input(name)
        text += f"| `{about.id}` | {score:.3f} | {about.meaning} | {_stands(about)} |\n"
    return text


def _stands(about: About) -> str:
    if about.kind == "open field":
        return "left open by the plan: its authors could state it"
    grade = "an assumption" if about.grade == "assumption" else f"grade {about.grade}"
    facts = f"{len(about.facts)} fact{'s' * (len(about.facts) != 1)}"
    return f"{grade}, {facts}" if about.facts else grade


def _effects() -> str:
    by_outcome = confidence.tested()
    text = "\n## Does it answer as the world did?\n"
    if not by_outcome:
        return (
            text
            + "No published effect that was kept for testing has been run with power yet: [findings](findings.md).\n"
        )
    text += (
        "Published effects that happened in the theatre, kept for testing before anything was fitted, with power:\n\n"
    )
    text += "| outcome | effects | met |\n|---|---|---|\n"
    for ident, one in by_outcome.items():
        text += f"| {outcomes.load()[ident].title if ident in outcomes.load() else ident} | {one.powered} | {one.inside} |\n"
    return text


def _fit(fit: Posterior | None) -> str:
    text = "\n## What the fit to the record changed\n"
    if fit is None:
        return text + "Nothing: there is no fit.\n"
    touched = [one for one in fit.touched if one.parameter in fit.informed]
    names = ", ".join(f"`{one.name}` from {one.prior[0]:.3g} to {one.posterior[0]:.3g} {one.unit}" for one in touched)
    stored = confidence.decides()
    deciding = {name for inputs in stored.outcomes.values() for name in inputs if not name.startswith(confidence.OPEN)}
    both = sorted(f"`{name}`" for name in deciding & fit.informed)
    among = f"{', '.join(both)} {'is' if len(both) == 1 else 'are'} among them" if both else "none is among them"
    return text + (
        f"The fit to what was known on {fit.cut}-01 touches {len(fit.touched)} numbers, about {fit.by_chance:.0f} of them by chance, and "
        f"informs {len(fit.informed)} parameters: {names}. All others keep their priors, bit for bit. "
        f"Of the {len(deciding)} parameters that decide some outcome between `{stored.plan}` and `{stored.baseline}` beyond chance, "
        f"{among}: [calibration](calibration.md) has the comparison before and after. Runs from today's start follow the fit, earlier ones "
        f"the priors.\n\nDid learning help to forecast? {hindcast_page.with_fits(scoreboard.stored())} All rows: [hindcast](hindcast.md).\n"
    )


def _predictions() -> str:
    record = hypotheses.stored()
    said = [one for one in hypotheses.hypotheses() if one.cannot]
    shares = {one.id: one.found["as_likely"].share for one in record.judged if one.found}
    existence = sorted(one.id for one in hypotheses.hypotheses() if one.exists and one.id in shares)
    judged = {name: share for name, share in shares.items() if name not in existence}
    shown = [name for name in existence if shares[name] > 0]
    not_shown = [name for name in existence if shares[name] == 0]
    often, seldom = (sorted(name for name, share in judged.items() if test(share)) for test in (_often, _seldom))
    said_by = {one.id: one.said for one in hypotheses.hypotheses()}

    def listed(names: Iterable[str]) -> str:
        return (
            "".join(f"- {said_by[id_][0]} (`{id_}`; {said_by[id_][1]}): {100 * judged[id_]:.0f} %\n" for id_ in names)
            or "- none\n"
        )

    return (
        f"\n## What others predicted\nOf {len(record.judged)} predictions of exercises, experts and the op-ed the model cannot express "
        f"{len(said)}; how each is read stands in [the record](exercise.md). Of those that say only that something can happen, some future "
        f"shows {', '.join(f'`{name}`' for name in shown) or 'none'}, and none of this plan shows "
        f"{', '.join(f'`{name}`' for name in not_shown) or 'another'}. As plans are likely to unfold, {len(often)} come true in at least "
        f"three futures of four:\n\n{listed(often)}\n{len(seldom)} come true in at most one of four:\n\n{listed(seldom)}"
    )


def _often(share: float) -> bool:
    return share >= 0.75


def _seldom(share: float) -> bool:
    return share <= 0.25


def _table(found: dict[OutcomeInfo, Confidence]) -> str:
    text = "| outcome | confidence | forecasts | published effects | measured inputs |\n|---|---|---|---|---|\n"
    for info, one in found.items():
        if info.headline or one.word != "very_low":
            text += f"| {info.title} | {one.word.replace('_', ' ')} | {' | '.join(one.reasons)} |\n"
    return text + "\nAll other outcomes: very low.\n"
