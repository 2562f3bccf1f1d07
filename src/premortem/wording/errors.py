"""Errors in the language of who reads them."""

from __future__ import annotations

from premortem.errors import Problem, plain
from premortem.wording.languages import Messages


def told(problem: Problem, t: Messages) -> str:
    """Return a problem as `Problem` shows it, in a language: the frame always, its words where they are translated."""
    if t.language == "en":
        return str(problem)
    message = t.translated(problem.message)
    lines = [f"{problem.where}: {message}" if str(problem.where) else message]
    shown = {"found": problem.found, "allowed": t.translated(problem.allowed), "nearest": problem.nearest}
    lines += [f"  {t(f'error.{key}', text=text)}" for key, text in shown.items() if text]
    return plain("\n".join(lines))
