"""What inputs say about a number: an additive regression, with predictions for futures that a fit has not seen.

Every input enters as a broken line (Friedman 1991, doi:10.1214/aos/1176347963, with fixed knots): itself and what lies beyond some of its
quantiles; of a few inputs, products of two such lines too. The lines are fitted by boosting (Buehlmann and Yu 2003,
doi:10.1198/016214503000125): step by step a part of the line of the one input that tells most of what is left. It stops where the error in
unseen futures is least, which is before the first step where inputs say nothing. So few of many inputs are found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
SEED = 1
KNOTS = (0.2, 0.4, 0.6, 0.8)  # quantiles of an input
FINE_KNOTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MOST_FINE = 8  # inputs of a group: with no more, lines break at the deciles
MOST_BROKEN = 250  # inputs of a group: with more, each enters as a straight line
MOST_PRODUCTS = 4  # inputs of a group: with no more, products of two enter too
PAIR = " x "  # between two inputs
STEPS = 200
PART = 0.3  # of a line, at each step
STIFFNESS = 0.003  # ridge of each line, as a share of the number of futures: breaks only where the data call for them

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


def fit(inputs: Mapping[str, Floats], numbers: Floats, learnt: Sequence[Collection[str]] | None = None) -> Fit:
    """Regress numbers on inputs.

    Parameters
    ----------
    inputs : name -> ``[future]``, none of them constant.
    numbers : ``[number, future]``.
    learnt : the inputs that the fit which leaves out each fold may use; all by default.
    """
    columns, lines = _columns(inputs)
    level = numbers.mean(axis=1, keepdims=True)  # taken off while squares are summed, for their digits
    numbers = numbers - level
    fold = folds(numbers.shape[1])
    moments = [_Moments.of(columns[fold == one], numbers[:, fold == one]) for one in range(FOLDS)]
    everything = sum(moments[1:], moments[0])
    usable = [lines if learnt is None else _of(lines, learnt[one]) for one in range(FOLDS)]
    walks = [(everything - held).walk(some) for held, some in zip(moments, usable, strict=True)]
    errors = sum(held.errors(walk) for held, walk in zip(moments, walks, strict=True))
    chosen = np.asarray(errors).argmin(axis=0)  # the step, [number]
    rows = np.arange(len(numbers))
    unseen = np.empty_like(numbers)
    for one, walk in enumerate(walks):
        weights = walk.weights[chosen, :, rows]  # [number, column]
        unseen[:, fold == one] = walk.average[:, None] + weights @ (columns[fold == one] - walk.middle).T
    last = everything.walk(lines)
    mine, about = last.weights[chosen, :, rows], columns - last.middle
    parts = {name: np.asarray(mine[:, line] @ about[:, line].T) for name, line in lines.items() if name in inputs}
    return Fit(level + last.average[:, None] + mine @ about.T, level + unseen, parts)


def folds(futures: int) -> NDArray[np.int64]:
    """Return the fold of each future, in which it is held back."""
    return np.asarray(np.random.default_rng(SEED).permutation(futures) % FOLDS, np.int64)


def _of(lines: Mapping[str, slice], inputs: Collection[str]) -> dict[str, slice]:
    """Return the lines of some inputs, and of pairs of them."""
    return {name: line for name, line in lines.items() if all(one in inputs for one in name.split(PAIR))}


@dataclass(frozen=True)
class _Walk:
    """Weights at every step of boosting, ``[step, column, number]``, of columns about their ``middle``, beside the ``average``."""

    weights: Floats
    average: Floats
    middle: Floats


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

    def walk(self, lines: Mapping[str, slice]) -> _Walk:
        """Boost: return the weights at every step.

        Parameters
        ----------
        lines : which columns are one line.
        """
        middle, average = self.columns / self.count, self.numbers / self.count
        squares = self.squares / self.count - np.outer(middle, middle)
        left = self.products / self.count - np.outer(middle, average)  # [column, number], what is left to tell
        size, many = max(line.stop - line.start for line in lines.values()), len(lines)
        place = np.full((many, size), len(middle))  # columns of each line; what is beyond its end is no column
        inverse = np.zeros((many, size, size))
        for row, line in enumerate(lines.values()):
            count = line.stop - line.start
            place[row, :count] = np.arange(line.start, line.stop)
            stiff = squares[line, line] + STIFFNESS * np.eye(count)
            inverse[row, :count, :count] = np.linalg.inv(stiff)
        padded = np.zeros((len(middle) + 1, len(middle) + 1))
        padded[:-1, :-1] = squares
        left = np.vstack([left, np.zeros(len(average))])
        weights = np.zeros((STEPS + 1, len(middle) + 1, len(average)))
        rows = np.arange(len(average))
        for step in range(1, STEPS + 1):
            here = left[place]  # [line, column of it, number]
            moves = inverse @ here
            best = (here * moves).sum(axis=1).argmax(axis=0)  # the line that tells most, [number]
            move, columns = PART * moves[best, :, rows], place[best]  # [number, column of it]
            weights[step] = weights[step - 1]
            np.add.at(weights[step], (columns, rows[:, None]), move)
            left = left - np.einsum("nkc,nk->cn", padded[columns], move)
        return _Walk(weights[:, :-1], average, middle)

    def errors(self, walk: _Walk) -> Floats:
        """Return the sum of squared errors of a walk over these futures, ``[step, number]``, but for a part that no step changes."""
        shift = self.columns - self.count * walk.middle
        products = self.products - np.outer(walk.middle, self.numbers) - np.outer(shift, walk.average)
        squares = (
            self.squares
            - np.outer(self.columns, walk.middle)
            - np.outer(walk.middle, self.columns)
            + self.count * np.outer(walk.middle, walk.middle)
        )
        flat = walk.weights.transpose(1, 0, 2).reshape(len(squares), -1)
        within = (flat * (squares @ flat)).sum(axis=0).reshape(len(walk.weights), -1)
        return np.asarray(within - 2 * np.einsum("scn,cn->sn", walk.weights, products))


def _columns(inputs: Mapping[str, Floats]) -> tuple[Floats, dict[str, slice]]:
    """Return the columns of the regression, of unit spread, ``[future, column]``, and which of them are the line of an input or pair."""
    found: list[Floats] = []
    lines: dict[str, slice] = {}
    broken: dict[str, list[Floats]] = {}
    knots = FINE_KNOTS if len(inputs) <= MOST_FINE else KNOTS

    def add(name: str, columns: list[Floats]) -> None:
        spread = [column.std() for column in columns]
        kept = [column / size for column, size in zip(columns, spread, strict=True) if size > 0]
        lines[name] = slice(len(found), len(found) + len(kept))
        found.extend(kept)

    for name, values in inputs.items():
        line = np.clip((values - values.mean()) / values.std(), -5.0, 5.0)
        many = len(inputs) <= MOST_BROKEN and len(np.unique(values)) > len(knots) + 1
        add(name, [line, *(np.maximum(line - knot, 0.0) for knot in np.quantile(line, knots) if many)])
        broken[name] = [line, *(np.maximum(line - knot, 0.0) for knot in np.quantile(line, KNOTS) if many)]
    if len(inputs) <= MOST_PRODUCTS:
        for first, second in combinations(inputs, 2):
            add(f"{first}{PAIR}{second}", [a * b for a in broken[first] for b in broken[second]])
    return np.stack(found, axis=1), lines
