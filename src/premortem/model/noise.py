"""Counts from means by inverse distribution: demographic noise that is monotone in the mean for the same luck.

Below ``EXACT_BELOW`` expected counts the distribution function is summed exactly; above, a Cornish-Fisher normal rounded to whole
numbers, whose mean and variance are tested against the exact distributions (tests/model/test_noise.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from premortem.arrays import jax, jnp

EXACT_BELOW = 1.5
TERMS = 7  # a Poisson count with mean 1.5 exceeds 7 once in 6,000 draws
ROUNDING_VARIANCE = 1.0 / 12.0  # of a uniform over one unit: taken out, so that rounding does not widen a count
ROUNDING_BIAS = (
    0.037  # what rounding and the floor at zero add to a mean, times its square; measured for means of 1.5 and more
)


def standard_normal(u: jax.Array) -> jax.Array:
    """Return standard normal numbers for uniforms ``u``."""
    return jnp.sqrt(2.0) * jax.lax.erf_inv(2.0 * u - 1.0)


def poisson(mean: jax.Array, u: jax.Array) -> jax.Array:
    """Return Poisson counts with the given means for uniforms ``u`` of the same shape."""
    small = jnp.minimum(mean, EXACT_BELOW)
    few = _exact(jnp.exp(-small), jnp.zeros_like(small), small, u)
    return jnp.where(mean < EXACT_BELOW, few, _rounded_normal(mean, mean, jnp.ones_like(mean), u))


def binomial(n: jax.Array, p: jax.Array, u: jax.Array) -> jax.Array:
    """Return how many of ``n`` leave when each does with probability ``p`` (below 1); ``n`` need not be whole."""
    mean = n * p
    small_p = jnp.where(mean < EXACT_BELOW, p, 0.0)
    odds = small_p / (1.0 - small_p)
    few = _exact(jnp.exp(n * jnp.log1p(-small_p)), -odds, (n + 1.0) * odds, u)
    many = _rounded_normal(mean, mean * (1.0 - p), 1.0 - 2.0 * p, u)
    return jnp.minimum(jnp.where(mean < EXACT_BELOW, few, many), n)


def together(
    count: Callable[..., jax.Array], means: Sequence[Sequence[jax.Array]], u: Sequence[jax.Array]
) -> list[jax.Array]:
    """Return ``count(*means[i], u[i])`` for every ``i``, all as one long row: a processor's vectors fit it without a remainder, where
    each row of a [.., region] array leaves one (measured: a fifth of a week's time).
    """
    if not u:
        return []
    columns = [[*arguments, uniform] for arguments, uniform in zip(means, u, strict=True)]
    rows = [jnp.concatenate([x.ravel() for x in column]) for column in zip(*columns, strict=True)]
    counts = jnp.split(count(*rows), list(accumulate(x.size for x in u))[:-1])
    return [each.reshape(x.shape) for each, x in zip(counts, u, strict=True)]


def _exact(none: jax.Array, a: jax.Array, b: jax.Array, u: jax.Array) -> jax.Array:
    """Return the quantile of a count whose chances follow Panjer's recursion: that of k is (a + b/k) times that of k - 1.

    Poisson (a = 0) and binomial counts do; ``none`` is the chance of none. A binomial's chances end at the first that is not positive.
    """
    chance = below = none
    count = jnp.zeros_like(u)
    for k in range(1, TERMS + 1):
        count = count + (u > below)
        chance = chance * jnp.maximum(a + b * (1.0 / k), 0.0)
        below = below + chance
    return count


def _rounded_normal(mean: jax.Array, variance: jax.Array, asymmetry: jax.Array, u: jax.Array) -> jax.Array:
    z = standard_normal(u)
    spread = jnp.sqrt(jnp.maximum(variance - ROUNDING_VARIANCE, 0.0))
    centre = mean - ROUNDING_BIAS / jnp.maximum(mean * mean, EXACT_BELOW)
    return jnp.maximum(jnp.round(centre + spread * z + (z * z - 1.0) * asymmetry / 6.0), 0.0)
