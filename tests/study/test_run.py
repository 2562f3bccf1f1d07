import dataclasses
import errno
import itertools
import os
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from premortem.errors import InputError, RunError, StoppedError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.chunks import Batch, Chunk
from premortem.study.executors import Threads
from premortem.study.executors.base import Failed, Finished, Report, Work
from premortem.study.folder import Folder
from premortem.study.run import conduct, once, require_complete
from premortem.study.store import Store
from premortem.study.verify import set_aside, verify
from tests.study.toy_recipe import FUTURES, ToySource


def study(folder: Path, source: ToySource | None = None, **how: Any) -> Store:
    source = source or ToySource()
    store = Store.create(folder, source)
    conduct(store, source, **how)
    return store


@pytest.fixture(scope="module")
def digest(tmp_path_factory: pytest.TempPathFactory) -> str:
    return study(tmp_path_factory.mktemp("study") / "plain").digest()


@dataclasses.dataclass(frozen=True)
class Backwards:
    """Runs the chunks in reverse order."""

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        for batch in batches[::-1]:
            yield from work(batch)


@pytest.mark.parametrize("executor", [Threads(1), Threads(3), Backwards()], ids=repr)
def test_results_are_the_same_bits_whoever_computes_them_in_whatever_order(
    tmp_path: Path, executor: Any, digest: str
) -> None:
    assert study(tmp_path / "s", executor=executor).digest() == digest


def test_a_reading_may_go_first_and_the_results_are_the_same(tmp_path: Path) -> None:
    source = ToySource(stoppable=("arrest_5",))
    both, paired = study(tmp_path / "both", source), list[tuple[int, int]]()

    def seen(_: object, store: Store) -> None:
        paired.append((store.paired(), store.under("carried_out").paired()))

    first = study(tmp_path / "first", source, executor=Threads(1), first="carried_out", progress=seen)
    assert first.digest() == both.digest()
    assert next(one for one in paired if one[1] == FUTURES) == (0, FUTURES)  # nobody waited for the other reading
    assert paired[-1] == (FUTURES, FUTURES)


def test_threads_end_with_those_that_lead_before_they_begin_another() -> None:
    both, seen = threading.Barrier(2, timeout=60), list[tuple[str, int]]()

    def work(batch: Batch, _stopped: object) -> list[Report]:
        number = batch[0].number
        seen.append(("begins", number))
        if number < 2:  # those that lead run side by side
            both.wait()
        seen.append(("ends", number))
        return [Finished(batch[0], 1, 0)]

    batches = [(Chunk(number, 0),) for number in range(5)]
    reports = list(Threads(2, lead=2).run(work, batches))  # type: ignore[arg-type]
    assert sorted(one.chunk.number for one in reports) == [0, 1, 2, 3, 4]
    assert {what for what, number in seen[:4] if number < 2} == {"begins", "ends"}
    assert {number for _, number in seen[:4]} == {0, 1}


def test_another_seed_gives_another_digest(tmp_path: Path, digest: str) -> None:
    assert study(tmp_path / "s", ToySource(seed=2)).digest() != digest


@pytest.mark.parametrize("stop_after", [0, 1, 3, 5])
def test_an_interrupted_study_goes_on_to_the_same_results(tmp_path: Path, stop_after: int, digest: str) -> None:
    def interrupt(status: Any, store: Store) -> None:
        if status.chunks_done >= stop_after:
            raise KeyboardInterrupt

    source = ToySource()
    store = Store.create(tmp_path / "s", source)
    with pytest.raises(KeyboardInterrupt):
        conduct(store, source, executor=Threads(1), progress=interrupt)
    assert store.status().chunks_done >= stop_after
    again = Store.open(tmp_path / "s")
    assert conduct(again, source).complete
    assert again.digest() == digest


