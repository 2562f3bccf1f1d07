"""Ways to damage one file of a study, and what every way of reading it then answers."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from premortem.errors import PremortemError
from premortem.report import material
from premortem.study.reading import dataset, export
from premortem.study.store import PROVENANCE, Store


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, luck: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
    path.write_bytes(content)


def zero(path: Path, luck: random.Random) -> None:
    content = bytearray(path.read_bytes())
    first = luck.randrange(len(content))
    length = luck.choice([1, 64, 4096, len(content)])
    content[first : first + length] = bytes(len(content[first : first + length]))
    path.write_bytes(content)


def truncate(path: Path, luck: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: luck.randrange(path.stat().st_size)])


def append(path: Path, luck: random.Random) -> None:
    with path.open("ab") as file:
        file.write(luck.randbytes(luck.choice([1, 100, 5000])))


def remove(path: Path, luck: random.Random) -> None:
    path.unlink()


def swap(path: Path, luck: random.Random) -> None:
    """Swap a file with another of its kind in the same study, if there is one."""
    study = next(parent for parent in path.parents if (parent / PROVENANCE).is_file())
    alike = [one for one in files_of(study) if one.suffix == path.suffix and one != path]
    near = [one for one in alike if len(one.parts) == len(path.parts)] or alike or [path]
    other = luck.choice(near)
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def edit(path: Path, luck: random.Random) -> None:
    """Change a digit into another, as somebody with an editor might, or a byte where there is no digit."""
    content = bytearray(path.read_bytes())
    digits = [place for place, byte in enumerate(content) if 48 <= byte <= 57]
    place = luck.choice(digits or [0])
    content[place] = 48 + (content[place] - 47) % 10
    path.write_bytes(content)


def replace_by_folder(path: Path, luck: random.Random) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: tuple[Callable[[Path, random.Random], None], ...] = (
    flip,
    zero,
    truncate,
    append,
    remove,
    swap,
    edit,
    replace_by_folder,
)


def exported(folder: Path) -> bytes:
    target = folder.with_suffix(".csv")
    export(Store.open(folder), target)
    return target.read_bytes()


READERS: dict[str, Callable[[Path], Any]] = {
    "status": lambda folder: Store.open(folder).status(),
    "digest": lambda folder: Store.open(folder).digest(),
    "table": lambda folder: Store.open(folder).table().collect(),
    "draws": lambda folder: Store.open(folder).draws().collect(),
    "one plan": lambda folder: (
        Store.open(folder).under("carried_out").read("weekly", Store.open(folder).provenance.plans[-1])
    ),
    "dataset": lambda folder: dataset(Store.open(folder)).load(),
    "csv": exported,
    "report": lambda folder: material.read(Store.open(folder)).comparisons,
}


def same(one: Any, other: Any) -> bool:
    if isinstance(one, pl.DataFrame):
        return one.equals(other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return bool(one.identical(other)) if hasattr(one, "identical") else bool(one == other)


def answers(folder: Path) -> dict[str, Any]:
    """Return what each reader answers; a reader that refuses answers with its error. Any other error is raised: it is a traceback."""
    found: dict[str, Any] = {}
    for name, reader in READERS.items():
        try:
            found[name] = reader(folder)
        except PremortemError as error:
            found[name] = error
    return found


def copied(folder: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target
