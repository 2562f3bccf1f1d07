"""Run folders with invented numbers, made through the store: no simulation, no JAX."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from premortem.analysis.unfolding import STOPPED, WEEKS
from premortem.evidence.outcomes import load as load_outcomes
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.plan.language.load import load
from premortem.study.cases import cases
from premortem.study.chunks import Chunk, Result, summarise
from premortem.study.provenance import Environment, RecipeRecord
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.spec import EVERYTHING, Kept
from premortem.study.store import Store
from premortem.theatre import load as load_theatre

OUTCOMES = (
    "members",
    "violent_deaths_mx",
    "homicides_mx",
    "homicides_zone",
    "displaced",
    "us_killed",
    "mx_cooperation",
    "fiscal_cost",
)
FUTURES = 2 * FUTURES_PER_CHUNK
REGIONAL = ("members", "violent_deaths_mx", "homicides_mx", "displaced")
ACCOUNTS = {
    "residents_home": SimpleNamespace(unit="person", meaning="residents living at home", source=False),
    "us_reserve": SimpleNamespace(unit="person", meaning="US forces outside the campaign", source=True),
    "displaced": SimpleNamespace(unit="person", meaning="residents displaced from this region", source=False),
    "us_returned": SimpleNamespace(unit="person", meaning="US people sent home", source=False),
}


@dataclasses.dataclass(frozen=True)
class Invented:
    """A source of numbers with known properties: every plan after the first has 10 % fewer homicides and more displaced.

    Of plans that are ``stoppable``, force is used for three months and half of the effect is there; carried out as written, all of it.
    """

    plans: tuple[str, ...] = ("status_quo", "border_task_forces")
    futures: int = FUTURES
    years: int = 2
    seed: int = 1
    titles: tuple[str, ...] = ()
    stoppable: tuple[str, ...] = ()

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(region.code for region in load_theatre().regions)

    def model(self) -> Any:
        ids = (*OUTCOMES, WEEKS, *STOPPED.values()) if self.stoppable else OUTCOMES
        kept = {id_: ("rivalry", SimpleNamespace(labels="r" if id_ in REGIONAL else "")) for id_ in ids}
        return SimpleNamespace(outcomes=kept, accounts=ACCOUNTS, mapped=REGIONAL)

    def inputs(self, plan: int, futures: Any) -> Any:
        raise NotImplementedError

    def provenance(self) -> RecipeRecord:
        loaded = [load(plan) for plan in self.plans]
        titles = self.titles or tuple(plan.plan.title for plan in loaded)
        return RecipeRecord.model_validate({
            "spec": {"plans": self.plans, "futures": self.futures, "years": self.years},
            "plans": [
                {"id": name, "title": title, "file": plan.file, "hash": plan.content_hash, "open_fields": ["start", "zone.ports"]}
                for name, title, plan in zip(self.plans, titles, loaded, strict=True)
            ],
            "evidence": "e" * 64,
            "begins": "2025-07-07",
            "theatre": {
                "name": "us-mexico", "start": "2025", "depth_miles": 20.0, "digest": "d" * 64, "newest": "2025-04-30"
            },
            "mechanisms": ["rivalry", "operations"],
            "rests_on": {"parameters": 9, "calibrated": 0, "sourced_A": 1, "sourced_B": 2, "sourced_C": 3, "assumed": 3},
        })  # fmt: skip

    def result(self, chunk: Chunk) -> Result:
        """Return the invented result of a chunk."""
        rows, case = chunk.rows(self.futures), cases(self.plans, self.stoppable)[chunk.case]
        acts, cut = case.plan != self.plans[0], case.plan in self.stoppable and case.reading == "as_likely"
        weeks, quarters, regions = self.years * WEEKS_PER_YEAR, self.years * 4, len(self.regions)
        luck = np.random.default_rng([self.seed, *rows.tolist()])
        level = luck.lognormal(0, 0.3, (len(rows), 1))
        draw = level[:, 0] * 10
        size = {"members": 2e5, "violent_deaths_mx": 700, "homicides_mx": 600, "homicides_zone": 60, "displaced": 5e5, "us_killed": 0.5,
                "mx_cooperation": 0.6, "fiscal_cost": 2e7}  # fmt: skip
        better = {
            "violent_deaths_mx": 0.95,
            "homicides_mx": 0.9,
            "displaced": 1.4,
            "us_killed": 2.0,
            "fiscal_cost": 3.0,
        }
        weekly: dict[str, Any] = {}
        for id_ in OUTCOMES:
            factor = better.get(id_, 1.0) if acts else 1.0
            course = size[id_] * level * np.linspace(1, (1 + factor) / 2 if cut else factor, weeks)
            weekly[id_] = (course * 0 if id_ == "us_killed" and not acts else course).astype(np.float32)
        if self.stoppable:
            used = (np.arange(weeks) < 13) if cut else np.zeros(weeks)
            weekly[WEEKS] = np.tile(used, (len(rows), 1)).astype(np.float32)
            weekly |= {id_: np.zeros((len(rows), weeks), np.float32) for id_ in STOPPED.values()}
            weekly[STOPPED["congress"]][:, 13] = cut
        regional: dict[str, Any] = {
            id_: np.repeat(weekly[id_][:, :: weeks // quarters, None] / regions, regions, axis=2)[:, :quarters]
            for id_ in REGIONAL
        }
        mapped: dict[str, Any] = {
            id_: np.repeat(weekly[id_][:, :, None] / regions, regions, axis=2) for id_ in REGIONAL
        }
        table = pl.DataFrame(
            {
                "plan": [case.plan] * len(rows),
                "reading": [case.reading] * len(rows),
                "future": rows,
                "luck": rows,
                "fault": pl.Series([None] * len(rows), dtype=pl.String),
                **{id_: summarise(load_outcomes()[id_].summary, weekly[id_]) for id_ in weekly},
                "start_week": [4.0] * len(rows),
                "stop_week": [52.0] * len(rows),
                "account.residents_home": -1000 * draw,
                "account.us_reserve": 10.0 * draw * acts,
                "account.displaced": 1000 * draw,
                "account.us_returned": 10.0 * draw * acts,
                "open.start": draw * 5,
                "open.zone.ports": ["open" if future % 4 else "closed" for future in rows],
            }
        )
        draws = pl.DataFrame(
            {"future": rows, "luck": rows, "rivalry.alpha": draw, "rivalry.tau_z": luck.random(len(rows))}
        )
        return Result(chunk, table, draws, weekly, regional, mapped)


def make(
    folder: Path,
    source: Invented | None = None,
    *,
    leave_out: Iterable[Chunk] = (),
    finish: bool = True,
    keep: Iterable[Kept] = EVERYTHING,
) -> Path:
    """Make a run folder and return it."""
    source = source or Invented()
    environment = Environment(versions={"premortem": "0"}, machine={"system": "test"})
    store = Store.create(folder, source, keep=keep, environment=environment)
    for chunk in store.chunks():
        if chunk not in set(leave_out):
            store.write(source.result(chunk))
    if finish:
        store.finish()
    return folder
