"""The one family of errors that people see: where it is, what was found, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

SLIP, APART = 0.8, 0.1
"""How alike two words must be for one to be a slip of the other, and how much less alike the next one."""


@dataclass(frozen=True)
class Where:
    """A place in a file. Lines and columns count from 1; 0 means unknown."""

    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)]) if self.file else ""
        return f"{place} {self.key}".strip() if self.key else place


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    ``kind`` is a stable word such as ``unknown_key``; ``found`` and ``allowed`` are shown as written;
    ``nearest`` is the closest allowed spelling, if one is close. ``slip``: the letters of the file that are a mere slip, and ``cure``: what
    can only be meant by them; both empty where a person must decide.
    """

    kind: str
    message: str
    where: Where = Where()
    found: str = ""
    allowed: str = ""
    nearest: str = ""
    slip: str = ""
    cure: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.message}" if str(self.where) else self.message]
        if self.found:
            lines.append(f"  found:   {self.found}")
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.nearest:
            lines.append(f"  did you mean {self.nearest!r}?")
        return plain("\n".join(lines))


def meant(word: str, allowed: Iterable[str]) -> str:
    """Return the one allowed spelling that a slip of the pen can have meant, empty where there are two or none, or a digit differs.

    >>> meant("fort_blis", ["fort_bliss", "luke_afb"]), meant("tx", ["TX", "AZ"])
    ('fort_bliss', 'TX')
    >>> meant("title_11", ["title_10", "title_32"]), meant("border_strip", ["border_strip_a", "border_strip_b"])
    ('', '')
    """
    known = list(allowed)
    same = [one for one in known if one.casefold() == word.casefold()]
    close = same or difflib.get_close_matches(word, known, n=2, cutoff=SLIP)
    if len(close) > 1 and _alike(word, close[0]) - _alike(word, close[1]) < APART:
        return ""
    return close[0] if close and _digits(close[0]) == _digits(word) else ""


def _alike(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, word).ratio()


def _digits(word: str) -> list[str]:
    return [letter for letter in word if letter.isdigit()]


class PremortemError(Exception):
    """Base of every error that Premortem raises on purpose; carries one or more problems.

    ``exit_code`` is what the command line returns (docs/exit_codes.md).
    """

    exit_code = 2

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem("error", p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class InputError(PremortemError):
    """A file or argument that a person wrote is wrong."""


class DataError(PremortemError):
    """The packaged data (evidence, parameters, theatre) is inconsistent: a fault of the project, not of the user."""


class RunError(PremortemError):
    """A simulation or study could not be finished, resumed or read."""

    exit_code = 3


class ModelError(RunError):
    """A mechanism breaks a rule of the model: a fault of who wrote it, not of the plan."""


class StoppedError(RunError):
    """A person stopped the work."""

    exit_code = 130


# Controls (ESC among them), halves of letters from names that are not UTF-8, and what turns the direction of writing.
_OBEYED = [
    *range(9),
    *range(11, 32),
    *range(127, 160),
    *range(0x200E, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
]
_SHOWN = {code: repr(chr(code))[1:-1] for code in [*_OBEYED, *range(0xD800, 0xE000)]}


def plain(text: str) -> str:
    r"""Return a text with what a terminal would obey shown as Python writes it; tabs and line breaks stay.

    >>> print(plain("a\x1b[2Jb"))
    a\x1b[2Jb
    """
    return text.translate(_SHOWN)


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the allowed spelling closest to ``word``, or an empty string if none is close.

    >>> nearest("fort_blis", ["fort_bliss", "luke_afb"])
    'fort_bliss'
    """
    matches = difflib.get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return matches[0] if matches else ""