def test_a_plan_or_futures_more_do_not_move_the_others(tmp_path: Path) -> None:
    few = study(tmp_path / "few").table().collect()
    more = ToySource(plans=("arrest_9", "arrest_1", "arrest_5"), futures=FUTURES + FUTURES_PER_CHUNK)
    many = study(tmp_path / "many", more).table().collect()
    for plan, future in itertools.product(("arrest_1", "arrest_5"), (0, FUTURES_PER_CHUNK + 1, FUTURES - 1)):
        row = (pl.col("plan") == plan) & (pl.col("future") == future)
        assert few.row(by_predicate=row) == many.row(by_predicate=row)


def test_a_unit_that_cannot_be_computed_is_recorded_and_the_others_are_done(tmp_path: Path, digest: str) -> None:
    source = ToySource(broken=1)
    store = study(tmp_path / "s", source)
    status = store.status()
    assert (status.chunks, status.chunks_done, status.chunks_failed) == (6, 4, 2)
    assert set(store.failures().values()) == {"ValueError: no such future"}
    with pytest.raises(RunError, match=r"2 of 6 chunks .* study resume"):
        require_complete(status, store)
    assert conduct(store, ToySource()).chunks_failed == 0
    assert store.digest() == digest


def test_a_plan_that_cannot_be_computed_leaves_those_that_were_to_be_run_with_it(tmp_path: Path) -> None:
    source = ToySource(plans=("arrest_1", "arrest_never", "arrest_5"), futures=3)
    store = Store.create(tmp_path / "s", source)
    status = conduct(store, source, executor=Threads(1))
    assert (status.chunks_done, status.chunks_failed) == (2, 1)
    assert set(store.table().collect()["plan"]) == {"arrest_1", "arrest_5"}
    assert "arrest_never" in (tmp_path / "s" / "failures" / "000000-0001.json").read_text(encoding="utf-8")


@dataclasses.dataclass(frozen=True)
class FullDisk:
    """Reports a full disk at the third chunk."""

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        for batch in batches[:2]:
            yield from work(batch)
        yield Failed(batches[2][0], "No space left on device", full=True)
        raise AssertionError("went on after the disk was full")


def test_a_full_disk_ends_the_study_and_says_what_is_safe(tmp_path: Path, digest: str) -> None:
    with pytest.raises(RunError, match=r"(?s)2 of 6 chunks are complete and safe.*study resume .*No space left"):
        study(tmp_path / "s", executor=FullDisk())
    store = Store.open(tmp_path / "s")
    assert conduct(store, ToySource()).complete
    assert store.digest() == digest


def test_the_study_works_at_an_address_that_is_not_a_local_folder(digest: str) -> None:
    source = ToySource()
    store = Store.create("memory://studies/one", source)
    conduct(store, source)
    assert store.digest() == digest
    assert Store.open("memory://studies/one").status().complete


def test_a_run_is_there_in_full_or_not_at_all(tmp_path: Path, digest: str) -> None:
    target = tmp_path / "runs" / "first"
    target.parent.mkdir()
    assert once(ToySource(), str(target), executor=Threads(1)).digest() == digest
    assert [path.name for path in target.parent.iterdir()] == ["first"]
    with pytest.raises(InputError, match="not empty"):
        once(ToySource(), str(target), executor=Threads(1))

    def interrupt(status: Any, store: Store) -> None:
        if status.chunks_done == 2:
            raise KeyboardInterrupt

    other = tmp_path / "interrupted"
    other.mkdir()
    with pytest.raises(StoppedError, match="nothing was written"):
        once(ToySource(), str(other / "run"), executor=Threads(1), progress=interrupt)
    with pytest.raises(RunError, match="no such future"):
        once(ToySource(broken=2), str(other / "run"), executor=Threads(1))
    assert list(other.iterdir()) == []


def test_a_run_without_a_name_takes_one_that_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = ToySource(futures=4)
    urls = [once(source, executor=Threads(1)).folder.url for _ in range(3)]
    assert urls == [f"runs/arrest_5_vs_arrest_1{ending}" for ending in ("", "-2", "-3")]


