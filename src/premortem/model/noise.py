"""Counts from means by inverse distribution: demographic noise that is monotone in the mean for the same luck.

Below ``EXACT_BELOW`` expected counts the distribution function is summed exactly; above, a Cornish-Fisher normal rounded to whole
numbers, whose mean and variance are tested against the exact distributions (tests/model/test_noise.py).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

EXACT_BELOW = 3.0
TERMS = 12  # a Poisson count with mean 3 exceeds 12 once in 60,000 draws


def _normal_count(mean: jax.Array, variance: jax.Array, skew_factor: jax.Array | float, u: jax.Array) -> jax.Array:
    z = ndtri(u)
    rounding_variance = (
        1.0 / 12.0
    )  # that of a uniform over one unit, taken out so that rounding does not widen the count
    spread = jnp.sqrt(jnp.maximum(variance - rounding_variance, 0.0))
    skew = (z * z - 1.0) * skew_factor / 6.0
    return jnp.maximum(jnp.round(mean + spread * z + skew), 0.0)


def poisson(mean: jax.Array, u: jax.Array) -> jax.Array:
    """Return Poisson counts with the given means for uniforms ``u`` of the same shape."""
    small = jnp.minimum(mean, EXACT_BELOW)
    term = jnp.exp(-small)
    below = term
    count = jnp.zeros_like(mean)
    for k in range(1, TERMS + 1):
        count = count + (u > below)
        term = term * small / k
        below = below + term
    return jnp.where(mean < EXACT_BELOW, count, _normal_count(mean, mean, 1.0, u))


def binomial(n: jax.Array, p: jax.Array, u: jax.Array) -> jax.Array:
    """Return how many of ``n`` leave when each does with probability ``p`` (below 1); ``n`` need not be whole."""
    mean = n * p
    small_p = jnp.where(mean < EXACT_BELOW, p, 0.0)
    odds = small_p / (1.0 - small_p)
    term = jnp.exp(n * jnp.log1p(-small_p))
    below = term
    count = jnp.zeros_like(mean)
    for k in range(1, TERMS + 1):
        count = count + (u > below)
        term = term * jnp.maximum(n - (k - 1), 0.0) / k * odds
        below = below + term
    large = _normal_count(mean, mean * (1.0 - p), 1.0 - 2.0 * p, u)
    return jnp.minimum(jnp.where(mean < EXACT_BELOW, count, large), n)
