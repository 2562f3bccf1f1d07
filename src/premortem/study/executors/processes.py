"""Chunks on worker processes of this machine, watched over: a worker that dies is replaced and its chunks given to others.

The pools of the standard library do not survive the death of a worker (``BrokenProcessPool``) and a shared queue can be left locked
by it. Here each worker has a pipe of its own; nothing is shared. Only small messages pass through pipes, which a process that dies or stops
would otherwise leave full: what a worker needs to know is in a file. A worker ends as soon as its client does, however that ends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import pickle
import signal
from collections import Counter, deque
from collections.abc import Generator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from time import monotonic

from premortem.errors import Problem, RunError
from premortem.study.chunks import Batch
from premortem.study.executors.base import Failed, Report, Work, alone
from premortem.study.folder import scratch
from premortem.study.worker import ABLE, serve

DEATHS_ALLOWED = 3  # of workers over one batch, or of workers that never started, one after the other
PATIENCE = 1800.0  # seconds for a worker to start, or for a batch, until it is taken for dead; compiling takes minutes
JOINING = 10.0  # seconds for a killed process to disappear


@dataclasses.dataclass
class _Worker:
    """A process and the pipe to it: starting until it says so, then idle, or busy with a batch, since some time."""

    process: SpawnProcess
    pipe: Connection
    idle: bool = False
    batch: Batch | None = None
    since: float = dataclasses.field(default_factory=monotonic)


@dataclasses.dataclass(frozen=True)
class Processes:
    """``count`` worker processes, by default one per core. Each uses one core."""

    count: int = 0

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        """Yield one report per chunk; a chunk over which three workers died is reported as failed.

        Raises
        ------
        RunError : workers die before they have started.
        """
        with scratch("premortem-work") as folder:
            file = folder / "work"
            file.write_bytes(pickle.dumps(work))
            crew = _Crew(str(file), deque(batches))
            try:
                for _ in range(min(self.count or len(os.sched_getaffinity(0)), len(batches))):
                    crew.workers.append(_start(crew.file))
                while crew.busy:
                    yield from crew.turn()
            finally:
                for worker in crew.workers:
                    worker.process.kill()
                for worker in crew.workers:
                    _bury(worker)


@dataclasses.dataclass
class _Crew:
    """The workers, the batches that wait for one, and the deaths so far."""

    file: str
    waiting: deque[Batch]
    workers: list[_Worker] = dataclasses.field(default_factory=list)
    deaths: Counter[Batch] = dataclasses.field(default_factory=Counter)
    stillborn: int = 0

    @property
    def busy(self) -> bool:
        return bool(self.waiting) or any(worker.batch for worker in self.workers)

    def turn(self) -> Generator[Report]:
        """Give every idle worker a batch, wait until some worker reports or dies, and yield what was reported."""
        for worker in self.workers:
            if worker.idle and self.waiting:
                _give(worker, self.waiting.popleft())
        at_work = [worker for worker in self.workers if not worker.idle]
        longest = min(worker.since for worker in at_work) + PATIENCE - monotonic()
        ready = wait([worker.pipe for worker in at_work], max(0.0, longest))
        for number, worker in enumerate(self.workers):
            late = not worker.idle and monotonic() - worker.since > PATIENCE
            if worker.pipe not in ready and not late:
                continue
            if late:
                worker.process.kill()
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                self.workers[number] = _start(self.file)
                yield from self._mourn(worker.batch, "it stopped" if late else _death(_bury(worker)))
                continue
            worker.idle, worker.batch = True, None
            if isinstance(message, list):
                yield from message
            elif message == ABLE:
                self.stillborn = 0
            else:
                raise RunError(_no_workers(message))

    def _mourn(self, batch: Batch | None, death: str) -> list[Report]:
        """Queue what a dead worker had to do again, or give it up."""
        if batch is None:
            self.stillborn += 1
            if self.stillborn >= DEATHS_ALLOWED:
                raise RunError(_no_workers(death))
            return []
        self.deaths[batch] += 1
        if len(batch) == 1 and self.deaths[batch] >= DEATHS_ALLOWED:
            return [Failed(batch[0], f"{DEATHS_ALLOWED} workers died over it ({death})")]
        self.waiting.extendleft(alone(batch))
        return []


def _start(file: str) -> _Worker:
    context = multiprocessing.get_context("spawn")  # a forked copy of a threaded XLA client can hang
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(file, theirs), daemon=True)
    before = os.environ.get("NPROC")
    os.environ["NPROC"] = "1"  # XLA sizes its thread pool by it: one core per worker
    try:
        process.start()
    finally:
        if before is None:
            del os.environ["NPROC"]
        else:
            os.environ["NPROC"] = before
    theirs.close()
    return _Worker(process, ours)


def _give(worker: _Worker, batch: Batch) -> None:
    worker.idle, worker.batch, worker.since = False, batch, monotonic()
    with contextlib.suppress(OSError):  # a dead worker is seen when its pipe is read
        worker.pipe.send(batch)


def _bury(worker: _Worker) -> int | None:
    worker.pipe.close()
    worker.process.join(JOINING)
    return worker.process.exitcode


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")
    return f"exit code {code}"


def _no_workers(death: str) -> Problem:
    return Problem(
        "workers",
        f"worker processes die before they have started ({death}); what was done before is safe. "
        "Try fewer workers, or this process alone (without --workers)",
    )
