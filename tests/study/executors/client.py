"""A client in a process of its own: makes or resumes a toy study and prints a line after every chunk."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.executors import Executor, Processes, Threads
from premortem.study.executors.dask import Dask
from premortem.study.run import conduct
from premortem.study.store import PROVENANCE, Status, Store
from tests.study.toy_recipe import ToySource

ROOT = Path(__file__).parents[3]
SOURCE = ToySource(futures=5 * FUTURES_PER_CHUNK)
"""What a client computes: ten chunks."""


def start(folder: Path, executor: str) -> subprocess.Popen[str]:
    """Start a client on a folder; ``executor`` is a number of worker processes, 0 for a thread, or the address of a scheduler."""
    command = [sys.executable, "-m", "tests.study.executors.client", str(folder), executor]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment())


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def lines(client: subprocess.Popen[str]) -> IO[str]:
    assert client.stdout is not None
    return client.stdout


def main(folder: str, executor: str) -> None:
    here = Path(folder)
    store = Store.open(here) if (here / PROVENANCE).exists() else Store.create(here, SOURCE)

    def progress(status: Status, store: Store) -> None:
        print(status.chunks_done, *(child.pid for child in multiprocessing.active_children()), flush=True)

    how: Executor = (
        Threads(1) if executor == "0" else Processes(int(executor)) if executor.isdigit() else Dask(executor)
    )
    conduct(store, SOURCE, executor=how, progress=progress)
    print("complete", store.digest(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
