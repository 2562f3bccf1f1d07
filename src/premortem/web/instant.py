"""Answers while a lever moves, from what was fitted to runs beforehand; without that, the command that makes it."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from premortem.web.questions import PlanAsked

router = APIRouter(tags=["instant"])


class InstantAsked(BaseModel):
    """A plan to answer for at once."""

    model_config = ConfigDict(extra="forbid")

    plan: PlanAsked


@router.post("/api/instant", responses={503: {"description": "nothing is fitted on this server"}})
def instant(asked: InstantAsked) -> dict[str, object]:
    """Answer for a plan at once, from what was fitted to runs.

    Raises
    ------
    HTTPException : 503, nothing is fitted here; run the plan instead (POST /api/runs).
    """
    name = asked.plan.read.id
    raise HTTPException(
        503, f"nothing is fitted for instant answers on this server; run the plan: premortem run {name}"
    )
