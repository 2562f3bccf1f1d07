"""The answer in ten seconds: the few outcomes of a plan that say most, in both readings, as cost, harm, help, open, no difference.

Outcomes whose differences go together in nearly all futures are one finding: the first of them is shown, the others are named under it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from premortem.analysis.chance import among_all
from premortem.analysis.compare import Comparison, OutcomeComparison, of_pairs, paired
from premortem.analysis.decisive import rank
from premortem.analysis.unfolding import Unfolding, unfolding
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.frames import pl
from premortem.study.store import Store

Kind = Literal["costs", "harms", "helps", "open", "same"]
KINDS: tuple[Kind, ...] = ("costs", "harms", "helps", "open", "same")
"""In the order in which they are read. ``open``: futures do not agree; ``same``: about the same in nearly all."""
MOST = 7  # findings
AGAIN: tuple[Kind, ...] = ("harms", "costs", "helps", "open", "harms", "helps", "open", "same")
"""Which kinds get another finding first."""
BUDGET = "fiscal_cost"
"""The first of what a plan costs: what others lose by it stands below, lest it be read as its price."""
TOGETHER = 0.9  # rank correlation of two differences from which they are one finding
DECIDING = 3  # inputs named
FEWEST = 3  # futures whose differences can go together


@dataclass(frozen=True)
class Finding:
    """One outcome of the short answer.

    ``carried_out``: None where nobody could stop the plan, and both readings are one. ``with_it``: outcomes that go with it.
    """

    kind: Kind
    as_likely: OutcomeComparison
    carried_out: OutcomeComparison | None
    with_it: tuple[OutcomeComparison, ...]


@dataclass(frozen=True)
class ShortAnswer:
    """What a plan does against a baseline, at most seven findings.

    ``decides``: ids of the inputs that decide most, strongest first, of those that stand out from chance in all outcomes together.
    ``screened``: whether the run holds enough to look for them.
    """

    plan: str
    baseline: str
    futures: int
    findings: tuple[Finding, ...]
    unfolding: Unfolding | None
    decides: tuple[str, ...]
    screened: bool = True

    def shorter(self) -> ShortAnswer | None:
        """Return the answer without the least of its findings; None where each kind has one finding left."""
        counts = Counter(one.kind for one in self.findings)
        kind = max(reversed(KINDS), key=lambda one: counts[one])
        if counts[kind] <= 1:
            return None
        last = max(place for place, one in enumerate(self.findings) if one.kind == kind)
        return replace(self, findings=self.findings[:last] + self.findings[last + 1 :])


def common(answers: Sequence[ShortAnswer], most: int = MOST) -> tuple[str, ...]:
    """Return so many outcomes at most, those on which most answers find a difference, in the order of the table of outcomes."""
    found = Counter(one.as_likely.outcome.id for answer in answers for one in answer.findings if one.kind != "same")
    places = {id_: place for place, id_ in enumerate(outcomes.load())}
    first = sorted(found, key=lambda id_: (-found[id_], places[id_]))[:most]
    return tuple(sorted(first, key=places.__getitem__))


def short_answer(store: Store, plan: str, baseline: str) -> ShortAnswer:
    """Return the short answer of a finished or unfinished study.

    What a finding is (cost, harm, help) follows the reading as carried out, which says what the plan does where it is done.

    Raises
    ------
    InputError : the study lacks a plan, or no future is finished under both.
    """
    known = store.provenance.outcomes
    shown = [id_ for id_, info in outcomes.load().items() if info.headline and id_ in known]
    pairs, result = _read(store, plan, baseline, shown)
    unfolds = unfolding(store, plan)
    written = None if unfolds is None else _written(store, plan, baseline, shown)
    leading, carried = written or (pairs, None)
    first = [line for line in (carried or result).lines if line.verdict is not None]
    groups = _together(leading, first)
    as_likely, as_written = ({line.outcome.id: line for line in one.lines} if one else {} for one in (result, carried))
    found = [
        Finding(
            _kind(line), as_likely[line.outcome.id], as_written.get(line.outcome.id), tuple(groups[line.outcome.id])
        )
        for line in first
        if line.outcome.id in groups
    ]
    decides = _decides(store, plan, baseline)
    return ShortAnswer(
        plan, baseline, result.futures, tuple(_chosen(found)), unfolds, decides or (), screened=decides is not None
    )


def _read(store: Store, plan: str, baseline: str, shown: Sequence[str]) -> tuple[pl.DataFrame, Comparison]:
    """Return the paired futures of two plans and their comparison, over the outcomes that are shown."""
    fine, failed = paired(store.table().select("plan", "future", "fault", *shown).collect(), plan, baseline)
    return fine, of_pairs(fine, failed, plan, baseline)


def _written(store: Store, plan: str, baseline: str, shown: Sequence[str]) -> tuple[pl.DataFrame, Comparison] | None:
    """Return the same for both plans carried out as written; None where the study does not hold that reading."""
    try:
        return _read(store.under("carried_out"), plan, baseline, shown)
    except InputError:
        return None


def _kind(line: OutcomeComparison) -> Kind:
    match line.verdict:
        case "worse":
            return "costs" if line.outcome.unit.startswith("USD") else "harms"
        case "better":
            return "helps"
        case "same":
            return "same"
        case _:
            return "open"


def _together(fine: pl.DataFrame, lines: Sequence[OutcomeComparison]) -> Mapping[str, list[OutcomeComparison]]:
    """Return, by the first of each group whose differences go together over paired futures, the others of the same kind."""
    ranks: dict[str, NDArray[np.float64]] = {}
    for line in lines:
        id_ = line.outcome.id
        difference = (fine[id_] - fine[f"{id_}:baseline"]).to_numpy()
        ranks[id_] = rankdata(difference) if np.ptp(difference) else np.zeros(len(difference))
    groups: dict[str, list[OutcomeComparison]] = {}
    for line in lines:
        kin = next((other for other in lines if other.outcome.id in groups and _goes_with(line, other, ranks)), None)
        if kin is None:
            groups[line.outcome.id] = []
        else:
            groups[kin.outcome.id].append(line)
    return groups


def _goes_with(line: OutcomeComparison, other: OutcomeComparison, ranks: Mapping[str, NDArray[np.float64]]) -> bool:
    ours, theirs = ranks[line.outcome.id], ranks[other.outcome.id]
    if _kind(line) != _kind(other) or line.outcome.group != other.outcome.group or len(ours) < FEWEST:
        return False
    if not ours.any() or not theirs.any():
        return False
    return abs(float(np.corrcoef(ours, theirs)[0, 1])) >= TOGETHER


def _chosen(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield at most so many findings: one of every kind, then more of those that say most; harm to people before other harm, and
    the budget before other costs."""
    left = {kind: [one for one in found if one.kind == kind] for kind in KINDS}
    left["harms"].sort(key=lambda one: one.as_likely.outcome.group != "harm")
    left["costs"].sort(key=lambda one: one.as_likely.outcome.id != BUDGET)
    wanted = dict.fromkeys(KINDS, 0)
    for kind in (*KINDS, *AGAIN):
        if sum(wanted.values()) < MOST and wanted[kind] < len(left[kind]):
            wanted[kind] += 1
    for kind in KINDS:
        yield from left[kind][: wanted[kind]]


def _decides(store: Store, plan: str, baseline: str) -> tuple[str, ...] | None:
    """Return the inputs that decide most beyond what chance explains in all outcomes together.

    None where the study keeps no draws, or has too few futures.
    """
    try:
        ranking = rank(store, plan, baseline)
    except InputError:
        return None
    least = among_all(ranking.screens.values())
    clear = (one.parameter for one in ranking.clear if any(abs(rho) > least for _, rho in one.decides))
    return tuple(islice(clear, DECIDING))
