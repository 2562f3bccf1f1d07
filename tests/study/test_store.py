import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xarray as xr

from premortem.errors import InputError, PremortemError, RunError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.cases import READINGS
from premortem.study.chunks import Chunk, Result, run
from premortem.study.executors import Threads, Work
from premortem.study.provenance import Environment, Provenance
from premortem.study.reading import dataset, export
from premortem.study.run import conduct
from premortem.study.store import PROVENANCE, Store
from premortem.study.trajectories import TRAJECTORY
from premortem.study.verify import verify
from tests.study.toy_recipe import FUTURES, ToySource


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Store:
    source = ToySource(poison=5)
    store = Store.create(
        tmp_path_factory.mktemp("study") / "s", source, environment=Environment(versions={"premortem": "0"})
    )
    conduct(store, source, executor=Threads(1))
    return store


def test_what_is_stored_is_what_was_computed(finished: Store) -> None:
    source = ToySource(poison=5)
    weekly, regional = finished.array("weekly"), finished.array("regional")
    assert weekly is not None
    assert regional is not None
    for chunk in finished.chunks():
        result, rows = run(source, chunk), chunk.rows(FUTURES)
        here = slice(rows[0], rows[-1] + 1)
        assert finished.table_of(chunk).equals(result.table)
        assert np.array_equal(weekly[chunk.case, 0, here], result.weekly["members"], equal_nan=True)
        assert np.array_equal(regional[chunk.case, 1, here], result.regional["homicides_mx"], equal_nan=True)
    assert finished.draws().collect().height == FUTURES


def test_a_finished_study_is_a_few_files(finished: Store) -> None:
    assert finished.folder.names() == [
        "draws.parquet",
        "outcomes.parquet",
        PROVENANCE,
        "seal.json",
        "trajectories.zarr",
    ]
    status = finished.status()
    assert status.complete
    assert (status.runs, status.runs_done, status.failed, status.chunks_failed) == (2 * FUTURES, 2 * FUTURES, 2, 0)


def test_a_growing_study_can_be_read_and_its_digest_grows_with_it(tmp_path: Path) -> None:
    source = ToySource()
    store = Store.create(tmp_path / "s", source)
    assert store.table().collect().height == 0
    seen = {store.digest()}
    for chunk in store.chunks()[:3]:
        Work(source, store.folder.url)((chunk,))
        seen.add(store.digest())
    assert len(seen) == 4
    done = ["arrest_1"] * 2 * FUTURES_PER_CHUNK + ["arrest_5"] * FUTURES_PER_CHUNK
    assert store.table().collect()["plan"].to_list() == done
    weekly = store.array("weekly")
    assert weekly is not None
    assert np.isnan(weekly[1, :, FUTURES_PER_CHUNK:]).all()


def test_what_plans_leave_open_is_the_same_in_whatever_order_chunks_were_done(tmp_path: Path) -> None:
    source = ToySource(plans=("arrest_1", "arrest_open", "arrest_5"))
    digests = []
    for name, step in (("forward", 1), ("backward", -1)):
        store = Store.create(tmp_path / name, source)
        for chunk in store.chunks()[::step]:
            store.write(run(source, chunk))
        growing = store.digest()
        store.finish()
        digests += [growing, store.digest()]
    assert len(set(digests)) == 1
    table = store.table().collect()
    assert table["open.arrest"].null_count() == 2 * source.futures
    assert table.filter(pl.col("plan") == "arrest_open")["open.word"].null_count() == 0


def test_a_unit_cut_off_before_its_table_counts_as_not_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ToySource()
    store = Store.create(tmp_path / "s", source)

    def die(name: str, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.folder, "write", die)
    with pytest.raises(OSError, match="No space"):
        store.write(run(source, Chunk(0, 1)))
    again = Store.open(tmp_path / "s")
    assert again.done() == set()
    assert again.table().collect().height == 0


