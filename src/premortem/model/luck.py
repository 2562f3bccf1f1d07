"""Addressed randomness: every draw has an address (seed, future, week, name), so nobody's luck depends on anybody else's draws."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from premortem.arrays import jax, jnp
from premortem.model import noise

Shape = tuple[int, ...]

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = 0x1BD11BDA


def threefry(key: tuple[jax.Array, jax.Array], counter: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
    """Return Threefry-2x32-20 of 32-bit counters under a key.

    The same cipher as JAX's default generator, written out: XLA then fuses it into the code that uses the numbers, where JAX's own runs as
    a loop on processors (a third of the time, a sixth of the compilation).

    Source: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11, doi 10.1145/2063384.2063405; tested against its
    published known answers.
    """
    keys = (*key, key[0] ^ key[1] ^ jnp.uint32(PARITY))
    x, y = counter[0] + keys[0], counter[1] + keys[1]
    for block in range(1, 6):
        for turn in ROTATIONS[(block + 1) % 2]:
            x = x + y
            y = ((y << turn) | (y >> (32 - turn))) ^ x
        x, y = x + keys[block % 3], y + keys[(block + 1) % 3] + jnp.uint32(block)
    return x, y


def key_of(key: jax.Array, number: jax.Array | int) -> jax.Array:
    """Return the key of a number under a key: `jax.random.fold_in`, but in one loop where JAX's compiles to ten."""
    parts = jax.random.key_data(key)
    first, second = threefry((parts[0], parts[1]), (jnp.uint32(0), jnp.asarray(number, jnp.uint32)))
    folded: jax.Array = jax.random.wrap_key_data(jnp.where(np.array([True, False]), first, second))
    return folded


def address(name: str) -> int:
    """Return the stable 32-bit address of a named stream."""
    return zlib.crc32(name.encode())


@dataclass(frozen=True)
class Luck:
    """The stream of one owner in one week of one future.

    Two plans that meet the same future ask for the same addresses and get the same numbers (common random numbers);
    a mechanism that adds a draw moves no other draw. With ``noisy`` False, counts and factors are their means.

    ``predrawn`` holds the uniform numbers by address where they were drawn beforehand (`draw_all`); else they are drawn on the spot, and
    are the same. ``requested``, where given, is filled with the shape of every draw by address; nothing is then drawn, every number is
    a half.
    """

    key: jax.Array
    owner: str = ""
    noisy: bool = True
    predrawn: Mapping[str, jax.Array] | None = None
    requested: dict[str, Shape] | None = None

    def of(self, owner: str) -> Luck:
        """Return the stream of another owner in the same week."""
        return replace(self, owner=owner)

    def with_draws(self, wanted: Mapping[str, Shape]) -> Luck:
        """Return the same luck with all that will be wanted of it drawn in one go."""
        return replace(self, predrawn=draw_all(self.key, wanted))

    def uniform(self, name: str, shape: Shape = ()) -> jax.Array:
        """Return uniform numbers strictly inside (0, 1): 23 random bits each, so that neither end is ever reached in float32."""
        place = f"{self.owner}.{name}"
        if self.requested is not None:
            self.requested[place] = shape
            return jnp.full(shape, 0.5)
        if self.predrawn is not None:
            return self.predrawn[place]
        return draw_all(self.key, {place: shape})[place]

    def normal(self, name: str, shape: Shape = ()) -> jax.Array:
        """Return standard normal numbers by inverse distribution: monotone in the uniform, so signs of effects survive pairing."""
        return noise.standard_normal(self.uniform(name, shape))

    def normals(self, addresses: jax.Array) -> jax.Array:
        """Return a standard normal number for each `address` of "owner.name", given as data: that of `normal`, of shape ()."""
        parts = jax.random.key_data(self.key)
        word, _ = threefry((parts[0], parts[1]), (jnp.zeros_like(addresses), addresses))
        return noise.standard_normal(_uniform(word))

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


def _uniform(word: jax.Array) -> jax.Array:
    numbers: jax.Array = ((word >> jnp.uint32(9)).astype(float) + 0.5) * 2.0**-23
    return numbers


def draw_all(key: jax.Array, wanted: Mapping[str, Shape]) -> dict[str, jax.Array]:
    """Return uniform numbers by address, all drawn in one go of the cipher.

    Number ``i`` of the ``n`` of an address is a word of the cipher of (``i`` modulo half of ``n``, address): the first word for the first
    half, the second word for the other. So no address depends on what else is wanted. Every number makes both words and takes one: the
    cipher is then one loop, where two results of it would be forty.
    """
    sizes = [math.prod(shape) for shape in wanted.values()]
    places = np.concatenate([np.zeros(0, np.uint32), *(np.arange(size, dtype=np.uint32) for size in sizes)])
    halves = np.repeat(np.array([max(1, -(-size // 2)) for size in sizes], np.uint32), sizes)
    addresses = np.repeat(np.array([address(place) for place in wanted], np.uint32), sizes)
    parts = jax.random.key_data(key)
    first, second = threefry((parts[0], parts[1]), (jnp.asarray(places % halves), jnp.asarray(addresses)))
    word = jnp.where(jnp.asarray(places < halves), first, second)
    numbers = _uniform(word)
    ends = np.cumsum(sizes)
    return {
        place: numbers[end - size : end].reshape(shape)
        for (place, shape), size, end in zip(wanted.items(), sizes, ends, strict=True)
    }
