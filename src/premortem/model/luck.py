"""Addressed randomness: every draw has an address (seed, future, week, name), so nobody's luck depends on anybody else's draws."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtri


def address(name: str) -> int:
    """Return the stable 32-bit address of a named stream."""
    return zlib.crc32(name.encode())


@dataclass(frozen=True)
class Luck:
    """The stream of one owner in one week of one future.

    Two plans that meet the same future ask for the same addresses and get the same numbers (common random numbers);
    a mechanism that adds a draw moves no other draw.
    """

    key: jax.Array
    owner: str = ""

    def of(self, owner: str) -> Luck:
        """Return the stream of another owner in the same week."""
        return Luck(self.key, owner)

    def uniform(self, name: str, shape: tuple[int, ...] = ()) -> jax.Array:
        """Return uniform numbers strictly inside (0, 1): 23 random bits each, so that neither end is ever reached in float32."""
        key = jax.random.fold_in(self.key, address(f"{self.owner}.{name}"))
        bits = jax.random.bits(key, shape, "uint32") >> jnp.uint32(9)
        return jnp.asarray((bits.astype(float) + 0.5) * 2.0**-23)

    def normal(self, name: str, shape: tuple[int, ...] = ()) -> jax.Array:
        """Return standard normal numbers by inverse distribution: monotone in the uniform, so signs of effects survive pairing."""
        return jnp.asarray(ndtri(self.uniform(name, shape)))
