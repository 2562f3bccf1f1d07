"""Search around a plan: sizes, timing, posture and civil measures, tried in the same futures and judged by several outcomes.

A folder holds a search: what is asked, its generations, the archive, the plans that were found. Killed at any moment and begun again with
the same question it comes to the same archive, byte by byte (`premortem.decisions.evolution`).
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from premortem.analysis import box
from premortem.decisions.archive import archived
from premortem.decisions.evolution import Generation, Kept, Method, evolve, require_library
from premortem.decisions.frame import MOST_FAILED, sign
from premortem.decisions.result import require_known
from premortem.decisions.search_space import Space, rules
from premortem.errors import InputError, Problem, RunError, Where
from premortem.evidence import outcomes as outcome_table
from premortem.evidence.outcomes import OutcomeInfo
from premortem.lint.engine import lint
from premortem.plan.language import runnable
from premortem.plan.language.load import LoadedPlan
from premortem.sealed_file import PARTIAL
from premortem.study.cases import Reading
from premortem.study.folder import Folder
from premortem.study.recipes import WEEKS_PER_YEAR

ASKED, ARCHIVE, GENERATIONS = "search.json", "archive.json", "generations"
COST = "fiscal_cost"
MILLION = 1e6
FORCES = frozenset({"FO102", "FO103", "FO115", "FO117", "FO118", "FO120"})
"""Findings of lint on forces that there are not, or that could not be kept up at the dwell stated; beside every violation."""
LIMITS = ("faults of the plan", "cost above the budget", "failed runs above what may fail")
"""What an excess counts, in its order."""
FEWEST_FUTURES, FEWEST_FRESH, FEWEST_TOGETHER = 10, 100, 8

Floats = NDArray[np.float64]
Simulate = Callable[[Sequence[LoadedPlan], int, int, int], Mapping[str, Floats]]
"""Plans, seed, futures, years -> outcome -> ``[plan, future]``, NaN where a run failed."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    objectives : outcomes by whose average plans are judged.
    futures, years, seed : of the futures in which plans are tried.
    tries, generation : plans in all, and in a generation.
    budget : most that a plan may cost on average, million USD a year; None: no limit.
    confirm, fresh, full_years : how many plans are tried again, in how many fresh futures, of which length.
    """

    objectives: tuple[str, ...]
    reading: Reading = "as_likely"
    futures: int = 20
    years: int = 3
    seed: int = 1
    tries: int = 5000
    generation: int = 100
    budget: float | None = None
    confirm: int = 20
    fresh: int = 200
    full_years: int = 5

    @property
    def method(self) -> Method:
        """How it is searched."""
        return Method(self.tries, self.generation, self.seed)


def objectives_of(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the outcomes to judge by: what is asked for, or the usual ones; deaths are always among them.

    Raises
    ------
    InputError : an outcome that is unknown, has no better direction, or would reward killing.
    """
    listed, known = rules(), outcome_table.load()
    wanted = list(dict.fromkeys(asked or listed.objectives))
    require_known(
        "outcome", wanted, [id_ for id_, info in known.items() if info.direction != "none"], "with a better direction"
    )
    refused = [
        Problem("never", f"never an objective: {listed.never.objectives[id_]}", found=id_)
        for id_ in wanted
        if id_ in listed.never.objectives
    ]
    if refused:
        raise InputError(*refused)
    return tuple(wanted) if listed.always in wanted else (listed.always, *wanted)


def require_possible(asked: Question) -> None:
    """Check numbers before anything is computed.

    Raises
    ------
    InputError : too few futures or plans, or a library is missing.
    """
    require_library()
    least = {
        "futures": (asked.futures, FEWEST_FUTURES, "an average over fewer is luck (--futures)"),
        "fresh futures": (asked.fresh, FEWEST_FRESH, "fewer confirm nothing (--fresh)"),
        "plans in a generation": (asked.generation, FEWEST_TOGETHER, "fewer are no generation (--generation)"),
        "plans": (asked.tries, 2 * asked.generation, "a search is two generations at least (--plans)"),
        "plans to confirm": (asked.confirm, 1, "nothing that is not confirmed is shown (--confirm)"),
    }
    problems = [
        Problem("too_few", f"too few {what}: {why}", found=f"{given:,}", allowed=f"at least {fewest:,}")
        for what, (given, fewest, why) in least.items()
        if given < fewest
    ]
    if asked.budget is not None and not 0 < asked.budget < np.inf:
        problems.append(Problem("budget", "no budget: it is above 0, in million USD a year", found=f"{asked.budget:g}"))
    if asked.full_years < asked.years:
        message = "plans are confirmed over the full length, which cannot be less than that of the search"
        problems.append(Problem("years", message, found=f"{asked.full_years}", allowed=f"at least {asked.years}"))
    if problems:
        raise InputError(*problems)


