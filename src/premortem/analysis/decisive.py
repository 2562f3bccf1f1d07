"""What decides the difference between two plans: the screen of all that was drawn over all headline outcomes, ranked in one list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from premortem.analysis import screen
from premortem.analysis.compare import Interval
from premortem.analysis.drawn import Drawn, with_pairs
from premortem.analysis.screen import Screen, beyond_chance
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl
from premortem.study.store import Store

Floats = NDArray[np.float64]
Half = Literal["even", "odd"]
HALVES: tuple[Half, ...] = ("even", "odd")
"""Of the futures of a study, by their number."""


@dataclass(frozen=True)
class Decisive:
    """A parameter or an open field of a plan (``open.*``).

    ``score``: mean squared rank correlation over the outcomes screened; ``decides``: the outcomes on which it stands out from chance.
    """

    parameter: str
    score: float
    decides: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Ranking:
    """Parameters by score, strongest first; ``screens`` by outcome, ``futures`` the number of pairs."""

    plan: str
    baseline: str
    futures: int
    screens: Mapping[str, Screen]
    ranked: tuple[Decisive, ...]

    @property
    def clear(self) -> tuple[Decisive, ...]:
        """Those that stand out from chance on at least one outcome."""
        return tuple(one for one in self.ranked if one.decides)

    def as_json(self) -> dict[str, Any]:
        """Return the ranking for programs."""
        return {
            "plan": self.plan,
            "baseline": self.baseline,
            "futures": self.futures,
            "outcomes": {
                id_: {"threshold": one.threshold, "tried": one.tried, "clear": dict(one.clear)}
                for id_, one in self.screens.items()
            },
            "parameters": [
                {"parameter": one.parameter, "score": one.score, "decides": dict(one.decides)} for one in self.ranked
            ],
        }


LEAST_SHARE = 0.15
"""Share of the spread of ranks from which on one input alone decides enough to be named beside a result."""
ENDS = (0.1, 0.9)
"""Quantiles of such an input at which the difference is read: the median over the fifth of futures around each."""
NEAR = 0.1
"""How far such a fifth goes to either side."""


@dataclass(frozen=True)
class Turn:
    """One input that alone accounts for much of how an outcome's difference spreads.

    ``share`` of the spread of ranks; ``low`` and ``high``: the difference, plan minus baseline, in the futures around the 10 % and the 90 %
    quantile of the input.
    """

    input: str
    outcome: OutcomeInfo
    share: float
    low: Interval
    high: Interval

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, unrounded."""
        return {"input": self.input, "outcome": self.outcome.id, "share": self.share} | {
            name: asdict(value) for name, value in (("low", self.low), ("high", self.high))
        }


def turns(store: Store, plan: str, baseline: str) -> tuple[Turn, ...]:
    """Return the inputs that alone account for at least `LEAST_SHARE` of a headline outcome's difference, the strongest first.

    Beyond what chance explains in all of these outcomes together.

    None where the study keeps no draws, or has too few futures for a screen.
    """
    known = store.provenance.outcomes
    headline = [id_ for id_, info in outcomes.load().items() if info.headline and id_ in known]
    try:
        values, differences = _paired(store, plan, baseline, headline)
    except InputError:
        return ()
    found = []
    found_by = screen.screens(values, differences)
    for id_, screened in found_by.items():
        chance = beyond_chance(screened.tried * len(found_by), screened.futures)
        for name, rho in screened.clear:
            if rho**2 >= LEAST_SHARE and abs(rho) > chance:
                low, high = (Interval.of(differences[id_][_around(values[name], end)]) for end in ENDS)
                found.append(Turn(name, outcomes.load()[id_], rho**2, low, high))
    return tuple(sorted(found, key=lambda one: -one.share))


def _around(values: Floats, quantile: float) -> NDArray[np.bool_]:
    """Return which futures lie around a quantile of an input."""
    low, high = np.quantile(values, [max(quantile - NEAR, 0.0), min(quantile + NEAR, 1.0)])
    return np.asarray((values >= low) & (values <= high))


def rank(store: Store, plan: str, baseline: str, half: Half | None = None) -> Ranking:
    """Screen every parameter and open field drawn against the paired difference of every headline outcome.

    Parameters
    ----------
    half : only over the futures of even or of odd number: what one half puts first, the other can check.

    Raises
    ------
    InputError : the study keeps no draws, lacks a plan, or has too few futures for a screen.
    """
    known = store.provenance.outcomes
    headline = [id_ for id_, info in outcomes.load().items() if info.headline and id_ in known]
    found = screen.screens(*_paired(store, plan, baseline, headline, half))
    if not found:
        raise InputError(Problem("too_few", "too few futures for a screen, or the plans do not differ"))
    futures = next(iter(found.values())).futures
    return Ranking(plan, baseline, futures, found, _ranked(list(found), found))


def screens(store: Store, plan: str, baseline: str, ids: Sequence[str]) -> dict[str, Screen]:
    """Return the screen of everything drawn against the paired difference of each outcome; none where futures are too few, or all the same.

    Raises
    ------
    InputError : the study keeps no draws, or lacks a plan.
    """
    return screen.screens(*_paired(store, plan, baseline, ids))


def _paired(
    store: Store, plan: str, baseline: str, ids: Sequence[str], half: Half | None = None
) -> tuple[Drawn, Mapping[str, Floats]]:
    """Return everything drawn by name, and the paired difference of each outcome, ``[future]`` each.

    Raises
    ------
    InputError : the study keeps no draws, or lacks a plan.
    """
    plans = store.provenance.plans
    missing = [name for name in (plan, baseline) if name not in plans]
    if missing:
        allowed = ", ".join(plans)
        raise InputError(Problem("plan", "not a plan of this study", found=", ".join(missing), allowed=allowed))
    inputs, pairs = with_pairs(store, plan, baseline, ids)
    if half is not None:
        pairs = pairs.filter(pl.col("future") % len(HALVES) == HALVES.index(half))
        inputs = inputs.among(pairs["future"].to_numpy())
    return inputs, {id_: (pairs[id_] - pairs[f"{id_}:baseline"]).to_numpy() for id_ in ids}


def _ranked(ids: Sequence[str], screens: Mapping[str, Screen]) -> tuple[Decisive, ...]:
    correlations: dict[str, dict[str, float]] = {}
    for id_ in ids:
        for name, rho in screens[id_].ranked:
            correlations.setdefault(name, {})[id_] = rho
    found = []
    for name, by_outcome in correlations.items():
        clear = sorted(
            ((id_, rho) for id_, rho in by_outcome.items() if abs(rho) > screens[id_].threshold),
            key=lambda one: -abs(one[1]),
        )
        found.append(Decisive(name, sum(rho**2 for rho in by_outcome.values()) / len(ids), tuple(clear)))
    return tuple(sorted(found, key=lambda one: -one.score))
