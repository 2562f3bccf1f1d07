"""What the files of a study must be: the SHA-256 of each, kept when it was written and compared whenever it is read.

While a study grows, ``seals/`` holds ``start.json`` for what is written before its first chunk, and a file per chunk: a chunk is done when
its seal is here. Finished, ``seal.json`` holds all of them and the digest of the results. Each of these files begins with its own name and
ends with a checksum of itself, so that damage to a seal is not taken for damage to what it seals; and it is one text, byte by byte, but for
the order of the files in it, which was another in earlier versions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from premortem.errors import Problem, RunError
from premortem.study.chunks import Chunk
from premortem.study.folder import Folder

PROVENANCE = "provenance.json"
SEAL = "seal.json"
SEALS = "seals"
START = f"{SEALS}/start.json"
ENDING = ".json"
NOT_WRITTEN = "is not what was written"
STRANGE = "is not part of the study"
OF_A_CHUNK = re.compile(r"\d{6,}-\d{4,}\.json")


class Seals:
    """The checksums of the files in one folder; files found sound once are not read again for it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.digest = ""
        self._files: dict[str, str] = {}
        self._read = set[str]()
        self._sound = set[str]()

    # -- writing

    def start(self, names: Iterable[str], following: Mapping[str, bytes] | None = None) -> None:
        """Seal what is written before the first chunk, and the content of files that follow at once."""
        coming = {name: hashlib.sha256(content).hexdigest() for name, content in (following or {}).items()}
        self._write(START, dict(sorted((self._digests(names) | coming).items())))

    def add(self, chunk: Chunk, names: Iterable[str]) -> None:
        """Seal the files of a chunk, which is done from now on."""
        self._write(f"{SEALS}/{chunk.name}{ENDING}", self._digests(names))

    def finish(self, names: Iterable[str], digest: str) -> None:
        """Seal all files of a finished study."""
        self._write(SEAL, self._digests(names), digest)

    def _digests(self, names: Iterable[str]) -> dict[str, str]:
        return {name: self._files.get(name) or self.folder.digest(name) for name in sorted(names)}

    def _write(self, name: str, files: Mapping[str, str], digest: str | None = None) -> None:
        self.folder.write(name, _text(name, files, digest))

    # -- reading

    @property
    def begun(self) -> bool:
        """Whether anything is sealed here."""
        return self.finished or self.folder.exists(START)

    @property
    def finished(self) -> bool:
        """Whether the study is finished and sealed."""
        return SEAL in self._read or self.folder.exists(SEAL)

    def done(self) -> set[Chunk]:
        """Return the chunks of a growing study that are done."""
        names = self.folder.names(SEALS)
        return {Chunk.of(name.removesuffix(ENDING)) for name in names if OF_A_CHUNK.fullmatch(name)}

    def refresh(self) -> None:
        """Take in what has been sealed since.

        Raises
        ------
        RunError : a seal is damaged.
        """
        if SEAL in self._read:
            return
        if self.finished:
            self._files.clear()
            self._take(SEAL)
            return
        for name in (START, *(f"{SEALS}/{chunk.name}{ENDING}" for chunk in sorted(self.done()))):
            if name not in self._read:
                self._take(name)

    def _take(self, name: str) -> None:
        found = _seal(self.folder, name)
        if isinstance(found, str):
            raise damaged(self.folder, name, found)
        self._files |= found["files"]
        self.digest = found.get("digest", "")
        self._read.add(name)

    def names(self) -> list[str]:
        """Return the names of all files sealed so far."""
        return sorted(self._files)

    def of(self, name: str) -> str:
        """Return the SHA-256 that a sealed file has."""
        return self._files[name]

    def wrong(self, name: str) -> str:
        """Return what is wrong with a seal, nothing if it is what was written."""
        found = _seal(self.folder, name)
        return found if isinstance(found, str) else ""

    def agrees(self, name: str) -> bool:
        """Whether another seal is sound and says nothing else of any file: one that finishing the study had no time to remove."""
        found = _seal(self.folder, name)
        return not isinstance(found, str) and all(
            self._files.get(file, digest) == digest for file, digest in found["files"].items()
        )

    def broken(self) -> dict[str, str]:
        """Return what is wrong with the seals that are damaged or missing themselves, by their names."""
        names = (
            [SEAL] if self.finished else [START, *(f"{SEALS}/{chunk.name}{ENDING}" for chunk in sorted(self.done()))]
        )
        return {name: trouble for name in names if (trouble := self.wrong(name))}

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def require_sound(self, name: str) -> None:
        """Compare a file with its seal.

        Raises
        ------
        RunError : it is not what was written, is missing, or belongs to no study.
        """
        if name in self._sound:
            return
        if trouble := self.trouble(name):
            raise damaged(self.folder, name, trouble)
        self._sound.add(name)

    def read(self, name: str) -> bytes:
        """Return the content of a file that is what was written.

        Raises
        ------
        RunError : it is not.
        """
        self.require_sound(name)
        return self.folder.read(name)

    def trouble(self, name: str) -> str:
        """Return what is wrong with a file, nothing if it is what was written."""
        try:
            found = self.folder.digest(name)
        except FileNotFoundError:
            return "is missing" if name in self._files else STRANGE
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        return "" if found == self._files.get(name) else NOT_WRITTEN


def _seal(folder: Folder, name: str) -> dict[str, Any] | str:
    """Return what a seal holds, or what is wrong with it."""
    try:
        text = folder.read(name)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    try:
        found = json.loads(text)
        written = _text(name, found["files"], found.get("digest"))
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return NOT_WRITTEN
    return dict(found) if text == written else NOT_WRITTEN


def damaged(folder: Folder, name: str, trouble: str) -> RunError:
    """Return the error for people when a file of a study is not what was written."""
    if is_beyond_repair(name, trouble):
        message = (
            f"the study in {folder.url} is damaged: {name} {trouble}. No number was read from it, and nothing was changed. All else is "
            "compared with what it says, so nothing can be repaired: copy it from a backup, or run the study file again into a new folder"
        )
        return RunError(Problem("beyond_repair", message))
    message = (
        f"the study in {folder.url} is damaged: {name} {trouble}. No number was read from it. What else is damaged says: "
        f"premortem study verify {folder.url}; to compute the damaged parts again: premortem study repair {folder.url}"
    )
    return RunError(Problem("damaged", message))


def is_beyond_repair(name: str, trouble: str) -> bool:
    """Whether a damaged file is what all else is compared with."""
    return name in {SEAL, START, PROVENANCE} and trouble != STRANGE


def _text(name: str, files: Mapping[str, str], digest: str | None) -> bytes:
    """Return the text of a seal of this content."""
    content = {"seal": name, "files": dict(files)} | ({} if digest is None else {"digest": digest})
    check = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return (json.dumps({**content, "check": check}, indent=1) + "\n").encode()
