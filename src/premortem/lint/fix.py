"""Mending the slips of the pen in a plan's file: what can be meant in one way only is written so, and the rest stays.

Mended are names and keys one letter off, notations that TOML has not (dates, thousands, decimal commas, curly quotation marks, bare words),
and words of older versions of the language. Comments and layout stay; nothing that a reader might have meant otherwise is touched.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from premortem.errors import InputError, Problem
from premortem.plan.language.load import load_text
from premortem.plan.language.mistakes import STRAIGHT
from premortem.plan.language.upgrade import upgrade

BEHIND = re.compile(r"\s*(?:[=,}\]#]|$)")
"""What may stand behind the end of a text."""
ROUNDS = 100
"""Times that a file is read at most: of notations that are not TOML, one is found each time."""


@dataclass(frozen=True)
class Fixed:
    """A plan's text mended: what was changed, one sentence each, and what is still wrong with it."""

    before: str
    text: str
    changes: tuple[str, ...]
    left: tuple[Problem, ...]

    def difference(self, file: str) -> Iterator[str]:
        """Yield the lines of a unified diff."""
        before, after = (text.removesuffix("\n").split("\n") for text in (self.before, self.text))
        yield from difflib.unified_diff(before, after, f"{file} (as it is)", f"{file} (mended)", lineterm="")


def fix(text: str, file: str = "plan.toml", folder: Path | None = None) -> Fixed:
    """Return a plan's text with its slips mended; the same text where there are none.

    Parameters
    ----------
    file, folder : the name for places, and where a plan that it extends is looked for first; slips of that plan are left.
    """
    now, changes, left = text, list[str](), tuple[Problem, ...]()
    for _ in range(ROUNDS):
        try:
            load_text(now, file, folder)
        except InputError as error:
            left = error.problems
            mended = [problem for problem in left if problem.where.file == file and problem.cure]
            after, made = _mended(now, mended)
            if not made:
                break
            changes += [f"line {one.where.line}: {one.slip} is now {one.cure}" for one in made]
            now, left = after, ()
        else:
            left = ()
            break
    try:
        now, older = upgrade(now, file, folder)
    except InputError as error:
        return Fixed(text, now, tuple(changes), left or error.problems)
    return Fixed(text, now, (*changes, *older), ())


def _mended(text: str, problems: list[Problem]) -> tuple[str, list[Problem]]:
    """Return the text with each slip replaced at its place, the last in the file first, and those that were."""
    lines, made = text.split("\n"), list[Problem]()
    for problem in sorted(problems, key=lambda one: (one.where.line, one.where.column), reverse=True):
        number, first = problem.where.line - 1, problem.where.column - 1
        line = lines[number] if 0 <= number < len(lines) else ""
        start = line.find(problem.slip, max(first, 0))
        if 0 <= start <= first + 1:  # a text stands behind its quotation mark
            rest = line[start + len(problem.slip) :]
            closed = _closed(rest, problem.cure) if problem.slip in STRAIGHT else rest
            if closed is not None:
                lines[number] = line[:start] + problem.cure + closed
                made.insert(0, problem)
    return "\n".join(lines), made


def _closed(rest: str, mark: str) -> str | None:
    """Return the rest of a line behind an opening mark with the one that closes it made straight; nothing where another might be meant.

    >>> _closed('Mine” # a sketch', '"')
    'Mine" # a sketch'
    >>> [_closed(rest, mark) for rest, mark in (("it’s’", "'"), ("a “b” c”", '"'), ('say "hi"”', '"'), ("open", '"'))]
    [None, None, None, None]
    """
    end = next((place for place, one in enumerate(rest) if STRAIGHT.get(one) == mark), len(rest))
    within, after = rest[:end], rest[end + 1 :]
    many = sum(STRAIGHT.get(one) == mark for one in after.partition("#")[0])
    if end == len(rest) or not BEHIND.match(after) or many % 2 or mark in within or (mark == '"' and "\\" in within):
        return None
    return within + mark + after
