"""What inputs say about a number: penalised additive regression, with predictions for futures that a fit has not seen.

Every input enters as a broken line (Friedman 1991, doi:10.1214/aos/1176347963, with fixed knots): itself and what lies beyond four of its
quantiles. A ridge penalty (Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634) is chosen by the error in unseen futures; the
strongest leaves the average alone, so that inputs that say nothing predict nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
SEED = 1
KNOTS = (0.2, 0.4, 0.6, 0.8)  # quantiles of an input
PENALTIES = (
    1e-4,
    1e-3,
    1e-2,
    3e-2,
    0.1,
    0.3,
    1.0,
    3.0,
    10.0,
)  # as multiples of the number of futures; and one without end
MOST_BROKEN = 120  # inputs of a group: with more, each enters as a straight line
MOST_PRODUCTS = 3  # inputs of a group: with no more, products of two enter too

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A regression of several numbers on the same inputs.

    ``seen`` and ``unseen``: predictions ``[number, future]`` of the fit to all futures, and of fits that have not seen the future;
    ``parts``: name -> ``[number, future]``, what each input adds to the average in ``seen``.
    """

    seen: Floats
    unseen: Floats
    parts: Mapping[str, Floats]

    def explained(self, numbers: Floats) -> Floats:
        """Return the share of each number's variance that unseen predictions explain, below zero where they mislead, ``[number]``."""
        spread = numbers.var(axis=1)
        error = ((numbers - self.unseen) ** 2).mean(axis=1)
        return np.asarray(np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), 0.0))


def fit(inputs: Mapping[str, Floats], numbers: Floats) -> Fit:
    """Regress numbers on inputs.

    Parameters
    ----------
    inputs : name -> ``[future]``, none of them constant.
    numbers : ``[number, future]``.
    """
    columns, owners = _columns(inputs)
    level = numbers.mean(axis=1, keepdims=True)  # taken off while squares are summed, for their digits
    numbers = numbers - level
    fold = np.random.default_rng(SEED).permutation(numbers.shape[1]) % FOLDS
    moments = [_Moments.of(columns[fold == one], numbers[:, fold == one]) for one in range(FOLDS)]
    everything = sum(moments[1:], moments[0])
    unseen_by = np.empty((len(PENALTIES) + 1, *numbers.shape))
    for one in range(FOLDS):
        weights, average, middle = (everything - moments[one]).solve()
        flat = (columns[fold == one] - middle) @ weights.transpose(1, 0, 2).reshape(columns.shape[1], -1)
        unseen_by[:, :, fold == one] = average[None, :, None] + flat.T.reshape(len(weights), len(numbers), -1)
    chosen = ((unseen_by - numbers) ** 2).mean(axis=2).argmin(axis=0)  # the penalty, [number]
    rows = np.arange(len(numbers))
    weights, average, middle = everything.solve()
    mine, about = weights[chosen, :, rows], columns - middle  # [number, column], [future, column]
    owned = {name: [i for i, owner in enumerate(owners) if owner == name] for name in inputs}
    parts = {name: np.asarray(mine[:, here] @ about[:, here].T) for name, here in owned.items()}
    return Fit(level + average[:, None] + mine @ about.T, level + unseen_by[chosen, rows], parts)


@dataclass(frozen=True)
class _Moments:
    """Sums over futures from which a fit follows, so that leaving futures out is a subtraction."""

    count: int
    columns: Floats
    numbers: Floats
    squares: Floats
    products: Floats

    @staticmethod
    def of(columns: Floats, numbers: Floats) -> _Moments:
        return _Moments(
            len(columns), columns.sum(axis=0), numbers.sum(axis=1), columns.T @ columns, columns.T @ numbers.T
        )

    def __add__(self, other: _Moments) -> _Moments:
        return self._with(other, 1)

    def __sub__(self, other: _Moments) -> _Moments:
        return self._with(other, -1)

    def _with(self, other: _Moments, side: int) -> _Moments:
        return _Moments(
            self.count + side * other.count,
            self.columns + side * other.columns,
            self.numbers + side * other.numbers,
            self.squares + side * other.squares,
            self.products + side * other.products,
        )

    def solve(self) -> tuple[Floats, Floats, Floats]:
        """Return weights under every penalty ``[penalty, column, number]``, averages ``[number]`` and means of columns ``[column]``."""
        middle, average = self.columns / self.count, self.numbers / self.count
        values, vectors = np.linalg.eigh(self.squares / self.count - np.outer(middle, middle))
        turned = vectors.T @ (self.products / self.count - np.outer(middle, average))
        found = np.zeros((len(PENALTIES) + 1, len(middle), len(average)))
        for i, penalty in enumerate(PENALTIES):
            found[i] = vectors @ (turned / (np.maximum(values, 0.0) + penalty)[:, None])
        return found, average, middle


def _columns(inputs: Mapping[str, Floats]) -> tuple[Floats, list[str]]:
    """Return the columns of the regression, of unit spread, ``[future, column]``, and which input each belongs to."""
    found: list[Floats] = []
    owners: list[str] = []
    lines = {}
    for name, values in inputs.items():
        line = np.clip((values - values.mean()) / values.std(), -5.0, 5.0)
        lines[name] = line
        mine = [line]
        if len(inputs) <= MOST_BROKEN and len(np.unique(values)) > len(KNOTS) + 1:
            mine += [np.maximum(line - knot, 0.0) for knot in np.quantile(line, KNOTS)]
        found += mine
        owners += [name] * len(mine)
    if 1 < len(inputs) <= MOST_PRODUCTS:
        names = list(inputs)
        for i, first in enumerate(names):
            for second in names[:i]:
                found.append(lines[first] * lines[second])
                owners.append("")
    columns = np.stack(found, axis=1)
    spread = columns.std(axis=0)
    return columns / np.where(spread > 0, spread, 1.0), owners
