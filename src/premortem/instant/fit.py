"""Fitting what the runs show, and measuring how far off it is on variants that it has not seen.

Quantiles are coded so that they stay in order and small bands count as much as wide ones: the median as asinh(median / c), the rest as
logarithms of distances (`Codes`). Codes over time are reduced to components outcome by outcome; one Gaussian process predicts those of
medians, another those of distances. The errors quoted are those of the variants held out, as shares of the 90 % band of each; what a run of
200 futures would itself be off by chance stands beside them, by drawing so many of theirs.
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
SCALE, FLOOR = 0.05, 0.02
"""Shares of an outcome's typical band at a step: where asinh turns from linear to logarithmic; what is added to distances."""
NOTHING = 1e-6  # of the same: distances that are no more than rounding
LEAST_BAND = 0.02  # of the baseline's band: errors are never measured against a smaller one
COMPONENTS = (6, 10)  # over time, of a median and of the four distances
LEARNT_FROM = 40  # components that the parameters of a process are fitted to
RUN, RESAMPLED = 200, 60  # futures of the run whose noise is the measure, and how often it is drawn

MEDIANS_WITHIN, SHARE_WITHIN, TIMES_NOISE, MOST_MEDIAN = 0.05, 0.90, 1.5, 0.15
"""Bars: medians within 5 % of the band in 90 % of cells; edges at most 1.5 times the noise of a run; no outcome with a p90 over 15 %."""
ROUGH_MEDIAN, ROUGH_EDGE = 0.05, 0.25
"""Errors from which a number is marked as rough. An outcome that misses the bar of medians is not answered at all."""


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
        distances = (np.exp(one) - floor for one in logs)
        far, near, near_low, far_low = (np.where(one > NOTHING * self.band, one, 0.0) for one in distances)
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
    codes of their outcome (``owner`` [component]), beside ``centre`` [outcome, step, 5]. ``processes``: what predicts the components of
    medians, and those of distances (``kind`` [component]: its number). ``error_median``, ``error_edge`` [outcome, step]: quoted, as shares
    of the band; ``least`` [outcome, step]: no band counts as narrower. ``refused`` [outcome]: which are so far off that they are not
    answered. ``most_left`` [1]: share of variance left at the farthest of the variants by which errors were measured; beyond it nothing
    is known of them, and a point is refused. ``futures``: what predicts single ones.
    """

    processes: tuple[Process, Process]
    codes: Codes
    table: Floats
    mean: Floats
    scale: Floats
    bases: Floats
    owner: NDArray[np.int64]
    kind: NDArray[np.int64]
    centre: Floats
    error_median: Floats
    error_edge: Floats
    least: Floats
    refused: NDArray[np.bool]
    most_left: Floats
    futures: Futures

    def quantiles(self, at: Floats) -> tuple[Floats, Floats]:
        """Return quantiles [point, outcome, step, 5] and the share of variance of medians left [point] at points [point, input]."""
        (medians, left), (distances, _) = (process.weights(at) for process in self.processes)
        told = np.where(self.kind == 0, medians @ self.table, distances @ self.table)
        components = told * self.scale + self.mean
        codes = np.repeat(self.centre[None], len(at), axis=0)
        for outcome in range(codes.shape[1]):
            mine = self.owner == outcome
            codes[:, outcome] += np.tensordot(components[:, mine], self.bases[mine], 1)
        return self.codes.back(codes), left


@dataclass(frozen=True)
class Errors:
    """Errors on the variants held out, as shares of their bands, [variant, outcome, step]: of medians, and of the worse edge.

    ``noise_median``, ``noise_edge`` [draw, variant, outcome, step]: what a run of 200 of their futures is off. ``share`` [2, variant,
    outcome]: errors at the end of the shares of futures that are lower, and higher, by what matters. ``counted`` [outcome, step]: where
    something happens in some future; where nothing does there is nothing to hit.
    """

    median: Floats
    edge: Floats
    noise_median: Floats
    noise_edge: Floats
    share: Floats
    counted: NDArray[np.bool]

    def bars(self, names: tuple[str, ...]) -> list[tuple[str, float, float, bool]]:
        """Return each bar: what it is, the value, the limit, and whether it is met."""
        within = float((self.median[:, self.counted] <= MEDIANS_WITHIN).mean())
        found = [("medians within 5 % of the band", within, SHARE_WITHIN, within >= SHARE_WITHIN)]
        for share in (0.5, 0.9):
            ours, noise = (float(np.quantile(one[..., self.counted], share)) for one in (self.edge, self.noise_edge))
            times = ours / noise if noise else np.inf
            found.append(
                (
                    f"edges, p{100 * share:.0f}, times the noise of a run of {RUN} futures",
                    times,
                    TIMES_NOISE,
                    times <= TIMES_NOISE,
                )
            )
        by_outcome = self.by_outcome()
        worst = int(by_outcome.argmax())
        most = float(by_outcome[worst])
        found.append((f"median p90 of the worst outcome, {names[worst]}", most, MOST_MEDIAN, most <= MOST_MEDIAN))
        return found

    def by_outcome(self) -> Floats:
        """Return the p90 of the errors of medians [outcome], over the steps that count."""
        steps = zip(np.moveaxis(self.median, 1, 0), self.counted, strict=True)
        return np.array([np.quantile(one[:, counted], 0.9) if counted.any() else 0.0 for one, counted in steps])


def fit(seen: Observed, words: NDArray[np.bool]) -> tuple[Fitted, Errors]:
    """Return what answers, with the errors measured on the variants held out."""
    band = np.median(seen.quantiles[..., -1] - seen.quantiles[..., 0], axis=0)
    codes = Codes(np.maximum(np.maximum(band, LEAST_BAND * seen.baseline), 1e-9))
    coded = codes.of(seen.quantiles)
    centre = coded.mean(axis=0)
    bases, owner, kind = _bases(coded - centre)
    components = np.einsum("vcsq,csq->vc", (coded - centre)[:, owner], bases)
    mean, scale = components.mean(axis=0), np.maximum(components.std(axis=0), 1e-12)
    table = (components - mean) / scale
    medians, distances = (
        process.fit(seen.points, seen.parts, table[:, _largest(scale, kind == number)], words) for number in (0, 1)
    )
    none, least = np.zeros(band.shape), np.maximum(LEAST_BAND * seen.baseline, 1e-9)
    single, off = futures.fit(seen, (medians, distances))
    farthest = np.array([medians.weights(seen.held_points)[1].max()])
    unquoted = Fitted(
        (medians, distances), codes, table, mean, scale, bases, owner, kind, centre, none, none, least,
        np.zeros(len(band), bool), farthest, single,
    )  # fmt: skip
    errors = measure(unquoted, seen, off)
    median, edge = (np.quantile(one, futures.COVER, axis=0) for one in (errors.median, errors.edge))
    refused = errors.by_outcome() > MOST_MEDIAN
    return replace(unquoted, error_median=median, error_edge=edge, refused=refused), errors


def _largest(scale: Floats, mine: NDArray[np.bool]) -> NDArray[np.int64]:
    """Return the numbers of the largest of some components."""
    return np.flatnonzero(mine)[np.argsort(-scale[mine], kind="stable")[:LEARNT_FROM]]


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
        chosen = draws.integers(futures, size=RUN)
        again = np.quantile(seen.held[..., chosen], QUANTILES, axis=3, method="median_unbiased")
        noise.append(_off(np.moveaxis(again, 0, -1), truth, width))
    by_median, by_edge = (np.stack(parts) for parts in zip(*noise, strict=True))
    return Errors(median, edge, by_median, by_edge, share, np.asarray((seen.held != 0).any(axis=(0, 3)), bool))


def _off(told: Floats, truth: Floats, width: Floats) -> tuple[Floats, Floats]:
    off = np.abs(told - truth) / width[..., None]
    return off[..., MEDIAN], np.maximum(off[..., 0], off[..., -1])


def _bases(centred: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return components over time [component, step, 5], the outcome of each, and whether it is of a median (0) or of distances (1)."""
    variants, outcomes, steps, _ = centred.shape
    found, owner, kind = list[Floats](), list[int](), list[int]()
    for outcome in range(outcomes):
        for number, chosen in enumerate((slice(0, 1), slice(1, 5))):
            part = centred[:, outcome, :, chosen]
            *_, right = np.linalg.svd(part.reshape(variants, -1), full_matrices=False)
            for row in right[: COMPONENTS[number]]:
                base = np.zeros((steps, 5))
                base[:, chosen] = row.reshape(steps, -1)
                found.append(base)
                owner.append(outcome)
                kind.append(number)
    return np.stack(found), np.array(owner), np.array(kind)
