"""Folders of simulated futures that scores are made of: what was written once is read as nothing else.

Files of arrays (``*.npz``) have their SHA-256 in ``sums.json`` once a call has ended, however it ended; one that a kill left without is
held to the checksums of the archive that it is, and must not be what is known by another name.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from premortem import text
from premortem.errors import InputError, Problem, RunError, Where

SUMS = "sums.json"
LARGEST = 10_000_000  # bytes of it
UNFINISHED = ".partial.npz"


@contextmanager
def checked(folder: Path) -> Iterator[None]:
    """Refuse a folder in which a file is not what was written; when done, write down what is in it.

    Raises
    ------
    RunError : a file is damaged, was put there by another name, or cannot be read or written. Removed, it is computed again.
    """
    known = _known(folder)
    for file in _files(folder):
        found = _sum(file)
        right = found == known[file.name] if file.name in known else found not in known.values() and _is_archive(file)
        if not right:
            message = "is not what was written; remove it, and the same command computes it again"
            raise RunError(Problem("damaged", message, Where(str(file))))
    try:
        yield
    finally:
        if sums := {file.name: _sum(file) for file in _files(folder)}:
            _write(folder, sums)


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.npz") if file.is_file() and not file.name.endswith(UNFINISHED))


def _known(folder: Path) -> Mapping[str, str]:
    try:
        found = json.loads(text.read(folder / SUMS, LARGEST))
    except FileNotFoundError:
        return {}
    except (InputError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        message = "is not what was written; remove it, and its files are held to their own checksums"
        raise RunError(Problem("damaged", message, Where(str(folder / SUMS))))
    return found


def _sum(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise RunError(Problem("unreadable", f"cannot be read: {error.strerror or error}", Where(str(file)))) from None


def _is_archive(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        return False


def _write(folder: Path, found: Mapping[str, str]) -> None:
    partial = folder / f".{SUMS}.partial"
    try:
        partial.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / SUMS)
    except OSError as error:
        raise RunError(Problem("unwritable", f"cannot write to {folder}: {error.strerror or error}")) from None
