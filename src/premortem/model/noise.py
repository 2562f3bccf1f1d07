"""Counts from means by inverse distribution: demographic noise that is monotone in the mean for the same luck.

Below ``EXACT_BELOW`` expected counts the distribution function is summed exactly; above, a Cornish-Fisher normal rounded to whole
numbers, whose mean and variance are tested against the exact distributions (tests/model/test_noise.py).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

EXACT_BELOW = 3.0
TERMS = 12  # a Poisson count with mean 3 exceeds 12 once in 60,000 draws
ROUNDING_VARIANCE = 1.0 / 12.0  # of a uniform over one unit: taken out, so that rounding does not widen a count


def standard_normal(u: jax.Array) -> jax.Array:
    """Return standard normal numbers for uniforms ``u``."""
    return jnp.sqrt(2.0) * jax.lax.erf_inv(2.0 * u - 1.0)


def poisson(mean: jax.Array, u: jax.Array) -> jax.Array:
    """Return Poisson counts with the given means for uniforms ``u`` of the same shape."""
    small = jnp.minimum(mean, EXACT_BELOW)
    count = _exact(jnp.exp(-small), [small / k for k in range(1, TERMS + 1)], u)
    return jnp.where(mean < EXACT_BELOW, count, _rounded_normal(mean, mean, jnp.ones_like(mean), u))


def binomial(n: jax.Array, p: jax.Array, u: jax.Array) -> jax.Array:
    """Return how many of ``n`` leave when each does with probability ``p`` (below 1); ``n`` need not be whole."""
    mean = n * p
    small_p = jnp.where(mean < EXACT_BELOW, p, 0.0)
    odds = small_p / (1.0 - small_p)
    ratios = [jnp.maximum(n - (k - 1), 0.0) * (odds / k) for k in range(1, TERMS + 1)]
    count = _exact(jnp.exp(n * jnp.log1p(-small_p)), ratios, u)
    large = _rounded_normal(mean, mean * (1.0 - p), 1.0 - 2.0 * p, u)
    return jnp.minimum(jnp.where(mean < EXACT_BELOW, count, large), n)


def _exact(none: jax.Array, ratios: list[jax.Array], u: jax.Array) -> jax.Array:
    """Return the quantile of a count, from the chance of none and the ratios of each chance to the one before."""
    chance = below = none
    count = jnp.zeros_like(u)
    for ratio in ratios:
        count = count + (u > below)
        chance = chance * ratio
        below = below + chance
    return count


def _rounded_normal(mean: jax.Array, variance: jax.Array, asymmetry: jax.Array, u: jax.Array) -> jax.Array:
    z = standard_normal(u)
    spread = jnp.sqrt(jnp.maximum(variance - ROUNDING_VARIANCE, 0.0))
    return jnp.maximum(jnp.round(mean + spread * z + (z * z - 1.0) * asymmetry / 6.0), 0.0)
