"""A one-step ensemble smoother with local analysis: what simulated futures and a record say about uncertain inputs.

Each input sees only the data it is significantly tied to over the futures, with those data's own covariance; an input that is tied to none
keeps its bits. In scores (standard normal numbers) of the inputs' priors, so that the regression is of one normal number on others.

Sources: van Leeuwen and Evensen 1996, Monthly Weather Review 124, 2898 (the smoother); Emerick and Reynolds 2013,
doi:10.1016/j.cageo.2012.03.011 (data with their noise); Luo and Bhakta 2020, Journal of Petroleum Science and Engineering 184, 106559
(what is seen is decided by correlation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SIGNIFICANT = 4.0
"""A correlation over n futures counts if it is at least so many times 1 / sqrt(n): among 50,000 by chance three reach that."""


@dataclass(frozen=True)
class Fitted:
    """How inputs follow from data.

    ``gain`` [datum, input] is what an input moves for a unit of a datum; ``tied`` [datum, input] which data it sees; ``correlation``
    [datum, input].
    """

    gain: Floats
    tied: NDArray[np.bool_]
    correlation: Floats

    @property
    def touched(self) -> NDArray[np.bool_]:
        """Which inputs [input] are tied to any datum."""
        return np.asarray(self.tied.any(axis=0))

    def move(self, inputs: Floats, simulated: Floats, observed: Floats) -> Floats:
        """Return inputs [future, input] as the observed data [datum] leave them; those that are tied to nothing, bit for bit as they are.

        ``simulated`` [future, datum] holds the noise of observing.
        """
        used, moved = self.tied.any(axis=1), inputs.copy()
        moved[:, self.touched] += (observed - simulated)[:, used] @ self.gain[used][:, self.touched]
        return moved


def fit(inputs: Floats, simulated: Floats, significant: float = SIGNIFICANT) -> Fitted:
    """Return how inputs [future, input] follow from simulated data [future, datum], the noise of observing included.

    A datum whose noise is infinite in any future says nothing and is left out.
    """
    n = len(inputs)
    known = np.isfinite(simulated).all(axis=0)
    x, y = inputs - inputs.mean(axis=0), np.where(known, simulated, 0.0)
    y = y - y.mean(axis=0)
    spread = np.outer(y.std(axis=0), x.std(axis=0)) * n
    correlation = np.divide(y.T @ x, spread, out=np.zeros_like(spread), where=spread > 0)
    tied = np.abs(correlation) >= significant / np.sqrt(n)
    gain = np.zeros_like(correlation)
    for j in np.flatnonzero(tied.any(axis=0)):
        seen = tied[:, j]
        gain[seen, j] = np.linalg.lstsq(y[:, seen], x[:, j], rcond=None)[0]
    return Fitted(gain, tied, correlation)
