"""The process that computes: it takes runs from the queue, one at a time, and ends with the server that started it.

What is done of a run is in its folder, chunk by chunk: stop this process at any moment, and the next one goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from premortem.errors import PremortemError, Problem
from premortem.study.store import Status, Store
from premortem.web.database import connect
from premortem.web.questions import Question
from premortem.web.queue import Queue, Seen
from premortem.web.settings import Settings

TURN = 60.0  # seconds after which a run waits for its next turn, if somebody else waits
LOOK = 0.1  # seconds between two looks into an empty queue
FIRST = "border_task_forces"  # the plan that the start page shows first


class _Stop(Exception):  # noqa: N818  # not an error
    """A run is left: it was cancelled, or its turn is over (``again``)."""

    def __init__(self, *, again: bool) -> None:
        self.again = again


def work(settings: Settings, queue: Queue, stopped: Callable[[], bool] = lambda: False) -> None:
    """Take runs from the queue until stopped."""
    while not stopped():
        run = queue.take()
        if run is None:
            time.sleep(LOOK)
        else:
            attend(settings, queue, run)


def attend(settings: Settings, queue: Queue, run: Seen) -> None:
    """Compute a run for a turn; whatever goes wrong with it is noted in the queue."""
    try:
        queue.done(run.id, _conducted(settings, queue, run).digest())
    except _Stop as stop:
        if stop.again:
            queue.give_back(run.id)
    except PremortemError as error:
        queue.fail(run.id, error.problems)
    except Exception as error:  # one run must not take the others with it
        print(f"run {run.id}: {type(error).__name__}", file=sys.stderr, flush=True)  # its message may quote a plan
        told = Problem("fault", f"this is a fault of Premortem: {type(error).__name__}; please report it")
        queue.fail(run.id, [told])


def _conducted(settings: Settings, queue: Queue, run: Seen) -> Store:
    """Begin or take up the study of a run and conduct it."""
    from premortem.api.studies import executor
    from premortem.study.cache import Cache
    from premortem.study.executors import Threads
    from premortem.study.experiment import Experiment
    from premortem.study.folder import Folder
    from premortem.study.plans import texts
    from premortem.study.provenance import Environment
    from premortem.study.resume import require_reproducible, resume
    from premortem.study.run import conduct, require_complete
    from premortem.study.store import PROVENANCE

    folder, ends, question = settings.runs / run.id, time.monotonic() + TURN, Question.model_validate(run.asked)
    before: list[int] = []  # what was done when this turn began

    def progress(status: Status, store: Store) -> None:
        if not queue.progress(
            run.id, status.runs_done, status.runs, store.under(question.first or "as_likely").paired()
        ):
            raise _Stop(again=False)
        before.append(status.runs_done)
        over = time.monotonic() > ends and status.runs_done > before[0] and not status.complete
        if over and queue.others_wait(run.id):
            raise _Stop(again=True)

    if Folder(folder).exists(PROVENANCE):
        store, experiment = resume(folder)
        if not store.status().complete and store.provenance.environment != Environment.here():
            require_reproducible(store, experiment)
    else:
        loaded = [plan.loaded for plan in question.loaded]
        experiment = Experiment.of(question.spec, loaded)
        settings.runs.mkdir(parents=True, exist_ok=True)
        store = Store.create(folder, experiment, environment=Environment.here(), files=texts(loaded))
    where = executor(settings.workers, settings.dask)
    if question.first and isinstance(where, Threads):  # somebody waits beside a lever
        where = Threads(lead=len(store.provenance.plans))
    status = conduct(store, experiment, executor=where, progress=progress, cache=Cache.of_user(), first=question.first)
    require_complete(status, store)
    return store


def main() -> None:
    """Compute until the standard input closes, as it does when the server ends, however that ends; its first line says where."""
    folder, database, workers, dask, early = json.loads(sys.stdin.buffer.readline())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides
    threading.Thread(target=_end_with_server, daemon=True).start()
    settings = Settings(Path(folder), database=database, workers=workers, dask=dask)
    os.chdir(settings.folder)  # so that no name of a plan finds a file of whoever started the server
    if early and not workers and not dask:  # else others simulate
        warm()
    work(settings, Queue(connect(settings.url)))


def warm() -> None:
    """Simulate futures that nobody asked for, so that the first run finds the model and its program loaded; then find who feeds whom.

    The second is kept for the server, which answers why. Whatever goes wrong here goes wrong there too, where it is told.
    """
    from premortem.analysis.couplings import couplings
    from premortem.study.cache import Cache
    from premortem.study.chunks import Chunk
    from premortem.study.chunks import run as simulate
    from premortem.study.experiment import Experiment
    from premortem.study.spec import make

    with contextlib.suppress(Exception):
        simulate(Experiment.of(make(plans=(FIRST,), futures=1, years=1)), Chunk(0, 0))
        if Cache.of_user() is not None:
            couplings()


def _end_with_server() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
