"""One future, week by week: what a plan changes first, through which mechanisms, and what that moves next.

The future is simulated under the baseline, under the plan, and under the plan with each mechanism in turn going on as under the baseline. A
mechanism carries a difference of which half or more is gone without its response, and holds one back that would be half as large again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.decisions.pathways import WATCHED, least, trailing
from premortem.decisions.result import Result, Table
from premortem.decisions.saying import within
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo
from premortem.study.chunks import summarise
from premortem.wording.languages import Messages
from premortem.wording.numbers import per_cent, scale
from premortem.wording.quantities import number
from premortem.wording.sentences import counted, outcome_title

CARRIES = 0.5
"""Share of a difference that is gone without a mechanism's response, from which on the mechanism carries it."""
ONSET = 0.05
"""Of the largest difference of a future: a smaller one is no beginning."""
SAID = 8  # steps, in sentences
ENDS = 4  # outcomes whose end is said, where none is named
NAMED = 3  # mechanisms, or outcomes, in a sentence
LEAST_SHOWN = 0.01  # of a difference that is gone without a mechanism, to be listed
RESOLUTION = 1e-6  # of a number: below it 32-bit arithmetic tells nothing apart
AS_NOTHING = 0.01  # of a difference that matters: what is smaller is shown as 0
DIGITS, MOST_DIGITS = 3, 6

Floats = NDArray[np.float64]
Weekly = Mapping[str, Floats]


@dataclass(frozen=True)
class Future:
    """One future: outcome -> ``[week]`` under the baseline, under the plan, and with each mechanism not responding."""

    number: int
    years: int
    base: Weekly
    plan: Weekly
    without: Mapping[str, Weekly]


@dataclass(frozen=True)
class Step:
    """An outcome that parts from the baseline: in which ``week``, how much it is over the quarter to then, and what carries it.

    ``carried`` and ``held_back``: mechanism -> share of the difference, up to a quarter after that week, that is gone without its response.
    """

    outcome: str
    mechanism: str
    week: int
    ours: float
    theirs: float
    carried: Mapping[str, float]
    held_back: Mapping[str, float]


@dataclass(frozen=True)
class Place:
    """Where a future lies in its study by the difference of an outcome: the ``lower`` share of differences, and the ``median`` of all."""

    lower: float
    median: float

    @classmethod
    def of(cls, differences: Floats, at: int) -> Place:
        """Return the place of the future ``at`` among the differences of a study, ``[future]``."""
        return cls(float((differences < differences[at]).mean()), float(np.median(differences)))


@dataclass(frozen=True)
class End:
    """An outcome over the whole run, under the plan and the baseline, and with each mechanism not responding."""

    outcome: str
    ours: float
    theirs: float
    without: Mapping[str, float]

    @property
    def difference(self) -> float:
        """Plan minus baseline."""
        return self.ours - self.theirs

    @property
    def least(self) -> float:
        """The smallest difference that matters; 0 where nothing says: the baseline is at zero, and no least size is stated."""
        return outcome_table.load()[self.outcome].mattering(self.theirs)

    @property
    def matters(self) -> float:
        """The size of the difference, over the smallest that matters; 0 where nothing says how much does."""
        return abs(self.difference) / self.least if self.least else 0.0

    @property
    def gone(self) -> dict[str, float]:
        """Share of the difference that is gone without each mechanism's response, largest first."""
        shares = {name: (self.ours - value) / self.difference for name, value in self.without.items()}
        return dict(sorted(shares.items(), key=lambda item: -abs(item[1])))


def steps(future: Future, mechanism_of: Mapping[str, str]) -> list[Step]:
    """Return where outcomes part from the baseline by what matters over a quarter, in the order of weeks.

    What is at zero under the baseline and states no least size that matters does not count: nothing says how much of it would matter.
    """
    table = outcome_table.load()
    found = [_step(future, table[id_], mechanism_of[id_]) for id_ in future.base if id_ in mechanism_of]
    places = {id_: place for place, id_ in enumerate(table)}
    return sorted(
        (one for one in found if one is not None),
        key=lambda one: (one.week, not table[one.outcome].headline, places[one.outcome]),
    )


def _step(future: Future, info: OutcomeInfo, mechanism: str) -> Step | None:
    ours, theirs = (trailing(one[info.id][None], WATCHED)[0] for one in (future.plan, future.base))
    gap = np.abs(ours - theirs)
    smallest = least(info, WATCHED, future.years) * (1 if info.flow else WATCHED)
    matters = np.maximum(info.matters * np.abs(theirs), max(smallest, ONSET * float(gap.max())))
    if not smallest:
        matters = np.where(np.abs(theirs) > RESOLUTION * np.abs(ours), matters, np.inf)
    differs = (gap >= matters) & (gap > RESOLUTION * np.abs(theirs))
    if not differs.any():
        return None
    week = int(differs.argmax())
    end = week + WATCHED + 1
    whole = float((future.plan[info.id][:end] - future.base[info.id][:end]).sum())
    gone = {
        name: float((future.plan[info.id][:end] - one[info.id][:end]).sum()) / whole
        for name, one in future.without.items()
        if whole
    }
    ranked = sorted(gone.items(), key=lambda item: -abs(item[1]))
    divisor = 1 if info.flow else min(week + 1, WATCHED)
    return Step(
        info.id,
        mechanism,
        week,
        float(ours[week]) / divisor,
        float(theirs[week]) / divisor,
        {name: share for name, share in ranked if share >= CARRIES},
        {name: share for name, share in ranked if share <= -CARRIES},
    )


