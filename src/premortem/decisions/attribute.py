"""What each element of a plan, or each mechanism of the model, contributes to a difference: Shapley values, additive in every future.

A part is an element that can be left out of the plan, or a mechanism whose response to the plan can be switched off. Its wedge is what
adding it changes, averaged over orders in which the parts are put together (Shapley 1953; sampled orders as in Castro, Gomez and Tejada
2009, doi:10.1016/j.cor.2008.04.004, each with its reverse). Along one order the steps add up to the whole, so their averages do too,
whatever orders were drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from premortem.decisions.result import Result, Table
from premortem.decisions.saying import amount, mechanism_words, title
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo

MOST_EXACT = 3
"""Parts of which all orders are taken."""
FEW_ORDERS = 8
"""Orders below which an interval is wide, because few say little of how much orders differ."""
LEAST_FUTURES, LEAST_ORDERS = 10, 2
SEED = 1

Floats = NDArray[np.float64]
Set = frozenset[str]


def element_words(path: str) -> str:
    """Return an element as a reader says it.

    >>> element_words("task_force.btfg_texas"), element_words("zone")
    ('task force btfg texas', 'the zone')
    """
    return f"the {path}" if "." not in path and " " not in path else path.replace(".", " ").replace("_", " ")


@dataclass(frozen=True)
class Kind:
    """What a difference is attributed to: ``one`` of several, what is left beside those asked for, and how a reader says a name."""

    one: str
    several: str
    rest: str
    words: Callable[[str], str]
    note: str
    warning: str


ELEMENTS = Kind(
    "element",
    "elements",
    "the rest of the plan",
    element_words,
    "The rest: what the plan does without these elements.",
    "An element left out is left out whole; what the authors would put in its place is not asked.",
)
MECHANISMS = Kind(
    "mechanism",
    "mechanisms",
    "the rest of the model",
    mechanism_words,
    "What is lost where a mechanism goes on as under the baseline, in the same future.",
    "A chain of mechanisms is shared alike among its links: a large part is no proof that the mechanism began it.",
)
KINDS = {kind.several: kind for kind in (ELEMENTS, MECHANISMS)}


@dataclass(frozen=True)
class Wedge:
    """What a part contributes on average, with the standard errors from futures and from orders; ``by_future`` adds up."""

    average: float
    futures_error: float
    orders_error: float
    by_future: Floats

    draws: int
    """Orders drawn; 1 where nothing is left to chance."""

    @property
    def half(self) -> float:
        """Half the width of the 90 % interval of the average, by Student's t.

        The degrees of freedom are those of futures and orders together (Satterthwaite 1946, doi:10.2307/3002019).
        """
        return half(len(self.by_future), self.futures_error, self.draws, self.orders_error)


def half(futures: int, futures_error: float, draws: int = 1, orders_error: float = 0.0) -> float:
    """Return half the width of a 90 % interval from two standard errors, of so many futures and orders drawn.

    >>> round(half(10, 1.0), 3), round(half(100_000, 1.0), 3), half(2, 0.0)
    (1.833, 1.645, 0.0)
    """
    square = futures_error**2 + orders_error**2
    if square == 0:
        return 0.0
    spread = futures_error**4 / (futures - 1) + (orders_error**4 / (draws - 1) if draws > 1 else 0.0)
    return float(student.isf(0.05, square**2 / spread) * np.sqrt(square))


def require_possible(futures: int, count: int) -> None:
    """Check how much is asked for, before anything is simulated.

    Raises
    ------
    InputError : too few futures or orders for an average with an interval.
    """
    for found, least, option in ((futures, LEAST_FUTURES, "--futures"), (count, LEAST_ORDERS, "--orders")):
        if found < least:
            message = f"too few for attribute: an average over fewer has no interval ({option})"
            raise InputError(Problem("too_few", message, found=f"{found:,}", allowed=f"at least {least:,}"))


def orders(parts: Sequence[str], count: int, seed: int = SEED) -> list[tuple[str, ...]]:
    """Return orders of parts: all of them where they are few, else ``count`` of them, each with its reverse.

    >>> orders(["a", "b"], 5)
    [('a', 'b'), ('b', 'a')]
    """
    if len(parts) <= MOST_EXACT:
        return list(permutations(parts))
    random = np.random.default_rng(seed)
    found: list[tuple[str, ...]] = []
    while len(found) < count:
        one = tuple(str(name) for name in random.permutation(list(parts)))
        found += [one, one[::-1]]
    return found


def needed(drawn: Sequence[tuple[str, ...]]) -> list[Set]:
    """Return the sets of parts that orders go through, from none to all, each once."""
    return list(dict.fromkeys(frozenset(order[:size]) for order in drawn for size in range(len(order) + 1)))


def wedges(drawn: Sequence[tuple[str, ...]], values: Mapping[Set, Floats]) -> dict[str, Wedge]:
    """Return what each part contributes.

    Parameters
    ----------
    drawn : orders of all parts.
    values : set of parts that are there -> ``[future]``.
    """
    steps: dict[str, list[Floats]] = {name: [] for name in drawn[0]}
    for order in drawn:
        there: Set = frozenset()
        for name in order:
            steps[name].append(values[there | {name}] - values[there])
            there |= {name}
    found = {}
    for name, each in steps.items():
        by_future = np.mean(each, axis=0)
        # Where all orders were taken nothing is left to chance. Else the spread over single orders: an order and its reverse differ the
        # other way, so it is too wide rather than too narrow, where two or three pairs may agree by chance and show no spread at all.
        by_order = np.mean(each, axis=1) if len(steps) > MOST_EXACT else np.zeros(1)
        spread = float(by_order.std(ddof=1) / np.sqrt(len(by_order))) if len(by_order) > 1 else 0.0
        error = float(by_future.std(ddof=1) / np.sqrt(len(by_future)))
        found[name] = Wedge(float(by_future.mean()), error, spread, by_future, len(by_order))
    return found


def attribute(
    plan: str,
    baseline: str,
    drawn: Sequence[tuple[str, ...]],
    values: Mapping[Set, Mapping[str, Floats]],
    base: Mapping[str, Floats],
    about: Mapping[str, Any],
    kind: Kind = ELEMENTS,
) -> Result:
    """Attribute the difference of outcomes between a plan and the baseline to parts of the plan or the model and what is left without them.

    Parameters
    ----------
    values : set of parts that are there -> outcome -> ``[future]``.
    base : outcome -> ``[future]``, under the baseline.
    about : what was asked, and ``new_runs``, for the result.
    """
    everything: Set = frozenset(drawn[0])
    fine = np.all([np.isfinite(x) for one in (*values.values(), base) for x in one.values()], axis=0)
    by_outcome: dict[str, dict[str, Wedge]] = {}
    wholes: dict[str, Floats] = {}
    for outcome in base:
        some = {there: np.asarray(one[outcome][fine]) for there, one in values.items()}
        under = np.asarray(base[outcome][fine])
        parts = wedges(drawn, some)
        rest = some[frozenset()] - under
        if kind is ELEMENTS or rest.any():
            parts[kind.rest] = Wedge(float(rest.mean()), float(rest.std(ddof=1) / np.sqrt(len(rest))), 0.0, rest, 1)
        by_outcome[outcome] = dict(sorted(parts.items(), key=lambda item: -abs(item[1].average)))
        wholes[outcome] = some[everything] - under
    infos = {outcome: outcome_table.load()[outcome] for outcome in base}
    return Result(
        method="attribute",
        inputs={
            "plan": plan,
            "baseline": baseline,
            "parts": kind.several,
            kind.several: sorted(drawn[0]),
            "orders": len(drawn),
            **about,
        }
        | {"futures": int(fine.sum()), "failed": {"some run of a future failed": int((~fine).sum())}},
        result={
            outcome: {
                "unit": infos[outcome].unit,
                **_total(wholes[outcome]),
                "wedges": {
                    name: {"average": w.average, "low": w.average - w.half, "high": w.average + w.half}
                    for name, w in parts.items()
                },
            }
            for outcome, parts in by_outcome.items()
        },
        uncertainty={
            "interval": "90 %, of the average, by Student's t from the spread over futures and over orders",
            "standard_errors": {
                outcome: {name: {"futures": w.futures_error, "orders": w.orders_error} for name, w in parts.items()}
                for outcome, parts in by_outcome.items()
            },
            "largest_remainder": max(
                float(np.abs(sum(w.by_future for w in parts.values()) - wholes[outcome]).max())
                for outcome, parts in by_outcome.items()
            ),
        },
        warnings=tuple(_warnings(kind, drawn, int(fine.sum()), int((~fine).sum()))),
        words=tuple(_words(kind, plan, baseline, infos, by_outcome, wholes)),
        tables=tuple(
            _table(kind, plan, baseline, infos[outcome], parts, wholes[outcome])
            for outcome, parts in by_outcome.items()
        ),
    )


def _total(whole: Floats) -> dict[str, float]:
    """Return the average of the whole difference with its 90 % interval."""
    mean, wide = float(whole.mean()), half(len(whole), float(whole.std(ddof=1) / np.sqrt(len(whole))))
    return {"difference": mean, "low": mean - wide, "high": mean + wide}


def _warnings(kind: Kind, drawn: Sequence[tuple[str, ...]], futures: int, failed: int) -> Iterator[str]:
    if len(drawn[0]) > MOST_EXACT:
        taken = f"{len(drawn)} orders of {len(drawn[0])} {kind.several} were taken, not all"
        yield f"{taken}: intervals hold what that leaves open."
    if len(drawn[0]) > MOST_EXACT and len(drawn) < FEW_ORDERS:
        yield f"Fewer than {FEW_ORDERS} orders say little of how much orders differ, so intervals are wide: take more (--orders)."
    yield f"{futures} futures: what a wedge is in the others of the study is not known."
    yield kind.warning
    if failed:
        yield f"{failed} futures are left out, because a run of theirs failed."


def _said(info: OutcomeInfo, one: Wedge) -> str:
    return amount(info, one.average, one.average - one.half, one.average + one.half, change=True)


def _words(
    kind: Kind,
    plan: str,
    baseline: str,
    infos: Mapping[str, OutcomeInfo],
    found: Mapping[str, Mapping[str, Wedge]],
    wholes: Mapping[str, Floats],
) -> Iterator[str]:
    for outcome, parts in found.items():
        difference = amount(infos[outcome], *_total(wholes[outcome]).values(), change=True)
        first = next(iter(parts))
        yield (
            f"Of the change in {title(infos[outcome])} by {difference} under {plan} against {baseline}, {kind.words(first)} "
            f"contributes most: {_said(infos[outcome], parts[first])}."
        )


def _table(kind: Kind, plan: str, baseline: str, info: OutcomeInfo, parts: Mapping[str, Wedge], whole: Floats) -> Table:
    moving = {name: one for name, one in parts.items() if one.by_future.any()}
    rows = [(kind.words(name), _said(info, one)) for name, one in moving.items()]
    if still := len(parts) - len(moving):
        rows.append((f"{still} other {kind.several if still > 1 else kind.one}", "nothing, in any future"))
    rows.append((f"{plan} minus {baseline}", amount(info, *_total(whole).values(), change=True)))
    note = f"Averages with 90 % intervals; unrounded they add up exactly. {kind.note}"
    return Table(f"What contributes to {title(info)}", (kind.one, "contribution"), tuple(rows), note)
