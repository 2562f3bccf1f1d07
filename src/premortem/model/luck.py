"""Addressed randomness: every draw has an address (seed, future, week, name), so nobody's luck depends on anybody else's draws."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri

from premortem.model import noise


def address(name: str) -> int:
    """Return the stable 32-bit address of a named stream."""
    return zlib.crc32(name.encode())


@dataclass(frozen=True)
class Luck:
    """The stream of one owner in one week of one future.

    Two plans that meet the same future ask for the same addresses and get the same numbers (common random numbers);
    a mechanism that adds a draw moves no other draw. With ``noisy`` False, counts and factors are their means.
    """

    key: jax.Array
    owner: str = ""
    noisy: bool = True

    def of(self, owner: str) -> Luck:
        """Return the stream of another owner in the same week."""
        return Luck(self.key, owner, self.noisy)

    def uniform(self, name: str, shape: tuple[int, ...] = ()) -> jax.Array:
        """Return uniform numbers strictly inside (0, 1): 23 random bits each, so that neither end is ever reached in float32."""
        key = jax.random.fold_in(self.key, address(f"{self.owner}.{name}"))
        bits = jax.random.bits(key, shape, "uint32") >> jnp.uint32(9)
        return jnp.asarray((bits.astype(float) + 0.5) * 2.0**-23)

    def normal(self, name: str, shape: tuple[int, ...] = ()) -> jax.Array:
        """Return standard normal numbers by inverse distribution: monotone in the uniform, so signs of effects survive pairing."""
        return jnp.asarray(ndtri(self.uniform(name, shape)))

    def poisson(self, name: str, mean: jax.Array) -> jax.Array:
        """Return counts with the given means."""
        return noise.poisson(mean, self.uniform(name, mean.shape)) if self.noisy else mean

    def happens(self, name: str, chance: jax.Array) -> jax.Array:
        """Return 1 where an event of this chance happens, else 0; without noise the chance itself."""
        return (self.uniform(name, chance.shape) < chance).astype(chance.dtype) if self.noisy else chance

    def factor(self, name: str, log_sd: jax.Array) -> jax.Array:
        """Return log-normal factors of mean 1."""
        if not self.noisy:
            return jnp.ones_like(log_sd)
        return jnp.exp(log_sd * self.normal(name, log_sd.shape) - log_sd**2 / 2.0)
