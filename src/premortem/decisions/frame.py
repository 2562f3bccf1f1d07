"""The results of a study as arrays, read once: plans x futures for every outcome, and what was drawn, paired by future.

A future counts only where it was finished under every plan asked for, so that every comparison is over the same futures.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.drawn import CHOICE
from premortem.decisions.result import require_known
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence import parameters
from premortem.evidence.outcomes import OutcomeInfo
from premortem.frames import pl
from premortem.study.cases import Reading
from premortem.study.chunks import OPEN
from premortem.study.store import Store

MOST_FAILED = 0.05
"""Share of futures that may fail under some plan: they are left out and counted. Beyond it the futures left are another population."""
STATUS_QUO = "status_quo"

Floats = NDArray[np.float64]
Words = NDArray[np.str_]


@dataclasses.dataclass(frozen=True, eq=False)
class Frame:
    """Results of some plans in the futures finished under all of them.

    Attributes
    ----------
    plans : ids, the baseline among them.
    futures : numbers of the futures, ``[future]``.
    outcomes : outcome id -> ``[plan, future]``, in the outcome's unit.
    inputs : parameter id or ``open.PATH`` -> ``[future]``: what was drawn and is a number or a flag.
    words : ``open.PATH`` -> ``[future]``: open fields that take words.
    failed : cause -> number of futures left out.
    """

    plans: tuple[str, ...]
    baseline: str
    reading: Reading
    years: int
    futures: NDArray[np.int64]
    outcomes: Mapping[str, Floats]
    inputs: Mapping[str, Floats]
    words: Mapping[str, Words]
    failed: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.futures)

    @property
    def others(self) -> tuple[str, ...]:
        """Every plan but the baseline."""
        return tuple(plan for plan in self.plans if plan != self.baseline)

    def values(self, outcome: str, plan: str) -> Floats:
        """Return an outcome under a plan, ``[future]``."""
        return np.asarray(self.outcomes[outcome][self.plans.index(plan)])

    def difference(self, outcome: str, plan: str) -> Floats:
        """Return an outcome under a plan minus under the baseline, future by future."""
        return self.values(outcome, plan) - self.values(outcome, self.baseline)

    def numbers(self) -> dict[str, Floats]:
        """Return everything drawn as numbers that vary; a field that takes words is a 0-1 column a word (``open.PATH=word``)."""
        found = dict(self.inputs)
        for name, values in self.words.items():
            for word in np.unique(values):
                found[f"{name}{CHOICE}{word}"] = (values == word).astype(np.float64)
        return {name: values for name, values in found.items() if np.ptp(values) > 0}

    def require_inputs(self) -> None:
        """Check that the study keeps what was drawn.

        Raises
        ------
        InputError : it does not.
        """
        if not self.inputs and not self.words:
            raise InputError(Problem("no_draws", 'the study keeps no draws: put "draws" into keep and run it again'))

    def about(self) -> dict[str, Any]:
        """Return what a result says of its inputs."""
        return {
            "plans": list(self.plans),
            "baseline": self.baseline,
            "reading": self.reading,
            "years": self.years,
            "futures": len(self),
            "failed": dict(self.failed),
            "outcomes": list(self.outcomes),
        }


def read(
    store: Store,
    *,
    outcomes: Sequence[str] = (),
    plans: Sequence[str] = (),
    against: str = "",
    reading: Reading = "as_likely",
) -> Frame:
    """Read a frame from a study.

    Parameters
    ----------
    outcomes : ids; by default the headline outcomes that have a better direction.
    plans : ids; all of the study by default. The baseline is added.
    against : the baseline; ``status_quo`` where the study has it, else its first plan.

    Raises
    ------
    InputError : a plan or outcome is not in the study, no future is finished under all plans, or more than 5 % of them failed.
    """
    about = store.provenance
    require_known("plan", [*plans, *([against] if against else [])], about.plans, "in the study")
    require_known("outcome", outcomes, about.outcomes, "in the study")
    baseline = against or (STATUS_QUO if STATUS_QUO in about.plans else about.plans[0])
    chosen = tuple(plan for plan in about.plans if not plans or plan in plans or plan == baseline)
    wanted = list(outcomes) or default_outcomes(about.outcomes)
    table = store.under(reading).table()
    columns = table.collect_schema().names()
    open_columns = [name for name in columns if name.startswith(OPEN)]
    rows = table.filter(pl.col("plan").is_in(chosen)).select("plan", "future", "fault", *wanted, *open_columns)
    by_plan = {
        str(name[0]): part.sort("future") for name, part in rows.collect().partition_by("plan", as_dict=True).items()
    }
    futures, failed = _finished([by_plan.get(plan) for plan in chosen])
    parts = [by_plan[plan].filter(pl.col("future").is_in(futures.implode())) for plan in chosen]
    numbers, words = _drawn(store, parts, futures, open_columns)
    return Frame(
        plans=chosen,
        baseline=baseline,
        reading=reading,
        years=about.years,
        futures=futures.to_numpy(),
        outcomes={id_: np.stack([part[id_].cast(pl.Float64).to_numpy() for part in parts]) for id_ in wanted},
        inputs=numbers,
        words=words,
        failed=failed,
    )


def default_outcomes(kept: Sequence[str]) -> list[str]:
    """Return the headline outcomes among those kept that have a better direction, in the order of the table."""
    infos = outcome_table.load().values()
    return [info.id for info in infos if info.headline and info.direction != "none" and info.id in kept]


def readings(store: Store) -> tuple[Reading, ...]:
    """Return the readings that the study tells apart: one where nobody could stop any of its plans."""
    return ("as_likely", "carried_out") if store.provenance.stoppable else ("as_likely",)


def sign(info: OutcomeInfo) -> float:
    """Return 1 where more is better, -1 where less is, 0 where neither."""
    return {"up": 1.0, "down": -1.0, "none": 0.0}[info.direction]


def group_of(name: str) -> str:
    """Return the group of an input: its mechanism, or ``plan: `` and the part of the plan that is left open.

    >>> group_of("open.consent.if_refused=abandon"), group_of("rivalry.alpha")
    ('plan: consent', 'rivalry')
    """
    if name.startswith(OPEN):
        return f"plan: {name.removeprefix(OPEN).partition('.')[0].partition(CHOICE)[0]}"
    known = parameters.load().get(name)
    return known.mechanism if known else name.partition(".")[0]


def groups(names: Sequence[str]) -> dict[str, list[str]]:
    """Return inputs by group, in alphabetical order of the groups."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(group_of(name), []).append(name)
    return dict(sorted(found.items()))


