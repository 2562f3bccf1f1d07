"""Probability distributions, typed and drawn by inverse distribution.

Every scalar distribution is drawn from one uniform number by its quantile function, mixtures too, so that a draw moves
in one direction with its uniform: paired futures stay paired and space-filling designs keep their meaning.
A Dirichlet vector takes one uniform for each component.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

WEIGHT_TOLERANCE = 0.002
"""How far the weights of a mixture may be from a sum of 1; they are rescaled."""

# Standard normal scores at which a quantile function is averaged to give a mean (trapezoid rule; the tails beyond weigh under 1e-15).
_SCORES = np.linspace(-8.0, 8.0, 3201)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


@dataclass(frozen=True)
class Distribution(ABC):
    """A probability distribution: scalar, or a vector with ``event_shape`` ``(k,)``."""

    @property
    def event_shape(self) -> tuple[int, ...]:
        """Shape of one draw: ``()`` for a scalar."""
        return ()

    def quantile(self, u: ArrayLike) -> Floats:
        """Return the draw that belongs to uniform numbers ``u`` in [0, 1]; a vector takes them along the last axis."""
        with np.errstate(over="ignore"):  # infinity is no number of a prior: `evidence check` says so
            return np.asarray(self._quantile(np.asarray(u, dtype=np.float64)), dtype=np.float64)

    def cdf(self, x: ArrayLike) -> Floats:
        """Return the probability of a draw of at most ``x`` (scalar distributions)."""
        return np.asarray(self._cdf(np.asarray(x, dtype=np.float64)), dtype=np.float64)

    def mean(self) -> Floats:
        """Return the expectation."""
        return np.asarray(self._mean(), dtype=np.float64)

    def median(self) -> Floats:
        """Return the median, of each component alone for a vector."""
        return self._marginal(0.5)

    def interval(self, share: float = 0.9) -> tuple[Floats, Floats]:
        """Return the quantiles that leave equal shares outside (5 % and 95 % by default), of each component alone for a vector."""
        return self._marginal((1 - share) / 2), self._marginal((1 + share) / 2)

    @abstractmethod
    def _quantile(self, u: Floats) -> Any: ...

    @abstractmethod
    def _cdf(self, x: Floats) -> Any: ...

    def _mean(self) -> Any:
        weight = np.exp(-(_SCORES**2) / 2)
        return np.sum(weight * self.quantile(special.ndtr(_SCORES))) / np.sum(weight)

    def _marginal(self, u: float) -> Floats:
        return self.quantile(u)

    @property
    def continuous(self) -> bool:
        """Whether no single value has a probability of its own."""
        return True

    def __str__(self) -> str:
        values = [getattr(self, field.name) for field in dataclasses.fields(self)]
        return f"{type(self).__name__.lower()}({','.join(str(v) if isinstance(v, Distribution) else repr(v) for v in values)})"


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal with mean and standard deviation."""

    centre: float
    sd: float

    def __post_init__(self) -> None:
        _require(self.sd > 0, "the standard deviation must be above 0")

    def _quantile(self, u: Floats) -> Any:
        return self.centre + self.sd * special.ndtri(u)

    def _cdf(self, x: Floats) -> Any:
        return special.ndtr((x - self.centre) / self.sd)


@dataclass(frozen=True)
class Lognormal(Distribution):
    """Lognormal with median and standard deviation of the natural logarithm."""

    middle: float
    sd_log: float

    def __post_init__(self) -> None:
        _require(self.middle > 0, "the median must be above 0")
        _require(self.sd_log > 0, "the standard deviation of the logarithm must be above 0")

    def _quantile(self, u: Floats) -> Any:
        return self.middle * np.exp(self.sd_log * special.ndtri(u))

    def _cdf(self, x: Floats) -> Any:
        with np.errstate(divide="ignore"):
            return special.ndtr(np.log(np.maximum(x, 0) / self.middle) / self.sd_log)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform between two ends."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require(self.low < self.high, "the low end must be below the high end")

    def _quantile(self, u: Floats) -> Any:
        return self.low + (self.high - self.low) * u

    def _cdf(self, x: Floats) -> Any:
        return np.clip((x - self.low) / (self.high - self.low), 0, 1)


