"""What the model says of the targets from a start: the status quo simulated, read by month and place, in the units of the record."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.baselines import ANNUAL, YEAR
from premortem.calibration.targets import MX, US, Target, over_model
from premortem.errors import InputError, Problem
from premortem.evidence import calibrated, months
from premortem.evidence.vintages import Vintage
from premortem.model.index_sets import DRUGS
from premortem.model.units import DAYS_PER_WEEK, WEEKS_PER_QUARTER
from premortem.theatre import Theatre, nowcast
from premortem.theatre.folder import DEFAULT, Folder
from premortem.theatre.nowcast import drugs

if TYPE_CHECKING:
    from premortem.model.world import World

Floats = NDArray[np.float64]

STRETCHES, CONTENTS = 24, 8
"""Lengths to which two records of a start are filled up, so that all starts share one program."""


@dataclasses.dataclass(frozen=True)
class Ahead:
    """Futures from a start by ``months``: ``values`` name -> [future, month], ``states`` homicides [future, month, state]."""

    start: str
    months: tuple[int, ...]
    codes: tuple[str, ...]
    values: Mapping[str, Floats]
    states: Floats

    def samples(self, target: Target, ends: list[int], factor: Floats) -> dict[str, Floats]:
        """Return place -> [step, future] for steps that end at ``ends``; ``factor`` as `factors` gives it."""
        if target.source in DRUGS:
            by_place = {US: self.values[target.source] * factor}
        elif target.span is ANNUAL:
            by_place = {US: self.values["overdose_deaths"]}
        elif target.source == "series.missing_persons":
            by_place = {MX: self.values["missing"]}
        else:
            carried = self.states * factor
            by_place = {code: carried[:, :, i] for i, code in enumerate(self.codes)} | {MX: carried.sum(2)}
        last = [months.of_year(end)[-1] if target.span is ANNUAL else end for end in ends]
        long = YEAR.long if target.yearly else 1
        place = {month: i for i, month in enumerate(self.months)}
        rows = [[place[month] for month in range(end - long + 1, end + 1)] for end in last]
        return {name: np.stack([values[:, row].sum(1) for row in rows]) for name, values in by_place.items()}


def factors(target: Target, vintage: Vintage, codes: tuple[str, ...]) -> Floats:
    """Return what the model's numbers are multiplied with to be counted as a target is, by what was known; [state], or one number."""
    rules = nowcast.read(Folder.find(DEFAULT))
    assert rules is not None
    if target.source in DRUGS:
        return np.array(1 / drugs.beyond_the_line(vintage, rules.drugs, target.source))
    if target.span is ANNUAL or target.source == "series.missing_persons":
        return np.array(1.0)
    return over_model(target.source, vintage, rules, codes)


def simulate(start: str, horizon: int, futures: int, seed: int, posterior: str = calibrated.NONE) -> Ahead:
    """Simulate the status quo from a month with what was known to come on its first Monday.

    Parameters
    ----------
    posterior : fit to the record that the draws follow, or a file of one; the priors by default.

    Raises
    ------
    InputError : no such start, no such fit, or a fit of other priors.
    """
    from premortem.engine import compilation
    from premortem.engine import simulate as engine
    from premortem.engine.week import NO_FAULT
    from premortem.study.experiment import Experiment
    from premortem.study.recipes import WEEKS_PER_YEAR
    from premortem.study.spec import make

    if not nowcast.is_month(start):
        raise InputError(Problem("origin", "an origin is a month", found=start, allowed="YYYY-MM"))
    compilation.configure()
    first = months.of(start)
    days = (months.first(first + horizon) - months.first(first)).days
    quarters = math.ceil((days / DAYS_PER_WEEK) / WEEKS_PER_QUARTER)
    weeks = quarters * WEEKS_PER_QUARTER
    asked = make(
        plans=("status_quo",),
        futures=futures,
        years=math.ceil(weeks / WEEKS_PER_YEAR),
        seed=seed,
        start=start,
        events="known",
        posterior=posterior,
    )
    experiment = Experiment.of(asked)
    inputs = experiment.inputs(0, np.arange(futures))
    setup = dataclasses.replace(inputs.setup, world=filled(inputs.setup.world))
    ran = engine.run(experiment.model(), setup, seed=seed, futures=inputs.luck, weeks=weeks)
    fine = ran.fault_week == NO_FAULT
    covered = range(first, first + horizon)
    weekly = {name: np.asarray(ran.weekly[name][fine], np.float64) for name in ("missing", "overdose_deaths")}
    for drug in DRUGS:
        if drug == "fentanyl":
            weekly[drug] = np.asarray(ran.weekly["fentanyl_seized_gross"][fine], np.float64)
        else:
            purity = inputs.draws[f"drugs.purity.{drug}"][fine, None]
            weekly[drug] = np.asarray(ran.weekly[f"{drug}_seized"][fine], np.float64) / purity
    theatre = experiment.theatre
    codes, share = theatre.by_state()
    states = np.asarray(ran.mapped["homicides_mx"][fine], np.float64) @ share
    return Ahead(
        start,
        tuple(covered),
        codes,
        {name: by_month(values[:, :, None], theatre, covered)[:, :, 0] for name, values in weekly.items()},
        by_month(states, theatre, covered),
    )


def by_month(weekly: Floats, theatre: Theatre, covered: range) -> Floats:
    """Return amounts a week [future, week, ...] by month [future, month, ...], weeks shared out by days.

    Days of the start's month before the start are taken to be like those after it.
    """
    date = theatre.date
    summed = np.concatenate([np.zeros_like(weekly[:, :1]), weekly.cumsum(axis=1)], axis=1)

    def until(day: datetime.date) -> Floats:
        passed = (day - date).days / DAYS_PER_WEEK
        whole = min(int(passed), summed.shape[1] - 2)
        part = passed - whole
        return np.asarray(summed[:, whole] * (1 - part) + summed[:, whole + 1] * part)

    parts = []
    for month in covered:
        begins, ends = max(months.first(month), date), months.first(month + 1)
        parts.append((until(ends) - until(begins)) * months.days(month) / (ends - begins).days)
    return np.stack(parts, axis=1)


def filled(world: World) -> World:
    """Return a world whose records have one length at every start: stretches of no length before it, and nothing new after the last."""
    from premortem.arrays import jnp

    past, market = world.overdoses, world.market
    before = STRETCHES - len(past.years)
    weeks, content = (market.weeks, market.content) if len(market.weeks) else (jnp.zeros(1), jnp.ones(1))
    after = CONTENTS - len(weeks)
    return dataclasses.replace(
        world,
        overdoses=dataclasses.replace(
            past,
            years=jnp.concatenate([jnp.zeros(before), past.years]),
            deaths=jnp.concatenate([jnp.zeros(before), past.deaths]),
            spread=jnp.concatenate([jnp.zeros(before), past.spread]),
        ),
        market=dataclasses.replace(
            market,
            weeks=jnp.concatenate([weeks, weeks[-1] + 1.0 + jnp.arange(after)]),
            content=jnp.concatenate([content, jnp.full(after, content[-1])]),
        ),
    )
