import jax
import jax.numpy as jnp
import numpy as np
import pytest

from premortem.model.luck import Luck

MANY = 200_000


def stream(noisy: bool = True) -> Luck:
    return Luck(jax.random.key(7), "somebody", noisy)


def test_without_noise_counts_and_factors_are_their_means_for_every_owner() -> None:
    quiet = stream(noisy=False).of("somebody else")
    mean = jnp.asarray([0.0, 0.3, 40.0])
    assert np.array_equal(quiet.poisson("count", mean), mean)
    assert np.array_equal(quiet.factor("factor", mean), jnp.ones(3))


def test_counts_have_the_mean_and_the_variance_of_a_poisson() -> None:
    counts = np.asarray(stream().poisson("count", jnp.full(MANY, 1.7)), float)
    assert counts.mean() == pytest.approx(1.7, rel=0.01)
    assert counts.var() == pytest.approx(1.7, rel=0.02)


def test_factors_have_mean_one_and_the_spread_asked_for() -> None:
    factors = np.asarray(stream().factor("factor", jnp.full(MANY, 0.46)), float)
    assert factors.mean() == pytest.approx(1.0, rel=0.01)
    assert np.log(factors).std() == pytest.approx(0.46, rel=0.01)
