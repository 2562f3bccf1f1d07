"""The two streams of a command, whatever they lead to: another encoding, a closed pipe, a full disk; and the signals that end it."""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import re
import shutil
import signal
import sys
import textwrap
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from premortem.cli.ending import INTERRUPTED, SIGNALS, end, end_at_once

CLOSED = 141
"""The exit code where whoever read the output has stopped reading: that of other programs in a pipe."""
UNWRITTEN = 3
LOOK = 0.2
"""Seconds between looks whether an interruption was lost."""
LONGEST = 30.0
"""Seconds for tidying up after an interruption."""
OF_OUTPUT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})

AS_PLAIN = "premortem.plain"
ALIKE = {"−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "≥": ">=", "≤": "<=",
         "µ": "u", "²": "2", "│": "|", "─": "-", "━": "-", "→": "->", "█": "#", "▼": "v", "▲": "^"}  # fmt: skip
"""Letters that stand for others where an encoding lacks them; all others are written as their number."""
EXCERPT = re.compile(r" +\d* \| ")
"""How a line of a file begins that is shown with its number, and the line of its caret."""
COMMAND = re.compile(r"\bpremortem [a-z](?:[^\s;,()`']|'[^']*'|(?<![.:]) )*")
"""A command to copy: to the end of its sentence, or of its part of one; what is quoted belongs to it whatever it holds."""


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(ALIKE.get(one) or one.encode("ascii", "backslashreplace").decode() for one in found), error.end


def prepare() -> None:
    """Let no letter end a command: what an encoding lacks is written in letters that it has; where a stream is closed, nobody listens."""
    codecs.register_error(AS_PLAIN, _plain)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed before the start, as a job of cron may be
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=AS_PLAIN)


class Interrupted(KeyboardInterrupt):
    """What a signal raises: of a class of its own, since only instances of such can be watched."""


class _Interruption:
    """One that was asked for: raised, and raised again if it was lost."""

    def __init__(self) -> None:
        self.until = time.monotonic() + LONGEST
        self.raised: weakref.ref[Interrupted]
        ordinary = sys.unraisablehook

        def said(lost: sys.UnraisableHookArgs) -> None:
            if not isinstance(lost.exc_value, Interrupted):
                ordinary(lost)

        sys.unraisablehook = said

    def throw(self) -> NoReturn:
        error = Interrupted()
        self.raised = weakref.ref(error)
        try:
            raise error
        finally:
            del error  # or its own traceback would keep it alive

    def look(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() > self.until:
            end(number, frame)
        if self.raised() is None:
            self.throw()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Take SIGTERM as Ctrl-C; a second of either ends the process at once and says nothing. Its workers end with it.

    What is raised where the signal arrives is lost if that is a callback whose exceptions are discarded, such as one of the garbage
    collector. So it is looked a few times a second whether the exception still exists: on its way up, or behind another that was raised
    instead. If not, it is raised again. What has not ended after `LONGEST` seconds is ended without tidying up.
    """

    def first(number: int, frame: FrameType | None) -> NoReturn:
        asked = _Interruption()
        end_at_once()
        signal.signal(signal.SIGALRM, asked.look)
        signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
        asked.throw()

    for one in SIGNALS:
        signal.signal(one, first)
    try:
        yield
    finally:  # what was raised is heard; nothing is left that could be interrupted
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        end_at_once()


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
        print(folded(text, sys.stderr), file=sys.stderr, flush=True)


def folded(text: str, stream: TextIO) -> str:
    """Return text with lines folded between words where it goes to a terminal; a pipe or a file gets each line whole.

    A line that goes on stands two letters further in than it begins. Lines of a file and their carets are not folded, since a caret would
    point elsewhere; nor are commands, which are there to copy.
    """
    if not stream.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return "\n".join(part for line in text.split("\n") for part in _parts(line, width))


def _parts(line: str, width: int) -> list[str]:
    if len(line) <= width or EXCERPT.match(line):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    whole = COMMAND.sub(lambda found: found[0].rstrip().replace(" ", "\0") + " " * found[0].endswith(" "), line)
    parts = textwrap.wrap(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return [part.replace("\0", " ") for part in parts]
