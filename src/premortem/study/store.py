"""A study on disk: one folder, written chunk by chunk, readable while it grows.

::

    provenance.json       what was asked, what it rests on, and with which versions: written first, never changed
    trajectories.zarr/    weekly [case, outcome, future, week], regional [case, outcome, future, quarter, region] and mapped
                          [case, outcome, future, region, week], float32, NaN where nothing is known yet; one file (shard) per chunk, a few
                          outcomes per chunk in it
    units/, draws/        Arrow, a file per chunk: scalar outcomes, and the parameters drawn; a chunk is done when its file is here
    plans/                the plan files as they were when the study began
    failures/             JSON, a file per chunk that could not be computed, with the cause
    outcomes.parquet, draws.parquet    the same as units/ and draws/, which they replace once the study is complete

Mapped values are the only ones that are rounded, to one part in 8,192: what their weeks say beyond that is not read from a map, and would
take a third more room. Weeks come last in them because neighbours in time differ least, which halves what is left after compression.

A case is a plan under a reading (``premortem.study.cases``): first all plans as likely to unfold, as folders before version 6 hold them
and call them plans, then those that have a reading of their own as carried out.

A chunk's table is short and wide (40 rows, hundreds of columns): Arrow writes it in a twentieth of the time that Parquet takes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import zarr
from numcodecs import BitRound
from numpy.typing import NDArray
from pydantic import ValidationError
from zarr.codecs import BloscCodec

from premortem.errors import InputError, Problem, RunError
from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER
from premortem.study.cases import READINGS, Case, Reading
from premortem.study.chunks import Chunk, Result, chunks, known
from premortem.study.folder import Folder
from premortem.study.provenance import AccountRecord, Environment, Provenance
from premortem.study.recipes import WEEKS_PER_YEAR, Recipe
from premortem.study.spec import EVERYTHING, Kept

VERSION = 6
READABLE = (4, 5, VERSION)  # 4 holds no mapped values, 4 and 5 one reading only
PROVENANCE = "provenance.json"
TRAJECTORIES = "trajectories.zarr"
PART = ".arrow"
OUTCOMES_PER_CHUNK = 4  # one alone takes Zarr longer to pass on than to compress
MAPPED_BITS = 12  # of the 23 that say how far a float32 is from a power of two

Trajectory = Literal["weekly", "regional", "mapped"]
TRAJECTORY: tuple[Trajectory, ...] = ("weekly", "regional", "mapped")


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

    def __init__(self, folder: Folder, provenance: Provenance, reading: Reading = "as_likely") -> None:
        self.folder, self.provenance, self.reading = folder, provenance, reading

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
            raise InputError(
                Problem(
                    "exists",
                    f"{folder.url} holds a study already; nothing was changed. "
                    f"Go on with it (premortem study resume {folder.url}), or name another folder",
                )
            )
        if folder.names():
            raise InputError(Problem("exists", f"{folder.url} is not empty; name a new or empty folder"))
        folder.require_writable()
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
        store = cls(folder, provenance)
        store._make_arrays()
        for name, content in (files or {}).items():
            folder.write(name, content)
        folder.write(PROVENANCE, (json.dumps(provenance.as_json(), indent=2, ensure_ascii=False) + "\n").encode())
        return store

    @classmethod
    def open(cls, url: str | Path) -> Store:
        """Open the folder of a study, finished or not.

        Raises
        ------
        InputError : there is no study here, or its store has another version.
        """
        folder = Folder(url)
        try:
            found = json.loads(folder.read(PROVENANCE))
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(Problem("no_study", f"no study in {folder.url} ({PROVENANCE} is missing)")) from None
        except (ValueError, OSError) as error:
            raise InputError(Problem("damaged", f"cannot read {folder.address(PROVENANCE)}: {error}")) from None
        version = found.get("store") if isinstance(found, dict) else None
        if version not in READABLE:
            raise InputError(
                Problem(
                    "store_version",
                    f"the study in {folder.url} was stored by another version of Premortem; nothing was changed. "
                    f"Open it with that version ({_version(found)}), or run its study file again into a new folder",
                    found=f"store {version}",
                    allowed=f"store {' or '.join(map(str, READABLE))}",
                )
            )
        try:
            return cls(folder, Provenance.model_validate(found))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(map(str, first["loc"]))
            raise InputError(
                Problem("damaged", f"{folder.address(PROVENANCE)} is damaged: {key}: {first['msg'].lower()}")
            ) from None

    # -- arrays

    def _make_arrays(self) -> None:
        about = self.provenance
        weeks, regions = about.years * WEEKS_PER_YEAR, len(about.regions)
        shapes: dict[Trajectory, tuple[str, int, dict[str, int]]] = {
            "weekly": ("outcome", OUTCOMES_PER_CHUNK, {"week": weeks}),
            "regional": ("regional_outcome", OUTCOMES_PER_CHUNK, {"quarter": weeks // WEEKS_PER_QUARTER, "region": regions}),
            "mapped": ("mapped_outcome", 1, {"region": regions, "week": weeks}),
        }  # fmt: skip
        group = zarr.create_group(
            self.folder.address(TRAJECTORIES),
            attributes={
                "plans": list(about.plans),
                "outcomes": list(about.outcomes),
                "regional": list(about.regional),
                "mapped": list(about.mapped),
                "regions": list(about.regions),
            },
        )
        for name, (outcome, together, rest) in shapes.items():
            count = len(self.ids(name))
            if name not in about.keep or not count:
                continue
            padded = together * -(-count // together)
            group.create_array(
                name,
                shape=(len(about.cases), count, about.futures, *rest.values()),
                shards=(1, padded, FUTURES_PER_CHUNK, *rest.values()),
                chunks=(1, together, FUTURES_PER_CHUNK, *rest.values()),
                dtype="float32",
                fill_value=np.nan,
                compressors=BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle" if name == "mapped" else "shuffle"),
                dimension_names=("case", outcome, "future", *rest),
            )

    @cached_property
    def _arrays(self) -> Mapping[str, Any]:
        group = zarr.open_group(self.folder.address(TRAJECTORIES), mode="r+")
        return dict(group.arrays())

    def ids(self, name: Trajectory) -> list[str]:
        """Return the outcomes of one of the arrays of trajectories, in their order there."""
        about = self.provenance
        return list({"weekly": about.outcomes, "regional": about.regional, "mapped": about.mapped}[name])

    def array(self, name: Trajectory) -> zarr.Array[Any] | None:
        """Return one of the arrays of trajectories, or nothing if the study does not keep it."""
        return self._arrays.get(name)

    # -- writing

    def write(self, result: Result) -> None:
        """Write a chunk: what is large first, its table last, because the table says that it is done."""
        chunk, about = result.chunk, self.provenance
        rows = chunk.rows(about.futures)
        here = slice(int(rows[0]), int(rows[-1]) + 1)
        if chunk.case == 0 and "draws" in about.keep:
            self.folder.write(f"draws/{chunk.name}{PART}", _arrow(result.draws))
        for name in TRAJECTORY:
            if (array := self.array(name)) is not None:
                packed = np.stack([getattr(result, name)[id_] for id_ in self.ids(name)])
                array[chunk.case, :, here] = _for_maps(packed) if name == "mapped" else packed
        unwanted = [c for c in result.weekly if c not in about.outcomes]
        self.folder.write(f"units/{chunk.name}{PART}", _arrow(result.table.drop(unwanted)))
        self.folder.remove(f"failures/{chunk.name}.json")

    def fail(self, chunk: Chunk, cause: str) -> None:
        """Record that a chunk could not be computed; a later attempt that succeeds takes this back."""
        case, rows = self.provenance.cases[chunk.case], chunk.rows(self.provenance.futures)
        entry = {"plan": case.plan, "reading": case.reading, "futures": [int(rows[0]), int(rows[-1])], "cause": cause}
        self.folder.write(f"failures/{chunk.name}.json", json.dumps(entry, indent=2).encode())

    def finish(self) -> None:
        """Once every chunk is done: join the small tables into one; a study that is not complete stays as it is."""
        if self.done() != set(self.chunks()):
            return
        for name, target in (("draws", "draws.parquet"), ("units", "outcomes.parquet")):
            if self.folder.exists(target) or not self.folder.names(name):
                continue
            joined = pl.concat(self._parts(name), how="diagonal")
            buffer = io.BytesIO()
            joined.sink_parquet(buffer)
            self.folder.write(target, buffer.getvalue())
        for name in ("draws", "units", "failures"):
            self.folder.remove(name)

    # -- reading

    def chunks(self) -> list[Chunk]:
        """Return every chunk of the study."""
        return chunks(len(self.provenance.cases), self.provenance.futures)

    def done(self) -> set[Chunk]:
        """Return the chunks that are complete."""
        if self.folder.exists("outcomes.parquet"):
            return set(self.chunks())
        return set(_named(self.folder.names("units"), PART))

    def paired(self) -> int:
        """Return the number of futures that are done under every plan, as likely to unfold."""
        plans, futures = len(self.provenance.plans), self.provenance.futures
        finished = Counter(chunk.number for chunk in self.done() if chunk.case < plans)
        return sum(len(Chunk(number, 0).rows(futures)) for number, count in finished.items() if count == plans)

    def failures(self) -> dict[Chunk, str]:
        """Return the chunks that could not be computed, with the cause."""
        found = _named(self.folder.names("failures"), ".json")
        return {chunk: json.loads(self.folder.read(f"failures/{chunk.name}.json"))["cause"] for chunk in found}

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Readings of its results: both, or one alone in folders older than readings."""
        return READINGS[:1] if self.provenance.stoppable is None else READINGS

    def under(self, reading: Reading) -> Store:
        """Return the same folder, with its results read under a reading. A plan that has one case only has the same under both.

        Raises
        ------
        InputError : the folder is older than readings and holds plans as likely to unfold only.
        """
        if reading not in self.readings:
            message = f"{self.folder.url} holds plans as likely to unfold only; run it again into a new folder"
            raise InputError(Problem("no_reading", message, found=reading))
        return Store(self.folder, self.provenance, reading)

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
        table, apart = self.all_cases(), self.provenance.stoppable
        if apart:
            table = table.filter(~pl.col("plan").is_in(apart) | (pl.col("reading") == self.reading))
        return table.drop("reading", strict=False)

    def all_cases(self) -> pl.LazyFrame:
        """Return the scalar outcomes so far: a row per case and future, as `table`, with a column ``reading`` where there are readings."""
        return self._table("units", "outcomes.parquet", {"plan": pl.String, "reading": pl.String, "future": pl.Int64})

    def table_of(self, chunk: Chunk) -> pl.DataFrame:
        """Return the rows of ``table`` that belong to one chunk."""
        rows = chunk.rows(self.provenance.futures)
        case, table = self.provenance.cases[chunk.case], self.all_cases()
        here = (pl.col("plan") == case.plan) & pl.col("future").is_between(rows[0], rows[-1])
        if "reading" in table.collect_schema():
            here &= pl.col("reading") == case.reading
        return table.filter(here).collect()

    def draws(self) -> pl.LazyFrame:
        """Return the scalar parameters drawn so far: a row per future, a column per parameter."""
        return self._table("draws", "draws.parquet", {"future": pl.Int64})

    def _table(self, parts: str, whole: str, schema: Mapping[str, Any]) -> pl.LazyFrame:
        if self.folder.exists(whole):
            return self._scan(whole)
        found = self._parts(parts)
        return pl.concat(found, how="diagonal") if found else pl.LazyFrame(schema=schema)

    def _parts(self, name: str) -> list[pl.LazyFrame]:
        """Return the tables of chunks that are done, case by case in the order of futures."""
        done = sorted(_named(self.folder.names(name), PART), key=lambda chunk: (chunk.case, chunk.number))
        return [self._scan(f"{name}/{chunk.name}{PART}") for chunk in done]

    def _scan(self, name: str) -> pl.LazyFrame:
        scan = pl.scan_ipc if name.endswith(PART) else pl.scan_parquet
        return scan(self.folder.local / name if self.folder.local else io.BytesIO(self.folder.read(name)))

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

    def read(self, name: Trajectory, plan: str, *where: Any) -> NDArray[np.float32]:
        """Return a part of a plan's trajectories, [outcome, future, ...], that the study keeps.

        Raises
        ------
        RunError : it is damaged.
        """
        return self._read(name, self.places[self.provenance.plans.index(plan)], *where)

    def _read(self, name: Trajectory, *where: Any) -> NDArray[np.float32]:
        try:
            return np.asarray(self._arrays[name][where])
        except Exception as error:  # whatever a damaged array makes its library raise
            raise damaged(self.folder.url, f"{TRAJECTORIES}/{name}", error) from None

    def digest(self) -> str:
        """Return a hash over all results so far, read back from the store: equal exactly when the results are.

        Names of plans, outcomes and regions are part of it; where, when, in which order and by whom they were computed is not.
        """
        digest = hashlib.sha256()
        about = self.provenance
        names = [about.plans, about.outcomes, about.regional, about.regions]
        digest.update(json.dumps([*names, *([mapped] if (mapped := self.ids("mapped")) else [])]).encode())
        table = self.all_cases()
        for name in table.collect_schema().names():
            digest.update(name.encode())
            for value in _pieces(table.select(name).collect().to_series()):
                digest.update(value)
        for name in TRAJECTORY:
            if (array := self.array(name)) is not None:
                digest.update(array.name.encode())
                for chunk in sorted(self.done()):
                    rows = chunk.rows(self.provenance.futures)
                    here = slice(int(rows[0]), int(rows[-1]) + 1)
                    digest.update(np.ascontiguousarray(self._read(name, chunk.case, slice(None), here)).tobytes())
        return digest.hexdigest()