@dataclass(frozen=True)
class Loguniform(Distribution):
    """Uniform in the logarithm between two positive ends."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require(0 < self.low < self.high, "needs 0 < low < high")

    def _quantile(self, u: Floats) -> Any:
        return self.low * np.exp(math.log(self.high / self.low) * u)

    def _cdf(self, x: Floats) -> Any:
        return np.log(np.clip(x, self.low, self.high) / self.low) / math.log(self.high / self.low)


@dataclass(frozen=True)
class Beta(Distribution):
    """Beta on [0, 1]."""

    a: float
    b: float

    def __post_init__(self) -> None:
        _require(min(self.a, self.b) > 0, "both parameters must be above 0")

    def _quantile(self, u: Floats) -> Any:
        return special.betaincinv(self.a, self.b, u)

    def _cdf(self, x: Floats) -> Any:
        return special.betainc(self.a, self.b, np.clip(x, 0, 1))


@dataclass(frozen=True)
class Gamma(Distribution):
    """Gamma with shape and rate: the mean is shape / rate."""

    shape: float
    rate: float

    def __post_init__(self) -> None:
        _require(min(self.shape, self.rate) > 0, "shape and rate must be above 0")

    def _quantile(self, u: Floats) -> Any:
        return special.gammaincinv(self.shape, u) / self.rate

    def _cdf(self, x: Floats) -> Any:
        return special.gammainc(self.shape, self.rate * np.maximum(x, 0))


@dataclass(frozen=True)
class Triangular(Distribution):
    """Triangular between two ends, with its mode."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _require(
            self.low <= self.mode <= self.high and self.low < self.high, "needs low <= mode <= high and low < high"
        )

    def _quantile(self, u: Floats) -> Any:
        width = self.high - self.low
        rising = self.low + np.sqrt(u * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1 - u) * width * (self.high - self.mode))
        return np.where(u <= (self.mode - self.low) / width, rising, falling)

    def _cdf(self, x: Floats) -> Any:
        x = np.clip(x, self.low, self.high)
        width = self.high - self.low
        rising = (x - self.low) ** 2 / (width * (self.mode - self.low) or 1.0)
        falling = 1 - (self.high - x) ** 2 / (width * (self.high - self.mode) or 1.0)
        return np.where(x < self.mode, rising, falling)


