import os
import select
from pathlib import Path

import pytest

from premortem.study.executors import Processes, Threads
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.study.executors.client import SOURCE, lines, start
from tests.study.toy_recipe import ToySource


def digest(folder: Path, source: ToySource) -> str:
    store = Store.create(folder, source)
    conduct(store, source, executor=Threads(1))
    return store.digest()


def ends(pid: int) -> bool:
    """Wait for a process that is not a child to end, for at most a minute."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 60)[0])
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