def _finished(parts: Sequence[pl.DataFrame | None]) -> tuple[pl.Series, dict[str, int]]:
    """Return the numbers of the futures finished under every plan, in order, and cause -> number of futures that failed."""
    there = [part for part in parts if part is not None]
    common = set(there[0]["future"]) if len(there) == len(parts) and there else set()
    for part in there:
        common &= set(part["future"])
    cause: dict[int, str] = {}
    for part in there:
        broken = part.filter(pl.col("fault").is_not_null())
        cause |= {future: fault for future, fault in broken.select("future", "fault").iter_rows() if future in common}
    fine = sorted(common - cause.keys())
    if not fine:
        first = next(iter(cause.values()), "")
        reason = f"every future failed: {first}" if first else "no future is finished under all of them"
        raise InputError(Problem("no_pairs", f"the plans cannot be compared yet: {reason}"))
    if len(cause) > MOST_FAILED * len(common):
        raise InputError(
            Problem(
                "too_many_failed",
                "too many futures failed under one of the plans: those left may differ from those lost",
                found=f"{len(cause):,} of {len(common):,}",
                allowed=f"at most {MOST_FAILED:.0%}",
            )
        )
    return pl.Series("future", fine, dtype=parts[0]["future"].dtype if parts[0] is not None else pl.Int64), dict(
        Counter(cause.values())
    )


def _drawn(
    store: Store, parts: Sequence[pl.DataFrame], futures: pl.Series, open_columns: Sequence[str]
) -> tuple[dict[str, Floats], dict[str, Words]]:
    """Return numbers and words drawn for these futures. A field that several plans leave open takes one value for all of them."""
    draws = store.draws().collect()
    numbers: dict[str, Floats] = {}
    if len(draws.columns) > 2:  # more than the future and its luck
        mine = pl.DataFrame({"future": futures}).join(draws.drop("luck", strict=False), on="future", how="left")
        numbers = {name: mine[name].cast(pl.Float64).to_numpy() for name in mine.columns if name != "future"}
        numbers = {name: values for name, values in numbers.items() if np.isfinite(values).all() and np.ptp(values) > 0}
    words: dict[str, Words] = {}
    for name in open_columns:
        stated = [part[name] for part in parts if part[name].null_count() == 0]
        if not stated:
            continue
        if stated[0].dtype == pl.String:
            words[name] = stated[0].to_numpy().astype(str)
        else:
            numbers[name] = stated[0].cast(pl.Float64).to_numpy()
    return numbers, words
