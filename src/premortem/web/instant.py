"""Answers while a lever moves, from what was fitted to runs beforehand; without that, the command that makes it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from premortem.errors import InputError, Problem, Where
from premortem.evidence import outcomes
from premortem.instant import answer, file
from premortem.plan.language.load import load
from premortem.web.questions import PlanAsked
from premortem.web.settings import Settings
from premortem.web.shared import Language, Parts, Shared
from premortem.wording.sentences import outcome_title, unit_words

router = APIRouter(tags=["instant"])
FILE = "levers.pmia"
"""Name in the server's folder of what was fitted."""


class InstantAsked(BaseModel):
    """A plan to answer for at once, under a reading."""

    model_config = ConfigDict(extra="forbid")

    plan: PlanAsked
    reading: Literal["as_likely", "carried_out"] = "as_likely"


class PointAsked(BaseModel):
    """A point in the box: input -> value. ``with_text``: the answer has the text of the plan that lies there."""

    model_config = ConfigDict(extra="forbid")

    values: Annotated[dict[str, float | str], Field(max_length=24)]
    reading: Literal["as_likely", "carried_out"] = "as_likely"
    with_text: bool = False


class Box(BaseModel):
    """What may be moved of a plan, and how far; ``outcomes``: their titles with units, in the language asked for."""

    plan: str
    inputs: list[dict[str, Any]]
    outcomes: dict[str, str]
    years: int
    measured: dict[str, Any]


class Instant(BaseModel):
    """Bands of the difference to the status quo, by outcome, every ``step_weeks``; ``measured``: the errors behind the quoted ones.

    ``text``: of the plan, to run it exactly.
    """

    plan: str
    reading: str
    years: int
    step_weeks: int
    outcomes: list[dict[str, Any]]
    measured: dict[str, Any]
    text: str


@router.post("/api/instant", responses={503: {"description": "nothing is fitted on this server"}})
def instant(asked: InstantAsked, parts: Parts) -> Instant:
    """Answer for a plan at once, from what was fitted to runs of its variants; it refuses what those do not cover, with what to do.

    Raises
    ------
    InputError : the plan is not covered; the message says why, and to run it.
    HTTPException : 503, nothing is fitted here; run the plan instead (POST /api/runs).
    """
    plan = asked.plan.read
    levers = _present(parts)
    bands = answer.answer(levers, plan.loaded, asked.reading)
    return _instant(levers, asked.reading, bands, plan.id, plan.text)


@router.get("/api/instant", responses={503: {"description": "nothing is fitted on this server"}})
def box(parts: Parts, t: Language) -> Box:
    """Say what may be moved, and how well that is answered.

    Raises
    ------
    HTTPException : 503, nothing is fitted here.
    InputError : what is there was fitted to another version.
    """
    levers = _present(parts)
    answer.require_same(levers)
    inputs = [one.model_dump(mode="json") for one in levers.inputs.input]
    known = outcomes.load()
    titles = {
        id_: f"{outcome_title(known[id_], t)}, {unit_words(known[id_].unit, t, change=True)}" for id_ in levers.outcomes
    }
    return Box(
        plan=levers.inputs.plan, inputs=inputs, outcomes=titles, years=levers.years, measured=dict(levers.measured)
    )


@router.post("/api/instant/point", responses={503: {"description": "nothing is fitted on this server"}})
def point(asked: PointAsked, parts: Parts) -> Instant:
    """Answer for a point at once.

    Raises
    ------
    InputError : a value is missing or out of its range, or the point too far from what was run.
    HTTPException : 503, nothing is fitted here.
    """
    levers = _present(parts)
    values = {one.path: asked.values.get(one.path) for one in levers.inputs.input}
    wrong = [one for one in levers.inputs.input if (value := values[one.path]) is None or not one.holds(value)]
    if wrong:
        allowed = ", ".join(wrong[0].words) or f"{wrong[0].low:g} to {wrong[0].high:g}"
        message = "is missing or outside what was fitted"
        raise InputError(Problem("range", message, Where(key=wrong[0].path), f"{values[wrong[0].path]}", allowed))
    known = {path: value for path, value in values.items() if value is not None}
    text = levers.inputs.plan_text(load(levers.inputs.plan), known, "my_levers") if asked.with_text else ""
    return _instant(levers, asked.reading, answer.at(levers, known, asked.reading), "my_levers", text)


def _instant(levers: file.Levers, reading: str, bands: list[answer.Band], plan: str, text: str) -> Instant:
    return Instant(
        plan=plan, reading=reading, years=levers.years, step_weeks=levers.step_weeks,
        outcomes=[band.as_json() for band in bands], measured=dict(levers.measured.get(reading, {})), text=text,
    )  # fmt: skip


def _present(parts: Shared) -> file.Levers:
    levers = fitted(parts.settings)
    if levers is None:
        made = f"premortem instant design border_task_forces --out DIR, then premortem instant fit DIR -o {FILE} in the server's folder"
        raise HTTPException(
            503, f"nothing is fitted for instant answers on this server ({made}); to answer now, run the plan"
        )
    return levers


def fitted(settings: Settings) -> file.Levers | None:
    """Return what was fitted for a server, None where nothing was.

    Raises
    ------
    InputError : the file is damaged.
    """
    place = settings.folder / FILE
    return _read(place, place.stat().st_mtime_ns) if present(settings) else None


def present(settings: Settings) -> bool:
    """Return whether something is fitted for a server, whole or not."""
    return (settings.folder / FILE).is_file()


@lru_cache(maxsize=2)
def _read(place: Path, _changed: int) -> file.Levers:
    return file.read(place)
