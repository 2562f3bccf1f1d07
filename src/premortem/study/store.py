"""A study on disk: one folder, written chunk by chunk, readable while it grows.

::

    provenance.json       what was asked, what it rests on, and with which versions: written first, never changed
    seal.json             the SHA-256 of every file, and the digest of the results (``premortem.study.seals``)
    trajectories.zarr/    weekly [case, outcome, future, week], regional [case, outcome, future, quarter, region] and mapped
                          [case, outcome, future, region, week], float32 (``premortem.study.trajectories``)
    outcomes.parquet/, draws.parquet/  scalar outcomes, and the parameters drawn, in parts (``premortem.study.tables``)
    plans/                the plan files as they were when the study began
    units/, draws/, seals/  while it grows, instead of the tables and the seal: a file per chunk; a chunk is done when its seal is here
    failures/             JSON, a file per chunk that could not be computed, with the cause

Mapped values are the only ones that are rounded, to one part in 8,192: what their weeks say beyond that is not read from a map, and would
take a third more room. Weeks come last in them because neighbours in time differ least, which halves what is left after compression.

A case is a plan under a reading (``premortem.study.cases``): first all plans as likely to unfold, then those that have a reading of their
own as carried out.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
import zarr
from numpy.typing import NDArray
from pydantic import ValidationError

from premortem import faults
from premortem.errors import InputError, Problem, RunError
from premortem.frames import cs, pl
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.sealed_file import PARTIAL
from premortem.study.cases import Case, Reading
from premortem.study.chunks import Chunk, Result, chunks, known
from premortem.study.folder import PROBE, Folder
from premortem.study.provenance import AccountRecord, Environment, Provenance
from premortem.study.recipes import Recipe
from premortem.study.seals import NOT_WRITTEN, SEAL, SEALS, Seals, damaged
from premortem.study.seals import PROVENANCE as PROVENANCE  # noqa: PLC0414
from premortem.study.spec import EVERYTHING, Kept
from premortem.study.tables import DRAWS, UNITS, Tables, by_case
from premortem.study.trajectories import TRAJECTORIES, Trajectories, Trajectory

VERSION = 7
PLANS = "plans"
OWN = "own"
"""The reader's own data that it was made with."""
FAILURES = "failures"


@dataclasses.dataclass(frozen=True)
class Status:
    """How far a study is. A run is one future of one case; ``failed`` are those in which a number stopped being finite."""

    chunks: int
    chunks_done: int
    chunks_failed: int
    runs: int
    runs_done: int
    failed: int

    @property
    def complete(self) -> bool:
        """Whether every chunk is done."""
        return self.chunks_done == self.chunks

    def as_json(self) -> dict[str, Any]:
        """Return it for programs, to which a chunk is a unit of work."""
        return {
            "complete": self.complete,
            "units": self.chunks,
            "units_done": self.chunks_done,
            "units_failed": self.chunks_failed,
            "runs": self.runs,
            "runs_done": self.runs_done,
            "failed": self.failed,
        }


