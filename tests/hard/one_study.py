"""A toy study in a process of its own: prints a hash of what was computed, whatever the size of chunks.

usage: python -m tests.hard.one_study FUTURES_PER_CHUNK WORKERS [CORE]   (workers: 0 for a thread per core, -1 for one thread)
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from premortem.model import units


def main(size: int, workers: int) -> None:
    futures = 100
    units.FUTURES_PER_CHUNK = size  # before anything takes it from there
    from premortem.study.executors import Executor, Processes, Threads
    from premortem.study.run import conduct
    from premortem.study.store import Store
    from tests.study.toy_recipe import ToySource

    how: Executor = Processes(workers) if workers > 0 else Threads(1 if workers < 0 else 0)
    with tempfile.TemporaryDirectory() as folder:
        source = ToySource(futures=futures, plans=("arrest_1", "arrest_open", "arrest_5"), stoppable=("arrest_5",))
        store = Store.create(Path(folder) / "s", source)
        conduct(store, source, executor=how)
        digest = hashlib.sha256(store.all_cases().sort("plan", "reading", "future").collect().write_csv().encode())
        for name in store.trajectories.kept:
            array = store.array(name)
            assert array is not None
            digest.update(np.asarray(array[:]).tobytes())
    print(digest.hexdigest())


if __name__ == "__main__":
    if len(sys.argv) > 3:
        os.sched_setaffinity(0, {int(sys.argv[3])})
    main(int(sys.argv[1]), int(sys.argv[2]))
