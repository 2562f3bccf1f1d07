"""The experiment: plans in a theatre under sourced, uncertain parameters. Where studies touch the other rooms, and nowhere else."""

from __future__ import annotations

import dataclasses
import datetime
import fnmatch
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from premortem.arrays import jax
from premortem.engine import compilation
from premortem.engine.week import Model, Setup
from premortem.errors import InputError, Problem, nearest
from premortem.evidence import calibrated, ledger, outcomes, own, parameters, priors, sampling
from premortem.evidence.parameters import Parameter
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import assemble
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.plan.controls import congress, open_fields
from premortem.plan.controls.compile import Compiled, compile_plan, refused
from premortem.plan.controls.legal import exposed
from premortem.plan.language import catalogue
from premortem.plan.language.load import LoadedPlan, load, load_text
from premortem.plan.language.runnable import carries_on
from premortem.plan.language.words import Unspecified
from premortem.plan.telling.overview import planned_weeks
from premortem.study.declared import declared
from premortem.study.design import LEFT_OPEN, LUCK, REST, Design, Floats, Groups
from premortem.study.provenance import (
    DesignRecord,
    ExpectRecord,
    FitRecord,
    PlanRecord,
    RecipeRecord,
    RestsOn,
    SuccessRecord,
    TheatreRecord,
)
from premortem.study.recipes import WEEKS_PER_YEAR, Inputs, Rows
from premortem.study.spec import StudySpec
from premortem.text import is_file
from premortem.theatre import Theatre, folder
from premortem.theatre import load as load_theatre
from premortem.theatre.choosing import start_for

ITS_LUCK = "_luck"
"""How the ids of parameters end that are luck themselves."""
MOST_NAMED = 8
DRAWN_TOGETHER = 3 * FUTURES_PER_CHUNK  # futures; drawing takes hardly longer for so many than for one


