"""Findings on the model: the status quo from the start of a finding, with and without what was done, in the same futures and luck.

Findings that ask the same of the same start share a run; all starts share one compiled program. What is run is kept in a folder under a
digest of all that decides it, so that a run that was stopped goes on and nothing is run twice.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from premortem.calibration.ahead import filled
from premortem.calibration.findings import interventions
from premortem.calibration.findings.estimands import Panel
from premortem.calibration.findings.interventions import Arms, Case
from premortem.calibration.findings.places import chosen, named
from premortem.calibration.findings.schema import MISSING, Dose, Finding, NotExpressibleError
from premortem.engine import compilation, simulate
from premortem.engine.week import NO_FAULT, Model, Setup
from premortem.errors import InputError
from premortem.evidence import calibrated, made_of, outcomes, priors, sampling
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.units import WEEKS_PER_QUARTER, WEEKS_PER_YEAR
from premortem.study.experiment import Experiment
from premortem.study.spec import make
from premortem.theatre import Theatre, load, nowcast
from premortem.theatre.choosing import day_of
from premortem.theatre.folder import DEFAULT, Folder

FUTURES, SEED = 80, 15
WEEK = datetime.timedelta(weeks=1)
REMOVED = "leaders_removed"

Floats = NDArray[np.float64]
Kept = Mapping[str, NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class Asked:
    """How findings are run: on how many futures, from which seed, with which fit, and the folder in which runs are kept."""

    folder: Path
    futures: int = FUTURES
    seed: int = SEED
    posterior: str = calibrated.NONE


@dataclasses.dataclass(frozen=True)
class Job:
    """A finding that can be run: its theatre, the week in which its intervention begins, the weeks of its run."""

    finding: Finding
    theatre: Theatre
    first: int
    weeks: int

    @property
    def moved(self) -> int:
        """Weeks by which it starts later than the study: the theatre has no earlier start."""
        return max((self.theatre.date - self.finding.start) // WEEK, 0)

    @property
    def reads(self) -> tuple[str, ...]:
        """Outcomes that its statistic reads."""
        per_removal = self.finding.intervention.kind == "remove_leader" and self.finding.estimand.kind == "per_unit"
        per = named(self.finding).per
        return (self.finding.outcome, *([REMOVED] if per_removal else []), *([per] if per else []))

    @property
    def window(self) -> tuple[int, int]:
        """The window in weeks of the run, from 1."""
        first, last = self.finding.estimand.window
        return first + self.first, last + self.first


@dataclasses.dataclass(frozen=True)
class Ran:
    """A finding that has run: panels with and without, and with the cause lowered where it is an elasticity."""

    job: Job
    treated: Mapping[str, Panel]
    untreated: Mapping[str, Panel]
    lowered: Mapping[str, Panel] | None
    step: float


def job(finding: Finding) -> Job:
    """Return where and when a finding is run.

    Raises
    ------
    NotExpressibleError : the model does not print its outcome.
    """
    if finding.outcome.startswith(MISSING):
        raise NotExpressibleError(f"outcome: the model does not print {finding.outcome.removeprefix(MISSING)}")
    theatre = load(DEFAULT, _start(finding.start))
    first = max(-((theatre.date - finding.start) // WEEK), 0)
    quarters = math.ceil((first + finding.estimand.window[1]) / WEEKS_PER_QUARTER)
    return Job(finding, theatre, first, quarters * WEEKS_PER_QUARTER)


def _start(day: datetime.date) -> str:
    """Return the month from which something of a day is run: its own, as near to it as the theatre has starts."""
    folder = Folder.find(DEFAULT)
    rules = nowcast.read(folder)
    assert rules is not None
    return min(max(f"{day:%Y-%m}", rules.first), f"{day_of(folder):%Y-%m}")


def run(jobs: Iterable[Job], asked: Asked, progress: Callable[[str], None] | None = None) -> dict[str, Ran | str]:
    """Return by id what was run, or the part of a finding that cannot be expressed.

    Raises
    ------
    InputError : a dose of a finding is no prior.
    """
    compilation.configure()
    found: dict[str, Ran | str] = {}
    by_start: dict[str, list[Job]] = {}
    for one in jobs:
        by_start.setdefault(one.theatre.start, []).append(one)
    for start in sorted(by_start):
        together = by_start[start]
        weeks, read = max(one.weeks for one in together), {name for one in together for name in one.reads}
        alike: dict[str, list[Job]] = {}
        for one in together:
            alike.setdefault(_content(one), []).append(one)
        for group in alike.values():
            longest = max(one.weeks for one in group)
            try:
                arms = interventions.arms(_case(group[0], longest, asked))
            except NotExpressibleError as missing:
                found |= {one.finding.id: str(missing) for one in group}
                continue
            status_quo = _panels(group[0].theatre, partial(_setup, start, weeks, asked), "", weeks, read, asked)
            for one in group:
                found[one.finding.id] = _ran(one, arms, group, status_quo, asked)
                if progress is not None:
                    progress(one.finding.id)
    return found


def _ran(one: Job, arms: Arms, alike: Sequence[Job], status_quo: Mapping[str, Panel], asked: Asked) -> Ran:
    """Return what a finding's arms came to; those who share it read the same runs."""
    weeks, read = max(other.weeks for other in alike), {name for other in alike for name in other.reads}

    def panels(what: str, setup: Setup) -> Mapping[str, Panel]:
        return _panels(one.theatre, lambda: setup, f"{what} {_content(one)}", weeks, read, asked)

    treated = panels("treated", arms.treated)
    untreated = status_quo if arms.control is None else panels("control", arms.control)
    return Ran(one, treated, untreated, None if arms.lowered is None else panels("lowered", arms.lowered), arms.step)


