"""Boxes that hold much of what is looked for: the patient rule induction method (PRIM).

Friedman and Fisher 1999, doi:10.1023/A:1008894516817, for scenario discovery as in Bryant and Lempert 2010,
doi:10.1016/j.techfore.2009.08.002. A box is peeled: at each step the twentieth of its futures at one end of one input (of a field that
takes words, those with or without a word) is left out, the one whose loss raises the share of cases most for each future lost (Kwakkel and
Jaxa-Rozen 2016, doi:10.1016/j.envsoft.2015.11.020). Then limits that the data do not need are dropped. The package `prim` has another
licence (GPL 3) than ours; this follows the papers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from premortem.decisions.limits import CHANCE, Limit, Part, between, holding, least_inside, tightest

PATIENCE = 0.05  # of a box's futures left out at each step

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Shares:
    """A box over some futures: ``coverage`` is the share of cases inside, ``density`` that of cases among futures inside."""

    coverage: float
    density: float
    mass: float
    inside: int
    cases_inside: int

    @staticmethod
    def of(inside: Bools, cases: Bools) -> Shares:
        """Count a box.

        >>> Shares.of(np.array([True, True, False, False]), np.array([True, False, True, False]))
        Shares(coverage=0.5, density=0.5, mass=0.5, inside=2, cases_inside=1)
        """
        held, both = int(inside.sum()), int((inside & cases).sum())
        return Shares(both / max(int(cases.sum()), 1), both / max(held, 1), held / max(len(cases), 1), held, both)

    @property
    def balance(self) -> float:
        """The harmonic mean of coverage and density."""
        both = self.coverage + self.density
        return 2 * self.coverage * self.density / both if both else 0.0


def peel(inputs: Mapping[str, Floats], cases: Bools) -> list[Part]:
    """Return the path of peeling from all futures to the smallest box.

    Parameters
    ----------
    inputs : name -> ``[future]``.
    cases : ``[future]``, what is looked for.
    """
    names = [name for name, values in inputs.items() if np.ptp(values) > 0]
    inside = np.ones(len(cases), np.bool_)
    path = [Part((), inside)]
    if not names:
        return path
    values = np.stack([inputs[name] for name in names])
    order = np.argsort(values, axis=1, kind="stable")
    least = least_inside(len(cases))
    limits: tuple[Limit, ...] = ()
    while (found := _next(names, values, order, cases, least)) is not None:
        limit, _ = found
        row = names.index(limit.input)
        inside = inside & limit.holds(values[row])
        order = order[inside[order]].reshape(len(names), -1)
        limits = tightest((*limits, limit))
        path.append(Part(limits, inside))
    return path


def _next(
    names: Sequence[str], values: Floats, order: NDArray[np.int64], cases: Bools, least: int
) -> tuple[Limit, float] | None:
    """Return the limit whose loss raises the share of cases most for each future lost, with that rise; None where none raises it."""
    count = order.shape[1]
    sorted_values = np.take_along_axis(values, order, axis=1)
    hits = cases[order]
    total = float(hits[0].sum())
    want = max(1, int(PATIENCE * count))
    best: tuple[Limit, float] | None = None
    rows = np.arange(len(names))
    below = np.cumsum(hits, axis=1)
    # how many futures go from the low end, and from the high end: all that share the value at the edge go together
    low_edge = sorted_values[:, want - 1][:, None]
    high_edge = sorted_values[:, count - want][:, None]
    for above, gone in (
        (True, (sorted_values <= low_edge).sum(axis=1)),
        (False, (sorted_values >= high_edge).sum(axis=1)),
    ):
        left = count - gone
        fine = left >= least
        under = below[rows, np.where(above, gone, left) - 1]  # cases at the low side of the cut
        lost = under if above else total - np.where(left > 0, under, 0)
        rise = ((total - lost) / np.maximum(left, 1) - total / count) / gone
        rise = np.where(fine, rise, -np.inf)
        row = int(np.argmax(rise))
        if rise[row] > 0 and (best is None or rise[row] > best[1]):
            cut = int(gone[row]) if above else int(left[row])
            value = between(float(sorted_values[row, cut - 1]), float(sorted_values[row, cut]))
            best = Limit(names[row], above, value), float(rise[row])
    return best


def needed(
    limits: Sequence[Limit], inputs: Mapping[str, Floats], cases: Bools, tried: int
) -> tuple[tuple[Limit, ...], dict[str, float]]:
    """Return the limits without which the box would be less dense by more than chance, and the chance of each by its condition.

    The quasi-p-value of Bryant and Lempert: the chance of so many cases among the futures inside if their share were that of the box
    without the limit. A limit counts only where it is below 5 % over all that was ``tried`` (Bonferroni); the weakest is dropped first.
    """
    kept = list(limits)
    broken = np.array([~limit.holds(inputs[limit.input]) for limit in kept], np.bool_).reshape(len(kept), len(cases))
    while kept:
        count = broken.sum(axis=0)
        inside = count == 0
        wider = count - broken == 0  # [limit, future], inside without the limit
        density = (wider & cases).sum(axis=1) / np.maximum(wider.sum(axis=1), 1)
        chances = binom.sf(int((inside & cases).sum()) - 1, int(inside.sum()), density)
        worst = int(np.argmax(chances))
        if chances[worst] * tried <= CHANCE:
            return tuple(kept), {limit.where: float(p) for limit, p in zip(kept, chances, strict=True)}
        kept.pop(worst)
        broken = np.delete(broken, worst, axis=0)
    return (), {}


def best(
    path: Sequence[Part], inputs: Mapping[str, Floats], cases: Bools, tried: int
) -> tuple[tuple[Limit, ...], dict[str, float]]:
    """Return the box that balances coverage and density best (their harmonic mean), with the chance of each of its limits.

    Every step of the path is first held to the limits that it needs: the box that looks best on the path may owe that to limits which
    are chance, and leave nothing, where a step before it stands. As the best of all steps is taken, limits count over all of them too:
    ``tried`` inputs at each. Limits are none where no step has any that stands.
    """
    found: tuple[tuple[Limit, ...], dict[str, float]] = (), {}
    most = 0.0
    for step in path:
        limits, chances = needed(step.limits, inputs, cases, tried * len(path))
        balance = Shares.of(holding(limits, inputs, len(cases)), cases).balance
        if limits and balance > most:
            found, most = (limits, chances), balance
    return found
