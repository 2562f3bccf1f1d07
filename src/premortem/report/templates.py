"""The templates of the report, which other pages share."""

from __future__ import annotations

import base64
import hashlib

import jinja2

from premortem.evidence.ledger import Source
from premortem.lint import Finding
from premortem.wording.languages import Messages
from premortem.wording.sentences import finding


def environment(*folders: str) -> jinja2.Environment:
    """Return the templates of folders of the packaged data, and behind them those of the report; every value is escaped."""
    places = [jinja2.PackageLoader("premortem", f"data/{folder}") for folder in (*folders, "report")]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(places), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    made.filters |= {"finding": finding, "cited": _cited, "message": _message, "terms": str}
    return made


def content_hash(content: str) -> str:
    """Return what a content security policy names a style or a script by: all others in the page are dead text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def _message(found: Finding, t: Messages) -> str:
    """Return what a finding says, in a language."""
    return t.translated(found.message)


def _cited(source: Source) -> str:
    """Return a source in few words: its authors, or its publisher, and its year."""
    who = source.authors or source.publisher
    return f"{who} ({source.year})" if source.year else who
