"""What a search may move of a plan: sizes, timing, posture and civil measures, never rules of engagement, targets or strikes.

The lists are data (``data/search.toml``). What is in none of them is not moved, so that a new field of the language is not searched until
somebody has said that it may be.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from premortem import text
from premortem.analysis import box
from premortem.analysis.box import EVERY, LEVER, RAMP, Input
from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence.reading import Entry, document
from premortem.plan.language import catalogue, packaged, rewrite
from premortem.plan.language.document import SIZE_LIMIT
from premortem.plan.language.extends import find
from premortem.plan.language.fields import NAMES
from premortem.plan.language.kinds import SLUG
from premortem.plan.language.load import LoadedPlan, altered
from premortem.plan.language.words import Unspecified
from premortem.theatre.folder import packaged as packaged_theatres

ADDED = "search_"
"""How the ids of added measures begin."""
DIGITS = 3
"""Significant digits of what a plan that is found states."""
NEAR = 0.02
"""Part of a lever's range: a measure that moves it by less is left out."""
MOST_INPUTS = 60

Floats = NDArray[np.float64]


class Moved(Entry):
    """A field that is searched; ``weeks``: dates so long after the plan's theatre begins."""

    field: str
    about: str
    each: bool = False
    low: float = 0.0
    high: float = 0.0
    scale: str = "linear"
    whole: bool = False
    words: tuple[str, ...] = ()
    weeks: tuple[int, ...] = ()


class Never(Entry):
    """What is never searched or judged by, with the reason; a field's row may end in ``*``."""

    fields: Mapping[str, str]
    levers: Mapping[str, str]
    objectives: Mapping[str, str]


class Left(Entry):
    """What is not searched for other reasons."""

    fields: tuple[str, ...]
    levers: tuple[str, ...]


class Rules(Entry):
    """The lists of ``data/search.toml``."""

    always: str
    objectives: tuple[str, ...]
    levers: tuple[str, ...]
    more_levers: tuple[str, ...]
    moved: tuple[Moved, ...]
    never: Never
    left: Left


@cache
def rules() -> Rules:
    """Return what may be moved and judged by."""
    return Rules.model_validate(document("search.toml"))


def covers(pattern: str, name: str) -> bool:
    """Return whether a row of a list names a field.

    >>> covers("roe.*", "roe.targets"), covers("zone.kind", "zone.kinds")
    (True, False)
    """
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def row_of(path: str) -> str:
    """Return the row of the field table that a path belongs to.

    >>> row_of("task_force.*.personnel"), row_of("task_force.west.units.seal_team"), row_of("zone.ports")
    ('task_force[].personnel', 'task_force[].units.seal_team', 'zone.ports')
    """
    head, _, rest = path.partition(".")
    return f"{head}[].{rest.partition('.')[2]}" if head in NAMES and "." in rest else path


