"""Errors in the language of who reads them."""

from __future__ import annotations

from functools import cache

from premortem.errors import Problem, plain
from premortem.evidence.reading import document
from premortem.wording.languages import Messages

ERRORS = "report/es_errors.toml"


def told(problem: Problem, t: Messages) -> str:
    """Return a problem as `Problem` shows it, in a language: the frame always, its message where it is translated."""
    if t.language == "en":
        return str(problem)
    message = _message(problem.message, t)
    lines = [f"{problem.where}: {message}" if str(problem.where) else message]
    shown = {"found": problem.found, "allowed": problem.allowed, "nearest": problem.nearest}
    lines += [f"  {t(f'error.{key}', text=text)}" for key, text in shown.items() if text]
    return plain("\n".join(lines))


def _message(message: str, t: Messages) -> str:
    templates = _templates()
    if message in templates:
        return templates[message]
    spanish = Messages(t.language, {}, templates)
    fitting = sorted((one for one in templates if "{" in one), key=len, reverse=True)  # the most particular first
    return next((made for one in fitting if (made := spanish.filled(one, message)) != message), message)


@cache
def _templates() -> dict[str, str]:
    return {text["en"]: text["es"] for text in document(ERRORS)["text"]}
