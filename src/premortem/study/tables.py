"""The tables of a study: scalar outcomes and parameters drawn, a small file per chunk while it grows, joined into larger parts at its end.

A chunk's table is short and wide (40 rows, hundreds of columns): Arrow writes it in a twentieth of the time that Parquet takes. Parts are
Parquet, of at most ``CHUNKS_PER_PART`` chunks of one case, so that joining and reading never hold more than one, and damage costs no more
than one. All parts of a table have the same columns: other programs read their folder as one table.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from premortem.frames import pl
from premortem.study.chunks import Chunk, Result
from premortem.study.seals import Seals

CHUNKS_PER_PART = 25
PART = ".arrow"
UNITS, DRAWS = "units", "draws"
JOINED = {UNITS: "outcomes.parquet", DRAWS: "draws.parquet"}
FIRST_COLUMNS: dict[str, Mapping[str, Any]] = {
    UNITS: {"plan": pl.String, "reading": pl.String, "future": pl.Int64},
    DRAWS: {"future": pl.Int64},
}


class Tables:
    """The two tables in the folder that some seals are of."""

    def __init__(self, seals: Seals) -> None:
        self.seals, self.folder = seals, seals.folder
        self._last = ("", pl.DataFrame())  # the part read last

    def write(self, result: Result, unwanted: Iterable[str], *, draws: bool) -> list[str]:
        """Write the tables of a chunk and return the names of their files."""
        tables = {UNITS: result.table.drop(unwanted)} | ({DRAWS: result.draws} if draws else {})
        for kind, table in tables.items():
            self.folder.write(self._name(kind, result.chunk), _arrow(table))
        return [self._name(kind, result.chunk) for kind in tables]

    def join(self, chunks: Iterable[Chunk]) -> list[str]:
        """Join the tables of chunks into parts and return the names of their files."""
        made: list[str] = []
        for kind in (UNITS, DRAWS):
            here = sorted((chunk for chunk in chunks if self._name(kind, chunk) in self.seals), key=by_case)
            columns = self._columns(kind, here)
            for name, group in groupby(here, lambda chunk: _part(kind, chunk)):  # noqa: B023  # used at once
                tables = [pl.read_ipc(io.BytesIO(self.seals.read(self._name(kind, chunk)))) for chunk in group]
                whole = pl.concat([pl.DataFrame(schema=columns), *tables], how="diagonal")
                self.folder.write(name, _parquet(whole))
                made.append(name)
        return made

    def _columns(self, kind: str, chunks: Iterable[Chunk]) -> dict[str, pl.DataType]:
        """Return the columns of the first chunk of every case; a case's chunks are alike."""
        columns: dict[str, pl.DataType] = {}
        for _, of_case in groupby(chunks, lambda chunk: chunk.case):
            content = self.seals.read(self._name(kind, next(of_case)))
            for name, dtype in pl.read_ipc_schema(io.BytesIO(content)).items():
                columns.setdefault(name, dtype)
        return columns

    def scan(self, kind: str) -> pl.LazyFrame:
        """Return a table so far, case by case in the order of futures.

        Raises
        ------
        RunError : a file of it is damaged or missing.
        """
        self.seals.refresh()
        names = self._names(kind)
        for name in names:
            self.seals.require_sound(name)
        if not names:
            return pl.LazyFrame(schema=FIRST_COLUMNS[kind])
        if self.seals.finished:
            return pl.scan_parquet([self._source(name) for name in names], glob=False)
        return pl.concat([pl.scan_ipc(self._source(name), glob=False) for name in names], how="diagonal")

    def of(self, chunk: Chunk, rows: tuple[int, int], case: tuple[str, str]) -> pl.DataFrame:
        """Return the outcomes of one chunk: of the futures from ``rows[0]`` to ``rows[1]`` under a plan and a reading."""
        self.seals.refresh()
        if not self.seals.finished:
            return pl.read_ipc(io.BytesIO(self.seals.read(self._name(UNITS, chunk))))
        name, (plan, reading) = _part(UNITS, chunk), case
        if self._last[0] != name:
            self._last = name, pl.read_parquet(io.BytesIO(self.seals.read(name)))
        return self._last[1].filter(
            (pl.col("plan") == plan) & (pl.col("reading") == reading) & pl.col("future").is_between(*rows)
        )

    def _names(self, kind: str) -> list[str]:
        if self.seals.finished:
            return [name for name in self.seals.names() if name.startswith(f"{JOINED[kind]}/")]
        found = (name for name in self.seals.names() if name.startswith(f"{kind}/"))
        return sorted(found, key=lambda name: by_case(chunk_of(name)))

    def _source(self, name: str) -> Any:
        return self.folder.local / name if self.folder.local else io.BytesIO(self.folder.read(name))

    @staticmethod
    def _name(kind: str, chunk: Chunk) -> str:
        return f"{kind}/{chunk.name}{PART}"


def chunk_of(name: str) -> Chunk:
    """Return the chunk that a table's file is of."""
    return Chunk.of(name.rpartition("/")[2].removesuffix(PART))


def chunks_of(part: str, last: int) -> Iterator[Chunk]:
    """Yield the chunks whose tables a part joins; ``last`` is the number of the last chunk of the study."""
    case, block = part.rpartition("/")[2].removesuffix(".parquet").split("-")
    first = int(block) * CHUNKS_PER_PART
    for number in range(first, min(first + CHUNKS_PER_PART, last + 1)):
        yield Chunk(number, int(case))


def _part(kind: str, chunk: Chunk) -> str:
    return f"{JOINED[kind]}/{chunk.case:04d}-{chunk.number // CHUNKS_PER_PART:06d}.parquet"


def by_case(chunk: Chunk) -> tuple[int, int]:
    """Return what chunks are sorted by, case by case in the order of futures."""
    return chunk.case, chunk.number


def _arrow(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_ipc(buffer)
    return buffer.getvalue()


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()
