"""How a signal ends a command while nothing can be left behind. Nothing large is imported here: the entry point needs it first."""

from __future__ import annotations

import os
import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def end_at_once() -> None:
    """Let SIGTERM and Ctrl-C end the process where it is."""
    for one in SIGNALS:
        signal.signal(one, end)


def end(number: int, frame: FrameType | None) -> NoReturn:
    """End the process; a handler of signals."""
    os._exit(INTERRUPTED)
