"""How long ``premortem run`` takes from the shell: ``python benchmarks/run.py [repeats]`` (default 3).

The first ever call (empty cache of programs) and the calls after it, with the defaults: 2 plans, 200 futures, 5 years. Wall-clock
seconds of the whole process until its table is printed; the aim on two idle cores is 30 s and 10 s.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def call(cache: Path, out: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "premortem", "run", "--out", str(out)],
        env=os.environ | {"PREMORTEM_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - begin


def main(repeats: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = [call(folder / f"cache{i}", folder / f"first{i}") for i in range(repeats)]
        again = [call(folder / "cache0", folder / f"again{i}") for i in range(repeats)]
    for label, found in (("first ever call", first), ("next call", again)):
        print(f"{label}: median {statistics.median(found):.1f} s of {', '.join(f'{s:.1f}' for s in found)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
