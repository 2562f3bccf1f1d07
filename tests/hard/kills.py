"""Kills at random moments: of studies on threads and on worker processes, of reports, exports and `plan set`.

usage: python -m tests.hard.kills [--tries 100] [--first 0]

After each: no file is half there, what is stored is what was computed, no process is left, and going on gives the same results.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from premortem.sealed_file import PARTIAL
from premortem.study.executors import Threads
from premortem.study.run import conduct
from premortem.study.store import PROVENANCE, Store
from premortem.study.verify import verify
from tests.report.runs import make
from tests.study.executors.client import ROOT, SOURCE, environment

LONGEST = 8.0  # seconds until a kill: a client starts in two or three and takes two or three
SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CLIENT = (
    "import sys; from tests.study.executors.client import main; main(*sys.argv[1:])"  # its workers need not import it
)
TARGETS = ("threads", "processes", "report", "export", "plan set")


class Bench:
    """Folders that are made once, and what must come out of them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        plain = Store.create(scratch / "plain", SOURCE)
        conduct(plain, SOURCE, executor=Threads(1))
        self.digest = plain.digest()
        self.run = make(scratch / "run")

    def kill(self, number: int) -> str:
        """Do one thing, kill it at a random moment, and return what is wrong then; nothing if all is well."""
        luck, target = random.Random(number), TARGETS[number % len(TARGETS)]
        how, after = luck.choice(SIGNALS), luck.uniform(0.0, LONGEST)
        folder = self.scratch / str(number)
        folder.mkdir()
        if target in {"threads", "processes"}:
            return self._study(folder, "0" if target == "threads" else "2", how, after)
        return self._command(folder, target, how, after)

    def _study(self, folder: Path, executor: str, how: signal.Signals, after: float) -> str:
        study = folder / "s"
        command = [sys.executable, "-c", CLIENT, str(study), executor]
        if left := _left(_killed(command, how, after)):
            return f"processes are left: {left}"
        if (study / PROVENANCE).exists() and (damages := verify(study)):
            return f"damaged: {damages}"
        _killed(command, signal.SIGKILL, 120.0)
        if damages := verify(study):
            return f"damaged after going on: {damages}"
        if Store.open(study).digest() != self.digest:
            return "other results"
        partial = [path for path in folder.rglob("*") if PARTIAL in path.name]
        return f"left: {partial}" if partial else ""

    def _command(self, folder: Path, target: str, how: signal.Signals, after: float) -> str:
        plan = folder / "mine.toml"
        plan.write_text(
            'schema = 1\nid = "mine"\ntitle = "Mine"\nextends = "status_quo"\nduration_weeks = 52\n', encoding="utf-8"
        )
        before = plan.read_bytes()
        commands = {
            "report": ["report", str(self.run), "-o", str(folder / "r.html")],
            "export": ["study", "export", str(self.run), "-o", str(folder / "s.nc")],
            "plan set": ["plan", "set", str(plan), "duration_weeks=26"],
        }
        _killed([sys.executable, "-m", "premortem", *commands[target]], how, after)
        if verify(self.run):
            return "the run that was read is damaged"
        if (
            target == "report"
            and (made := folder / "r.html").exists()
            and not made.read_text("utf-8").endswith("</html>")
        ):
            return "half a report"
        if target == "export" and (made := folder / "s.nc").exists():
            import xarray as xr

            with xr.open_dataset(made, engine="h5netcdf") as data:
                data.load()
        if target == "plan set" and (now := plan.read_bytes()) != before and b"duration_weeks = 26" not in now:
            return "half a plan"
        return ""


def _killed(command: list[str], how: signal.Signals, after: float) -> int:
    """Run a command in a session of its own, send it a signal after some seconds if it still runs, and return the session."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        process.wait(60)
    return process.pid


def _left(session: int) -> list[int]:
    """Return the processes of a session, once they have had ten seconds to go."""
    until = time.monotonic() + 10
    while found := [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _of(path, session)]:
        if time.monotonic() > until:
            return found
        time.sleep(0.2)
    return []


def _of(process: Path, session: int) -> bool:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[3]) == session
    except OSError:
        return False


def main() -> None:
    """Print what went wrong, and a count."""
    options = argparse.ArgumentParser()
    options.add_argument("--tries", type=int, default=100)
    options.add_argument("--first", type=int, default=0)
    chosen = options.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        for number in range(chosen.first, chosen.first + chosen.tries):
            if trouble := bench.kill(number):
                wrong += 1
                print(f"kill {number} ({TARGETS[number % len(TARGETS)]}): {trouble}", flush=True)
    print(f"{chosen.tries} kills, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
