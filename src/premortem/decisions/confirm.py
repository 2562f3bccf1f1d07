"""Plans that a search found, tried again in futures that it has not seen: whether they still beat the plan that was given.

The best of many tries looks better than it is, because it was chosen in the futures in which it is judged. How much is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.decisions.frame import MOST_FAILED
from premortem.decisions.metrics import resamples
from premortem.decisions.saying import Z90, share_interval
from premortem.decisions.search import Looked, Scale
from premortem.evidence.outcomes import OutcomeInfo

RESAMPLES = 2000
CHANCE = 0.05  # that one of all that are confirmed dominates by luck alone
GIVEN = 1
"""Place of the given plan among those simulated together; the baseline is the first."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """A plan against the given one: differences ``[future, objective]``, and whether it dominates."""

    differences: Floats
    in_resamples: float
    holds: bool
    in_futures: tuple[float, float, float]

    @property
    def means(self) -> Floats:
        """Average differences ``[objective]``."""
        return np.asarray(self.differences.mean(axis=0))

    @property
    def halves(self) -> Floats:
        """Half the widths of their 90 % intervals ``[objective]``."""
        return np.asarray(Z90 * self.differences.std(axis=0, ddof=1) / np.sqrt(len(self.differences)))


@dataclass(frozen=True)
class Found:
    """A plan that was tried again: its number among the tries, and what came out.

    ``cost``: its average in the fresh futures of the full length, million USD a year; None where no budget was asked for.
    """

    id: str
    number: int
    search: Compared
    same_length: Compared
    full: Compared
    cost: float | None
    dominates: bool


def compare(values: Mapping[str, Floats], scale: Scale, place: int) -> Compared | None:
    """Compare a plan with the given one in the futures that finished under both and the baseline; nothing where more than 5 % failed.

    Parameters
    ----------
    values : outcome -> ``[plan, future]``: the baseline, the given plan, then others.
    """
    cube = np.stack([values[info.id] for info in scale.infos], axis=-1)  # [plan, future, objective]
    fine = np.asarray(np.isfinite(cube[[0, GIVEN, place]]).all(axis=(0, 2)))
    if (~fine).mean() > MOST_FAILED:
        return None
    differences = (cube[place] - cube[GIVEN])[fine]
    counts = resamples(len(differences), RESAMPLES, 1)
    gains = -scale.scores(differences)  # in differences that matter, more is better
    means = counts @ gains / len(gains)  # [sample, objective]
    held = beats(means)
    return Compared(differences, float(held[1:].mean()), bool(held[0]), share_interval(beats(gains)))


def sure(plans: int) -> float:
    """Return in what share of resamples one of so many plans must dominate to be said to."""
    return 1 - CHANCE / max(plans, 1)


def beats(gains: Floats) -> NDArray[np.bool_]:
    """Return where gains ``[..., objective]`` are nowhere a loss that matters and somewhere a gain that does."""
    return np.asarray((gains >= -1).all(axis=-1) & (gains > 1).any(axis=-1))


def chosen(looked: Looked, given: Floats, most: int) -> list[int]:
    """Return which tries to confirm: those that looked better than the given plan, best on each objective in turn, then the nearest to it.

    Parameters
    ----------
    given : its scores ``[objective]``.
    """
    gains = given - looked.tries.scores[looked.archive]
    better = np.flatnonzero(beats(gains))
    nearest = np.argsort(-gains.min(axis=1), kind="stable") if len(gains) else np.zeros(0, np.int64)
    ranked = [better[np.argsort(-gains[better, one], kind="stable")] for one in range(gains.shape[1])]
    safest = better[np.argsort(-gains[better].min(axis=1), kind="stable")]
    turns = [place for row in zip(safest, *ranked, strict=True) for place in row]
    return [int(looked.archive[place]) for place in list(dict.fromkeys([*turns, *nearest]))[:most]]


def optimism(
    plans: Sequence[Found], infos: Sequence[OutcomeInfo], scales: Mapping[str, Scale]
) -> dict[str, dict[str, float]]:
    """Return by how much plans looked better in the futures of the search than in fresh ones of the same length.

    In differences that matter, averaged over the plans that were tried again: ``search`` and ``fresh`` are the gains over the given plan.
    """
    if not plans:
        return {}
    search = -scales["search"].scores(np.stack([one.search.means for one in plans])).mean(axis=0)
    fresh = -scales["same_length"].scores(np.stack([one.same_length.means for one in plans])).mean(axis=0)
    return {
        info.id: {"search": float(a), "fresh": float(b), "excess": float(a - b)}
        for info, a, b in zip(infos, search, fresh, strict=True)
    }
