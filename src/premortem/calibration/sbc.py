"""Simulation-based calibration: futures of the prior are taken as the truth in turn, and looked up in what a fit to them says.

Source: Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv:1804.06788. The fit never sees the futures that it is tried on: they are
left out a fifth at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from premortem.calibration.smoother import fit
from premortem.evidence.calibrated import Ranks

FOLDS = 5
BINS = 10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Looked:
    """Where truths lie: ``rank`` in (0, 1), and ``left``, the share of the prior's standard deviation that the fit leaves [look-up]."""

    truths: int
    rank: Floats
    left: Floats

    def ranks(self, below: float = np.inf) -> Ranks:
        """Return shares and histogram of those whose standard deviation after the fit is below a share of that before."""
        rank = self.rank[self.left < below]
        histogram = np.histogram(rank, BINS, (0.0, 1.0))[0] / max(len(rank), 1)
        return Ranks(
            truths=self.truths,
            ranks=len(rank),
            in50=round(float(((rank > 0.25) & (rank < 0.75)).mean()), 4),
            in90=round(float(((rank > 0.05) & (rank < 0.95)).mean()), 4),
            histogram=tuple(np.round(histogram, 4).tolist()),
        )


def check(inputs: Floats, simulated: Floats) -> Looked:
    """Look up every future as the truth.

    Parameters
    ----------
    inputs : [future, input], what is to be learned: scores, or numbers of the record without its noise.
    simulated : [future, datum], with the noise of recording.

    Returns
    -------
    Ranks in the normal posterior of each input that the fit touches: mean and standard deviation of its members.
    """
    fold = np.arange(len(inputs)) % FOLDS
    ranks, left = [], []
    for number in range(FOLDS):
        others, truths = fold != number, fold == number
        fitted = fit(inputs[others], simulated[others])
        touched = fitted.touched
        # A member moves to x + (y of the truth - y) gain: less the truth's y gain, which all members share, it is x - y gain.
        rest = inputs[:, touched] - simulated @ fitted.gain[:, touched]
        mean, sd = rest[others].mean(axis=0), rest[others].std(axis=0)
        ranks.append(ndtr((rest[truths] - mean) / sd).ravel())
        share = sd / inputs[others][:, touched].std(axis=0)
        left.append(np.broadcast_to(share, (int(truths.sum()), len(share))).ravel())
    return Looked(len(inputs), np.concatenate(ranks), np.concatenate(left))
