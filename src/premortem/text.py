"""Reading the text files that people bring: what is harmless is read, the rest is one message with its cause and its cure."""

from __future__ import annotations

import codecs
import errno
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

from premortem.errors import InputError, Problem, Where

LARGEST = 1e300
"""Numbers beyond it, in size, are refused where people write any number: sums of them would not be finite."""
LONGEST_NAME = 200
"""Bytes of a name: file systems hold 255, and what is written goes under a longer name until it is whole."""
NAMES = f"characters of Unicode but the null character, at most {LONGEST_NAME} bytes a name"
UTF_8 = "UTF-8"
CURE = f"text saved as {UTF_8} (in most editors: Save as, Encoding)"
WIDE = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
UTF_32 = codecs.BOM_UTF32_LE
"""Begins like the mark of UTF-16, and is refused for the null bytes that follow."""
SPECIAL = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device"}


def is_file(path: str | Path) -> bool:
    """Whether there is such a file; a name that is too long names none."""
    try:
        return Path(path).is_file()
    except OSError:
        return False


def is_folder(path: str | Path) -> bool:
    """Whether there is such a folder; a name that is too long names none."""
    try:
        return Path(path).is_dir()
    except OSError:
        return False


def target(path: str | Path) -> Path:
    """Return where a file is to be written; it is asked before any work is done for it. A slip of the pen makes no folder.

    Raises
    ------
    InputError : no file can have this name, there is no such folder, or it is a folder itself and its name ends as a file's.
    """
    path = usable(path)
    if not is_folder(folder := path.absolute().parent):
        raise InputError(Problem("storage", "no such folder; make it, or name another", found=str(folder)))
    if path.suffix and is_folder(path):
        raise InputError(Problem("storage", "it is a folder; name a file", found=str(path)))
    return path


def usable(path: str | Path) -> Path:
    """Return a path, whether anything is there or not.

    Raises
    ------
    InputError : no file or folder can have this name.
    """
    path = Path(path)
    try:
        long = any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts)
        if not long:
            path.lstat()
    except ValueError:
        found = ascii(str(path))[:LONGEST_NAME]
        raise InputError(Problem("storage", "no file can have this name", found=found, allowed=NAMES)) from None
    except OSError as error:
        long = error.errno == errno.ENAMETOOLONG
    if long:
        found = f"{str(path)[:40]}..."
        raise InputError(Problem("storage", "no file can have so long a name", found=found, allowed=NAMES))
    return path


def read(path: str | Path, limit: int) -> str:
    """Return the text of a file of at most ``limit`` bytes: UTF-8, with or without a byte order mark, or UTF-16 with one.

    Raises
    ------
    InputError : of kind ``unreadable``, ``too_large`` or ``encoding``.
    FileNotFoundError : if there is no such file; the caller knows what else the name could have been.
    """
    return decode(read_bytes(path, limit), str(path))


def toml(path: str | Path, limit: int) -> dict[str, Any]:
    """Return the TOML document in a file of at most ``limit`` bytes.

    Raises
    ------
    InputError : there is no such file, it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(read(path, limit))
    except FileNotFoundError:
        raise InputError(Problem("unreadable", "no such file", Where(str(path)))) from None
    except RecursionError:
        raise InputError(Problem("toml", "nested too deeply", Where(str(path)))) from None
    except ValueError as error:  # also integers of thousands of digits
        raise InputError(Problem("toml", str(error), Where(str(path)))) from None


def lines(text: str) -> list[str]:
    """Return the lines of a text as TOML and editors count them: what ends one is a line feed, or a carriage return and a line feed.

    >>> lines("a\\u2028b\\r\\nc")
    ['a\\u2028b', 'c']
    """
    return [line.removesuffix("\r") for line in text.split("\n")]


def read_bytes(path: str | Path, limit: int) -> bytes:
    """Return the content of a file of at most ``limit`` bytes; what is no file, such as a pipe, is not opened.

    Raises
    ------
    InputError : of kind ``unreadable`` or ``too_large``.
    FileNotFoundError : if there is no such file.
    """
    name = str(path)
    try:
        # before it is opened: opening a pipe waits for whoever writes into it
        kind = stat.S_IFMT(Path(path).stat().st_mode)
        if kind != stat.S_IFREG:
            raise InputError(
                Problem("unreadable", "not a file", Where(name), SPECIAL.get(kind, "something else"), "a text file")
            )
        with Path(path).open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(Problem("unreadable", f"cannot be read: {reason}", Where(name))) from None
    if len(data) > limit:
        raise InputError(Problem("too_large", "a file too large", Where(name), allowed=f"{limit:,} bytes"))
    return data


def decode(data: bytes, name: str) -> str:
    """Return the text that ``data`` holds, without a byte order mark; ``name`` is the file's, for places.

    Where no line feed is, a carriage return ends a line, as in files of old Macs and of spreadsheets that still write them.

    Raises
    ------
    InputError : of kind ``encoding``.

    >>> decode(b"\\xef\\xbb\\xbfschema = 1", "plan.toml")
    'schema = 1'
    """
    text = _decoded(data, name)
    return text if "\n" in text else text.replace("\r", "\n")


def _decoded(data: bytes, name: str) -> str:
    for mark, encoding in WIDE.items():
        if data.startswith(mark) and not data.startswith(UTF_32):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                message = "begins like UTF-16, but is not"
                raise InputError(Problem("encoding", message, Where(name, 1, 1), allowed=CURE)) from None
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        place = _place(data, data.index(b"\0"), name)
        message = "holds null bytes, as UTF-32, UTF-16 without its mark and binary files do"
        raise InputError(Problem("encoding", message, place, "byte 0x00", CURE))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        found = f"byte 0x{data[error.start]:02x}"
        if (letter := data[error.start : error.start + 1].decode("cp1252", "ignore")).isprintable() and letter:
            found += f", which is {letter!r} in Windows-1252 (Latin-1)"
        raise InputError(Problem("encoding", f"not {UTF_8}", _place(data, error.start, name), found, CURE)) from None


def _place(data: bytes, offset: int, name: str) -> Where:
    before = data[:offset]
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return Where(name, before.count(b"\n") + 1, column)
