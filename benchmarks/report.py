"""How long a report takes and how large it is: ``python benchmarks/report.py [futures]``.

Twelve packaged plans with invented numbers, 1,000 futures each by default, through the store's own interface. Promised on two idle cores:
under 20 s in a fresh process, under 5 MB.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from premortem.plan.language import packaged

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.report.runs import Invented, make

COMMAND = "import sys; sys.argv = ['premortem', 'report', {run!r}, '-o', {out!r}]; from premortem.cli.main import main; main()"


def main(futures: int) -> None:
    plans = ("status_quo", *(name for name in packaged.names() if name != "status_quo"))[:12]
    with tempfile.TemporaryDirectory() as folder:
        run = make(Path(folder) / "run", Invented(plans=plans, futures=futures, years=5))
        out = Path(folder) / "report.html"
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", COMMAND.format(run=str(run), out=str(out))], check=True)
        print(
            f"{len(plans)} plans x {futures} futures: {time.perf_counter() - begin:.1f} s, {out.stat().st_size / 1e6:.2f} MB"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
