"""How long linting takes: ``python benchmarks/lint.py [runs]``.

Two numbers are promised: linting any plan takes under 0.3 s of wall time once ``premortem.plan.lint`` is imported (the
first plan of a process, so with reading the ledger and the rules), and the command ``premortem lint PLAN`` ends within
0.6 s of its start. Each run is a fresh process; the median, least and greatest are printed, with the load of the machine.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from premortem.plan.packaged import names

LIMITS = {"lint": 0.3, "command": 0.6}
LINT = """
import time
from premortem.plan.lint import lint
from premortem.plan.load import load
begin = time.perf_counter()
lint(load({plan!r}))
print(time.perf_counter() - begin)
"""
COMMAND = "import sys; sys.argv = ['premortem', 'lint', {plan!r}]; from premortem.cli.main import main; main()"


def in_process(plan: str) -> float:
    """Return the seconds that a fresh process takes to load and lint its first plan, imports aside."""
    done = subprocess.run([sys.executable, "-c", LINT.format(plan=plan)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def as_command(plan: str) -> float:
    """Return the seconds from start to end of ``premortem lint PLAN``."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", COMMAND.format(plan=plan)], capture_output=True, check=False)
    return time.perf_counter() - begin


def main(runs: int) -> int:
    """Print the table; return 1 if a median is over its limit."""
    measures: dict[str, Callable[[str], float]] = {"lint": in_process, "command": as_command}
    print(f"load of the machine {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores, {runs} runs each")
    over = False
    for what, measure in measures.items():
        for plan in names() if what == "lint" else ("border_task_forces",):
            times = [measure(plan) for _ in range(runs)]
            median = statistics.median(times)
            over |= median > LIMITS[what]
            print(
                f"{what:8} {plan:24} median {median:.3f} s ({min(times):.3f} to {max(times):.3f}), limit {LIMITS[what]} s"
            )
    return int(over)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
