"""Chunks on a Dask cluster: scheduler and workers are started with Dask's own commands, on any number of machines."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import CancelledError
from typing import Any

from premortem import __version__
from premortem.errors import InputError, PremortemError, Problem, RunError
from premortem.study.chunks import Batch
from premortem.study.executors.base import Failed, Report, Work, alone
from premortem.study.store import Store

WAITING_PER_THREAD = (
    2  # batches queued at the cluster for each of its threads, so that none is idle and the scheduler stays small
)
PATIENCE = 30.0  # seconds until a scheduler that does not answer, or has no worker, is given up


def _library() -> Any:
    try:
        import distributed
    except ImportError:
        raise InputError(
            Problem("missing_library", "Dask is not installed; install it with: pip install 'premortem[dask]'")
        ) from None
    return distributed


@dataclasses.dataclass(frozen=True)
class Dask:
    """The cluster whose scheduler is at ``address`` (``tcp://host:8786``).

    It is refused where Dask is not installed, and where the address is none.

    Its workers need the same version of Premortem, and the study's folder under the same address as here: a shared disk, or a URL.
    """

    address: str

    def __post_init__(self) -> None:
        comm = _library().comm
        if self.address.startswith("inproc://"):  # within one process: no host, no port
            return
        try:
            comm.get_address_host_port(self.address)
        except ValueError as error:
            allowed = "such as tcp://host:8786"
            raise InputError(
                Problem("address", f"not the address of a Dask scheduler: {error}", found=self.address, allowed=allowed)
            ) from None

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        """Yield one report per chunk; Dask gives what a worker that dies had to do to others.

        Raises
        ------
        RunError : the scheduler cannot be reached, has been lost, or its workers cannot do the work.
        """
        distributed = _library()
        with self._connect(distributed, work) as client:
            threads = self._require_able_workers(client, work)
            # As a task of its own, the recipe travels once to each worker, and is made again if all that hold it die.
            recipe = client.submit(_recipe, work, pure=False)
            waiting, submitted = deque(batches), dict[Any, Batch]()
            try:
                while waiting or submitted:
                    while waiting and len(submitted) < WAITING_PER_THREAD * threads:
                        batch = waiting.popleft()
                        submitted[client.submit(_compute, recipe, batch, pure=False)] = batch
                    for future in self._ended(distributed, client, submitted, work):
                        batch = submitted.pop(future)
                        if (reports := self._reports(distributed, future, work)) is not None:
                            yield from reports
                        elif len(batch) > 1:
                            waiting.extendleft(alone(batch))
                        else:
                            yield Failed(batch[0], "workers died over it")
            finally:
                client.cancel([*submitted, recipe])

    def _connect(self, distributed: Any, work: Work) -> Any:
        try:
            client = distributed.Client(self.address, timeout=PATIENCE)
            client.wait_for_workers(1, timeout=PATIENCE)
        except (OSError, ValueError, distributed.TimeoutError) as error:
            what = "it has no workers" if "workers" in str(error) else "it cannot be reached"
            raise RunError(
                Problem(
                    "scheduler",
                    f"the Dask scheduler at {self.address} is of no use: {what}. The study is unharmed. Start one with "
                    "'dask scheduler' and workers with 'dask worker ADDRESS', then go on with: "
                    f"premortem study resume {work.url} --dask ADDRESS",
                    found=str(error),
                )
            ) from None
        return client

    def _ended(self, distributed: Any, client: Any, submitted: Iterable[Any], work: Work) -> list[Any]:
        """Wait until some tasks have ended, for as long as there is anybody to do them."""
        while True:
            try:
                return list(distributed.wait(list(submitted), timeout=PATIENCE, return_when="FIRST_COMPLETED").done)
            except (distributed.TimeoutError, TimeoutError):
                if not _workers(client):
                    raise self._lost("its workers are gone", work) from None
            except (CancelledError, OSError) as error:
                raise self._lost(str(error), work) from None

    def _lost(self, cause: str, work: Work) -> RunError:
        message = (
            f"the Dask cluster at {self.address} was lost. What is done is safe. "
            f"Go on with: premortem study resume {work.url} --dask ADDRESS"
        )
        return RunError(Problem("scheduler", message, found=cause))

    def _require_able_workers(self, client: Any, work: Work) -> int:
        """Return the number of the cluster's threads, once every worker has shown that it can do the work."""
        for worker, answer in client.run(_introduce, work.url).items():
            if answer != (__version__, ""):
                version, trouble = answer
                raise RunError(
                    Problem(
                        "worker",
                        f"the Dask worker {worker} cannot work on this study: {trouble or f'it has premortem {version}'}. "
                        "Workers need the same version and the study's folder under the same address (a shared disk, or a URL)",
                        allowed=f"premortem {__version__}, {work.url}",
                    )
                )
        return sum(client.nthreads().values())

    def _reports(self, distributed: Any, future: Any, work: Work) -> list[Report] | None:
        """Return what became of a batch; nothing if workers died over it."""
        try:
            reports: list[Report] = future.result()
        except distributed.KilledWorker:
            return None
        except (CancelledError, OSError) as error:
            raise self._lost(str(error), work) from None
        return reports


def _workers(client: Any) -> int:
    """Return how many workers the scheduler has, none if it does not answer."""
    try:
        return len(client.nthreads())
    except Exception:  # Dask has many ways of saying that nobody is there
        return 0


def _recipe(work: Work) -> Work:
    return work


def _compute(work: Work, batch: Batch) -> list[Report]:
    return work(batch)


def _introduce(url: str) -> tuple[str, str]:
    """Return a worker's version, and what keeps it from the study's folder."""
    try:
        Store.open(url)
    except PremortemError as error:
        return __version__, str(error)
    return __version__, ""
