"""What a search found: plan files, how each compares with the plan that was given, and how hard it looked, in numbers and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.decisions import search_telling
from premortem.decisions.confirm import GIVEN, RESAMPLES, Compared, Found, beats, chosen, compare, optimism, sure
from premortem.decisions.result import Result
from premortem.decisions.search import COST, MILLION, Looked, Scale, Trial, faults, write_json
from premortem.errors import Problem, RunError, Where
from premortem.evidence.outcomes import OutcomeInfo
from premortem.plan.language.load import LoadedPlan, load
from premortem.study.folder import Folder

PLANS, RESULT = "plans", "result.json"
ABOUT = ("id", "extends", "drop", "title", "source", "summary")
"""What the file of a plan that is found states of itself, beside what was tried."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Findings:
    """What a search came to.

    ``plans``: tried again, those that dominate the given one first; ``failed``: left out because more than 5 % of their futures failed.
    ``full``: outcome -> ``[plan, future]`` in fresh futures of the full length, the baseline and the given plan first. ``better``: how many
    of the archive looked better than the given plan while searching.
    """

    trial: Trial
    looked: Looked
    better: int
    plans: tuple[Found, ...]
    failed: int
    full: Mapping[str, Floats]
    scales: Mapping[str, Scale]
    folder: Path

    @property
    def given(self) -> str:
        """Id of the plan that was given."""
        return str(self.trial.space.given.plan.id)

    @property
    def infos(self) -> Sequence[OutcomeInfo]:
        """The objectives."""
        return self.scales["full"].infos

    @property
    def dominating(self) -> list[Found]:
        """The plans that dominate the given one in fresh futures."""
        return [one for one in self.plans if one.dominates]

    @property
    def above_budget(self) -> list[Found]:
        """The plans that cost more than the budget in fresh futures, and therefore cannot dominate."""
        budget = self.trial.asked.budget
        return [one for one in self.plans if one.cost is not None and budget is not None and one.cost > budget]

    @property
    def baseline(self) -> Floats:
        """How much better the baseline is than the given plan, in differences that matter ``[objective]``: averages in fresh futures."""
        gaps = np.array(
            [np.nanmean(self.full[info.id][0]) - np.nanmean(self.full[info.id][GIVEN]) for info in self.infos]
        )
        return np.asarray(-self.scales["full"].scores(gaps))

    @property
    def optimism(self) -> dict[str, dict[str, float]]:
        """By objective, how much better plans looked than they are."""
        return optimism(self.plans, self.infos, self.scales)


def confirmed(trial: Trial, looked: Looked, folder: Path) -> Findings:
    """Try the best again in fresh futures, and write them as plan files.

    Raises
    ------
    RunError : futures could not be computed, or the folder cannot be written.
    """
    asked, space = trial.asked, trial.space
    reference = trial.simulate([trial.baseline, space.given], asked.seed, asked.futures, asked.years)
    scale = Scale.of(asked.objectives, {id_: reference[id_][0] for id_ in asked.objectives})
    gaps = np.stack([reference[id_][GIVEN] - reference[id_][0] for id_ in asked.objectives], axis=-1)
    own = scale.scores(np.nanmean(gaps, axis=0))
    tried = chosen(looked, own, asked.confirm)
    written = [_written(trial, looked, number, rank, folder) for rank, number in enumerate(tried, 1)]
    plans = [trial.baseline, space.given, *written]
    fresh = {
        years: trial.simulate(plans, trial.fresh_seed, asked.fresh, years)
        for years in sorted({asked.years, asked.full_years})
    }
    runs = {
        "search": trial.simulate(plans, asked.seed, asked.futures, asked.years),
        "same_length": fresh[asked.years],
        "full": fresh[asked.full_years],
    }
    scales = {
        name: Scale.of(asked.objectives, {id_: one[id_][0] for id_ in asked.objectives}) for name, one in runs.items()
    }
    again = []
    for place, (number, plan) in enumerate(zip(tried, written, strict=True), 2):
        search, same, full = (compare(runs[name], scales[name], place) for name in runs)
        if search is not None and same is not None and full is not None:
            cost = _cost(trial, runs["full"], place)
            affordable = cost is None or asked.budget is None or cost <= asked.budget
            dominates = affordable and full.holds and full.in_resamples >= sure(len(tried))
            again.append(Found(str(plan.plan.id), number, search, same, full, cost, dominates))
    again.sort(key=lambda one: (not one.dominates, -one.full.in_resamples))
    better = int(beats(own - looked.tries.scores[looked.archive]).sum())
    failed = len(tried) - len(again)
    return Findings(trial, looked, better, tuple(again), failed, runs["full"], scales, folder)


def _cost(trial: Trial, full: Mapping[str, Floats], place: int) -> float | None:
    """Return what a plan costs on average in fresh futures, million USD a year; nothing where no budget was asked for."""
    if trial.asked.budget is None:
        return None
    return float(np.nanmean(full[COST][place])) / (MILLION * trial.asked.full_years)


