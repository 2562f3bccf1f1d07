"""The pages: where a plan is chosen and written, and where its result is read. All text is escaped and comes from the catalogues."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from premortem.analysis.short_answer import short_answer
from premortem.errors import InputError, PremortemError
from premortem.report import levers
from premortem.report.templates import environment
from premortem.study.store import Store
from premortem.study.verify import verify
from premortem.web import static
from premortem.web.documents import FORMATS
from premortem.web.instant import COMMANDS, present, ready
from premortem.web.plans import plans
from premortem.web.queue import Seen, State
from premortem.web.settings import MOST_FUTURES, MOST_PLANS, MOST_YEARS
from premortem.web.shared import OWNER, Language, Parts, RunId, Shared, language_of, new_owner
from premortem.wording.languages import LANGUAGES, Messages, messages
from premortem.wording.short_answer import ShortWords, short_words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
A_YEAR = 31_536_000  # seconds


@router.get("/")
def home(request: Request, parts: Parts, t: Language) -> HTMLResponse:
    """Choose plans or write one, and ask."""
    offered = [one for one in plans(t) if not one.gallery]
    real = [one for one in plans(t) if one.gallery]
    limits = {"plans": MOST_PLANS, "futures": MOST_FUTURES, "years": MOST_YEARS}
    page = _page("home", t, request, offered=offered, real=real, limits=limits, fitted=ready(parts.settings))
    return _owned(page, request)


@router.get("/levers")
def moving(request: Request, parts: Parts, t: Language) -> HTMLResponse:
    """Move levers of a plan; where nothing is fitted that can be used, say so with what makes it (503)."""
    try:
        found = present(parts)
    except HTTPException as none:
        about = {"title": t("web.levers"), "said": [t("web.levers_none")], "commands": COMMANDS}
        return _page("refused", t, request, status=none.status_code, **about)
    return _owned(_page("levers", t, request, box=levers.box(found, t), offline=False, **levers.about(found)), request)


@router.get("/runs/{run}")
def result(run: RunId, request: Request, parts: Parts, t: Language) -> HTMLResponse:
    """Read a result, or watch it come."""
    return _result(parts, parts.run(run), request, t)


@router.get("/s/{run}")
def shared(run: RunId, request: Request, parts: Parts, t: Language) -> HTMLResponse:
    """Read a shared result, which is what it was when it was shared, or say that it is not.

    Raises
    ------
    HTTPException : 404, there is no such share; 409, its files have changed.
    """
    share = parts.queue.shared(run)
    if share is None:
        raise HTTPException(404, t("web.no_share"))
    seen = parts.run(share.run)
    store = parts.store(seen)
    if verify(store.folder.url) or store.digest() != share.digest:
        raise HTTPException(409, t("web.share_changed"))
    return _result(parts, seen, request, t, frozen=share.digest, view=share.view)


@router.get("/runs/{run}/parts/answer")
def answer(run: RunId, request: Request, parts: Parts, t: Language) -> HTMLResponse:
    """Return the ten-second answer so far: the words of the report."""
    seen = parts.run(run)
    return _page("answer", t, request, run=seen, answers=_answers(parts, seen, t))


def _owned(page: HTMLResponse, request: Request) -> HTMLResponse:
    """Give a new browser a name, by which it finds its runs again."""
    if OWNER not in request.cookies:
        page.set_cookie(OWNER, new_owner(), max_age=A_YEAR, httponly=True, samesite="lax")
    return page


def _result(
    parts: Shared, seen: Seen, request: Request, t: Messages, *, frozen: str = "", view: str = ""
) -> HTMLResponse:
    if parts.serving:
        _ready()
    titles = [t.translated(one) for one in seen.titles]
    baseline, *judged = titles
    title = t("versus", plan="; ".join(judged), baseline=baseline)
    ids = parts.store(seen).provenance.plans if seen.state == "done" else ()
    return _page(
        "run", t, request, run=seen, title=title, answers=_answers(parts, seen, t), frozen=frozen, view=view,
        formats=[*FORMATS, "notebook.ipynb"], plans=list(zip(ids, titles, strict=False)),
    )  # fmt: skip


def _answers(parts: Shared, seen: Seen, t: Messages) -> list[tuple[str, ShortWords]]:
    """Return the short answer of each plan, over the futures so far; none where there are none yet."""
    if not seen.paired:
        return []
    try:
        return _short(parts.settings.runs / seen.id, seen.paired, seen.state, t.language)
    except InputError:  # all futures so far have failed
        return []
    except PremortemError:  # it is being written at this moment
        if seen.state == "done":
            raise
        return []


@cache
def _ready() -> None:
    """Read once, beside the page, who feeds whom, so that the first question why has not to wait for it."""
    from premortem.analysis.couplings import couplings

    threading.Thread(target=couplings).start()  # not a daemon: a process that ends while JAX traces is aborted


@lru_cache(maxsize=256)
def _short(folder: Path, _paired: int, _state: State, language: str) -> list[tuple[str, ShortWords]]:
    """Return the short answer of each plan of a run's folder, by its id, computed once for so many futures."""
    store = Store.open(folder)
    baseline, *judged = store.provenance.plans
    t, about = messages(language), store.provenance
    return [(plan, short_words(short_answer(store, plan, baseline), about, t)) for plan in judged]


def for_a_person(request: Request) -> bool:
    """Return whether whoever asks reads pages: a browser that opens an address, not a script or a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def refused(request: Request, messages: Sequence[str], status: int) -> HTMLResponse:
    """Return a page that says, in the language of whoever asks, what is wrong and where to go."""
    t = language_of(request)
    said = [f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in map(t.translated, messages)]
    return _page("refused", t, request, status=status, title=t("web.refused_title"), said=said)


def _page(name: str, t: Messages, request: Request, *, status: int = 200, **values: Any) -> HTMLResponse:
    here = request.url.path
    return HTMLResponse(
        _environment()
        .get_template(f"{name}.html.jinja")
        .render(
            t=t,
            static=f"/static/{static.version()}",
            languages=[(one, f"{here}?lang={one}") for one in LANGUAGES],
            script_words=levers.in_page(levers.script_words(t)),
            **values,
        ),
        status,
    )


@cache
def _environment() -> jinja2.Environment:
    return environment("web")
