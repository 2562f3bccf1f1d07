"""The smoother against answers that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from premortem.calibration.smoother import SIGNIFICANT, fit

Floats = NDArray[np.float64]

MAP = np.array([[1.0, 0.5], [0.3, -0.8], [0.6, 0.6]])
"""[datum, input]"""
NOISE = np.array([0.7, 0.4, 1.2])
OBSERVED = np.array([1.1, -0.9, 0.4])


def _prior(members: int) -> tuple[Floats, Floats]:
    """Return scores of two inputs and a third without influence [member, 3], and noisy data of the first two [member, 3]."""
    random = np.random.default_rng(7)
    inputs = random.standard_normal((members, 3))
    return inputs, inputs[:, :2] @ MAP.T + NOISE * random.standard_normal((members, 3))


def _exact() -> tuple[Floats, Floats]:
    """Return mean and covariance of the posterior of a linear model with normal noise, from its textbook formula."""
    precision = np.eye(2) + MAP.T @ np.diag(NOISE**-2) @ MAP
    covariance = np.linalg.inv(precision)
    return covariance @ MAP.T @ (OBSERVED / NOISE**2), covariance


def test_linear_model_with_normal_noise_gives_its_exact_posterior() -> None:
    inputs, simulated = _prior(200_000)
    found = fit(inputs, simulated).move(inputs, simulated, OBSERVED)[:, :2]
    mean, covariance = _exact()
    assert found.mean(axis=0) == pytest.approx(mean, abs=0.01)
    assert np.cov(found.T) == pytest.approx(covariance, abs=0.01)


def test_an_input_without_influence_keeps_its_bits() -> None:
    inputs, simulated = _prior(1_000)
    fitted = fit(inputs, simulated)
    assert fitted.touched.tolist() == [True, True, False]
    assert (fitted.move(inputs, simulated, OBSERVED)[:, 2] == inputs[:, 2]).all()


def test_infinite_noise_returns_the_prior_bit_for_bit() -> None:
    inputs, simulated = _prior(1_000)
    blind = np.full_like(simulated, np.inf)
    assert (fit(inputs, blind).move(inputs, blind, OBSERVED) == inputs).all()


def test_one_blind_datum_changes_nothing_but_its_own_share() -> None:
    inputs, simulated = _prior(1_000)
    without, blind = simulated[:, :2], np.column_stack([simulated[:, :2], np.full(len(simulated), np.inf)])
    expected = fit(inputs, without).move(inputs, without, OBSERVED[:2])
    assert (fit(inputs, blind).move(inputs, blind, OBSERVED) == expected).all()


def test_a_planted_truth_is_recovered() -> None:
    """Forty data of small noise fix the inputs to a tenth of their spread, whatever they are."""
    random = np.random.default_rng(3)
    inputs, reads = random.standard_normal((1_000, 5)), random.standard_normal((40, 5))
    simulated = inputs @ reads.T + 0.3 * random.standard_normal((1_000, 40))
    truth = np.array([2.0, -1.5, 0.0, 1.0, -0.5])
    observed = reads @ truth + 0.3 * random.standard_normal(40)
    found = fit(inputs, simulated).move(inputs, simulated, observed)
    assert found.mean(axis=0) == pytest.approx(truth, abs=0.35)
    assert (found.std(axis=0) < 0.25).all()


def test_by_chance_hardly_anything_is_touched() -> None:
    """Ties between independent numbers are as rare as the threshold says: 6 in 100,000."""
    random = np.random.default_rng(5)
    tied = fit(random.standard_normal((500, 1_000)), random.standard_normal((500, 40))).tied
    assert SIGNIFICANT == 4.0
    assert tied.sum() <= 12


def test_agrees_with_pyesmda() -> None:
    pyesmda: Any = pytest.importorskip("pyesmda")
    inputs, simulated = _prior(20_000)
    ours = fit(inputs, simulated).move(inputs, simulated, OBSERVED)[:, :2]
    solver = pyesmda.ESMDA(
        obs=OBSERVED,
        m_init=inputs[:, :2].T,
        cov_obs=pytest.importorskip("covmats").CovViaDiagonal(NOISE**2),
        forward_model=lambda members: MAP @ members,
        n_assimilations=1,
        inversion_type="naive",
        random_state=1,
    )
    solver.solve()
    theirs = np.asarray(solver.m_posterior).T
    assert ours.mean(axis=0) == pytest.approx(theirs.mean(axis=0), abs=0.03)
    assert np.cov(ours.T) == pytest.approx(np.cov(theirs.T), abs=0.03)
