"""Designs: which futures a study looks at. A future is a row of a design; all plans meet the same rows.

What holds when a study grows, by construction:

================  ==================================================================================================
monte_carlo       every parameter of every future has an address of its own: futures or uncertainties more move nothing
latin_hypercube   every parameter has a stream of its own: uncertainties more move nothing; another number of futures moves all
twins             every parameter has a stream of its own: futures and uncertainties more move nothing
sobol, saltelli,  one sequence over all uncertainties: another number of futures or of uncertainties moves all
morris
================  ==================================================================================================

Plans more never move anything, under any design. Luck, the parameters that are vectors, and what plans leave open are addressed by the
``luck`` number of the row. It is the row's own number, except where a design compares rows with each other: there, rows that differ in
one uncertainty share it, so that their difference is that uncertainty's effect and not luck. Twins are the other way round: two rows with
the same uncertainties and each its own luck, so that their difference is luck and not knowledge.

A ``saltelli`` design over groups exchanges whole groups between two futures, by their addresses: the parameters of a group, whatever their
axes, what plans leave open, and the luck of events, each a group of its own. So luck is told from knowledge, and nothing is left out.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem
from premortem.study.recipes import Rows

Kind = Literal["monte_carlo", "latin_hypercube", "sobol", "saltelli", "morris", "twins"]

MORRIS_LEVELS = 4
MORRIS_RANGE = (0.05, 0.95)  # quantiles between which a Morris path moves: its end levels would be infinite at 0 and 1
EDGE = 2.0**-53
SALIB: dict[Kind, str] = {"saltelli": "sobol", "morris": "morris"}
"""Modules of SALib that make designs."""

LEFT_OPEN, LUCK, REST = "left open", "luck", "the rest"
"""Groups of every design over groups: what plans leave open, luck; and parameters in no group that is named."""

Floats = NDArray[np.float64]
Groups = tuple[tuple[str, tuple[str, ...]], ...]
"""Name of a group -> ids of its parameters."""


@dataclasses.dataclass(frozen=True)
class Design:
    """A design over some uncertain parameters.

    Attributes
    ----------
    base : the number a person asks for: futures, base samples (saltelli, 2 (n + 1) rows), paths (morris, n + 1 rows), pairs (twins).
    names : ids of the scalar parameters that the design spreads, in the order of its columns; unused by monte_carlo.
    addresses : of their luck, in the same order, where these are not their ids.
    groups : of a saltelli design over groups, which has no columns: n + 2 rows for each base sample, A, A with one group of B for each, B.
    """

    kind: Kind
    base: int
    names: tuple[str, ...]
    seed: int
    addresses: tuple[str, ...] = ()
    groups: Groups = ()

    @property
    def compared(self) -> tuple[str, ...]:
        """What a saltelli design compares: uncertainties, or groups."""
        return tuple(name for name, _ in self.groups) or self.names

    @property
    def block(self) -> int:
        """Rows that belong together."""
        if self.groups:
            return len(self.groups) + 2
        return {"saltelli": 2 * len(self.names) + 2, "morris": len(self.names) + 1, "twins": 2}.get(self.kind, 1)

    @property
    def futures(self) -> int:
        """Number of rows."""
        return self.base * self.block

    def require_possible(self) -> None:
        """Check, before anything is computed, that there is such a design.

        Raises
        ------
        InputError : it does not exist at this size, has nothing to spread, or its library is not installed.
        """
        if self.kind == "monte_carlo":
            return
        if self.groups:
            _salib(SALIB[self.kind])
            return
        if not self.names:
            raise InputError(Problem("design", f"{self.kind} needs at least one uncertainty that is one number"))
        if self.kind in {"sobol", "saltelli"}:
            _require_power_of_two(self)
        if self.kind in SALIB:
            _salib(SALIB[self.kind])

    def address(self, group: str, rows: Rows) -> Rows:
        """Return the number that addresses, in each row, what belongs to a group; without groups the row's luck."""
        if not self.groups:
            return self.luck(rows)
        sample, member = np.divmod(rows, self.block)
        own = 1 + self.compared.index(group)
        return np.asarray(2 * sample + ((member == own) | (member == self.block - 1)), np.int64)

    def luck(self, rows: Rows) -> Rows:
        """Return the number that addresses each row's luck."""
        if self.groups:
            return self.address(LUCK, rows)
        group, member = np.divmod(rows, self.block)
        if self.kind == "twins":
            return rows
        if self.kind == "saltelli":
            # A, then A with one column of B for each, then B with one column of A for each, then B
            return 2 * group + (member > len(self.names))
        return group

    def uniforms(self, rows: Rows) -> dict[str, Floats]:
        """Return, for each parameter that the design spreads, numbers in (0, 1), ``[row]``.

        Raises
        ------
        InputError : the design does not exist at this size, or its library is not installed.
        """
        if self.kind == "monte_carlo" or self.groups:
            return {}
        table = _table(self)[rows]
        return {name: table[:, column] for column, name in enumerate(self.names)}


