"""What each stated field of a plan does: it is changed alone, in the same futures and the same luck, and the outcomes are compared.

Changes that leave the compiled controls of all futures as they are, bit for bit, are not simulated: their results would be the same. Those
that give equal controls are simulated once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from premortem.analysis.compare import Interval, line_of, paired
from premortem.arrays import jax
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.frames import pl
from premortem.plan.controls.compile import compile_plan
from premortem.plan.language import readers
from premortem.plan.language.extends import find
from premortem.plan.language.fields import JUDGED
from premortem.plan.language.load import LoadedPlan
from premortem.plan.telling.variants import Variant, variants, written
from premortem.study.executors import Executor
from premortem.study.experiment import Experiment, plan_id
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.run import Progress, once
from premortem.study.spec import StudySpec, make

AT_MOST = 2
"""Changes of one field that are simulated: those that come first in `variants` and differ in their controls."""
TRIED = 24
"""Values of one field that are compiled to find them; where all give the controls of the plan, the field changes nothing in it."""


@dataclasses.dataclass(frozen=True)
class Largest:
    """The outcome that a change moves most, against how its futures spread under the plan as it stands, or what matters if that is more.

    ``difference``: with the change minus without, future by future, in ``unit``; ``share`` of futures in which the two differ.
    """

    outcome: str
    title: str
    unit: str
    difference: Interval
    share: float


@dataclasses.dataclass(frozen=True)
class Effect:
    """One field changed alone: from ``value`` to ``varied_to``, as a plan file has them.

    ``outcomes_moved`` counts the outcomes that differ in at least one future. ``same_controls``: the change reaches nothing that is
    simulated in this plan.
    """

    field: str
    value: str
    varied_to: str
    outcomes_moved: int
    largest: Largest | None
    same_controls: bool


@dataclasses.dataclass(frozen=True)
class NotSimulated:
    """A stated field that nothing in the simulation reads under any plan, with the lint rules that check it."""

    field: str
    value: str
    rules: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Effects:
    """The effects of a plan's stated fields, in the order of the field table, over ``futures`` of ``years`` with one ``seed``."""

    plan: str
    futures: int
    years: int
    seed: int
    outcomes: int
    effects: tuple[Effect, ...]
    not_simulated: tuple[NotSimulated, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the effects for programs, unrounded."""
        return dataclasses.asdict(self)


class AsLikely(Experiment):
    """Plans as likely to unfold and not as carried out: half the work."""

    @property
    def stoppable(self) -> tuple[str, ...]:
        """No plan has a case of its own as carried out."""
        return ()


def effects(
    loaded: LoadedPlan,
    *,
    futures: int,
    years: int,
    seed: int,
    executor: Executor,
    only: Iterable[str] = (),
    progress: Progress | None = None,
) -> Effects:
    """Change every stated field of a plan alone and return what moves, with everything as likely to unfold.

    Parameters
    ----------
    only : fields or elements to keep to (``zone.depth_miles``, ``task_force.west``); by default all that the plan states.

    Raises
    ------
    InputError : the plan states no such field, or a number is out of its bounds.
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    unread, asked = dict(readers.unsimulated(loaded.plan)), tuple(only)
    spec = make(plans=(plan_id(loaded),), futures=futures, years=years, seed=seed, keep=())
    spec = spec.model_copy(
        update={"start": Experiment.of(spec, [loaded]).start}
    )  # of the plan as it stands, for every change
    experiment = Experiment.of(spec, [loaded])
    tried = [*_tried(loaded, asked, frozenset(unread), experiment)]
    plans = {key: change.loaded for change, key in reversed(tried) if key}
    pairs = _simulated(loaded, plans, spec, executor, progress)
    named = (path for path in unread if not asked or path in asked)
    return Effects(
        plan_id(loaded),
        futures,
        years,
        seed,
        len(experiment.model().outcomes),
        tuple(_effect(change, pairs.get(key)) for change, key in tried),
        tuple(NotSimulated(path, _value(loaded, path), readers.of(unread[path]).rules) for path in named),
    )


def moved_by(
    loaded: LoadedPlan,
    altered: Mapping[str, LoadedPlan],
    *,
    futures: int,
    years: int,
    seed: int,
    executor: Executor,
    progress: Progress | None = None,
) -> Mapping[str, list[tuple[float, Largest]]]:
    """Return the outcomes that each altered plan moves against the plan, in the same futures and luck, as `differing` does.

    One that gives the controls of the plan itself moves nothing and is not simulated; one that cannot be simulated is left out.

    Raises
    ------
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    spec = make(plans=(plan_id(loaded),), futures=futures, years=years, seed=seed, keep=())
    experiment = Experiment.of(spec, [loaded])
    as_written = _digest(loaded, experiment)
    digests = {name: found for name, plan in altered.items() if (found := _digest(plan, experiment)) is not None}
    plans = {digest: altered[name] for name, digest in digests.items() if digest != as_written}
    pairs = _simulated(loaded, plans, spec, executor, progress)
    return {name: differing(pairs[digest]) if digest in pairs else [] for name, digest in digests.items()}


def _tried(
    loaded: LoadedPlan, only: tuple[str, ...], unread: frozenset[str], experiment: Experiment
) -> Iterator[tuple[Variant, str]]:
    """Yield the changes of each field that are worth a look, each with the digest of its controls; "" where they are those of the plan."""
    as_written = _digest(loaded, experiment)
    for path, group in itertools.groupby(variants(loaded, only), key=lambda one: one.path):
        skipped = path in unread or path.partition(".")[0] in JUDGED
        seen: dict[str, Variant] = {}
        for change in itertools.islice(group, 0 if skipped else TRIED):
            if (digest := _digest(change.loaded, experiment)) is not None:
                seen.setdefault("" if digest == as_written else digest, change)
            if len(seen.keys() - {""}) == AT_MOST:
                break
        different = {digest: change for digest, change in seen.items() if digest}
        yield from ((change, digest) for digest, change in (different or seen).items())


def _digest(plan: LoadedPlan, experiment: Experiment) -> str | None:
    """Return what the controls of a plan in all futures come to, None where it cannot be simulated."""
    try:
        own = Experiment.of(experiment.spec, [plan])
        rows, weeks = np.arange(own.futures), own.years * WEEKS_PER_YEAR
        controls = compile_plan(plan, own.theatre, seed=own.seed, futures=rows, weeks=weeks).controls
    except InputError:
        return None
    leaves, shape = jax.tree.flatten(controls)
    digest = hashlib.sha256(str(shape).encode())
    for leaf in leaves:
        digest.update(str(leaf.shape).encode() + np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()


def _simulated(
    loaded: LoadedPlan,
    plans: Mapping[str, LoadedPlan],
    spec: StudySpec,
    executor: Executor,
    progress: Progress | None,
) -> dict[str, pl.DataFrame]:
    """Return for each change a row a future: every outcome with it, and (``:baseline``) without it; all are plans of one study."""
    if not plans:
        return {}
    names = {key: f"change_{number}" for number, key in enumerate(plans)}
    renamed = [
        dataclasses.replace(plan, plan=plan.plan.model_copy(update={"id": names[key]})) for key, plan in plans.items()
    ]
    every = spec.model_copy(update={"plans": (*spec.plans, *names.values())})
    with tempfile.TemporaryDirectory() as folder:
        store = once(
            AsLikely.of(every, [loaded, *renamed]), Path(folder, "study"), executor=executor, progress=progress
        )
        table = store.table().collect()
    return {key: paired(table, name, spec.plans[0])[0] for key, name in names.items()}


def differing(pairs: pl.DataFrame) -> list[tuple[float, Largest]]:
    """Return the outcomes that differ between two plans in any future, each with the size of it for how its futures spread."""
    moved: list[tuple[float, Largest]] = []
    for id_, info in outcomes.load().items():
        if f"{id_}:baseline" in pairs.columns:
            with_it, without = (pairs[name].to_numpy().astype(float) for name in (id_, f"{id_}:baseline"))
            differs = ~((with_it == without) | (np.isnan(with_it) & np.isnan(without)))
            if differs.any():
                difference = np.where(differs, with_it - without, 0.0)
                size = float(np.abs(difference).mean())
                spread = max(float(without.std()), line_of(info, with_it, without).matters)
                largest = Largest(id_, info.title, info.unit, Interval.of(difference), float(differs.mean()))
                moved.append((size / spread if spread > 0 else size, largest))
    return moved


def _largest(pairs: pl.DataFrame | None) -> tuple[int, Largest | None]:
    """Return how many outcomes differ between two plans, and the one that does most for how its futures spread."""
    moved = [] if pairs is None else differing(pairs)
    return len(moved), max(moved, key=lambda one: one[0])[1] if moved else None


def _effect(change: Variant, pairs: pl.DataFrame | None) -> Effect:
    return Effect(change.path, change.value, change.to, *_largest(pairs), pairs is None)


def _value(loaded: LoadedPlan, path: str) -> str:
    node = find(loaded.root, path)
    return written(node.plain()) if node else ""
