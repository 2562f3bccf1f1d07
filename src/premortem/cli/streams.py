"""The two streams of a command, whatever they lead to: another encoding, a closed pipe, a full disk; and the signals that end it."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
CLOSED = 141
"""The exit code where whoever read the output has stopped reading: that of other programs in a pipe."""
UNWRITTEN = 3
OF_OUTPUT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})

AS_PLAIN = "premortem.plain"
ALIKE = {"−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "≥": ">=", "≤": "<=",
         "µ": "u", "²": "2", "│": "|", "─": "-", "━": "-", "→": "->", "█": "#", "▼": "v", "▲": "^"}  # fmt: skip
"""Letters that stand for others where an encoding lacks them; all others are written as their number."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(ALIKE.get(one) or one.encode("ascii", "backslashreplace").decode() for one in found), error.end


def prepare() -> None:
    """Let no letter end a command: what an encoding lacks is written in letters that it has."""
    codecs.register_error(AS_PLAIN, _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=AS_PLAIN)


def interruptible() -> None:
    """Take SIGTERM as Ctrl-C; a second of either ends the process at once and says nothing. Its workers end with it."""

    def first(number: int, frame: FrameType | None) -> NoReturn:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda number, frame: os._exit(INTERRUPTED))
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, first)


def leave(code: int) -> NoReturn:
    """End the process with this exit code, or with another where its output could not be written.

    An interrupted one does not wait for threads that still compute: what they would write is discarded.
    """
    at_once = code in {INTERRUPTED, CLOSED}
    try:
        if not sys.stdout.closed:  # as a language server leaves it
            sys.stdout.flush()
    except BrokenPipeError:
        at_once, code = True, CLOSED
    except OSError as error:
        complain(f"error: the output cannot be written: {error.strerror or error}")
        at_once, code = True, UNWRITTEN
    if at_once:  # Python would try to write once more
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def complain(text: str) -> None:
    """Write to standard error, if somebody listens there."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
