"""A Gaussian process over a box of numbers and words, whose parameters some targets share.

Kernel: a product over the inputs of one plus a weight times the likeness in that input alone (Matern 5/2 for a number; for a word, whether
it is the same). Multiplied out it is a constant, what each input does by itself, what pairs do together, and so on, each with a weight: so
what one input does is learnt from all points, not only from those where the others stand the same (analysis of variance kernels: Stitson
and others, in Advances in Kernel Methods, 1999). Beside it noise, and what results of one part of a design share, whose futures
are the same: luck, and a leaning, by which those futures answer the inputs otherwise than the futures of other parts do. Rasmussen and
Williams, Gaussian Processes for Machine Learning, 2006, chapters 2 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

Floats = NDArray[np.float64]

JITTER = 1e-8
STEPS = 200  # of the search for parameters, at most
LEAST_WEIGHT, MOST_WEIGHT = 1e-4, 100.0
SHORTEST, LONGEST = 0.1, 30.0  # lengths, in widths of the box
LEAST_NOISE, MOST_NOISE = 1e-4, 5.0  # and luck and leaning, as shares of the variance


@dataclass(frozen=True)
class Kernel:
    """Its parameters.

    ``weights`` [input]; ``lengths`` [input] of the numbers (of a word: not used); variances of ``luck``, ``leaning`` and ``noise``, as
    shares of the variance of a point, which is 1.
    """

    weights: Floats
    lengths: Floats
    words: NDArray[np.bool]
    luck: float
    leaning: float
    noise: float

    def between(self, a: Floats, b: Floats) -> Floats:
        """Return the covariances of points [n, input] and [m, input]: [n, m]."""
        found = np.ones((len(a), len(b)))
        for number, weight in enumerate(self.weights):
            found *= (1 + weight * self.likeness(number, a, b)) / (1 + weight)
        return found

    def likeness(self, number: int, a: Floats, b: Floats) -> Floats:
        """Return how alike points are in one input [n, m]: 1 where it is the same."""
        if self.words[number]:
            return np.asarray(a[:, None, number] == b[None, :, number], np.float64)
        far = self.distance(number, a, b)
        found: Floats = (1 + far + far**2 / 3) * np.exp(-far)
        return found

    def distance(self, number: int, a: Floats, b: Floats) -> Floats:
        """Return how far apart points are in an input that is a number [n, m], in its length."""
        found: Floats = np.sqrt(5.0) / self.lengths[number] * np.abs(a[:, None, number] - b[None, :, number])
        return found


@dataclass(frozen=True)
class Process:
    """A kernel at the points that were ``seen``, each in one of the ``parts`` of a design."""

    kernel: Kernel
    seen: Floats
    parts: NDArray[np.int64]

    @cached_property
    def _factor(self) -> Any:
        return cho_factor(_among(self.kernel, self.kernel.between(self.seen, self.seen), self.parts))

    def weights(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the weights of the points seen [n, seen], with which every target is predicted, and the share of variance left [n]."""
        cross = self.kernel.between(at, self.seen)
        solved = cho_solve(self._factor, cross.T)
        return solved.T, np.clip(1 - (cross * solved.T).sum(axis=1), 0.0, 1.0)


def _among(kernel: Kernel, between: Floats, parts: NDArray[np.int64]) -> Floats:
    """Return the covariances of results [n, n], with luck, leaning and noise, from those of their points."""
    together = parts[:, None] == parts
    found: Floats = between * (1 + kernel.leaning * together) + kernel.luck * together
    found[np.diag_indices_from(found)] += kernel.noise + JITTER
    return found


def fit(points: Floats, parts: NDArray[np.int64], targets: Floats, words: NDArray[np.bool]) -> Process:
    """Return the process whose parameters make the targets [point, target], each of mean 0 and spread 1, most likely."""
    inputs = points.shape[1]
    start = np.log(np.concatenate([np.full(inputs, 0.3), np.ones(inputs), [0.05, 0.05, 0.1]]))
    limits = [(LEAST_WEIGHT, MOST_WEIGHT)] * inputs + [(SHORTEST, LONGEST)] * inputs + [(LEAST_NOISE, MOST_NOISE)] * 3
    bounds = [(np.log(low), np.log(high)) for low, high in limits]
    given = (points, parts, targets, words)
    found = minimize(surprise, start, given, method="L-BFGS-B", jac=True, bounds=bounds, options={"maxiter": STEPS})
    return Process(_kernel(found.x, words), points, parts)


def _kernel(logs: Floats, words: NDArray[np.bool]) -> Kernel:
    """Return the kernel whose parameters have these logarithms: weights, lengths, luck, leaning, noise."""
    found, inputs = np.exp(logs), len(words)
    return Kernel(found[:inputs], found[inputs : 2 * inputs], words, *map(float, found[2 * inputs :]))


def surprise(
    logs: Floats, points: Floats, parts: NDArray[np.int64], targets: Floats, words: NDArray[np.bool]
) -> tuple[float, Floats]:
    """Return minus the mean log likelihood of targets [point, target], each with its scale at its best, and its gradient by ``logs``.

    ``logs``: logarithms of the parameters. Rasmussen and Williams, equation 5.9.
    """
    kernel, together = _kernel(logs, words), parts[:, None] == parts
    between = kernel.between(points, points)
    factor = cho_factor(_among(kernel, between, parts), lower=True)
    solved = cho_solve(factor, targets)
    scales = np.maximum((targets * solved).mean(axis=0), 1e-12)
    value = np.log(np.diag(factor[0])).mean() + 0.5 * np.log(scales).mean()
    inverse = cho_solve(factor, np.eye(len(points)))
    pull = (inverse - (solved / scales) @ solved.T / targets.shape[1]) / (2 * len(points))  # by each covariance
    slope = pull * between * (1 + kernel.leaning * together)
    weights, lengths = np.zeros(len(words)), np.zeros(len(words))
    for number, weight in enumerate(kernel.weights):
        like = kernel.likeness(number, points, points)
        weights[number] = weight * (slope * (like / (1 + weight * like) - 1 / (1 + weight))).sum()
        if not words[number]:
            far = kernel.distance(number, points, points)
            lengths[number] = weight * (slope * far**2 * (1 + far) * np.exp(-far) / 3 / (1 + weight * like)).sum()
    luck = kernel.luck * (pull * together).sum()
    leaning = kernel.leaning * (pull * between * together).sum()
    return float(value), np.concatenate([weights, lengths, [luck, leaning, kernel.noise * np.trace(pull)]])
