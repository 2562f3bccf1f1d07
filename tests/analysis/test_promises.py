import dataclasses
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from premortem.analysis.promises import fired, promises
from premortem.model.controls import Branch, Observable
from premortem.study.provenance import RecipeRecord
from premortem.study.recipes import Inputs, Rows
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.provenance import recipe
from tests.study.toy_recipe import ToySource

HOMICIDES = Observable("homicides_mx_week", ("homicides_mx",), "weekly", 0, 0.0)
BRANCHES = (
    Branch("deaths", (("observed", "homicides_mx_week"), ("number", 0.0), (">", 0)), 0, -1),
    Branch("late", (("observed", "week"), ("number", 10.0), (">=", 0)), 0, -1),
    Branch("never", (("number", 0.0), ("number", 0.0), (">", 0)), 0, -1),
)
FUTURES = 40
START = 4
SAID = {
    "success": [
        {"outcome": "homicides_mx_week", "op": ">", "level": 0.0, "by_week": 20},
        {"outcome": "homicides_mx_week", "op": "<", "level": 0.0, "by_week": 20},
        {"outcome": "homicides_mx_week", "op": "<", "level": 0.0, "by_week": 49},
        {"outcome": "overdose_deaths_week", "op": "<", "level": 0.0, "by_week": 20},
    ],
    "expect": [
        {"outcome": "homicides_mx_week", "direction": "down", "claim": "force_restores_order"},
        {"outcome": "homicides_mx_week", "direction": "up", "claim": None},
        {"outcome": "homicides_mx_week", "direction": "same", "claim": None},
    ],
}


@dataclasses.dataclass(frozen=True)
class Promising(ToySource):
    """Its second plan starts in week 4, has branches, and says what it is for."""

    def inputs(self, plan: int, futures: Rows) -> Inputs:
        made = super().inputs(plan, futures)
        if plan == 0:
            return made
        start = jnp.full(len(futures), float(START))
        controls = dataclasses.replace(
            made.setup.controls, branches=BRANCHES, observables=(HOMICIDES,), start_week=start
        )
        return dataclasses.replace(made, setup=dataclasses.replace(made.setup, controls=controls))

    def provenance(self) -> RecipeRecord:
        names = [branch.name for branch in BRANCHES]
        return recipe({"id": self.plans[0]}, {"id": self.plans[1], "branches": names, **SAID})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    source = Promising(poison=3, futures=FUTURES)
    made = Store.create(tmp_path_factory.mktemp("promises") / "s", source)
    conduct(made, source)
    return made


def test_branches_fire_from_the_start_of_the_campaign_on_and_count_weeks_from_it(store: Store) -> None:
    deaths, late, never = fired(store, "arrest_5")
    assert (deaths.branch, deaths.share) == ("deaths", 1.0)
    assert deaths.week is not None
    assert (deaths.week.low, deaths.week.high) == (0, 0)
    assert (never.share, never.week) == (0.0, None)
    assert late.share == 0.0  # the first has ended the campaign
    assert fired(store, "arrest_1") == ()


def test_the_table_tells_when_a_campaign_started_ended_and_branched(store: Store) -> None:
    table = store.table().filter(pl.col("fault").is_null()).collect()
    with_branches = table.filter(pl.col("plan") == "arrest_5")
    assert with_branches["start_week"].unique().to_list() == [START]
    assert with_branches["branch.deaths"].unique().to_list() == [START]
    assert with_branches["stop_week"].unique().to_list() == [START + 1]
    without = table.filter(pl.col("plan") == "arrest_1")
    assert without["branch.deaths"].null_count() == without["stop_week"].null_count() == len(without)


def test_measures_of_success_are_judged_at_their_week_of_the_campaign(store: Store) -> None:
    above, below, beyond, unknown = (said for said in promises(store, "arrest_5", "arrest_1") if said.kind == "success")
    assert above.words == "homicides_mx_week > 0 by week 20"
    assert (above.share, above.futures) == (1.0, FUTURES - 1)
    assert (below.share, below.futures) == (0.0, FUTURES - 1)
    assert (beyond.share, beyond.futures) == (None, 0)
    assert (unknown.share, unknown.futures) == (None, 0)


def test_a_prediction_is_judged_against_the_same_futures_under_the_baseline(store: Store) -> None:
    weekly = store.array("weekly")
    assert weekly is not None
    fine = [future for future in range(FUTURES) if future != 3]
    row = store.provenance.outcomes.index("homicides_mx")
    baseline, plan = (np.asarray(weekly[number, row])[fine][:, START:].mean(1) for number in (0, 1))
    down, up, same = (said for said in promises(store, "arrest_5", "arrest_1") if said.kind == "expect")
    assert down.claim == "force_restores_order"
    assert down.share == pytest.approx((plan < baseline).mean())
    assert up.share == pytest.approx((plan > baseline).mean())
    assert same.share == pytest.approx((np.abs(plan - baseline) <= 0.05 * baseline).mean())
    assert down.futures == FUTURES - 1


def test_a_study_that_keeps_no_trajectories_judges_nothing_and_says_so(tmp_path: Path) -> None:
    source = Promising(futures=16)
    made = Store.create(tmp_path / "s", source, keep=())
    conduct(made, source)
    assert {said.share for said in promises(made, "arrest_5", "arrest_1")} == {None}
    assert fired(made, "arrest_5")[0].share == 1.0
