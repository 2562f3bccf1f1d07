import multiprocessing
import os
import pickle
import select
import signal
from collections import deque
from pathlib import Path
from typing import Any

import pytest

from premortem.errors import RunError
from premortem.study.chunks import Chunk
from premortem.study.executors import Processes, Threads, processes
from premortem.study.executors.base import Failed
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.study.executors.client import SOURCE, lines, start
from tests.study.toy_recipe import ToySource


def digest(folder: Path, source: ToySource) -> str:
    store = Store.create(folder, source)
    conduct(store, source, executor=Threads(1))
    return store.digest()


def ends(pid: int) -> bool:
    """Wait for a process that is not a child to end, for at most ten seconds."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 10)[0])
    finally:
        os.close(handle)


def test_a_killed_worker_is_replaced_and_the_results_are_those_of_one_thread(tmp_path: Path) -> None:
    killer = tmp_path / "killer"
    killer.touch()
    source = ToySource(killer=str(killer))
    store = Store.create(tmp_path / "s", source)
    assert conduct(store, source, executor=Processes(2)).complete
    assert not killer.exists()
    assert store.digest() == digest(tmp_path / "plain", ToySource())


@pytest.mark.slow
def test_a_unit_that_kills_its_workers_is_recorded_and_the_others_are_done(tmp_path: Path) -> None:
    source = ToySource(deadly=1)
    store = Store.create(tmp_path / "s", source)
    status = conduct(store, source, executor=Processes(2))
    assert (status.chunks_done, status.chunks_failed) == (4, 2)
    assert all("killed by SIGKILL" in cause for cause in store.failures().values())


def test_chunks_over_which_a_worker_died_together_are_tried_each_for_itself() -> None:
    one, other, later = Chunk(0, 0), Chunk(0, 1), Chunk(0, 2)
    crew = processes._Crew("", deque([(later,)]))
    assert crew._mourn((one, other), "killed") == []
    assert sorted(crew.waiting) == [(one,), (other,), (later,)]
    assert [crew._mourn((one,), "killed") for _ in range(3)][-1] == [Failed(one, "3 workers died over it (killed)")]


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [0, 3, 7])
def test_a_killed_client_leaves_no_process_and_a_study_that_resumes_to_the_same_results(
    tmp_path: Path, chunks: int
) -> None:
    with start(tmp_path / "s", "2") as client:
        for line in lines(client):
            done, *workers = map(int, line.split())
            if done >= chunks and workers:
                break
        client.kill()
    assert all(ends(pid) for pid in workers)
    assert Store.open(tmp_path / "s").status().chunks_done >= chunks
    with start(tmp_path / "s", "2") as client:
        *_, last = lines(client)
    assert last.split() == ["complete", digest(tmp_path / "plain", SOURCE)]


@pytest.mark.slow
def test_workers_that_die_or_cannot_begin_at_their_start_end_in_an_error_and_not_in_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ToySource(regions=("x" * 100,) * 10_000)  # a recipe of a megabyte: more than any pipe holds
    store = Store.create(tmp_path / "s", source)
    for end, message in ((os._exit, "exit code 9"), (_refuse, "MemoryError")):
        monkeypatch.setattr("pickle.dumps", lambda work, end=end: PICKLE(_Trap(end)))
        with pytest.raises(RunError, match=f"(?s)before they have started.*{message}"):
            conduct(store, source, executor=Processes(2))


PICKLE = pickle.dumps


class _Trap:
    """What does something to the process that unpickles it."""

    def __init__(self, end: Any) -> None:
        self.end = end

    def __reduce__(self) -> Any:
        return self.end, (9,)


def _refuse(code: int) -> None:
    raise MemoryError(code)


@pytest.mark.slow
def test_a_worker_that_stops_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE", 20.0)
    source, stopped = ToySource(), list[int]()
    store = Store.create(tmp_path / "s", source)

    def stop_one(status: Any, store: Store) -> None:
        if status.chunks_done == 1 and not stopped:
            (child, *_) = multiprocessing.active_children()
            assert child.pid is not None
            os.kill(child.pid, signal.SIGSTOP)
            stopped.append(child.pid)

    assert conduct(store, source, executor=Processes(1), progress=stop_one).complete
    assert stopped
    assert store.digest() == digest(tmp_path / "plain", source)
