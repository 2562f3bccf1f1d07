"""Which plan does well over all futures: ten metrics an outcome, with resamples, ranking stability, dominance and trade-offs.

No outcome is added to another unless a file of weights says how. Averages hide what each metric asks, so all of them are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval, line_of
from premortem.decisions.frame import Frame, sign
from premortem.decisions.metrics import METRICS, Metric, agreement, ranks, resamples, scores
from premortem.decisions.result import Result, Table, require_futures, require_known, require_level
from premortem.decisions.saying import amount, listed, nine_in_ten, share, share_interval
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo
from premortem.wording.numbers import per_cent, scale

FEWEST = 40
"""Futures: with fewer, the worst tenth is three futures, and its interval says nothing."""
RESAMPLES = 200
MANY, FEWER = 2000, 100
"""Futures from which on half as many resamples do: their intervals are narrow."""
SEED = 1
SURE = 0.95  # of resamples: from which on one plan is said to dominate another
IN_FULL = 3  # outcomes that are shown metric by metric

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One outcome under every plan: metric -> ``[plan, sample]`` in the outcome's unit and its own direction, and ranks."""

    info: OutcomeInfo
    threshold: float
    scores: Mapping[str, Floats]
    ranks: Mapping[str, Floats]
    matters: float


def robustness(
    frame: Frame, *, thresholds: Mapping[str, float] | None = None, weights: Mapping[str, float] | None = None
) -> Result:
    """Judge every plan of a frame by every metric, on every outcome that has a better direction.

    Parameters
    ----------
    thresholds : outcome -> level from which on a future is good enough; the baseline's average by default.
    weights : outcome -> what one unit of it is worth (`premortem.analysis.weights`); none, no composite.

    Raises
    ------
    InputError : too few futures or plans, an outcome without a direction, or a threshold or weight of an outcome that is not there.
    """
    thresholds = thresholds or {}
    for id_, level in thresholds.items():
        require_level(level, id_)
    require_futures("robustness", len(frame), FEWEST, "the worst tenth of fewer is a handful")
    if len(frame.plans) < 2:
        raise InputError(
            Problem("too_few", "robustness compares plans", found=frame.plans[0], allowed="two plans or more")
        )
    require_known("outcome", [*thresholds, *(weights or {})], list(frame.outcomes), "among those judged")
    infos = [outcome_table.load()[id_] for id_ in frame.outcomes]
    if aimless := [info.id for info in infos if info.direction == "none"]:
        raise InputError(
            Problem("direction", "an outcome without a better direction is never scored", found=", ".join(aimless))
        )
    counts = resamples(len(frame), RESAMPLES if len(frame) < MANY else FEWER, SEED)
    judged = [_judged(frame, info, counts, thresholds.get(info.id)) for info in infos]
    dominance = _dominance_by_scope(frame, judged)
    composite = _composite(frame, judged, weights) if weights else None
    return Result(
        method="robustness",
        inputs=frame.about() | {"thresholds": {one.info.id: one.threshold for one in judged}, "weights": weights},
        result={
            "metrics": {
                one.id: {"title": one.title, "asks": one.asks, "source": one.source} for one in METRICS.values()
            },
            "outcomes": {one.info.id: _as_json(frame, one) for one in judged},
            "dominance": dominance,
            "trade_offs": _trade_offs(frame, infos),
            "composite": composite,
        },
        uncertainty={
            "resamples": len(counts) - 1,
            "interval": "5 % to 95 % quantile over resamples of paired futures",
            "ranking_agreement": {one.info.id: {id_: agreement(r) for id_, r in one.ranks.items()} for one in judged},
        },
        warnings=tuple(_warnings(frame)),
        words=tuple(_words(frame, judged, dominance, composite)),
        tables=tuple(_tables(frame, judged, composite)),
    )


def _judged(frame: Frame, info: OutcomeInfo, counts: Any, threshold: float | None) -> Judged:
    values, side = frame.outcomes[info.id], sign(info)
    baseline = frame.values(info.id, frame.baseline)
    level = float(baseline.mean()) if threshold is None else threshold
    oriented = scores(side * values, counts, side * level)
    ranked = {id_: ranks(score, METRICS[id_]) for id_, score in oriented.items()}
    levels = {id_: side * score if METRICS[id_].kind == "level" else score for id_, score in oriented.items()}
    return Judged(info, level, levels, ranked, info.mattering(float(baseline.mean())))


def _as_json(frame: Frame, one: Judged) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for id_, score in one.scores.items():
        low, high = nine_in_ten(score[:, 1:])
        first = (one.ranks[id_][:, 1:] == 1).mean(axis=1)
        found[id_] = {
            plan: {
                "value": float(score[i, 0]),
                "low": float(low[i]),
                "high": float(high[i]),
                "rank": int(one.ranks[id_][i, 0]),
                "first_in": float(first[i]),
            }
            for i, plan in enumerate(frame.plans)
        }
    return {"unit": one.info.unit, "direction": one.info.direction, "threshold": one.threshold, "metrics": found}


ALL = "all outcomes"
SCOPES = {"money": "what organisations earn"}
"""What a group of outcomes is called in a sentence, where its name could be misread."""


