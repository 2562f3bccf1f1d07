"""A server in a process of its own, as ``premortem serve`` starts it, with a worker that simulates a part of the model.

A file ``hold`` in its folder holds back chunks of futures from a number on: what is half done stays half done.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx

from premortem.study.chunks import Batch, Result
from premortem.study.chunks import run_together as simulate
from premortem.web.settings import Settings

ROOT = Path(__file__).parents[2]
HOLD = "hold"
PATIENCE = 180.0


def serve(folder: str) -> None:
    """Serve until killed."""
    from premortem.web import server

    launch = (sys.executable, "-c", "from tests.web.serving import work; work()")
    settings = Settings(Path(folder), port=0, launch=launch)
    address = server.bind(settings)
    print(address.url, flush=True)
    server.run(settings, address)


def work() -> None:
    """Compute as the worker does, with few mechanisms, and no further than the hold."""
    from premortem.web import worker
    from tests.small_model import SMALL_MODEL, simulating

    def held(recipe: Any, batch: Batch, *more: Any) -> list[Result]:
        hold = Path(HOLD)  # the worker's folder is the server's
        while hold.exists() and batch[-1].number >= int(hold.read_text(encoding="utf-8") or 0):
            time.sleep(0.05)
        return simulate(recipe, batch, *more)

    with simulating(SMALL_MODEL), patch("premortem.study.executors.base.run_together", held):
        worker.main()


@dataclasses.dataclass
class Served:
    """A server; ``url`` without a slash at its end; ``run``: a finished run in its folder, with invented numbers."""

    folder: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""
    run: str = ""

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-c", f"from tests.web.serving import serve; serve({str(self.folder)!r})"]
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        log = (self.folder / "log").open("a", encoding="utf-8")
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        log.close()
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip().rstrip("/")
        until(lambda: _answers(self.url))

    def kill(self) -> None:
        """Kill it at once, as a power failure would."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def hold(self, chunk: int | None) -> None:
        """Hold back chunks from this number on; None: go on."""
        file = self.folder / HOLD
        if chunk is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(str(chunk), encoding="utf-8")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def until(true: Any, patience: float = PATIENCE) -> Any:
    """Wait until something is true and return it."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come about in time")
