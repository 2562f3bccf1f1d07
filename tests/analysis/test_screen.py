import numpy as np
import pytest
from scipy.stats import spearmanr

from premortem.analysis.screen import screen


def draws(futures: int, parameters: int, seed: int) -> dict[str, np.ndarray]:
    luck = np.random.default_rng(seed)
    return {f"p{i}": luck.random(futures) for i in range(parameters)}


def test_correlations_are_spearmans() -> None:
    given = draws(50, 5, 1)
    difference = np.round(given["p3"] * 4) - given["p0"] ** 3
    found = screen(given, difference)
    assert found is not None
    for name, rho in found.ranked:
        assert rho == pytest.approx(spearmanr(given[name], difference).statistic)


def test_a_parameter_that_decides_is_found_and_chance_is_not() -> None:
    given = draws(200, 100, 2)
    found = screen(given, np.exp(3 * given["p7"]))
    assert found is not None
    assert [name for name, _ in found.clear] == ["p7"]


def test_without_effect_the_threshold_is_passed_in_about_one_run_of_twenty() -> None:
    luck = np.random.default_rng(3)
    passed = sum(
        bool(found.clear) for i in range(400) if (found := screen(draws(60, 40, i), luck.random(60))) is not None
    )
    assert 5 <= passed <= 38  # 20 expected; four standard deviations


def test_too_few_futures_or_no_difference_say_nothing() -> None:
    assert screen(draws(10, 3, 1), np.arange(10.0)) is None
    assert screen(draws(40, 3, 1), np.zeros(40)) is None
