"""Plans and what is done about them, in the same futures: the runs from which it follows how an answer changes what a plan does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from premortem.analysis.evaluate import evaluate
from premortem.analysis.red_team import Policy, shifts
from premortem.errors import InputError, Problem
from premortem.evidence.distributions import Distribution
from premortem.evidence.parameters import Parameter
from premortem.model.index_sets import AXES
from premortem.plan.language.load import LoadedPlan
from premortem.study.cache import Cache
from premortem.study.cases import Reading
from premortem.study.executors import Executor
from premortem.study.experiment import parameters_of
from premortem.study.provenance import Provenance
from premortem.study.recipes import Inputs
from premortem.study.run import Progress
from premortem.study.spec import StudySpec

Floats = NDArray[np.float64]
SEEDS = 2**32
"""Seeds that there are: fresh futures have the next one."""


def moved(law: Distribution, values: Floats, shift: float) -> Floats:
    """Return draws of a law moved a share of the way, in probability, to its upper end, or, below zero, to its lower end.

    >>> from premortem.evidence import priors
    >>> moved(priors.parse("uniform(0, 10)"), np.array([4.0, 10.0]), 0.5)
    array([ 7., 10.])
    """
    place = law.cdf(values)
    return law.quantile(place + shift * ((1.0 - place) if shift > 0 else place))


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a policy makes of the inputs of a plan: laws and shifts by parameter. Picklable, so that workers can do it."""

    laws: tuple[tuple[Parameter, float], ...]

    @classmethod
    def of(cls, sides: Sequence[str], policy: Policy, freedom: float, theatre: str) -> Answer | None:
        """Return the answer in a theatre, whose priors may be its own; None where it moves nothing."""
        known = parameters_of(theatre)
        found = tuple((known[id_], shift) for id_, shift in shifts(sides, policy, freedom).items() if id_ in known)
        return cls(found) if found else None

    def __call__(self, given: Inputs) -> Inputs:
        """Return the inputs as answered."""
        draws, by_mechanism = dict(given.draws), dict(given.setup.parameters)
        for entry, shift in self.laws:
            draws[entry.id] = moved(entry.distribution, draws[entry.id], shift)
            record = by_mechanism[entry.mechanism]
            was = np.array(getattr(record, entry.name))
            if entry.element:
                was[..., AXES[entry.axis].index(entry.element)] = draws[entry.id]
            else:
                was = draws[entry.id].astype(was.dtype)
            by_mechanism[entry.mechanism] = dataclasses.replace(record, **{entry.name: was})
        return dataclasses.replace(given, draws=draws, setup=dataclasses.replace(given.setup, parameters=by_mechanism))


def require_possible(about: Provenance) -> StudySpec:
    """Return what a study asked for, with what that came to, having checked that answers can be tried in its futures.

    Raises
    ------
    InputError : it asked for another design than independent futures, or varies levers.
    """
    spec = about.recipe.pinned
    if spec is None or spec.design != "monte_carlo" or spec.levers:
        raise InputError(
            Problem(
                "design",
                "answers can be tried in independent futures of plans only",
                allowed="a study of design monte_carlo without levers",
            )
        )
    return spec


def simulate(
    plays: Sequence[tuple[LoadedPlan, Policy]],
    about: Provenance,
    outcomes: Sequence[str],
    *,
    sides: Sequence[str],
    freedom: float,
    reading: Reading,
    futures: int,
    fresh: bool = False,
    executor: Executor,
    progress: Progress | None = None,
) -> Mapping[str, Floats]:
    """Simulate plans, each with an answer of some sides, in the first futures of a study, or in fresh ones (another seed).

    What was simulated before is taken from the user's cache, so that an interrupted search goes on where it stopped.

    Parameters
    ----------
    plays : plans with the policy that answers each.
    about : of the study that the futures are those of.

    Returns
    -------
    Outcome -> ``[play, future]``, NaN where the run failed.

    Raises
    ------
    InputError : as `require_possible`.
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    spec = require_possible(about)
    return evaluate(
        [plan for plan, _ in plays],
        spec.model_copy(update={"futures": futures, "seed": (spec.seed + fresh) % SEEDS}),
        outcomes,
        reading=reading,
        changes=[Answer.of(sides, policy, freedom, plan.plan.theatre) for plan, policy in plays],
        executor=executor,
        progress=progress,
        cache=Cache.of_user(),
    )
