"""The queue of runs: what was asked is kept, whoever waited longest for a turn is next, what was computed is never computed twice."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from premortem.errors import PremortemError, Problem
from premortem.web.database import Asked, Run, Share
from premortem.web.questions import Question
from premortem.web.settings import MOST_OPEN, MOST_OPEN_FROM, MOST_WAITING

State = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
STATES: tuple[State, ...] = get_args(State)
MOST_ATTEMPTS = 3  # workers that may die over a run
HISTORY = 50  # runs of an owner that are listed


class FullError(PremortemError):
    """Somebody has too many runs open, or all at one address, or all together have."""


@dataclass(frozen=True)
class Seen:
    """A run as it stands.

    ``ahead``: runs that wait before it; ``paired``: futures finished under every plan, as likely
    to unfold unless the other reading goes first.
    """

    id: str
    titles: tuple[str, ...]
    state: State
    submitted: float
    ended: float
    runs: int
    runs_done: int
    paired: int
    ahead: int
    digest: str
    problems: tuple[dict[str, Any], ...]
    asked: dict[str, Any]


class Queue:
    """The runs of a database. Only one worker takes from it: a folder has one server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- for people

    def ask(self, question: Question, owner: str, address: str = "") -> tuple[str, bool]:
        """Queue a question and return its run, and whether that was there already.

        ``address``: where the owner asks from; empty where that is not known, and then not counted.

        Raises
        ------
        FullError : the owner, all who ask from the address, or all together have too many runs open.
        InputError : a plan cannot be read.
        """
        digest, now = question.digest, time.time()
        with Session(self._engine) as session, session.begin():
            same = select(Run.id).where(Run.question == digest, Run.state.in_((*OPEN, "done"))).limit(1)
            run, there = session.scalar(same), True
            if run is None:
                _require_room(session, owner, address)
                run, there = secrets.token_urlsafe(16), False
                session.add(
                    Run(
                        id=run,
                        question=digest,
                        owner=owner,
                        address=address,
                        asked=question.model_dump_json(),
                        titles=json.dumps(question.titles),
                        state="waiting",
                        submitted=now,
                    )
                )
                session.flush()
            session.merge(Asked(owner=owner, run=run, when=now))
        return run, there

    def see(self, run: str) -> Seen | None:
        """Return a run, None if there is none."""
        with Session(self._engine) as session:
            found = session.get(Run, run)
            return None if found is None else _seen(found, self._ahead(session, found))

    def history(self, owner: str) -> list[Seen]:
        """Return what an owner asked for, the newest first."""
        query = select(Run).join(Asked, Asked.run == Run.id).where(Asked.owner == owner)
        with Session(self._engine) as session:
            rows = session.scalars(query.order_by(Asked.when.desc()).limit(HISTORY)).all()
            return [_seen(row, self._ahead(session, row)) for row in rows]

    def cancel(self, run: str, owner: str) -> bool:
        """Cancel a run that its owner alone waits for; return whether it was."""
        with Session(self._engine) as session, session.begin():
            others = session.scalar(select(func.count()).where(Asked.run == run, Asked.owner != owner))
            if others:
                return False
            mine = update(Run).where(Run.id == run, Run.owner == owner, Run.state.in_(OPEN))
            return _changed(session.execute(mine.values(state="cancelled", ended=time.time())))

    def share(self, run: str, view: str) -> Share | None:
        """Freeze a result that is done and return its share; the same result and view have one. None if it is not done."""
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            found = session.get(Run, run)
            if found is None or found.state != "done":
                return None
            same = session.scalar(select(Share).where(Share.run == run, Share.view == view).limit(1))
            if same is None:
                same = Share(key=secrets.token_urlsafe(12), run=run, view=view, digest=found.digest, made=time.time())
                session.add(same)
            return same

    def shared(self, key: str) -> Share | None:
        """Return a share, None if there is none."""
        with Session(self._engine, expire_on_commit=False) as session:
            return session.get(Share, key)

    def _ahead(self, session: Session, run: Run) -> int:
        """Return how many runs are before one that waits: a guess, since whoever comes may have a turn earlier."""
        if run.state != "waiting":
            return 0
        earlier = select(func.count()).where(Run.state.in_(OPEN), Run.submitted < run.submitted)
        return int(session.scalar(earlier) or 0)

    # -- for the worker

    def take(self) -> Seen | None:
        """Give the worker to the owner who has waited longest for a turn, and return the oldest run of theirs; None where nobody waits."""
        last = select(Run.owner, func.max(Run.turn).label("last")).group_by(Run.owner).subquery()
        query = (
            select(Run)
            .join(last, last.c.owner == Run.owner)
            .where(Run.state == "waiting")
            .order_by(last.c.last, Run.submitted)
            .limit(1)
        )
        with Session(self._engine) as session, session.begin():
            found = session.scalar(query)
            if found is None:
                return None
            found.state, found.turn, found.attempts = "running", time.time(), found.attempts + 1
            return _seen(found, 0)

    def others_wait(self, run: str) -> bool:
        """Return whether somebody else waits for a turn."""
        with Session(self._engine) as session:
            mine = select(Run.owner).where(Run.id == run).scalar_subquery()
            return bool(session.scalar(select(func.count()).where(Run.state == "waiting", Run.owner != mine)))

    def progress(self, run: str, runs_done: int, runs: int, paired: int) -> bool:
        """Note how far a run is and return whether it is still wanted."""
        query = update(Run).where(Run.id == run, Run.state == "running")
        with Session(self._engine) as session, session.begin():
            return _changed(session.execute(query.values(runs_done=runs_done, runs=runs, paired=paired)))

    def give_back(self, run: str) -> None:
        """Let a run wait for its next turn: its turn is over, what is done of it is kept."""
        self._leave(run, state="waiting", attempts=0)

    def done(self, run: str, digest: str) -> None:
        """Note that a run is done."""
        self._leave(run, state="done", digest=digest, ended=time.time())

    def fail(self, run: str, problems: Sequence[Problem]) -> None:
        """Note that a run cannot be done, and why."""
        told = json.dumps([as_json(problem) for problem in problems])
        self._leave(run, state="failed", problems=told, ended=time.time())

    def _leave(self, run: str, **values: Any) -> None:
        with Session(self._engine) as session, session.begin():
            session.execute(update(Run).where(Run.id == run, Run.state == "running").values(**values))

    def reclaim(self) -> None:
        """Take back the runs of a worker that is gone; those over which too many workers died have failed."""
        died = Problem(
            "died",
            f"the process that computes ended {MOST_ATTEMPTS} times over this run, perhaps for want of memory; "
            "ask for fewer futures, or read the server's log",
        )
        with Session(self._engine) as session, session.begin():
            gone = update(Run).where(Run.state == "running")
            told = json.dumps([as_json(died)])
            session.execute(
                gone.where(Run.attempts >= MOST_ATTEMPTS).values(state="failed", problems=told, ended=time.time())
            )
            session.execute(gone.values(state="waiting"))


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem for programs."""
    where = problem.where
    place = {"line": where.line, "column": where.column, "key": where.key}
    said = {"found": problem.found, "allowed": problem.allowed, "nearest": problem.nearest}
    return {"kind": problem.kind, "message": problem.message, **place, **said}


def _require_room(session: Session, owner: str, address: str) -> None:
    waiting = select(func.count()).where(Run.state.in_(OPEN))
    if (session.scalar(waiting.where(Run.owner == owner)) or 0) >= MOST_OPEN:
        message = f"you have {MOST_OPEN} runs open; wait for one to end, or cancel one"
        raise FullError(Problem("too_many", message))
    if address and (session.scalar(waiting.where(Run.address == address)) or 0) >= MOST_OPEN_FROM:
        message = f"{MOST_OPEN_FROM} runs asked for from your address are open; wait for one to end, or cancel one"
        raise FullError(Problem("too_many", message))
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise FullError(Problem("too_many", f"{MOST_WAITING} runs wait already; try again later"))


def _changed(result: Any) -> bool:
    return bool(result.rowcount)


def _seen(run: Run, ahead: int) -> Seen:
    state: Any = run.state
    problems = tuple(json.loads(run.problems or "[]"))
    return Seen(
        run.id, tuple(json.loads(run.titles)), state, run.submitted, run.ended, run.runs, run.runs_done, run.paired, ahead, run.digest,
        problems, json.loads(run.asked),
    )  # fmt: skip
