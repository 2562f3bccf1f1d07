"""Draws of parameters for many futures, addressed by seed, parameter and future.

A draw depends on nothing else: not on the other parameters, not on how futures are cut into chunks, not on their order.
Each element of a vector parameter has a stream of its own, so a theatre with more regions keeps the draws of the first ones.
"""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from premortem.errors import InputError, Problem
from premortem.evidence.distributions import Floats
from premortem.evidence.parameters import Parameter

WORDS_PER_BLOCK = 4  # of the Philox 4x64 generator
LARGEST_GAP = 4096  # futures that nobody asked for are generated rather than jumped over, up to so many in a row


def draw(
    parameters: Mapping[str, Parameter],
    seed: int,
    futures: Sequence[int] | NDArray[np.int64],
    sizes: Mapping[str, int],
    uniforms: Mapping[str, ArrayLike] | None = None,
    at_median: bool = False,
) -> dict[str, Floats]:
    """Return one float64 array ``[future, *axes]`` for each parameter that has a prior.

    Parameters
    ----------
    parameters
        By id; derived ones are left out of the result.
    seed
        From 0 to 2**64 - 1.
    futures
        Numbers of the futures, from 0.
    sizes
        Length of every axis label that the theatre decides, such as ``org``.
    uniforms
        By parameter id, numbers in (0, 1) of a design (Latin hypercube, Sobol), broadcast to ``[future, *axes]``;
        parameters without an entry draw their own.
    at_median
        Put every parameter that has no entry in ``uniforms`` at its median instead.

    Raises
    ------
    InputError
        For a bad seed, future, size or design.
    """
    uniforms = uniforms or {}
    indices = np.asarray(futures, dtype=np.int64).reshape(-1)
    _check(parameters, seed, indices, uniforms)
    addresses = _Addresses.of(indices)
    result = {}
    for ident, parameter in parameters.items():
        if parameter.derived:
            continue
        shape = (len(indices), *_lengths(parameter, sizes))
        if ident in uniforms:
            u = _design(ident, uniforms[ident], shape)
        elif at_median:
            u = np.full(shape, 0.5)
        else:
            u = _uniform(seed, parameter.stream, addresses, math.prod(shape[1:])).reshape(shape)
        result[ident] = np.ascontiguousarray(parameter.distribution.quantile(u), dtype=np.float64)
    return result


def uniform(seed: int, name: str, futures: NDArray[np.int64], elements: int = 1) -> Floats:
    """Return addressed uniform numbers ``[future, element]`` strictly between 0 and 1; ``name[n]`` is element n of ``name``."""
    return _uniform(seed, name, _Addresses.of(futures), elements)


def uniforms(
    parameters: Mapping[str, Parameter], seed: int, futures: Sequence[int] | NDArray[np.int64], sizes: Mapping[str, int]
) -> dict[str, Floats]:
    """Return the numbers in (0, 1), ``[future, *axes]``, that `draw` takes the quantiles at, by parameter.

    Raises
    ------
    InputError
        For a bad seed, future or size.
    """
    indices = np.asarray(futures, dtype=np.int64).reshape(-1)
    _check(parameters, seed, indices, {})
    addresses, result = _Addresses.of(indices), {}
    for ident, parameter in parameters.items():
        if not parameter.derived:
            shape = (len(indices), *_lengths(parameter, sizes))
            result[ident] = _uniform(seed, parameter.stream, addresses, math.prod(shape[1:])).reshape(shape)
    return result


@dataclasses.dataclass(frozen=True)
class _Addresses:
    """Where the words of some futures lie in any stream: found once for all parameters.

    ``blocks``: for each run of futures its first block, how many words to generate from there, and which of them are wanted.
    ``back``: [future] which wanted word each future gets.
    """

    blocks: tuple[tuple[int, int, NDArray[np.int64]], ...]
    back: NDArray[np.int64]

    @classmethod
    def of(cls, futures: NDArray[np.int64]) -> _Addresses:
        wanted, back = np.unique(futures, return_inverse=True)
        blocks = []
        for start, stop in _runs(wanted):
            block = int(wanted[start]) // WORDS_PER_BLOCK
            inside = wanted[start:stop] - block * WORDS_PER_BLOCK
            blocks.append((block, int(inside[-1]) + 1, inside))
        return cls(tuple(blocks), back)


def _uniform(seed: int, name: str, addresses: _Addresses, elements: int) -> Floats:
    head, _, entry = name.removesuffix("]").partition("[")
    stream, first = zlib.crc32(head.encode()), int(entry or 0)
    generator = np.random.Philox(0)
    state: Any = generator.state  # set anew for each stream: a new generator takes ten times as long
    words = [np.empty((elements, 0), np.uint64)]
    for block, count, inside in addresses.blocks:
        raw = np.empty((elements, count), np.uint64)
        state["state"]["counter"] = np.array([block, 0, 0, 0], np.uint64)
        for element in range(elements):
            state["state"]["key"] = np.array([seed, stream | (first + element) << 32], np.uint64)
            generator.state = state
            raw[element] = generator.random_raw(count)
        words.append(raw[:, inside])
    bits = np.concatenate(words, axis=1)[:, addresses.back].T >> np.uint64(11)
    return np.asarray((bits + 0.5) * 2.0**-53, np.float64)


def _runs(numbers: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield the bounds of the runs of sorted ``numbers`` that are worth generating in one go."""
    cuts = np.flatnonzero(np.diff(numbers) > LARGEST_GAP) + 1
    bounds = [0, *cuts.tolist(), len(numbers)]
    return ((start, stop) for start, stop in pairwise(bounds) if start < stop)


def _lengths(parameter: Parameter, sizes: Mapping[str, int]) -> tuple[int, ...]:
    missing = [axis.label for axis in parameter.axes if axis.length is None and axis.label not in sizes]
    if missing:
        known = ", ".join(sorted(sizes)) or "none"
        raise InputError(Problem("size", f"{parameter.id} needs the length of {', '.join(missing)}", allowed=known))
    return tuple(axis.length if axis.length is not None else sizes[axis.label] for axis in parameter.axes)


def _design(ident: str, given: ArrayLike, shape: tuple[int, ...]) -> Floats:
    try:
        u = np.broadcast_to(np.asarray(given, dtype=np.float64), shape)
    except ValueError as error:
        raise InputError(
            Problem("design", f"{ident}: the design does not fit {shape}", found=str(np.shape(given)))
        ) from error
    if not ((u > 0) & (u < 1)).all():
        raise InputError(Problem("design", f"{ident}: a design holds numbers strictly between 0 and 1"))
    return u


def _check(
    parameters: Mapping[str, Parameter], seed: int, futures: NDArray[np.int64], uniforms: Mapping[str, ArrayLike]
) -> None:
    if not 0 <= seed < 2**64:
        raise InputError(Problem("seed", "a seed is a whole number from 0 to 2**64 - 1", found=str(seed)))
    if len(futures) and futures.min() < 0:
        raise InputError(Problem("future", "futures are numbered from 0", found=str(futures.min())))
    for ident in uniforms:
        if ident not in parameters:
            raise InputError(Problem("design", f"the design names {ident}, which is not among the parameters"))
