"""An ensemble of the status quo from a start: what reconciliation and hindcasts read."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from premortem.theatre.records import Events

if TYPE_CHECKING:
    from premortem.engine.simulate import Trajectories
    from premortem.engine.week import Model
    from premortem.study.recipes import Inputs

FUTURES = 128
"""Enough to know the median of a flow to a tenth of its standard deviation over futures, in seconds."""
SEED = 1


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """``FUTURES`` futures of the status quo: what went in, what came out, and ``fine`` [future] those without a fault."""

    model: Model
    inputs: Inputs
    result: Trajectories
    fine: NDArray[np.bool_]

    def kept(self, values: Any) -> NDArray[np.float64]:
        """Return what is by future for those without a fault."""
        return np.asarray(values, np.float64)[self.fine]


def status_quo(theatre: str, start: str, years: int, events: Events = "known") -> Ensemble:
    """Simulate the status quo of a theatre for some years from a start. The engine (JAX) is imported here, not with the module.

    ``events``: what is scripted after the start, only what was known on its day to come or all that happened since.
    """
    from premortem.engine import compilation, simulate
    from premortem.engine.week import NO_FAULT
    from premortem.study.experiment import Experiment
    from premortem.study.recipes import WEEKS_PER_YEAR
    from premortem.study.spec import make

    compilation.configure()
    spec = make(
        plans=("status_quo",), futures=FUTURES, years=years, seed=SEED, theatre=theatre, start=start, events=events
    )
    experiment = Experiment.of(spec)
    model, inputs = experiment.model(), experiment.inputs(0, np.arange(FUTURES))
    result = simulate.run(
        model,
        inputs.setup,
        seed=SEED,
        futures=inputs.luck,
        weeks=years * WEEKS_PER_YEAR,
    )
    return Ensemble(model, inputs, result, result.fault_week == NO_FAULT)