def _content(one: Job) -> str:
    """Return all that decides what is done for a finding, and when it is over."""
    finding = one.finding
    parts = [finding.intervention.model_dump_json(), one.theatre.start, str(one.first)]
    reading = {"read", "against", "amount", "basis", "per"} | (set() if named(finding).lever else {"lever"})
    parts.append(finding.run.model_dump_json(exclude=reading) if finding.run else "")
    parts += [f"{finding.dilution.low} {finding.dilution.high}", str(finding.estimand.kind == "elasticity")]
    if finding.intervention.kind in {"remove_leader", "supply_shock", "rule", "shock"}:  # spread over the window
        parts.append(str(finding.estimand.window[1]))
    return "\n".join(parts)


def _case(one: Job, weeks: int, asked: Asked) -> Case:
    finding, futures = one.finding, np.arange(asked.futures)
    name = f"finding.{hashlib.sha256(_content(one).encode()).hexdigest()[:12]}"
    luck, chance = (sampling.uniform(asked.seed, f"{name}.{what}", futures)[:, 0] for what in ("dose", "weight"))
    low, high, dose = finding.dilution.low, finding.dilution.high, _dose(finding)
    lasting = named(finding).weeks or getattr(finding.intervention, "weeks", None)
    return Case(
        finding=finding,
        theatre=one.theatre,
        setup=_setup(one.theatre.start, weeks, asked),
        places=chosen(finding, one.theatre, asked.futures),
        first=one.first,
        last=weeks if lasting is None else one.first + math.ceil(lasting),
        dose=None if dose is None else priors.parse(dose).quantile(luck),
        weight=high * chance if low == 0 else np.asarray(low * (high / low) ** chance),
    )


def _dose(finding: Finding) -> str | None:
    """Return the dose as a prior; None where the finding gives none, or in words only."""
    translated = None if finding.run is None else finding.run.dose
    given: Dose | None = translated
    for name in ("people", "level", "change", "share_denied", "share", "detained"):
        if given is None:
            given = getattr(finding.intervention, name, None)
    if given is None:
        return None
    if not isinstance(given, str):
        return f"point({given!r})"
    try:
        priors.parse(given)
    except InputError:
        if given is translated:
            raise
        return None
    return given


@lru_cache(maxsize=2)
def _experiment(start: str, years: int, futures: int, seed: int, posterior: str) -> Experiment:
    asked = make(
        plans=("status_quo",),
        futures=futures,
        years=years,
        seed=seed,
        start=start,
        events="known",
        # Named by its cut: a finding is of years that a fit has seen, where studies follow no fit of their own accord.
        posterior=calibrated.packaged()[-1] if posterior == calibrated.DEFAULT else posterior,
    )
    return Experiment.of(asked)


@lru_cache(maxsize=2)
def _given(start: str, years: int, asked: Asked) -> tuple[Setup, NDArray[np.int64]]:
    experiment = _experiment(start, years, asked.futures, asked.seed, asked.posterior)
    inputs = experiment.inputs(0, np.arange(asked.futures))
    return dataclasses.replace(inputs.setup, world=filled(inputs.setup.world)), inputs.luck


def _setup(start: str, weeks: int, asked: Asked) -> Setup:
    """Return the status quo of all futures for a run of some weeks."""
    return _given(start, math.ceil(weeks / WEEKS_PER_YEAR), asked)[0]


def _panels(
    theatre: Theatre, setup: Callable[[], Setup], what: str, weeks: int, read: Iterable[str], asked: Asked
) -> Mapping[str, Panel]:
    """Return the panels of some outcomes, from the folder if they are there; else ``setup`` is simulated."""
    names = tuple(sorted(read))
    about = (made_of.FINDINGS.digest, theatre.digest, what, weeks, names, asked.futures, asked.seed, asked.posterior)
    file = asked.folder / f"{hashlib.sha256(repr(about).encode()).hexdigest()[:24]}.npz"
    if not file.is_file():
        kept = _simulated(theatre.start, setup(), weeks, names, asked)
        asked.folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".partial.npz")
        np.savez_compressed(unfinished, allow_pickle=False, **kept)
        unfinished.replace(file)
    with np.load(file, allow_pickle=False) as opened:
        return {name: _panel(theatre, name, opened[name].astype(np.float64)) for name in names}


def _simulated(
    start: str, setup: Setup, weeks: int, names: Sequence[str], asked: Asked
) -> dict[str, NDArray[np.float32]]:
    """Return outcomes [future, step, region] of a run; futures that failed are not a number."""
    experiment = _experiment(start, math.ceil(weeks / WEEKS_PER_YEAR), asked.futures, asked.seed, asked.posterior)
    luck = experiment.design.luck(np.arange(asked.futures))
    ran = simulate.run(experiment.model(), setup, seed=asked.seed, futures=luck, weeks=weeks)
    kept = {}
    for name in names:
        where = ran.mapped if name in ran.mapped else ran.regional
        values = np.array(where[name] if name in where else ran.weekly[name][:, :, None], np.float32)
        values[ran.fault_week != NO_FAULT] = np.nan
        kept[name] = values
    return kept


def _panel(theatre: Theatre, name: str, values: Floats) -> Panel:
    regional, model = values.shape[2] > 1, Model(MECHANISMS)
    long = 1 if not regional or name in outcomes.mapped() else WEEKS_PER_QUARTER
    shared = regional and model.outcomes[name][1].per_resident
    return Panel(values, long, model.outcomes[name][1].flow, theatre.arrays["population"] if shared else None)