def _dominance_by_scope(frame: Frame, judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """Return who dominates whom over all outcomes, and over the outcomes of each group alone."""
    groups = dict.fromkeys(one.info.group for one in judged)
    scopes = {ALL: judged} | {group: [one for one in judged if one.info.group == group] for group in groups}
    return [{"over": scope} | pair for scope, some in scopes.items() for pair in _dominance(frame, some)]


def _dominance(frame: Frame, judged: Sequence[Judged]) -> Iterator[dict[str, Any]]:
    """Yield every pair of plans of which the first dominates the second on averages in nearly all resamples.

    It dominates where it is on no outcome worse by a difference that matters, and on at least one better by one.
    """
    side = np.array([sign(one.info) for one in judged])[:, None, None]
    means = side * np.stack([one.scores["laplace"] for one in judged])  # [outcome, plan, sample]
    matters = np.array([one.matters for one in judged])[:, None]
    values = [sign(one.info) * frame.outcomes[one.info.id] for one in judged]
    for i, first in enumerate(frame.plans):
        for j, second in enumerate(frame.plans):
            if i == j:
                continue
            gap = means[:, i] - means[:, j]
            holds = (gap >= -matters).all(axis=0) & (gap > matters).any(axis=0)
            if not holds[0] or holds[1:].mean() < SURE:
                continue
            gaps = [one[i] - one[j] for one in values]
            no_worse = np.all([gap >= -float(m[0]) for gap, m in zip(gaps, matters, strict=True)], axis=0)
            better = np.any([gap > float(m[0]) for gap, m in zip(gaps, matters, strict=True)], axis=0)
            in_futures, low, high = share_interval(no_worse & better)
            yield {
                "plan": first,
                "dominates": second,
                "in_resamples": float(holds[1:].mean()),
                "in_futures": in_futures,
                "in_futures_low": low,
                "in_futures_high": high,
            }


def _trade_offs(frame: Frame, infos: Sequence[OutcomeInfo]) -> dict[str, Any]:
    """Return plan -> group of outcomes -> outcomes by how futures fall against the baseline."""
    found: dict[str, Any] = {}
    for plan in frame.others:
        groups: dict[str, dict[str, list[str]]] = {}
        for info in infos:
            line = line_of(info, frame.values(info.id, plan), frame.values(info.id, frame.baseline))
            groups.setdefault(info.group, {}).setdefault(str(line.verdict), []).append(info.id)
        found[plan] = groups
    return found


def _composite(frame: Frame, judged: Sequence[Judged], weights: Mapping[str, float]) -> dict[str, Any]:
    """Return one measure by a reader's weights, beyond the baseline's, and where the first plan changes as one weight is multiplied."""
    chosen = [one for one in judged if one.info.id in weights]
    base = frame.plans.index(frame.baseline)
    means = np.stack(
        [sign(one.info) * weights[one.info.id] * one.scores["laplace"] for one in chosen]
    )  # [outcome, plan, sample]
    beyond = means - means[:, [base]]
    total = beyond.sum(axis=0)
    first = ranks(total, METRICS["laplace"])[:, 1:] == 1
    low, high = nine_in_ten(total[:, 1:])
    return {
        "weights": {one.info.id: weights[one.info.id] for one in chosen},
        "measure": {
            plan: {
                "value": float(total[i, 0]),
                "low": float(low[i]),
                "high": float(high[i]),
                "first_in": float(first[i].mean()),
            }
            for i, plan in enumerate(frame.plans)
        },
        "along": {
            one.info.id: _along(frame.plans, beyond[k, :, 0], total[:, 0] - beyond[k, :, 0])
            for k, one in enumerate(chosen)
        },
    }


def _along(plans: Sequence[str], mine: Floats, rest: Floats) -> list[dict[str, Any]]:
    """Return which plan is first as one weight is multiplied by a factor from 0 on and the others stay, and from which factor."""
    crossings = {0.0}
    for i in range(len(plans)):
        for j in range(i):
            slope = mine[i] - mine[j]
            if slope and (at := (rest[j] - rest[i]) / slope) > 0:
                crossings.add(float(at))
    places = sorted(crossings)
    found: list[dict[str, Any]] = []
    for start, end in pairwise([*places, 2 * places[-1] + 1]):
        best = plans[int(np.argmax((start + end) / 2 * mine + rest))]
        if not found or found[-1]["first"] != best:
            found.append({"from_factor": start, "first": best})
    return found


def _warnings(frame: Frame) -> Iterator[str]:
    yield (
        f"The worst and the best of {len(frame):,} futures depend on how many futures there are: more can only make the worst worse. "
        "Their intervals over resamples are too narrow."
    )
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."
    yield "Regret is against the other plans of this study alone: another plan in the study changes it."


def _first(frame: Frame, one: Judged, id_: str) -> dict[str, float]:
    """Return the plans that a metric puts first, several where they are tied, and in what share of resamples it does."""
    ranked = one.ranks[id_]
    return {plan: float((ranked[i, 1:] == 1).mean()) for i, plan in enumerate(frame.plans) if ranked[i, 0] == 1}


def _words(
    frame: Frame, judged: Sequence[Judged], dominance: Sequence[Mapping[str, Any]], composite: Mapping[str, Any] | None
) -> Iterator[str]:
    firsts: dict[str, int] = dict.fromkeys(frame.plans, 0)
    total = 0
    for one in judged:
        for id_ in one.scores:
            if np.ptp(one.scores[id_][:, 0]) > 0:
                for plan in _first(frame, one, id_):
                    firsts[plan] += 1
                total += 1
    best = [plan for plan in frame.plans if firsts[plan] == max(firsts.values())]
    yield (
        f"Over {len(judged)} {'outcome' if len(judged) == 1 else 'outcomes'} and {len(METRICS)} metrics, "
        f"{listed(best)} {'comes' if len(best) == 1 else 'come'} first most often, "
        f"alone or tied: in {firsts[best[0]]} of {total} "
        f"rankings in which the plans differ."
    )
    overall = [pair for pair in dominance if pair["over"] == ALL]
    if not overall:
        yield "Over all outcomes no plan dominates another."
    for plan in frame.plans:
        if beaten := [str(pair["plan"]) for pair in overall if pair["dominates"] == plan]:
            yield f"Over all outcomes {plan} is dominated by {listed(beaten)}: no worse on any, better on one, by differences that matter."
    yield from _apart(frame, dominance)
    if composite:
        plan, score = max(composite["measure"].items(), key=lambda item: item[1]["value"])
        yield f"With the weights given, {plan} comes first, in {per_cent(score['first_in'])} of resamples."


def _apart(frame: Frame, dominance: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield who dominates whom on the outcomes of one group alone: each group against the baseline, then each plan against the others."""
    apart = [pair for pair in dominance if pair["over"] != ALL]
    with_baseline = [pair for pair in apart if frame.baseline in {pair["plan"], pair["dominates"]}]
    for scope in dict.fromkeys(str(pair["over"]) for pair in with_baseline):
        said = [
            f"{pair['plan']} dominates {pair['dominates']} "
            f"(future by future in {share(pair['in_futures'], pair['in_futures_low'], pair['in_futures_high'])} of them)"
            for pair in with_baseline
            if pair["over"] == scope
        ]
        yield f"On {SCOPES.get(scope, scope)} alone, {listed(said)}."
    for plan in frame.others:
        alone: dict[str, list[str]] = {}
        for pair in apart:
            if pair["plan"] == plan and pair["dominates"] != frame.baseline:
                alone.setdefault(str(pair["dominates"]), []).append(SCOPES.get(str(pair["over"]), str(pair["over"])))
        if alone:
            beaten = [f"{other} (on {listed(scopes)})" for other, scopes in alone.items()]
            yield f"Among the other plans, {plan} dominates {listed(beaten)}: on each of these alone."


def _tables(frame: Frame, judged: Sequence[Judged], composite: Mapping[str, Any] | None) -> Iterator[Table]:
    """Yield a table an outcome, or, of many outcomes, one that counts the metrics by which each plan is first."""
    if len(judged) > IN_FULL:
        yield Table(
            f"By how many of {len(METRICS)} metrics each plan comes first, alone or tied",
            ("outcome", *frame.plans),
            tuple(
                (one.info.title, *map(str, sum((r[:, 0] == 1).astype(int) for r in one.ranks.values())))
                for one in judged
            ),
            f"The numbers: ask for at most {IN_FULL} outcomes (--outcome), or for JSON.",
        )
    for one in judged if len(judged) <= IN_FULL else ():
        rows = []
        for id_, metric in METRICS.items():
            tied = np.ptp(one.scores[id_][:, 0]) == 0
            best = (
                "all the same"
                if tied
                else listed([f"{plan} ({per_cent(stable)})" for plan, stable in _first(frame, one, id_).items()])
            )
            rows.append((metric.title, *_cells(one, id_, metric), best))
        columns = ("metric", *frame.plans, "first (in share of resamples)")
        note = f"good enough: {one.info.title.lower()} {'at least' if one.info.direction == 'up' else 'at most'} {one.threshold:,.4g}"
        yield Table(f"{one.info.title} ({one.info.unit}; better: {one.info.direction})", columns, tuple(rows), note)
    if composite:
        rows = []
        for plan, one_ in sorted(composite["measure"].items(), key=lambda item: -item[1]["value"]):
            interval = Interval(one_["value"], one_["low"], one_["high"])
            shown, span = scale("", [interval]).interval(interval, signed=True)
            rows.append((plan, f"{shown} ({span})", per_cent(one_["first_in"])))
        yield Table(f"By the weights given, beyond {frame.baseline}", ("plan", "measure", "first in"), tuple(rows))


def _cells(one: Judged, id_: str, metric: Metric) -> Iterator[str]:
    score = one.scores[id_]
    for row in score:
        value = float(row[0])
        low, high = nine_in_ten(row[1:]).tolist() if score.shape[1] > 1 else (value, value)
        if metric.kind == "share":
            yield share(value, low, high)
        else:
            yield amount(one.info, value, min(low, value), max(high, value))
