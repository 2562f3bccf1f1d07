"""Metrics of robustness: one number a plan from its results over futures, each with resamples of the futures.

Ten metrics that answer different questions about the same results (McPhail and others 2018, doi:10.1002/2017EF000649, compares them). All
are computed on values of which more is better. A resample draws futures with replacement, the same for all plans (Efron 1979,
doi:10.1214/aos/1176344552), so that plans stay paired.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

OPTIMISM = 0.5  # Hurwicz: weight of the best future
WORST = 0.1  # of futures, of which the average is taken
REGRET_QUANTILE = 0.9


@dataclass(frozen=True)
class Metric:
    """A metric: what it asks, where it comes from, and whether a plan does better with more of it.

    ``kind``: ``level`` in the outcome's unit and direction, ``amount`` an amount in its unit without direction, ``share`` of futures.
    """

    id: str
    title: str
    asks: str
    source: str
    more_is_better: bool = True
    kind: str = "level"


METRICS: Mapping[str, Metric] = {
    one.id: one
    for one in (
        Metric("laplace", "average", "how it does on average", "Laplace 1814; all futures count the same"),
        Metric("maximin", "worst future", "how it does at worst", "Wald 1950, Statistical Decision Functions"),
        Metric("maximax", "best future", "how it does at best", "Hurwicz 1951 with full optimism"),
        Metric(
            "hurwicz",
            "half best, half worst",
            "the middle between best and worst",
            "Hurwicz 1951, Cowles Discussion Paper 370",
        ),
        Metric(
            "minimax_regret",
            "largest regret",
            "by how much another plan would have done better, at most",
            "Savage 1951, doi:10.1080/01621459.1951.10500768",
            more_is_better=False,
            kind="amount",
        ),
        Metric(
            "regret_p90",
            "regret, 90th percentile",
            "by how much another plan would have done better in nine futures of ten, at most",
            "Savage 1951; a percentile as in Kasprzyk and others 2013, doi:10.1016/j.envsoft.2012.12.007",
            more_is_better=False,
            kind="amount",
        ),
        Metric(
            "satisficing",
            "share above the threshold",
            "in what share of futures it is good enough",
            "Starr 1962; Simon 1956, doi:10.1037/h0042769",
            kind="share",
        ),
        Metric(
            "mean_variance",
            "average less a standard deviation",
            "how it does on average when spread is a cost",
            "Markowitz 1952, doi:10.1111/j.1540-6261.1952.tb01525.x",
        ),
        Metric(
            "undesirable_deviations",
            "deviations on the bad side",
            "how far bad futures lie from its median, averaged over all futures",
            "Kwakkel, Eker and Pruyt 2016, doi:10.1007/978-3-319-33121-8_10",
            more_is_better=False,
            kind="amount",
        ),
        Metric(
            "worst_tenth",
            "average of the worst tenth",
            "how it does in the worst tenth of futures",
            "Rockafellar and Uryasev 2000, doi:10.21314/JOR.2000.038",
        ),
    )
}


def resamples(futures: int, count: int, seed: int) -> Counts:
    """Return how often each future is in each sample, ``[sample, future]``: the first sample is the futures themselves."""
    random = np.random.default_rng(seed)
    counted = [np.bincount(random.integers(0, futures, futures), minlength=futures) for _ in range(count)]
    return np.stack([np.ones(futures, np.int64), *counted]).astype(np.int32)


def scores(values: Floats, counts: Counts, threshold: float) -> dict[str, Floats]:
    """Return every metric of every plan in every sample, metric -> ``[plan, sample]``.

    Parameters
    ----------
    values : ``[plan, future]``, of which more is better.
    counts : of `resamples`.
    threshold : from which on a future is good enough.

    Examples
    --------
    >>> values = np.array([[0.0, 4.0], [1.0, 2.0]])
    >>> found = scores(values, resamples(2, 0, 1), 1.0)
    >>> found["laplace"].tolist(), found["minimax_regret"].tolist(), found["satisficing"].tolist()
    ([[2.0], [1.5]], [[1.0], [2.0]], [[0.5], [1.0]])
    """
    futures = values.shape[1]
    weights = counts.T / futures
    mean = values @ weights
    centred = values - values.mean(axis=1, keepdims=True)
    variance = np.maximum((centred**2) @ weights - (centred @ weights) ** 2, 0.0)
    regret = values.max(axis=0) - values
    own = [_Ordered(row, counts) for row in values]
    against = [_Ordered(row, counts) for row in regret]
    low, high = (np.stack([one.at(place) for one in own]) for place in (1, futures))
    return {
        "laplace": mean,
        "maximin": low,
        "maximax": high,
        "hurwicz": OPTIMISM * high + (1 - OPTIMISM) * low,
        "minimax_regret": np.stack([one.at(futures) for one in against]),
        "regret_p90": np.stack([one.at(REGRET_QUANTILE * futures) for one in against]),
        "satisficing": (values >= threshold).astype(np.float64) @ weights,
        "mean_variance": mean - np.sqrt(variance),
        "undesirable_deviations": np.stack([one.below(futures / 2) / futures for one in own]),
        "worst_tenth": np.stack(
            [one.at(WORST * futures) - one.below(WORST * futures) / (WORST * futures) for one in own]
        ),
    }


class _Ordered:
    """Values from the lowest, and how many futures of each sample are no higher, ``[sample, future]``."""

    def __init__(self, values: Floats, counts: Counts) -> None:
        order = np.argsort(values, kind="stable")
        self.values = values[order]
        self.no_higher = np.cumsum(np.take(counts, order, axis=1), axis=1, dtype=np.int32)

    def place(self, at_least: float) -> NDArray[np.int64]:
        """Return the place of the first value at which so many futures are no higher, ``[sample]``."""
        wanted = np.int32(np.ceil(at_least - 1e-9))
        return np.array([row.searchsorted(wanted) for row in self.no_higher])

    def at(self, at_least: float) -> Floats:
        """Return that value, ``[sample]``."""
        return np.asarray(self.values[self.place(at_least)])

    def below(self, at_least: float) -> Floats:
        """Return the sum over futures of how far they lie below that value, ``[sample]``."""
        # it is the sum over steps up to the value of (futures below the step) x (height of the step)
        steps = np.diff(self.values)
        return np.array(
            [row[:end] @ steps[:end] for row, end in zip(self.no_higher, self.place(at_least), strict=True)]
        )


def ranks(score: Floats, metric: Metric) -> Floats:
    """Return the rank of every plan in every sample, 1 the best; plans that tie share the better rank. ``[plan, sample]``."""
    oriented = score if metric.more_is_better else -score
    close = 1e-12 * np.maximum(np.abs(oriented).max(axis=0), 1e-300)
    better = oriented[None] > oriented[:, None] + close
    return np.asarray(1.0 + better.sum(axis=1))


def agreement(ranked: Floats) -> float:
    """Return the average over samples of Kendall's correlation (1938) with the ranking of the futures themselves; ties count as half.

    >>> agreement(np.array([[1.0, 1.0, 2.0], [2.0, 2.0, 1.0]]))
    0.0
    """
    first, others = (
        np.sign(ranked[:, None, :1] - ranked[None, :, :1]),
        np.sign(ranked[:, None, 1:] - ranked[None, :, 1:]),
    )
    pairs = first != 0
    if not pairs.any() or not others.size:
        return 1.0
    return float((first * others).sum() / (np.abs(first).sum() * others.shape[2]))