@dataclass(frozen=True)
class Scale:
    """What one unit of a score is: a difference of an outcome's average that matters; less is better."""

    infos: tuple[OutcomeInfo, ...]
    matters: Floats

    @staticmethod
    def of(objectives: Sequence[str], baseline: Mapping[str, Floats]) -> Scale:
        """Return the scale by the baseline's values ``[future]``.

        Raises
        ------
        RunError : all futures failed under the baseline.
        """
        if not all(np.isfinite(baseline[id_]).any() for id_ in objectives):
            raise RunError(Problem("too_many_failed", "every future failed under the baseline: nothing can be judged"))
        infos = tuple(outcome_table.load()[id_] for id_ in objectives)
        averages = [float(np.nanmean(baseline[info.id])) for info in infos]
        matters = [info.mattering(average) for info, average in zip(infos, averages, strict=True)]
        return Scale(infos, np.array([max(one, 1e-9) for one in matters]))

    def scores(self, differences: Floats) -> Floats:
        """Return scores of differences ``[..., objective]``."""
        return np.asarray(-np.array([sign(info) for info in self.infos]) * differences / self.matters)


@dataclass
class Trial:
    """Tries plans of a space: what lint, the calendar and the budget say, and the scores of those that pass."""

    asked: Question
    space: Space
    baseline: LoadedPlan
    first_day: datetime.date
    simulate: Simulate
    _known: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    _base: Mapping[str, Floats] = field(default_factory=dict)
    """Values of the baseline, ``[future]``: the futures of all generations are the same, so it is simulated once."""

    def __call__(self, units: Floats) -> tuple[Floats, Floats]:
        """Return scores and excess of tries; one that is no sound plan is not simulated."""
        width = len(self.asked.objectives)
        scores, excess = np.zeros((len(units), width)), np.zeros((len(units), len(LIMITS)))
        waiting: dict[str, tuple[LoadedPlan, list[int]]] = {}
        for number, unit in enumerate(units):
            plan, faults = self.checked(unit)
            excess[number, 0] = faults
            if plan is None or faults:
                continue
            key = plan.content_hash
            if key in self._known:
                scores[number], excess[number] = self._known[key]
            else:
                waiting.setdefault(key, (plan, []))[1].append(number)
        if waiting:
            found = self._simulated([plan for plan, _ in waiting.values()])
            for (key, (_, numbers)), *made in zip(waiting.items(), *found, strict=True):
                self._known[key] = (made[0], made[1])
                scores[numbers], excess[numbers] = made
        return scores, excess

    def checked(self, unit: Floats) -> tuple[LoadedPlan | None, int]:
        """Return the plan at a place, if it is one, and how many faults it has that the given plan has not."""
        try:
            plan = self.space.plan(unit)
        except InputError as error:
            return None, len(error.problems)
        refused = sum(1 for _ in runnable.refusals(plan.plan, self.first_day, self.asked.full_years * WEEKS_PER_YEAR))
        return plan, refused + len(faults(plan) - self.given_faults)

    @cached_property
    def given_faults(self) -> frozenset[tuple[str, str]]:
        """The faults that the given plan has or may have itself, which are no reason to refuse another."""
        return faults(self.space.given, possible=True)

    @property
    def fresh_seed(self) -> int:
        """Seed of futures of its own: a search around another plan, such as the one that found the given plan, has others."""
        said = f"{self.asked.seed} {self.space.given.content_hash}"
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4])

    def _simulated(self, plans: Sequence[LoadedPlan]) -> tuple[Floats, Floats]:
        asked = self.asked
        first = [] if self._base else [self.baseline]
        values = self.simulate([*first, *plans], asked.seed, asked.futures, asked.years)
        if first:
            self._base = {id_: one[0] for id_, one in values.items()}
            values = {id_: one[1:] for id_, one in values.items()}
        scale = Scale.of(asked.objectives, self._base)
        differences = np.stack([values[id_] - self._base[id_] for id_ in asked.objectives], axis=-1)
        fine = np.asarray(np.isfinite(differences).all(axis=-1))
        failed = 1 - fine.mean(axis=1)
        means = _averages(differences, fine)
        excess = np.zeros((len(plans), len(LIMITS)))
        if asked.budget is not None:
            cost = _averages(values[COST][:, :, None], fine)[:, 0]
            excess[:, 1] = cost / (MILLION * asked.years * asked.budget) - 1
        excess[:, 2] = failed - MOST_FAILED
        return scale.scores(means), np.where(excess > 0, excess, 0.0)


def _averages(values: Floats, fine: NDArray[np.bool_]) -> Floats:
    """Return averages of ``[plan, future, ...]`` over the futures that are fine; 0 where none is."""
    kept = np.where(fine[..., None], values, 0.0).sum(axis=1)
    return np.asarray(kept / np.maximum(fine.sum(axis=1), 1)[:, None])


def faults(plan: LoadedPlan, *, possible: bool = False) -> frozenset[tuple[str, str]]:
    """Return violations of a plan, and what it asks of forces that there are not: rule and place.

    ``possible``: violations too that it may have, because it leaves open what they depend on; of forces there are as many as there are.
    """
    return frozenset(
        (one.code, one.where.key)
        for one in lint(plan)
        if (one.rule.severity == "violation" or one.code in FORCES)
        and (not one.open or (possible and one.code not in FORCES))
    )