def _written(trial: Trial, looked: Looked, number: int, rank: int, folder: Path) -> LoadedPlan:
    """Write a plan of the archive as a file, with the given plan beside it where that is a file, and return it as read from there."""
    space, name, target, unit = trial.space, "found", folder / PLANS, looked.tries.units[number]
    while any(Path(file).stem.startswith(name) for file in space.parents):  # it was found by a search itself
        name += "_again"
    id_ = f"{name}_{rank:02d}"
    title = f"{space.given.plan.title[:90]}: found {rank}"
    summary = f"Found by a search around the plan {space.parent}: try {number:,} of {len(looked.tries.units):,}."
    place = Folder(target)
    try:
        for file, content in space.parents.items():
            place.write(file, content.encode())
        made = space.text(unit, id_, title, summary, target)
        place.write(f"{id_}.toml", made.encode())
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {target}: {error.strerror or error}")) from None
    path = target / f"{id_}.toml"
    read = load(str(path))
    about = {key: getattr(read.plan, key) for key in ABOUT}
    tried = replace(read, plan=space.plan(unit).plan.model_copy(update=about))
    if read.content_hash != tried.content_hash:
        message = f"the plan that was written is not try {number:,}; this is a fault of Premortem"
        raise RunError(Problem("written", message, Where(str(path))))
    return read


def result_of(found: Findings, about: Mapping[str, Any]) -> Result:
    """Return what was found as a result, and keep it in the folder.

    Parameters
    ----------
    about : what decides the results beside the question, for the record.
    """
    trial, asked, tries = found.trial, found.trial.asked, found.looked.tries
    made = Result(
        method="search",
        inputs={
            "plan": found.given,
            "baseline": str(trial.baseline.plan.id),
            **{name: getattr(asked, name) for name in asked.__dataclass_fields__},
            "objectives": list(asked.objectives),
            "fresh_seed": trial.fresh_seed,
            "moved": [one.path for one in trial.space.inputs],
            "faults_allowed": sorted(f"{code} {key}" for code, key in trial.given_faults),
            **about,
        },
        result={
            "looked": {
                "plans": len(tries.units),
                "sound": int((tries.excess[:, 0] <= 0).sum()),
                "allowed": int(tries.allowed.sum()),
                "inputs": len(trial.space.inputs),
                "archive": len(found.looked.archive),
                "archive_from_last_tenth": found.looked.late,
                "looked_better": found.better,
                "tried_again": len(found.plans),
                "failed_again": found.failed,
            },
            "averages": {
                info.id: {
                    "unit": info.unit,
                    "baseline": float(np.nanmean(found.full[info.id][0])),
                    "given": float(np.nanmean(found.full[info.id][GIVEN])),
                    "matters": float(found.scales["full"].matters[i]),
                }
                for i, info in enumerate(found.infos)
            },
            "dominating": [one.id for one in found.dominating],
            "budget_million_usd_a_year": asked.budget,
            "above_budget": [one.id for one in found.above_budget],
            "found": [_as_json(found, one) for one in found.plans],
        },
        uncertainty={
            "interval": "90 %, of the average over fresh futures",
            "resamples": RESAMPLES,
            "sure": sure(len(found.plans) + found.failed),
            "optimism": found.optimism,
        },
        warnings=tuple(search_telling.warnings(found)),
        words=tuple(search_telling.words(found)),
        tables=tuple(search_telling.tables(found)),
    )
    write_json(found.folder / RESULT, made.as_json())
    return made


def _as_json(found: Findings, one: Found) -> dict[str, Any]:
    def numbers(compared: Compared) -> dict[str, Any]:
        return {
            info.id: {"average": float(m), "low": float(m - h), "high": float(m + h)}
            for info, m, h in zip(found.infos, compared.means, compared.halves, strict=True)
        }

    in_futures, low, high = one.full.in_futures
    unit = found.looked.tries.units[one.number]
    gains = -found.scales["full"].scores(one.full.means)
    return {
        "plan": one.id,
        "file": f"{PLANS}/{one.id}.toml",
        "faults": sorted(f"{code} {key}" for code, key in faults(found.trial.space.plan(unit))),
        "try": one.number,
        "values": found.trial.space.values(unit),
        "dominates": one.dominates,
        "cost_million_usd_a_year": one.cost,
        "in_resamples": one.full.in_resamples,
        "in_futures": {"share": in_futures, "low": low, "high": high},
        "gain_in_differences_that_matter": dict(zip((info.id for info in found.infos), gains.tolist(), strict=True)),
        "difference_from_given": numbers(one.full),
        "difference_at_search_length": {"search": numbers(one.search), "fresh": numbers(one.same_length)},
    }
