"""How long ``premortem run`` takes from the shell: ``python benchmarks/run.py [repeats]`` (default 3).

The first ever call (empty cache) and the calls after it, with the defaults: 2 plans, 200 futures, 5 years, on a terminal of 120 columns.
Next calls simulate all of it with the program that is there; the same call again takes what was simulated from the cache. Wall-clock
seconds until its table stands, provisional, of the first futures, and until the whole process ends with the final one. The aim for a table
on two idle cores is 30 s and 10 s.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

MARK = b"provisional"


def call(cache: Path, out: Path, megabytes: int = 0) -> tuple[float, float]:
    """Return the seconds until the provisional and until the final table; ``megabytes`` of simulated futures may be kept."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 120, 0, 0))
    begin, early, tail = time.perf_counter(), 0.0, b""
    process = subprocess.Popen(
        [sys.executable, "-m", "premortem", "run", "--out", str(out)],
        env=os.environ
        | {"PREMORTEM_CACHE": str(cache), "PREMORTEM_CACHE_MB": str(megabytes)}
        | {"TERM": "xterm", "COLUMNS": "120", "LINES": "60"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    with contextlib.suppress(OSError):  # Linux ends a terminal nobody holds any more with an error
        while text := os.read(ours, 65536):
            tail = tail[-len(MARK) :] + text
            if not early and MARK in tail:
                early = time.perf_counter() - begin
    os.close(ours)
    if process.wait() or not early:
        raise SystemExit(f"premortem run failed, or showed no early table; exit code {process.returncode}")
    return early, time.perf_counter() - begin


def main(repeats: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = [call(folder / f"cache{i}", folder / f"first{i}") for i in range(repeats)]
        again = [call(folder / "cache0", folder / f"again{i}") for i in range(repeats)]
        call(folder / "cache0", folder / "kept", 1000)
        same = [call(folder / "cache0", folder / f"same{i}", 1000) for i in range(repeats)]
    for label, calls in (("first ever call", first), ("next call", again), ("the same call again", same)):
        for table, found in zip(("provisional", "final"), zip(*calls, strict=True), strict=True):
            print(f"{label}, {table} table: {statistics.median(found):.1f} s ({min(found):.1f}, {max(found):.1f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