@dataclass(frozen=True)
class Looked:
    """What a search came to: all tries, and which of them the archive holds."""

    tries: Generation
    archive: NDArray[np.int64]

    @property
    def late(self) -> int:
        """How many of the archive came in the last tenth of the tries: many, and more tries would find more."""
        return int((self.archive >= 0.9 * len(self.tries.units)).sum())


def look(trial: Trial, folder: Path, progress: Progress | None = None) -> Looked:
    """Search in a folder that was `begun`, or go on with a search, and keep the archive.

    Raises
    ------
    InputError : generations in the folder are of another search.
    RunError : it cannot be written, or futures could not be computed; what is done is safe.
    """
    asked, made = trial.asked, list[Generation]()
    every = asked.method.generations * asked.generation
    if progress is not None:
        progress(0, every)
    first = first_generation(trial.space, asked)
    for generation in evolve(
        trial, first, len(asked.objectives), len(LIMITS), asked.method, Kept(folder / GENERATIONS)
    ):
        made.append(generation)
        if progress is not None:
            progress(sum(len(one.units) for one in made), every)
    tries = Generation.together(made)
    looked = Looked(tries, archived(tries.scores, np.flatnonzero(tries.allowed)))
    write_json(folder / ARCHIVE, archive_json(trial, looked))
    return looked


def tried_before(folder: Path) -> int:
    """Return how many generations a folder holds."""
    return len(list((folder / GENERATIONS).glob("*.generation")))


def first_generation(space: Space, asked: Question) -> Floats:
    """Return the tries that a search begins with: the given plan's own place, it without measures, and points that fill the box evenly."""
    own = space.own_place()
    without = np.array([0.0 if one.lever else part for one, part in zip(space.inputs, own, strict=True)])
    even = box.units(space.inputs, asked.generation, np.random.default_rng(asked.seed))
    return np.concatenate([[own, without], even])[: asked.generation]


def archive_json(trial: Trial, looked: Looked) -> list[dict[str, Any]]:
    """Return the archive for programs: each plan with its number, what it sets, and its scores."""
    return [
        {
            "try": int(number),
            "values": trial.space.values(looked.tries.units[number]),
            "scores": dict(zip(trial.asked.objectives, looked.tries.scores[number].tolist(), strict=True)),
        }
        for number in looked.archive
    ]


def write_json(path: Path, content: Any) -> None:
    """Write a file whole.

    Raises
    ------
    RunError : it cannot be written.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        Folder(path.parent).write(path.name, text.encode())
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write {path}: {error.strerror or error}")) from None


@contextmanager
def begun(folder: Path, trial: Trial, about: Mapping[str, Any]) -> Iterator[None]:
    """Hold the folder of a search: a new one with what is asked in it, or one of the same search. No other command works on it meanwhile.

    Parameters
    ----------
    about : what decides the results beside the question, for the record.

    Raises
    ------
    InputError : the folder holds something else, or another command works on it.
    RunError : it cannot be written.
    """
    said = {
        "question": {name: getattr(trial.asked, name) for name in trial.asked.__dataclass_fields__},
        "inputs": [one.model_dump(mode="json") for one in trial.space.inputs],
        "plan": trial.space.given.content_hash,
        "baseline": trial.baseline.content_hash,
        **about,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = Folder(folder)
        there.claim()
    except FileExistsError:
        raise InputError(Problem("exists", "it is a file; name a folder", Where(str(folder)))) from None
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {folder}: {error.strerror or error}")) from None
    try:
        if there.exists(ASKED):
            _require_same(folder, _read(there), json.loads(json.dumps(said)))
        elif [name for name in there.names() if not name.endswith(PARTIAL)]:
            raise InputError(Problem("exists", "the folder is not empty; name a new one", Where(str(folder))))
        else:
            write_json(folder / ASKED, said)
        yield
    finally:
        there.release()


def _read(folder: Folder) -> Any:
    try:
        return json.loads(folder.read(ASKED))
    except (ValueError, RecursionError, OSError) as error:
        message = f"{ASKED} cannot be read; name a new folder"
        raise InputError(Problem("exists", message, Where(folder.url), str(error)[:80])) from None


def _require_same(folder: Path, before: Any, now: Mapping[str, Any]) -> None:
    if before == now:
        return
    if not isinstance(before, dict):
        before = {}
    differing = [key for key in now if before.get(key) != now[key]]
    asked = {name for name, value in now["question"].items() if (before.get("question") or {}).get(name) != value}
    shown = [*sorted(asked), *(key for key in differing if key != "question")]
    raise InputError(
        Problem(
            "exists",
            "the folder holds another search, or one on other plans, evidence or code; name a new one",
            Where(str(folder)),
            ", ".join(shown),
        )
    )
