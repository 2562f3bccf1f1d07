"""The aftermath of weekly series short enough to add up by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from premortem.analysis.aftermath import Aftermath, Lasting, aftermath
from premortem.errors import InputError
from premortem.evidence import outcomes
from premortem.study.chunks import Chunk, Result, summarise
from premortem.study.provenance import RecipeRecord
from premortem.study.spec import EVERYTHING, Kept
from premortem.study.store import Store
from tests.provenance import recipe

YEARS, WEEKS = 4, 208
BEFORE, SINCE = "before", "since"
Series = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Written:
    """A study of two plans whose weekly series, ``[future, week]``, are given; None: the week lies beyond the run."""

    series: Mapping[str, Series]
    stops: tuple[float | None, ...]
    faults: tuple[str | None, ...] = ()
    said: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seed: int = 1
    years: int = YEARS
    regions: tuple[str, ...] = ("north",)

    @property
    def plans(self) -> tuple[str, ...]:
        return tuple(self.series)

    @property
    def stoppable(self) -> tuple[str, ...]:
        return ()

    @property
    def futures(self) -> int:
        return len(self.stops)

    def model(self) -> Any:
        ids = next(iter(self.series.values()))
        return SimpleNamespace(
            outcomes={id_: ("rivalry", SimpleNamespace(labels="")) for id_ in ids}, accounts=dict[str, Any](), mapped=()
        )

    def inputs(self, plan: int, futures: Any) -> Any:
        raise NotImplementedError

    def provenance(self) -> RecipeRecord:
        return recipe({"id": SINCE, **self.said})

    def store(self, folder: Path, keep: tuple[Kept, ...] = EVERYTHING) -> Store:
        store = Store.create(folder / "s", self, keep=keep)
        count = self.futures
        for number, series in enumerate(self.series.values()):
            weekly = {id_: values.astype(np.float32) for id_, values in series.items()}
            table = pl.DataFrame(
                {
                    "plan": [self.plans[number]] * count,
                    "reading": ["as_likely"] * count,
                    "future": np.arange(count),
                    "luck": np.arange(count),
                    "fault": pl.Series(self.faults or [None] * count, dtype=pl.String),
                    **{id_: summarise(outcomes.load()[id_].summary, values) for id_, values in weekly.items()},
                    "start_week": pl.Series([10.0] * count, dtype=pl.Float64),
                    "stop_week": pl.Series(self.stops, dtype=pl.Float64),
                }
            )
            draws = pl.DataFrame({"future": np.arange(count), "luck": np.arange(count)})
            store.write(Result(Chunk(0, number), table, draws, weekly, {}, {}))
        store.finish()
        return store


def course(during: float, in_year: float, stop: int, year: int = 2, elsewhere: float = 1000.0) -> np.ndarray:
    """Return a series that is one value over the campaign, another in the year after its end, and absurd in all other weeks."""
    weekly = np.full(WEEKS, elsewhere)
    weekly[10:stop] = during
    weekly[stop + 52 * (year - 1) : stop + 52 * year] = in_year
    return weekly


def only(result: Aftermath, year: int = 2) -> Mapping[str, Lasting]:
    reading = next(reading for reading in result.readings if reading.year == year)
    return {line.outcome.id: line for line in reading.lines}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Campaigns end in week 30, in week 104 (year 2 after it is the run's last), in 105 (a week too late), and not at all."""
    flat, ramp = np.full((4, WEEKS), 10.0), np.tile(np.arange(WEEKS), (4, 1)).astype(float)
    killed = np.stack([course(8, 12, 30), course(9, 5, 104), course(1, 1, 105), course(1, 1, 60)])
    source = Written(
        {
            BEFORE: {"homicides_mx": flat, "members": ramp * 0, "extortion_per_resident": flat, "splits": flat},
            SINCE: {"homicides_mx": killed, "members": -ramp, "extortion_per_resident": killed, "splits": flat},
        },
        stops=(30.0, 104.0, 105.0, None),
        said={"planned_weeks": 260},
    )
    return aftermath(source.store(tmp_path_factory.mktemp("after")), SINCE, BEFORE)


