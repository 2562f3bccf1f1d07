"""The naive rivals of a forecast: pure functions of what was counted before, giving samples.

All take ``past`` [place, time] (in order, none missing), how far ``ahead`` [step] of its end each step ends, a ``Span`` and a generator,
and return samples [place, step, sample]. Time is counted in months, or in years for what is counted once a year. Steps of a year over a
past of months are sums of twelve, and so is what they are made from. Nothing else is seen.

Sources: ViEWS prediction challenge 2023/24 (conflictology, last value with Poisson), Hyndman and Athanasopoulos (drift, exponential
smoothing); docs/hindcast.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from premortem.evidence.months import PER_YEAR

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW = 0.5
"""Added before a logarithm is taken."""
WEIGHTS = np.linspace(0.05, 1.0, 20)
"""Of the newest value in exponential smoothing; the best of them is taken, place by place."""


@dataclass(frozen=True)
class Span:
    """A step is ``long`` times, some values are ``recent``, the year comes ``round`` after some times, a ``trend`` is taken over some."""

    long: int
    recent: int
    round: int = PER_YEAR
    trend: int = 5 * PER_YEAR

    def sums(self, past: Floats) -> Floats:
        """Return the sums over a step up to each time from the first for which there is one, [place, time]."""
        summed = np.concatenate([np.zeros((len(past), 1)), past.cumsum(axis=1)], axis=1)
        sums: Floats = summed[:, self.long :] - summed[:, : -self.long]
        return sums

    def apart(self, past: Floats) -> Floats:
        """Return sums over steps that do not overlap, up to the newest, oldest first, [place, step]."""
        return self.sums(past)[:, :: -self.long][:, ::-1]

    def latest(self, past: Floats) -> Floats:
        """Return the recent values, [place, step]."""
        return self.apart(past)[:, -self.recent :]


MONTH, YEAR, ANNUAL = Span(1, 12), Span(PER_YEAR, 3), Span(1, 3, round=1, trend=5)

Baseline = Callable[[Floats, Ints, Span, np.random.Generator, int], Floats]


def last_value(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return counts about the newest value."""
    newest = span.sums(past)[:, -1]
    return luck.poisson(newest[:, None, None], (len(past), len(ahead), samples)).astype(np.float64)


def innovations(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return the newest value moved by changes over as long a time as happened before, in any place."""
    newest = np.log(span.sums(past)[:, -1] + FEW)
    moved = [luck.choice(_changes(past, int(times), span), (len(past), samples)) for times in ahead]
    return _counts(newest[:, None, None] + np.stack(moved, axis=1))


def conflictology(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return the recent values, drawn again."""
    recent = span.latest(past)
    chosen = luck.integers(0, recent.shape[1], (len(past), len(ahead) * samples))
    return np.take_along_axis(recent, chosen, axis=1).reshape(len(past), len(ahead), samples)


def negative_binomial(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return counts with the mean and the variance of the recent values; Poisson where they vary less than counts do."""
    recent = span.latest(past)
    mean = recent.mean(axis=1)
    excess = np.maximum(recent.var(axis=1, ddof=1) - mean, 0.0)
    shape = np.divide(mean**2, excess, out=np.full_like(mean, np.inf), where=excess > 0)
    rate = np.broadcast_to(mean[:, None, None], (len(past), len(ahead), samples)).copy()
    wide = np.isfinite(shape) & (mean > 0)
    if wide.any():
        k = shape[wide][:, None, None]
        rate[wide] = luck.gamma(k, size=rate[wide].shape) * mean[wide][:, None, None] / k
    return luck.poisson(rate).astype(np.float64)


def drift(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return the newest value carried along its place's mean change of five years, with changes about their mean as in `innovations`."""
    logs = np.log(span.sums(past) + FEW)
    back = min(span.trend, logs.shape[1] - 1)
    slope = (logs[:, -1] - logs[:, -1 - back]) / back
    parts = []
    for times in ahead:
        changes = _changes(past, int(times), span)
        parts.append(slope[:, None] * times + luck.choice(changes - changes.mean(), (len(past), samples)))
    return _counts(logs[:, -1][:, None, None] + np.stack(parts, axis=1))


def smoothing(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return simple exponential smoothing of logarithms (ETS A,N,N) with its own normal errors, place by place.

    The weight is the one of `WEIGHTS` with the least squared error one step ahead; the variance ``h`` steps ahead is
    ``s^2 (1 + (h - 1) w^2)``.
    """
    logs = np.log(span.apart(past) + FEW)
    level = np.repeat(logs[:, :1], len(WEIGHTS), axis=1)
    squared, newest = np.zeros_like(level), level
    for value in logs.T[1:]:
        error = value[:, None] - level
        squared += error**2
        level = newest = level + WEIGHTS * error
    best = squared.argmin(axis=1)
    place = np.arange(len(past))
    weight = WEIGHTS[best][:, None]
    steps = np.maximum(ahead / span.long, 1.0)[None, :]
    spread = np.sqrt(squared[place, best] / max(logs.shape[1] - 1, 1))[:, None] * np.sqrt(1 + (steps - 1) * weight**2)
    luck_of = luck.standard_normal((len(past), len(ahead), samples))
    return _counts(newest[place, best][:, None, None] + spread[:, :, None] * luck_of)


def climatology(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return what was counted at the same time of the year, in any year of the past."""
    sums = span.sums(past)
    parts = []
    for times in ahead:
        same = sums[:, (sums.shape[1] - 1 + int(times)) % span.round :: span.round]
        parts.append(same[:, luck.integers(0, same.shape[1], samples)])
    return np.stack(parts, axis=1)


POOLED = ("negative_binomial", "ets", "last_value")
"""Members of the pool, in the order in which they take turns."""


def pool(past: Floats, ahead: Ints, span: Span, luck: np.random.Generator, samples: int) -> Floats:
    """Return equal parts of the forecasts of `POOLED`."""
    return joined([BASELINES[name](past, ahead, span, luck, samples) for name in POOLED])


def joined(members: Sequence[Floats]) -> Floats:
    """Return equal parts of forecasts, [..., sample] each: the samples of one after the other, over and over."""
    turn = np.arange(members[0].shape[-1]) % len(members)
    return np.choose(turn, members)


BASELINES: Mapping[str, Baseline] = {
    "last_value": last_value,
    "last_value_innovations": innovations,
    "conflictology": conflictology,
    "negative_binomial": negative_binomial,
    "drift": drift,
    "ets": smoothing,
    "climatology": climatology,
    "pool": pool,
}


def _changes(past: Floats, times: int, span: Span) -> Floats:
    """Return changes of logarithms over some times in any place; where the past is too short, those over less, widened.

    A third of the past, and two times at least, are left to begin from: of one change alone there would be no spread.
    """
    logs = np.log(span.sums(past) + FEW)
    known = logs.shape[1]
    lag = min(times, max(min(known * 2 // 3, known - 2), 1))
    return np.asarray((logs[:, lag:] - logs[:, :-lag]).ravel() * np.sqrt(times / lag))


def _counts(logs: Floats) -> Floats:
    return np.maximum(np.exp(logs) - FEW, 0.0)
