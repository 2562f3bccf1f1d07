"""The command line in a process of its own, on terminals: one is its standard output, another its standard error."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from premortem.cli.main import main
from tests.small_model import SMALL_MODEL, simulating

ROOT = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True)
class Ended:
    """What a command has written to its two terminals, and its exit code."""

    code: int
    stdout: str
    stderr: str


def command(
    *arguments: str, columns: int = 120, rows: int = 40, redirected: bool = False, interrupt_at: str | None = None
) -> Ended:
    """Run a command with a part of the model that compiles in seconds.

    Parameters
    ----------
    redirected : whether standard output is a pipe instead.
    interrupt_at : send Ctrl-C's signal once standard error shows this.
    """
    try:
        (errors, their_errors), (output, their_output) = os.openpty(), os.pipe() if redirected else os.openpty()
    except OSError as error:  # a container without devpts
        pytest.skip(f"no pseudo-terminal can be opened here: {error}")
    for terminal in (their_errors,) if redirected else (their_errors, their_output):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    environment |= {"TERM": "xterm", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.terminal", *arguments],
        stdin=their_errors,
        stdout=their_output,
        stderr=their_errors,
        cwd=ROOT,
        env=environment,
    )
    os.close(their_errors)
    os.close(their_output)
    written = {output: b"", errors: b""}
    open_ends = set(written)
    while open_ends:
        for end in select.select(open_ends, [], [])[0]:
            piece = _read(end)
            written[end] += piece
            if not piece:
                open_ends.remove(end)
                os.close(end)
        if interrupt_at is not None and interrupt_at.encode() in written[errors]:
            process.send_signal(signal.SIGINT)
            interrupt_at = None
    code = process.wait()
    return Ended(code, *(written[end].decode().replace("\r\n", "\n") for end in (output, errors)))


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65536)
    except OSError:  # how Linux says that nobody holds the other end of a terminal any more
        return b""


if __name__ == "__main__":
    with simulating(SMALL_MODEL):
        main()
