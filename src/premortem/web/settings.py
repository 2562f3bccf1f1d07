"""What a server is started with, and the limits that protect it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from premortem.errors import InputError, Problem

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_TOKEN = 16  # characters

MOST_BODY = 4_500_000  # bytes of a request: four plans of the size that the language allows, and their baseline
MOST_PLANS = 4  # compared with a baseline
MOST_FUTURES = 2_000
MOST_YEARS = 10
MOST_OPEN = 6  # runs of one person that wait or are computed
MOST_OPEN_FROM = 18  # the same of all who ask from one address, since a person is a cookie that can be thrown away
MOST_WAITING = 200  # runs of all
LONGEST_ADDRESS = 4_096  # bytes


@dataclass(frozen=True)
class Settings:
    """Where a server listens, keeps things and computes.

    Attributes
    ----------
    folder : holds runs, reports and, unless ``database`` says otherwise, the database.
    database : SQLAlchemy URL; empty: SQLite in the folder.
    token : what whoever asks must know; empty: nothing, which only a local address may have.
    workers, dask : where futures are computed, as for a study (`premortem.api.studies.executor`).
    warm : whether the worker loads the model as it starts, before anybody asks.
    launch : command that starts the worker; empty: this Python with `premortem.web.worker`.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database: str = ""
    token: str = field(default="", repr=False)
    workers: int = 0
    dask: str = ""
    warm: bool = False
    launch: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.host not in LOCAL and not self.token:
            message = (
                "an address that others can reach needs a token, which all who use it must know: "
                f"--token {secrets.token_urlsafe(24)} (or PREMORTEM_TOKEN)"
            )
            raise InputError(Problem("token", message, found=f"--host {self.host} without --token"))
        if self.token and (
            len(self.token) < SHORTEST_TOKEN or not self.token.isascii() or not self.token.isprintable()
        ):
            allowed = f"at least {SHORTEST_TOKEN} printable ASCII characters, such as {secrets.token_urlsafe(24)}"
            raise InputError(Problem("token", "a token that is too short or has odd letters", allowed=allowed))

    @property
    def url(self) -> str:
        """Address of the database."""
        return self.database or f"sqlite:///{self.folder / 'premortem.sqlite'}"

    @property
    def runs(self) -> Path:
        """Where runs are kept: one folder each, as `premortem report` and `premortem explain` read them."""
        return self.folder / "runs"

    @property
    def documents(self) -> Path:
        """Where reports are kept, once they have been written."""
        return self.folder / "documents"