@dataclasses.dataclass(frozen=True)
class Experiment:
    """The futures that a study specification asks for, by ``premortem.study.recipes.Recipe``.

    ``theatre_name`` is the one theatre that its plans name, ``start`` where it starts. ``varied`` are the ids of the parameters that vary,
    None for all; the others stand at their medians. ``fit`` names the fit to the record that draws follow, ``none`` where they follow the
    priors.
    """

    spec: StudySpec
    loaded: tuple[LoadedPlan, ...]
    theatre_name: str
    start: str
    depth_miles: float
    design: Design
    varied: frozenset[str] | None
    fit: str

    @classmethod
    def of(cls, spec: StudySpec, loaded: Iterable[LoadedPlan] | None = None) -> Experiment:
        """Return the experiment of a specification.

        Parameters
        ----------
        loaded : the plans of ``spec.plans``, if they are loaded already.

        Raises
        ------
        InputError : a plan, parameter, lever or outcome is wrong or unknown, or nothing sound can be computed in this environment.
        """
        compilation.require_settings()
        base = [load(plan) for plan in spec.plans] if loaded is None else list(loaded)
        plans = tuple(_with_levers(plan, levels) for plan in base for levels in spec.combinations())
        twice = [name for name, count in Counter(plan_id(plan) for plan in plans).items() if count > 1]
        if twice:
            raise InputError(
                Problem(
                    "duplicate_id",
                    "a plan is named twice, or two plans have one id; a plan can only be compared with another",
                    found=", ".join(twice),
                    allowed="plans with different ids",
                )
            )
        if spec.outcomes != "all":
            _require_known("outcome", spec.outcomes, Model(MECHANISMS).outcomes)
        theatre = _theatre(spec, plans)
        known = parameters_of(theatre)
        varied = None if spec.uncertainties == "all" else frozenset(_matching(spec.uncertainties, known))
        spread = tuple(
            id_ for id_, parameter in known.items() if not parameter.axes and (varied is None or id_ in varied)
        )
        if varied is not None and spec.design != "monte_carlo" and not spec.groups and len(spread) < len(varied):
            raise InputError(
                Problem(
                    "design",
                    f"{spec.design} varies parameters that are one number; leave these out, or use monte_carlo",
                    found=", ".join(sorted(varied - set(spread))),
                )
            )
        if spec.groups:
            moving = {id_: one for id_, one in known.items() if varied is None or id_ in varied}
            design = Design(spec.design, spec.futures, (), spec.seed, groups=_groups(spec.groups, moving))
        elif spec.design == "monte_carlo":
            design = Design("monte_carlo", spec.futures, (), spec.seed)
        else:
            streams = tuple(known[id_].stream for id_ in spread)
            design = Design(spec.design, spec.futures, spread, spec.seed, streams)
        design.require_possible()
        depth = _depth(plans) if spec.depth_miles is None else spec.depth_miles
        start = spec.start or start_for(theatre, _begin(base))
        world = load_theatre(theatre, start, depth, spec.events)  # a wrong start is an error here, not in a worker
        weeks = spec.years * WEEKS_PER_YEAR
        if problems := [problem for plan in base for problem in refused(plan, world.date, weeks)]:
            raise InputError(*problems)
        fit = _fit(spec, theatre, world.date, known)
        return cls(spec, plans, theatre, start, world.depth_miles, design, varied, fit)

    @property
    def plans(self) -> tuple[str, ...]:
        """Ids of the plans."""
        return tuple(plan_id(plan) for plan in self.loaded)

    @cached_property
    def stoppable(self) -> tuple[str, ...]:
        """Ids of the plans that somebody could stop: they have task forces, a legislature decides something of them, or a court could bar
        an element in one of the futures."""
        return tuple(plan_id(plan) for plan in self.loaded if self._may_be_stopped(plan))

    def _may_be_stopped(self, loaded: LoadedPlan) -> bool:
        if any(state.plan.task_force for state in loaded.states) or congress.decides(loaded):
            return True
        for first in range(0, self.futures, DRAWN_TOGETHER):
            futures = np.arange(first, min(first + DRAWN_TOGETHER, self.futures))
            draws = open_fields.Draws(self.seed, self.design.address(LEFT_OPEN, futures))
            if any(exposed(state.plan, draws) for state in loaded.states):
                return True
            if not draws.drawn:  # nothing that courts look at is left open: every future is alike
                return False
        return False

    @property
    def futures(self) -> int:
        """Number of futures of each plan."""
        return self.design.futures

    @property
    def years(self) -> int:
        """Length of each future in years of 52 weeks."""
        return self.spec.years

    @property
    def seed(self) -> int:
        """Seed of all luck and draws."""
        return self.spec.seed

    @property
    def regions(self) -> tuple[str, ...]:
        """Codes of the regions."""
        return tuple(region.code for region in self.theatre.regions)

    @property
    def theatre(self) -> Theatre:
        """The theatre at its start and depth."""
        return load_theatre(self.theatre_name, self.start, self.depth_miles, self.spec.events)

    def model(self) -> Model:
        """Return the model with all mechanisms, and of the outcomes that maps show those that it computes."""
        model = Model(MECHANISMS)
        return dataclasses.replace(model, mapped=tuple(id_ for id_ in outcomes.mapped() if id_ in model.outcomes))

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        """Return world, controls and parameters of some futures of a plan."""
        luck, draws = self.design.luck(futures), self._draws(futures)
        compiled = self._compile(plan, self.design.address(LEFT_OPEN, futures))
        scalars = {id_: values for id_, values in draws.items() if values.ndim == 1}
        ids = tuple(organisation.id for organisation in self.theatre.organisations)
        setup = Setup(self.theatre.world(), compiled.controls, _assembled(MECHANISMS, draws, ids))
        return Inputs(setup, luck, scalars, compiled.drawn, compiled.written)

    def _compile(self, plan: int, addresses: Rows) -> Compiled:
        weeks = self.years * WEEKS_PER_YEAR
        return compile_plan(self.loaded[plan], self.theatre, seed=self.seed, futures=addresses, weeks=weeks)

    def _draws(self, futures: Rows) -> dict[str, Floats]:
        sizes = tuple(self.theatre.sizes.items())
        blocks, block = np.unique(futures // DRAWN_TOGETHER, return_inverse=True)
        asked = (self.design, self.varied, self.theatre_name, sizes, self.fit)
        parts = [_drawn(*asked, int(number)) for number in blocks]
        place = block * DRAWN_TOGETHER + futures % DRAWN_TOGETHER
        return {id_: np.concatenate([part[id_] for part in parts])[place] for id_ in parts[0]}

    def provenance(self) -> RecipeRecord:
        """Return what decides the results, and what they rest on."""
        theatre = self.theatre
        made = [self._compile(number, np.zeros(1, np.int64)) for number in range(len(self.loaded))]
        return RecipeRecord(
            spec=self.spec,
            plans=tuple(
                PlanRecord(
                    id=plan_id(plan),
                    title=plan.plan.title,
                    file=plan.file,
                    hash=plan.content_hash,
                    branches=tuple(branch.name for branch in compiled.controls.branches),
                    acts=any(state.plan.acts for state in plan.states),
                    planned_weeks=planned_weeks(plan.plan),
                    success=tuple(
                        SuccessRecord(outcome=one.outcome, op=one.op, level=one.level, by_week=one.by_week)
                        for one in plan.plan.success
                    ),
                    expect=tuple(
                        ExpectRecord(outcome=one.outcome, direction=one.direction, claim=one.claim)
                        for one in plan.plan.expect
                    ),
                    open_fields=tuple(compiled.open_fields),
                )
                for plan, compiled in zip(self.loaded, made, strict=True)
            ),
            evidence=ledger.load().digest,
            own=own.given().stated,
            begins=theatre.date.isoformat(),
            theatre=TheatreRecord(
                name=theatre.name,
                start=theatre.start,
                depth_miles=theatre.depth_miles,
                digest=theatre.digest,
                newest=theatre.newest_homicides.isoformat() if theatre.newest_homicides else "",
            ),
            mechanisms=tuple(mechanism.name for mechanism in MECHANISMS),
            design=DesignRecord(columns=tuple(self.design.names), groups=self.design.groups),
            rests_on=rests_on(self.theatre_name, self.fit),
            posterior=_fit_record(self.fit),
        )


def rests_on(theatre: str, posterior: str = calibrated.NONE) -> RestsOn:
    """Return how many of the model's parameters are calibrated, sourced (by grade) and assumed; one that a fit informs is calibrated."""
    fit, known = calibrated.find(posterior), parameters_of(theatre)
    informed: frozenset[str] = fit.informed if fit is not None else frozenset()
    grades = Counter(parameter.grade for id_, parameter in known.items() if id_ not in informed)
    return RestsOn(
        parameters=len(known),
        calibrated=len(informed),
        sourced_a=grades["A"],
        sourced_b=grades["B"],
        sourced_c=grades["C"],
        assumed=grades["assumption"],
    )


def _fit(spec: StudySpec, theatre: str, begins: datetime.date, known: Mapping[str, Parameter]) -> str:
    """Return the name of the fit to the record that draws follow.

    By default the newest packaged one, in its own theatre, from a start that it has seen nothing after, as long as the priors are those
    that were fitted, and where everything is drawn at random (designs of sensitivity need inputs that are independent). Else the priors.
    One that is named is always followed.

    Raises
    ------
    InputError : there is no such fit, or it was made of other priors.
    """
    if spec.posterior != calibrated.DEFAULT:
        if (named := calibrated.find(spec.posterior)) is not None:
            named.require_same_priors(known)
        return spec.posterior
    if spec.design != "monte_carlo" or spec.uncertainties != "all":
        return calibrated.NONE
    seen = [cut for cut in calibrated.packaged() if cut <= begins.isoformat()[: len("2026-04")]]
    if theatre != folder.DEFAULT or not seen:
        return calibrated.NONE
    newest = calibrated.find(seen[-1])
    return seen[-1] if newest is not None and newest.of_the_same_priors(known) else calibrated.NONE


def _fit_record(posterior: str) -> FitRecord | None:
    fit = calibrated.find(posterior)
    return None if fit is None else FitRecord(cut=fit.cut, digest=fit.digest, informed=tuple(sorted(fit.informed)))


def _begin(plans: Iterable[LoadedPlan]) -> list[datetime.date]:
    """Return the dates on which plans begin that state one, without that of the status quo."""
    stated = (plan.plan.start for plan in plans if not carries_on(plan.plan))
    return [date for date in stated if not isinstance(date, Unspecified)]


def plan_id(loaded: LoadedPlan) -> str:
    """Return the id of a plan, which loading has filled in where the file has none."""
    assert loaded.plan.id is not None
    return loaded.plan.id


@lru_cache(maxsize=4)
def parameters_of(theatre: str) -> dict[str, Parameter]:
    """Return the parameters that the model reads, in the order of the parameter files, with the priors that are a theatre's own, and those
    that are the reader's own before them.

    Those of one organisation are left out where the theatre does not have it.
    """
    loaded = load_theatre(theatre, depth_miles=0.0)
    here = {organisation.id for organisation in loaded.organisations}
    ours = own.given().priors
    of_theatre = {id_: entry for id_, entry in loaded.parameters.items() if id_ not in ours}
    found = declared(MECHANISMS, {**parameters.load(), **of_theatre})
    return {id_: entry for id_, entry in found.items() if entry.axis != "org" or entry.element in here}


# A compiled program takes hundreds of small arrays to the device in a quarter of the time that `jax.device_put` needs.
_assembled = jax.jit(assemble, static_argnums=(0, 2))


@lru_cache(maxsize=2)
def _drawn(
    design: Design,
    varied: frozenset[str] | None,
    theatre: str,
    sizes: tuple[tuple[str, int], ...],
    posterior: str,
    block: int,
) -> dict[str, Floats]:
    """Return the parameters of a block of futures, ``[row, ...]``, which all plans and several chunks share."""
    first = block * DRAWN_TOGETHER
    futures = np.arange(first, min(first + DRAWN_TOGETHER, design.futures))
    known, lengths, luck = parameters_of(theatre), dict(sizes), design.luck(futures)
    uniforms: dict[str, Any] = design.uniforms(futures)
    spread = varied if design.kind == "monte_carlo" or design.groups else uniforms.keys()
    still = set() if varied is None or spread is None else known.keys() - spread
    if (fit := calibrated.find(posterior)) is not None:
        uniforms = _calibrated(fit, {id_: known[id_] for id_ in fit.parameters}, design, luck, lengths, uniforms, still)
        still -= uniforms.keys()
    moving = {id_: parameter for id_, parameter in known.items() if id_ not in still}
    drawn: dict[str, Floats] = {}
    for group, ids in design.groups or (("", tuple(moving)),):
        mine = {id_: moving[id_] for id_ in ids}
        drawn |= sampling.draw(mine, design.seed, design.address(group, futures), lengths, uniforms)
    if still:
        rest = {id_: known[id_] for id_ in known if id_ in still}
        drawn |= sampling.draw(rest, design.seed, luck, lengths, at_median=True)
    return {id_: drawn[id_] for id_ in known}


def _calibrated(
    fit: calibrated.Posterior,
    touched: Mapping[str, Parameter],
    design: Design,
    luck: Rows,
    lengths: Mapping[str, int],
    uniforms: Mapping[str, Floats],
    still: set[str],
) -> dict[str, Floats]:
    """Return a design's numbers with those of what a fit touches, moved; what stands still starts from its median."""
    own = sampling.uniforms(touched, design.seed, luck, lengths)
    base = {id_: np.full_like(own[id_], 0.5) if id_ in still else uniforms.get(id_, own[id_]) for id_ in own}
    return {**uniforms, **fit.applied(base)}


def _matching(patterns: Iterable[str], known: Mapping[str, object]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        hits = fnmatch.filter(known, pattern)
        if not hits:
            _require_known("parameter", [pattern], known)
        found += hits
    return found


def _groups(asked: str | Mapping[str, tuple[str, ...]], known: Mapping[str, Parameter]) -> Groups:
    """Return the groups of a design and their parameters: those asked for, the rest, what plans leave open, and luck.

    By mechanism, the parameters that are luck themselves (``washington.clock_luck``) belong to luck.

    Raises
    ------
    InputError : a parameter is unknown or in two groups, or a group has a name that is taken.
    """
    found: dict[str, list[str]] = {}
    if isinstance(asked, str):
        for id_, parameter in known.items():
            found.setdefault(LUCK if id_.endswith(ITS_LUCK) else parameter.mechanism, []).append(id_)
    else:
        if taken := [name for name in (LEFT_OPEN, LUCK, REST) if name in asked]:
            raise InputError(Problem("groups", "a group of every design has this name", found=", ".join(taken)))
        found = {name: _matching(patterns, known) for name, patterns in asked.items()}
        twice = [id_ for id_, count in Counter(id_ for ids in found.values() for id_ in ids).items() if count > 1]
        if twice:
            raise InputError(Problem("groups", "parameters are in two groups", found=", ".join(twice[:MOST_NAMED])))
        if rest := [id_ for id_ in known if not any(id_ in ids for ids in found.values())]:
            found[REST] = rest
    luck = found.pop(LUCK, [])
    return (*((name, tuple(ids)) for name, ids in found.items()), (LEFT_OPEN, ()), (LUCK, tuple(luck)))


def _require_known(what: str, asked: Iterable[str], known: Iterable[str]) -> None:
    known = list(known)
    wrong = [name for name in asked if name not in known]
    if wrong:
        raise InputError(
            *(Problem(f"unknown_{what}", f"no such {what}", found=name, nearest=nearest(name, known)) for name in wrong)
        )


def _with_levers(plan: LoadedPlan, levels: Mapping[str, float]) -> LoadedPlan:
    """Return the plan with one measure more for each lever, as a variant with an id of its own."""
    if not levels:
        return plan
    _require_known("lever", levels, catalogue.levers())
    measures = "".join(
        f'\n[[measure]]\nid = "study_{i}"\nlever = "{lever}"\nlevel = {level}\n'
        for i, (lever, level) in enumerate(levels.items())
    )
    folder = Path(plan.file).parent if Path(plan.file).is_file() else None
    variant = load_text(f"{plan.source}\n{measures}", plan.file, folder)
    suffix = ",".join(f"{lever}={level:g}" for lever, level in levels.items())
    return dataclasses.replace(variant, plan=variant.plan.model_copy(update={"id": f"{plan_id(plan)}+{suffix}"}))


def _theatre(spec: StudySpec, plans: Iterable[LoadedPlan]) -> str:
    """Return the theatre that all plans of a study name, a packaged name or a folder.

    Raises
    ------
    InputError : they name two, or another than the study does.
    """
    named: dict[str, str] = {}
    for plan in plans:
        named.setdefault(plan.plan.theatre, plan_id(plan))
    asked = str(Path(spec.theatre).resolve()) if is_file(Path(spec.theatre, "theatre.toml")) else spec.theatre
    if asked:
        named.setdefault(asked, "the study")
    if len(named) > 1:
        raise InputError(
            Problem(
                "theatres",
                "plans can be compared in one theatre only",
                found=", ".join(f"{theatre} ({who})" for theatre, who in named.items()),
                allowed="plans whose field theatre is the same",
            )
        )
    return next(iter(named))


def _depth(plans: Iterable[LoadedPlan]) -> float | None:
    """Return the greatest zone depth that any plan states in any of its phases, or could draw where it leaves the depth open."""
    zones = [state.plan.zone for plan in plans for state in plan.states]
    depths = [zone.depth_miles for zone in zones if zone is not None]
    deepest = [float(depth) for depth in depths if not isinstance(depth, Unspecified)]
    if len(deepest) < len(depths):
        deepest.append(float(priors.parse(open_fields.law("zone.depth_miles").prior).quantile(1.0)))
    return max(deepest, default=None)
