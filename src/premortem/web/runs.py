"""Runs: asked for, followed, read, explained, shared."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from premortem.api.studies import Study
from premortem.errors import InputError, Problem
from premortem.instant.observed import NAMES, STEP, bands
from premortem.study.cases import Reading
from premortem.study.plans import as_it_was
from premortem.web.documents import FORMATS
from premortem.web.notebook import notebook
from premortem.web.questions import Question
from premortem.web.queue import ENDED, Seen, State
from premortem.web.shared import ID, Address, Language, Owner, Parts, RunId, Shared, in_words
from premortem.wording.inputs import field_words, input_words
from premortem.wording.languages import Messages

router = APIRouter(tags=["runs"])
WHOLE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
"""Policy of a report, which says itself what else it may load (nothing) and which script is its own."""
TOML: dict[int | str, dict[str, Any]] = {200: {"content": {"application/toml": {"schema": {"type": "string"}}}}}
LOOK = 0.25  # seconds between two looks at a run that is followed
ALIVE = 15.0  # seconds after which a silent stream says that it lives
PATIENCE = 3_600.0  # seconds that one stream lasts; a browser opens another


class RunShown(BaseModel):
    """A run. ``runs``: futures under each plan and reading, ``runs_done`` of them computed; ``paired``: futures done under every plan, as
    likely to unfold unless the other reading goes first.

    ``ahead``: runs that wait before it; ``stuck``: nothing is computed on this server until its worker is mended. ``digest``: of its
    results, once it is done. Times: seconds since 1970.
    """

    id: str
    address: str
    titles: list[str]
    state: State
    submitted: float
    ended: float
    runs: int
    runs_done: int
    paired: int
    ahead: int
    stuck: bool
    digest: str
    problems: list[dict[str, Any]]
    question: dict[str, Any]


class Accepted(BaseModel):
    """A run that was queued. ``reused``: somebody asked the same before, and nothing is computed twice."""

    id: str
    address: str
    reused: bool


class Courses(BaseModel):
    """Quantiles over ``futures`` of each outcome's difference to the baseline, every ``step_weeks``: q05, q25, q50, q75, q95."""

    futures: int
    step_weeks: int
    outcomes: dict[str, dict[str, list[float]]]


class View(BaseModel):
    """How a shared result is seen."""

    model_config = ConfigDict(extra="forbid")

    view: Annotated[str, Field(max_length=512, pattern=r"^[\w&=.#-]*$", description="query of the page's address")] = ""


class Frozen(BaseModel):
    """A shared result: its address, and the digest at which it is frozen."""

    address: str
    digest: str


@router.post("/api/runs", status_code=202)
def ask(question: Question, parts: Parts, owner: Owner, address: Address, response: Response) -> Accepted:
    """Queue plans against a baseline: 202, or 200 where the same was asked before.

    Raises
    ------
    InputError : a plan cannot be read, or two have one id.
    FullError : too many runs are open.
    """
    run, reused = parts.queue.ask(question, owner, address)
    response.status_code = 200 if reused else 202
    return Accepted(id=run, address=f"/runs/{run}", reused=reused)


@router.get("/api/runs")
def history(parts: Parts, owner: Owner, t: Language) -> list[RunShown]:
    """List what this browser asked for, the newest first."""
    return [shown(parts, run, t) for run in parts.queue.history(owner)]


@router.get("/api/runs/{run}")
def one(run: RunId, parts: Parts, t: Language) -> RunShown:
    """Return a run as it stands."""
    return shown(parts, parts.run(run), t)


@router.get("/api/runs/{run}/events", response_class=StreamingResponse)
async def events(run: RunId, parts: Parts, t: Language) -> StreamingResponse:
    """Follow a run: server-sent events ``progress`` with what `GET /api/runs/{run}` returns, until it has ended."""
    await run_in_threadpool(parts.run, run)
    return StreamingResponse(_events(parts, run, t), media_type="text/event-stream")


