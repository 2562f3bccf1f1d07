"""When does the plan do better? The paired difference of an outcome, split by what decides it most, or by a condition that is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import line_of
from premortem.decisions import where as conditions_of_futures
from premortem.decisions.frame import Frame
from premortem.decisions.limits import where, words
from premortem.decisions.result import READING_WORDS, Result, Table, require_futures
from premortem.decisions.saying import Z90, amount, share_interval, title, within
from premortem.decisions.tree import MOST_LEAVES, Grower, explained
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo
from premortem.plan.language.expression import Condition
from premortem.study.cases import Reading
from premortem.wording.numbers import per_cent

FEWEST = 100
"""Futures: with fewer no leaf of a twentieth holds enough of them, and no split stands out among a thousand inputs."""
FEWEST_WHERE = 10
"""Futures in which a condition must hold, and must not, for averages on both sides."""

SHARES = ("share", "share_low", "share_high")
"""Of the futures of a reading in which a condition holds; of a leaf it is the same futures under every reading."""

Bools = NDArray[np.bool_]


def conditions(frames: Mapping[Reading, Frame], plan: str, outcome: str) -> Result:
    """Split the difference of an outcome between a plan and the baseline by what decides it most: a tree of at most eight leaves.

    Parameters
    ----------
    frames : reading -> frame; the tree is learnt on the first, and every leaf shows all.

    Raises
    ------
    InputError : too few futures, or the study keeps no draws.
    """
    first = next(iter(frames.values()))
    require_futures("conditions", len(first), FEWEST, "no leaf would hold enough of them")
    first.require_inputs()
    info, difference, inputs = outcome_table.load()[outcome], first.difference(outcome, plan), first.numbers()
    grower = Grower(inputs)
    leaves = grower.grow(difference)
    out_of_sample = explained(grower, difference)
    found = []
    for leaf in leaves:
        numbers = frames_within(frames, first, leaf.inside, plan, info)
        held, low, high = share_interval(leaf.inside)
        found.append(
            {
                "words": words(leaf.limits),
                "where": where(leaf.limits),
                "share": held,
                "share_low": low,
                "share_high": high,
                "readings": numbers,
            }
        )
    warnings = list(_warnings(first))
    if len(leaves) > 1:
        warnings.append(
            "Averages of leaves are of the futures that the tree was learnt from: leaves differ by somewhat less in others, and their "
            "intervals leave out that the leaves were chosen."
        )
    if len(leaves) == 1:
        warnings.append(
            "No input splits the difference beyond what chance explains: it is one answer, or the futures are too few."
        )
    elif out_of_sample <= 0:
        warnings.append("In futures that it has not seen the tree explains nothing: do not quote its leaves.")
    return Result(
        method="conditions",
        inputs=first.about() | {"plan": plan, "outcome": outcome, "readings": list(frames), "tried": len(inputs)},
        result={"outcome": outcome, "unit": info.unit, "leaves": found},
        uncertainty={
            "explained_in_unseen_futures": out_of_sample,
            "interval_of_averages": "90 %, from the spread over futures",
            "split": "stands out from all cuts of all inputs in its node, at 5 %",
        },
        warnings=tuple(warnings),
        words=tuple(_words(found, info, plan, out_of_sample, tuple(frames))),
        tables=(_table(found, info, plan, first.baseline, tuple(frames)),),
    )


def conditional(frames: Mapping[Reading, Frame], plan: str, outcome: str, condition: Condition) -> Result:
    """Compare a plan with the baseline where a condition holds, and where it does not.

    Raises
    ------
    InputError : the condition holds, or does not hold, in fewer than ten futures, or divides by zero in all of them.
    """
    first = next(iter(frames.values()))
    info = outcome_table.load()[outcome]
    inside = {name: conditions_of_futures.holds(condition, frame, plan) for name, frame in frames.items()}
    divided = [
        f"{READING_WORDS[name]}: {said}"
        for name, frame in frames.items()
        for said in conditions_of_futures.warnings(condition, frame, plan)
    ]
    for held in inside.values():
        for count, side in (
            (int(held.sum()), "it holds in"),
            (int((~held).sum()), "it does not hold in"),
        ):
            if count < FEWEST_WHERE:
                raise InputError(
                    Problem(
                        "too_few",
                        f"too few futures for --where: {side} {count:,} of {len(held):,} futures; choose another, or run more futures",
                        found=f"{count:,}",
                        allowed=f"at least {FEWEST_WHERE} on either side",
                    )
                )
    found = []
    for said, chosen in (
        (str(condition), inside),
        (f"not ({condition})", {name: ~held for name, held in inside.items()}),
    ):
        numbers = {
            name: _within(frame, chosen[name], plan, info)
            | dict(zip(SHARES, share_interval(chosen[name]), strict=True))
            for name, frame in frames.items()
        }
        share, low, high = share_interval(next(iter(chosen.values())))
        found.append(
            {"words": said, "where": said, "share": share, "share_low": low, "share_high": high, "readings": numbers}
        )
    return Result(
        method="conditions",
        inputs=first.about() | {"plan": plan, "outcome": outcome, "readings": list(frames), "where": str(condition)},
        result={"outcome": outcome, "unit": info.unit, "leaves": found},
        uncertainty={"interval_of_averages": "90 %, from the spread over futures"},
        warnings=(*_warnings(first), *divided),
        words=tuple(_words(found, info, plan, None, tuple(frames))),
        tables=(_table(found, info, plan, first.baseline, tuple(frames)),),
    )


def frames_within(
    frames: Mapping[Reading, Frame], first: Frame, inside: Bools, plan: str, info: OutcomeInfo
) -> dict[str, Any]:
    """Return the difference under every reading in the futures of the first frame that are inside."""
    chosen = first.futures[inside]
    return {name: _within(frame, np.isin(frame.futures, chosen), plan, info) for name, frame in frames.items()}


def _within(frame: Frame, inside: Bools, plan: str, info: OutcomeInfo) -> dict[str, Any]:
    ours, theirs = (frame.values(info.id, name)[inside] for name in (plan, frame.baseline))
    line = line_of(info, ours, theirs)
    gap = ours - theirs
    error = float(gap.std(ddof=1) / np.sqrt(len(gap))) if len(gap) > 1 else float("inf")
    return {
        "futures": len(gap),
        "average": float(gap.mean()),
        "average_low": float(gap.mean()) - Z90 * error,
        "average_high": float(gap.mean()) + Z90 * error,
        "median": line.difference.median,
        "low": line.difference.low,
        "high": line.difference.high,
        "share_better": line.share_better,
        "share_worse": line.share_worse,
        "about_same": line.about_same,
    }


def _warnings(frame: Frame) -> Iterator[str]:
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."
    yield (
        "A leaf says in which futures the plan does better, not that making a future so would make it better: inputs that go together "
        "stand for each other."
    )


def _words(
    found: Sequence[Mapping[str, Any]], info: OutcomeInfo, plan: str, unseen: float | None, names: Sequence[Reading]
) -> Iterator[str]:
    ordered = sorted(found, key=lambda leaf: leaf["readings"][names[0]]["average"])
    for leaf in (ordered[0], ordered[-1]) if len(ordered) > 1 else ordered:
        numbers = leaf["readings"][names[0]]
        gap = amount(info, numbers["average"], numbers["average_low"], numbers["average_high"], change=True)
        when = f", {within(READING_WORDS[names[0]])}" if _own(leaf, names) else ""
        clause = f"Where {leaf['words']}" if leaf["where"] else "In all futures"
        yield f"{clause} ({_held(leaf, names)}), {plan} changes {title(info)} by {gap} on average{when}."
    if unseen is not None and len(found) > 1:
        yield f"The tree explains {per_cent(max(unseen, 0.0))} of how the difference varies in futures that it has not seen."


def _held(leaf: Mapping[str, Any], names: Sequence[Reading]) -> str:
    """Return the share of futures in words, under each reading where each has its own."""
    if not _own(leaf, names):
        return f"{per_cent(leaf['share'])} of futures"
    shares = [per_cent(leaf["readings"][name]["share"]) for name in names]
    said = [within(READING_WORDS[name]) for name in names]
    return f"{shares[0]} of futures {said[0]}, " + ", ".join(map(" ".join, zip(shares[1:], said[1:], strict=True)))


def _own(leaf: Mapping[str, Any], names: Sequence[Reading]) -> bool:
    """Return whether each of several readings has its own share of futures: of a condition, not of a leaf that was learnt."""
    return len(names) > 1 and "share" in leaf["readings"][names[0]]


def _table(
    found: Sequence[Mapping[str, Any]], info: OutcomeInfo, plan: str, baseline: str, names: Sequence[Reading]
) -> Table:
    own = _own(found[0], names)
    heads = [] if own else ["share of futures"]
    for name in names:
        heads += (
            [f"{READING_WORDS[name]}: share of futures", "average change"]
            if own
            else [f"{READING_WORDS[name]}: average change"]
        )
        heads.append("better / worse")
    rows = []
    for leaf in found:
        cells = [leaf["words"], *([] if own else [per_cent(leaf["share"])])]
        for name in names:
            numbers = leaf["readings"][name]
            cells += [per_cent(numbers["share"])] if own else []
            cells.append(amount(info, numbers["average"], numbers["average_low"], numbers["average_high"], change=True))
            better, worse = numbers["share_better"], numbers["share_worse"]
            cells.append("" if better is None else f"{per_cent(better)} / {per_cent(worse)}")
        rows.append(tuple(cells))
    return Table(
        f"{info.title}: {plan} minus {baseline}",
        ("where", *heads),
        tuple(rows),
        f"Averages with 90 % intervals; at most {MOST_LEAVES} leaves. Better and worse by a difference that matters.",
    )