def test_a_flow_is_its_amount_in_the_second_year_after_the_end_against_the_same_weeks_of_the_baseline(
    result: Aftermath,
) -> None:
    line = only(result)["homicides_mx"].after
    assert (line.baseline.low, line.baseline.high) == (520, 520)
    assert line.plan.median == (12 * 52 + 5 * 52) / 2
    assert line.difference.median == (104 - 260) / 2
    assert (line.share_better, line.share_same) == (0.5, 0)


def test_the_campaign_itself_is_read_as_a_yearly_amount_whatever_its_length(result: Aftermath) -> None:
    line = only(result)["homicides_mx"]
    assert line.during.plan.median == (8 * 52 + 9 * 52) / 2
    assert line.during.share_better == 1.0


def test_what_lasts_is_counted_among_the_futures_that_were_better_over_the_campaign(result: Aftermath) -> None:
    line = only(result)["homicides_mx"]
    assert (line.improved, line.still_better, line.worsened, line.still_worse) == (2, 0.5, 0, None)


def test_a_level_is_read_in_the_last_week_and_a_mean_over_the_year(result: Aftermath) -> None:
    members, extortion = only(result)["members"], only(result)["extortion_per_resident"]
    assert members.after.plan.median == -((30 + 104 - 1) + (104 + 104 - 1)) / 2
    assert members.during.plan.median == -(29 + 103) / 2
    assert extortion.after.plan.median == (12 + 5) / 2


def test_outcomes_without_a_direction_are_left_out(result: Aftermath) -> None:
    assert set(only(result)) == {"homicides_mx", "members", "extortion_per_resident"}


def test_only_futures_that_the_run_holds_long_enough_are_read_and_all_are_counted(result: Aftermath) -> None:
    assert (result.futures, result.ended) == (4, 3)
    assert [(reading.year, reading.futures) for reading in result.readings] == [(2, 2), (5, 0)]


def test_a_longer_run_is_asked_for_by_when_campaigns_end_or_are_planned_to(result: Aftermath) -> None:
    assert result.years_for(2) == (8, True)  # the last one is planned to end in week 270
    unknown = dataclasses.replace(result, ends=np.array([30, 104, 105, np.inf]))
    assert unknown.years_for(2) == (7, False)


def test_a_plan_that_does_nothing_has_no_aftermath(tmp_path: Path) -> None:
    flat = {"homicides_mx": np.ones((1, WEEKS))}
    store = Written({BEFORE: flat, SINCE: flat}, stops=(30.0,), said={"acts": False}).store(tmp_path)
    result = aftermath(store, SINCE, BEFORE)
    assert (result.acts, result.ended, [reading.lines for reading in result.readings]) == (False, 0, [(), ()])


def test_a_future_that_failed_is_left_out(tmp_path: Path) -> None:
    series = np.stack([course(8, 12, 30), course(8, 2, 30)])
    flat, broken = np.full((2, WEEKS), 10.0), np.where(np.arange(2)[:, None] == 1, np.nan, series)
    source = Written(
        {BEFORE: {"homicides_mx": flat}, SINCE: {"homicides_mx": broken}},
        stops=(30.0, 30.0),
        faults=(None, "week 3: arms"),
    )
    result = aftermath(source.store(tmp_path), SINCE, BEFORE)
    assert result.futures == 1
    assert only(result)["homicides_mx"].after.plan.median == 12 * 52


def test_a_study_without_weeks_says_that_it_cannot_be_read(tmp_path: Path) -> None:
    flat = {"homicides_mx": np.ones((1, WEEKS))}
    store = Written({BEFORE: flat, SINCE: flat}, stops=(30.0,)).store(tmp_path, keep=("draws",))
    with pytest.raises(InputError, match="keeps no weekly outcomes"):
        aftermath(store, SINCE, BEFORE)
