"""A Gaussian process over a box of numbers and words, whose parameters all targets share.

Kernel: Matern 5/2 with a length for each number, times exp(-theta) for each word that differs, plus linear in the numbers, plus a constant;
beside it noise, and luck that results of one part of a design share. Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006,
chapters 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

Floats = NDArray[np.float64]

JITTER = 1e-8
STEPS = 40  # of the search for parameters
SHORTEST, LONGEST = 0.1, 30.0  # lengths, in widths of the box
LEAST_NOISE = 1e-4


@dataclass(frozen=True)
class Kernel:
    """Its parameters.

    ``lengths`` of the numbers (of a word: its theta), weights of the ``linear`` and ``constant`` part, variances of ``luck`` and ``noise``.
    """

    lengths: Floats
    words: NDArray[np.bool]
    linear: float
    constant: float
    luck: float
    noise: float

    def between(self, a: Floats, b: Floats) -> Floats:
        """Return the covariances of points [n, input] and [m, input]: [n, m]."""
        numbers, words = ~self.words, self.words
        gaps = (a[:, None, numbers] - b[None, :, numbers]) / self.lengths[numbers]
        far = np.sqrt(5.0) * np.sqrt((gaps**2).sum(axis=2) + 1e-12)
        smooth = (1 + far + far**2 / 3) * np.exp(-far)
        differ = (a[:, None, words] != b[None, :, words]) * self.lengths[words]
        line = (a[:, numbers] - 0.5) @ (b[:, numbers] - 0.5).T
        found: Floats = smooth * np.exp(-differ.sum(axis=2)) + self.linear * line + self.constant
        return found

    def own(self, a: Floats) -> Floats:
        """Return the variance at points [n]."""
        middle = a[:, ~self.words] - 0.5
        found: Floats = 1.0 + self.linear * (middle**2).sum(axis=1) + self.constant
        return found


@dataclass(frozen=True)
class Process:
    """A kernel at the points that were ``seen``, each in one of the ``parts`` of a design."""

    kernel: Kernel
    seen: Floats
    parts: NDArray[np.int64]

    def weights(self, at: Floats) -> tuple[Floats, Floats]:
        """Return the weights of the points seen [n, seen], with which every target is predicted, and the share of variance left [n]."""
        covariance = _among(self.kernel, self.seen, self.parts)
        cross = self.kernel.between(at, self.seen)
        solved = cho_solve(cho_factor(covariance), cross.T)
        own = self.kernel.own(at)
        return solved.T, np.clip(1 - (cross * solved.T).sum(axis=1) / own, 0.0, 1.0)


def _among(kernel: Kernel, points: Floats, parts: NDArray[np.int64]) -> Floats:
    """Return the covariances of results [n, n], with luck and noise."""
    found: Floats = kernel.between(points, points) + kernel.luck * (parts[:, None] == parts)
    found[np.diag_indices_from(found)] += kernel.noise + JITTER
    return found


def fit(points: Floats, parts: NDArray[np.int64], targets: Floats, words: NDArray[np.bool]) -> Process:
    """Return the process whose parameters make the targets [point, target], each of mean 0 and spread 1, most likely."""
    inputs = points.shape[1]
    start = np.log(np.concatenate([np.where(words, 0.5, 1.0), [0.3, 0.3, 0.05, 0.1]]))
    bounds = [(np.log(0.02), np.log(5.0)) if word else (np.log(SHORTEST), np.log(LONGEST)) for word in words]
    bounds += [
        (np.log(1e-4), np.log(10.0)),
        (np.log(1e-3), np.log(10.0)),
        (np.log(1e-5), np.log(5.0)),
        (np.log(LEAST_NOISE), np.log(5.0)),
    ]

    def kernel(logs: Floats) -> Kernel:
        parts = np.exp(logs)
        return Kernel(parts[:inputs], words, *map(float, parts[inputs:]))

    def surprise(logs: Floats) -> float:
        """Return minus the mean log likelihood, with each target's scale at its best."""
        factor = cho_factor(_among(kernel(logs), points, parts), lower=True)
        scales = (targets * cho_solve(factor, targets)).mean(axis=0)
        return float(np.log(np.diag(factor[0])).mean() + 0.5 * np.log(np.maximum(scales, 1e-12)).mean())

    found = minimize(surprise, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": STEPS})
    return Process(kernel(found.x), points, parts)
