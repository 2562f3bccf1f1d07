"""Chunks on the threads of this process."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from premortem.study.chunks import Batch
from premortem.study.executors.base import Report, Work


@dataclasses.dataclass(frozen=True)
class Threads:
    """``count`` threads, by default one per core; compiled code runs outside Python's lock.

    ``lead``: so many batches end before others begin; whoever waits for a first answer has it sooner.
    """

    count: int = 0
    lead: int = 0

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        """Yield one report per chunk; never more than ``count`` batches are held in memory."""
        count = self.count or len(os.sched_getaffinity(0))
        stopped, pool = threading.Event(), ThreadPoolExecutor(count)
        running: set[Future[list[Report]]] = set()
        try:
            for number, batch in enumerate(batches, 1):
                running.add(pool.submit(work, batch, stopped.is_set))
                most = 0 if number in {self.lead, len(batches)} else count - 1
                while len(running) > most:
                    ended, running = wait(running, return_when=FIRST_COMPLETED)
                    for future in ended:
                        yield from future.result()
        finally:  # interrupted, do not wait for what is being computed: it will be discarded
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
