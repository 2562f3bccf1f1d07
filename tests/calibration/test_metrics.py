"""Scores of samples against closed forms and hand counts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from premortem.calibration import metrics
from premortem.calibration.metrics import EDGES, METRICS, score


def test_the_score_of_normal_samples_is_the_closed_form() -> None:
    samples = 50 + 7 * stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    observed = np.array([43.0, 50.0, 71.0])
    z = (observed - 50) / 7
    closed = 7 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    found = score(np.tile(samples, (3, 1)), observed)
    np.testing.assert_allclose(found["crps"], closed, rtol=1e-3)
    high = 50 + 7 * stats.norm.ppf(0.95)
    width = 2 * (high - 50)
    np.testing.assert_allclose(found["width90"], width, rtol=1e-3)
    np.testing.assert_allclose(found["mis90"], [width, width, width + 20 * (71 - high)], rtol=1e-2)
    np.testing.assert_allclose(found["pit"], stats.norm.cdf(z), atol=1e-3)
    assert found["in50"].tolist() == [0, 1, 0]
    assert found["in90"].tolist() == [1, 1, 0]


def test_few_samples_score_as_many_do_on_the_mean() -> None:
    luck = np.random.default_rng(1)
    observed = luck.normal(20, 3, 20_000)
    few, exact = score(luck.normal(20, 3, (20_000, 10)), observed), 3 / np.sqrt(np.pi)
    np.testing.assert_allclose(few["crps"].mean(), exact, rtol=0.02)


def test_a_sure_forecast_scores_its_distance() -> None:
    found = score(np.full((1, 100), 7.0), np.array([10.0]))
    assert found["crps"] == pytest.approx([3.0])
    assert found["log_crps"] == pytest.approx(np.log([11 / 8]))
    assert found["mis90"] == pytest.approx([60.0])
    assert set(found) == set(METRICS)
    assert all(values.shape == (1,) for values in found.values())


def test_ignorance_counts_the_bin_of_what_came_and_one_more_in_each() -> None:
    samples = np.array([[0.0] * 90 + [1.0] * 10])
    bins = len(EDGES) + 1
    assert metrics.ignorance(samples, np.array([0.0])) == pytest.approx([-np.log2(91 / (100 + bins))])
    assert metrics.ignorance(samples, np.array([5000.0])) == pytest.approx([-np.log2(1 / (100 + bins))])


def test_ranks_of_truths_from_the_forecast_are_flat() -> None:
    luck = np.random.default_rng(2)
    found = score(luck.poisson(30, (5000, 200)).astype(float), luck.poisson(30, 5000).astype(float))
    assert np.histogram(found["pit"], bins=5, range=(0, 1))[0] / 5000 == pytest.approx(0.2, abs=0.03)
