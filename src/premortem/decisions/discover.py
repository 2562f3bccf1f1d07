"""In which futures does it go wrong? Boxes in words for any condition on outcomes, tried on futures that they were not learnt from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import line_of
from premortem.decisions.frame import Frame, default_outcomes, sign
from premortem.decisions.limits import Limit, Part, holding, where, words
from premortem.decisions.peeling import Shares, best, peel
from premortem.decisions.result import Result, Table, require_futures
from premortem.decisions.saying import share, share_interval, title
from premortem.decisions.tree import Grower
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.wording.numbers import per_cent

FEWEST = 150
"""Futures, of which a third are kept back: with fewer there are not fifty to try a box on."""
FEWEST_CASES = 30
"""Cases, and futures that are none: with fewer a box holds a handful."""
FRESH = 1 / 3  # of futures, kept back to try boxes on
MOST_BOXES = 3
RESAMPLES = 10
CANDIDATES = 40
"""Inputs that are peeled: those whose best single cut tells cases apart most. A box of inputs none of which tells anything alone is not
found."""
SEED = 1

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def discover(frame: Frame, cases: Bools, said: str, plan: str) -> Result:
    """Find boxes of what was drawn in which cases are dense.

    Parameters
    ----------
    cases : ``[future]``, what is looked for.
    said : what that is, in words.

    Raises
    ------
    InputError : too few futures, cases or futures that are none, or the study keeps no draws.
    """
    require_futures("discover", len(frame), FEWEST, "a third of them are kept back to try what was found")
    frame.require_inputs()
    count = int(cases.sum())
    if not FEWEST_CASES <= count <= len(frame) - FEWEST_CASES:
        raise InputError(
            Problem(
                "too_few_cases",
                "too few futures of one kind for discover; choose another condition, or run more futures",
                found=f"{count:,} of {len(frame):,} futures in which {said}",
                allowed=f"{FEWEST_CASES} at least, and as many in which it is not so",
            )
        )
    inputs = frame.numbers()
    fresh = np.random.default_rng(SEED).permutation(len(frame)) < FRESH * len(frame)
    learn = ~fresh
    seen = _some(inputs, learn)
    screen = _Screen({name: values for name, values in seen.items() if np.ptp(values) > 0})
    screened = screen.strongest(cases[learn], np.ones(int(learn.sum())))
    boxes, path = _boxes(inputs, screened, cases, learn, len(inputs))
    found = []
    left = np.ones(len(frame), np.bool_)
    for limits, chances in boxes:
        inside = holding(limits, inputs, len(frame)) & left
        found.append(_box(limits, chances, inside, cases, learn, fresh))
        left &= ~inside
    recurring = _recurring(seen, screen, cases[learn], len(inputs))
    tree = _tree(inputs, screened, cases, learn, fresh)
    return Result(
        method="discover",
        inputs=frame.about()
        | {"plan": plan, "cases": said, "tried": len(inputs), "peeled": len(screened), "learnt_from": int(learn.sum())},
        result={
            "cases": count,
            "share": count / len(frame),
            "boxes": found,
            "path": [_step(step, inputs, cases, learn, fresh) for step in path],
            "tree": tree,
        },
        uncertainty={
            "fresh_futures": int(fresh.sum()),
            "resamples": RESAMPLES,
            "limited_in_resamples": recurring,
            "intervals": "90 %, Wilson",
        },
        warnings=tuple(_warnings(frame, found)),
        words=tuple(_words(found, said, share_interval(cases))),
        tables=tuple(_tables(found, tree, recurring, said)),
    )


def cases_of(frame: Frame, outcome: str, plan: str) -> tuple[Bools, str]:
    """Return in which futures a plan is worse on an outcome than the baseline by a difference that matters, and that in words.

    Raises
    ------
    InputError : the outcome has no better direction.
    """
    info = outcome_table.load()[outcome]
    if not sign(info):
        raise InputError(
            Problem("direction", "an outcome without a better direction: give a condition (--when)", found=outcome)
        )
    line = line_of(info, frame.values(outcome, plan), frame.values(outcome, frame.baseline))
    worse = -sign(info) * frame.difference(outcome, plan) >= max(line.matters, np.finfo(float).tiny)
    direction = "raises" if info.direction == "down" else "lowers"
    return worse, f"{plan} {direction} {title(info)} against {frame.baseline}"


def harm_of(kept: Sequence[str]) -> str:
    """Return the outcome that is looked at where none is named: the first headline count of deaths, else the first that is better low.

    Raises
    ------
    InputError : the study keeps none.
    """
    known = outcome_table.load()
    harms = [known[id_] for id_ in default_outcomes(kept) if sign(known[id_]) < 0]
    deaths = [info for info in harms if info.unit == "death"]
    if not harms:
        raise InputError(Problem("cases", "say what to look for: an outcome, or a condition (--when)"))
    return (deaths or harms)[0].id


def by_default(result: Result, harm: str, plan: str, baseline: str) -> Result:
    """Return a result that says, in its words and its inputs, that nobody named what was looked for."""
    looked = f"the futures in which {plan} does worse than {baseline} on {title(outcome_table.load()[harm])}, by a difference that matters"
    return dataclasses.replace(
        result,
        inputs={**result.inputs, "by_default": looked},
        words=(f"No outcome or condition was named: this looks for {looked}.", *result.words),
    )


class _Screen:
    """Inputs sorted once over the futures that are learnt from, to be screened for as many resamples as are drawn."""

    def __init__(self, inputs: Mapping[str, Floats]) -> None:
        self.names = tuple(inputs)
        values = np.stack(list(inputs.values()))
        self.order = np.argsort(values, axis=1, kind="stable").astype(np.int32)
        self.edge = np.diff(np.take_along_axis(values, self.order, axis=1), axis=1, append=np.inf) > 0

    def strongest(self, cases: Bools, counts: Floats) -> list[str]:
        """Return the inputs of which a single cut tells cases apart most, where each future counts so often."""
        total = counts.sum()
        hits = counts * (cases - (counts @ cases) / total)
        told = np.empty(len(self.names))
        for row, order in enumerate(self.order):
            below = np.cumsum(counts[order])
            size = below * (total - below)
            sums = np.cumsum(hits[order])
            told[row] = np.max(np.where(self.edge[row] & (size > 0), sums**2 / np.maximum(size, 1), 0.0))
        return [self.names[i] for i in np.argsort(-told, kind="stable")[:CANDIDATES]]


def _boxes(
    inputs: dict[str, Floats], screened: Sequence[str], cases: Bools, learn: Bools, tried: int
) -> tuple[list[tuple[tuple[Limit, ...], dict[str, float]]], list[Part]]:
    """Return boxes with the chance of each limit, each found among the futures that the ones before leave, and the first one's path."""
    left, found, first = learn.copy(), list[tuple[tuple[Limit, ...], dict[str, float]]](), list[Part]()
    for _ in range(MOST_BOXES):
        if int((cases & left).sum()) < FEWEST_CASES / 2:
            break
        some = {name: inputs[name][left] for name in screened}
        path = peel(some, cases[left])
        limits, chances = best(path, some, cases[left], tried)
        first = first or path
        if not limits:
            break
        found.append((limits, chances))
        left &= ~holding(limits, inputs, len(cases))
    return found, first


