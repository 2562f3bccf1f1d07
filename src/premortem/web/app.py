"""The application: routes, errors, and what they share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from premortem import __version__, faults
from premortem.errors import InputError, PremortemError, RunError, Where
from premortem.web import instant, pages, plans, runs, static
from premortem.web.crew import Crew
from premortem.web.database import connect
from premortem.web.guard import Guard
from premortem.web.queue import FullError, Queue, as_json
from premortem.web.settings import Settings
from premortem.web.shared import REFUSALS, Shared, in_words, language_of

NO_ADDRESS = "there is nothing at this address"
FAULT = "this is a fault of Premortem; please report it, with the lines that the server printed"
ABOUT = (
    "Write a plan, lint it, simulate it against its alternatives. Errors are `{problems: [{kind, message, line, column, key, found, "
    "allowed, nearest}]}`. Bodies are JSON. See docs/web.md."
)


def build(settings: Settings) -> ASGIApp:
    """Return the application of a server; its worker starts and ends with it.

    Raises
    ------
    InputError, RunError : the database cannot be used.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    queue = Queue(connect(settings.url))
    crew = Crew(settings, queue)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncGenerator[None]:
        await run_in_threadpool(crew.start)
        app.state.shared.serving = True
        try:
            yield
        finally:
            await run_in_threadpool(crew.stop)

    app = FastAPI(
        title="Premortem", version=__version__, description=ABOUT, lifespan=life, docs_url=None, redoc_url=None,
        responses=REFUSALS,
    )  # fmt: skip
    app.state.shared = Shared(settings, queue, crew)
    for router in (plans.router, runs.router, instant.router, pages.router, static.router):
        app.include_router(router)
    app.add_exception_handler(PremortemError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _fault)
    return Guard(app, settings)


async def _told(request: Request, error: Exception) -> Response:
    """Answer with what is wrong, as the command line says it."""
    assert isinstance(error, PremortemError)
    match error:
        case InputError():  # an address that names no plan is one that is not there
            unknown = all(problem.kind == "unknown_plan" for problem in error.problems)
            status = 404 if unknown and request.method == "GET" else 422
        case FullError():
            status = 429
        case RunError():
            status = 409
        case _:
            status = 500
    return _refusal(request, [as_json(problem) for problem in error.problems], status)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if pages.for_a_person(request):  # an id that none has
        return pages.refused(request, [NO_ADDRESS], HTTPStatus.NOT_FOUND)
    found = faults.in_words(error.errors())
    placed = [replace(one, where=Where(key=faults.key(place[1:]))) for place, one in found]
    return _refusal(request, [as_json(problem) for problem in placed], 422)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = NO_ADDRESS if error.detail == HTTPStatus.NOT_FOUND.phrase else str(error.detail)
    problem = {"kind": "not_found" if error.status_code == 404 else "refused", "message": message}
    return _refusal(request, [problem], error.status_code, error.headers)


async def _fault(request: Request, __: Exception) -> Response:
    """Say no more than that it is our fault; the guard notes where."""
    return _refusal(request, [{"kind": "fault", "message": FAULT}], 500)


def _refusal(
    request: Request, problems: list[dict[str, Any]], status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer in the language of the request, with a page where a person opens an address, else with JSON."""
    if pages.for_a_person(request):
        return pages.refused(request, [problem["message"] for problem in problems], status)
    t = language_of(request)
    return JSONResponse({"problems": [in_words(problem, t) for problem in problems]}, status, headers=headers)
