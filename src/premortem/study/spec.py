"""The study file: what is asked, in TOML or in Python.

::

    plans = ["status_quo", "border_task_forces"]    # names of packaged plans, or files beside the study file
    futures = 200
    years = 5
    seed = 1
    design = "monte_carlo"
"""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, ValidationError, model_validator

from premortem import text
from premortem.errors import InputError, Problem, Where
from premortem.evidence.calibrated import DEFAULT, NONE
from premortem.plan.language.document import SIZE_LIMIT, Node, parse
from premortem.plan.language.problems import placed
from premortem.study.design import Kind
from premortem.theatre.records import Events

MOST_PLANS = 1000  # with all combinations of levers

Kept = Literal["weekly", "regional", "mapped", "draws"]
"""What is large in a study: trajectories, and the parameters drawn."""
EVERYTHING: tuple[Kept, ...] = ("weekly", "regional", "mapped", "draws")

Level = Annotated[StrictInt | StrictFloat, Field(allow_inf_nan=False)]


class StudySpec(BaseModel):
    """What a study is asked to do.

    Attributes
    ----------
    plans : names of packaged plans, or plan files. The first is the baseline of comparisons unless one is called ``status_quo``.
    futures : number of futures; of base samples (saltelli), paths (morris) or pairs (twins), which the design multiplies.
    years : length of each future, of 52 weeks.
    seed : of all draws and luck.
    design : how futures spread over the uncertainties.
    groups : of a saltelli design, over whole groups of parameters: ``mechanism``, one for each mechanism of the model, or name -> ids
        (``arms.*`` means all of arms), the others being one group more. What plans leave open, and luck, are groups of their own.
    uncertainties : ids of the parameters that vary, the others standing at their medians; "all" by default. ``arms.*`` means all of arms.
    levers : lever -> levels. Every plan is run with every combination of levels, on the same futures (a full factorial).
    outcomes : ids of the outcomes to store; "all" by default.
    keep : which of the large things to store beside the scalar outcomes.
    theatre, start : the theatre, that of the plans if empty; and its start, or a month, 2019-03. If empty: its default one, or, where a
        plan begins before that, the month of that plan's date.
    events : what is scripted after the start: only what was ``known`` on its day to come, or all that ``happened`` since (hindcasts).
    posterior : fit to the record that the draws follow: ``default`` (the newest packaged one made of nothing later than the start; the
        priors where there is none, in other designs than monte_carlo, and where only some uncertainties vary), ``none`` (the priors), the
        cut of a packaged one, or a file of `premortem calibrate fit`.
    depth_miles : where the states on the line are split into zone and interior, for all plans; by default the greatest depth that any
        plan states, the theatre's own if none does.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    plans: tuple[str, ...] = Field(min_length=1, max_length=MOST_PLANS)
    futures: int = Field(ge=1, le=10_000_000, strict=True)
    years: int = Field(ge=1, le=40, strict=True)
    seed: int = Field(1, ge=0, lt=2**32, strict=True)
    design: Kind = "monte_carlo"
    groups: Literal["", "mechanism"] | dict[str, tuple[str, ...]] = ""
    uncertainties: Literal["all"] | tuple[str, ...] = "all"
    levers: dict[str, Annotated[tuple[Level, ...], Field(min_length=1)]] = Field(default_factory=dict)
    outcomes: Literal["all"] | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    keep: tuple[Kept, ...] = ("weekly", "regional", "draws")
    theatre: str = ""
    start: str = ""
    events: Events = "known"
    posterior: str = DEFAULT
    depth_miles: float | None = Field(None, ge=0, le=100)

    @model_validator(mode="after")
    def _sizes(self) -> Self:
        count = len(self.plans) * math.prod(len(levels) for levels in self.levers.values())
        if count > MOST_PLANS:
            raise ValueError(f"{count} plans with all combinations of levers; at most {MOST_PLANS}")
        if self.groups and self.design != "saltelli":
            raise ValueError("groups belong to design = saltelli")
        if self.groups and self.posterior not in {DEFAULT, NONE}:
            raise ValueError("groups need inputs that are independent: posterior = none")
        return self

    def combinations(self) -> list[dict[str, float]]:
        """Return every combination of levels of the levers; one empty combination if there are none."""
        return [dict(zip(self.levers, levels, strict=True)) for levels in itertools.product(*self.levers.values())]


def read(path: str | Path) -> StudySpec:
    """Read a study file; plan files are looked for beside it.

    Raises
    ------
    InputError : with every problem, each with its place, what was found, what is allowed and the nearest spelling.
    """
    path = Path(path)
    try:
        root = parse(text.read(path, SIZE_LIMIT), str(path))
    except FileNotFoundError:
        raise InputError(Problem("unreadable", "no such study file", Where(str(path)))) from None
    values = root.plain()
    if isinstance(values.get("plans"), list):
        values["plans"] = [_beside(path, plan) for plan in values["plans"]]
    try:
        return StudySpec.model_validate(values)
    except ValidationError as error:
        raise InputError(*placed(error, StudySpec, root)) from None


def make(**values: Any) -> StudySpec:
    """Return a specification from values, with the same checks and messages as a file.

    Raises
    ------
    InputError : with every problem.
    """
    try:
        return StudySpec.model_validate(values)
    except ValidationError as error:
        raise InputError(*placed(error, StudySpec, Node({}, ""))) from None


def _beside(path: Path, plan: Any) -> Any:
    """Return a plan file's address as seen from where the study file is, or what was given."""
    if isinstance(plan, str) and text.is_file(path.parent / plan):
        return str((path.parent / plan).resolve())
    return plan
