"""Bringing a plan file to the words of today: what an older file said in other words is written anew, comments stay.

Every older file that loads without it means the same as before; what cannot be read any more is rewritten here first.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from premortem.errors import InputError, Problem, Where
from premortem.plan.language.load import load_text
from premortem.plan.language.mistakes import harmless

AT_SEA = {
    "interdict_vehicle": "interdict_vessel",
    "surveillance": "detect_monitor",
    "search": "board",
    "strike": "strike_vessel",
}
"""What tasks of a force at home were called at sea before ``[[sea]]``, and are called now."""
KEPT_AT_SEA = ("id", "service", "authority", "from_week", "to_week")


def upgrade(text: str, file: str = "plan.toml", folder: Path | None = None) -> tuple[str, tuple[str, ...]]:
    """Return a plan's text in the words of today and what was changed, one sentence each; the same text if nothing is to be done.

    Raises
    ------
    InputError
        If the text is not TOML, or is no valid plan once it is upgraded.
    """
    text = harmless(text)
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        load_text(text, file, folder)  # says where and why
        raise InputError(Problem("toml_syntax", "cannot be rewritten", Where(file))) from None
    changed = [said for step in STEPS for said in step(document)]
    made = tomlkit.dumps(document) if changed else text
    load_text(made, file, folder)
    return made, tuple(changed)


def _elements(document: Any, array: str) -> Any:
    held = document.get(array)
    return held if isinstance(held, AoT) else []


def _append(document: Any, array: str, entry: dict[str, Any]) -> None:
    if array not in document:
        document[array] = tomlkit.aot()
    made = tomlkit.table()
    for key, value in entry.items():
        made[key] = value
    document[array].append(made)


def _drop(document: Any, array: str, places: list[int]) -> None:
    for place in reversed(places):
        del document[array][place]
    if not len(document[array]):
        del document[array]


def _truces(document: Any) -> list[str]:
    """The lever ``rivalry.truce``, a multiplier by decree, is a deal that organisations may accept or not."""
    places, changed = [], []
    for place, measure in enumerate(_elements(document, "measure")):
        if measure.get("lever") == "rivalry.truce":
            first, last = measure.get("weeks", [0, "end"])
            name = str(measure.get("id", "truce"))
            ends = {} if last == "end" else {"to_week": last}
            _append(document, "deal", {"id": name, "kind": "truce", "from_week": first, **ends})
            places.append(place)
            changed.append(
                f'measure "{name}" of rivalry.truce is now the deal "{name}": whether it is agreed and holds is drawn'
            )
    if places:
        _drop(document, "measure", places)
    return changed


def _at_sea(document: Any) -> list[str]:
    """A force at home whose place was the sea is an element at sea, which acts there."""
    places, changed = [], []
    for place, force in enumerate(_elements(document, "domestic")):
        tasks = force.get("tasks")
        if force.get("place") == "sea" and isinstance(tasks, list) and all(task in AT_SEA for task in tasks) and tasks:
            entry = {key: force[key] for key in KEPT_AT_SEA if key in force}
            _append(document, "sea", entry | {"tasks": [AT_SEA[task] for task in tasks], "assets": "unspecified"})
            places.append(place)
            changed.append(
                f'domestic "{force.get("id")}" at sea is now [[sea]]: its assets over those of today are left open'
            )
    if places:
        _drop(document, "domestic", places)
    return changed


STEPS: tuple[Callable[[Any], list[str]], ...] = (_truces, _at_sea)
