"""A server for tests in a browser, an application in this process for tests of its answers, and a finished run for both."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("alembic")

import httpx
from sqlalchemy import Engine

from premortem.study.chunks import Chunk, Result
from premortem.study.store import Store
from premortem.web.app import build
from premortem.web.database import connect
from premortem.web.questions import Question
from premortem.web.queue import Queue
from premortem.web.settings import Settings
from tests.report.runs import Invented, make
from tests.web.serving import until

IDLE = ("sleep", "600")  # a worker that takes nothing
ASKED: dict[str, Any] = {"plans": [{"name": "border_task_forces"}], "futures": 80, "years": 2}
TOKEN = "a-token-of-enough-letters"


class Named(Invented):
    """Invented numbers, drawn from parameters that there are."""

    def result(self, chunk: Chunk) -> Result:
        made = super().result(chunk)
        names = {"rivalry.alpha": "rivalry.base_factor", "rivalry.tau_z": "rivalry.theta"}
        return dataclasses.replace(made, draws=made.draws.rename(names))


def finished(settings: Settings, queue: Queue, owner: str = "somebody") -> str:
    """Put a finished run with invented numbers into a server's folder and return its id."""
    question = Question.model_validate(ASKED)
    run, _ = queue.ask(question, owner)
    taken = queue.take()
    assert taken is not None
    assert taken.id == run
    settings.runs.mkdir(parents=True, exist_ok=True)
    source = Named(stoppable=("border_task_forces",), titles=question.titles)
    digest = Store.open(make(settings.runs / run, source)).digest()
    queue.progress(run, 240, 240, 80)
    queue.done(run, digest)
    return run


class Client:
    """Somebody who asks an application in this process; its worker does not run.

    Unless ``limited``, nobody is refused for asking often: how many tests a machine does in a second must not matter.
    """

    def __init__(
        self, settings: Settings, base: str = "http://localhost", *, limited: bool = False, **headers: str
    ) -> None:
        self._app, self._base, self.headers, self._limited = build(settings), base, dict(headers), limited
        self.address = "127.0.0.1"

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        if not self._limited:
            self._app._buckets.clear()  # type: ignore[attr-defined]

        async def asking() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app, client=(self.address, 1))
            async with httpx.AsyncClient(transport=transport, base_url=self._base, headers=self.headers) as asker:
                return await asker.request(method, path, **options)

        return asyncio.run(asking())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(tmp_path_factory.mktemp("web"), launch=IDLE)


@pytest.fixture(scope="package")
def done(settings: Settings) -> str:
    """Id of a finished run of the package's application."""
    return finished(settings, Queue(connect(settings.url)))


@pytest.fixture(scope="package")
def asking(settings: Settings, done: str) -> Client:
    """Somebody who asks the package's application, which holds a finished run."""
    assert done
    return Client(settings)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a PostgreSQL of this machine, started on a socket in a temporary folder; skipped where there is none."""
    found = [shutil.which("pg_ctl"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))]
    programs = [Path(one) for one in found if one]
    pytest.importorskip("psycopg", reason="PostgreSQL: no psycopg")
    if not programs:
        pytest.skip("PostgreSQL: not installed")
    place = tmp_path_factory.mktemp("pg")
    as_other = _as_other_than_root(place)
    if as_other is None:
        pytest.skip("PostgreSQL: does not run as root, and there is nobody else")
    tools, data = programs[-1].resolve().parent, place / "data"
    _call(*as_other, str(tools / "initdb"), "-D", str(data), "-A", "trust", "-U", "premortem", "--no-sync")
    options = ["-D", str(data), "-k", str(place), "-c", "listen_addresses=", "-c", "fsync=off"]
    log = (place / "log").open("wb")
    process = subprocess.Popen(
        [*as_other, str(tools / "postgres"), *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL
    )
    ready = [*as_other, str(tools / "pg_isready"), "-h", str(place), "-q"]
    until(lambda: subprocess.run(ready, check=False).returncode == 0)
    yield f"postgresql+psycopg://premortem@/postgres?host={place}"
    process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
    process.wait(60)
    log.close()


def _as_other_than_root(place: Path) -> list[str] | None:
    import os
    import pwd

    if os.geteuid():
        return []
    runner = shutil.which("setpriv")
    try:
        other = pwd.getpwnam("postgres")
    except KeyError:
        return None
    for folder in (place, *list(place.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o111)
    os.chown(place, other.pw_uid, other.pw_gid)
    return [runner, f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups"] if runner else None


def _call(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database of each kind."""
    lite = request.param == "sqlite"
    made = connect(f"sqlite:///{tmp_path / 'base.sqlite'}" if lite else request.getfixturevalue("postgresql"))
    yield made
    with made.begin() as connection:
        from premortem.web.database import Base

        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    made.dispose()
