"""A study on disk: one folder, written unit by unit, readable while it grows.

::

    provenance.json       what was asked, what it rests on, and with which versions: written first, never changed
    trajectories.zarr/    weekly [plan, outcome, future, week], regional [plan, outcome, future, quarter, region] and mapped
                          [plan, outcome, future, region, week], float32, NaN where nothing is known yet; one file (shard) per unit, a few
                          outcomes per chunk in it
    units/, draws/        Arrow, a file per unit: scalar outcomes, and the parameters drawn; a unit is done when its file is here
    plans/                the plan files as they were when the study began
    failures/             JSON, a file per unit that could not be computed, with the cause
    outcomes.parquet, draws.parquet    the same as units/ and draws/, which they replace once the study is complete

Mapped values are the only ones that are rounded, to one part in 8,192: what their weeks say beyond that is not read from a map, and would
take a third more room. Weeks come last in them because neighbours in time differ least, which halves what is left after compression.

A unit's table is short and wide (40 rows, hundreds of columns): Arrow writes it in a twentieth of the time that Parquet takes.
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
from zarr.codecs import BloscCodec

from premortem.errors import InputError, Problem, RunError
from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER
from premortem.study.chunks import Chunk, Result, known, units
from premortem.study.folder import Folder
from premortem.study.recipes import WEEKS_PER_YEAR, Recipe

VERSION = 5
READABLE = (4, VERSION)  # 4 holds no mapped values
PROVENANCE = "provenance.json"
TRAJECTORIES = "trajectories.zarr"
PART = ".arrow"
OUTCOMES_PER_CHUNK = 4  # one alone takes Zarr longer to pass on than to compress
MAPPED_BITS = 12  # of the 23 that say how far a float32 is from a power of two

Trajectory = Literal["weekly", "regional", "mapped"]
TRAJECTORY: tuple[Trajectory, ...] = ("weekly", "regional", "mapped")
Kept = Literal["weekly", "regional", "mapped", "draws"]
EVERYTHING: tuple[Kept, ...] = ("weekly", "regional", "mapped", "draws")


@dataclasses.dataclass(frozen=True)
class Status:
    """How far a study is. A run is one future of one plan; ``failed`` runs are those in which a number stopped being finite."""

    units: int
    units_done: int
    units_failed: int
    runs: int
    runs_done: int
    failed: int

    @property
    def complete(self) -> bool:
        """Whether every unit is done."""
        return self.units_done == self.units


class Store:
    """The folder of one study."""

    def __init__(self, folder: Folder, header: Mapping[str, Any]) -> None:
        self.folder, self.header = folder, header

    @classmethod
    def create(
        cls,
        url: str | Path,
        source: Recipe,
        *,
        outcomes: Iterable[str] | None = None,
        keep: Iterable[Kept] = EVERYTHING,
        about: Mapping[str, Any] | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Store:
        """Make the folder of a new study.

        Parameters
        ----------
        outcomes : ids of the outcomes to keep; all by default.
        keep : which of the large things to keep beside the scalar outcomes.
        about : what else belongs into the provenance (versions, machine).
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
        model = source.model()
        computed = model.outcomes
        wanted = computed.keys() if outcomes is None else computed.keys() & set(outcomes)
        ids = [info.id for info in known(wanted)]
        header = {
            "store": VERSION,
            "plans": list(source.plans),
            "futures": source.futures,
            "years": source.years,
            "seed": source.seed,
            "chunk": FUTURES_PER_CHUNK,
            "outcomes": ids,
            "regional": [id_ for id_ in ids if computed[id_][1].labels],
            "mapped": [id_ for id_ in ids if id_ in model.mapped],
            "regions": list(source.regions),
            "mechanism_of": {id_: computed[id_][0] for id_ in ids},
            "accounts": {
                name: {"unit": account.unit, "meaning": account.meaning, "source": account.source}
                for name, account in model.accounts.items()
            },
            "keep": [kind for kind in EVERYTHING if kind in set(keep)],
            "source": source.provenance(),
            **(about or {}),
        }
        store = cls(folder, header)
        store._make_arrays()
        for name, content in (files or {}).items():
            folder.write(name, content)
        folder.write(PROVENANCE, (json.dumps(header, indent=2, ensure_ascii=False) + "\n").encode())
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
            header = json.loads(folder.read(PROVENANCE))
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(Problem("no_study", f"no study in {folder.url} ({PROVENANCE} is missing)")) from None
        except (ValueError, OSError) as error:
            raise InputError(Problem("damaged", f"cannot read {folder.address(PROVENANCE)}: {error}")) from None
        version = header.get("store") if isinstance(header, dict) else None
        if version not in READABLE:
            raise InputError(
                Problem(
                    "store_version",
                    f"the study in {folder.url} was stored by another version of Premortem; nothing was changed. "
                    f"Open it with that version ({_versions(header)}), or run its study file again into a new folder",
                    found=f"store {version}",
                    allowed=f"store {' or '.join(map(str, READABLE))}",
                )
            )
        return cls(folder, header)

    # -- arrays

    def _make_arrays(self) -> None:
        header = self.header
        weeks, regions = header["years"] * WEEKS_PER_YEAR, len(header["regions"])
        shapes: dict[Trajectory, tuple[str, int, dict[str, int]]] = {
            "weekly": ("outcome", OUTCOMES_PER_CHUNK, {"week": weeks}),
            "regional": ("regional_outcome", OUTCOMES_PER_CHUNK, {"quarter": weeks // WEEKS_PER_QUARTER, "region": regions}),
            "mapped": ("mapped_outcome", 1, {"region": regions, "week": weeks}),
        }  # fmt: skip
        group = zarr.create_group(
            self.folder.address(TRAJECTORIES),
            attributes={name: header[name] for name in ("plans", "outcomes", "regional", "mapped", "regions")},
        )
        for name, (outcome, together, rest) in shapes.items():
            count = len(self.ids(name))
            if name not in header["keep"] or not count:
                continue
            padded = together * -(-count // together)
            group.create_array(
                name,
                shape=(len(header["plans"]), count, header["futures"], *rest.values()),
                shards=(1, padded, FUTURES_PER_CHUNK, *rest.values()),
                chunks=(1, together, FUTURES_PER_CHUNK, *rest.values()),
                dtype="float32",
                fill_value=np.nan,
                compressors=BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle" if name == "mapped" else "shuffle"),
                dimension_names=("plan", outcome, "future", *rest),
            )

    @cached_property
    def _arrays(self) -> Mapping[str, Any]:
        group = zarr.open_group(self.folder.address(TRAJECTORIES), mode="r+")
        return dict(group.arrays())

    def ids(self, name: Trajectory) -> list[str]:
        """Return the outcomes of one of the arrays of trajectories, in their order there."""
        found: list[str] = self.header.get("outcomes" if name == "weekly" else name, [])
        return found

    def array(self, name: Trajectory) -> zarr.Array[Any] | None:
        """Return one of the arrays of trajectories, or nothing if the study does not keep it."""
        return self._arrays.get(name)

    # -- writing

    def write(self, result: Result) -> None:
        """Write a unit: what is large first, its table last, because the table says that it is done."""
        unit, header = result.unit, self.header
        rows = unit.rows(header["futures"])
        here = slice(int(rows[0]), int(rows[-1]) + 1)
        if unit.plan == 0 and "draws" in header["keep"]:
            self.folder.write(f"draws/{unit.name}{PART}", _arrow(result.draws))
        for name in TRAJECTORY:
            if (array := self.array(name)) is not None:
                packed = np.stack([getattr(result, name)[id_] for id_ in self.ids(name)])
                array[unit.plan, :, here] = _for_maps(packed) if name == "mapped" else packed
        unwanted = [c for c in result.weekly if c not in header["outcomes"]]
        self.folder.write(f"units/{unit.name}{PART}", _arrow(result.table.drop(unwanted)))
        self.folder.remove(f"failures/{unit.name}.json")

    def fail(self, unit: Chunk, cause: str) -> None:
        """Record that a unit could not be computed; a later attempt that succeeds takes this back."""
        plan, rows = self.header["plans"][unit.plan], unit.rows(self.header["futures"])
        entry = {"plan": plan, "futures": [int(rows[0]), int(rows[-1])], "cause": cause}
        self.folder.write(f"failures/{unit.name}.json", json.dumps(entry, indent=2).encode())

    def finish(self) -> None:
        """Once every unit is done: join the small tables into one; a study that is not complete stays as it is."""
        if self.done() != set(self.units()):
            return
        for name, target in (("draws", "draws.parquet"), ("units", "outcomes.parquet")):
            if self.folder.exists(target) or not self.folder.names(name):
                continue
            ordered = sorted(self.folder.names(name), key=lambda file: file.removesuffix(PART).split("-")[::-1])
            parts = [self._scan(f"{name}/{file}") for file in ordered if file.endswith(PART)]
            joined = pl.concat(parts, how="diagonal")
            buffer = io.BytesIO()
            joined.sink_parquet(buffer)
            self.folder.write(target, buffer.getvalue())
        for name in ("draws", "units", "failures"):
            self.folder.remove(name)

    # -- reading

    def units(self) -> list[Chunk]:
        """Return every unit of the study."""
        return units(len(self.header["plans"]), self.header["futures"])

    def done(self) -> set[Chunk]:
        """Return the units that are complete."""
        if self.folder.exists("outcomes.parquet"):
            return set(self.units())
        return set(_named(self.folder.names("units"), PART))

    def paired(self) -> int:
        """Return the number of futures that are done under every plan."""
        plans, futures = len(self.header["plans"]), self.header["futures"]
        finished = Counter(unit.chunk for unit in self.done())
        return sum(len(Chunk(chunk, 0).rows(futures)) for chunk, count in finished.items() if count == plans)

    def failures(self) -> dict[Chunk, str]:
        """Return the units that could not be computed, with the cause."""
        found = _named(self.folder.names("failures"), ".json")
        return {unit: json.loads(self.folder.read(f"failures/{unit.name}.json"))["cause"] for unit in found}

    def table(self) -> pl.LazyFrame:
        """Return the scalar outcomes so far: a row per plan and future.

        Columns: ``plan``, ``future``, ``luck``, ``fault`` (the cause where a future failed, else null), one per outcome, and one
        ``account.*`` per account of the ledger (its change over the run), ``start_week`` and ``stop_week`` of the campaign, and one
        ``branch.*`` per branch of any plan: the week of the run in which it fired; and one ``open.*`` per field that any plan leaves open:
        the number, flag or word it came to, null under plans that state it.
        """
        return self._table("units", "outcomes.parquet", ["plan", "future"])

    def table_of(self, unit: Chunk) -> pl.DataFrame:
        """Return the rows of ``table`` that belong to one unit."""
        rows = unit.rows(self.header["futures"])
        here = (pl.col("plan") == self.header["plans"][unit.plan]) & pl.col("future").is_between(rows[0], rows[-1])
        return self.table().filter(here).collect()

    def draws(self) -> pl.LazyFrame:
        """Return the scalar parameters drawn so far: a row per future, a column per parameter."""
        return self._table("draws", "draws.parquet", ["future"])

    def _table(self, parts: str, whole: str, order: list[str]) -> pl.LazyFrame:
        if self.folder.exists(whole):
            return self._scan(whole)
        files = [file for file in self.folder.names(parts) if file.endswith(PART)]
        if not files:
            return pl.LazyFrame(schema=dict.fromkeys(order, pl.Int64) | {"plan": pl.String})
        ranks = pl.Enum(self.header["plans"])
        by = [pl.col(name).cast(ranks) if name == "plan" else pl.col(name) for name in order]
        return pl.concat([self._scan(f"{parts}/{file}") for file in files], how="diagonal").sort(by)

    def _scan(self, name: str) -> pl.LazyFrame:
        scan = pl.scan_ipc if name.endswith(PART) else pl.scan_parquet
        return scan(self.folder.local / name if self.folder.local else io.BytesIO(self.folder.read(name)))

    def status(self) -> Status:
        """Count what is done and what failed."""
        done, everything, futures = self.done(), self.units(), self.header["futures"]
        table = self.table()
        failed = table.select(pl.col("fault").is_not_null().sum()).collect().item() if done else 0
        return Status(
            units=len(everything),
            units_done=len(done),
            units_failed=len(self.failures()),
            runs=len(self.header["plans"]) * futures,
            runs_done=sum(len(unit.rows(futures)) for unit in done),
            failed=int(failed),
        )

    def read(self, name: Trajectory, *where: Any) -> NDArray[np.float32]:
        """Return a part of an array of trajectories that the study keeps.

        Raises
        ------
        RunError : it is damaged.
        """
        try:
            return np.asarray(self._arrays[name][where])
        except Exception as error:  # whatever a damaged array makes its library raise
            raise damaged(self.folder.url, f"{TRAJECTORIES}/{name}", error) from None

    def digest(self) -> str:
        """Return a hash over all results so far, read back from the store: equal exactly when the results are.

        Names of plans, outcomes and regions are part of it; where, when, in which order and by whom they were computed is not.
        """
        digest = hashlib.sha256()
        names = [self.header[key] for key in ("plans", "outcomes", "regional", "regions")]
        digest.update(json.dumps([*names, *([mapped] if (mapped := self.ids("mapped")) else [])]).encode())
        table = self.table()
        for name in table.collect_schema().names():
            digest.update(name.encode())
            for value in _pieces(table.select(name).collect().to_series()):
                digest.update(value)
        for name in TRAJECTORY:
            if (array := self.array(name)) is not None:
                digest.update(array.name.encode())
                for unit in sorted(self.done()):
                    rows = unit.rows(self.header["futures"])
                    here = slice(int(rows[0]), int(rows[-1]) + 1)
                    digest.update(np.ascontiguousarray(self.read(name, unit.plan, slice(None), here)).tobytes())
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


def _versions(header: Any) -> str:
    versions = header.get("versions") if isinstance(header, dict) else None
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
    url, done, everything = store.folder.url, len(store.done()), len(store.units())
    return RunError(
        Problem(
            "storage",
            f"cannot write to {url}. {done} of {everything} units are complete and safe. "
            f"Make room, then go on with: premortem study resume {url}",
            found=cause,
        )
    )
