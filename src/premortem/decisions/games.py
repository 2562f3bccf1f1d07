"""Games of two sides with opposite interests: the value of a matrix game, and double oracle for games whose choices are not all listed.

The row side pays, the column side is paid. Double oracle (McMahan, Gordon and Blum 2003) solves the game of the choices listed so far,
asks each side for its best answer to the other's mixture, lists these, and goes on. Against any column the rows' mixture pays at most the
best answer to it, against any row the columns' mixture gets at least the best answer to it: what lies between is how far either mixture
can be exploited, and a bound on its distance from the value of the game wherever the answers are best.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from premortem.errors import InputError, Problem

NOTHING = 1e-9
"""Weight below which a choice is not in a mixture."""

Floats = NDArray[np.float64]
R = TypeVar("R")
C = TypeVar("C")


def solve(payoffs: Floats) -> tuple[Floats, Floats, float]:
    """Return an equilibrium of a matrix game (von Neumann 1928), by linear programs: the rows' mixture, the columns' mixture, the value.

    Parameters
    ----------
    payoffs : ``[row, column]``, what the row side pays.

    Raises
    ------
    InputError : the matrix is empty or holds what is no number.

    >>> rows, columns, value = solve(np.array([[1.0, -1.0], [-1.0, 1.0]]))
    >>> rows.tolist(), columns.tolist(), value
    ([0.5, 0.5], [0.5, 0.5], 0.0)
    """
    payoffs = np.asarray(payoffs, np.float64)
    if payoffs.ndim != 2 or not payoffs.size or not np.isfinite(payoffs).all():
        raise InputError(
            Problem("game", "a matrix game needs a number for each pair of choices", found=str(payoffs.shape))
        )
    # linear programs are solved on the same scale whatever the unit
    low, span = float(payoffs.min()), float(np.ptp(payoffs)) or 1.0
    scaled = (payoffs - low) / span
    rows = _least_paid(scaled.T)
    columns = _least_paid(1.0 - scaled)
    return rows, columns, float(rows @ payoffs @ columns)


def _least_paid(payoffs: Floats) -> Floats:
    """Return the mixture of the side that chooses the second index and pays the least against the worst of the first."""
    against, own = payoffs.shape
    found = linprog(
        np.r_[np.zeros(own), 1.0],
        A_ub=np.c_[payoffs, -np.ones(against)],
        b_ub=np.zeros(against),
        A_eq=np.r_[np.ones(own), 0.0][None],
        b_eq=[1.0],
        bounds=[(0.0, None)] * own + [(None, None)],
        method="highs",
    )
    weights = np.asarray(found.x, np.float64)[:-1]
    mixture = np.where(weights < NOTHING, 0.0, weights)
    return np.asarray(mixture / mixture.sum())


@dataclass(frozen=True)
class Step:
    """One round: how many choices are listed, their value, and what each side gets at best against the other's mixture.

    The value of the whole game lies between ``low`` and ``high`` where the answers found are best.
    """

    rows: int
    columns: int
    value: float
    low: float
    high: float

    @property
    def gap(self) -> float:
        """How far the two mixtures can be exploited, both together."""
        return self.high - self.low


@dataclass(frozen=True)
class Played(Generic[R, C]):
    """An approximate equilibrium: the choices listed, a mixture of each side, ``[row, column]`` payoffs, and a step a round."""

    rows: tuple[R, ...]
    columns: tuple[C, ...]
    row_mixture: Floats
    column_mixture: Floats
    payoffs: Floats
    steps: tuple[Step, ...]


def double_oracle(
    rows: Sequence[R],
    columns: Sequence[C],
    payoffs: Callable[[Sequence[R], Sequence[C]], Floats],
    best_row: Callable[[Sequence[C], Floats], R],
    best_column: Callable[[Sequence[R], Floats], C],
    *,
    tolerance: float,
    rounds: int,
) -> Played[R, C]:
    """Play until neither side gains more than the tolerance by its best answer, finds nothing new, or the rounds are used up.

    Parameters
    ----------
    rows, columns : the choices to begin with, one of each at least.
    payoffs : what rows pay to columns, ``[row, column]``.
    best_row, best_column : the best answer of a side to a mixture of the other's choices.
    tolerance : in the unit of the payoffs, at least 0.
    rounds : at least 1.
    """
    listed_rows, listed_columns, steps = list(rows), list(columns), list[Step]()
    while True:
        matrix = payoffs(listed_rows, listed_columns)
        row_mixture, column_mixture, value = solve(matrix)
        row, column = best_row(listed_columns, column_mixture), best_column(listed_rows, row_mixture)
        # the answers found may be worse than what is listed already, where a search is no proof
        low = min(float((matrix @ column_mixture).min()), float((payoffs([row], listed_columns) @ column_mixture)[0]))
        high = max(float((row_mixture @ matrix).max()), float((row_mixture @ payoffs(listed_rows, [column]))[0]))
        steps.append(Step(len(listed_rows), len(listed_columns), value, low, high))
        new_row, new_column = row not in listed_rows, column not in listed_columns
        if steps[-1].gap <= tolerance or len(steps) >= rounds or not (new_row or new_column):
            break
        listed_rows += [row] * new_row
        listed_columns += [column] * new_column
    return Played(tuple(listed_rows), tuple(listed_columns), row_mixture, column_mixture, matrix, tuple(steps))
