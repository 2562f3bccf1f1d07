"""What single parameters move: each is put at the two ends of its prior in all futures, in the same luck, and the outcomes are compared."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from premortem.analysis.compare import paired
from premortem.analysis.effects import AsLikely, Largest, differing
from premortem.evidence.sampling import draw
from premortem.model.mechanisms.registry import MECHANISMS
from premortem.model.parameters import assemble
from premortem.plan.language.load import LoadedPlan
from premortem.study.executors import Executor
from premortem.study.experiment import parameters_of, plan_id
from premortem.study.recipes import Inputs, Rows
from premortem.study.run import Progress, once
from premortem.study.spec import make

ENDS = (0.05, 0.95)
"""Quantiles of the prior between which a parameter is swung."""


@dataclasses.dataclass(frozen=True)
class Swung:
    """What a parameter moves from the low end of its prior to the high one.

    ``moved``: the outcomes that differ in at least one future, each with the size of it for how its futures spread.
    """

    parameter: str
    moved: list[tuple[float, Largest]]


@dataclasses.dataclass(frozen=True)
class _AtEnds(AsLikely):
    """One plan many times over; ``swings``: by plan, the parameter that is not as drawn, and the quantile that it has in all futures."""

    swings: tuple[tuple[str, float], ...] = ()

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        given, (id_, quantile) = super().inputs(plan, futures), self.swings[plan]
        theatre = self.theatre
        sizes, entry = dict(theatre.sizes), parameters_of(self.theatre_name)[id_]
        at_its_end = draw({id_: entry}, self.seed, range(len(futures)), sizes, uniforms={id_: quantile})
        organisations = tuple(organisation.id for organisation in theatre.organisations)
        parameters = assemble(MECHANISMS, self._draws(futures) | at_its_end, organisations)
        return dataclasses.replace(given, setup=dataclasses.replace(given.setup, parameters=parameters))


def swung(
    loaded: LoadedPlan,
    parameters: Iterable[str],
    *,
    futures: int,
    years: int,
    seed: int,
    executor: Executor,
    progress: Progress | None = None,
) -> Mapping[str, Swung]:
    """Return what each of some parameters moves under a plan as likely to unfold; those that are solved and not drawn are left out.

    Raises
    ------
    RunError : futures could not be computed.
    StoppedError : by Ctrl-C.
    """
    spec = make(plans=(plan_id(loaded),), futures=futures, years=years, seed=seed, keep=())
    known = parameters_of(AsLikely.of(spec, [loaded]).theatre_name)
    ids = [id_ for id_ in dict.fromkeys(parameters) if id_ in known and not known[id_].derived]
    if not ids:
        return {}
    swings = tuple((id_, quantile) for id_ in ids for quantile in ENDS)
    names = tuple(f"swing_{number}" for number in range(len(swings)))
    plans = [dataclasses.replace(loaded, plan=loaded.plan.model_copy(update={"id": name})) for name in names]
    made = AsLikely.of(spec.model_copy(update={"plans": names}), plans)
    own = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    with tempfile.TemporaryDirectory() as folder:
        recipe = _AtEnds(**own, swings=swings)
        table = once(recipe, Path(folder, "study"), executor=executor, progress=progress).table().collect()
    found = {}
    for number, id_ in enumerate(ids):
        low, high = names[len(ENDS) * number : len(ENDS) * (number + 1)]
        found[id_] = Swung(id_, differing(paired(table, high, low)[0]))
    return found