@pytest.mark.parametrize(
    ("outcomes", "keep"),
    [(["members"], ["weekly"]), (["members"], ["mapped"]), (["homicides_mx"], []), ([], ["draws"])],
)
def test_only_what_is_asked_for_is_kept(tmp_path: Path, outcomes: list[str], keep: list[Any]) -> None:
    source = ToySource(futures=4)
    store = Store.create(tmp_path / "s", source, outcomes=outcomes, keep=keep)
    conduct(store, source, executor=Threads(1))
    table = store.table().collect()
    asked = ["plan", "future", "luck", "fault", *outcomes, "start_week", "stop_week"]
    assert [c for c in table.columns if not c.startswith("account.")] == asked
    for name in TRAJECTORY:
        assert (store.array(name) is not None) == (name in keep)
    assert store.folder.exists("draws.parquet") == ("draws" in keep)
    assert store.digest()


def test_a_folder_in_use_is_never_overwritten(finished: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds a study already.*study resume"):
        Store.create(finished.folder.url, ToySource())
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="not empty"):
        Store.create(tmp_path, ToySource())


def test_a_folder_that_cannot_be_written_is_known_before_anything_is_computed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="cannot write to"):
        Store.create(tmp_path / "file" / "s", ToySource())


@pytest.mark.parametrize("version", [6, 8])
def test_a_store_of_another_version_is_refused_unharmed(tmp_path: Path, version: int) -> None:
    store = Store.create(tmp_path / "s", ToySource(), environment=Environment(versions={"premortem": "9.1"}))
    path = tmp_path / "s" / PROVENANCE
    path.write_text(json.dumps(store.provenance.as_json() | {"store": version}))
    store.folder.remove("seals")
    before = path.read_bytes()
    with pytest.raises(
        InputError, match=rf"(?s)another version.*premortem 9.1.*found: +store {version}.*allowed: +store 7"
    ):
        Store.open(tmp_path / "s")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff", b'{"store": "1"}', b"[" * 100_000])
def test_a_damaged_provenance_is_an_error_for_people(tmp_path: Path, content: bytes) -> None:
    (tmp_path / PROVENANCE).write_bytes(content)
    with pytest.raises(PremortemError):
        Store.open(tmp_path)


def test_where_there_is_no_study_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no study in"):
        Store.open(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot use this address"):
        Store.open("nosuchprotocol://x/y")


def test_a_digest_sees_a_single_changed_bit(tmp_path: Path) -> None:
    source = ToySource()
    one, other = (Store.create(tmp_path / name, source) for name in ("one", "other"))
    result = run(source, Chunk(0, 0))
    one.write(result)
    changed = result.weekly | {"members": result.weekly["members"].copy()}
    changed["members"].view(np.uint32)[3, 7] ^= 1
    other.write(dataclasses.replace(result, weekly=changed))
    assert one.digest() != other.digest()


def test_a_digest_sees_a_change_of_a_mapped_value_by_its_precision(tmp_path: Path) -> None:
    source, digests = ToySource(), set()
    result = run(source, Chunk(0, 0))
    for name, factor in (("same", 1.0), ("unseen", 1 + 2.0**-20), ("seen", 1 + 2.0**-11)):
        mapped = result.mapped | {"members": result.mapped["members"].copy()}
        mapped["members"][3, 7, 2] = 1000 * factor
        store = Store.create(tmp_path / name, source)
        store.write(dataclasses.replace(result, mapped=mapped))
        digests.add(store.digest())
    assert len(digests) == 2


def test_mapped_weeks_are_those_of_the_quarters_and_of_the_country_within_their_rounding(finished: Store) -> None:
    data = dataset(finished)
    fine = data.isel(future=[future for future in range(FUTURES) if future != 5])
    for id_, flow in (("members", False), ("homicides_mx", True)):
        weekly = fine[f"{id_}_by_region_weekly"]
        quarters = weekly.coarsen(week=13).sum() if flow else weekly.isel(week=slice(12, None, 13))
        quarters = quarters.transpose("plan", "future", "week", "region")
        assert np.allclose(quarters, fine[f"{id_}_by_region"], rtol=2.0**-13, atol=1e-9)
        assert np.allclose(weekly.sum("region"), fine[id_], rtol=2.0**-13, atol=1e-9)
    assert np.isnan(data["members_by_region_weekly"].isel(future=5)).all()


def doubled(result: Result) -> Result:
    weekly = {id_: 2 * values for id_, values in result.weekly.items()}
    return dataclasses.replace(result, weekly=weekly, table=result.table.with_columns(pl.col("members") * 2))


@pytest.fixture(scope="module")
def two_readings(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A study of a plan that nobody can stop and one that somebody can; carried out, that one has double members."""
    source = ToySource(futures=4, stoppable=("arrest_5",))
    store = Store.create(tmp_path_factory.mktemp("study") / "s", source, keep=("weekly", "draws"))
    for chunk in store.chunks():
        result = run(source, chunk)
        store.write(doubled(result) if chunk.case == 2 else result)
    return store


@pytest.mark.parametrize("finish", [False, True])
def test_a_study_is_read_under_one_reading_and_the_other_shares_plans_that_nobody_could_stop(
    two_readings: Store, finish: bool
) -> None:
    if finish:
        two_readings.finish()
    likely, written = (Store.open(two_readings.folder.url).under(reading) for reading in READINGS)
    assert likely.table().collect().columns == written.table().collect().columns
    for plan, factor in (("arrest_1", 1), ("arrest_5", 2)):
        one, other = (store.table().filter(pl.col("plan") == plan).collect() for store in (likely, written))
        assert other["members"].to_list() == [factor * value for value in one["members"]]
        assert np.array_equal(written.read("weekly", plan), factor * likely.read("weekly", plan))
        courses = (dataset(store)["members"].sel(plan=plan) for store in (written, likely))
        assert np.array_equal(next(courses), factor * next(courses))
    assert (likely.status().runs, likely.status().complete) == (12, True)


def test_an_export_holds_both_readings(two_readings: Store, tmp_path: Path) -> None:
    export(two_readings, tmp_path / "s.csv")
    table = pl.read_csv(tmp_path / "s.csv")
    assert table.group_by("plan", "reading").len().sort("plan", "reading").rows() == [
        ("arrest_1", "as_likely", 4), ("arrest_5", "as_likely", 4), ("arrest_5", "carried_out", 4),
    ]  # fmt: skip
    export(two_readings, tmp_path / "s.nc")
    both = [dataset(two_readings.under(reading)).load() for reading in READINGS]
    with xr.open_dataset(tmp_path / "s.nc", engine="h5netcdf") as data:
        for reading, one in zip(READINGS, both, strict=True):
            xr.testing.assert_equal(data.sel(reading=reading, drop=True).load(), one)
        assert {name: values.attrs for name, values in data.items()} == {n: v.attrs for n, v in both[0].items()}
        assert data["reading"].values.tolist() == ["as_likely", "carried_out"]
        ends = data["members_summary"].sel(plan="arrest_5")
        assert np.array_equal(ends.sel(reading="carried_out"), 2 * ends.sel(reading="as_likely"))


def test_the_digest_knows_both_readings(two_readings: Store, tmp_path: Path) -> None:
    source = ToySource(futures=4, stoppable=("arrest_5",))
    other = Store.create(tmp_path / "s", source, keep=("weekly", "draws"))
    for chunk in other.chunks():
        other.write(run(source, chunk))
    assert other.digest() != two_readings.digest()


def test_provenance_is_read_as_it_was_written_and_keeps_what_a_newer_version_recorded(finished: Store) -> None:
    path = Path(finished.folder.url) / PROVENANCE
    assert finished.provenance.as_json() == json.loads(path.read_text())
    newer = finished.provenance.as_json() | {"weather": "fine"}
    assert Provenance.model_validate(newer).as_json() == newer


def test_what_a_command_left_that_was_killed_before_its_study_began_is_no_obstacle(tmp_path: Path) -> None:
    Store.create(tmp_path / "s", ToySource(), files={"plans/a/a.toml": b""})
    (tmp_path / "s" / PROVENANCE).unlink()
    (tmp_path / "s" / ".1.probe").touch()
    source = ToySource(futures=4)
    conduct(Store.create(tmp_path / "s", source), source, executor=Threads(1))
    assert verify(tmp_path / "s") == ()
    assert not (tmp_path / "s" / "plans").exists()


def test_a_folder_of_plans_is_nobodys_leftover(tmp_path: Path) -> None:
    (tmp_path / "s" / "plans").mkdir(parents=True)
    with pytest.raises(InputError, match="not empty"):
        Store.create(tmp_path / "s", ToySource())
    assert (tmp_path / "s" / "plans").exists()
