"""What a search found, in sentences and tables: which plans, what they share, how the baseline compares, how hard it looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from premortem.analysis.box import EVERY, Input
from premortem.decisions.confirm import GIVEN, Found, beats
from premortem.decisions.frame import sign
from premortem.decisions.result import Table
from premortem.decisions.saying import amount, listed, plain, share, title, within
from premortem.plan.language import catalogue
from premortem.wording.inputs import field_words
from premortem.wording.languages import messages
from premortem.wording.numbers import per_cent

if TYPE_CHECKING:
    from premortem.decisions.search_found import Findings

SHOWN = 6  # plans in a table
ALIKE, AWAY = 0.5, 0.1
"""Of the range that was searched: plans whose numbers lie within so much of it share them; and how far off the given plan must be."""
SHARED = 10  # inputs, in a sentence


def warnings(found: Findings) -> Iterator[str]:
    """Yield what to know before quoting a search."""
    looked, tries = found.looked, found.looked.tries
    unsound, many = int((tries.excess[:, 0] > 0).sum()), len(tries.units)
    if unsound > many / 2:
        yield f"{unsound:,} of {many:,} tries were no sound plan and were not simulated: narrow the inputs (--inputs)."
    if found.failed:
        yield f"{found.failed} of the plans tried again are left out: more than 5 % of their futures failed."
    if not tries.allowed.any():
        dear = int((tries.excess[:, 1] > 0).sum())
        yield f"No plan kept all limits: {unsound:,} were no sound plan, {dear:,} cost more than --budget; nothing was judged."
    if looked.late > 0.1 * len(looked.archive):
        kept = f"{looked.late:,} of the {len(looked.archive):,} plans in the archive"
        yield f"{kept} came in the last tenth of the tries: more tries would find more."
    if found.trial.given_faults:
        many = len({code for code, _ in found.trial.given_faults})
        yield f"{found.given} itself has faults of lint, or may have ({many} rules): plans that were found may have these, and no others."
    yield "Rules of engagement, targets, strikes and law were not searched, nor whatever else data/search.toml leaves."
    yield "A plan that is found is as good as the model and its priors say; nobody was asked who would carry it."
    if found.trial.asked.futures < 40:
        yield f"Tries were judged in {found.trial.asked.futures} futures: some better ones were passed over by luck."


def words(found: Findings) -> Iterator[str]:
    """Yield what a search found, in sentences."""
    asked, tries, given = found.trial.asked, found.looked.tries, found.given
    many = len(found.trial.space.inputs)
    yield (
        f"{len(tries.units):,} plans around {given} were tried over {many} input{'s' * (many != 1)}, each in the same {asked.futures} "
        f"futures of {years(asked.years)}; {int(tries.allowed.sum()):,} kept all limits. {len(found.looked.archive):,} of them are "
        f"beaten by no other on all {len(found.infos)} outcomes (the archive); {found.better:,} of these looked better than {given}."
    )
    verb = "was" if len(found.plans) == 1 else "were"
    again = f"{len(found.plans)} {verb} tried again in {asked.fresh} fresh futures of {years(asked.full_years)}"
    if better := found.dominating:
        first = better[0]
        do = "dominate" if len(better) > 1 else "dominates"
        yield (
            f"{again}: {len(better)} of them {do} {given}, on average no worse on any outcome by a difference that matters "
            "and better on one or more."
        )
        yield (
            f"{first.id} does so in {per_cent(first.full.in_resamples)} of resamples, and future by future in "
            f"{share(*first.full.in_futures)} of futures; it is better on {listed(list(_gains(found, first)))}."
        )
        if shared := _shared(found)[:SHARED]:
            whose = (
                f"What all {len(better)} have in common, and {given} does not state"
                if len(better) > 1
                else f"{first.id} sets"
            )
            yield f"{whose}: {'; '.join(shared)}."
    else:
        none = f"That {len(tries.units):,} tries found none does not say that there is none."
        yield f"{again}, and none dominates {given}. {none}"
    yield _baseline(found)
    if asked.budget is not None and found.plans:
        dear = len(found.above_budget)
        costs = [f"{one.id} {one.cost:,.6g}" for one in (found.above_budget or found.plans)[:SHOWN]]
        kept = f"{dear} of {len(found.plans)} cost" if dear else "none costs"
        yield (
            f"In these fresh futures {kept} more than the budget of {asked.budget:,.6g} million USD a year on average"
            f"{', and cannot dominate' * bool(dear)}: {listed(costs)}."
        )
    if found.optimism:
        yield _optimism(found)
    yield f"Plans, archive and tries are in {found.folder}."


def _gains(found: Findings, one: Found) -> Iterator[str]:
    """Yield on which outcomes a plan is better beyond chance than the given one, and by how much on average."""
    for place, info in enumerate(found.infos):
        mean, half = float(one.full.means[place]), float(one.full.halves[place])
        if sign(info) * mean - half > 0:
            yield f"{title(info)} ({plain(info, mean, change=True)})"


def _baseline(found: Findings) -> str:
    """Return how the baseline compares with the given plan: what beats a plan may be little to boast of."""
    baseline, given, gains = str(found.trial.baseline.plan.id), found.given, found.baseline
    better = [title(info) for info, gain in zip(found.infos, gains, strict=True) if gain > 1]
    worse = [title(info) for info, gain in zip(found.infos, gains, strict=True) if gain < -1]
    if beats(gains):
        return (
            f"{baseline} too is on average no worse than {given} on any of these outcomes by a difference that matters, and better on "
            f"{listed(better)}: to beat {given} is not to be better than that."
        )
    sides = [f"{side} on {listed(names)}" for side, names in (("better", better), ("worse", worse)) if names]
    return f"{baseline}, on the same averages, is {' and '.join(sides) or 'about the same'} {'as' if not sides else 'than'} {given}."


def _optimism(found: Findings) -> str:
    """Return by how much plans looked better than they are, on the outcome on which they did so most."""
    worst, one = max(found.optimism.items(), key=lambda item: item[1]["excess"])
    place = next(i for i, info in enumerate(found.infos) if info.id == worst)
    info = found.infos[place]
    there, here = (
        plain(info, float(np.mean([getattr(one, run).means[place] for one in found.plans])), change=True)
        for run in ("search", "same_length")
    )
    shown = f"{there} on average there, {here} in fresh futures of the same length"
    if one["excess"] > 0:
        return f"Plans looked better in the futures of the search than they are, most on {title(info)}: {shown}."
    return f"Plans looked no better in the futures of the search than they are; nearest on {title(info)}: {shown}."


def tables(found: Findings) -> Iterator[Table]:
    """Yield the plans that were tried again, the first of them against the given one, and what plans that dominate set."""
    asked, given, shown = found.trial.asked, found.given, found.plans[:SHOWN]
    if not shown:
        return
    baseline = str(found.trial.baseline.plan.id)
    rows = [
        ("dominates", "", *("yes" if one.dominates else "no" for one in shown)),
        ("in share of resamples", "", *(per_cent(one.full.in_resamples) for one in shown)),
        ("in share of futures", "", *(per_cent(one.full.in_futures[0]) for one in shown)),
    ]
    for place, info in enumerate(found.infos):
        apart = np.nanmean(found.full[info.id][0]) - np.nanmean(found.full[info.id][GIVEN])
        gaps = [float(apart), *(float(one.full.means[place]) for one in shown)]
        rows.append((info.title, *(plain(info, gap, change=True) for gap in gaps)))
    if asked.budget is not None:
        costs = (f"{one.cost:,.6g}" for one in shown)
        rows.append((f"cost, million USD a year (budget {asked.budget:,.6g})", "", *costs))
    note = f"Differences from {given}, averages over {asked.fresh} fresh futures of {years(asked.full_years)}."
    yield Table("Plans that were tried again", ("", baseline, *(one.id for one in shown)), tuple(rows), note)
    first = shown[0]
    lines = []
    for i, info in enumerate(found.infos):
        mean, half, own = (
            float(first.full.means[i]),
            float(first.full.halves[i]),
            float(np.nanmean(found.full[info.id][GIVEN])),
        )
        short = (plain(info, float(one.means[i]), change=True) for one in (first.search, first.same_length))
        lines.append((info.title, plain(info, own), amount(info, mean, mean - half, mean + half, change=True), *short))
    columns = (
        "outcome", given, f"difference, {years(asked.full_years)}",
        f"{years(asked.years)}, search", f"{years(asked.years)}, fresh",
    )  # fmt: skip
    note = "Averages with 90 % intervals. The last two columns are over one length: what differs is how much better it looked than it is."
    yield Table(f"{first.id} against {given}", columns, tuple(lines), note)
    better = found.dominating
    every = [f"all {len(better)} that dominate"] if len(better) > 1 else []
    note = "Open: the plan leaves it open. Measures that hardly differ from what is now are not set, and shown as what is now."
    rows = [
        (
            input_words(one),
            _stated(found, one),
            _said(one, _value(found, first, one)),
            *([_range(one, [_value(found, plan, one) for plan in better])] if every else []),
            ", ".join(one.words) if one.words else f"{one.low:,.6g} to {one.high:,.6g}",
        )
        for one in found.trial.space.inputs
    ]
    yield Table("What they set", ("input", given, first.id, *every, "searched"), tuple(rows), note)


def input_words(one: Input) -> str:
    """Return what an input of a search is, with the unit of a measure."""
    if one.lever:
        lever = catalogue.levers()[one.lever]
        return f"{within(lever.meaning.partition(',')[0].rstrip('.'))} ({lever.unit.partition(' (')[0]})"
    return field_words(one.path, messages("en")).replace(f" ({EVERY})", "")


def _value(found: Findings, plan: Found, one: Input) -> float | str:
    """Return what a plan sets; of a measure that it leaves where it is, where that is."""
    now = catalogue.levers()[one.lever].status_quo if one.lever else ""
    return found.trial.space.values(found.looked.tries.units[plan.number]).get(one.path, now)


def _stated(found: Findings, one: Input) -> str:
    value = found.trial.space.stated(one)
    return "open" if value is None else _said(one, value)


def _said(one: Input, value: float | str) -> str:
    return (
        value.replace("_", " ") if isinstance(value, str) else f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    )


def _range(one: Input, values: list[float | str]) -> str:
    """Return the words, or the range of the numbers, that plans set."""
    if one.words:
        return ", ".join(dict.fromkeys(_said(one, value) for value in values))
    low, high = (_said(one, end(values)) for end in (min, max))
    return low if low == high else f"{low} to {high}"


def _shared(found: Findings) -> list[str]:
    """Return what all plans that dominate set alike and the given one does not, words first, and what they agree on most.

    Some of the words that were searched, or numbers within a part of the range.
    """
    space, agreed = found.trial.space, []
    for one in space.inputs:
        values, own = [_value(found, plan, one) for plan in found.dominating], space.stated(one)
        if one.words:
            used = set(values)
            spread, away = (len(used) - 1) / (len(one.words) - 1), own not in used
        else:
            places = [one.unit(value) for value in values]
            spread = max(places) - min(places)
            away = own is None or not min(places) - AWAY < one.unit(own) < max(places) + AWAY
        if spread < (1 if one.words else ALIKE) and away:
            agreed.append((not one.words, spread, f"{input_words(one)} = {_range(one, values)}"))
    return [said for *_, said in sorted(agreed)]


def years(count: int) -> str:
    """Return a number of years in words."""
    return f"{count} year{'s' * (count != 1)}"
