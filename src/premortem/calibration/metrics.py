"""Scores of samples against what came: by `scoringrules`, checked against closed forms in the tests. Lower is better for the first four."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import scoringrules
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGES = np.array([0.5, 2.5, 5.5, 10.5, 25.5, 50.5, 100.5, 250.5, 500.5, 1000.5])
"""Between the bins of counts in which ignorance is measured: those of the ViEWS prediction challenge 2023/24."""
METRICS = ("crps", "log_crps", "ignorance", "mis90", "in50", "in90", "pit", "width90")


def score(samples: Floats, observed: Floats) -> Mapping[str, Floats]:
    """Return every metric, case by case.

    Parameters
    ----------
    samples : [case, sample], not less than 0.
    observed : [case].

    Returns
    -------
    ``crps`` in the unit of the samples, without the bias of few samples; ``log_crps`` of log(1 + value); ``ignorance`` in bits of bins of
    counts, one more sample in each bin; ``mis90`` the interval score at 90 %; ``in50``, ``in90`` 1 if inside the central range; ``pit`` the
    share of samples below, half of those equal; ``width90`` of the range.
    """
    low90, low50, high50, high90 = np.quantile(samples, [0.05, 0.25, 0.75, 0.95], axis=1)
    below = (samples < observed[:, None]).mean(axis=1)
    equal = (samples == observed[:, None]).mean(axis=1)
    return {
        "crps": _crps(samples, observed),
        "log_crps": _crps(np.log1p(samples), np.log1p(observed)),
        "ignorance": ignorance(samples, observed),
        "mis90": np.reshape(scoringrules.interval_score(observed, low90, high90, 0.1), observed.shape),
        "in50": ((low50 <= observed) & (observed <= high50)).astype(np.float64),
        "in90": ((low90 <= observed) & (observed <= high90)).astype(np.float64),
        "pit": below + equal / 2,
        "width90": high90 - low90,
    }


def ignorance(samples: Floats, observed: Floats) -> Floats:
    """Return minus the binary logarithm of the share of samples, and one more in each bin, that lie in the bin of what came."""
    there = np.searchsorted(EDGES, observed)
    hits = (np.searchsorted(EDGES, samples) == there[:, None]).sum(axis=1)
    share = (hits + 1) / (samples.shape[1] + len(EDGES) + 1)
    return np.asarray(-np.log2(share))


def _crps(samples: Floats, observed: Floats) -> Floats:
    return np.reshape(scoringrules.crps_ensemble(observed, samples, estimator="pwm"), observed.shape)
