"""Chunks on the threads of this process."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from premortem.study.chunks import Chunk
from premortem.study.executors.base import Report, Work


@dataclasses.dataclass(frozen=True)
class Threads:
    """``count`` threads, by default one per core; compiled code runs outside Python's lock."""

    count: int = 0

    def run(self, work: Work, chunks: Sequence[Chunk]) -> Generator[Report]:
        """Yield one report per chunk; never more than ``count`` chunks are held in memory."""
        count = self.count or len(os.sched_getaffinity(0))
        waiting, stopped, pool = iter(chunks), threading.Event(), ThreadPoolExecutor(count)
        running: set[Future[Report]] = set()
        try:
            for chunk in waiting:
                running.add(pool.submit(work, chunk, stopped.is_set))
                if len(running) < count:
                    continue
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
            while running:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ended)
        finally:  # interrupted, do not wait for what is being computed: it will be discarded
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
