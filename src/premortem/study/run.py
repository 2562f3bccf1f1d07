"""Conduct a study: compute what is missing, keep what is done."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path

from premortem.errors import InputError, Problem, RunError, StoppedError
from premortem.sealed_file import PARTIAL
from premortem.study.cache import Cache
from premortem.study.cases import Reading
from premortem.study.chunks import batches
from premortem.study.executors import Executor, Failed, Threads, Work
from premortem.study.folder import Folder, scratch
from premortem.study.provenance import Environment
from premortem.study.recipes import Recipe
from premortem.study.reuse import RUNS
from premortem.study.seals import SEAL
from premortem.study.spec import EVERYTHING, Kept
from premortem.study.store import Status, Store, storage_error

Progress = Callable[[Status, Store], None]


def conduct(
    store: Store,
    recipe: Recipe,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    cache: Cache | None = None,
    first: Reading | None = None,
) -> Status:
    """Compute every chunk that is not done yet and return the status.

    Interrupt it at any moment, with Ctrl-C or SIGKILL, and call it again: the results are the same.

    Parameters
    ----------
    executor : where to compute; threads of this process by default.
    progress : called with the status, and the store that it is of, at the start and after every chunk.
    cache : units simulated before, to take and to add to.
    first : a reading under which all futures are computed before those of the other; else both go together.

    Raises
    ------
    InputError : another command works on the folder.
    RunError : the store cannot be written, or the executor cannot be reached. What is done is safe.
    """
    store.folder.claim()
    try:
        return _conduct(store, Work(recipe, store.folder.url, cache), executor or Threads(), progress, first)
    finally:
        store.folder.release()


def _conduct(store: Store, work: Work, executor: Executor, progress: Progress | None, first: Reading | None) -> Status:
    status = dataclasses.replace(store.status(), chunks_failed=0)
    report = progress or (lambda _status, _store: None)
    report(status, store)
    _sweep(store.folder)
    done = store.done()
    missing = [chunk for chunk in store.chunks() if chunk not in done]
    if first:
        wanted = set(store.under(first).places)
        missing.sort(key=lambda chunk: (chunk.case not in wanted, chunk))
    if missing:
        with closing(executor.run(work, batches(missing, work.recipe.futures))) as reports:
            for item in reports:
                if isinstance(item, Failed):
                    if item.full:
                        raise storage_error(item.cause, store)
                    store.fail(item.chunk, item.cause)
                    status = dataclasses.replace(status, chunks_failed=status.chunks_failed + 1)
                else:
                    status = dataclasses.replace(
                        status,
                        chunks_done=status.chunks_done + 1,
                        runs_done=status.runs_done + item.runs,
                        failed=status.failed + item.failed,
                    )
                report(status, store)
    try:
        store.finish()
    except OSError as error:
        raise storage_error(str(error), store) from None
    return store.status()


def _sweep(folder: Folder) -> None:
    """Remove what dead processes had not finished writing; on an object store there is nothing of the kind."""
    if folder.local is not None:
        for name in [name for name in folder.files() if name.endswith(PARTIAL)]:
            folder.remove(name)


def require_complete(status: Status, store: Store) -> None:
    """Raise if chunks could not be computed.

    Raises
    ------
    RunError : with the causes.
    """
    if not status.chunks_failed:
        return
    url, causes = store.folder.url, sorted(set(store.failures().values()))
    raise RunError(
        Problem(
            "chunks",
            f"{status.chunks_failed} of {status.chunks} chunks could not be computed; the others are complete and safe in {url}. "
            f"To try these again: premortem study resume {url}",
            found="; ".join(causes[:3]),
        )
    )


def once(
    recipe: Recipe,
    out: str | Path = "",
    *,
    executor: Executor,
    progress: Progress | None = None,
    files: Mapping[str, bytes] | None = None,
    cache: Cache | None = None,
    outcomes: Iterable[str] | None = None,
    keep: Iterable[Kept] = EVERYTHING,
) -> Store:
    """Conduct a study from start to end and return its store; interrupted or failed, it leaves nothing behind.

    Parameters
    ----------
    out : a local folder, new or empty; by default a new one below ``runs/``, named after the plans.
    files : name -> content of files to keep with it (plans).
    cache : units simulated before, to take and to add to.
    outcomes : ids of the outcomes to keep; all by default.
    keep : which of the large things to keep beside the scalar outcomes.

    Raises
    ------
    InputError : the folder is not empty, or not of this machine.
    StoppedError : by Ctrl-C.
    RunError : a chunk could not be computed or stored.
    """
    if out and Folder(out).local is None:
        allowed = "a folder of this machine; premortem study run writes to addresses"
        raise InputError(Problem("address", "a run is written at once to its end", found=str(out), allowed=allowed))
    target = _reserved(Path(out)) if out else _unused(RUNS / "_vs_".join(reversed(recipe.plans)))
    assert target.local is not None
    place = target.local.resolve()
    try:
        with scratch("premortem-run", place.parent) as aside:
            store = Store.create(
                aside / "run", recipe, outcomes=outcomes, keep=keep, environment=Environment.here(), files=files
            )
            require_complete(conduct(store, recipe, executor=executor, progress=progress, cache=cache), store)
            _move(aside / "run", place)
    except KeyboardInterrupt:
        raise StoppedError(Problem("interrupted", "interrupted; nothing was written")) from None
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {target.url}: {error.strerror or error}")) from None
    finally:
        target.release()
        with contextlib.suppress(OSError):  # it holds the run
            place.rmdir()
    return Store.open(target.url)


def _move(made: Path, place: Path) -> None:
    """Put a finished folder in the place of an empty one: at once, or, where that is a mount point, piece by piece, the seal last."""
    try:
        made.rename(place)
    except OSError:
        for piece in sorted(made.iterdir(), key=lambda piece: piece.name == SEAL):
            shutil.move(piece, place / piece.name)


def _reserved(path: Path) -> Folder:
    """Return an empty folder that no other command will take.

    Raises
    ------
    InputError : it is in use, or not empty.
    RunError : it cannot be made.
    """
    folder = Folder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        folder.claim()
        empty = not folder.names()
    except FileExistsError:
        empty = False
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {folder.url}: {error.strerror or error}")) from None
    if not empty:
        folder.release()
        raise InputError(
            Problem("exists", "the folder for the run is not empty; name another one with --out", found=folder.url)
        )
    return folder


def _unused(path: Path) -> Folder:
    """Return the folder, or the first of its numbered likes that is empty and that no other command has taken."""
    for number in itertools.count(2):
        try:
            return _reserved(path)
        except InputError:
            path = path.with_name(f"{path.name.removesuffix(f'-{number - 1}')}-{number}")
    raise AssertionError
