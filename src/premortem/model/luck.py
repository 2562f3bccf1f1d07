"""Addressed randomness: every draw has an address (seed, future, week, name), so nobody's luck depends on anybody else's draws."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from premortem.model import noise

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
        return self.through(lambda u: u, [(self.owner, name)], shape)[0]

    def through(
        self,
        draw: Callable[..., jax.Array],
        names: Sequence[tuple[str, str]],
        shape: tuple[int, ...],
        *arguments: Sequence[jax.Array],
    ) -> list[jax.Array]:
        """Return ``draw(*arguments, u)`` for several (owner, name) streams ``u`` of one shape, one result a stream.

        ``arguments`` are sequences with one array a stream. Streams are drawn one after the other, in a loop of at least two turns: XLA
        fuses a cipher that is written out into everything that uses its numbers, and would compute it again for each.
        """
        size = math.prod(shape)
        parts = 2 if len(names) == 1 else 1
        width = -(-size // parts)
        addresses = np.repeat(np.array([address(f"{owner}.{name}") for owner, name in names], np.uint32), parts)
        offsets = np.tile(np.arange(parts, dtype=np.uint32) * np.uint32(width), len(names))
        rows = [_rows(jnp.stack([x.ravel() for x in argument]), parts, width) for argument in arguments]
        key = jax.random.key_data(self.key)

        def one(row: tuple[jax.Array, ...]) -> jax.Array:
            where, offset, *arrays = row
            element = offset + jnp.arange(width, dtype=jnp.uint32)
            bits, _ = threefry((key[0], key[1]), (element, jnp.broadcast_to(where, element.shape)))
            return draw(*arrays, ((bits >> jnp.uint32(9)).astype(float) + 0.5) * 2.0**-23)

        drawn = jax.lax.map(one, (jnp.asarray(addresses), jnp.asarray(offsets), *rows))
        whole = drawn.reshape(len(names), parts * width)[:, :size]
        return [stream.reshape(shape) for stream in whole]

    def normal(self, name: str, shape: tuple[int, ...] = ()) -> jax.Array:
        """Return standard normal numbers by inverse distribution: monotone in the uniform, so signs of effects survive pairing."""
        return self.through(noise.standard_normal, [(self.owner, name)], shape)[0]

    def poisson(self, name: str, mean: jax.Array) -> jax.Array:
        """Return counts with the given means."""
        if not self.noisy:
            return mean
        return self.through(noise.poisson, [(self.owner, name)], mean.shape, [mean])[0]

    def happens(self, name: str, chance: jax.Array) -> jax.Array:
        """Return 1 where an event of this chance happens, else 0; without noise the chance itself."""
        return (self.uniform(name, chance.shape) < chance).astype(chance.dtype) if self.noisy else chance

    def factor(self, name: str, log_sd: jax.Array) -> jax.Array:
        """Return log-normal factors of mean 1."""
        if not self.noisy:
            return jnp.ones_like(log_sd)
        return jnp.exp(log_sd * self.normal(name, log_sd.shape) - log_sd**2 / 2.0)


def _rows(arrays: jax.Array, parts: int, width: int) -> jax.Array:
    """Return arrays ``[stream, size]`` cut into ``parts`` rows of ``width`` each, the last filled up with zeros."""
    streams, size = arrays.shape
    return jnp.pad(arrays, ((0, 0), (0, parts * width - size))).reshape(streams * parts, width)
