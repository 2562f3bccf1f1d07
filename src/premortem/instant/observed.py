"""What the runs of a design show: quantiles over futures of each outcome's difference to the baseline, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.evidence import outcomes
from premortem.model.units import WEEKS_PER_YEAR
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
    future]: those held out, in all futures. ``futures`` [variant, outcome, step, future]: of the variants learnt from, in those of their
    part. ``baseline`` [outcome, step]: width of the baseline's own 90 % band; ``matters`` [outcome]: smallest difference that does.
    ``points`` and ``held_points``: [variant, input].
    """

    outcomes: tuple[str, ...]
    points: Floats
    held_points: Floats
    quantiles: Floats
    parts: NDArray[np.int64]
    held: Floats
    futures: Floats
    baseline: Floats
    matters: Floats


def observe(design: Design, reading: Reading) -> Observed:
    """Read all parts of a design under a reading.

    Raises
    ------
    InputError : a part has not been begun.
    RunError : its results are damaged.
    """
    points = design.inputs.array(design.points)
    learnt = dict[str, tuple[Floats, Floats]]()
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
                held[plan].append(_filled(differences))
            elif _whole(differences).sum() >= FEWEST:
                learnt[plan], part_of[plan] = (_quantiles(differences), _filled(differences)), part
    kept = [number for number, name in enumerate(design.names[: design.plans]) if name in learnt]
    whole = np.concatenate(levels, axis=2)
    low, high = np.nanquantile(whole, [QUANTILES[0], QUANTILES[-1]], axis=2)
    return Observed(
        outcomes=names,
        points=points[kept],
        held_points=points[design.plans :],
        quantiles=np.stack([learnt[design.names[number]][0] for number in kept]),
        parts=np.array([part_of[design.names[number]] for number in kept]),
        held=np.stack([np.concatenate(found, axis=2) for found in held.values()]),
        futures=np.stack([learnt[design.names[number]][1] for number in kept]),
        baseline=high - low,
        matters=mattering(names, whole),
    )


def mattering(names: Sequence[str], before: Floats) -> Floats:
    """Return the smallest difference that matters [outcome], from the baseline [outcome, step, future]."""
    average = np.nanmean(before[:, -1], axis=1)
    return np.array([outcomes.load()[name].mattering(float(level)) for name, level in zip(names, average, strict=True)])


def _filled(differences: Floats) -> Floats:
    """Return differences [outcome, step, future] with those of futures with a fault as the others are on average."""
    average = differences[:, :, _whole(differences)].mean(axis=2)
    return np.where(np.isfinite(differences), differences, average[:, :, None])


def _quantiles(differences: Floats) -> Floats:
    """Return [outcome, step, quantile] of [outcome, step, future], over futures without a fault, unbiased for small samples."""
    whole = differences[:, :, _whole(differences)]
    found: Floats = np.quantile(whole, QUANTILES, axis=2, method="median_unbiased")
    return np.moveaxis(found, 0, -1)


def _whole(differences: Floats) -> NDArray[np.bool]:
    """Return which futures [future] of [outcome, step, future] are done and without a fault."""
    return np.asarray(np.isfinite(differences).all(axis=(0, 1)), bool)


def bands(store: Store, plan: str, reading: Reading) -> tuple[int, dict[str, Floats]]:
    """Return of how many futures, and quantiles [step, 5] of each outcome's difference of a plan to the baseline, over those done so far.

    Raises
    ------
    InputError : no such plan in the study, or nothing is done yet.
    """
    plans = store.provenance.plans
    if plan not in plans:
        raise InputError(Problem("plan", "no such plan in this run", found=plan, allowed=", ".join(plans)))
    names, found = courses(store, reading, (plans[0], plan))
    differences = found[plan] - found[plans[0]]
    if not (done := int(_whole(differences).sum())):
        raise InputError(
            Problem("nothing_yet", "no future is finished under this plan and the baseline yet; ask again later")
        )
    return done, dict(zip(names, _quantiles(differences), strict=True))


def courses(store: Store, reading: Reading, plans: Sequence[str] = ()) -> tuple[tuple[str, ...], dict[str, Floats]]:
    """Return the outcomes of a store, and of each plan, or of some, [outcome, step, future].

    Flows are running totals, or, where the outcome is an amount a year, averages so far; levels are as they stand. So the last step is the
    outcome as reports have it. NaN: not computed yet, or the future failed.
    """
    under = store.under(reading)
    names = [outcomes.load()[id_] for id_ in store.ids("weekly")]
    flows = np.array([one.flow for one in names])
    yearly = np.array([one.summary == "yearly" for one in names])
    found = dict[str, Floats]()
    for plan in plans or store.provenance.plans:
        weekly = under.read("weekly", plan).astype(np.float64)  # [outcome, future, week]
        weekly[flows] = np.cumsum(weekly[flows], axis=2)
        weekly[yearly] /= np.arange(1, weekly.shape[2] + 1) / WEEKS_PER_YEAR
        found[plan] = np.moveaxis(weekly[:, :, STEP - 1 :: STEP], 1, 2)
    return tuple(one.id for one in names), found
