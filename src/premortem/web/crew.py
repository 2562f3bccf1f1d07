"""Starts the worker, and starts it again when it dies."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time

from premortem.web.queue import Queue
from premortem.web.settings import Settings

WAIT = 0.5  # seconds between two looks at the worker
REST = 5.0  # seconds before another is started
YOUNG, STILLBORN = (
    10.0,
    3,
)  # workers that die within so many seconds, so many times in a row, are a fault of the installation


class Crew:
    """The worker process of a server."""

    def __init__(self, settings: Settings, queue: Queue) -> None:
        self._settings, self._queue = settings, queue
        self._process: subprocess.Popen[bytes] | None = None
        self._leaving, self._stillborn, self._since = threading.Event(), 0, 0.0
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether a worker runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def broken(self) -> bool:
        """Whether workers die as soon as they are started: nothing is computed until that is mended."""
        return self._stillborn >= STILLBORN

    def start(self) -> None:
        """Take back what an earlier worker left, and start one."""
        self._queue.reclaim()
        self._process = self._launch()
        self._watcher.start()

    def stop(self) -> None:
        """End the worker; what it has not finished waits for the next one."""
        self._leaving.set()
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.kill()
            self._process.wait()
        self._queue.reclaim()

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = self._settings
        command = settings.launch or (sys.executable, "-m", "premortem.web.worker")
        self._since = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        given = [str(settings.folder), settings.url, settings.workers, settings.dask, settings.warm]
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it is dead already; the watcher sees it
            process.stdin.write(
                json.dumps(given).encode() + b"\n"
            )  # not as arguments, which everybody on the machine can read
            process.stdin.flush()
        return process

    def _watch(self) -> None:
        while not self._leaving.wait(WAIT):
            if not self.alive:
                self._queue.reclaim()
                young = time.monotonic() - self._since < YOUNG
                self._stillborn = self._stillborn + 1 if young else 0
                if self._leaving.wait(REST):
                    return
                self._process = self._launch()