def _for_maps(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return [..., week, region] as [..., region, week], rounded to ``MAPPED_BITS`` bits; what is no number stays none."""
    values = np.ascontiguousarray(values.swapaxes(-1, -2), np.float32)
    rounded = np.asarray(BitRound(MAPPED_BITS).encode(values.copy())).view(np.float32).reshape(values.shape)
    return np.where(np.isnan(values), values, rounded)


def _pieces(column: pl.Series) -> Iterator[bytes]:
    """Yield the content of a column as bytes: its nulls, then its values."""
    yield column.is_null().to_numpy().tobytes()
    if column.dtype == pl.String:
        yield "\0".join(column.fill_null("")).encode()
    else:
        yield column.fill_null(0).to_numpy().tobytes()


def _arrow(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc(buffer)
    return buffer.getvalue()


def _named(files: Iterable[str], ending: str) -> list[Chunk]:
    return [Chunk.of(file.removesuffix(ending)) for file in files if file.endswith(ending)]


def _version(found: Any) -> str:
    versions = found.get("versions") if isinstance(found, dict) else None
    return f"premortem {versions['premortem']}" if isinstance(versions, dict) and "premortem" in versions else "unknown"


def damaged(url: str, what: str, cause: Exception) -> RunError:
    """Return the error for people when results cannot be read back."""
    return RunError(
        Problem(
            "damaged",
            f"{what} in {url} cannot be read: the file is damaged. What else is there stays readable",
            found=str(cause),
        )
    )


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