def _step(step: Part, inputs: dict[str, Floats], cases: Bools, learn: Bools, fresh: Bools) -> dict[str, Any]:
    inside = holding(step.limits, inputs, len(cases))
    return {
        "where": where(step.limits),
        "limits": len(step.limits),
        "learnt": _shares(Shares.of(inside[learn], cases[learn])),
        "fresh": _shares(Shares.of(inside[fresh], cases[fresh])),
    }


def _box(
    limits: tuple[Limit, ...],
    chances: Mapping[str, float],
    inside: Bools,
    cases: Bools,
    learn: Bools,
    fresh: Bools,
) -> dict[str, Any]:
    """Return a box with its densities; ``inside``: the futures within its limits that no box before it holds."""
    tried_on = inside & fresh
    density, low, high = share_interval(cases[tried_on])
    coverage, covered_low, covered_high = share_interval(inside[fresh & cases])
    return {
        "words": words(limits),
        "where": where(limits),
        "chance_of_limits": dict(chances),
        "learnt": _shares(Shares.of(inside[learn], cases[learn])),
        "fresh": {
            "all": float(cases[fresh].mean()),
            "density": density,
            "density_low": low,
            "density_high": high,
            "coverage": coverage,
            "coverage_low": covered_low,
            "coverage_high": covered_high,
            "mass": float(inside[fresh].mean()),
            "inside": int(tried_on.sum()),
        },
        "all": _shares(Shares.of(inside, cases)),
    }


