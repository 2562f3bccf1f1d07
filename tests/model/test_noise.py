import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from premortem.model import noise

U = (np.arange(200_000) + 0.5) / 200_000  # a fine grid of quantiles: moments without sampling error


@pytest.mark.parametrize("mean", [0.001, 0.03, 0.4, 1.0, 1.4, 1.6, 2.2, 3.1, 5.0, 12.0, 80.0, 4000.0])
def test_poisson_counts_have_the_mean_and_variance_of_the_exact_distribution(mean: float) -> None:
    x = np.asarray(noise.poisson(jnp.full(U.shape, mean), jnp.asarray(U)), float)
    assert x.mean() == pytest.approx(mean, rel=0.004)
    assert x.var() == pytest.approx(mean, rel=0.02)


@pytest.mark.parametrize("n", [1.0, 4.0, 50.0, 3000.0, 1e6])
@pytest.mark.parametrize("p", [0.0002, 0.01, 0.2])
def test_binomial_counts_have_the_mean_and_variance_of_the_exact_distribution(n: float, p: float) -> None:
    x = np.asarray(noise.binomial(jnp.full(U.shape, n), jnp.full(U.shape, p), jnp.asarray(U)), float)
    assert x.mean() == pytest.approx(n * p, rel=0.004)
    assert x.var() == pytest.approx(n * p * (1 - p), rel=0.02)
    assert x.max() <= n


@pytest.mark.parametrize(("n", "p"), [(200, 0.007), (1000, 0.001), (12, 0.1)])
def test_small_binomial_counts_are_the_exact_quantiles(n: int, p: float) -> None:
    u = U[::50]
    ours = np.asarray(noise.binomial(jnp.full(u.shape, float(n)), jnp.full(u.shape, p), jnp.asarray(u)))
    exact = np.minimum(stats.binom.ppf(u, n, p), noise.TERMS)
    assert (ours != exact).mean() < 0.001  # float32 may differ where a quantile falls on a step


@pytest.mark.parametrize("mean", [0.2, 1.45, 2.5, 9.0, 300.0])
def test_a_higher_hazard_never_gives_fewer_events_for_the_same_luck(mean: float) -> None:
    u = jnp.asarray(U[::100])
    low = noise.poisson(jnp.full(u.shape, mean), u)
    high = noise.poisson(jnp.full(u.shape, mean * 1.1), u)
    assert bool((high >= low).all())
