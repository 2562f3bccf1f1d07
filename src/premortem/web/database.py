"""Runs, who asked for them, and shared results, in SQLite or PostgreSQL with the same code."""

from __future__ import annotations

import atexit
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from sqlalchemy import Engine, Float, ForeignKey, Integer, String, Text, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from premortem.errors import InputError, Problem, RunError

PATIENCE = 10.0  # seconds for another connection to end its write


class Base(DeclarativeBase):
    """Base of the tables."""


class Run(Base):
    """A run that somebody asked for. Times are seconds since 1970, UTC.

    ``question``: digest of all that decides its results. ``address``: network address that it was asked from.
    ``asked``: the request, as JSON; ``titles``: of its plans, the baseline first, as JSON. ``state``: waiting,
    running, done, failed or cancelled. ``turn``: when its owner was last given the worker for it. ``digest``: of
    the results, once it is done.
    """

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    question: Mapped[str] = mapped_column(String(64), index=True)
    owner: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), default="")
    asked: Mapped[str] = mapped_column(Text)
    titles: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16), index=True)
    submitted: Mapped[float] = mapped_column(Float)
    turn: Mapped[float] = mapped_column(Float, default=0.0)
    ended: Mapped[float] = mapped_column(Float, default=0.0)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    runs: Mapped[int] = mapped_column(Integer, default=0)
    runs_done: Mapped[int] = mapped_column(Integer, default=0)
    paired: Mapped[int] = mapped_column(Integer, default=0)
    problems: Mapped[str] = mapped_column(Text, default="[]")
    digest: Mapped[str] = mapped_column(String(64), default="")


class Asked(Base):
    """Somebody asked for a run: the history of an owner. Two who ask the same share the run."""

    __tablename__ = "asked"

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    when: Mapped[float] = mapped_column(Float)


class Share(Base):
    """A result that was shared: its digest then, and the view (the query of the page's address)."""

    __tablename__ = "shares"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    view: Mapped[str] = mapped_column(String(512))
    digest: Mapped[str] = mapped_column(String(64))
    made: Mapped[float] = mapped_column(Float)


def connect(url: str) -> Engine:
    """Return the engine of a database, with its tables brought up to date.

    Raises
    ------
    InputError : no such kind of database, or the library for it is missing.
    RunError : it cannot be reached or written.
    """
    try:
        engine = create_engine(url, pool_pre_ping=True)
        atexit.register(engine.dispose)  # what is left open at the end warns from Python 3.13 on
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        message = f"cannot use this database: {error}"
        allowed = "sqlite:///FILE, or postgresql+psycopg://USER@HOST/NAME (with premortem[postgresql])"
        raise InputError(Problem("database", message, allowed=allowed)) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _careful)
    try:
        _migrate(engine)
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise RunError(Problem("database", f"the database cannot be used: {cause}", found=_named(url))) from None
    return engine


def _careful(connection: Any, _record: Any) -> None:
    """Let readers go on while somebody writes, and writers wait for each other."""
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={PATIENCE * 1000:.0f}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _migrate(engine: Engine) -> None:
    with as_file(files("premortem.web").joinpath("migrations")) as place, engine.begin() as connection:
        config = alembic.config.Config()
        config.set_main_option("script_location", str(Path(place)))
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def _named(url: str) -> str:
    """Return an address without its password."""
    before, at, after = url.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at else url
