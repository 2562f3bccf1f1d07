"""A folder on a local disk or at any fsspec URL, whose files appear whole or not at all."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from premortem.errors import InputError, Problem, RunError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_full(error: OSError) -> bool:
    """Tell whether a write failed because the disk or the quota is full."""
    return error.errno in FULL


class Folder:
    """Files by name below one address.

    Parameters
    ----------
    url : a local path, or a URL that fsspec understands (``s3://bucket/study``, ``memory://study``).

    Raises
    ------
    InputError : no such kind of address, or the library for it is missing.
    """

    def __init__(self, url: str | Path) -> None:
        self.url = str(url)
        try:
            self._files, path = fsspec.url_to_fs(self.url)
        except (ValueError, ImportError) as error:
            raise InputError(Problem("address", f"cannot use this address: {error}", found=self.url)) from None
        self._root = PurePosixPath(path)
        self.local = Path(path) if isinstance(self._files, LocalFileSystem) else None

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
        temporary = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
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
        """
        content: bytes = self._files.cat_file(str(self._root / name))
        return content

    def exists(self, name: str) -> bool:
        """Tell whether a file or folder of that name exists."""
        return bool(self._files.exists(str(self._root / name)))

    def names(self, below: str = "") -> list[str]:
        """Return the names of what lies directly in a folder, sorted; none if the folder does not exist."""
        self._files.invalidate_cache()
        try:
            found = self._files.ls(str(self._root / below), detail=False)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(PurePosixPath(path).name for path in found)

    def remove(self, name: str) -> None:
        """Remove a file or a folder with all it holds, if it exists."""
        if self.exists(name):
            self._files.rm(str(self._root / name), recursive=True)

    def require_writable(self) -> None:
        """Prove that files can be made here, before hours are spent.

        Raises
        ------
        RunError : they cannot.
        """
        probe = f".{os.getpid()}.probe"
        try:
            self.write(probe, b"")
            self.remove(probe)
        except OSError as error:
            raise RunError(Problem("unwritable", f"cannot write to {self.url}: {error.strerror or error}")) from None