@dataclass(frozen=True)
class Point(Distribution):
    """A known constant."""

    x: float

    def _quantile(self, u: Floats) -> Any:
        return np.full(np.shape(u), self.x)

    def _cdf(self, x: Floats) -> Any:
        return x >= self.x

    def _mean(self) -> Any:
        return self.x

    @property
    def continuous(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Dirichlet(Distribution):
    """Shares that sum to 1."""

    a: tuple[float, ...]

    def __post_init__(self) -> None:
        _require(len(self.a) > 1 and min(self.a) > 0, "needs two or more numbers above 0")

    @property
    def event_shape(self) -> tuple[int, ...]:
        """One number for each component."""
        return (len(self.a),)

    def _quantile(self, u: Floats) -> Any:
        amounts = special.gammaincinv(np.asarray(self.a), u)
        return amounts / np.sum(amounts, axis=-1, keepdims=True)

    def _cdf(self, x: Floats) -> Any:
        raise TypeError("a vector distribution has no single distribution function")

    def _mean(self) -> Any:
        return np.asarray(self.a) / sum(self.a)

    def _marginal(self, u: float) -> Floats:
        a = np.asarray(self.a)
        return np.asarray(special.betaincinv(a, a.sum() - a, u), dtype=np.float64)

    def __str__(self) -> str:
        return f"dirichlet([{','.join(map(repr, self.a))}])"


def _scalar(*parts: Distribution) -> None:
    _require(not any(part.event_shape for part in parts), "works with scalar priors only")


@dataclass(frozen=True)
class Mixture(Distribution):
    """One of several scalar distributions, each with its weight."""

    weights: tuple[float, ...]
    parts: tuple[Distribution, ...]

    def __post_init__(self) -> None:
        _scalar(*self.parts)
        _require(len(self.parts) > 1, "needs two or more parts")
        _require(min(self.weights) > 0, "weights must be above 0")
        _require(abs(sum(self.weights) - 1) <= WEIGHT_TOLERANCE, "weights must sum to 1")

    @cached_property
    def _shares(self) -> list[float]:
        return [weight / sum(self.weights) for weight in self.weights]

    def _quantile(self, u: Floats) -> Any:
        # The answer lies between the parts' own quantiles; bisect there until the bracket no longer shrinks.
        ends = np.stack([part.quantile(u) for part in self.parts])
        low, high = ends.min(axis=0), ends.max(axis=0)
        high = np.where(self.cdf(low) >= u, low, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            while True:
                middle = low + (high - low) / 2
                inside = (low < middle) & (middle < high)
                if not inside.any():
                    return high
                enough = self._cdf(middle) >= u
                high = np.where(inside & enough, middle, high)
                low = np.where(inside & ~enough, middle, low)

    def _cdf(self, x: Floats) -> Any:
        return sum(share * part._cdf(x) for share, part in zip(self._shares, self.parts, strict=True))

    def _mean(self) -> Any:
        return sum(share * part.mean() for share, part in zip(self._shares, self.parts, strict=True))

    @property
    def continuous(self) -> bool:
        """Whether all parts are."""
        return all(part.continuous for part in self.parts)

    def __str__(self) -> str:
        pairs = zip(self.weights, self.parts, strict=True)
        return f"mixture({','.join(f'{weight!r}:{part}' for weight, part in pairs)})"


@dataclass(frozen=True)
class Truncated(Distribution):
    """A continuous scalar distribution, cut at both ends and rescaled."""

    inner: Distribution
    low: float
    high: float

    def __post_init__(self) -> None:
        _scalar(self.inner)
        _require(self.low < self.high, "the low end must be below the high end")
        _require(self.inner.continuous, "cannot cut a prior that has point masses")
        _require(
            bool(self.inner.cdf(self.low) < self.inner.cdf(self.high)), "nothing of the prior lies between the ends"
        )

    def _quantile(self, u: Floats) -> Any:
        below, upto = self.inner.cdf(self.low), self.inner.cdf(self.high)
        return np.clip(self.inner.quantile(below + u * (upto - below)), self.low, self.high)

    def _cdf(self, x: Floats) -> Any:
        below, upto = self.inner.cdf(self.low), self.inner.cdf(self.high)
        return (self.inner.cdf(np.clip(x, self.low, self.high)) - below) / (upto - below)


@dataclass(frozen=True)
class Affine(Distribution):
    """``shift + scale * x`` of a scalar distribution."""

    inner: Distribution
    shift: float
    scale: float

    def __post_init__(self) -> None:
        _scalar(self.inner)
        _require(self.scale != 0, "the factor must not be 0")
        _require(self.scale > 0 or self.inner.continuous, "cannot turn round a prior that has point masses")

    def _quantile(self, u: Floats) -> Any:
        return self.shift + self.scale * self.inner.quantile(u if self.scale > 0 else 1 - u)

    def _cdf(self, x: Floats) -> Any:
        below = self.inner.cdf((x - self.shift) / self.scale)
        return below if self.scale > 0 else 1 - below

    def _mean(self) -> Any:
        return self.shift + self.scale * self.inner.mean()

    @property
    def continuous(self) -> bool:
        """Whether the inner one is."""
        return self.inner.continuous


@dataclass(frozen=True)
class Inverse(Distribution):
    """``1 / x`` of a positive continuous scalar distribution."""

    inner: Distribution

    def __post_init__(self) -> None:
        _scalar(self.inner)
        _require(
            self.inner.continuous and bool(self.inner.quantile(0.0) >= 0),
            "needs a continuous prior of positive numbers",
        )

    def _quantile(self, u: Floats) -> Any:
        with np.errstate(divide="ignore"):
            return 1 / self.inner.quantile(1 - u)

    def _cdf(self, x: Floats) -> Any:
        with np.errstate(divide="ignore"):
            return 1 - self.inner.cdf(1 / np.maximum(x, 0))
