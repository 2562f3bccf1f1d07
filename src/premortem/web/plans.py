"""Plans: those that come with the package, and those that people write."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from premortem import __version__
from premortem.errors import InputError
from premortem.plan.language import catalogue, packaged, rewrite
from premortem.plan.language.fields import fields
from premortem.web.form import FieldShown, form, words
from premortem.web.questions import MOST_TEXT, PlanAsked, own
from premortem.web.queue import as_json
from premortem.web.shared import Language, Parts, in_words
from premortem.wording.findings import counts
from premortem.wording.languages import Messages, speaking

router = APIRouter(tags=["plans"])


class PlanListed(BaseModel):
    """A packaged plan. ``gallery``: it encodes a real text."""

    id: str
    title: str
    summary: str
    gallery: bool


class PlanWithText(PlanListed):
    """A packaged plan with its text."""

    text: str


class Linted(BaseModel):
    """What the linter finds in a plan; of one that cannot be read, why."""

    valid: bool
    problems: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    counts: str = ""
    id: str = ""
    title: str = ""
    summary: str = ""


class FieldKnown(BaseModel):
    """A field of the language: its kind in the notation of the manual, and the words that it takes."""

    kind: str
    meaning: str
    words: list[str]


class Change(BaseModel):
    """Fields to set in a text: field -> value, as `premortem plan set` has them."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MOST_TEXT)]
    changes: Annotated[
        Mapping[Annotated[str, Field(max_length=200)], str | int | float | bool | list[str]], Field(max_length=64)
    ]


class Changed(BaseModel):
    """The text with the fields set; comments and order stay."""

    text: str


class TextAsked(BaseModel):
    """A text of a plan."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=MOST_TEXT)]


@router.get("/api/health")
def health(parts: Parts) -> dict[str, Any]:
    """Say that the server is up, and whether its worker is running, starting or broken (it dies whenever it is started)."""
    worker = "broken" if parts.crew.broken else "running" if parts.crew.alive else "starting"
    return {"status": "ok", "version": __version__, "worker": worker}


@router.get("/api/plans")
def plans(t: Language) -> list[PlanListed]:
    """List the packaged plans: those offered for comparison, then real texts."""
    return [_listed(name, t) for name in (*packaged.names(), *packaged.gallery())]


@router.get("/api/plans/{name}")
def one(name: str, t: Language) -> PlanWithText:
    """Return a packaged plan with its text; 404 with the nearest name where there is none.

    Raises
    ------
    InputError : there is none.
    """
    read = PlanAsked(name=name).read
    return PlanWithText(**_listed(name, t).model_dump(), text=read.text)


@router.post("/api/lint")
def lint(plan: PlanAsked, t: Language) -> Linted:
    """Lint a plan, given by its text or by the name of a packaged one. A text that cannot be read is an answer too: ``valid`` is false."""
    try:
        read = plan.read
    except InputError as error:
        if plan.name:
            raise
        return Linted(valid=False, problems=[in_words(as_json(one), t) for one in error.problems], findings=[])
    warnings = [in_words(as_json(one), t) | {"warning": True} for one in read.loaded.warnings]
    with speaking(t.language):
        counted = counts(read.findings)
    return Linted(
        valid=True,
        problems=warnings,
        findings=[in_words(one.record(), t) | {"own": one.where.file == read.loaded.file} for one in read.findings],
        counts=counted,
        id=read.id,
        title=t.translated(read.title),
        summary=t.translated(read.loaded.plan.summary or ""),
    )


@router.post("/api/plans/set")
def set_fields(change: Change) -> Changed:
    """Set fields of a plan's text.

    Raises
    ------
    InputError : no such field, or the plan would no longer be valid.
    """
    return Changed(text=rewrite.set_values(change.text, dict(change.changes)))


@router.post("/api/plans/fields")
def as_form(asked: TextAsked, t: Language) -> list[FieldShown]:
    """Return the fields of a plan that are one number, word or flag: the same text, as a form.

    Raises
    ------
    InputError : every problem of the text.
    """
    return list(form(own(asked.text), t))


@router.get("/api/fields")
def language() -> dict[str, FieldKnown]:
    """Return every field of the plan language by its path, for completion in an editor."""
    return {
        path: FieldKnown(kind=row.kind, meaning=row.meaning, words=list(words(row))) for path, row in fields().items()
    }


@router.get("/api/levers")
def levers() -> list[dict[str, Any]]:
    """List what a measure of a plan can move, with bounds, today's level, price and who can move it."""
    return [lever.as_json() for lever in catalogue.levers().values()]


def _listed(name: str, t: Messages) -> PlanListed:
    title, summary = _said(name)
    gallery = name in packaged.gallery()
    return PlanListed(id=name, title=t.translated(title), summary=t.translated(summary), gallery=gallery)


@cache
def _said(name: str) -> tuple[str, str]:
    read = PlanAsked(name=name).read
    return read.title, read.loaded.plan.summary or ""
