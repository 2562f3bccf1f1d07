"""The work that every executor does, and what it reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from functools import cached_property
from typing import Protocol

from premortem.errors import PremortemError
from premortem.study.cache import Cache
from premortem.study.chunks import Chunk, run
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

    def __call__(self, chunk: Chunk, stopped: Callable[[], bool] = lambda: False) -> Report:
        """Compute and store one chunk; whatever goes wrong with it is reported, not raised.

        ``stopped``: asked before anything is written; if so, the chunk is discarded.
        """
        try:
            result = run(self.recipe, chunk, self.cache)
            if stopped():
                return Failed(chunk, "the study was interrupted")
            self.store.write(result)
        except OSError as error:
            return Failed(chunk, _cause(error), is_full(error))
        except Exception as error:  # one chunk must not take the study with it
            return Failed(chunk, _cause(error))
        return Finished(chunk, len(result.table), result.failed)


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, PremortemError) else f"{type(error).__name__}: {error}"


class Executor(Protocol):
    """Runs chunks somewhere and reports each as it ends, in any order.

    Closing the generator early stops the work and leaves no process behind.
    """

    def run(self, work: Work, chunks: Sequence[Chunk]) -> Generator[Report]:
        """Yield one report per chunk.

        Raises
        ------
        RunError : the place of execution cannot be reached or has been lost.
        """
