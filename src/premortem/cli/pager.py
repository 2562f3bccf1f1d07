"""Long output at a terminal goes through the reader's pager; anywhere else it is written as it is."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator

SETTING, USUAL, NONE = "PAGER", "less", ("", "cat")
READS_COLOUR = {"LESS": "FRX"}
"""How ``less`` keeps colours and ends with its text, where the reader has not said it otherwise."""


class _Held(io.StringIO):
    """What a command writes to a terminal, held until it is all there: the command sees a terminal still."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Return that it is for a terminal."""
        return True


@contextlib.contextmanager
def paged() -> Iterator[None]:
    """Show what a block writes through the pager that ``PAGER`` names, ``less`` by default, if it is longer than the window.

    Without a terminal at both ends, or with ``PAGER`` empty or ``cat``, it is written at once.
    """
    words = shlex.split(os.environ.get(SETTING, USUAL))
    program = shutil.which(words[0]) if words and words[0] not in NONE else None
    terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if program is None or not terminal:
        yield
        return
    stream, held = sys.stdout, _Held()
    sys.stdout = held
    try:
        yield
    finally:
        sys.stdout = stream
        text = held.getvalue()
        if text.count("\n") < shutil.get_terminal_size().lines:
            stream.write(text)
        else:
            stream.flush()
            with contextlib.suppress(BrokenPipeError):  # the reader has seen enough
                subprocess.run([program, *words[1:]], input=text.encode(), env=READS_COLOUR | os.environ, check=False)
