"""What a worker process does. Nothing large is imported before it watches its client, so that it ends with it from its first moment."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ABLE = ""
"""What a worker says when it can work; anything else is why it cannot."""


def serve(file: str, pipe: Connection) -> None:
    """Compute chunks until the client hangs up; ``file`` holds the work (``premortem.study.executors.Work``)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the client decides
    threading.Thread(target=_end_with_client, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the client is gone
        try:
            work: Any = pickle.loads(Path(file).read_bytes())
        except Exception as error:  # whatever a foreign recipe does when it is read
            pipe.send(f"{type(error).__name__}: {error}")
            return
        pipe.send(ABLE)
        while True:
            pipe.send(work(pipe.recv()))


def _end_with_client() -> None:
    client = multiprocessing.parent_process()
    if client is not None:
        client.join()
    os._exit(1)
