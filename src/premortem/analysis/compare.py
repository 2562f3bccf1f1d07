"""Two plans in the same futures: averages, intervals, paired differences, and in how many futures each does better."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import confidence, outcomes
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl

SHARE = 0.9  # of futures inside an interval
CLEAR = 0.75  # of futures: where they agree on how a plan does
AGAINST = 0.05
"""Share of futures below which nothing speaks for the other side: what moves one way only is not open."""

Verdict = Literal["better", "worse", "open", "same"]
VERDICTS: tuple[Verdict, ...] = ("better", "worse", "open", "same")


@dataclasses.dataclass(frozen=True)
class Interval:
    """A median and the range between the 5 % and the 95 % quantile over futures."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(values: NDArray[np.float64]) -> Interval:
        """Return the interval of at least one value."""
        tail = (1 - SHARE) / 2
        low, median, high = np.quantile(values, [tail, 0.5, 1 - tail]).tolist()
        return Interval(median, low, high)


@dataclasses.dataclass(frozen=True)
class Expected:
    """Averages over futures: unlike medians, those of the plan and the baseline differ by the average difference."""

    baseline: float
    plan: float

    @property
    def difference(self) -> float:
        """Average difference, plan minus baseline."""
        return self.plan - self.baseline


@dataclasses.dataclass(frozen=True)
class OutcomeComparison:
    """One outcome under two plans.

    ``difference`` is plan minus baseline, future by future. A difference matters from ``matters`` on, in the unit of the outcome.
    ``share_better`` is the share of futures in which the plan is better, in the outcome's direction, by a difference that matters; None
    where there is no direction. ``about_same`` is the share in which the difference does not matter, ``share_same`` the share in which
    both are equal. ``true_in``: of an outcome that holds or not (unit ``yes_no``), the shares of futures in which it holds under the
    baseline and under the plan.
    """

    outcome: OutcomeInfo
    baseline: Interval
    plan: Interval
    difference: Interval
    expected: Expected
    matters: float
    share_better: float | None
    about_same: float
    share_same: float
    true_in: tuple[float, float] | None = None

    @property
    def share_worse(self) -> float | None:
        """Share of futures in which the plan is worse by a difference that matters, None where there is no direction."""
        return None if self.share_better is None else max(0.0, 1.0 - self.share_better - self.about_same)

    @property
    def tail(self) -> float | None:
        """What the plan adds in the worst twentieth of futures, at the least; None where there is no direction."""
        return {"down": self.difference.high, "up": self.difference.low, "none": None}[self.outcome.direction]

    @property
    def verdict(self) -> Verdict | None:
        """How the futures fall: clear where three in four agree, or where they move one way only; else open. None without a direction."""
        if self.share_better is None or self.share_worse is None:
            return None
        if self.about_same >= CLEAR:
            return "same"
        if self.share_better >= CLEAR or self.share_worse < AGAINST:
            return "better"
        return "worse" if self.share_worse >= CLEAR or self.share_better < AGAINST else "open"

    def as_json(self) -> dict[str, Any]:
        """Return the outcome for programs, unrounded."""
        return {
            "id": self.outcome.id,
            "title": self.outcome.title,
            "group": self.outcome.group,
            "unit": self.outcome.unit,
            "direction": self.outcome.direction,
            "summary": self.outcome.summary,
            "headline": self.outcome.headline,
            "baseline": dataclasses.asdict(self.baseline),
            "plan": dataclasses.asdict(self.plan),
            "difference": dataclasses.asdict(self.difference),
            "expected": {**dataclasses.asdict(self.expected), "difference": self.expected.difference},
            "tail": self.tail,
            "matters": self.matters,
            "share_better": self.share_better,
            "about_same": self.about_same,
            "share_same": self.share_same,
            "verdict": self.verdict,
            "confidence": confidence.of(self.outcome.id).as_json(),
            "true_in": None if self.true_in is None else dict(zip(("baseline", "plan"), self.true_in, strict=True)),
        }


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A plan against a baseline over ``futures`` paired futures.

    ``failed``: cause -> number of pairs left out because that happened in one of the two.
    """

    plan: str
    baseline: str
    futures: int
    failed: dict[str, int]
    lines: tuple[OutcomeComparison, ...]


def compare(table: pl.DataFrame, plan: str, baseline: str) -> Comparison:
    """Compare two plans of a study.

    Parameters
    ----------
    table : a row per plan and future, with ``plan``, ``future``, ``fault`` and a column per outcome (``Store.table``).

    Raises
    ------
    InputError : a plan is not in the table, or no future was finished under both.
    """
    known = [id_ for id_ in outcomes.load() if id_ in table.columns]
    return of_pairs(*paired(table.select("plan", "future", "fault", *known), plan, baseline), plan, baseline)


def of_pairs(fine: pl.DataFrame, failed: dict[str, int], plan: str, baseline: str) -> Comparison:
    """Compare two plans over their `paired` futures."""
    columns = set(fine.columns)
    lines = tuple(
        line_of(info, fine[info.id].to_numpy(), fine[f"{info.id}:baseline"].to_numpy())
        for info in outcomes.load().values()
        if {info.id, f"{info.id}:baseline"} <= columns
    )
    return Comparison(plan, baseline, len(fine), failed, lines)


def paired(table: pl.DataFrame, plan: str, baseline: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the futures finished under both plans, those of the baseline in columns ``NAME:baseline``, and cause -> failed pairs.

    Raises
    ------
    InputError : a plan is not in the table, or no future was finished under both.
    """
    present = table["plan"].unique().to_list()
    for name in (plan, baseline):
        if name not in present:
            raise InputError(
                Problem(
                    "plan",
                    "not a plan of this study",
                    found=name,
                    allowed=", ".join(sorted(present)),
                    nearest=nearest(name, present),
                )
            )
    ours, theirs = (table.filter(pl.col("plan") == name).drop("plan") for name in (plan, baseline))
    pairs = ours.join(theirs, on="future", suffix=":baseline").sort("future")
    broken = pl.coalesce("fault", "fault:baseline")
    causes = pairs.select(broken.alias("cause")).drop_nulls()["cause"].value_counts(sort=True)
    fine = pairs.filter(broken.is_null())
    if fine.is_empty():
        reason = (
            "every future failed: " + causes["cause"][0] if len(causes) else "no future is finished under both plans"
        )
        raise InputError(Problem("no_pairs", f"{plan} and {baseline} cannot be compared yet: {reason}"))
    return fine, dict(causes.iter_rows())


def headlines(lines: Iterable[OutcomeComparison]) -> list[OutcomeComparison]:
    """Return the lines of headline outcomes."""
    return [line for line in lines if line.outcome.headline]


def line_of(info: OutcomeInfo, plan: NDArray[np.float64], baseline: NDArray[np.float64]) -> OutcomeComparison:
    """Return one outcome under two plans, ``[future]`` each, paired."""
    difference = plan - baseline
    expected = Expected(float(baseline.mean()), float(plan.mean()))
    matters = info.mattering(expected.baseline)
    small = np.abs(difference) < matters if matters else difference == 0
    better = {"up": difference > 0, "down": difference < 0, "none": None}[info.direction]
    return OutcomeComparison(
        info,
        Interval.of(baseline),
        Interval.of(plan),
        Interval.of(difference),
        expected,
        matters,
        None if better is None else float((better & ~small).mean()),
        float(small.mean()),
        float((difference == 0).mean()),
        (expected.baseline, expected.plan) if info.unit == "yes_no" else None,
    )
