"""Answers while a lever moves, from what was fitted to runs beforehand; without that, the command that makes it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, HTTPException, Response
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from premortem.errors import InputError
from premortem.instant import answer, file
from premortem.instant.reasons import reasons
from premortem.plan.language.load import load
from premortem.report import levers as page
from premortem.web.questions import PlanAsked
from premortem.web.settings import Settings
from premortem.web.shared import Language, Parts, Refusal, Shared

router = APIRouter(tags=["instant"])
FILE = "levers.pmia"
"""Name in the server's folder of what was fitted."""
PLAN = "border_task_forces"
"""Whose packaged answers are taken where the folder has none."""
COMMANDS = (f"premortem instant design {PLAN} --out DIR", f"premortem instant fit DIR -o {FILE}")
"""What makes the file, in the server's folder."""
NOTHING: dict[int | str, dict[str, Any]] = {
    503: {"model": Refusal, "description": "nothing is fitted on this server that can be used"}
}


class InstantAsked(BaseModel):
    """A plan to answer for at once, under a reading."""

    model_config = ConfigDict(extra="forbid")

    plan: PlanAsked
    reading: Literal["as_likely", "carried_out"] = "as_likely"


class Box(BaseModel):
    """What may be moved of a plan, and how far, in the language asked for; of the file ``{reading}.pmia``.

    ``lines``: of the plan that lies where the levers are, as (how it begins, path of the input whose value ends it). ``start``: where the
    levers begin. ``factor``: what differences of an outcome are multiplied by to be in its ``unit``.
    """

    name: str
    plan: str
    title: str
    inputs: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    years: int
    lines: list[Annotated[list[str], Field(min_length=2, max_length=2)]]
    measured: dict[str, Any]


class Instant(BaseModel):
    """Bands of the difference to the status quo, by outcome, every ``step_weeks``; ``measured``: the errors behind the quoted ones.

    ``start``: by outcome, the median at the end where the levers begin; ``adds``: by input that stands elsewhere, what that adds to it, by
    outcome. Both are empty where a place between is too far from what was run.
    """

    plan: str
    reading: str
    years: int
    step_weeks: int
    outcomes: list[dict[str, Any]]
    start: dict[str, float]
    adds: dict[str, dict[str, float]]
    measured: dict[str, Any]


@router.post("/api/instant", responses=NOTHING)
def instant(asked: InstantAsked, parts: Parts) -> Instant:
    """Answer for a plan at once, from what was fitted to runs of its variants; it refuses what those do not cover, with what to do.

    Raises
    ------
    InputError : the plan is not covered; the message says why, and to run it.
    HTTPException : 503, nothing is fitted here that can be used; run the plan instead (POST /api/runs).
    """
    plan = asked.plan.read
    levers = present(parts)
    bands = answer.answer(levers, plan.loaded, asked.reading)
    parent = load(levers.inputs.plan).plan
    values = levers.inputs.values_of(parent, plan.loaded.plan)
    why = reasons(levers, levers.inputs.start(parent), values, asked.reading)

    def named(amounts: NDArray[np.float64]) -> dict[str, float]:
        told = zip(levers.outcomes, amounts.tolist(), bands, strict=True)
        return {outcome: amount for outcome, amount, band in told if not band.refused}

    return Instant(
        plan=plan.id, reading=asked.reading, years=levers.years, step_weeks=levers.step_weeks,
        outcomes=[band.as_json() for band in bands], start=named(why.start) if why else {},
        adds={path: named(part) for path, part in why.parts.items()} if why else {},
        measured=dict(levers.measured.get(asked.reading, {})),
    )  # fmt: skip


@router.get("/api/instant", responses=NOTHING)
def box(parts: Parts, t: Language) -> Box:
    """Say what may be moved, and how well that is answered.

    Raises
    ------
    HTTPException : 503, nothing is fitted here that can be used.
    """
    return Box(**page.box(present(parts), t))


@router.get("/api/instant/{reading}.pmia", response_class=Response, responses=NOTHING)
def packed(reading: Literal["as_likely", "carried_out"], parts: Parts) -> Response:
    """Return what was fitted under a reading, as a file that a page evaluates (data/web/surrogate.js).

    Raises
    ------
    HTTPException : 404, it is not fitted under that reading; 503, nothing is fitted here that can be used.
    """
    levers = present(parts)
    if reading not in levers.readings:
        raise HTTPException(404, "nothing is fitted under that reading")
    return Response(file.pack(levers, [reading]), media_type="application/octet-stream")


def present(parts: Shared) -> file.Levers:
    """Return what is fitted here: the file in the server's folder, or the packaged one.

    Raises
    ------
    HTTPException : 503, there is none that can be used; the message says why, and what makes one.
    """
    try:
        found = fitted(parts.settings)
        if found is not None:
            answer.require_same(found)
            return found
        why = "nothing is fitted for instant answers on this server"
    except InputError as error:
        why = f"what is fitted for instant answers on this server cannot be used: {error.problems[0].message}"
    made = ", then ".join(COMMANDS)
    raise HTTPException(503, f"{why}; in the server's folder: {made}. To answer now, run the plan")


def place(settings: Settings) -> Path | None:
    """Return the file of answers of a server, None where there is none."""
    own = settings.folder / FILE
    return own if own.is_file() else page.packaged_files().get(PLAN)


def ready(settings: Settings) -> bool:
    """Return whether something is fitted here that can be used."""
    try:
        found = fitted(settings)
        if found is not None:
            answer.require_same(found)
    except InputError:
        return False
    return found is not None


def fitted(settings: Settings) -> file.Levers | None:
    """Return what was fitted for a server, None where nothing was.

    Raises
    ------
    InputError : the file is damaged.
    """
    found = place(settings)
    return None if found is None else _read(found, found.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(place: Path, _changed: int) -> file.Levers:
    return file.read(place)
