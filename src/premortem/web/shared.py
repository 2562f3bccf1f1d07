"""What all routes share, and who asks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict

from premortem.study.store import Store
from premortem.web.crew import Crew
from premortem.web.documents import Documents
from premortem.web.guard import network
from premortem.web.queue import Queue, Seen
from premortem.web.settings import Settings
from premortem.wording.languages import LANGUAGES, Messages, messages

OWNER = "premortem_owner"
OWN = re.compile(r"[A-Za-z0-9_-]{16,64}")
ID = r"^[A-Za-z0-9_-]{8,32}$"
RunId = Annotated[str, Path(pattern=ID, description="id of a run")]


class Said(BaseModel):
    """What is wrong; only ``kind`` and ``message`` are there where nothing else is known.

    ``line`` and ``column`` of a text, 0 where there is none; ``key``: where in a body or plan.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    message: str
    line: int = 0
    column: int = 0
    key: str = ""
    found: str = ""
    allowed: str = ""
    nearest: str = ""


class Refusal(BaseModel):
    """An answer to what cannot be done."""

    model_config = ConfigDict(extra="forbid")

    problems: list[Said]


REFUSALS: dict[int | str, dict[str, Any]] = {
    404: {"model": Refusal, "description": "there is no such address, run, plan or document"},
    405: {"model": Refusal, "description": "the address is there, but not for this method"},
    422: {"model": Refusal, "description": "what was sent cannot be used"},
    "default": {
        "model": Refusal,
        "description": "any other refusal (409, 413, 415, 429, 503), or a fault of the server",
    },
}
"""Of every address, for the description."""


@dataclass
class Shared:
    """A server's parts. ``serving``: its worker has been started, and what takes long may be made ready."""

    settings: Settings
    queue: Queue
    crew: Crew
    serving: bool = False
    documents: Documents = field(init=False)

    def __post_init__(self) -> None:
        self.documents = Documents(self.settings)

    def run(self, id_: str) -> Seen:
        """Return a run.

        Raises
        ------
        HTTPException : 404, there is none.
        """
        found = self.queue.see(id_)
        if found is None:
            raise HTTPException(404, "no such run; it may have been made by another server")
        return found

    def store(self, run: Seen) -> Store:
        """Return the folder of a run; its name comes from the queue, never from whoever asks.

        Raises
        ------
        InputError : nothing is computed yet.
        """
        return Store.open(self.settings.runs / run.id)


def shared(request: Request) -> Shared:
    """Return the parts of the server."""
    found: Shared = request.app.state.shared
    return found


Parts = Annotated[Shared, Depends(shared)]


def owner(request: Request) -> str:
    """Return who asks: what the browser was given, or, of programs, the address. It decides turns and history, and guards nothing."""
    given = request.cookies.get(OWNER, "")
    return given if OWN.fullmatch(given) else f"at {request.client.host if request.client else 'nowhere'}"[:64]


Owner = Annotated[str, Depends(owner)]


def address(request: Request) -> str:
    """Return where whoever asks is: limits count by it too, since anybody can invent a cookie."""
    return network(request.client.host) if request.client else ""


Address = Annotated[str, Depends(address)]


def new_owner() -> str:
    """Return a name for a new browser."""
    return secrets.token_urlsafe(18)


def language(request: Request, lang: str = "") -> Messages:
    """Return the catalogue of the language that is asked for, or that the browser prefers, or English."""
    asked = [lang] if lang else [part[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return messages(next((one for one in asked if one in LANGUAGES), LANGUAGES[0]))


Language = Annotated[Messages, Depends(language)]


def language_of(request: Request) -> Messages:
    """Return the catalogue of the language of a request whose own route does not ask for it."""
    return language(request, request.query_params.get("lang", ""))


def in_words(problem: Mapping[str, Any], t: Messages) -> dict[str, Any]:
    """Return a problem for programs with its words in a language, where they are translated; its kind, place and findings stay."""
    return {key: t.translated(value) if key in {"message", "allowed"} else value for key, value in problem.items()}