def _recurring(inputs: Mapping[str, Floats], screen: _Screen, cases: Bools, tried: int) -> dict[str, float]:
    """Return in what share of resamples of the futures learnt from the first box limits an input (Bryant and Lempert 2010)."""
    random, counted = np.random.default_rng(SEED), dict[str, int]()
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(cases), len(cases))
        strongest = screen.strongest(cases, np.bincount(drawn, minlength=len(cases)).astype(np.float64))
        some = {name: inputs[name][drawn] for name in strongest}
        limits, _chances = best(peel(some, cases[drawn]), some, cases[drawn], tried)
        for name in {limit.input for limit in limits}:
            counted[name] = counted.get(name, 0) + 1
    return {name: n / RESAMPLES for name, n in sorted(counted.items(), key=lambda item: -item[1])}


def _tree(
    inputs: dict[str, Floats], screened: Sequence[str], cases: Bools, learn: Bools, fresh: Bools
) -> list[dict[str, Any]]:
    """Return the leaves of a tree beside the boxes, with the share of cases in futures that it was not learnt from."""
    leaves = Grower({name: inputs[name] for name in screened}, len(inputs)).grow(cases.astype(np.float64), learn)
    found = []
    for leaf in leaves:
        density, low, high = share_interval(cases[leaf.inside & fresh])
        found.append(
            {
                "words": words(leaf.limits),
                "where": where(leaf.limits),
                "mass": float(leaf.inside.mean()),
                "fresh_density": density,
                "fresh_density_low": low,
                "fresh_density_high": high,
            }
        )
    return found


def _some(inputs: Mapping[str, Floats], kept: Bools) -> dict[str, Floats]:
    return {name: values[kept] for name, values in inputs.items()}


def _shares(one: Shares) -> dict[str, float]:
    return {"coverage": one.coverage, "density": one.density, "mass": one.mass, "inside": one.inside}


def _warnings(frame: Frame, found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not found:
        yield "No box stands out from chance among so many inputs: do not look for one by eye in the path of peeling."
    for place, box in enumerate(found, start=1):
        if box["fresh"]["density_high"] < box["learnt"]["density"]:
            yield f"Box {place} is less dense in fresh futures than where it was learnt: quote the fresh density."
        if box["fresh"]["density_low"] <= box["fresh"]["all"]:
            yield f"Box {place} is in fresh futures not clearly denser than all of them: do not quote it as found."
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."
    yield "A box says where cases are dense, not what causes them: inputs that go together stand for each other."


def _words(found: Sequence[Mapping[str, Any]], said: str, base: tuple[float, float, float]) -> Iterator[str]:
    yield f"In {share(*base)} of futures {said}."
    if not found:
        yield "No box of what was drawn holds them apart from the others beyond chance."
    for place, box in enumerate(found):
        fresh = box["fresh"]
        density = share(fresh["density"], fresh["density_low"], fresh["density_high"])
        coverage = share(fresh["coverage"], fresh["coverage_low"], fresh["coverage_high"])
        yield (
            f"{'Outside the boxes before, where' if place else 'Where'} {box['words']}, this is so in {density} of futures that the "
            f"box was not learnt from; "
            f"the box holds {coverage} of all such futures."
        )


def _tables(
    found: Sequence[Mapping[str, Any]], tree: Sequence[Mapping[str, Any]], recurring: Mapping[str, float], said: str
) -> Iterator[Table]:
    if found:
        rows = []
        for box in found:
            fresh, learnt = box["fresh"], box["learnt"]
            rows.append(
                (
                    box["words"],
                    per_cent(learnt["density"]),
                    share(fresh["density"], fresh["density_low"], fresh["density_high"]),
                    share(fresh["coverage"], fresh["coverage_low"], fresh["coverage_high"]),
                    per_cent(fresh["mass"]),
                )
            )
        heads = (
            "box",
            "density where learnt",
            "density in fresh futures",
            "coverage in fresh futures",
            "share of futures",
        )
        yield Table(
            f"Where {said}",
            heads,
            tuple(rows),
            "Density: share of cases among futures inside; coverage: share of cases inside. A box is without those before it.",
        )
        limited = tuple((name, per_cent(value)) for name, value in list(recurring.items())[:8])
        if limited:
            yield Table("How often an input limits the first box in resamples", ("input", "resamples"), limited)
    if len(tree) > 1:
        leaves = [
            (
                leaf["words"],
                per_cent(leaf["mass"]),
                share(leaf["fresh_density"], leaf["fresh_density_low"], leaf["fresh_density_high"]),
            )
            for leaf in sorted(tree, key=lambda leaf: -leaf["fresh_density"])
        ]
        yield Table("A tree beside it", ("leaf", "share of futures", "density in fresh futures"), tuple(leaves))
