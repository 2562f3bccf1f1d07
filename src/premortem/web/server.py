"""Listening: the socket first, so that its address is known, then the application behind it."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from premortem.errors import InputError, Problem
from premortem.study.folder import Folder
from premortem.web.app import build
from premortem.web.settings import Settings

LEAVING = 2  # seconds for answers under way when the server ends; a browser that follows a run asks again


@dataclass(frozen=True)
class Address:
    """A socket that listens, and what to open in a browser."""

    socket: socket.socket
    url: str


def bind(settings: Settings) -> Address:
    """Listen.

    Raises
    ------
    InputError : the address is in use, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        made = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        message = f"cannot listen there: {error.strerror or error}; name another with --port or --host"
        raise InputError(Problem("address", message, found=f"{settings.host}:{settings.port}")) from None
    # asyncio does so for sockets that name their protocol, which this one does not; else a body waits 40 ms until its head is confirmed
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    asked = f"?token={settings.token}" if settings.token else ""
    return Address(made, f"http://{name}:{made.getsockname()[1]}/{asked}")


def run(settings: Settings, address: Address) -> None:
    """Serve until interrupted.

    Raises
    ------
    InputError : no folder can be made there, another server has it, or the database cannot be used.
    RunError : the folder or the database cannot be written.
    """
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(Problem("no_folder", f"no folder can be made: {reason}", found=str(settings.folder))) from None
    folder = Folder(settings.folder)
    folder.claim()
    folder.require_writable()
    _move(settings.folder)
    config = uvicorn.Config(
        build(settings), log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=LEAVING,
        lifespan="on", limit_concurrency=400, h11_max_incomplete_event_size=16_384,
    )  # fmt: skip
    try:
        uvicorn.Server(config).run(sockets=[address.socket])
    finally:
        folder.release()


def _move(folder: Path) -> None:
    """Work in the server's own folder from now on, so that no name of a plan finds a file of whoever started it; so do its children."""
    if path := os.environ.get("PYTHONPATH"):  # may be relative to where we are
        os.environ["PYTHONPATH"] = os.pathsep.join(
            str(Path(part).absolute()) for part in path.split(os.pathsep) if part
        )
    os.chdir(folder)
