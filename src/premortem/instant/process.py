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
STEPS = 40  # of the search for parameters
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
        for number, (weight, length, word) in enumerate(zip(self.weights, self.lengths, self.words, strict=True)):
            x, y = a[:, None, number], b[None, :, number]
            if word:
                like = (x == y).astype(np.float64)
            else:
                far = np.sqrt(5.0) / length * np.abs(x - y)
                like = (1 + far + far**2 / 3) * np.exp(-far)
            found *= (1 + weight * like) / (1 + weight)
        return found


@dataclass(frozen=True)
class Process:
    """A kernel at the points that were ``seen``, each in one of the ``parts`` of a design."""

    kernel: Kernel
    seen: Floats
    parts: NDArray[np.int64]

    @cached_property
    def _factor(self) -> Any:
        return cho_factor(_among(self.kernel, self.seen, self.parts))

    def weights(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the weights of the points seen [n, seen], with which every target is predicted, and the share of variance left [n]."""
        cross = self.kernel.between(at, self.seen)
        solved = cho_solve(self._factor, cross.T)
        return solved.T, np.clip(1 - (cross * solved.T).sum(axis=1), 0.0, 1.0)


def _among(kernel: Kernel, points: Floats, parts: NDArray[np.int64]) -> Floats:
    """Return the covariances of results [n, n], with luck, leaning and noise."""
    together = parts[:, None] == parts
    found: Floats = kernel.between(points, points) * (1 + kernel.leaning * together) + kernel.luck * together
    found[np.diag_indices_from(found)] += kernel.noise + JITTER
    return found


def fit(points: Floats, parts: NDArray[np.int64], targets: Floats, words: NDArray[np.bool]) -> Process:
    """Return the process whose parameters make the targets [point, target], each of mean 0 and spread 1, most likely."""
    inputs = points.shape[1]
    start = np.log(np.concatenate([np.full(inputs, 0.3), np.ones(inputs), [0.05, 0.05, 0.1]]))
    limits = [(LEAST_WEIGHT, MOST_WEIGHT)] * inputs + [(SHORTEST, LONGEST)] * inputs + [(LEAST_NOISE, MOST_NOISE)] * 3

    def kernel(logs: Floats) -> Kernel:
        found = np.exp(logs)
        return Kernel(found[:inputs], found[inputs : 2 * inputs], words, *map(float, found[2 * inputs :]))

    def surprise(logs: Floats) -> float:
        """Return minus the mean log likelihood, with each target's scale at its best."""
        factor = cho_factor(_among(kernel(logs), points, parts), lower=True)
        scales = (targets * cho_solve(factor, targets)).mean(axis=0)
        return float(np.log(np.diag(factor[0])).mean() + 0.5 * np.log(np.maximum(scales, 1e-12)).mean())

    bounds = [(np.log(low), np.log(high)) for low, high in limits]
    found = minimize(surprise, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    return Process(kernel(found.x), points, parts)
