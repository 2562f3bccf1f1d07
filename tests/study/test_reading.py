import dataclasses
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr

from premortem.errors import InputError, RunError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study import reading
from premortem.study.chunks import run
from premortem.study.executors import Threads, Work
from premortem.study.reading import dataset, export
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.study.toy_recipe import ToySource

FUTURES = FUTURES_PER_CHUNK + 4


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    source = ToySource(poison=5, futures=FUTURES, plans=("arrest_1", "arrest_5", "arrest_open"))
    made = Store.create(tmp_path_factory.mktemp("study") / "s", source)
    conduct(made, source, executor=Threads(1))
    return made


def test_a_study_opens_as_a_dataset_with_units_and_provenance(store: Store) -> None:
    data = dataset(store)
    assert dict(data.sizes) == {"plan": 3, "future": FUTURES, "week": 52, "quarter": 4, "region": 4}
    assert data["members"].dims == ("plan", "future", "week")
    assert data["members_by_region"].dims == ("plan", "future", "quarter", "region")
    assert data["members"].attrs["units"] == "person"
    assert '"seed": 1' in data.attrs["provenance"]
    end = data["members"].sel(plan="arrest_5").isel(week=-1)
    assert np.array_equal(end, data["members_summary"].sel(plan="arrest_5").astype(np.float32), equal_nan=True)
    assert str(data["fault"].sel(plan="arrest_1", future=5).item()).startswith("week 0:")


def test_a_dataset_holds_what_plans_leave_open(store: Store) -> None:
    data = dataset(store)
    assert np.isnan(data["open.arrest"].sel(plan="arrest_1")).all()
    assert np.isfinite(data["open.arrest"].sel(plan="arrest_open")).all()
    assert set(data["open.word"].sel(plan="arrest_open").values) == {"left", "right"}


def test_trajectories_are_read_only_when_they_are_looked_at(store: Store) -> None:
    assert not dataset(store)["members"].variable._in_memory


def test_a_growing_study_opens_with_what_is_there(tmp_path: Path) -> None:
    source = ToySource(futures=FUTURES)
    made = Store.create(tmp_path / "s", source)
    Work(source, made.folder.url)((made.chunks()[0],))
    data = dataset(made)
    assert np.isfinite(data["members"].sel(plan="arrest_1", future=range(FUTURES_PER_CHUNK))).all()
    assert np.isnan(data["members_summary"].sel(plan="arrest_5")).all()


def test_an_export_says_the_same_as_the_store(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROWS", 30)  # more than one piece
    for ending in (".nc", ".csv", ".xlsx"):
        export(store, tmp_path / f"study{ending}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["study.csv", "study.nc", "study.xlsx"]
    table = store.all_cases().collect()
    read = pl.read_csv(tmp_path / "study.csv", schema=table.schema)
    assert read.equals(table)
    with xr.open_dataset(tmp_path / "study.nc", engine="h5netcdf") as data:
        xr.testing.assert_equal(data.load(), dataset(store).load())


def test_an_export_that_cannot_be_written_is_an_error_for_people(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)no such format.*\.nc, \.csv, \.xlsx"):
        export(store, tmp_path / "study.doc")
    with pytest.raises(RunError, match="cannot write"):
        export(store, tmp_path / "nowhere" / "study.csv")
    assert list(tmp_path.iterdir()) == []


def test_words_that_begin_like_a_formula_stay_words_in_a_csv(tmp_path: Path) -> None:
    source = ToySource(futures=4, plans=("arrest_1", "arrest_5"))
    made = Store.create(tmp_path / "s", source)
    for chunk in made.chunks():
        result = run(source, chunk)
        table = result.table.with_columns(fault=pl.Series(["=1+1", "@x", "-1", "a=b"]))
        made.write(dataclasses.replace(result, table=table))
    export(made, tmp_path / "s.csv")
    table = pl.read_csv(tmp_path / "s.csv")
    assert table["fault"].to_list() == ["'=1+1", "'@x", "'-1", "a=b"] * 2