@router.post("/api/runs/{run}/cancel")
def cancel(run: RunId, parts: Parts, owner: Owner, t: Language) -> RunShown:
    """Cancel a run of this browser's that nobody else asked for.

    Raises
    ------
    HTTPException : 404, there is none; 409, it has ended, or somebody else waits for it too.
    """
    seen = parts.run(run)
    if not parts.queue.cancel(run, owner):
        why = "it has ended" if seen.state in ENDED else "it was asked for by somebody else, or by others too"
        raise HTTPException(409, f"the run cannot be cancelled: {why}")
    return shown(parts, parts.run(run), t)


@router.get("/api/runs/{run}/comparison")
def comparison(run: RunId, parts: Parts, plan: Annotated[str, Field(max_length=200)] = "") -> dict[str, Any]:
    """Return every outcome of a plan against the baseline, unrounded, under both readings, over the futures so far.

    Raises
    ------
    InputError : no such plan in it, or nothing is finished yet.
    """
    compared = _study(parts, run).compare(plan)
    written = compared.carried_out.result.lines if compared.unfolding else None
    return {
        "plan": compared.plan,
        "baseline": compared.baseline,
        "futures": compared.futures,
        "outcomes": [line.as_json() for line in compared.result.lines],
        "carried_out": None if written is None else [line.as_json() for line in written],
        "unfolding": None if compared.unfolding is None else compared.unfolding.as_json(),
    }


@router.get("/api/runs/{run}/courses")
def courses(
    run: RunId, parts: Parts, plan: Annotated[str, Field(max_length=200)], reading: Reading = "as_likely"
) -> Courses:
    """Return what becomes of each outcome over time under a plan, compared with the baseline, over the futures so far.

    Raises
    ------
    InputError : no such plan in it, or nothing is finished yet.
    """
    futures, found = bands(_study(parts, run).store, plan, reading)
    return Courses(
        futures=futures,
        step_weeks=STEP,
        outcomes={
            id_: {name: part.tolist() for name, part in zip(NAMES, band.T, strict=True)} for id_, band in found.items()
        },
    )


@router.get("/api/runs/{run}/explain/{outcome}")
def explain(
    run: RunId,
    outcome: Annotated[str, Path(pattern=r"^\w{1,64}$")],
    parts: Parts,
    t: Language,
    plan: Annotated[str, Field(max_length=200)] = "",
) -> dict[str, Any]:
    """Say what a number is, what moves it most, through which mechanisms, and on which sources that rests.

    Raises
    ------
    InputError : no such outcome or plan in it, or nothing is finished yet.
    """
    found = _study(parts, run).compare(plan).explain(outcome).as_json()
    return found | {
        "definition": t.translated(found["definition"]),
        "why_no_inputs": t.translated(found["why_no_inputs"]),
        "inputs": [_input(one, t) for one in found["inputs"]],
    }


def _input(one: dict[str, Any], t: Messages) -> dict[str, Any]:
    """Return an input with the names of the mechanisms of its chain, and its words in a language."""
    words_of = input_words if one["kind"] == "parameter" else field_words
    meaning = one["meaning"] if t.language == "en" else words_of(one["id"], t)
    words = {"meaning": meaning, "prior": t.translated(one["prior"]), "unit": t.translated(one["unit"], inside=True)}
    return one | words | {"through": [t.named("mechanism", name) for name in one["chain"]]}


@router.post("/api/runs/{run}/share")
def share(run: RunId, view: View, parts: Parts) -> Frozen:
    """Freeze a result under an address of its own.

    Raises
    ------
    HTTPException : 404, there is no such run; 409, it is not done.
    """
    parts.run(run)
    made = parts.queue.share(run, view.view)
    if made is None:
        raise HTTPException(409, "only a result that is done can be shared")
    return Frozen(address=f"/s/{made.key}", digest=made.digest)


