"""Search: plans around a given one that beat it, or the word that none was found and how hard it was looked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from premortem.api.arguments import checked
from premortem.api.decisions import Decisions
from premortem.api.plans import Plan, plan
from premortem.errors import InputError, Problem, StoppedError, Where
from premortem.study.cases import Reading
from premortem.text import usable

if TYPE_CHECKING:
    from premortem.decisions.result import Result
    from premortem.decisions.search import Question, Trial
    from premortem.plan.language.load import LoadedPlan
    from premortem.study.spec import StudySpec

Progress = Callable[[int, int], None]
STATUS_QUO = "status_quo"


@checked
def search(
    source: Plan | Decisions | str | Path,
    out: str | Path,
    *,
    against: str | Path = "",
    inputs: str | Path = "",
    objectives: Sequence[str] = (),
    budget: float | None = None,
    plans: int = 5000,
    futures: int = 20,
    years: int = 3,
    confirm: int = 20,
    fresh: int = 200,
    full_years: int = 5,
    generation: int = 100,
    seed: int = 1,
    reading: Reading = "as_likely",
    workers: int = 0,
    progress: Progress | None = None,
) -> Result:
    """Search around a plan for plans that dominate it: docs/deciding.md.

    Parameters
    ----------
    source : the plan; or `Study.decisions`, the plan of a study in its theatre, start and posterior.
    out : folder of the search; called again with the same question it goes on where it was.
    against : the baseline, where no study says it, else it is refused; ``status_quo`` by default.
    inputs : a file of what may move (``[[input]]``); by default what data/search.toml lists and the plan has.
    objectives : outcomes by whose average plans are judged; violent deaths are always among them.
    budget : most that a plan may cost on average, million USD a year.
    plans, futures, years, generation, seed : how many are tried, in which futures; how many at a time.
    confirm, fresh, full_years : how many are tried again, in how many fresh futures, of which length.
    workers : worker processes; 0: threads of this process.
    progress : called with the number of plans tried and of all.

    Raises
    ------
    InputError : what may not be searched or judged by, too few futures, a wrong plan, or another search in the folder.
    RunError : futures could not be computed; what is done is safe.
    StoppedError : by Ctrl-C; called again it goes on.
    """
    from premortem.decisions.search import Question, begun, look, objectives_of, require_possible
    from premortem.decisions.search_found import confirmed, result_of

    asked = Question(
        objectives=objectives_of(objectives),
        reading=reading,
        futures=futures,
        years=years,
        seed=seed,
        tries=plans,
        generation=generation,
        budget=budget,
        confirm=confirm,
        fresh=fresh,
        full_years=full_years,
    )
    require_possible(asked)
    folder = usable(out)
    made, about = trial(source, asked, against=against, inputs=inputs, workers=workers)
    try:
        with begun(folder, made, about):
            return result_of(confirmed(made, look(made, folder, progress), folder), about)
    except (KeyboardInterrupt, StoppedError):
        message = f"interrupted; what is done is safe. Go on with the same command (--out {folder})"
        raise StoppedError(Problem("interrupted", message)) from None


def _given(
    source: Plan | Decisions | str | Path, against: str | Path, seed: int, years: int
) -> tuple[LoadedPlan, LoadedPlan, StudySpec]:
    """Return the plan, the baseline and what their futures are, for a study as it was."""
    from premortem.analysis.wedges import plan_of
    from premortem.study.spec import make

    if not isinstance(source, Decisions):
        given, baseline = plan(source).loaded, plan(against or STATUS_QUO).loaded
        return given, baseline, make(plans=(STATUS_QUO,), futures=1, years=years, seed=seed)
    if against:
        message, allowed = "the baseline is that of the study's decisions", "Study.decisions(plan, against)"
        raise InputError(Problem("baseline", message, found=str(against), allowed=allowed))
    store = source.study.store
    spec = store.provenance.recipe.pinned
    if spec is None or spec.design != "monte_carlo":
        message = "a search needs a study of plan files in independent futures"
        raise InputError(Problem("design", message, Where(store.folder.url), allowed="design monte_carlo"))
    return plan_of(store, source.plan), plan_of(store, source.baseline), spec


def trial(
    source: Plan | Decisions | str | Path,
    asked: Question,
    *,
    against: str | Path = "",
    inputs: str | Path = "",
    workers: int = 0,
) -> tuple[Trial, Mapping[str, Any]]:
    """Return what tries plans, and what decides the results beside the question.

    Raises
    ------
    InputError : a wrong plan, study or file of inputs.
    """
    from premortem.analysis.evaluate import evaluate
    from premortem.api.studies import executor
    from premortem.decisions.search import COST, Trial
    from premortem.decisions.search_space import space_of
    from premortem.evidence import calibrated, ledger
    from premortem.study.experiment import Experiment
    from premortem.study.provenance import Environment

    given, baseline, spec = _given(source, against, asked.seed, asked.years)
    if given.content_hash == baseline.content_hash:
        message = "a plan that is the baseline itself: name another one to beat, or another baseline (--against)"
        raise InputError(Problem("plan", message, found=str(given.plan.id)))
    ids = ("baseline", "given")
    update = {"plans": ids, "years": asked.full_years, "levers": {}, "keep": (), "outcomes": "all"}
    named = [
        dataclasses.replace(one, plan=one.plan.model_copy(update={"id": id_}))
        for one, id_ in zip((baseline, given), ids, strict=True)
    ]
    world = Experiment.of(spec.model_copy(update=update), named)
    space = space_of(given, world.theatre.date, inputs)
    deepest = max((one.high for one in space.inputs if one.path == "zone.depth_miles"), default=0.0)
    depth = max(world.depth_miles, deepest)
    pinned = {"start": world.start, "depth_miles": depth, "posterior": world.fit, "levers": {}}
    fixed = spec.model_copy(update=pinned)
    wanted = tuple(dict.fromkeys((*asked.objectives, *([COST] if asked.budget is not None else []))))

    def simulate(plans: Sequence[LoadedPlan], seed: int, futures: int, years: int) -> Mapping[str, Any]:
        update = {"seed": seed, "futures": futures, "years": years}
        return evaluate(
            plans, fixed.model_copy(update=update), wanted, reading=asked.reading, executor=executor(workers)
        )

    about = {
        "start": world.start,
        "depth_miles": fixed.depth_miles,
        "theatre": world.theatre.name,
        "posterior": world.fit,
        "posterior_digest": fit.digest if (fit := calibrated.find(world.fit)) is not None else "",
        "evidence": ledger.load().digest,
        "code": Environment.here().code,
    }
    return Trial(asked, space, baseline, world.theatre.date, simulate), about
