"""Reads a theatre's folder: typed rows, and for whatever is wrong the file and the line."""

from __future__ import annotations

import csv
import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence.reading import Entry, data, entry_problems
from premortem.text import is_file, read

E = TypeVar("E", bound=Entry)

SIZE_LIMIT = 1 << 24
"""Bytes of one file of a theatre."""

DEFAULT = "us-mexico"
"""The theatre of a plan that names none."""


def packaged() -> Mapping[str, Traversable]:
    """Return the packaged theatres' folders by name."""
    return {place.name: place for place in (data() / "theatres").iterdir() if place.is_dir()}


@dataclass(frozen=True)
class Folder:
    """The files of one theatre; ``changed`` holds those, by name, whose text is another than the folder's."""

    name: str
    root: Traversable
    changed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def find(cls, name: str) -> Folder:
        """Return a packaged theatre by name, or the theatre in a folder of the user's.

        Raises
        ------
        InputError
            If there is no such theatre.
        """
        known = packaged()
        if name in known:
            return cls(name, known[name])
        path = Path(name)
        if is_file(path / "theatre.toml"):
            return cls(path.resolve().name, path)
        problem = Problem(
            "unknown_theatre",
            "no such theatre: neither a packaged one nor a folder with a theatre.toml",
            found=name,
            allowed=", ".join(sorted(known)) + ", or a folder",
            nearest=nearest(name, known),
        )
        raise InputError(problem)

    def content(self, file: str) -> str:
        """Return the text of a file.

        Raises
        ------
        InputError
            If it is missing, no file, too large or not UTF-8.
        """
        if (changed := dict(self.changed).get(file)) is not None:
            return changed
        try:
            return read(str(self.root / file), SIZE_LIMIT).replace("\r\n", "\n")
        except OSError as error:
            raise InputError(Problem("unreadable", f"cannot read it: {error.strerror}", self.where(file))) from None

    def with_files(self, texts: Mapping[str, str]) -> Folder:
        """Return the folder with other texts for some of its files; nothing is written."""
        return replace(self, changed=tuple(sorted({**dict(self.changed), **texts}.items())))

    def where(self, file: str, line: int = 0, key: str = "") -> Where:
        """Return a place in one of the files."""
        return Where(f"{self.name}/{file}", line, key=key)

    def toml(self, file: str) -> Mapping[str, Any]:
        """Return a TOML file.

        Raises
        ------
        InputError
            If it is not TOML.
        """
        try:
            return tomllib.loads(self.content(file))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise InputError(Problem("toml", str(error), self.where(file))) from None

    def has(self, file: str) -> bool:
        """Whether the folder has a file."""
        return file in dict(self.changed) or (self.root / file).is_file()

    def entries(self, file: str, key: str, model: type[E]) -> tuple[E, ...]:
        """Return the entries of an array of tables, ``[[key]]``, of a TOML file.

        Raises
        ------
        InputError
            If the file is not TOML, or an entry is wrong.
        """
        found = self.toml(file).get(key, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise InputError(Problem("entry", f"{key} is not an array of tables", self.where(file, key=key)))
        return tuple(
            self.build(model, entry, self.where(file, key=str(entry.get("id", f"{key} {i + 1}"))))
            for i, entry in enumerate(found)
        )

    def build(self, model: type[E], values: Mapping[str, Any], where: Where) -> E:
        """Return one validated entry.

        Raises
        ------
        InputError
            With one problem for every wrong field.
        """
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise InputError(*entry_problems(error, model, where)) from None

    def table(self, file: str, model: type[E]) -> tuple[E, ...]:
        """Return the rows of a CSV file.

        Raises
        ------
        InputError
            With every wrong row of the file.
        """
        rows: list[E] = []
        problems: list[Problem] = []
        for line, row in enumerate(csv.DictReader(StringIO(self.content(file), newline="")), start=2):
            values = {str(key): value for key, value in row.items() if key is not None}
            try:
                rows.append(self.build(model, values, self.where(file, line)))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(*problems)
        return tuple(rows)

    def known(self, what: str, word: str, allowed: Mapping[str, object] | Sequence[str], file: str) -> None:
        """Check a name that a file, or the caller, uses.

        Raises
        ------
        InputError
            If it does not exist, with the nearest spelling.
        """
        if word not in allowed:
            problem = Problem(
                f"unknown_{what}",
                f"no such {what} in this theatre",
                self.where(file),
                found=word,
                allowed=", ".join(allowed),
                nearest=nearest(word, allowed),
            )
            raise InputError(problem)

    def write(self, target: Path) -> None:
        """Write the folder's files, as they are read, to a new or empty folder, or to one that holds the same already.

        Raises
        ------
        InputError
            If the target holds anything else, or cannot be a folder.
        """
        names = {place.name for place in self.root.iterdir() if place.is_file()} | dict(self.changed).keys()
        texts = {name: self.content(name) for name in sorted(names)}
        try:
            target.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(Problem("no_folder", f"no folder can be made: {reason}", found=str(target))) from None
        there = {place.name: place.read_bytes() for place in target.iterdir() if place.is_file()}
        if any(texts.get(name, "").encode() != content for name, content in there.items()):
            raise InputError(Problem("not_empty", "the folder holds something else already", found=str(target)))
        for name, text in texts.items():
            (target / name).write_text(text, encoding="utf-8")

    def digest(self) -> str:
        """Return a hash of every file of the folder, as it is read."""
        total = hashlib.sha256(repr(self.changed).encode() if self.changed else b"")
        for file in sorted((place for place in self.root.iterdir() if place.is_file()), key=lambda place: place.name):
            total.update(f"{file.name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
        return total.hexdigest()