@router.get("/runs/{run}/notebook.ipynb", response_class=Response)
def as_notebook(run: RunId, parts: Parts, t: Language) -> Response:
    """Return a finished run as a notebook that asks the same again.

    Raises
    ------
    HTTPException : 404, no such run; 409, it is not done.
    """
    seen = _ended(parts, run)
    text = notebook(Question.model_validate(seen.asked), seen.digest, t)
    name = {"content-disposition": 'attachment; filename="notebook.ipynb"'}
    return Response(text, media_type="application/x-ipynb+json", headers=name)


@router.get("/runs/{run}/{name}", response_class=FileResponse)
def document(run: RunId, name: Annotated[str, Path(max_length=64)], parts: Parts, t: Language) -> FileResponse:
    """Return a report or the data of a finished run, written when it is first asked for: `report.html`, `results.csv` and others.

    Raises
    ------
    HTTPException : 404, no such run or document; 409, the run is not done.
    RunError : it cannot be written.
    """
    if name not in FORMATS:
        raise HTTPException(404, f"no such document; there are: {', '.join(FORMATS)}")
    seen = _ended(parts, run)
    file = parts.documents.path(seen.id, name, t.language, seen.digest)
    how = "inline" if name == "report.html" else "attachment"
    return FileResponse(
        file,
        media_type=FORMATS[name],
        filename=name,
        content_disposition_type=how,
        headers={"content-security-policy": WHOLE},
    )


@router.get("/runs/{run}/plans/{plan}.toml", response_class=Response, responses=TOML)
def plan_file(
    run: RunId, plan: Annotated[str, Path(pattern=ID.replace("8,32", "1,64"))], parts: Parts
) -> PlainTextResponse:
    """Return the text of a plan of a run, as it was.

    Raises
    ------
    HTTPException : 404, there is none.
    """
    store = parts.store(parts.run(run))
    spec = store.provenance.recipe.spec
    recorded = store.provenance.recipe.plan(plan)
    if spec is None or recorded is None:
        raise HTTPException(404, "no such plan in this run")
    named = next((one for one in spec.plans if one == recorded.file), plan)
    name = {"content-disposition": f'attachment; filename="{plan}.toml"'}
    return PlainTextResponse(as_it_was(store, named).source, media_type="application/toml", headers=name)


def _ended(parts: Shared, run: str) -> Seen:
    seen = parts.run(run)
    if seen.state != "done":
        raise HTTPException(409, f"the run is not done; it is {seen.state}")
    return seen


def shown(parts: Shared, run: Seen, t: Messages) -> RunShown:
    """Return a run for programs, its titles and problems in a language."""
    return RunShown(
        id=run.id, address=f"/runs/{run.id}", titles=[t.translated(one) for one in run.titles],
        state=run.state, submitted=run.submitted, ended=run.ended,
        runs=run.runs, runs_done=run.runs_done, paired=run.paired, ahead=run.ahead, stuck=parts.crew.broken, digest=run.digest,
        problems=[in_words(one, t) for one in run.problems], question=run.asked,
    )  # fmt: skip


async def _events(parts: Shared, run: str, t: Messages) -> AsyncGenerator[str]:
    last, silent = "", 0.0
    for _ in range(int(PATIENCE / LOOK)):
        seen = await run_in_threadpool(parts.queue.see, run)
        if seen is None:
            return
        now = json.dumps(shown(parts, seen, t).model_dump(exclude={"question"}))
        if now != last:
            last, silent = now, 0.0
            yield f"event: progress\ndata: {now}\n\n"
        if seen.state in ENDED:
            return
        await asyncio.sleep(LOOK)
        silent += LOOK
        if silent > ALIVE:
            silent = 0.0
            yield ": alive\n\n"


def _study(parts: Shared, run: str) -> Study:
    seen = parts.run(run)
    if not seen.paired:
        raise InputError(Problem("nothing_yet", "no future is finished under every plan yet; ask again later"))
    return Study(parts.store(seen))
