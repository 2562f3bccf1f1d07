"""Answers while a lever moves, from what was fitted to runs beforehand; without that, the command that makes it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from premortem.instant import answer, file
from premortem.web.questions import PlanAsked
from premortem.web.settings import Settings
from premortem.web.shared import Parts

router = APIRouter(tags=["instant"])
FILE = "levers.pmia"
"""Name in the server's folder of what was fitted."""


class InstantAsked(BaseModel):
    """A plan to answer for at once, under a reading."""

    model_config = ConfigDict(extra="forbid")

    plan: PlanAsked
    reading: Literal["as_likely", "carried_out"] = "as_likely"


class Instant(BaseModel):
    """Bands of the difference to the status quo, by outcome, every ``step_weeks``; ``measured``: the errors behind the quoted ones."""

    plan: str
    reading: str
    years: int
    step_weeks: int
    outcomes: list[dict[str, Any]]
    measured: dict[str, Any]


@router.post("/api/instant", responses={503: {"description": "nothing is fitted on this server"}})
def instant(asked: InstantAsked, parts: Parts) -> Instant:
    """Answer for a plan at once, from what was fitted to runs of its variants; it refuses what those do not cover, with what to do.

    Raises
    ------
    InputError : the plan is not covered; the message says why, and to run it.
    HTTPException : 503, nothing is fitted here; run the plan instead (POST /api/runs).
    """
    plan = asked.plan.read
    levers = fitted(parts.settings)
    if levers is None:
        made = f"premortem instant design border_task_forces --out DIR, then premortem instant fit DIR -o {FILE} in the server's folder"
        raise HTTPException(
            503,
            f"nothing is fitted for instant answers on this server ({made}); to answer now: premortem run {plan.id}",
        )
    bands = answer.answer(levers, plan.loaded, asked.reading)
    return Instant(
        plan=plan.id, reading=asked.reading, years=levers.years, step_weeks=levers.step_weeks,
        outcomes=[band.as_json() for band in bands], measured=dict(levers.measured.get(asked.reading, {})),
    )  # fmt: skip


def fitted(settings: Settings) -> file.Levers | None:
    """Return what was fitted for a server, None where nothing was.

    Raises
    ------
    InputError : the file is damaged.
    """
    place = settings.folder / FILE
    return _read(place, place.stat().st_mtime_ns) if place.is_file() else None


@lru_cache(maxsize=2)
def _read(place: Path, _changed: int) -> file.Levers:
    return file.read(place)
