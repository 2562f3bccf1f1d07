"""How long is a plan good for, what comes after it, and which warning would come in time? From the weeks that a study keeps.

A plan's **sell-by date** in a future is the first week of the first half-year in which it misses its target throughout (adaptation tipping
points: Kwadijk and others 2010, doi:10.1002/wcc.64; pathways: Haasnoot and others 2013, doi:10.1016/j.gloenvcha.2012.12.006).

A **tripwire** is a level of something that is watched. It is scored in futures that its level was not chosen by, by how often it is crossed
in time and how often for nothing (as in Raso and others 2019, doi:10.3390/su11061716).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.compare import Interval
from premortem.decisions.frame import Frame, sign
from premortem.decisions.result import Result, Table, require_futures, require_level
from premortem.decisions.saying import share, share_interval, title, weeks_by
from premortem.errors import InputError, Problem
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.store import Store
from premortem.wording.languages import messages
from premortem.wording.numbers import scale
from premortem.wording.quantities import number
from premortem.wording.sentences import counted

FEWEST = 100
"""Futures: a third of them is kept back to score tripwires in."""
FEWEST_YEARS = 2
"""Years of a run: a target is about a year, and a date needs time after it."""
MISSED = 26  # weeks in a row from which on a target is missed for good
LEAD = 13  # weeks between a warning and the date that it warns of
WATCHED = 13  # weeks over which what is watched is averaged
LEVELS = 19  # levels tried for each tripwire
SHOWN = 5
FRESH = 1 / 3
LEAST_OF_A_KIND = 10  # failures, and others, in the futures learnt from and in those kept back
SEED = 1
Z_TELLS = 2.3263478740408408
"""Standard errors by which the best of the `SHOWN` tripwires must tell failures from the rest: 5 % for all of them together."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Weeks = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """What a plan is to reach: its outcome at least or at most at a ``level``, in a year (flows) or at any time (levels).

    Without a level: no worse than the baseline in the same future, by a difference that matters.
    """

    outcome: str
    level: float | None = None

    def __post_init__(self) -> None:
        """Refuse a level that is no finite number: `premortem.errors.InputError`."""
        if self.level is not None:
            require_level(self.level, self.outcome)

    @property
    def info(self) -> OutcomeInfo:
        """The outcome."""
        return outcome_table.load()[self.outcome]

    def words(self, baseline: str) -> str:
        """The target as a reader says it."""
        if self.level is None:
            return f"{title(self.info)} no worse than under {baseline} over the last year, by a difference that matters"
        side = "at least" if self.info.direction == "up" else "at most"
        when = "a year" if self.info.flow else "at any time"
        return f"{title(self.info)} {side} {number(self.level)} {when}"


@dataclass(frozen=True)
class Tripwire:
    """A watched outcome that gives a warning when its quarterly average passes a ``level``, upwards or downwards."""

    outcome: str
    upwards: bool
    level: float

    @property
    def words(self) -> str:
        """The tripwire as a reader says it."""
        info = outcome_table.load()[self.outcome]
        side = "above" if self.upwards else "below"
        unit = info.unit.removesuffix("/year") if info.flow else info.unit
        how = scale(unit, [Interval(self.level, self.level, self.level)])
        level = counted(number(self.level / how.divisor, 2), how.unit, messages("en"))
        return f"{title(info)} {side} {level}{' a week' if info.flow else ''}, averaged over a quarter"


def pathways(store: Store, frame: Frame, plan: str, target: Target, watched: Sequence[str]) -> Result:
    """Date every plan of a frame, say which others still meet the target then, and score tripwires for each.

    Parameters
    ----------
    plan : the one that sentences are about.
    watched : ids of the outcomes that a tripwire may look at.

    Raises
    ------
    InputError : too few futures or years, no weeks in the study, or an outcome without a better direction.
    """
    _require(store, frame, target)
    years, baseline = frame.years, frame.baseline
    dated = frame.others if target.level is None else frame.plans
    dates = {name: sell_by(_meets(store, frame, target, name)) for name in dated}
    horizon = years * WEEKS_PER_YEAR
    found = {
        name: {
            "passed_by_year": [_passed(mine, year * WEEKS_PER_YEAR) for year in range(1, years + 1)],
            "never": _share(mine >= horizon),
            "week": weeks_by(mine, horizon),
            "then_still_meet": _after(dates, name, horizon),
            "tripwires_tried": len(watched) if _enough(mine < horizon) else 0,
            "tripwires": _wires(store, frame, name, mine, watched),
        }
        for name, mine in dates.items()
    }
    return Result(
        method="pathways",
        inputs=frame.about()
        | {"plan": plan, "target": target.words(baseline), "outcome": target.outcome, "level": target.level},
        result={"horizon_weeks": horizon, "plans": found},
        uncertainty={
            "interval": "90 %, Wilson, of shares of futures",
            "tripwires_scored_in": int(FRESH * len(frame)),
            "dates": "5 %, 50 % and 95 % of futures; null: beyond the run",
        },
        warnings=tuple(_warnings(frame, target)),
        words=tuple(_words(found, plan, target, baseline, years)),
        tables=tuple(_tables(found, target, baseline, years)),
    )


def sell_by(meets: Bools, in_a_row: int = MISSED) -> Weeks:
    """Return the first week of the first stretch in which a target is missed throughout; the number of weeks where there is none.

    Parameters
    ----------
    meets : ``[future, week]``.

    Examples
    --------
    >>> sell_by(np.array([[True, False, False, False], [False, True, False, True]]), in_a_row=2).tolist()
    [1, 4]
    """
    weeks = meets.shape[1]
    missed = np.cumsum(np.pad(~meets, ((0, 0), (1, 0))), axis=1)
    throughout: Bools = missed[:, in_a_row:] - missed[:, :-in_a_row] == in_a_row
    return np.asarray(np.where(throughout.any(axis=1), throughout.argmax(axis=1), weeks), np.int64)


def _require(store: Store, frame: Frame, target: Target) -> None:
    require_futures("pathways", len(frame), FEWEST, "a third of them is kept back to score tripwires in")
    require_weeks(store)
    if frame.years < FEWEST_YEARS:
        raise InputError(
            Problem(
                "too_short",
                "the runs are too short for pathways",
                found=f"{frame.years} year",
                allowed="2 years or more",
            )
        )
    if not sign(target.info):
        raise InputError(
            Problem("direction", "an outcome without a better direction has no target", found=target.outcome)
        )


def require_weeks(store: Store) -> None:
    """Check that a study keeps its weeks.

    Raises
    ------
    InputError : it does not.
    """
    if "weekly" not in store.provenance.keep:
        raise InputError(Problem("no_weeks", 'the study keeps no weeks: put "weekly" into keep and run it again'))


def weekly(store: Store, frame: Frame, outcome: str, plan: str) -> Floats:
    """Return an outcome by week in the futures of a frame, ``[future, week]``."""
    place = store.ids("weekly").index(outcome)
    series = store.under(frame.reading).read("weekly", plan, place)
    return np.asarray(series[frame.futures], np.float64)


def trailing(series: Floats, weeks: int) -> Floats:
    """Return sums over so many weeks up to each; over fewer at the beginning."""
    total = np.cumsum(np.pad(series, ((0, 0), (1, 0))), axis=1)
    first = np.maximum(np.arange(1, series.shape[1] + 1) - weeks, 0)
    return np.asarray(total[:, 1:] - total[:, first])


def _meets(store: Store, frame: Frame, target: Target, plan: str) -> Bools:
    """Return in which weeks a plan meets the target; it does in the first year, of which nothing is asked."""
    info, side = target.info, sign(target.info)
    ours = weekly(store, frame, target.outcome, plan)
    yearly = trailing(ours, WEEKS_PER_YEAR) if info.flow else ours
    if target.level is not None:
        met = side * yearly >= side * target.level
    else:
        theirs = weekly(store, frame, target.outcome, frame.baseline)
        base = trailing(theirs, WEEKS_PER_YEAR) if info.flow else theirs
        matters = np.maximum(info.matters * np.abs(base.mean(axis=0)), least(info, WEEKS_PER_YEAR, frame.years))
        met = side * (yearly - base) > -np.maximum(matters, np.finfo(float).tiny)
    if info.flow:
        met[:, : WEEKS_PER_YEAR - 1] = True
    return np.asarray(met)


def least(info: OutcomeInfo, weeks: int, years: int) -> float:
    """Return the least difference that matters, of a flow over so many weeks of a run of so many years."""
    if not info.flow:
        return info.matters_least
    return info.matters_least * weeks / WEEKS_PER_YEAR / (years if info.summary == "total" else 1)


def _share(holds: Bools) -> dict[str, float]:
    value, low, high = share_interval(holds)
    return {"share": value, "low": low, "high": high}


def _passed(dates: Weeks, week: int) -> dict[str, float]:
    return {"week": week, **_share(dates < week)}


def _after(dates: Mapping[str, Weeks], plan: str, horizon: int) -> dict[str, dict[str, float]]:
    """Return, where a plan passes its date a year before the end or earlier, in what share each other plan does not within a year more."""
    mine = dates[plan]
    passed = mine <= horizon - WEEKS_PER_YEAR  # of later dates the run does not hold the year after
    return {
        other: _share(mine[passed] + WEEKS_PER_YEAR <= theirs[passed])
        for other, theirs in dates.items()
        if other != plan and passed.any()
    }


def _fresh(futures: int) -> Bools:
    """Return which futures are kept back to score tripwires in."""
    return np.asarray(np.random.default_rng(SEED).permutation(futures) < FRESH * futures)


def _enough(fails: Bools) -> bool:
    """Return whether tripwires can be tried: failures and others, in the futures learnt from and in those kept back."""
    fresh = _fresh(len(fails))
    return all(
        int((fails[part] == kind).sum()) >= LEAST_OF_A_KIND for part in (fresh, ~fresh) for kind in (True, False)
    )


def _wires(store: Store, frame: Frame, plan: str, dates: Weeks, watched: Sequence[str]) -> list[dict[str, Any]]:
    """Return the tripwires that tell most in futures that their levels were chosen by, scored in the others."""
    horizon = frame.years * WEEKS_PER_YEAR
    fails = dates < horizon
    fresh = _fresh(len(dates))
    if not _enough(fails):
        return []
    found = []
    for outcome in watched:
        series = trailing(weekly(store, frame, outcome, plan), WATCHED)[:, WATCHED - 1 :] / WATCHED
        best: tuple[float, Tripwire, Weeks] | None = None
        for upwards in (True, False):
            extremes = series.max(axis=1) if upwards else series.min(axis=1)
            for level in np.unique(np.quantile(extremes[~fresh], np.linspace(0.05, 0.95, LEVELS))):
                beyond = series > level if upwards else series < level
                # Who stands beyond the level from the first week on was not warned.
                crossed = beyond & np.logical_or.accumulate(~beyond, axis=1)
                fires = np.where(crossed.any(axis=1), crossed.argmax(axis=1) + WATCHED - 1, horizon)
                told = _in_time(fires, dates)[fails & ~fresh].mean() - (fires < horizon)[~fails & ~fresh].mean()
                if best is None or told > best[0]:
                    best = (float(told), Tripwire(outcome, upwards, float(level)), fires)
        if best is not None and best[0] > 0:
            found.append(best)
    found.sort(key=lambda one: -one[0])
    return [_scored(wire, fires, dates, fails, fresh, horizon) for _, wire, fires in found[:SHOWN]]


def _in_time(fires: Weeks, dates: Weeks) -> Bools:
    return np.asarray(fires + LEAD <= dates)


def _scored(wire: Tripwire, fires: Weeks, dates: Weeks, fails: Bools, fresh: Bools, horizon: int) -> dict[str, Any]:
    warned = _in_time(fires, dates)
    lead = (dates - fires)[fails & fresh & warned]
    hits, alarms = warned[fails & fresh], (fires < horizon)[~fails & fresh]
    tells, error = (
        float(hits.mean() - alarms.mean()),
        float(np.sqrt(hits.var() / len(hits) + alarms.var() / len(alarms))),
    )
    return {
        "words": wire.words,
        "outcome": wire.outcome,
        "upwards": wire.upwards,
        "level": wire.level,
        "in_time": _share(hits),
        "for_nothing": _share(alarms),
        "tells": {"value": tells, "low": tells - Z_TELLS * error, "high": tells + Z_TELLS * error},
        "weeks_ahead": float(np.median(lead)) if len(lead) else None,
    }


def _warnings(frame: Frame, target: Target) -> Iterator[str]:
    yield "Each plan is followed from the first day: going over from one to another in the middle was not simulated."
    yield f"Dates are read within {frame.years} years: what comes later is not known."
    last = frame.years * WEEKS_PER_YEAR - MISSED
    yield (
        f"A date is followed by {MISSED} weeks of misses: none after week {last} can be seen, so 'by the end of year {frame.years}' is by "
        f"week {last}. What is still good a year later is counted where the run holds that year."
    )
    if target.info.flow:
        yield "Nothing is asked of the first year: the target is about the last 52 weeks."
    if frame.failed:
        yield f"{sum(frame.failed.values()):,} futures failed under one of the plans and are left out."


def _shown(one: Mapping[str, float]) -> str:
    return share(one["share"], one["low"], one["high"])


def _words(found: Mapping[str, Any], plan: str, target: Target, baseline: str, years: int) -> Iterator[str]:
    yield f"The target: {target.words(baseline)}."
    one = found[plan]
    last = one["passed_by_year"][-1]
    yield f"{plan} passes its sell-by date within {years} years in {_shown(last)} of futures{_when(one['week'])}."
    if one["then_still_meet"]:
        other, held = max(one["then_still_meet"].items(), key=lambda item: item[1]["share"])
        yield (
            f"Where it does a year before the end or earlier, {other} would still be good a year later in {_shown(held)} of these "
            "futures."
        )
    wire = next((wire for wire in one["tripwires"] if wire["tells"]["low"] > 0), None)
    if wire:
        yield (
            f"The best warning: {wire['words']}. In fresh futures it comes a quarter or more ahead in "
            f"{_shown(wire['in_time'])} of failures, and for nothing in {_shown(wire['for_nothing'])} of the others."
        )
    elif one["tripwires_tried"]:
        yield "No warning that was tried tells failures from the rest a quarter ahead, beyond chance."
    else:
        yield "No warning was tried: too few futures in which it fails, or too few of the others."
    good = min(
        (name for name in found if name != plan),
        key=lambda name: found[name]["passed_by_year"][-1]["share"],
        default="",
    )
    if good:
        yield f"Of the others, {good} lasts longest: it passes its date in {_shown(found[good]['passed_by_year'][-1])} of futures."


def _when(week: Mapping[str, int | None]) -> str:
    if week["median"] is None:
        return ""
    return f"; half of all futures have passed it by week {week['median']}"


def _tables(found: Mapping[str, Any], target: Target, baseline: str, years: int) -> Iterator[Table]:
    heads = tuple(f"year {year}" for year in range(1, years + 1))
    rows = tuple((plan, *(_shown(one) for one in plan_found["passed_by_year"])) for plan, plan_found in found.items())
    yield Table(
        "Share of futures in which a plan has passed its sell-by date by the end of",
        ("plan", *heads),
        rows,
        target.words(baseline),
    )
    plans = list(found)
    switch = tuple(
        (plan, *(_shown(held) if (held := found[plan]["then_still_meet"].get(other)) else "" for other in plans))
        for plan in plans
    )
    if len(plans) > 1:
        yield Table(
            "Where a plan passes its date, which others are still good a year later",
            ("plan that fails", *plans),
            switch,
            "Share of the futures in which it fails a year before the end of the run or earlier.",
        )
    wires = tuple(
        (plan, wire["words"], _shown(wire["in_time"]), _shown(wire["for_nothing"]), _ahead(wire["weeks_ahead"]))
        for plan, one in found.items()
        for wire in one["tripwires"]
        if wire["tells"]["low"] > 0
    )
    if wires:
        heads = ("plan", "warning", "in time, of failures", "for nothing, of others", "weeks ahead")
        yield Table(
            "Tripwires, scored in fresh futures", heads, wires, f"In time: {LEAD} weeks or more before the date."
        )


def _ahead(weeks: float | None) -> str:
    return "" if weeks is None else f"{weeks:.0f}"
