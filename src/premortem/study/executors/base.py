"""The work that every executor does, and what it reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from functools import cached_property
from typing import Protocol

from premortem.errors import PremortemError
from premortem.study.cache import Cache
from premortem.study.chunks import Batch, Chunk, Result, run_together
from premortem.study.folder import is_full
from premortem.study.recipes import Recipe
from premortem.study.store import Store


@dataclasses.dataclass(frozen=True)
class Finished:
    """A chunk is in the store: ``runs`` futures, ``failed`` of them with a fault."""

    chunk: Chunk
    runs: int
    failed: int


@dataclasses.dataclass(frozen=True)
class Failed:
    """A chunk could not be computed; the others are not affected. ``full``: nothing more can be written, so go no further."""

    chunk: Chunk
    cause: str
    full: bool = False


Report = Finished | Failed


@dataclasses.dataclass(frozen=True)
class Work:
    """Computes chunks, or takes them from a cache, and writes them to the store; picklable, so that it can be sent to any worker."""

    recipe: Recipe
    url: str
    cache: Cache | None = None

    @cached_property
    def store(self) -> Store:
        """The store, opened once a process."""
        return Store.open(self.url)

    def __getstate__(self) -> dict[str, object]:
        return {"recipe": self.recipe, "url": self.url, "cache": self.cache}

    def __call__(self, batch: Batch, stopped: Callable[[], bool] = lambda: False) -> list[Report]:
        """Compute and store chunks; whatever goes wrong with one is reported, not raised.

        ``stopped``: asked before anything is written; if so, the chunk is discarded.
        """
        try:
            results = run_together(self.recipe, batch, self.cache)
        except Exception as error:  # one chunk must take neither its neighbours nor the study with it
            return [_failed(batch[0], error)] if len(batch) == 1 else [self((chunk,), stopped)[0] for chunk in batch]
        return [self._stored(result, stopped) for result in results]

    def _stored(self, result: Result, stopped: Callable[[], bool]) -> Report:
        if stopped():
            return Failed(result.chunk, "the study was interrupted")
        try:
            self.store.write(result)
        except Exception as error:
            return _failed(result.chunk, error)
        return Finished(result.chunk, len(result.table), result.failed)


def alone(batch: Batch) -> list[Batch]:
    """Return the chunks of a batch over which a worker died, each for itself: only one of them may be to blame."""
    return [(chunk,) for chunk in batch]


def _failed(chunk: Chunk, error: Exception) -> Failed:
    return Failed(chunk, _cause(error), isinstance(error, OSError) and is_full(error))


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, PremortemError) else f"{type(error).__name__}: {error}"


class Executor(Protocol):
    """Runs batches of chunks somewhere and reports each chunk as it ends, in any order.

    Closing the generator early stops the work and leaves no process behind.
    """

    def run(self, work: Work, batches: Sequence[Batch]) -> Generator[Report]:
        """Yield one report per chunk.

        Raises
        ------
        RunError : the place of execution cannot be reached or has been lost.
        """
