"""The runs behind instant levers: variants of a plan in a few futures each, others in many to measure errors.

A design is a folder of ordinary studies, ``part-0``, ``part-1``, ...: in each the same baseline and held-out variants, and a share of the
others, in 40 futures with a seed of its own. So each variant meets 40 futures, and the held-out ones meet those of all parts. A part is
resumed as any study.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import NonNegativeInt, PositiveInt, TypeAdapter

from premortem import faults, text
from premortem.errors import InputError, Problem, RunError, Where
from premortem.evidence import outcomes
from premortem.instant.basis import BASELINE, rests_on
from premortem.instant.inputs import Inputs
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.plan.language.load import load
from premortem.study.executors import Executor
from premortem.study.experiment import Experiment
from premortem.study.plans import texts
from premortem.study.provenance import Environment
from premortem.study.resume import resume
from premortem.study.run import Progress, conduct, require_complete
from premortem.study.spec import make
from premortem.study.store import PROVENANCE, Store

DESIGN = "design.json"
VERSION = 2  # of how points are laid and dealt out
LARGEST = 1_000_000  # bytes of its description
PLANS = "plans"


@dataclass(frozen=True)
class Design:
    """What is run.

    ``points``: of the variants learnt from, then of the ``held`` ones by which errors are measured. ``rests_on``: digests (`rests_on`).
    """

    folder: Path
    inputs: Inputs
    plans: PositiveInt
    held: NonNegativeInt
    parts: PositiveInt
    years: PositiveInt
    seed: NonNegativeInt
    rests_on: Mapping[str, str]

    @property
    def points(self) -> list[dict[str, float | str]]:
        """Points of the variants: the start and the ends of each input alone first, those held out last, at points of their own."""
        start = self.inputs.start(load(self.inputs.plan).plan)
        ends = self.inputs.ends(start)[: self.plans]
        inside = self.inputs.points(self.plans - len(ends), self.seed, start) if self.plans > len(ends) else []
        return ends + inside + self.inputs.points(self.held, self.seed + 1, start)

    @property
    def names(self) -> list[str]:
        """Ids of the variants, in the order of the points."""
        return [f"variant_{n}" for n in range(self.plans)] + [f"held_{n}" for n in range(self.held)]

    def names_of(self, part: int) -> list[str]:
        """Ids of the variants of a part.

        They are dealt out at random: of points that fill a box evenly every fourth one, or eighth, lies in a part of the box.
        """
        dealt = np.random.default_rng(self.seed).permutation(self.plans)[part :: self.parts]
        return [self.names[number] for number in sorted(dealt)] + self.names[self.plans :]

    def store(self, part: int) -> Store:
        """Open the study of a part.

        Raises
        ------
        InputError : it has not been begun.
        """
        return Store.open(self.folder / f"part-{part}")


def begin(folder: Path, inputs: Inputs, *, plans: int, held: int, parts: int, years: int, seed: int) -> Design:
    """Make the folder of a design with the variants as plan files, or open it where it is there and the same.

    Raises
    ------
    InputError : a variant cannot be a plan, or the folder holds something else.
    RunError : the folder cannot be written.
    """
    made = Design(folder, inputs, plans, held, parts, years, seed, rests_on(inputs.plan))
    said = json.dumps(_record(made), indent=2) + "\n"
    if (folder / DESIGN).exists():
        if text.read(folder / DESIGN, LARGEST) != said:
            message = "the folder holds another design, or one of another version; name a new one"
            raise InputError(Problem("exists", message, Where(str(folder / DESIGN))))
        return made
    parent = load(inputs.plan)
    variants = {
        name: inputs.plan_text(parent, point, name) for name, point in zip(made.names, made.points, strict=True)
    }
    try:
        (folder / PLANS).mkdir(parents=True, exist_ok=True)
        for name, content in variants.items():
            (folder / PLANS / f"{name}.toml").write_text(content, encoding="utf-8")
        (folder / DESIGN).write_text(said, encoding="utf-8")
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {folder}: {error.strerror or error}")) from None
    return made


def read(folder: Path) -> Design:
    """Open a design.

    Raises
    ------
    InputError : there is none.
    """
    try:
        found = {**json.loads(text.read(folder / DESIGN, LARGEST))}
        if found.pop("version", 1) != VERSION:
            raise ValueError("it is of another version")
        return TypeAdapter(Design).validate_python({**found, "folder": folder})
    except (OSError, ValueError, TypeError, RecursionError) as error:
        message = f"no design here ({DESIGN}): premortem instant design makes one"
        why = faults.first(error) if isinstance(error, ValueError) else str(error)
        raise InputError(Problem("no_design", message, Where(str(folder)), why[:80])) from None


def run(design: Design, part: int, *, executor: Executor, progress: Progress | None = None) -> Store:
    """Run a part of a design to its end, or go on with it.

    Raises
    ------
    InputError : what it rests on has changed since it began.
    RunError : something could not be computed or stored; what is done is safe.
    """
    folder = design.folder / f"part-{part}"
    if (folder / PROVENANCE).exists():
        store, experiment = resume(folder)
    else:
        files = [str(design.folder.absolute() / PLANS / f"{name}.toml") for name in design.names_of(part)]
        headlines = [id_ for id_, info in outcomes.load().items() if info.headline]
        spec = make(
            plans=(BASELINE, *files),
            futures=FUTURES_PER_CHUNK,
            years=design.years,
            seed=design.seed + part,
            outcomes=tuple(headlines),
            keep=("weekly",),
        )
        loaded = [load(plan) for plan in spec.plans]
        experiment = Experiment.of(spec, loaded)
        store = Store.create(
            folder,
            experiment,
            outcomes=spec.outcomes,
            keep=spec.keep,
            environment=Environment.here(),
            files=texts(loaded),
        )
    require_complete(conduct(store, experiment, executor=executor, progress=progress), store)
    return store


def _record(design: Design) -> dict[str, object]:
    numbers = {
        "plans": design.plans,
        "held": design.held,
        "parts": design.parts,
        "years": design.years,
        "seed": design.seed,
    }
    inputs = design.inputs.model_dump(mode="json")
    return {"version": VERSION, "inputs": inputs, **numbers, "rests_on": dict(design.rests_on)}
