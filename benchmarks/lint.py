"""How long linting takes: ``python benchmarks/lint.py [runs]``.

Two numbers are promised: linting any plan takes under 0.3 s of wall time once ``premortem.lint`` is imported (the
first plan of a process, so with reading the ledger and the rules), and the command ``premortem lint PLAN`` ends within
0.6 s of its start. Each run is a fresh process. Printed are the median, least and greatest wall time, the median of
processor time (which a busy machine stretches less), and the load of the machine.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from premortem.plan.language.packaged import names

LIMITS = {"lint": 0.3, "command": 0.6}
LINT = """
import time
from premortem.lint import lint
from premortem.plan.language.load import load
begin, work = time.perf_counter(), time.process_time()
lint(load({plan!r}))
print(time.perf_counter() - begin, time.process_time() - work)
"""
COMMAND = "import sys; sys.argv = ['premortem', 'lint', {plan!r}]; from premortem.cli.main import main; main()"


def in_process(plan: str) -> tuple[float, float]:
    """Return the wall and processor seconds that a fresh process takes to load and lint its first plan, imports aside."""
    done = subprocess.run([sys.executable, "-c", LINT.format(plan=plan)], capture_output=True, text=True, check=True)
    wall, work = map(float, done.stdout.split())
    return wall, work


def as_command(plan: str) -> tuple[float, float]:
    """Return the wall and processor seconds from start to end of ``premortem lint PLAN``."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", COMMAND.format(plan=plan)], capture_output=True, check=False)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(runs: int) -> int:
    """Print the table; return 1 if a median is over its limit."""
    measures: dict[str, Callable[[str], tuple[float, float]]] = {"lint": in_process, "command": as_command}
    print(f"load of the machine {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores, {runs} runs each")
    over = False
    for what, measure in measures.items():
        for plan in names() if what == "lint" else ("border_task_forces",):
            times, work = zip(*(measure(plan) for _ in range(runs)), strict=True)
            median = statistics.median(times)
            over |= median > LIMITS[what]
            spread = f"{median:.3f} s ({min(times):.3f} to {max(times):.3f})"
            print(f"{what:8} {plan:24} {spread}, processor {statistics.median(work):.3f} s, limit {LIMITS[what]} s")
    return int(over)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