def over(weekly: Weekly, outcome: str) -> float:
    """Return an outcome over the whole run, as one number."""
    return float(summarise(outcome_table.load()[outcome].summary, weekly[outcome][None])[0])


def ends(future: Future, outcomes: Sequence[str]) -> list[End]:
    """Return outcomes over the whole run, those that differ, most first for what matters of each."""
    found = [
        End(id_, over(future.plan, id_), over(future.base, id_), {m: over(w, id_) for m, w in future.without.items()})
        for id_ in outcomes
    ]
    return sorted((one for one in found if one.difference), key=lambda one: -one.matters)


def first_of_each(found: Sequence[Step], outcomes: Sequence[str], ending: Sequence[End], *, only: bool) -> list[Step]:
    """Return the very first step, and of each mechanism the first of a headline outcome, else of any.

    ``only``: those of the mechanisms that carry one of the outcomes, and the outcomes themselves.
    """
    table = outcome_table.load()
    carriers = {name for one in ending for name, share in one.gone.items() if share >= CARRIES}
    among = [one for one in found if not only or one.mechanism in carriers or one.outcome in outcomes]
    kept = {one.mechanism: one for one in reversed(among)}
    kept |= {one.mechanism: one for one in reversed(among) if table[one.outcome].headline}
    wanted = {one.outcome for one in kept.values()} | {one.outcome for one in among[:1]}
    if only:
        wanted |= set(outcomes)
    return [one for one in among if one.outcome in wanted]


def trace(
    future: Future,
    plan: str,
    baseline: str,
    mechanism_of: Mapping[str, str],
    outcomes: Sequence[str],
    about: Mapping[str, Any],
    t: Messages,
    *,
    only: bool,
    places: Mapping[str, Place],
    among: int,
) -> Result:
    """Trace what a plan changes in one future.

    Parameters
    ----------
    mechanism_of : outcome -> the mechanism that computes it.
    outcomes : those whose end is said.
    about : what was asked, for the result.
    t : catalogue of the language of the words and tables.
    only : only steps of mechanisms that carry one of the outcomes.
    places : outcome -> where the future lies ``among`` so many of the study.
    """
    found, ending = steps(future, mechanism_of), ends(future, outcomes)
    if not only:
        ending = [one for one in ending if one.matters >= 1][:ENDS]
    shown = first_of_each(found, outcomes, ending, only=only)
    say = _Saying(plan, baseline, t)
    return Result(
        method="trace",
        inputs={"plan": plan, "baseline": baseline, "future": future.number, "years": future.years, **about},
        result={
            "steps": [
                {
                    "outcome": one.outcome,
                    "mechanism": one.mechanism,
                    "week": one.week,
                    "plan": one.ours,
                    "baseline": one.theirs,
                    "carried_by": dict(one.carried),
                    "held_back_by": dict(one.held_back),
                }
                for one in shown
            ],
            "ends": {
                one.outcome: {
                    "plan": one.ours,
                    "baseline": one.theirs,
                    "without": dict(one.without),
                    "gone": one.gone,
                    "lower_in": places[one.outcome].lower,
                    "median": places[one.outcome].median,
                }
                for one in ending
            },
            "by_quarter": {one.outcome: _quarters(future, one) for one in ending},
        },
        uncertainty={"futures": 1, "interval": "none: it is one future"},
        warnings=tuple(say.warnings()),
        words=(
            *say.words(future, found, shown, ending),
            *(say.place(one, places[one.outcome], among) for one in ending if one.matters >= 1),
        ),
        tables=tuple(say.tables(shown, ending)),
    )


def _quarters(future: Future, end: End) -> dict[str, Any]:
    """Return an outcome over each quarter under the plan, the baseline, and without the mechanisms that move it most."""
    most = list(end.gone)[:NAMED]
    info = outcome_table.load()[end.outcome]

    def summed(weekly: Weekly) -> list[float]:
        quarters = weekly[end.outcome].reshape(-1, WATCHED)
        return [float(x) for x in (quarters.sum(axis=1) if info.flow else quarters[:, -1])]

    return {
        "plan": summed(future.plan),
        "baseline": summed(future.base),
        "without": {name: summed(future.without[name]) for name in most},
    }


