"""Fitting what the runs show, and measuring how far off it is on variants that it has not seen.

Quantiles are coded so that they stay in order and small bands count as much as wide ones: the median as asinh(median / c), the rest as
logarithms of distances (`Codes`). Codes over time are reduced to components outcome by outcome; one Gaussian process predicts them all.
The errors quoted are those of the variants held out, as shares of the 90 % band of each; what a run of as many futures would itself be off
by chance stands beside them, by resampling its futures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from premortem.instant import futures, process
from premortem.instant.futures import Futures
from premortem.instant.observed import QUANTILES, Observed
from premortem.instant.process import Process

Floats = NDArray[np.float64]

MEDIAN = QUANTILES.index(0.5)
SCALE, FLOOR = (
    0.3,
    0.02,
)  # of an outcome's typical band at a step: where asinh turns from linear to logarithmic; what is added to distances
LEAST_BAND = 0.02  # of the baseline's band: errors are never measured against a smaller one
COMPONENTS = (6, 10)  # over time, of a median and of the four distances
LEARNT_FROM = 40  # components that the parameters of the process are fitted to
COVER = 0.92  # quantile of the errors that is quoted, to cover nine in ten of others
RESAMPLED = 60

MEDIANS_WITHIN, SHARE_WITHIN, TIMES_NOISE, MOST_MEDIAN = 0.05, 0.90, 1.5, 0.15
"""Bars: medians within 5 % of the band in 90 % of cells; edges at most 1.5 times the noise of a run; no outcome with a p90 over 15 %."""
ROUGH_MEDIAN, ROUGH_EDGE = 0.05, 0.25
"""Errors from which a number is marked as rough."""
MOST_LEFT = 0.05
"""Share of variance that may be left: beyond it a point lies too far from all that was run, and is refused."""


@dataclass(frozen=True)
class Codes:
    """How quantiles [..., outcome, step, quantile] are coded; ``band`` [outcome, step] is a typical width."""

    band: Floats

    def of(self, quantiles: Floats) -> Floats:
        """Return codes [..., outcome, step, 5]: the median, then the distances outer high, inner high, inner low, outer low."""
        low, inner_low, middle, inner_high, high = np.moveaxis(quantiles, -1, 0)
        floor = FLOOR * self.band
        distances = (high - middle, inner_high - middle, middle - inner_low, middle - low)
        return np.stack(
            [np.arcsinh(middle / (SCALE * self.band)), *(np.log(one + floor) for one in distances)], axis=-1
        )

    def back(self, codes: Floats) -> Floats:
        """Return quantiles in order."""
        middle, *logs = np.moveaxis(codes, -1, 0)
        floor = FLOOR * self.band
        far, near, near_low, far_low = (np.maximum(np.exp(one) - floor, 0.0) for one in logs)
        centre = np.sinh(middle) * SCALE * self.band
        found = (
            centre - np.maximum(far_low, near_low),
            centre - near_low,
            centre,
            centre + near,
            centre + np.maximum(far, near),
        )
        return np.stack(found, axis=-1)


@dataclass(frozen=True)
class Fitted:
    """What answers under one reading.

    ``table`` [seen, component]: standardised results; ``mean``, ``scale`` [component]; ``bases`` [component, step, 5] turn components into
    codes of their outcome (``owner`` [component]), beside ``centre`` [outcome, step, 5]. ``error_median``, ``error_edge`` [outcome, step]:
    quoted, as shares of the band; ``least`` [outcome, step]: no band counts as narrower.
    ``futures``: what predicts single ones.
    """

    process: Process
    codes: Codes
    table: Floats
    mean: Floats
    scale: Floats
    bases: Floats
    owner: NDArray[np.int64]
    centre: Floats
    error_median: Floats
    error_edge: Floats
    least: Floats
    futures: Futures

    def quantiles(self, at: Floats) -> tuple[Floats, Floats]:
        """Return quantiles [point, outcome, step, 5] and the share of variance left [point] at points [point, input]."""
        weights, left = self.process.weights(at)
        components = weights @ self.table * self.scale + self.mean
        codes = np.repeat(self.centre[None], len(at), axis=0)
        for outcome in range(codes.shape[1]):
            mine = self.owner == outcome
            codes[:, outcome] += np.tensordot(components[:, mine], self.bases[mine], 1)
        return self.codes.back(codes), left


@dataclass(frozen=True)
class Errors:
    """Errors on the variants held out, as shares of their bands, [variant, outcome, step]: of medians, and of the worse edge.

    ``noise_median``, ``noise_edge``: what the same futures, resampled, are off. ``share`` [2, variant, outcome]: errors at the end of the
    shares of futures that are lower, and higher, by what matters.
    """

    median: Floats
    edge: Floats
    noise_median: Floats
    noise_edge: Floats
    share: Floats

    def bars(self, names: tuple[str, ...]) -> list[tuple[str, float, float, bool]]:
        """Return each bar: what it is, the value, the limit, and whether it is met."""
        within = float((self.median <= MEDIANS_WITHIN).mean())
        found = [("medians within 5 % of the band", within, SHARE_WITHIN, within >= SHARE_WITHIN)]
        for share in (0.5, 0.9):
            ours, noise = (float(np.quantile(one, share)) for one in (self.edge, self.noise_edge))
            times = ours / noise if noise else np.inf
            found.append(
                (f"edges, p{100 * share:.0f}, times the noise of a run", times, TIMES_NOISE, times <= TIMES_NOISE)
            )
        by_outcome = np.quantile(self.median, 0.9, axis=(0, 2))
        worst = int(by_outcome.argmax())
        most = float(by_outcome[worst])
        found.append((f"median p90 of the worst outcome, {names[worst]}", most, MOST_MEDIAN, most <= MOST_MEDIAN))
        return found


def fit(seen: Observed, words: NDArray[np.bool]) -> tuple[Fitted, Errors]:
    """Return what answers, with the errors measured on the variants held out."""
    band = np.median(seen.quantiles[..., -1] - seen.quantiles[..., 0], axis=0)
    codes = Codes(np.maximum(np.maximum(band, LEAST_BAND * seen.baseline), 1e-9))
    coded = codes.of(seen.quantiles)
    centre = coded.mean(axis=0)
    bases, owner = _bases(coded - centre)
    components = np.einsum("vcsq,csq->vc", (coded - centre)[:, owner], bases)
    mean, scale = components.mean(axis=0), np.maximum(components.std(axis=0), 1e-12)
    table = (components - mean) / scale
    largest = np.argsort(-scale, kind="stable")[:LEARNT_FROM]
    learnt = process.fit(seen.points, seen.parts, table[:, largest], words)
    none, least = np.zeros(band.shape), np.maximum(LEAST_BAND * seen.baseline, 1e-9)
    single, off = futures.fit(seen, learnt)
    unquoted = Fitted(learnt, codes, table, mean, scale, bases, owner, centre, none, none, least, single)
    errors = measure(unquoted, seen, off)
    median, edge = (np.quantile(one, COVER, axis=0) for one in (errors.median, errors.edge))
    return replace(unquoted, error_median=median, error_edge=edge), errors


def measure(fitted: Fitted, seen: Observed, share: Floats) -> Errors:
    """Return the errors on the variants held out, and the noise of their own futures; ``share`` as in `Errors`."""
    truth = np.moveaxis(np.quantile(seen.held, QUANTILES, axis=3, method="median_unbiased"), 0, -1)
    width = np.maximum(truth[..., -1] - truth[..., 0], fitted.least)
    told, _ = fitted.quantiles(seen.held_points)
    median, edge = _off(told, truth, width)
    draws = np.random.default_rng(0)
    futures = seen.held.shape[3]
    noise = []
    for _ in range(RESAMPLED):
        chosen = draws.integers(futures, size=futures)
        again = np.quantile(seen.held[..., chosen], QUANTILES, axis=3, method="median_unbiased")
        noise.append(_off(np.moveaxis(again, 0, -1), truth, width))
    by_median, by_edge = (np.stack(parts) for parts in zip(*noise, strict=True))
    return Errors(median, edge, by_median, by_edge, share)


def _off(told: Floats, truth: Floats, width: Floats) -> tuple[Floats, Floats]:
    off = np.abs(told - truth) / width[..., None]
    return off[..., MEDIAN], np.maximum(off[..., 0], off[..., -1])


def _bases(centred: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return components over time [component, step, 5], of each outcome's median and of its distances, and the outcome of each."""
    variants, outcomes, steps, _ = centred.shape
    found, owner = list[Floats](), list[int]()
    for outcome in range(outcomes):
        for chosen, most in ((slice(0, 1), COMPONENTS[0]), (slice(1, 5), COMPONENTS[1])):
            part = centred[:, outcome, :, chosen]
            *_, right = np.linalg.svd(part.reshape(variants, -1), full_matrices=False)
            for row in right[:most]:
                base = np.zeros((steps, 5))
                base[:, chosen] = row.reshape(steps, -1)
                found.append(base)
                owner.append(outcome)
    return np.stack(found), np.array(owner)
