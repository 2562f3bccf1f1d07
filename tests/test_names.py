"""Names of places, forces and organisations are data of a theatre: the code may hold none."""

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from premortem.theatre import glossary

SOURCE = Path(__file__).parents[1] / "src" / "premortem"
US_MEXICO = SOURCE / "data/theatres/us-mexico"
WORDS_OF_THE_MODEL = {"mexico", "Mexico", "guard", "local_police", "state_police", "intelligence", "local", "rest"} | {
    "local_government",
    "third_state",
}
"""Roles that the model knows in any theatre (index sets, levers, keys and prose of the plan language), which the theatre names so too."""


def names() -> set[str]:
    """Return every id and name of a place, base, unit, service, command, sector, port, force and organisation of the theatre."""
    held = glossary.of()
    found: set[str] = set()
    for things in (held.units, held.bases, held.services, held.commands):
        for thing in things.values():
            found |= {thing.id, thing.name}
    for name, place in held.places.items():
        found |= {name, place.code}
    for file, column in (("sectors.csv", "sector"), ("ports.csv", "port")):
        found |= {row[column] for row in csv.DictReader((US_MEXICO / file).read_text(encoding="utf-8").splitlines())}
    settings = tomllib.loads((US_MEXICO / "theatre.toml").read_text(encoding="utf-8"))
    found |= {*settings["sides"], settings["northern_guard"]} | {force["id"] for force in settings["home"]}
    organisations = tomllib.loads((US_MEXICO / "organisations.toml").read_text(encoding="utf-8"))["organisation"]
    found |= {entry[key] for entry in organisations for key in ("id", "name")} | {*held.vocabulary("us_state").words}  # type: ignore[union-attr]
    return found - WORDS_OF_THE_MODEL


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string that code works with or shows: docstrings and the help of commands may give examples."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr):
                skipped.add(id(statement.value))
        if isinstance(node, ast.keyword) and node.arg in {"help", "metavar"}:
            skipped |= {id(part) for part in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


NAMES = names()
IN_PROSE = sorted((re.escape(name) for name in NAMES if name[:1].isupper() and len(name) > 2), key=len, reverse=True)
PATTERN = re.compile(r"(?<![\w.])(" + "|".join(IN_PROSE) + r")(?![\w.])")


def named(text: str) -> list[str]:
    """Return the names in a text: an id or a code if it is the whole text, a proper name anywhere in it."""
    return [text] if text in NAMES else PATTERN.findall(text)


@pytest.mark.parametrize("room", sorted({p.relative_to(SOURCE).parts[0] for p in SOURCE.rglob("*.py")}))
def test_no_name_of_a_place_or_an_organisation_stands_in_code(room: str) -> None:
    files = [SOURCE / room] if room.endswith(".py") else sorted((SOURCE / room).rglob("*.py"))
    found = [
        f"{file.relative_to(SOURCE)}:{line}: {name}"
        for file in files
        for line, text in texts(ast.parse(file.read_text(encoding="utf-8")))
        for name in named(text)
    ]
    assert not found, "read it from the theatre's folder (premortem.theatre.glossary)"


def test_the_test_sees_names_in_code_and_spares_docstrings() -> None:
    tree = ast.parse('"""Texas"""\nNEAR = ("Sonora", "us.dea.agents")\ndef f(x="TX"):\n    "CA"\n    return x\n')
    assert [(line, name) for line, text in texts(tree) for name in named(text)] == [(2, "Sonora"), (3, "TX")]
