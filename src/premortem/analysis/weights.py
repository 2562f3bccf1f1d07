"""One measure of several outcomes, by weights that a reader brings, and how the answer changes with them.

A weight is what one unit of an outcome is worth to its author, in whatever measure: dollars a death, points a state. In every future the
measure is the sum of weight times difference, with the sign by which more of it is better for the plan. Weights are judgements: each is
therefore also tried at none, half, twice and four times, and the factor at which the average changes sides is named.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval, paired
from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence import outcomes, own
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl
from premortem.study.store import Store
from premortem.text import toml

LARGEST_FILE = 1 << 20  # bytes
FACTORS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""What each weight is multiplied by, the others as they are."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """A measure of the reader's own data: weights under a name. ``spanish`` is its title in that language."""

    id: str
    title: str
    spanish: str
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Part:
    """One outcome in the measure.

    ``average``: what it adds to the average of the measure. ``better``: share of futures in which the plan does better at each of
    `FACTORS` of its weight. ``turns_at``: factor of its weight, above zero, at which the average changes sides; None where there is none.
    """

    outcome: OutcomeInfo
    weight: float
    average: float
    better: tuple[float, ...]
    turns_at: float | None


@dataclass(frozen=True)
class Weighed:
    """A plan against a baseline by one measure: above zero the plan is better. ``better``: share of futures in which it is."""

    plan: str
    baseline: str
    futures: int
    average: float
    range: Interval
    better: float
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, unrounded."""
        return {
            "plan": self.plan,
            "baseline": self.baseline,
            "futures": self.futures,
            "average": self.average,
            "range": asdict(self.range),
            "share_better": self.better,
            "weights": [
                {
                    "outcome": part.outcome.id,
                    "weight": part.weight,
                    "average": part.average,
                    "share_better_at": dict(zip(map(str, FACTORS), part.better, strict=True)),
                    "turns_at": part.turns_at,
                }
                for part in self.parts
            ],
        }


def read(file: str | Path) -> dict[str, float]:
    """Read weights from a file with a table ``[weights]``: id of an outcome = what one unit of it is worth.

    Raises
    ------
    InputError : there is no such file, it is no TOML, or a weight is wrong, with every fault.
    """
    found = toml(file, LARGEST_FILE).get("weights")
    where = Where(str(file), key="weights")
    if not isinstance(found, Mapping) or not found:
        raise InputError(Problem("weights", "no weights", where, allowed="[weights] with outcome = weight"))
    require_sound(found, str(file))
    return {name: float(weight) for name, weight in found.items()}


def measures() -> tuple[Measure, ...]:
    """Return the measures of the reader's own data; empty where there are none.

    Raises
    ------
    InputError : a measure has no title or wrong weights, with every fault.
    """
    ours, found, problems = own.given(), list[Measure](), list[Problem]()
    for id_, stated in ours.documents.get(own.MEASURES, {}).items():
        title, weights = stated.get("title"), stated.get("weights")
        if not isinstance(title, str) or not title.strip():
            where = ours.where(own.MEASURES, id_, "title")
            problems.append(Problem("measures", "a measure needs a title", where, allowed=f'title = "..." in [{id_}]'))
        elif not isinstance(weights, Mapping):
            where, allowed = ours.where(own.MEASURES, id_, "weights"), "weights = { outcome = worth of one unit }}"
            problems.append(Problem("measures", "a measure needs weights", where, allowed=allowed))
        else:
            try:
                require_sound(weights, table=f"{id_}.weights")
            except InputError as error:
                place = ours.where(own.MEASURES, id_, "weights")
                problems += [replace(one, where=replace(place, key=one.where.key)) for one in error.problems]
            else:
                given = {name: float(weight) for name, weight in weights.items()}
                found.append(Measure(id_, title, str(stated.get("spanish", title)), given))
    if problems:
        raise InputError(*problems)
    return tuple(found)


def require_sound(weights: Mapping[str, Any], file: str = "", table: str = "weights") -> None:
    """Refuse weights of what is no outcome, or has no better and worse, or that are no finite numbers above zero.

    Raises
    ------
    InputError : with every fault.
    """
    known, problems = outcomes.load(), list[Problem]()
    if not weights:
        problems.append(Problem("weights", "no weights", Where(file, key=table), allowed="one outcome or more"))
    for name, weight in weights.items():
        where = Where(file, key=f"{table}.{name}")
        if name not in known:
            near = nearest(name, known)
            problems.append(Problem("unknown_outcome", "no such outcome", where, found=name, nearest=near))
        elif known[name].direction == "none":
            problems.append(Problem("weights", "neither more nor less of it is better in itself", where, found=name))
        elif isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= sys.float_info.max:
            problems.append(Problem("weights", "no weight", where, found=str(weight), allowed="a number above zero"))
    if problems:
        raise InputError(*problems)


def weigh(store: Store, plan: str, baseline: str, weights: Mapping[str, float]) -> Weighed:
    """Return a plan against a baseline by weights.

    Raises
    ------
    InputError : a weight is wrong, the study lacks an outcome or a plan, or no future is finished under both.
    """
    require_sound(weights)
    kept = store.provenance.outcomes
    if missing := [name for name in weights if name not in kept]:
        raise InputError(Problem("unknown_outcome", "the study keeps no such outcome", found=", ".join(missing)))
    fine, _ = paired(store.table().select("plan", "future", "fault", *weights).collect(), plan, baseline)
    terms = {name: weight * _gained(fine, outcomes.load()[name]) for name, weight in weights.items()}
    whole = np.sum(list(terms.values()), axis=0)
    parts = tuple(_part(outcomes.load()[name], weights[name], term, whole) for name, term in terms.items())
    return Weighed(
        plan, baseline, len(whole), float(whole.mean()), Interval.of(whole), float((whole > 0).mean()), parts
    )


def own_measures(store: Store, plan: str, baseline: str) -> list[tuple[Measure, Weighed]]:
    """Return a plan against a baseline by each measure of the reader's own data of which the study keeps every outcome.

    Raises
    ------
    InputError : a measure is wrong, or no future is finished under both plans.
    """
    kept = set(store.provenance.outcomes)
    return [(one, weigh(store, plan, baseline, one.weights)) for one in measures() if one.weights.keys() <= kept]


def _gained(fine: pl.DataFrame, info: OutcomeInfo) -> Floats:
    difference = (fine[info.id] - fine[f"{info.id}:baseline"]).to_numpy().astype(np.float64)
    return difference if info.direction == "up" else -difference


def _part(info: OutcomeInfo, weight: float, term: Floats, whole: Floats) -> Part:
    rest, average = float((whole - term).mean()), float(term.mean())
    turns_at = -rest / average if average and -rest / average > 0 else None
    better = tuple(float((whole + (factor - 1) * term > 0).mean()) for factor in FACTORS)
    return Part(info, weight, average, better, turns_at)
