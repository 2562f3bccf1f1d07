"""The user's cache of simulated units: the same inputs to the same code on the same type of machine are simulated once.

A unit is a chunk of futures of one case. Its key is a digest of everything that its simulation reads: world, controls and parameters number
by number, luck, length, model, code, settings of the compiler, processor. So names, titles and the other plans of a run play no part, and
two different questions never share a key. A file is taken only if its checksum is right; one that is damaged is simulated again. Files are
renamed into place whole, so that many processes can use one cache; a cache that cannot be written is read only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numcodecs import Blosc

from premortem import sealed_file
from premortem.errors import InputError, Problem
from premortem.sealed_file import PARTIAL
from premortem.study.provenance import Environment
from premortem.study.trajectories import rounded

if TYPE_CHECKING:
    from premortem.engine.simulate import Trajectories
    from premortem.engine.week import Model, Setup

MARK = b"premortem unit 1\n"
"""What a kept unit begins with; then come the SHA-256 of the rest and its arrays."""
CAP = "PREMORTEM_CACHE_MB"
MOST_MB = 2048
FREED = 0.8
"""Share of the cap that is left when the oldest units have been removed."""
ENDING = ".unit"
ABANDONED = 3600.0
"""Seconds after which nobody is still writing a file."""

Simulate = Callable[["Model", Sequence["Setup"], int, Sequence[Any], int], list["Trajectories"]]


@dataclasses.dataclass(frozen=True)
class Cache:
    """The units in a folder, of at most so many bytes together; picklable, so that workers use the same one."""

    folder: Path
    most: int

    @staticmethod
    def of_user() -> Cache | None:
        """Return the cache of this user, None where nothing is to be kept: the environment caps it at 0, or there is no home.

        Raises
        ------
        InputError : ``PREMORTEM_CACHE_MB`` is no whole number.
        """
        given = os.environ.get(CAP, "") or str(MOST_MB)
        if not given.isascii() or not given.isdigit():
            raise InputError(
                Problem("setting", f"{CAP} is no size", found=given, allowed="megabytes, a whole number; 0: no cache")
            )
        folder = Cache.folder_of_user()
        return Cache(folder, int(given) * 1_000_000) if folder is not None and int(given) else None

    @staticmethod
    def folder_of_user() -> Path | None:
        """Return where the units of this user are, whether or not more are to be kept; None where there is no home."""
        from premortem.engine import compilation

        folder = compilation.cache_folder()
        return None if folder is None else folder / "units"

    def units(self) -> list[Path]:
        """Return the files of the units, used longest ago first."""
        return [path for _, path in self._aged(ENDING)]

    def bytes(self) -> int:
        """Return how large all units are together, with what killed writers left."""
        return sum(_size(path) for ending in (ENDING, PARTIAL) for _, path in self._aged(ending))

    def clear(self) -> int:
        """Remove every unit, and what killed writers left; return how many units were removed. What cannot be removed stays."""
        units = self.units()
        _remove([*units, *(path for _, path in self._aged(PARTIAL))])
        return sum(not path.exists() for path in units)

    def _aged(self, ending: str) -> list[tuple[float, Path]]:
        """Return when the files with an ending were last used, the oldest first."""
        found: list[tuple[float, Path]] = []
        with contextlib.suppress(OSError):
            for path in self.folder.glob(f"*{ending}"):
                with contextlib.suppress(OSError):  # removed by another process
                    found.append((path.stat().st_mtime, path))
        return sorted(found)

    def simulated(
        self, simulate: Simulate, model: Model, setups: Sequence[Setup], seed: int, lucks: Sequence[Any], weeks: int
    ) -> list[Trajectories]:
        """Return what ``simulate`` returns of the same arguments, from the cache what is there.

        Mapped outcomes are rounded as studies keep them.
        """
        keys = [key_of(model, setup, seed, luck, weeks) for setup, luck in zip(setups, lucks, strict=True)]
        found = [self.get(key) if key else None for key in keys]
        missing = [number for number, kept in enumerate(found) if kept is None]
        made = simulate(model, [setups[i] for i in missing], seed, [lucks[i] for i in missing], weeks)
        for number, unit in zip(missing, made, strict=True):
            mapped = {id_: rounded(values) for id_, values in unit.mapped.items()}
            kept = dataclasses.replace(unit, mapped=mapped)
            found[number] = kept
            if keys[number]:
                self.put(keys[number], kept)
        return [unit for unit in found if unit is not None]

    def get(self, key: str) -> Trajectories | None:
        """Return a unit; None if it is not there, or is not what was written."""
        path = self.folder / f"{key}{ENDING}"
        try:
            packed = sealed_file.read(path, MARK)
            if packed is None:
                return None
            found = _unpacked(packed)
        except Exception:  # whatever is wrong with a kept unit, it can be simulated again
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used now
        return found

    def put(self, key: str, unit: Trajectories) -> None:
        """Keep a unit, and remove those used longest ago if all are too large together.

        A cache that cannot be written only costs time.
        """
        if sealed_file.write(self.folder / f"{key}{ENDING}", MARK, _packed(unit)):
            self._make_room()

    def _make_room(self) -> None:
        _remove(path for when, path in self._aged(PARTIAL) if when < time.time() - ABANDONED)
        units = self.units()
        sizes = [_size(path) for path in units]
        over = sum(sizes) - self.most
        if over > 0:
            over += int((1 - FREED) * self.most)
            _remove(path for path, gone in zip(units, np.cumsum([0, *sizes]), strict=False) if gone < over)


def key_of(model: Model, setup: Setup, seed: int, luck: Any, weeks: int) -> str:
    """Return the digest of all that a simulation reads, nothing where that cannot be known: mechanisms of somebody else."""
    from premortem.arrays import jax
    from premortem.engine import compilation

    code = compilation.signature(model)
    leaves, structure = jax.tree.flatten(setup)
    shape = str(structure)
    if not code or " at 0x" in shape:  # something that does not say what it is
        return ""
    digest = hashlib.sha256(f"{MARK!r} {code} {weeks} {seed} {shape}".encode())
    digest.update(json.dumps(dict(Environment.here().machine), sort_keys=True).encode())
    for leaf in (np.asarray(luck), *map(np.asarray, leaves)):
        digest.update(f"{leaf.dtype.str} {leaf.shape}".encode())
        digest.update(np.ascontiguousarray(leaf).tobytes())
    return digest.hexdigest()


def _arrays(unit: Trajectories) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    for field in dataclasses.fields(unit):
        value = getattr(unit, field.name)
        if isinstance(value, Mapping):
            yield from ((f"{field.name}/{name}", array) for name, array in value.items())
        else:
            yield field.name, value


def _packed(unit: Trajectories) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **dict(_arrays(unit)))  # type: ignore[arg-type]  # its stub takes no names of arrays but its own
    buffer.write(b"\0" * (-buffer.tell() % 4))  # almost all of it are float32, which compress well as such
    return bytes(Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE).encode(np.frombuffer(buffer.getvalue(), "<u4")))


def _unpacked(packed: bytes) -> Trajectories:
    from premortem.engine.simulate import Trajectories

    fields: dict[str, Any] = {field.name: {} for field in dataclasses.fields(Trajectories)}
    with np.load(io.BytesIO(Blosc().decode(packed)), allow_pickle=False) as arrays:
        for name in arrays.files:
            field, _, key = name.partition("/")
            if key:
                fields[field][key] = arrays[name]
            else:
                fields[field] = arrays[name]
    return Trajectories(**fields)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # removed by another process
        return 0


def _remove(paths: Iterator[Path] | list[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
