"""The arrays of a study: outcomes by week, by quarter and region, and by week and region, in one Zarr folder.

One file (shard) per chunk of the study, with a few outcomes per compressed piece and a CRC-32C of each piece in it. They are read through
the study's seals: a file that is missing or not what was written is an error, never a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import numpy as np
import zarr
from numcodecs import BitRound
from numpy.typing import NDArray
from zarr.abc.store import ByteRequest, Store
from zarr.codecs import BloscCodec, Crc32cCodec
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import FsspecStore, LocalStore, WrapperStore

from premortem.model.units import FUTURES_PER_CHUNK, WEEKS_PER_QUARTER
from premortem.study.chunks import Chunk, Result
from premortem.study.folder import Folder
from premortem.study.provenance import Provenance
from premortem.study.recipes import WEEKS_PER_YEAR
from premortem.study.seals import Seals

TRAJECTORIES = "trajectories.zarr"
OUTCOMES_PER_CHUNK = 4  # one alone takes Zarr longer to pass on than to compress
MAPPED_BITS = 12  # of the 23 that say how far a float32 is from a power of two

Trajectory = Literal["weekly", "regional", "mapped"]
TRAJECTORY: tuple[Trajectory, ...] = ("weekly", "regional", "mapped")


class Sealed(WrapperStore[Store]):
    """A Zarr store in which there is nothing but what a study's seals name, and nothing that is not what was written."""

    def __init__(self, store: Store, seals: Seals) -> None:
        super().__init__(store)
        self._seals = seals

    def _with_store(self, store: Store) -> Sealed:
        return type(self)(store, self._seals)

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Return a file, or a part of it."""
        name = f"{TRAJECTORIES}/{key}"
        if name not in self._seals:
            return None
        self._seals.require_sound(name)
        return await super().get(key, prototype, byte_range)


class Trajectories:
    """The arrays in the folder that some seals are of."""

    def __init__(self, seals: Seals, about: Provenance) -> None:
        self.seals, self.about = seals, about

    def ids(self, name: Trajectory) -> list[str]:
        """Return the outcomes of one of the arrays, in their order there."""
        about = self.about
        return list({"weekly": about.outcomes, "regional": about.regional, "mapped": about.mapped}[name])

    @property
    def kept(self) -> list[Trajectory]:
        """Names of the arrays that the study keeps."""
        return [name for name in TRAJECTORY if name in self.about.keep and self.ids(name)]

    # -- writing

    def make(self) -> list[str]:
        """Make the arrays, empty, and return the names of the files that describe them."""
        about = self.about
        weeks, regions = about.years * WEEKS_PER_YEAR, len(about.regions)
        shapes: dict[Trajectory, tuple[str, int, dict[str, int]]] = {
            "weekly": ("outcome", OUTCOMES_PER_CHUNK, {"week": weeks}),
            "regional": ("regional_outcome", OUTCOMES_PER_CHUNK, {"quarter": weeks // WEEKS_PER_QUARTER, "region": regions}),
            "mapped": ("mapped_outcome", 1, {"region": regions, "week": weeks}),
        }  # fmt: skip
        group = zarr.create_group(
            _store(self.seals.folder),
            attributes={
                "plans": list(about.plans),
                "outcomes": list(about.outcomes),
                "regional": list(about.regional),
                "mapped": list(about.mapped),
                "regions": list(about.regions),
            },
        )
        for name in self.kept:
            outcome, together, rest = shapes[name]
            count = len(self.ids(name))
            padded = together * -(-count // together)
            packing = BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle" if name == "mapped" else "shuffle")
            group.create_array(
                name,
                shape=(len(about.cases), count, about.futures, *rest.values()),
                shards=(1, padded, FUTURES_PER_CHUNK, *rest.values()),
                chunks=(1, together, FUTURES_PER_CHUNK, *rest.values()),
                dtype="float32",
                fill_value=np.nan,
                compressors=(packing, Crc32cCodec()),
                dimension_names=("case", outcome, "future", *rest),
                config={"write_empty_chunks": True},
            )
        return [f"{TRAJECTORIES}/{path}zarr.json" for path in ("", *(f"{name}/" for name in self.kept))]

    @cached_property
    def _writable(self) -> Mapping[str, Any]:
        store = _store(self.seals.folder)
        # A piece of nothing but NaN (every future of the chunk failed) is written like any other: its file is sealed too.
        with zarr.config.set({"array.write_empty_chunks": True}):
            return {name: zarr.open_array(store, path=name, mode="r+") for name in self.kept}

    def write(self, result: Result) -> list[str]:
        """Write the arrays of a chunk and return the names of their files."""
        chunk = result.chunk
        rows = chunk.rows(self.about.futures)
        here = slice(int(rows[0]), int(rows[-1]) + 1)
        for name, array in self._writable.items():
            packed = np.stack([getattr(result, name)[id_] for id_ in self.ids(name)])  # type: ignore[arg-type]
            array[chunk.case, :, here] = _for_maps(packed) if name == "mapped" else packed
        return self.files(chunk)

    def files(self, chunk: Chunk) -> list[str]:
        """Return the names of the files that a chunk's arrays are in."""
        dimensions = {"weekly": 4, "regional": 5, "mapped": 5}
        names = []
        for name in self.kept:
            place = [chunk.case, 0, chunk.number, *[0] * (dimensions[name] - 3)]
            names.append(f"{TRAJECTORIES}/{name}/c/{'/'.join(map(str, place))}")
        return names

    # -- reading

    @property
    def store(self) -> Sealed:
        """The Zarr store to read from, of what is sealed so far."""
        self.seals.refresh()
        self.seals.require_sound(f"{TRAJECTORIES}/zarr.json")  # zarr looks for its folder before anything is compared
        return Sealed(_store(self.seals.folder), self.seals)

    @cached_property
    def _arrays(self) -> Mapping[str, zarr.Array[Any]]:
        store = self.store
        return {name: zarr.open_array(store, path=name, mode="r") for name in self.kept}

    def array(self, name: Trajectory) -> zarr.Array[Any] | None:
        """Return one of the arrays, or nothing if the study does not keep it."""
        self.seals.refresh()
        return self._arrays.get(name)


def chunk_of(name: str) -> Chunk:
    """Return the chunk that a file of an array is of."""
    case, _, number, *_ = name.partition("/c/")[2].split("/")
    return Chunk(int(number), int(case))


def _store(folder: Folder) -> Store:
    if folder.local is not None:
        return LocalStore(folder.local / TRAJECTORIES)
    return FsspecStore.from_url(folder.address(TRAJECTORIES))


def _for_maps(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return [..., week, region] as [..., region, week], `rounded`."""
    return rounded(values.swapaxes(-1, -2))


def rounded(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values rounded to ``MAPPED_BITS`` bits, which leaves rounded ones as they are; what is no number stays none."""
    values = np.ascontiguousarray(values, np.float32)
    shorter = np.asarray(BitRound(MAPPED_BITS).encode(values.copy())).view(np.float32).reshape(values.shape)
    return np.where(np.isnan(values), values, shorter)
