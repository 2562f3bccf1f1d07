"""Spreads and memories of violence, and where it stood and was heading at a date, estimated from the months before that date alone.

The estimates behind the priors of `rivalry` and the data of a start. The nation is a level with growth that fades; each state a slow walk
beyond the nation and a part that passes within months; counts are Poisson. Kalman filters by maximum likelihood, one for the nation and
one pooled over states (docs/model/rivalry.md).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.evidence.wars import FEW, MONTHS, Series, recorded, unusable

Floats = NDArray[np.float64]

WEEKS_PER_YEAR = 52.0
WEEKS_PER_MONTH = WEEKS_PER_YEAR / MONTHS
UNKNOWN = 10.0
"""Variance of a log level before any month is seen: nothing is known."""


@dataclass(frozen=True)
class Nation:
    """The nation at a date: ``level`` deaths a year, ``growth`` and its standard deviation a year, in logs.

    ``s_g`` [log/week per root week] and ``tau_g`` [week] are the innovation and the memory of growth; ``s_l`` [log per root week] that of
    the level.
    """

    level: float
    growth: float
    growth_sd: float
    s_g: float
    tau_g: float
    s_l: float


@dataclass(frozen=True)
class States:
    """States beyond the nation at a date: ``level`` [state] log rate beyond the nation's, slow and passing part together.

    ``s_x`` [log per root week] innovation of the slow part; ``s_u`` [log] long-run spread and ``tau_u`` [week] memory of the passing part.
    """

    level: Floats
    s_x: float
    s_u: float
    tau_u: float


@dataclass(frozen=True)
class Estimate:
    """What is known of violence at a date. ``deaths`` [state]: a year, at the level of the date."""

    cut: datetime.date
    nation: Nation
    states: States
    deaths: Floats


def estimate(cut: datetime.date, series: Series | None = None) -> Estimate:
    """Return what the months that had ended at ``cut`` say; the packaged record unless another series is given.

    Raises
    ------
    ValueError
        With fewer than five years of months.
    """
    known = (series or recorded()).before(cut)
    if known.deaths.shape[1] < 5 * MONTHS:
        raise ValueError(f"five years of months are needed before {cut}, {known.deaths.shape[1]} months are there")
    people = known.population[:, -1]
    rate = known.deaths.sum(0) / known.population.sum(0)
    nation = _nation(np.log(rate), 1.0 / known.deaths.sum(0), float(people.sum()))
    # A single month of a small state holds few deaths or none: its noise is that of its usual count.
    usual = np.maximum(_smooth(known.deaths), FEW)
    beyond = np.log(np.maximum(known.deaths, FEW) / known.population) - np.log(rate)
    states = _states(beyond, 1.0 / usual, np.array([state not in unusable() for state in known.states]))
    shares = people * np.exp(states.level)
    return Estimate(cut, nation, states, nation.level * shares / shares.sum())


def _smooth(deaths: Floats) -> Floats:
    """Return the mean of the year around each month."""
    padded = np.pad(deaths, ((0, 0), (MONTHS // 2, MONTHS // 2 - 1)), mode="edge")
    total = np.concatenate([np.zeros((len(deaths), 1)), np.cumsum(padded, axis=1)], axis=1)
    return np.asarray((total[:, MONTHS:] - total[:, :-MONTHS]) / MONTHS)


def _filter(
    seen: Floats, noise: Floats, read: Floats, step: Floats, fresh: Floats, first: Floats
) -> tuple[float, Floats, Floats]:
    """Return the log likelihood, the last state [series, part] and its covariance [series, part, part] of linear state space models.

    ``seen`` [series, month] is ``read`` of the parts, with noise of variance ``noise``; ``step`` [part, part] is a month, ``fresh`` its
    covariance, ``first`` that before any month. The first year trains the filter and does not count.
    """
    state, spread = np.zeros((len(seen), len(read))), np.repeat(first[None], len(seen), axis=0)
    score = 0.0
    for month in range(seen.shape[1]):
        state, spread = state @ step.T, step @ spread @ step.T + fresh
        reach = spread @ read
        variance = reach @ read + noise[:, month]
        surprise = seen[:, month] - state @ read
        gain = reach / variance[:, None]
        state = state + gain * surprise[:, None]
        spread = spread - gain[:, :, None] * reach[:, None, :]
        if month >= MONTHS:
            score -= 0.5 * float((np.log(2.0 * np.pi * variance) + surprise**2 / variance).sum())
    return score, state, spread


def _most_likely(
    filtered: Callable[[Floats], tuple[float, Floats, Floats]], begin: tuple[float, ...], span: float = 2.5
) -> Floats:
    """Return the parameters of largest likelihood within ``span`` of where the search begins."""
    from scipy.optimize import minimize

    def unlikely(x: Floats) -> float:
        return -filtered(x)[0]

    bounds = [(x - span, x + span) for x in begin]
    found = minimize(unlikely, np.array(begin, float), method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, float)


def _nation(seen: Floats, noise: Floats, people: float) -> Nation:
    """Fit the nation: a level that growth moves, growth that fades, and noise beyond counting."""
    read = np.array([1.0, 0.0])

    def parts(x: Floats) -> tuple[Floats, Floats, float]:
        keep, growth, level, extra = _share(x[0]), *np.exp(x[1:])
        return np.array([[1.0, 1.0], [0.0, keep]]), np.diag([level**2, growth**2]), extra

    def filtered(x: Floats) -> tuple[float, Floats, Floats]:
        step, fresh, extra = parts(x)
        first = np.diag([UNKNOWN, fresh[1, 1] / (1.0 - step[1, 1] ** 2)])
        return _filter((seen - seen[0])[None], (noise + extra**2)[None], read, step, fresh, first)

    best = _most_likely(filtered, (_log_odds(0.93), np.log(0.005), np.log(0.02), np.log(0.03)))
    step, fresh, _ = parts(best)
    _, state, spread = filtered(best)
    return Nation(
        level=float(np.exp(state[0, 0] + seen[0]) * people * MONTHS),
        growth=float(state[0, 1] * MONTHS),
        growth_sd=float(np.sqrt(spread[0, 1, 1]) * MONTHS),
        s_g=float(np.sqrt(fresh[1, 1] / WEEKS_PER_MONTH) / WEEKS_PER_MONTH),
        tau_g=_memory(step[1, 1]),
        s_l=float(np.sqrt(fresh[0, 0] / WEEKS_PER_MONTH)),
    )


def _states(seen: Floats, noise: Floats, usable: NDArray[np.bool_]) -> States:
    """Fit usable states together: a slow walk, a part that passes, and noise of a month beyond counting."""
    read = np.array([1.0, 1.0])

    def filtered(x: Floats, those: Any = usable) -> tuple[float, Floats, Floats]:
        keep, slow, passing, extra = _share(x[0]), *np.exp(x[1:])
        fresh = np.diag([slow**2, passing**2 * (1.0 - keep**2)])
        first = np.diag([UNKNOWN, passing**2])
        return _filter(seen[those], noise[those] + extra**2, read, np.diag([1.0, keep]), fresh, first)

    best = _most_likely(filtered, (_log_odds(0.75), np.log(0.08), np.log(0.12), np.log(0.1)))
    keep, slow, passing = _share(best[0]), *np.exp(best[1:3])
    return States(
        level=np.asarray(filtered(best, slice(None))[1].sum(1)),
        s_x=float(slow / np.sqrt(WEEKS_PER_MONTH)),
        s_u=float(passing),
        tau_u=_memory(keep),
    )


def _share(log_odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-log_odds)))


def _log_odds(share: float) -> float:
    return float(np.log(share / (1.0 - share)))


def _memory(keep: float) -> float:
    """Return the time constant in weeks of what keeps this share of itself in a month."""
    return float(-WEEKS_PER_MONTH / np.log(keep))
