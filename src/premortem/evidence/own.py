"""Own data: what a reader lays over the packaged sources, facts, priors and names of outcomes, and measures of several outcomes.

A folder with some of these files, which hold only what differs::

    evidence.toml       [[source]] by key, [[fact]] by id: a new one adds an entry, a known one changes what is stated of it
    parameters.toml     ["mechanism.name"] prior = "...": another prior; without facts and grade of its own it is an assumption
    outcomes.toml       [outcome] title, spanish, headline, matters, matters_least
    measures.toml       [name] title, spanish, weights: one measure of several outcomes (`premortem.analysis.weights`)

It holds for a whole process and for the processes that it starts, since everything rests on the evidence: it is named once, before anything
is read, by ``--with FOLDER``, by `use`, or in the environment.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from premortem import text
from premortem.errors import DataError, InputError, Problem, Where, nearest
from premortem.evidence.reading import Entry, build

SETTING = "PREMORTEM_WITH"
EVIDENCE, PARAMETERS, OUTCOMES, MEASURES = "evidence.toml", "parameters.toml", "outcomes.toml", "measures.toml"
FILES = (EVIDENCE, PARAMETERS, OUTCOMES, MEASURES)
LIMIT = 1 << 20
"""Bytes of a file."""
ID = {"source": "key", "fact": "id"}
"""Kind of an entry -> what names it."""
TOPIC = "own"
KEYS: Mapping[str, tuple[str, ...]] = {
    PARAMETERS: ("prior", "facts", "grade", "note"),
    OUTCOMES: ("title", "spanish", "headline", "matters", "matters_least"),
    MEASURES: ("title", "spanish", "weights"),
}
"""File of tables -> what a table may state."""


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True)
class Own:
    """The own data of this process; empty where none were named.

    ``documents``: name of a file -> its TOML; ``contents``: the same as bytes.
    """

    folder: Path | None = None
    documents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contents: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A hash of what results rest on: evidence and priors. Empty where there are none of them."""
        parts = [self.contents[name] for name in (EVIDENCE, PARAMETERS) if name in self.contents]
        return hashlib.sha256(b"\0".join(parts)).hexdigest() if parts else ""

    @property
    def entries(self) -> tuple[str, ...]:
        """Ids of the sources, facts and priors that are stated, in order: what results rest on."""
        return (*(ident for _, ident, _ in self._rows()), *self.priors)

    @property
    def stated(self) -> tuple[str, ...]:
        """All ids that are stated: `entries`, then outcomes and measures, which read ``outcomes.members``, ``measures.lives``."""
        named = (
            file.removesuffix("toml") + name for file in (OUTCOMES, MEASURES) for name in self.documents.get(file, ())
        )
        return (*self.entries, *named)

    @property
    def priors(self) -> Mapping[str, Mapping[str, Any]]:
        """What is stated of each parameter, by id."""
        return dict(_tables(self.documents.get(PARAMETERS, {})))

    def where(self, file: str, ident: str, key: str = "") -> Where:
        """Return the place of an entry, or of a key in it."""
        lines = text.lines(self.contents.get(file, b"").decode(errors="replace"))
        name = r"\s*\.\s*".join(re.escape(part) for part in ident.split("."))
        head = re.compile(rf"""\s*(?:(?:id|key)\s*=\s*"{re.escape(ident)}"|\[\s*["']?{name}["']?\s*\])""")
        line = next((number for number, words in enumerate(lines, 1) if head.match(words)), 0)
        if key and line:
            heads = [number for number, words in enumerate(lines, 1) if words.startswith("[")]
            first = max((number for number in heads if number <= line), default=1)
            last = min((number for number in heads if number > line), default=len(lines) + 1)
            stated = re.compile(rf"\s*{re.escape(key)}\s*=")
            line = next((number for number in range(first, last) if stated.match(lines[number - 1])), line)
        return Where(str((self.folder or Path()) / file), line, key=f"{ident}.{key}".strip("."))

    def laid(self, model: type[E], kind: str, packaged: Mapping[str, E], **more: str) -> dict[str, E]:
        """Return the packaged entries of a kind with the reader's over them.

        Raises
        ------
        InputError : an entry is wrong, with file, line and key.
        """
        found = dict(packaged)
        for of, ident, stated in self._rows():
            if of == kind:
                before = found[ident].model_dump(exclude_none=True) if ident in found else {ID[kind]: ident, **more}
                if "value" in stated:  # a range is that of its value, words are none
                    before = {name: value for name, value in before.items() if name not in {"low", "high", "finding"}}
                found[ident] = self.entry(model, EVIDENCE, ident, before | stated)
        return found

    def entry(self, model: type[E], file: str, ident: str, values: Mapping[str, Any]) -> E:
        """Return one entry, validated.

        Raises
        ------
        InputError : it is wrong, with file, line and key.
        """
        try:
            return build(model, file, b"", [(ident, values)])[0]
        except DataError as error:
            raise InputError(*self._placed(error.problems, file, ident, values)) from None

    def _placed(
        self, problems: Iterable[Problem], file: str, ident: str, values: Mapping[str, Any]
    ) -> Iterator[Problem]:
        """Yield problems at the place of their key; those of keys that are filled in are those of what they are filled from."""
        for problem in problems:
            key, _, message = problem.message.partition(": ")
            field = key.partition(".")[0]
            missing = message == "is missing"
            if missing or key == "entry" or field in values:
                where = self.where(file, ident, "" if key == "entry" else field)
                found = "" if missing else problem.found
                yield Problem(problem.kind, message, where, found, problem.allowed, problem.nearest)

    def _rows(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield kind, id and values of each source and fact."""
        for kind, rows in self.documents.get(EVIDENCE, {}).items():
            for row in rows:
                yield kind, str(row[ID[kind]]), {key: value for key, value in row.items() if key != ID[kind]}


@cache
def given() -> Own:
    """Return the own data of this process (read once).

    Raises
    ------
    InputError : the folder or a file in it cannot be read, or a file, table or key has a name that nothing reads.
    """
    named = os.environ.get(SETTING, "")
    if not named:
        return Own()
    folder = Path(named).absolute()
    if not text.is_folder(folder):
        raise InputError(Problem("own_data", "no such folder of own data", Where(named)))
    files = sorted(path.name for path in folder.iterdir() if path.suffix == ".toml")
    problems = [
        Problem(
            "own_data", "no file of own data", Where(str(folder / name)), name, ", ".join(FILES), nearest(name, FILES)
        )
        for name in files
        if name not in FILES
    ]
    if not files:
        problems = [Problem("own_data", "a folder without own data", Where(named), allowed=", ".join(FILES))]
    if problems:
        raise InputError(*problems)
    documents = {name: text.toml(folder / name, LIMIT) for name in files}
    own = Own(folder, documents, {name: text.read_bytes(folder / name, LIMIT) for name in files})
    if faults := [*_faults(own)]:
        raise InputError(*faults)
    return own


def use(folder: str | Path) -> Own:
    """Lay the own data in a folder over the packaged data, for this process and those that it starts.

    Raises
    ------
    InputError : other data have been read already, or the folder is wrong, with every fault.
    """
    if given.cache_info().currsize and given().folder != Path(folder).absolute():
        raise InputError(
            Problem(
                "own_data",
                "evidence has been read already without these data",
                found=str(folder),
                allowed=f"own data named before anything else, or {SETTING}={folder} in the environment",
            )
        )
    os.environ[SETTING] = str(Path(folder).absolute())
    return given()


def _tables(document: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the innermost tables by their ids: ``[state.arrests]`` and ``["state.arrests"]`` are the same."""
    for name, value in document.items():
        ident = f"{above}.{name}".strip(".")
        if isinstance(value, Mapping):
            stated = {key: one for key, one in value.items() if not isinstance(one, Mapping)}
            if stated:
                yield ident, stated
            yield from _tables({key: one for key, one in value.items() if isinstance(one, Mapping)}, ident)


def _faults(own: Own) -> Iterator[Problem]:
    """Yield what cannot be read at all: tables of another form, entries without id or twice, keys that nothing reads."""
    seen: set[str] = set()
    for kind, rows in own.documents.get(EVIDENCE, {}).items():
        where = Where(str((own.folder or Path()) / EVIDENCE), key=kind)
        if kind not in ID or not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
            yield Problem("own_data", "not a list of entries", where, kind, "[[source]] or [[fact]]")
            continue
        for number, row in enumerate(rows, 1):
            ident = row.get(ID[kind])
            if not isinstance(ident, str) or not ident:
                allowed = f'{ID[kind]} = "a name of yours or of the packaged evidence"'
                yield Problem("own_data", f"{kind} {number} has no {ID[kind]}", where, allowed=allowed)
            elif ident in seen:
                yield Problem("own_data", "the same id twice", own.where(EVIDENCE, ident), ident)
            else:
                seen.add(ident)
    for file, known in KEYS.items():
        document = own.documents.get(file, {})
        for name, value in document.items():
            if not isinstance(value, Mapping):
                yield Problem("own_data", "not a table", own.where(file, name), f"{name} = {value}", f"[{name}]")
        tables = (
            _tables(document) if file == PARAMETERS else ((k, v) for k, v in document.items() if isinstance(v, dict))
        )
        for ident, values in tables:
            for key in values:
                if key not in known:
                    where = own.where(file, ident, key)
                    yield Problem("unknown_key", "no such key", where, key, ", ".join(known), nearest(key, known))