class Store:
    """The folder of one study; its results are read under one ``reading``, as likely to unfold unless `under` another."""

    def __init__(
        self, folder: Folder, provenance: Provenance, seals: Seals | None = None, reading: Reading = "as_likely"
    ) -> None:
        self.folder, self.provenance, self.reading = folder, provenance, reading
        self.seals = seals or Seals(folder)
        self.tables, self.trajectories = Tables(self.seals), Trajectories(self.seals, provenance)

    @classmethod
    def create(
        cls,
        url: str | Path,
        recipe: Recipe,
        *,
        outcomes: Iterable[str] | None = None,
        keep: Iterable[Kept] = EVERYTHING,
        environment: Environment | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Store:
        """Make the folder of a new study.

        Parameters
        ----------
        outcomes : ids of the outcomes to keep; all by default.
        keep : which of the large things to keep beside the scalar outcomes.
        environment : code, versions and machine, for the provenance.
        files : name -> content of files to keep with it (plans).

        Raises
        ------
        InputError : the folder holds something already.
        RunError : the folder cannot be written.
        """
        folder = Folder(url)
        if folder.exists(PROVENANCE):
            folder.claim()  # or another command is at work here, and going on with it is no advice
            folder.release()
            raise InputError(
                Problem(
                    "exists",
                    f"{folder.url} holds a study already; nothing was changed. "
                    f"Go on with it (premortem study resume {folder.url}), or name another folder",
                )
            )
        if not _begun_only(folder):
            raise InputError(Problem("exists", f"{folder.url} is not empty; name a new or empty folder"))
        model = recipe.model()
        computed = model.outcomes
        wanted = computed.keys() if outcomes is None else computed.keys() & set(outcomes)
        ids = [info.id for info in known(wanted)]
        made = environment or Environment()
        provenance = Provenance(
            store=VERSION,
            plans=recipe.plans,
            stoppable=recipe.stoppable,
            futures=recipe.futures,
            years=recipe.years,
            seed=recipe.seed,
            chunk=FUTURES_PER_CHUNK,
            outcomes=tuple(ids),
            regional=tuple(id_ for id_ in ids if computed[id_][1].labels),
            mapped=tuple(id_ for id_ in ids if id_ in model.mapped),
            regions=recipe.regions,
            mechanism_of={id_: computed[id_][0] for id_ in ids},
            accounts={
                name: AccountRecord(unit=account.unit, meaning=account.meaning, source=account.source)
                for name, account in model.accounts.items()
            },
            keep=tuple(kind for kind in EVERYTHING if kind in set(keep)),
            recipe=recipe.provenance(),
            code=made.code,
            versions=made.versions,
            machine=made.machine,
        )
        folder.require_writable()
        folder.claim()
        for name in folder.names():  # of a command that was killed here
            folder.remove(name)
        store = cls(folder, provenance)
        arrays = store.trajectories.make()
        for name, content in (files or {}).items():
            folder.write(name, content)
        header = json.dumps(provenance.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        store.seals.start([*arrays, *(files or {})], {PROVENANCE: header.encode()})
        folder.write(PROVENANCE, header.encode())  # last: from now on it is a study
        return store

    @classmethod
    def open(cls, url: str | Path) -> Store:
        """Open the folder of a study, finished or not.

        Raises
        ------
        InputError : there is no study here, or its store has another version.
        RunError : what it rests on is damaged.
        """
        folder = Folder(url)
        seals = Seals(folder)
        try:
            found = json.loads(folder.read(PROVENANCE))
        except OSError as error:
            absent = isinstance(error, (FileNotFoundError, NotADirectoryError)) or error.errno == errno.ENAMETOOLONG
            if not absent:
                raise damaged(folder, PROVENANCE, f"cannot be read: {error.strerror or error}") from None
            if seals.begun:
                raise damaged(folder, PROVENANCE, "is missing") from None
            raise InputError(Problem("no_study", f"no study in {folder.url} ({PROVENANCE} is missing)")) from None
        except (ValueError, RecursionError):
            found = None
        if seals.begun:
            seals.refresh()
            seals.require_sound(PROVENANCE)
        elif found is None:
            raise damaged(folder, PROVENANCE, NOT_WRITTEN)
        version = found.get("store") if isinstance(found, dict) else None
        if version != VERSION:
            raise InputError(
                Problem(
                    "store_version",
                    f"the study in {folder.url} was stored by another version of Premortem; nothing was changed. "
                    f"Open it with that version ({_version(found)}), or run its study file again into a new folder",
                    found=f"store {version}",
                    allowed=f"store {VERSION}",
                )
            )
        if not seals.begun:
            raise damaged(folder, SEAL, "is missing")
        try:
            return cls(folder, Provenance.model_validate(found), seals)
        except ValidationError as error:
            raise damaged(folder, PROVENANCE, f"is not a study's: {faults.first(error)}") from None

    # -- writing

    def write(self, result: Result) -> None:
        """Write a chunk: what is large first, its seal last, because that says that it is done."""
        chunk, about = result.chunk, self.provenance
        unwanted = [id_ for id_ in result.weekly if id_ not in about.outcomes]
        names = self.trajectories.write(result)
        names += self.tables.write(result, unwanted, draws=chunk.case == 0 and "draws" in about.keep)
        self.seals.add(chunk, names)
        self.folder.remove(f"{FAILURES}/{chunk.name}.json")

    def fail(self, chunk: Chunk, cause: str) -> None:
        """Record that a chunk could not be computed; a later attempt that succeeds takes this back."""
        case, rows = self.provenance.cases[chunk.case], chunk.rows(self.provenance.futures)
        entry = {"plan": case.plan, "reading": case.reading, "futures": [int(rows[0]), int(rows[-1])], "cause": cause}
        self.folder.write(f"{FAILURES}/{chunk.name}.json", json.dumps(entry, indent=2).encode())

    def finish(self) -> None:
        """Once every chunk is done: join the small tables, and seal all; a study that is not complete stays as it is."""
        everything = self.chunks()
        if not self.seals.finished:
            if self.done() != set(everything):
                return
            self.seals.refresh()
            digest, joined = self.digest(), self.tables.join(everything)
            kept = (name for name in self.seals.names() if not name.startswith((f"{UNITS}/", f"{DRAWS}/")))
            self.seals.finish([*kept, *joined], digest)
        for name in (UNITS, DRAWS, SEALS, FAILURES):
            self.folder.remove(name)

    # -- reading

    def chunks(self) -> list[Chunk]:
        """Return every chunk of the study."""
        return chunks(len(self.provenance.cases), self.provenance.futures)

    def done(self) -> set[Chunk]:
        """Return the chunks that are complete."""
        return set(self.chunks()) if self.seals.finished else self.seals.done() & set(self.chunks())

    def paired(self) -> int:
        """Return the number of futures that are done under every plan, under the reading."""
        cases, futures = set(self.places), self.provenance.futures
        finished = Counter(chunk.number for chunk in self.done() if chunk.case in cases)
        return sum(len(Chunk(number, 0).rows(futures)) for number, count in finished.items() if count == len(cases))

    def failures(self) -> dict[Chunk, str]:
        """Return the chunks that could not be computed, with the cause."""
        done, causes = self.done(), {}
        for chunk in self.chunks():
            if chunk not in done and self.folder.exists(name := f"{FAILURES}/{chunk.name}.json"):
                causes[chunk] = _cause(self.folder, name)
        return causes

    def under(self, reading: Reading) -> Store:
        """Return the same folder, with its results read under a reading. A plan that has one case only has the same under both."""
        return Store(self.folder, self.provenance, self.seals, reading)

    @property
    def places(self) -> list[int]:
        """Where each plan is on the first axis of the arrays of trajectories."""
        about = self.provenance
        at = {case: place for place, case in enumerate(about.cases)}
        return [at.get(Case(plan, self.reading), place) for place, plan in enumerate(about.plans)]

    def table(self) -> pl.LazyFrame:
        """Return the scalar outcomes so far: a row per plan and future.

        Columns: ``plan``, ``future``, ``luck``, ``fault`` (the cause where a future failed, else null), one per outcome, and one
        ``account.*`` per account of the ledger (its change over the run), ``start_week`` and ``stop_week`` of the campaign, and one
        ``branch.*`` per branch of any plan: the week of the run in which it fired; and one ``open.*`` per field that any plan leaves open:
        the number, flag or word it came to, null under plans that state it.
        """
        apart = self.provenance.stoppable
        here = ~pl.col("plan").is_in(apart) | (pl.col("reading") == self.reading)
        return self.all_cases().filter(here).drop("reading")

    def all_cases(self) -> pl.LazyFrame:
        """Return the scalar outcomes so far: a row per case and future, as `table`, with a column ``reading``."""
        return self.tables.scan(UNITS)

    def table_of(self, chunk: Chunk) -> pl.DataFrame:
        """Return the rows of `all_cases` that belong to one chunk."""
        rows, case = chunk.rows(self.provenance.futures), self.provenance.cases[chunk.case]
        return self.tables.of(chunk, (int(rows[0]), int(rows[-1])), (case.plan, case.reading))

    def draws(self) -> pl.LazyFrame:
        """Return the scalar parameters drawn so far: a row per future, a column per parameter."""
        return self.tables.scan(DRAWS)

    def status(self) -> Status:
        """Count what is done and what failed."""
        done, everything, futures = self.done(), self.chunks(), self.provenance.futures
        table = self.all_cases()
        failed = table.select(pl.col("fault").is_not_null().sum()).collect().item() if done else 0
        return Status(
            chunks=len(everything),
            chunks_done=len(done),
            chunks_failed=len(self.failures()),
            runs=len(self.provenance.cases) * futures,
            runs_done=sum(len(chunk.rows(futures)) for chunk in done),
            failed=int(failed),
        )

    def ids(self, name: Trajectory) -> list[str]:
        """Return the outcomes of one of the arrays of trajectories, in their order there."""
        return self.trajectories.ids(name)

    def array(self, name: Trajectory) -> zarr.Array[Any] | None:
        """Return one of the arrays of trajectories, or nothing if the study does not keep it."""
        return self.trajectories.array(name)

    def dataset(self) -> xr.Dataset:
        """Return the arrays of trajectories as they are, to be read when they are looked at."""
        arrays: xr.Dataset = xr.open_zarr(self.trajectories.store, consolidated=False, chunks=None)
        return arrays

    def read(self, name: Trajectory, plan: str, *where: Any) -> NDArray[np.float32]:
        """Return a part of a plan's trajectories, [outcome, future, ...], that the study keeps.

        Raises
        ------
        RunError : it is damaged.
        """
        return self._read(name, self.places[self.provenance.plans.index(plan)], *where)

    def _read(self, name: Trajectory, *where: Any) -> NDArray[np.float32]:
        array = self.array(name)
        assert array is not None
        return np.asarray(array[where])

    def digest(self) -> str:
        """Return a hash over all results so far, read back from the store: equal exactly when the results are.

        Names of plans, outcomes and regions are part of it; where, when, in which order and by whom they were computed is not.

        Raises
        ------
        RunError : a file is damaged, or the study was finished with another digest.
        """
        digest = hashlib.sha256()
        about = self.provenance
        names = [about.plans, about.outcomes, about.regional, about.regions, self.ids("mapped")]
        digest.update(json.dumps(names).encode())
        for chunk in sorted(self.done(), key=by_case):
            digest.update(chunk.name.encode())
            for piece in _pieces(self.table_of(chunk)):
                digest.update(piece)
            rows = chunk.rows(about.futures)
            here = slice(int(rows[0]), int(rows[-1]) + 1)
            for name in self.trajectories.kept:
                digest.update(name.encode())
                digest.update(np.ascontiguousarray(self._read(name, chunk.case, slice(None), here)).tobytes())
        found = digest.hexdigest()
        if self.seals.finished and found != self.seals.digest:
            raise damaged(self.folder, "the digest", "is not the one that the study was finished with")
        return found


def _begun_only(folder: Folder) -> bool:
    """Whether a folder holds nothing, or only what a command had made of a study when it was killed before the study began."""
    names = {name for name in folder.names() if not name.endswith((PARTIAL, PROBE))}
    return not names or TRAJECTORIES in names <= {TRAJECTORIES, PLANS, OWN, SEALS}


def _pieces(table: pl.DataFrame) -> Iterator[bytes]:
    """Yield the content of a table as bytes, but for columns without any, which are those of other plans and not in every file."""
    there = [name for name, nulls in zip(table.columns, table.null_count().row(0), strict=True) if nulls < len(table)]
    numbers, others = (table.select(sorted(there)).select(kind) for kind in (cs.numeric(), ~cs.numeric()))
    yield json.dumps([numbers.columns, others.columns]).encode()
    yield np.ascontiguousarray(numbers.cast(pl.Float64).to_numpy()).tobytes()
    yield json.dumps(others.rows()).encode()


def _cause(folder: Folder, name: str) -> str:
    try:
        return str(json.loads(folder.read(name))["cause"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "not known: the record of it cannot be read"


def _version(found: Any) -> str:
    versions = found.get("versions") if isinstance(found, dict) else None
    return f"premortem {versions['premortem']}" if isinstance(versions, dict) and "premortem" in versions else "unknown"


def storage_error(cause: str, store: Store) -> RunError:
    """Return the error for people when results cannot be written."""
    url, done, everything = store.folder.url, len(store.done()), len(store.chunks())
    return RunError(
        Problem(
            "storage",
            f"cannot write to {url}. {done} of {everything} chunks are complete and safe. "
            f"Make room, then go on with: premortem study resume {url}",
            found=cause,
        )
    )
