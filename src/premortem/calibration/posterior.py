"""Fit: prior futures and the record of a cut in, a posterior and its own check out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from premortem.calibration import prior_runs, record, sbc, smoother
from premortem.calibration.prior_runs import PriorRuns
from premortem.calibration.record import Record
from premortem.evidence import calibrated, heat, months
from premortem.evidence import made_of as stored
from premortem.evidence.calibrated import Posterior, Touched
from premortem.evidence.parameters import Parameter
from premortem.evidence.vintages import Vintage
from premortem.evidence.wars import recorded

LUCK = 1
"""Seed of the noise of recording."""
DECIMALS = 6
SHOWN = 8
"""Data that a number is informed by, at most, as they are listed."""

Floats = NDArray[np.float64]

GRID: Floats = ndtri((np.arange(1000) + 0.5) / 1000)
"""Standard normal numbers, evenly by rank."""


@dataclass(frozen=True)
class Fit:
    """A posterior, and what it was made of: ``record`` and the ``sample`` that its check can be done again with."""

    posterior: Posterior
    record: Record
    sample: Mapping[str, Floats]


def fit(cut: str, runs: PriorRuns) -> Fit:
    """Fit to what was known on the first day of a month.

    Only what is lasting is fitted: luck, and where one start lies, are left to the futures.
    """
    simulated = runs.simulated
    found = record.known(Vintage(prior_runs.day(cut)), simulated.first_year, runs.spec.years, simulated.names)
    noisy = found.of(simulated, np.random.default_rng(LUCK))
    lasting = [place for place, (ident, _) in enumerate(runs.elements) if _open(runs.parameters[ident])]
    scores = runs.scores[:, lasting]
    fitted = smoother.fit(scores, noisy)
    columns = np.flatnonzero(fitted.touched)
    before, after = scores[:, columns], fitted.move(scores, noisy, found.values)[:, columns]
    # Against the futures' own mean and spread: what a sample of the prior has by chance is not learned.
    moved = (after - before.mean(axis=0)) / before.std(axis=0)
    inputs = sbc.check(scores, noisy)
    posterior = Posterior(
        cut=cut,
        start=runs.spec.start,
        years=runs.spec.years,
        members=len(scores),
        made_of=runs.made_of | {"model": stored.fit(cut).digest},
        priors=calibrated.digest_of(runs.parameters, (runs.elements[lasting[j]][0] for j in columns)),
        touched=tuple(
            _touched(runs, runs.elements[lasting[j]], moved[:, place], found, fitted.correlation[:, j])
            for place, j in enumerate(columns)
        ),
        mean=_plain(moved.mean(axis=0)),
        root=tuple(_plain(row) for row in _root(moved)),
        by_chance=round(2.0 * float(ndtr(-smoother.SIGNIFICANT)) * fitted.tied.size, 1),
        sbc={
            "inputs": inputs.ranks(),
            "informed": inputs.ranks(calibrated.INFORMED),
            "record": sbc.check(found.of(simulated, None), noisy).ranks(),
        },
        heat=_heat(cut, runs),
    )
    return Fit(posterior, found, {"scores": before, "record": noisy, "values": found.values})


def _open(parameter: Parameter) -> bool:
    """Whether a parameter is lasting and its prior leaves anything open."""
    if not parameter.lasting:
        return False
    prior = parameter.distribution
    return bool(prior.event_shape) or float(np.ptp(prior.quantile(np.array([0.05, 0.95])))) > 0.0


def _touched(runs: PriorRuns, element: tuple[str, int], moved: Floats, found: Record, correlation: Floats) -> Touched:
    ident, index = element
    parameter = runs.parameters[ident]
    alone = sum(one == ident for one, _ in runs.elements) == 1
    tied = np.flatnonzero(np.abs(correlation) >= smoother.SIGNIFICANT / np.sqrt(len(moved)))
    strongest = sorted(tied, key=lambda k: -abs(correlation[k]))
    mean, sd = float(moved.mean()), float(moved.std())

    def measured(scores: Floats) -> tuple[float, float]:
        # A vector prior takes all its entries at once, and its parts have no scale of their own: the score is shown instead.
        prior = parameter.distribution
        values = scores if prior.event_shape else prior.quantile(ndtr(scores))
        return _short(values.mean()), _short(values.std())

    return Touched(
        parameter=ident,
        index=index,
        name=ident if alone else f"{ident}[{index}]",
        unit=parameter.unit,
        prior=measured(GRID),
        posterior=measured(mean + sd * GRID),
        score=(_short(mean), _short(sd)),
        informed_by={found.labels[k]: _short(correlation[k]) for k in strongest[:SHOWN]},
    )


def _root(scores: Floats) -> Floats:
    """Return the symmetric root of the scores' covariance."""
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(scores.T)))
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def _heat(cut: str, runs: PriorRuns) -> dict[str, tuple[float, float]]:
    """Return, for the spreads and memories of violence, the prior's median and the estimate from all months before the cut."""
    vintage = Vintage(prior_runs.day(cut))
    _, years = record.by_state(vintage, runs.simulated.names)
    estimate = heat.estimate(months.first((years[-1] + 1) * months.PER_YEAR), recorded())
    values = {
        "s_x": estimate.states.s_x,
        "s_u": estimate.states.s_u,
        "tau_u": estimate.states.tau_u,
        "s_g": estimate.nation.s_g,
        "tau_g": estimate.nation.tau_g,
        "s_l": estimate.nation.s_l,
    }
    medians = {name: float(runs.parameters[f"rivalry.{name}"].distribution.quantile(np.array(0.5))) for name in values}
    return {f"rivalry.{name}": (_short(medians[name]), _short(value)) for name, value in values.items()}


def write(found: Fit, file: Path) -> None:
    """Write a posterior as JSON and the sample of its check beside it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(found.posterior.model_dump_json(indent=1) + "\n", encoding="utf-8")
    arrays = {name: np.asarray(values, np.float32) for name, values in found.sample.items()}
    np.savez_compressed(file.with_suffix(".npz"), allow_pickle=False, **arrays)


def _plain(row: Floats) -> tuple[float, ...]:
    return tuple(np.round(row, DECIMALS).tolist())


def _short(value: float) -> float:
    return float(f"{value:.4g}")
