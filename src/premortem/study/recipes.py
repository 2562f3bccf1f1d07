"""What a study needs to know of the world and the plans: the one seam between studies and the other rooms."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from premortem.engine.week import Model, Setup
    from premortem.model.controls import Controls
    from premortem.study.provenance import RecipeRecord

WEEKS_PER_YEAR = 52

Rows = NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What a few futures of one plan are simulated with.

    Controls and parameters of the setup have a leading future axis; its world is the same for all plans of a recipe.
    ``luck``: [future] the number that addresses each future's luck.
    For the record: ``draws``: parameter id -> [future], the scalar draws; ``left_open``: path of a field that the plan leaves open ->
    [future], what it came to (a number, a flag or a word). ``written``: the controls as carried out, where they are not the setup's.
    """

    setup: Setup
    luck: Rows
    draws: Mapping[str, NDArray[np.float64]]
    left_open: Mapping[str, NDArray[Any]] = dataclasses.field(default_factory=dict)
    written: Controls | None = None


def carried_out(inputs: Inputs) -> Inputs:
    """Return the inputs of a plan that is carried out as written, whoever would stop it."""
    from premortem.model.controls import as_carried_out

    controls = as_carried_out(inputs.setup.controls if inputs.written is None else inputs.written)
    return dataclasses.replace(inputs, setup=dataclasses.replace(inputs.setup, controls=controls))


class Recipe(Protocol):
    """A recipe for futures: small, picklable, and pure, so that any worker anywhere makes the same futures of it."""

    @property
    def plans(self) -> tuple[str, ...]:
        """Names of the plans, in the order of results."""

    @property
    def stoppable(self) -> tuple[str, ...]:
        """Names of the plans that somebody could stop, bar, refuse or not pass: they have a reading of their own as carried out."""

    @property
    def futures(self) -> int:
        """Number of futures of each plan."""

    @property
    def years(self) -> int:
        """Length of each future, in years of 52 weeks."""

    @property
    def seed(self) -> int:
        """Seed of all luck and draws, from 0 to 2**32 - 1."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, in the order of the world's arrays."""

    def model(self) -> Model:
        """Return the model; equal calls return models that compare equal, so that one program is compiled."""

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        """Return what some futures of a plan are simulated with; each future's share depends on its number alone."""

    def provenance(self) -> RecipeRecord:
        """Return all that decides the results: the recipe itself and the digests of what it rests on."""
