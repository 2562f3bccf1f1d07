"""A folder on a local disk or at any fsspec URL, whose files appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from premortem.errors import InputError, PremortemError, Problem, RunError, Where
from premortem.sealed_file import PARTIAL

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
URL = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*::)*[a-zA-Z][a-zA-Z0-9+.-]*://")
PROBE = ".probe"
YOUNG = 60.0  # seconds
LARGEST = 1 << 30  # bytes of a file that is read at once; those of the largest studies are a hundredth of it


def is_full(error: OSError) -> bool:
    """Tell whether a write failed because the disk or the quota is full."""
    return error.errno in FULL


class Folder:
    """Files by name below one address.

    Parameters
    ----------
    url : a local path, whatever letters it holds, or a URL that fsspec understands (``s3://bucket/study``, ``memory://study``).

    Raises
    ------
    InputError : no such kind of address, or the library for it is missing.
    """

    def __init__(self, url: str | Path) -> None:
        self.url = str(url)
        self.local: Path | None = None
        self._claim: weakref.finalize[..., Any] | None = None
        if isinstance(url, Path) or not URL.match(url) or url.startswith("file://"):
            if "\0" in self.url:
                raise InputError(Problem("address", "a null byte in the name of a folder", found=repr(self.url)))
            self.local = Path(self.url.removeprefix("file://")).absolute()
            return
        try:
            self._files, path = fsspec.url_to_fs(self.url)
        except (ValueError, ImportError) as error:
            raise InputError(Problem("address", f"cannot use this address: {error}", found=self.url)) from None
        self._root = PurePosixPath(path)

    def address(self, name: str) -> str:
        """Return the address of a file, in the form that other libraries open."""
        return str(self.local / name) if self.local else f"{self.url.rstrip('/')}/{name}"

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that readers see the old one or the new one, never a part.

        Object stores put objects whole; on a local disk a temporary file is renamed.
        """
        if self.local is None:
            self._files.makedirs(str((self._root / name).parent), exist_ok=True)
            self._files.pipe_file(str(self._root / name), content)
            return
        target = self.local / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}{PARTIAL}")
        try:
            temporary.write_bytes(content)
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """Return a file's content.

        Raises
        ------
        FileNotFoundError : there is no such file.
        OSError : it cannot be read, is no file (a pipe, a device), or is far larger than any that we write.
        """
        if self.local is None:
            content: bytes = self._files.cat_file(str(self._root / name))
            return content
        self._require_file(self.local / name)
        return (self.local / name).read_bytes()

    def digest(self, name: str) -> str:
        """Return the SHA-256 of a file's content, holding no more than a piece of a local file; it raises as `read` does."""
        if self.local is None:
            return hashlib.sha256(self.read(name)).hexdigest()
        self._require_file(self.local / name)
        with (self.local / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @staticmethod
    def _require_file(path: Path) -> None:
        # before it is opened: opening a pipe waits for whoever writes into it
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        if found.st_size > LARGEST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

    def exists(self, name: str) -> bool:
        """Tell whether a file or folder of that name exists."""
        if self.local is None:
            return bool(self._files.exists(str(self._root / name)))
        return os.path.lexists(self.local / name)

    def names(self, below: str = "") -> list[str]:
        """Return the names of what lies directly in a folder, sorted; none if the folder does not exist."""
        try:
            if self.local is not None:
                return sorted(path.name for path in (self.local / below).iterdir())
            self._files.invalidate_cache()
            found = self._files.ls(str(self._root / below), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise RunError(
                Problem("unreadable", f"cannot be read: {error.strerror or error}", Where(self.address(below)))
            ) from None
        return sorted(PurePosixPath(path).name for path in found)

    def files(self, below: str = "") -> Iterator[str]:
        """Yield the names of all files in a folder and in its folders; links are not followed."""
        if self.local is not None:
            for path, folders, names in os.walk(self.local / below):
                links = [name for name in folders if Path(path, name).is_symlink()]
                for name in sorted([*names, *links]):
                    yield Path(path, name).relative_to(self.local).as_posix()
            return
        self._files.invalidate_cache()
        for path in sorted(self._files.find(str(self._root / below))):
            yield str(PurePosixPath("/", path).relative_to(PurePosixPath("/", self._root)))

    def remove(self, name: str) -> None:
        """Remove a file or a folder with all it holds, if it exists."""
        if not self.exists(name):
            return
        if self.local is None:
            self._files.rm(str(self._root / name), recursive=True)
        elif (path := self.local / name).is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def require_writable(self) -> None:
        """Prove that files can be made here, before hours are spent.

        Raises
        ------
        RunError : they cannot.
        """
        probe = f".{os.getpid()}{PROBE}"
        try:
            self.write(probe, b"")
            self.remove(probe)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> RunError:
        return RunError(Problem("unwritable", f"cannot write to {self.url}: {error.strerror or error}"))

    def claim(self) -> None:
        """Keep other processes from writing to a local folder until `release`, or until this process ends, however it does.

        Raises
        ------
        InputError : another command works on the folder.
        RunError : it cannot be opened.
        """
        if self.local is None or (self._claim is not None and self._claim.alive):
            return
        try:
            descriptor = os.open(self.local, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            message = f"another command is working on {self.url}; nothing was changed. Wait for it, or stop it first"
            raise InputError(Problem("in_use", message)) from None
        except OSError:  # a file system without locks
            pass
        self._claim = weakref.finalize(self, os.close, descriptor)

    def release(self) -> None:
        """Let other processes write again."""
        if self._claim is not None:
            self._claim()


@contextlib.contextmanager
def scratch(name: str, below: Path | None = None) -> Iterator[Path]:
    """Make a folder that is removed at the end; those of this name whose processes are dead are removed first.

    Parameters
    ----------
    below : where; the system's folder for temporary files by default.
    """
    parent = Path(tempfile.gettempdir()) if below is None else below
    for left in parent.glob(f".{name}-*{PARTIAL}"):
        if _abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    made = Folder(Path(tempfile.mkdtemp(prefix=f".{name}-", suffix=PARTIAL, dir=parent)))
    assert made.local is not None
    made.claim()
    try:
        yield made.local
    finally:
        made.release()
        shutil.rmtree(made.local, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    """Tell whether no living process has claimed a folder; one that has just been made may be claimed at any moment."""
    probe = Folder(folder)
    try:
        if time.time() - folder.stat().st_mtime < YOUNG:
            return False
        probe.claim()
    except (PremortemError, OSError):
        return False
    probe.release()
    return True
