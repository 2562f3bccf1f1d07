"""What the runs of a design show: quantiles over futures of each outcome's difference to the baseline, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.evidence import outcomes
from premortem.model.units import WEEKS_PER_YEAR
from premortem.study import reading as study_reading
from premortem.study.cases import Reading
from premortem.study.store import Store

if TYPE_CHECKING:  # it brings the engine
    from premortem.instant.design import Design

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
NAMES = tuple(f"q{100 * level:02.0f}" for level in QUANTILES)
STEP = 13  # weeks
FEWEST = 20  # futures without a fault that a variant needs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Observed:
    """Differences under one reading.

    ``quantiles`` [variant, outcome, step, quantile] and ``parts`` [variant]: of the variants learnt from. ``held`` [variant, outcome, step,
    future]: those held out, in all futures. ``baseline`` [outcome, step]: width of the baseline's own 90 % band. ``points`` and
    ``held_points``: [variant, input].
    """

    outcomes: tuple[str, ...]
    points: Floats
    held_points: Floats
    quantiles: Floats
    parts: NDArray[np.int64]
    held: Floats
    baseline: Floats


def observe(design: Design, reading: Reading) -> Observed:
    """Read all parts of a design under a reading.

    Raises
    ------
    InputError : a part has not been begun.
    RunError : its results are damaged.
    """
    points = design.inputs.array(design.points)
    learnt = dict[str, Floats]()
    part_of = dict[str, int]()
    held: dict[str, list[Floats]] = {name: [] for name in design.names[design.plans :]}
    levels = list[Floats]()
    names: tuple[str, ...] = ()
    for part in range(design.parts):
        store = design.store(part)
        names, found = courses(store, reading)
        before = found[store.provenance.plans[0]]
        levels.append(before)
        for plan in design.names_of(part):
            differences = found[plan] - before
            if plan in held:
                held[plan].append(differences)
            elif np.isfinite(differences).all(axis=(0, 1)).sum() >= FEWEST:
                learnt[plan], part_of[plan] = _quantiles(differences), part
    kept = [number for number, name in enumerate(design.names[: design.plans]) if name in learnt]
    whole = np.concatenate(levels, axis=2)
    low, high = np.nanquantile(whole, [QUANTILES[0], QUANTILES[-1]], axis=2)
    return Observed(
        outcomes=names,
        points=points[kept],
        held_points=points[design.plans :],
        quantiles=np.stack([learnt[design.names[number]] for number in kept]),
        parts=np.array([part_of[design.names[number]] for number in kept]),
        held=np.stack([np.concatenate(found, axis=2) for found in held.values()]),
        baseline=high - low,
    )


def _quantiles(values: Floats) -> Floats:
    """Return [outcome, step, quantile] of [outcome, step, future], by the definition that is unbiased for small samples."""
    found: Floats = np.nanquantile(values, QUANTILES, axis=2, method="median_unbiased")
    return np.moveaxis(found, 0, -1)


def bands(store: Store, plan: str, reading: Reading) -> tuple[int, dict[str, Floats]]:
    """Return of how many futures, and quantiles [step, 5] of each outcome's difference of a plan to the baseline, over those done so far.

    Raises
    ------
    InputError : no such plan in the study, or nothing is done yet.
    """
    plans = store.provenance.plans
    if plan not in plans:
        raise InputError(Problem("plan", "no such plan in this run", found=plan, allowed=", ".join(plans)))
    names, found = courses(store, reading)
    differences = found[plan] - found[plans[0]]
    done = np.isfinite(differences).all(axis=(0, 1))
    if not done.any():
        raise InputError(
            Problem("nothing_yet", "no future is finished under this plan and the baseline yet; ask again later")
        )
    return int(done.sum()), dict(zip(names, _quantiles(differences[:, :, done]), strict=True))


def courses(store: Store, reading: Reading) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Return the outcomes of a store, and of each plan [outcome, step, future].

    Flows are running totals, or, where the outcome is an amount a year, averages so far; levels are as they stand. So the last step is the
    outcome as reports have it. NaN: not computed yet, or the future failed.
    """
    data = study_reading.dataset(store.under(reading))
    known = outcomes.load()
    names = tuple(id_ for id_ in store.provenance.outcomes if id_ in data)
    found: dict[str, list[Floats]] = {plan: [] for plan in store.provenance.plans}
    for id_ in names:
        weekly = np.asarray(data[id_].values, np.float64)  # [plan, future, week]
        course = np.cumsum(weekly, axis=2) if known[id_].flow else weekly
        if known[id_].summary == "yearly":
            course /= np.arange(1, weekly.shape[2] + 1) / WEEKS_PER_YEAR
        for plan, one in zip(store.provenance.plans, course[:, :, STEP - 1 :: STEP], strict=True):
            found[plan].append(one.T)
    return names, {plan: np.stack(parts) for plan, parts in found.items()}