@lru_cache(maxsize=2)
def _table(design: Design) -> Floats:
    """Return the whole design, ``[row, parameter]``."""
    design.require_possible()
    makers: dict[Kind, Callable[[Design], Floats]] = {
        "latin_hypercube": _latin_hypercube,
        "sobol": _sobol,
        "saltelli": _saltelli,
        "morris": _morris,
        "twins": _twins,
    }
    table: Floats = makers[design.kind](design)
    table = np.clip(table, EDGE, 1 - EDGE)
    table.flags.writeable = False
    return table


def _latin_hypercube(design: Design) -> Floats:
    """McKay, Beckman and Conover 1979, doi:10.1080/00401706.1979.10489755: one point in each of n equal strata, in random order."""
    count = design.base
    columns = np.empty((count, len(design.names)))
    for column, name in enumerate(design.addresses or design.names):
        random = np.random.Generator(np.random.Philox(key=[design.seed, zlib.crc32(name.encode())]))
        columns[:, column] = (random.permutation(count) + random.random(count)) / count
    return columns


def _twins(design: Design) -> Floats:
    """Independent draws, each of which two futures share that differ in luck."""
    columns = np.empty((design.base, len(design.names)))
    for column, name in enumerate(design.addresses or design.names):
        random = np.random.Generator(np.random.Philox(key=[design.seed, zlib.crc32(name.encode())]))
        columns[:, column] = random.random(design.base)
    return np.repeat(columns, 2, axis=0)


def _sobol(design: Design) -> Floats:
    """Scrambled Sobol sequence (Owen 1998, doi:10.1006/jcom.1998.0487)."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(design.names), scramble=True, rng=design.seed)
    return np.asarray(sequence.random(design.base), np.float64)


def _saltelli(design: Design) -> Floats:
    """Saltelli 2002, doi:10.1016/S0010-4655(02)00280-1, with second-order columns: 2 (n + 1) rows for each base sample."""
    sample = _salib(SALIB["saltelli"]).sample(
        _problem(design, 0.0, 1.0), design.base, calc_second_order=True, seed=design.seed
    )
    return np.asarray(sample, np.float64)


def _morris(design: Design) -> Floats:
    """Morris 1991, doi:10.1080/00401706.1991.10484804: paths that move one uncertainty at a time."""
    sample = _salib(SALIB["morris"]).sample(
        _problem(design, *MORRIS_RANGE), design.base, MORRIS_LEVELS, seed=design.seed
    )
    return np.asarray(sample, np.float64)


def _problem(design: Design, low: float, high: float) -> dict[str, object]:
    names = list(design.names)
    return {"num_vars": len(names), "names": names, "bounds": [[low, high]] * len(names)}


def _salib(method: str) -> Any:
    try:
        return import_module(f"SALib.sample.{method}")
    except ImportError:
        raise InputError(
            Problem("missing_library", "this design needs SALib; install it with: pip install 'premortem[sensitivity]'")
        ) from None


def _require_power_of_two(design: Design) -> None:
    if design.base & (design.base - 1):
        below = 1 << (design.base.bit_length() - 1)
        raise InputError(
            Problem(
                "design",
                f"{design.kind} is balanced only at powers of two",
                found=f"futures = {design.base}",
                allowed=f"{below} or {2 * below}",
            )
        )
