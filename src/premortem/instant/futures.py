"""Single futures of a variant that was not run: what keeps pairs, so that shares of futures and differences of two variants can be told.

All variants of a part of a design meet the same futures. So each future of a part is predicted from what it was under the part's variants,
by kernel ridge with a kernel of the bands (`premortem.instant.process`); which of them, and how strongly each component over time is
smoothed, is chosen by leaving variants out.
Differences are coded as asinh (d / (0.3 sd)). This is the trajectory form of an emulator of a stochastic simulator
(Luethen, Marelli and Sudret, arXiv:2207.05653) with the futures kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from premortem.instant.observed import Observed
from premortem.instant.process import Process

Floats = NDArray[np.float64]

SCALE = 0.3  # of an outcome's spread at a step: where asinh turns from linear to logarithmic
MOST = 6  # components over time of an outcome
LEAST_SHARE = 0.003  # of an outcome's variance that a component must hold
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
CLIPPED, LEVELS = 6.0, 127  # standard deviations at which the stored table ends, and its levels on either side
COVER = 0.92  # quantile of the errors that is quoted, to cover nine in ten of others


@dataclass(frozen=True)
class Futures:
    """What predicts single futures under one reading.

    ``future_table`` [seen, future, component]: whole numbers, times ``future_scale`` [component] what each future was, less ``future_mean``
    [component]; ``future_kernel`` [1]: number of the process whose kernel it is; ``future_penalty`` [component];
    ``future_bases`` [component, step] turn components into codes of their outcome
    (``future_owner``), beside ``future_centre``; ``future_spread``: of the differences [outcome, step]. ``matters`` [outcome]: smallest
    difference that does; ``error_share`` [outcome]: what a share of futures that do better, or worse, may be off.
    """

    future_table: NDArray[np.int8]
    future_scale: Floats
    future_mean: Floats
    future_kernel: Floats
    future_penalty: Floats
    future_bases: Floats
    future_owner: NDArray[np.int64]
    future_centre: Floats
    future_spread: Floats
    matters: Floats
    error_share: Floats

    def differences(self, processes: Sequence[Process], at: Floats) -> Floats:
        """Return the difference to the baseline [point, outcome, step, future] in all futures of all parts, at points [point, input]."""
        found, process = [], processes[int(self.future_kernel[0])]
        for part in np.unique(process.parts):
            mine = process.parts == part
            own, cross = (
                process.kernel.between(process.seen[mine], process.seen[mine]),
                process.kernel.between(at, process.seen[mine]),
            )
            components = np.empty((len(at), *self.future_table.shape[1:]))
            for penalty in np.unique(self.future_penalty):
                chosen = self.future_penalty == penalty
                weights = cho_solve(cho_factor(own + penalty * np.eye(len(own))), cross.T).T
                components[:, :, chosen] = np.tensordot(weights, self.future_table[mine][:, :, chosen].astype(float), 1)
            found.append(components * self.future_scale + self.future_mean)
        whole = np.concatenate(found, axis=1)  # [point, future, component]
        codes = np.repeat(self.future_centre[None, :, :, None], len(at), axis=0).repeat(whole.shape[1], axis=3)
        for number, outcome in enumerate(self.future_owner.astype(int)):
            codes[:, outcome] += np.einsum("pf,s->psf", whole[:, :, number], self.future_bases[number])
        shown: Floats = np.sinh(codes) * (SCALE * self.future_spread)[None, :, :, None]
        return shown


def shares(differences: Floats, matters: Floats) -> Floats:
    """Return the shares [2, ..., outcome] of futures with a difference [..., outcome, future] below, and above, by what matters."""
    least = matters[:, None]
    return np.stack([(differences < -least).mean(axis=-1), (differences > least).mean(axis=-1)])


def fit(seen: Observed, processes: Sequence[Process]) -> tuple[Futures, Floats]:
    """Return what predicts single futures, with the kernel of one of some processes.

    Beside it, how far its shares are off on the variants held out, at the end [2, variant, outcome].
    """
    _, outcomes, steps, _ = seen.futures.shape
    spread = np.maximum(seen.futures.std(axis=(0, 3)), 1e-9)
    codes = np.arcsinh(seen.futures / (SCALE * spread[None, :, :, None]))
    centre = codes.mean(axis=(0, 3))
    centred = np.moveaxis(codes - centre[None, :, :, None], 3, 2)  # [variant, outcome, future, step]
    bases, owner, parts = list[Floats](), list[int](), list[Floats]()
    for outcome in range(outcomes):
        rows = centred[:, outcome].reshape(-1, steps)
        _, sizes, right = np.linalg.svd(rows, full_matrices=False)
        held = (sizes**2 > LEAST_SHARE * (sizes**2).sum()) & (sizes > 1e-9)
        for base in right[:MOST][held[:MOST]]:
            bases.append(base)
            owner.append(outcome)
            parts.append((rows @ base).reshape(centred.shape[0], -1))
    components = np.stack(parts, axis=-1)  # [variant, future, component]
    mean = components.mean(axis=(0, 1))
    rest = components - mean
    scale = np.maximum(np.minimum(np.abs(rest).max(axis=(0, 1)), CLIPPED * rest.std(axis=(0, 1))), 1e-12) / LEVELS
    table = np.clip(np.round(rest / scale), -LEVELS, LEVELS).astype(np.int8)
    kernel, penalties = _smoothing(processes, rest)
    made = Futures(
        table, scale, mean, np.array([float(kernel)]), penalties, np.stack(bases), np.array(owner), centre, spread,
        seen.matters, np.zeros(outcomes),
    )  # fmt: skip
    told = shares(made.differences(processes, seen.held_points)[:, :, -1], seen.matters)
    off = np.abs(told - shares(seen.held[:, :, -1], seen.matters))
    return replace(made, error_share=np.quantile(off, COVER, axis=(0, 1))), off


def _smoothing(processes: Sequence[Process], rest: Floats) -> tuple[int, Floats]:
    """Return the process and the penalty of each component that predict variants best when each is left out of its part."""
    errors = np.zeros((len(processes), len(PENALTIES), rest.shape[2]))
    for number, process in enumerate(processes):
        for part in np.unique(process.parts):
            mine = process.parts == part
            own = process.kernel.between(process.seen[mine], process.seen[mine])
            for strength, penalty in enumerate(PENALTIES):
                inverse = np.linalg.inv(own + penalty * np.eye(len(own)))
                left_out = np.tensordot(inverse, rest[mine], 1) / np.diag(inverse)[:, None, None]
                errors[number, strength] += (left_out**2).sum(axis=(0, 1))
    shares = errors.min(axis=1) / np.maximum((rest**2).sum(axis=(0, 1)), 1e-12)
    kernel = int(shares.sum(axis=1).argmin())
    return kernel, np.asarray(np.array(PENALTIES)[errors[kernel].argmin(axis=0)], np.float64)
