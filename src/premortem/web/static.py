"""The files of the page: its own modules and styles, and those of the report."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from fastapi import APIRouter, HTTPException, Response

from premortem.evidence.reading import data

router = APIRouter(include_in_schema=False)

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
MODULES = ("common", "home", "run", "editor", "surrogate", "fan", "levers", "exact", "start_levers")
FILES = {
    "report.css": "report/report.css",
    "report.js": "report/report.js",
    **{name: f"web/{name}" for name in (*(f"{module}.js" for module in MODULES), "web.css", "icon.svg")},
}
"""Name in the address -> file of the packaged data. Nothing else is served."""


@cache
def content(name: str) -> bytes:
    """Return a file."""
    return data().joinpath(FILES[name]).read_bytes()


@cache
def version() -> str:
    """Return a short digest of all files: who has an old page asks for new ones."""
    return sha256(b"".join(content(name) for name in FILES)).hexdigest()[:12]


@router.get("/static/{version}/{name}")
def static(name: str) -> Response:
    """Return a file of the page."""
    if name not in FILES:
        raise HTTPException(404, "no such file")
    kept = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(content(name), media_type=TYPES[name.rpartition(".")[2]], headers=kept)
