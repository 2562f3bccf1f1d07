import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest

from premortem.errors import InputError, RunError
from premortem.study.executors import Threads
from premortem.study.executors import dask as room
from premortem.study.run import conduct
from premortem.study.store import Store
from premortem.study.verify import verify
from tests.study.executors.client import SOURCE, environment, lines, start
from tests.study.toy_recipe import ToySource


def test_an_unreachable_scheduler_is_an_error_that_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    source = ToySource()
    store = Store.create(tmp_path / "s", source)
    with pytest.raises(RunError, match=r"127.0.0.1:1 .*cannot be reached.*study resume .* --dask"):
        conduct(store, source, executor=room.Dask("tcp://127.0.0.1:1"))
    assert store.status().chunks_done == 0


def test_without_dask_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    source = ToySource()
    with pytest.raises(InputError, match=r"premortem\[dask\]"):
        conduct(Store.create(tmp_path / "s", source), source, executor=room.Dask("tcp://127.0.0.1:1"))


def test_a_cluster_gives_the_bits_of_one_thread_and_one_chunk_that_cannot_be_computed_leaves_the_others(
    tmp_path: Path,
) -> None:
    plain = Store.create(tmp_path / "plain", ToySource())
    conduct(plain, ToySource(), executor=Threads(1))
    store, source = Store.create(tmp_path / "s", ToySource()), ToySource(broken=1)
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:  # type: ignore[no-untyped-call]
        status = conduct(store, source, executor=room.Dask(cluster.scheduler_address))
        assert (status.chunks_done, status.chunks_failed) == (4, 2)
        assert conduct(store, ToySource(), executor=room.Dask(cluster.scheduler_address)).complete
    assert store.digest() == plain.digest()


class Cluster:
    """A scheduler and two workers, started with Dask's own commands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, list[subprocess.Popen[bytes]]()
        self.scheduler = self.start("scheduler", "--port", "0", "--dashboard-address", ":0")
        line = b""
        while b"Scheduler at" not in line:
            assert self.scheduler.stderr is not None
            line = self.scheduler.stderr.readline()
        self.address = line.split()[-1].decode()
        self.workers = [
            self.start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in range(2)
        ]

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        errors = subprocess.PIPE if command[0] == "scheduler" else subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command], cwd=self.folder, stderr=errors, env=environment()
        )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path)
    try:
        yield started
    finally:
        started.stop()


@pytest.mark.slow
def test_a_client_whose_scheduler_dies_ends_with_an_error_and_loses_nothing(tmp_path: Path, cluster: Cluster) -> None:
    with start(tmp_path / "s", cluster.address) as client:
        for line in lines(client):
            if int(line.split()[0]) >= 1:
                break
        cluster.scheduler.kill()
        assert client.wait(120) == 1  # RunError, which the commands turn into a message and exit code 3
    assert Store.open(tmp_path / "s").status().chunks_done >= 1
    assert verify(tmp_path / "s") == ()


@pytest.mark.slow
def test_a_cluster_survives_a_killed_worker_and_a_killed_client_with_the_same_results(
    tmp_path: Path, cluster: Cluster
) -> None:
    plain = Store.create(tmp_path / "plain", SOURCE)
    conduct(plain, SOURCE, executor=Threads(1))
    for victim in (cluster.workers[0], None):
        with start(tmp_path / "s", cluster.address) as client:
            for line in lines(client):
                if int(line.split()[0]) >= (2 if victim else 5):
                    break
            (victim or client).kill()
            if victim:
                assert next(line for line in lines(client) if int(line.split()[0]) >= 4)
                client.kill()
    with start(tmp_path / "s", cluster.address) as client:
        *_, last = lines(client)
    assert last.split() == ["complete", plain.digest()]
