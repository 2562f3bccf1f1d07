"""Is a study what was written? Every file is compared with its seal; what is damaged is computed again, and only that."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from premortem.errors import Problem, RunError
from premortem.sealed_file import PARTIAL
from premortem.study import tables, trajectories
from premortem.study.chunks import Chunk, batches, run_together
from premortem.study.folder import PROBE, Folder, scratch
from premortem.study.recipes import Recipe
from premortem.study.seals import PROVENANCE, SEAL, SEALS, START, STRANGE, Seals, damaged, is_beyond_repair
from premortem.study.store import FAILURES, OWN, PLANS, Store

WHOLE = (trajectories.TRAJECTORIES, *tables.JOINED.values(), PLANS, OWN)
"""Folders that are read as a whole: what is in them and not of the study is damage too."""
KNOWN = {*WHOLE, *tables.JOINED, FAILURES, SEALS, SEAL, PROVENANCE}
"""Names of what a study lays directly into its folder."""


@dataclasses.dataclass(frozen=True)
class Damage:
    """A file of a study and what is wrong with it: that it is missing, or not what was written."""

    file: str
    trouble: str

    @property
    def beyond_repair(self) -> bool:
        """Whether it is what all else is compared with."""
        return is_beyond_repair(self.file, self.trouble)

    def __str__(self) -> str:
        return f"{self.file} {self.trouble}"


def verify(url: str | Path) -> tuple[Damage, ...]:
    """Compare every file of a study with its seal, and return what is damaged.

    Raises
    ------
    InputError : there is no study, or it was stored by another version.
    """
    seals = Seals(Folder(url))
    try:
        Store.open(url)
    except RunError:  # it names one damage; here are all
        if not seals.begun:
            name = START if seals.folder.exists(SEALS) else SEAL
            return (Damage(name, seals.wrong(name)),)
    if broken := seals.broken():
        return tuple(Damage(name, trouble) for name, trouble in broken.items())
    seals.refresh()
    found = [Damage(name, trouble) for name in seals.names() if (trouble := seals.trouble(name))]
    strangers = _strangers(seals) if seals.finished else ()
    return (*found, *(Damage(name, STRANGE) for name in strangers))


def beside(url: str | Path) -> tuple[str, ...]:
    """Return the names of what lies in the folder of a study and is none of it, such as a report: no command reads it."""
    return tuple(name for name in Folder(url).names() if name not in KNOWN and not name.endswith((PARTIAL, PROBE)))


def require_whole(url: str | Path) -> None:
    """Refuse a study in which `verify` finds anything damaged.

    Raises
    ------
    InputError : there is no study, or it was stored by another version.
    RunError : it is damaged; the first part is named.
    """
    for one in verify(url):
        raise damaged(Folder(url), one.file, one.trouble)


def _strangers(seals: Seals) -> Iterator[str]:
    for below in WHOLE:
        for name in seals.folder.files(below):
            if name not in seals and not name.endswith(PARTIAL):
                yield name
    for name in seals.folder.files(SEALS):  # what is whole was left where finishing was killed
        if not seals.agrees(name) and not name.endswith(PARTIAL):
            yield name


def set_aside(url: str | Path, damages: Iterable[Damage]) -> None:
    """Take away the seals of chunks that are damaged, so that these chunks count as not done.

    Raises
    ------
    InputError : another command works on the study.
    RunError : what all else is compared with is damaged.
    """
    folder = Folder(url)
    for one in damages:
        if one.beyond_repair:
            raise damaged(folder, one.file, one.trouble)
    folder.claim()
    try:
        for one in damages:
            if one.file.startswith(f"{SEALS}/"):
                folder.remove(one.file)
    finally:
        folder.release()


def repair(store: Store, recipe: Recipe, files: Mapping[str, bytes]) -> None:
    """Make the damaged files of a study again, and put them in place if they are what was written.

    Parameters
    ----------
    store : the study; the seals in it are sound (`set_aside`).
    files : the plan files that the study keeps, by name.

    Raises
    ------
    RunError : this machine and environment give other files; nothing that is wrong is put in place.
    """
    store.folder.claim()
    names = [one.file for one in verify(store.folder.url)]
    missing = [name for name in names if name in store.seals]
    with scratch("premortem-repair") as aside:
        again = _made_again(Folder(aside / "study"), store, recipe, missing)
        for name, content in files.items():
            again.folder.write(name, content)
        if other := [name for name in missing if not _as_written(store, again, name)]:
            more = f" and {len(other) - 5} more" if len(other) > 5 else ""
            message = (
                f"this machine and environment do not give the files that were written; {store.folder.url} was left as it is. Repair "
                "it where it was made, with the same versions and type of processor, or copy these files from a backup"
            )
            raise RunError(Problem("not_reproducible", message, found=", ".join(other[:5]) + more))
        for name in missing:
            store.folder.remove(name)
            store.folder.write(name, again.folder.read(name))
    for name in set(names) - set(missing):
        store.folder.remove(name)


def _made_again(aside: Folder, store: Store, recipe: Recipe, missing: Iterable[str]) -> Store:
    """Return a folder with the files of this name, made by running their chunks again."""
    again = Store(aside, store.provenance)
    again.seals.start(again.trajectories.make())
    wanted = set[Chunk]()
    for name in missing:
        if "/c/" in name:
            wanted.add(trajectories.chunk_of(name))
        elif name.endswith(tables.PART):
            wanted.add(tables.chunk_of(name))
        elif name.endswith(".parquet"):
            wanted |= set(tables.chunks_of(name, store.chunks()[-1].number))
            wanted |= {
                chunk for chunk in store.chunks() if chunk.number == 0
            }  # all parts have the columns of all cases
    for batch in batches(sorted(wanted), recipe.futures):
        for result in run_together(recipe, batch):
            again.write(result)
    again.seals.refresh()
    again.tables.join(wanted)
    return again


def _as_written(store: Store, again: Store, name: str) -> bool:
    return again.folder.exists(name) and again.folder.digest(name) == store.seals.of(name)