class Box(BaseModel):
    """A file of inputs: ``[[input]]`` with ``path`` and ``low``, ``high`` or ``words``, as for instant levers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Annotated[tuple[Input, ...], Field(min_length=1, max_length=MOST_INPUTS)]


@dataclass(frozen=True)
class Space:
    """The plans around a given one: what moves, each between 0 and 1."""

    given: LoadedPlan
    inputs: tuple[Input, ...]

    def values(self, unit: Floats) -> dict[str, float | str]:
        """Return the point of a place in the unit box; numbers with three digits, levers that hardly move left out."""
        found: dict[str, float | str] = {}
        for one, part in zip(self.inputs, unit.tolist(), strict=True):
            value = one.of_unit(part)
            if isinstance(value, float) and not one.whole:
                value = float(f"{value:.{DIGITS}g}")
            if isinstance(value, float) and one.lever and self._own(one.lever) is None:
                base = catalogue.levers()[one.lever].status_quo
                if abs(value - base) < NEAR * (one.high - one.low):
                    continue
            found[one.path] = value
        return found

    def plan(self, unit: Floats) -> LoadedPlan:
        """Return the plan at a place.

        Raises
        ------
        InputError : there it is no valid plan.
        """
        values = self.values(unit)
        changes = box.fields(self.inputs, self.given.plan, values)
        levels, added = self._measures(values)
        if levels or added:
            node = find(self.given.root, "measure")
            measures = [dict(one) for one in node.plain()] if node else []
            for held in measures:
                held["level"] = levels.get(held["lever"], held["level"])
            new = [{"id": id_, "lever": lever, "level": level, "ramp_weeks": RAMP} for id_, lever, level in added]
            changes["measure"] = [*measures, *new]
        return altered(self.given, changes)

    def text(self, unit: Floats, id_: str, title: str, summary: str, folder: Path) -> str:
        """Return the file of the plan at a place, as a variant of the given one, for a folder with the files of `parents`."""
        values = self.values(unit)
        about = {"id": id_, "extends": self.parent, "title": title, "source": ["project"], "summary": summary}
        if self.given.plan.theatre not in packaged_theatres():  # a folder, as seen from anywhere
            about["theatre"] = self.given.plan.theatre
        head = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in about.items())
        levels, added = self._measures(values)
        changes = box.fields(self.inputs, self.given.plan, values) | {
            f"measure.{measure.id}.level": levels[measure.lever]
            for measure in self.given.plan.measure
            if measure.lever in levels
        }
        made = rewrite.set_values(f"schema = 1\n{head}", changes, f"{id_}.toml", folder)
        return made + "".join(box.measure_text(*one) for one in added)

    @property
    def parents(self) -> dict[str, str]:
        """Files that a variant needs beside it, by name: the given plan and what it extends, where these are not packaged."""
        found = {Path(file).name: text for file, text in self.given.texts.items() if not packaged.is_packaged(file)}
        if (own := Path(self.given.file).name) in found:
            found[f"{self.parent}.toml"] = found.pop(own)
        return found

    @property
    def parent(self) -> str:
        """The name by which a variant extends the given plan: that of its file, or its id where that is no name."""
        stem = Path(self.given.file.removeprefix(packaged.PREFIX)).stem
        if SLUG.fullmatch(stem):
            return stem
        others = {Path(file).stem for file in self.given.texts}
        name = str(self.given.plan.id)
        return f"{name}_given" if name in others else name

    def own_place(self) -> Floats:
        """Return where the given plan lies: what it leaves open or has outside the box in the middle, levers where it leaves them."""
        parts = []
        for one in self.inputs:
            value = self.stated(one)
            parts.append(_place(one, value) if value is not None else 0.5)
        return np.array(parts)

    def stated(self, one: Input) -> float | str | None:
        """Return what the given plan says of an input; None where it leaves it open, or says what lies outside the box."""
        if one.lever:
            measure = self._own(one.lever)
            level = catalogue.levers()[one.lever].status_quo if measure is None else measure.level
            value: Any = level
        else:
            path = one.path
            if f".{EVERY}." in path:
                head, _, key = path.partition(f".{EVERY}.")
                path = f"{head}.{getattr(self.given.plan, head)[0].id}.{key}"
            value = _read(self.given, path)
        if value is None or isinstance(value, Unspecified):
            return None
        if isinstance(value, bool):
            value = str(value).lower()
        plain = float(value) if isinstance(value, int | float) else str(getattr(value, "value", value))
        return plain if one.holds(plain) else None

    def _own(self, lever: str) -> Any:
        return next((measure for measure in self.given.plan.measure if measure.lever == lever), None)

    def _measures(self, values: Mapping[str, float | str]) -> tuple[dict[str, float], list[tuple[str, str, float]]]:
        """Return levels of measures that the plan has, by lever, and id, lever and level of those that are added."""
        levels: dict[str, float] = {}
        added = []
        for one in self.inputs:
            level = values.get(one.path)
            if not one.lever or not isinstance(level, float):
                continue
            if self._own(one.lever) is not None:
                levels[one.lever] = level
            else:
                added.append((ADDED + one.lever.replace(".", "_"), one.lever, level))
        return levels, added


def _place(one: Input, value: float | str) -> float:
    if isinstance(value, str):
        return (one.words.index(value) + 0.5) / len(one.words)
    return float(np.clip(one.unit(value), 0.0, 1.0))


def _read(loaded: LoadedPlan, path: str) -> Any:
    """Return what a plan says at a path, elements by their id."""
    holder: Any = loaded.plan
    for part in path.split("."):
        many = isinstance(holder, list | tuple)
        holder = next((one for one in holder if one.id == part), None) if many else getattr(holder, part, None)
    return holder


def space_of(given: LoadedPlan, first_day: datetime.date, inputs: str | Path = "") -> Space:
    """Return the space around a plan: what the lists name and the plan has, or what a file of inputs names.

    Parameters
    ----------
    first_day : of the theatre.

    Raises
    ------
    InputError : a wrong file, an input that is never searched, or one of which no value gives a plan.
    """
    if not inputs:
        return Space(given, tuple(one for one in _offered(given, first_day) if _possible(given, one) is None))
    name = str(inputs)
    try:
        content = text.read(inputs, SIZE_LIMIT)
    except FileNotFoundError:
        raise InputError(Problem("unreadable", "no such file of inputs", Where(name))) from None
    found = box.parsed(Box, content, name).input
    box.require_sound(found, name)
    problems = [problem for one in found if (problem := _refusal(one, name)) is not None]
    problems += [] if problems else [problem for one in found if (problem := _possible(given, one, name)) is not None]
    if problems:
        raise InputError(*problems)
    return Space(given, found)


def _refusal(one: Input, file: str) -> Problem | None:
    """Return why an input is not searched; nothing where it may be."""
    listed = rules()
    where = Where(file, key=one.path)
    if one.lever:
        allowed = (*listed.levers, *listed.more_levers)
        reason = listed.never.levers.get(one.lever, "")
        name = one.lever
    else:
        name = row_of(one.path)
        allowed = tuple(moved.field for moved in listed.moved)
        reason = next((why for pattern, why in listed.never.fields.items() if covers(pattern, name)), "")
    if name in allowed:
        return None
    if reason:
        return Problem("never", f"never searched: {reason}", where, one.path, "data/search.toml lists what may move")
    return Problem("inputs", "not searched", where, name, ", ".join(allowed), nearest(name, allowed))


def _possible(given: LoadedPlan, one: Input, file: str = "") -> Problem | None:
    """Return why no value of an input gives a plan; nothing where one of two does."""
    space, problem, where = Space(given, (one,)), None, Where(file, key=one.path)
    missing = "" if one.lever else _missing(given, one.path)
    if missing:
        return Problem("inputs", f"the plan has no {missing}", where)
    for part in (0.0, 0.999):
        try:
            space.plan(np.array([part]))
        except InputError as error:
            first = error.problems[0]
            problem = Problem("inputs", first.message, where, first.found, first.allowed)
        else:
            return None
    return problem


def _missing(given: LoadedPlan, path: str) -> str:
    """Return the table or element that a path leads through and the plan has not; nothing where all is there."""
    head, _, rest = path.partition(".")
    if head in NAMES:
        name = rest.partition(".")[0]
        elements = getattr(given.plan, head)
        there = bool(elements) if name == EVERY else name in [element.id for element in elements]
        return "" if there else f"{head} {name}".removesuffix(f" {EVERY}")
    return "" if not rest or find(given.root, head) is not None else head


def _offered(given: LoadedPlan, first_day: datetime.date) -> Iterator[Input]:
    for moved in rules().moved:
        yield from _of_field(given, moved, first_day)
    for id_ in rules().levers:
        lever = catalogue.levers()[id_]
        yield Input(path=LEVER + id_, low=lever.status_quo, high=lever.high)


def _of_field(given: LoadedPlan, moved: Moved, first_day: datetime.date) -> Iterator[Input]:
    head, array, key = moved.field.partition("[].")
    if array:
        elements: Sequence[Any] = getattr(given.plan, head)
        if moved.each:
            for element in elements:
                stated = getattr(element, key)
                number = isinstance(stated, int | float) and stated > 0
                yield _input(moved, f"{head}.{element.id}.{key}", 2 * stated if number else moved.high)
        elif elements and not (key == "personnel" and any(_counted(one) for one in elements)):
            yield _input(moved, f"{head}.{EVERY}.{key}", moved.high)
    elif moved.weeks:
        dates = [(first_day + datetime.timedelta(weeks=week)).isoformat() for week in moved.weeks]
        stated = _read(given, moved.field)
        dates += [stated.isoformat()] if isinstance(stated, datetime.date) else []
        yield Input(path=moved.field, words=tuple(sorted(set(dates))))
    elif "." not in moved.field or find(given.root, moved.field.partition(".")[0]) is not None:
        yield _input(moved, moved.field, moved.high)


def _counted(force: Any) -> bool:
    """Return whether a task force counts units or support, which its people then follow from."""
    counts = (*force.units.values(), force.support_army, force.support_air_force)
    return any(isinstance(count, int | float) and count > 0 for count in counts)


def _input(moved: Moved, path: str, high: float) -> Input:
    if moved.words:
        return Input(path=path, words=moved.words)
    return Input.model_validate(
        {"path": path, "low": moved.low, "high": high, "scale": moved.scale, "whole": moved.whole}
    )
