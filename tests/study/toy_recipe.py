"""A study without plans and places: the two toy mechanisms, with an outcome of the table each."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from premortem.engine.week import Model, Setup
from premortem.evidence.sampling import uniform
from premortem.model.accounts import KILLED_BY_RIVALS, MEMBERS
from premortem.model.mechanism import Outcome
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.provenance import RecipeRecord
from premortem.study.recipes import WEEKS_PER_YEAR, Inputs, Rows
from tests.model.toys import FIGHT, PULL, Pull, Rates, batched, orders, toy_world

FIGHT_COUNTED = dataclasses.replace(
    FIGHT,
    outcomes=(
        Outcome("members", lambda view, own, moved: moved.stocks[MEMBERS].sum(0), labels="r"),
        Outcome(
            "homicides_mx", lambda view, own, moved: moved(MEMBERS, KILLED_BY_RIVALS).sum(0), labels="r", flow=True
        ),
    ),
)
MODEL = Model((FIGHT_COUNTED, PULL), mapped=("homicides_mx", "members"))
FUTURES = 5 * FUTURES_PER_CHUNK // 2
"""Two and a half chunks: the last is filled up."""


@dataclasses.dataclass(frozen=True)
class ToySource:
    """Plans are hazards of arrest, by name ``arrest_<per mille>``; ``arrest_open`` leaves the hazard open, and a word that changes nothing.

    ``poison``: number of a future whose parameters are not finite. ``killer``: a file; the process that finds it removes it and
    kills itself, so that one worker dies. ``deadly``: number of a chunk that kills whoever computes it. ``broken``: number of a
    chunk that cannot be computed.
    """

    plans: tuple[str, ...] = ("arrest_1", "arrest_5")
    futures: int = FUTURES
    years: int = 1
    seed: int = 1
    poison: int = -1
    broken: int = -1
    deadly: int = -1
    killer: str = ""
    regions: tuple[str, ...] = ("north", "east", "south", "west")
    stoppable: tuple[str, ...] = ()

    def model(self) -> Model:
        return MODEL

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        chunk = futures[0] // FUTURES_PER_CHUNK
        if chunk == self.broken:
            raise ValueError("no such future")
        if chunk == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.killer and futures[0] > 0:
            try:
                Path(self.killer).unlink()
            except FileNotFoundError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        u = {name: uniform(self.seed, name, futures)[:, 0] for name in ("loss", "growth", "move")}
        loss, growth = 0.004 * u["loss"], 0.006 * u["growth"]
        loss[futures == self.poison] = np.nan
        left_open: dict[str, Any] = {}
        if self.plans[plan] == "arrest_open":
            arrest = 0.02 * uniform(self.seed, "plan.arrest", futures)[:, 0]
            words = np.where(uniform(self.seed, "plan.word", futures)[:, 0] < 0.5, "left", "right")
            left_open = {"arrest": arrest, "word": words.astype(object)}
        else:
            arrest = np.full(len(futures), float(self.plans[plan].removeprefix("arrest_")) / 1000)
        parameters = {
            "fight": Rates(loss=jnp.asarray(loss, float), growth=jnp.asarray(growth, float)),
            "pull": Pull(
                arrest=jnp.asarray(arrest, float),
                move=jnp.asarray(0.02 * u["move"], float),
                split=jnp.full(len(futures), 0.1),
            ),
        }
        controls = batched(orders(self.years * WEEKS_PER_YEAR), len(futures))
        setup = Setup(toy_world(), controls, parameters)
        return Inputs(setup, futures, {"fight.loss": loss, "fight.growth": growth}, left_open)

    def provenance(self) -> RecipeRecord:
        return RecipeRecord.model_validate({"toy": dataclasses.asdict(self)})