NAMES = ("runs [old]", "100%", "a#b", "*?", "😀", "~x", "a::b", "-rf", "'\"", "ä" * 120, "a b\tc")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_have_any_name(tmp_path: Path, name: str, digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (str(tmp_path / name / "s"), f"{name}/t"):
        store = once(ToySource(), path, executor=Threads(1))
        assert store.digest() == digest
        assert Store.open(path).table().collect().height == 2 * FUTURES
    moved = (tmp_path / name / "s").rename(tmp_path / "moved")
    (tmp_path / "link").symlink_to(moved)
    assert Store.open(tmp_path / "link").digest() == digest
    assert verify(tmp_path / "link") == ()


def test_a_name_that_no_disk_can_hold_is_refused_before_work(tmp_path: Path) -> None:
    def never(status: Any, store: Store) -> None:
        raise AssertionError("work began")

    for path in (tmp_path / ("x" * 300), Path("/proc/nowhere/run"), tmp_path / "a\0b"):
        with pytest.raises((RunError, InputError), match=r"cannot write|null byte"):
            once(ToySource(), path, executor=Threads(1), progress=never)


def test_two_commands_on_one_folder(tmp_path: Path) -> None:
    seen: list[str] = []

    def second(status: Any, store: Store) -> None:
        if status.chunks_done == 1:
            for other in (
                lambda: once(ToySource(), tmp_path / "run", executor=Threads(1)),
                lambda: conduct(Store.open(tmp_path / "s"), ToySource()),
                lambda: Store.create(tmp_path / "s", ToySource()),
                lambda: set_aside(tmp_path / "s", ()),
            ):
                with pytest.raises(InputError, match="another command is working on") as caught:
                    other()
                seen.append(str(caught.value))

    held = Store.create(tmp_path / "s", ToySource())
    once(ToySource(), tmp_path / "run", executor=Threads(1), progress=second)
    assert len(seen) == 4
    conduct(held, ToySource())
    assert conduct(Store.open(tmp_path / "s"), ToySource()).complete


def test_two_runs_without_a_name_take_two_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    urls = list[str]()

    def second(status: Any, store: Store) -> None:
        if status.chunks_done == 1 and not urls:
            urls.append(once(ToySource(), executor=Threads(1)).folder.url)

    urls.append(once(ToySource(), executor=Threads(1), progress=second).folder.url)
    assert urls == ["runs/arrest_5_vs_arrest_1-2", "runs/arrest_5_vs_arrest_1"]


def test_leftovers_of_dead_runs_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    dead, living = tmp_path / ".premortem-run-dead.partial", tmp_path / ".premortem-run-alive.partial"
    for folder in (dead, living):
        (folder / "run").mkdir(parents=True)
        os.utime(folder, (1, 1))
    claimed = Folder(living)
    claimed.claim()
    once(ToySource(), tmp_path / "s", executor=Threads(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == [living.name, "s"]
    claimed.release()


def test_what_a_killed_writer_left_is_swept_away(tmp_path: Path, digest: str) -> None:
    store = Store.create(tmp_path / "s", ToySource())
    left = tmp_path / "s" / "trajectories.zarr" / "weekly" / "c" / "0.abc.partial"
    left.parent.mkdir(parents=True)
    left.touch()
    conduct(store, ToySource())
    assert not left.exists()
    assert store.digest() == digest


def test_a_run_goes_through_a_link_and_onto_a_mount_point(
    tmp_path: Path, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert once(ToySource(), tmp_path / "link", executor=Threads(1)).digest() == digest
    assert (tmp_path / "link").is_symlink()

    def mounted(self: Path, target: Path) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(Path, "rename", mounted)
    assert once(ToySource(), tmp_path / "volume", executor=Threads(1)).digest() == digest
    assert verify(tmp_path / "volume") == ()
