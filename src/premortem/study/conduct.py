"""Conduct a study: compute what is missing, keep what is done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import closing

from premortem.errors import Problem, RunError
from premortem.study.executors import Executor, Failed, Threads, Work
from premortem.study.source import Source
from premortem.study.store import Status, Store, storage_error

Progress = Callable[[Status], None]


def conduct(
    store: Store, source: Source, *, executor: Executor | None = None, progress: Progress | None = None
) -> Status:
    """Compute every unit that is not done yet and return the status.

    Interrupt it at any moment, with Ctrl-C or SIGKILL, and call it again: the results are the same.

    Parameters
    ----------
    executor : where to compute; threads of this process by default.
    progress : called with the status at the start and after every unit.

    Raises
    ------
    RunError : the store cannot be written, or the executor cannot be reached. What is done is safe.
    """
    status = dataclasses.replace(store.status(), units_failed=0)
    report = progress or (lambda _: None)
    report(status)
    done = store.done()
    missing = [unit for unit in store.units() if unit not in done]
    if missing:
        work = Work(source, store.folder.url)
        with closing((executor or Threads()).run(work, missing)) as reports:
            for item in reports:
                if isinstance(item, Failed):
                    if item.full:
                        raise storage_error(item.cause, store)
                    store.fail(item.unit, item.cause)
                    status = dataclasses.replace(status, units_failed=status.units_failed + 1)
                else:
                    status = dataclasses.replace(
                        status,
                        units_done=status.units_done + 1,
                        runs_done=status.runs_done + item.runs,
                        failed=status.failed + item.failed,
                    )
                report(status)
    try:
        store.finish()
    except OSError as error:
        raise storage_error(str(error), store) from None
    return store.status()


def require_complete(status: Status, store: Store) -> None:
    """Raise if units could not be computed.

    Raises
    ------
    RunError : with the causes.
    """
    if not status.units_failed:
        return
    url, causes = store.folder.url, sorted(set(store.failures().values()))
    raise RunError(
        Problem(
            "units",
            f"{status.units_failed} of {status.units} units could not be computed; the others are complete and safe in {url}. "
            f"To try these again: premortem study resume {url}",
            found="; ".join(causes[:3]),
        )
    )
