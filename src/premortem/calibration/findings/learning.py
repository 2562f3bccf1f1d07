"""What the training half of the findings says about the model's inputs, and through them about every finding: the smoother on effects.

Each future's statistic of a finding is a datum, its published value on the model's scale what was observed, with the spread of that
interval and a discrepancy of its own as noise. Inputs and predictions that are significantly tied to a datum over the futures move by it;
nothing is run again. Signs are no data: a future has one sign, a study the share of them. Sources: `premortem.calibration.smoother`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from premortem.calibration import smoother
from premortem.calibration.findings.dilution import FIVE_PER_CENT, on_the_models_scale
from premortem.calibration.findings.estimands import summary
from premortem.calibration.findings.halves import Use, studies
from premortem.calibration.findings.results import After, Band, Informed, Learned, Tried, values_of
from premortem.calibration.findings.run import Asked
from premortem.calibration.findings.schema import Finding, NotExpressibleError
from premortem.calibration.findings.verdicts import judge
from premortem.evidence import sampling
from premortem.study.experiment import parameters_of
from premortem.theatre import load
from premortem.theatre.folder import DEFAULT

DISCREPANCY = {"theatre": 0.3, "analogue": 0.7}
"""Standard deviation of how a study and the model differ that is in neither, over the size of the effect."""
SHARED = 0.5
"""Correlation of the discrepancies of one study's findings."""
NOISE_SEED = 15

Floats = NDArray[np.float64]


def learned(what: Tried, asked: Asked) -> Learned:
    """Return what the training half says: which inputs it informs, and what every finding comes to after it."""
    values = _values(what)
    fine = np.asarray(np.isfinite(np.column_stack(list(values.values()))).all(axis=1), np.bool_)
    scores, elements = _scores(asked, fine)
    halves = {one.id: what.halves[one.id] for one in what.findings}
    return learn(what.findings, halves, {name: every[fine] for name, every in values.items()}, scores, elements)


def learn(
    every: Sequence[Finding],
    halves: Mapping[str, Use],
    values: Mapping[str, Floats],
    scores: Floats,
    elements: Sequence[tuple[str, int]],
) -> Learned:
    """Return it from statistics by id [future] and scores of inputs [future, element]."""
    findings = {one.id: one for one in every}
    given = [findings[name] for name in values if halves[name] == "train" and findings[name].unit != "sign"]
    simulated, observed = _data(given, values)
    inputs = np.concatenate([scores, np.column_stack([_ranked(x) for x in values.values()])], axis=1)
    fit = smoother.fit(inputs, simulated)
    moved = fit.move(inputs, simulated, observed)
    ahead = moved[:, scores.shape[1] :]
    after = []
    for j, name in enumerate(values):
        found = summary(findings[name].estimand.kind, _back(values[name], ahead[:, j]))
        verdict = judge(findings[name], found, len(scores))
        band = Band(median=found.median, low=found.low, high=found.high)
        after.append(After(id=name, model=band, verdict=verdict.verdict, power=verdict.power))
    touched = [int(j) for j in np.flatnonzero(fit.touched[: scores.shape[1]])]
    informed = [
        Informed(
            parameter=elements[j][0],
            place=elements[j][1],
            sd=float(moved[:, j].std() / inputs[:, j].std()),
            shift=float((moved[:, j].mean() - inputs[:, j].mean()) / inputs[:, j].std()),
            by=tuple(given[i].id for i in np.flatnonzero(fit.tied[:, j])),
        )
        for j in touched
    ]
    by_chance = 2 * norm.sf(smoother.SIGNIFICANT) * len(given) * scores.shape[1]
    return Learned(
        data=tuple(one.id for one in given),
        futures=len(scores),
        chance=float(by_chance),
        informed=tuple(sorted(informed, key=lambda one: one.sd)),
        after=tuple(after),
    )


def _values(what: Tried) -> dict[str, Floats]:
    """Return the statistic [future] of every finding that has one in nearly all futures."""
    found = {}
    for name, ran in what.ran.items():
        if isinstance(ran, str):
            continue
        try:
            values = values_of(ran)
        except NotExpressibleError:
            continue
        if np.isfinite(values).mean() > 0.95:
            found[name] = values
    return found


def _scores(asked: Asked, fine: NDArray[np.bool_]) -> tuple[Floats, list[tuple[str, int]]]:
    """Return the scores [future, element] behind the draws of all parameters but luck, and what each column is."""
    known = parameters_of(DEFAULT)
    drawn = sampling.uniforms(known, asked.seed, np.arange(asked.futures), load(DEFAULT).sizes)
    kept = {name: ndtri(values).reshape(asked.futures, -1) for name, values in drawn.items() if "luck" not in name}
    elements = [(name, place) for name, values in kept.items() for place in range(values.shape[1])]
    return np.concatenate([values[fine] for values in kept.values()], axis=1), elements


def _data(given: list[Finding], values: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return simulated data with noise [future, datum] and what was observed [datum], on a scale on which long tails are short."""
    random = np.random.default_rng(NOISE_SEED)
    study = studies(given)
    futures = len(next(iter(values.values())))
    shared = {key: random.standard_normal(futures) for key in sorted(set(study.values()))}
    simulated, observed = [], []
    for one in given:
        target = on_the_models_scale(one)
        sd = target.width / (2 * FIVE_PER_CENT)
        own = np.sqrt(SHARED) * shared[study[one.id]] + np.sqrt(1 - SHARED) * random.standard_normal(futures)
        differs = DISCREPANCY[one.scope] * abs(target.median - one.nothing) * own
        noisy = values[one.id] + differs + sd * random.standard_normal(futures)
        simulated.append(np.arcsinh((noisy - one.nothing) / sd))
        observed.append(np.arcsinh((target.median - one.nothing) / sd))
    return np.column_stack(simulated), np.array(observed)


def _ranked(values: Floats) -> Floats:
    """Return normal scores of values by their ranks, ties in the order of the futures."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return np.asarray(ndtri((ranks + 0.5) / len(values)))


def _back(values: Floats, scores: Floats) -> Floats:
    """Return values at normal scores, between those that were simulated."""
    ordered = np.sort(values)
    return np.interp(ndtr(scores), (np.arange(len(values)) + 0.5) / len(values), ordered)