@dataclass(frozen=True)
class _Saying:
    """A trace in the words of a language."""

    plan: str
    baseline: str
    t: Messages

    def title(self, outcome: str) -> str:
        return within(outcome_title(outcome_table.load()[outcome], self.t))

    def amounts(self, outcome: str, *values: float, least: float = 0.0) -> list[str]:
        """Return amounts with their unit, by as many digits as tell them apart; 0 for what is next to nothing of the ``least``."""
        values = tuple(x if abs(x) >= AS_NOTHING * least else 0.0 for x in values)
        how = scale(outcome_table.load()[outcome].unit, [Interval(x, x, x) for x in values])
        for digits in range(DIGITS, MOST_DIGITS + 1):
            shown = [number(x / how.divisor, digits).replace("-", "\N{MINUS SIGN}") for x in values]
            if len(set(shown)) == len(set(values)):
                break
        return [counted(one, how.unit, self.t) for one in shown]

    def listed(self, words: Sequence[str]) -> str:
        return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {self.t('and_word')} {words[-1]}"

    def mechanisms(self, names: Sequence[str]) -> str:
        return self.listed([self.t.named("mechanism", name) for name in names[:NAMED]])

    def through(self, one: Step) -> str:
        names = list(one.carried)
        carried = self.t("trace.through", mechanisms=self.mechanisms(names)) if names else self.t("trace.jointly")
        if not one.held_back:
            return carried
        return f"{carried}; {self.t('trace.held_back', mechanisms=self.mechanisms(list(one.held_back)))}"

    def words(
        self, future: Future, found: Sequence[Step], shown: Sequence[Step], ending: Sequence[End]
    ) -> Iterator[str]:
        t = self.t
        if not shown:
            yield t("trace.nothing", future=future.number, plan=self.plan, baseline=self.baseline)
        for place, one in enumerate(shown[:SAID]):
            ours, theirs = self.amounts(one.outcome, one.ours, one.theirs)
            yield t(
                "trace.first" if place == 0 else "trace.then",
                future=future.number,
                week=one.week,
                title=self.title(one.outcome),
                ours=ours,
                theirs=theirs,
                plan=self.plan,
                baseline=self.baseline,
                through=self.through(one),
            )
        if len(shown) > SAID:
            yield t("trace.more", n=len(shown) - SAID)
        if shown and shown[0].carried:
            yield from self.next_of(next(iter(shown[0].carried)), shown[0], found)
        for end in ending:
            yield self.end(end)

    def next_of(self, mechanism: str, first: Step, found: Sequence[Step]) -> Iterator[str]:
        """Yield what a mechanism moved next: outcomes of others that it carries, one of each."""
        moved: dict[str, Step] = {}
        for one in found:
            if (
                mechanism in one.carried
                and one.mechanism not in {mechanism, first.mechanism}
                and one.week >= first.week
            ):
                moved.setdefault(one.mechanism, one)
        said = [
            self.t("trace.in_week", title=self.title(one.outcome), week=one.week)
            for one in list(moved.values())[:NAMED]
        ]
        if said:
            yield self.t("trace.next", mechanism=self.mechanisms([mechanism]), moved=self.listed(said))

    def end(self, end: End) -> str:
        ours, theirs = self.amounts(end.outcome, end.ours, end.theirs, least=end.least)
        said = self.t(
            "trace.end" if end.matters >= 1 else "trace.alike",
            title=self.title(end.outcome),
            ours=ours,
            theirs=theirs,
            plan=self.plan,
            baseline=self.baseline,
        )
        if end.matters < 1:
            return said
        carriers = [name for name, share in end.gone.items() if abs(share) >= CARRIES][:NAMED]
        if not carriers:
            return f"{said} {self.t('trace.nobody')}"
        values = self.amounts(end.outcome, *(end.without[name] for name in carriers), least=end.least)
        without = [
            self.t("trace.without", mechanism=self.mechanisms([name]), value=value)
            for name, value in zip(carriers, values, strict=True)
        ]
        return f"{said} {self.t('trace.would', without=self.listed(without))}"

    def place(self, end: End, place: Place, among: int) -> str:
        difference, median = self.amounts(end.outcome, end.difference, place.median, least=end.least)
        return self.t(
            "trace.place",
            title=self.title(end.outcome),
            difference=difference,
            share=per_cent(place.lower),
            among=f"{among:,}",
            median=median,
        )

    def warnings(self) -> Iterator[str]:
        yield self.t("trace.one_future")
        yield self.t("trace.luck")

    def tables(self, shown: Sequence[Step], ending: Sequence[End]) -> Iterator[Table]:
        t = self.t
        yield Table(
            t("trace.steps"),
            (t("trace.week"), t("trace.what"), self.plan, self.baseline, t("trace.carried")),
            tuple(
                (
                    str(one.week),
                    outcome_title(outcome_table.load()[one.outcome], t),
                    *self.amounts(one.outcome, one.ours, one.theirs),
                    self.through(one),
                )
                for one in shown
            ),
            t("trace.steps_note"),
        )
        for end in (one for one in ending if one.matters >= 1):
            moving = [(name, share) for name, share in end.gone.items() if abs(share) >= LEAST_SHOWN]
            values = self.amounts(end.outcome, *(end.without[name] for name, _ in moving), least=end.least)
            rows = [
                (t.named("mechanism", name), value, f"{share:.0%}")
                for (name, share), value in zip(moving, values, strict=True)
            ]
            heads = (t("trace.mechanism"), t("trace.value_without"), t("trace.gone"))
            yield Table(
                t("trace.without_title", title=self.title(end.outcome)), heads, tuple(rows), t("trace.gone_note")
            )
