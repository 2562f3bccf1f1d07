"""What may move of a plan, and how far: the box in which instant answers are given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from premortem import text
from premortem.analysis import box
from premortem.analysis.box import EVERY, LEVER, Input, Values, measure_text
from premortem.errors import InputError, Problem, Where, nearest
from premortem.evidence.reading import data
from premortem.plan.language import catalogue, rewrite
from premortem.plan.language.document import SIZE_LIMIT
from premortem.plan.language.load import LoadedPlan, load
from premortem.plan.language.schema import Plan
from premortem.plan.language.words import Unspecified

MOVED = 3  # inputs that move at a point of a design that lies near the start


class Inputs(BaseModel):
    """The inputs of a plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: str
    input: Annotated[tuple[Input, ...], Field(min_length=1, max_length=24)]

    @property
    def words(self) -> tuple[bool, ...]:
        """Which of them are words."""
        return tuple(bool(one.words) for one in self.input)

    def points(self, count: int, seed: int, start: Values | None = None) -> list[dict[str, float | str]]:
        """Return points that fill the box evenly (scrambled Sobol; the first ones of more are the same).

        Where a start is given, of every two points one has all inputs but three at the start: whoever moves levers begins there.
        """
        rng = np.random.default_rng(seed)
        found: list[dict[str, float | str]] = [
            {one.path: one.of_unit(part) for one, part in zip(self.input, row, strict=True)}
            for row in box.units(self.input, count, rng).tolist()
        ]
        if start is not None:
            for point in found[1::2]:
                moved = rng.permutation(len(self.input))[:MOVED]
                point |= {one.path: start[one.path] for n, one in enumerate(self.input) if n not in moved}
        return found

    def stated(self, plan: Plan) -> dict[str, float | str]:
        """Return the values of those inputs that a plan states, within their ranges."""
        found: dict[str, float | str] = {}
        for one in self.input:
            said = list(dict.fromkeys(_stated(plan, one.path)))
            if len(said) == 1 and not isinstance(said[0], Unspecified | None) and one.holds(value := _plain(said[0])):
                found[one.path] = value
        return found

    def start(self, plan: Plan) -> dict[str, float | str]:
        """Return where levers begin: what a plan states; of what it leaves open the middle, or the first word."""
        return {one.path: one.words[0] if one.words else one.of_unit(0.5) for one in self.input} | self.stated(plan)

    def ends(self, start: Values) -> list[dict[str, float | str]]:
        """Return the start, and the points at which one input alone is elsewhere: at either end, or at another word."""
        moved = (
            (one.path, value) for one in self.input for value in (one.words or (one.of_unit(0.0), one.of_unit(1.0)))
        )
        found = [dict(start), *({**start, path: value} for path, value in moved)]
        return [point for at, point in enumerate(found) if point not in found[:at]]

    def array(self, points: Sequence[Values]) -> NDArray[np.float64]:
        """Return points as [point, input]: numbers from 0 to 1, words as their number."""
        return np.array([[one.unit(point[one.path]) for one in self.input] for point in points])

    def plan_text(self, loaded: LoadedPlan, values: Values, name: str, title: str = "") -> str:
        """Return the text of the variant at a point; its title is its name unless one is given."""
        called = json.dumps(title or name, ensure_ascii=False)  # as TOML writes a text, too
        base = f'schema = 1\nid = "{name}"\nextends = "{self.plan}"\ntitle = {called}\nsource = ["project"]\n'
        made = rewrite.set_values(base, box.fields(self.input, loaded.plan, values), f"{name}.toml")
        measures = (
            measure_text(f"instant_{number}", path.removeprefix(LEVER), float(value))
            for number, (path, value) in enumerate(values.items())
            if path.startswith(LEVER)
        )
        return made + "".join(measures)

    def values_of(self, parent: Plan, plan: Plan) -> dict[str, float | str]:
        """Return the point at which a plan lies.

        Raises
        ------
        InputError : it leaves an input open, or has it outside its range.
        """
        found: dict[str, float | str] = {}
        problems: list[Problem] = []
        for one in self.input:
            stated = list(dict.fromkeys(_stated(plan, one.path)))
            allowed = ", ".join(one.words) or f"{one.low:g} to {one.high:g}"
            if len(stated) != 1 or isinstance(stated[0], Unspecified | None):
                many = "differs between elements" if len(stated) > 1 else "is left open"
                problems.append(
                    Problem("open", f"{many}: state it, or run the plan", Where(key=one.path), allowed=allowed)
                )
            elif not one.holds(value := _plain(stated[0])):
                message = "is outside what was fitted: run the plan"
                problems.append(Problem("range", message, Where(key=one.path), f"{value}", allowed))
            else:
                found[one.path] = value
        if problems:
            raise InputError(*problems)
        return found

    def moves(self, path: str) -> bool:
        """Return whether what a path of a plan names belongs to an input."""
        return any(_covers(one.path, path) for one in self.input)


@lru_cache(maxsize=8)
def text_lines(inputs: Inputs, name: str, title: str) -> list[tuple[str, str]]:
    """Return the lines of a variant's text: how each begins, and the path of the input whose value ends it, or nothing."""
    loaded, at = load(inputs.plan), {one.path: one.of_unit(0.25) for one in inputs.input}
    lines = inputs.plan_text(loaded, at, name, title).splitlines()
    ends: dict[int, str] = {}
    for one in inputs.input:
        moved = inputs.plan_text(loaded, {**at, one.path: one.of_unit(0.75)}, name, title).splitlines()
        ends |= {n: one.path for n, pair in enumerate(zip(lines, moved, strict=True)) if pair[0] != pair[1]}
    return [(line.partition(" = ")[0] + " = ", ends[n]) if n in ends else (line, "") for n, line in enumerate(lines)]


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, int | float) else str(getattr(value, "value", value))


def _stated(plan: Plan, path: str) -> Iterator[Any]:
    """Yield what a plan says at an input's path, of every element that it names."""
    if path.startswith(LEVER):
        lever = path.removeprefix(LEVER)
        levels = [
            measure.level
            for measure in plan.measure
            if measure.lever == lever and (measure.id or "").startswith("instant_")
        ]
        yield from levels or [catalogue.levers()[lever].status_quo]
        return
    head, star, key = path.partition(f".{EVERY}.")
    if star:
        yield from (getattr(element, key) for element in getattr(plan, head))
        return
    holder: Any = plan
    for part in path.split("."):
        holder = getattr(holder, part, None)
    yield holder


def _covers(asked: str, path: str) -> bool:
    if asked.startswith(LEVER):
        return path.startswith("measure.instant_")
    if f".{EVERY}." not in asked:
        return path == asked
    parts, given = asked.split("."), path.split(".")
    return len(parts) == len(given) and all(one in {EVERY, other} for one, other in zip(parts, given, strict=True))


def packaged() -> tuple[str, ...]:
    """Return the plans that packaged inputs are there for."""
    names = (file.name for file in (data() / "instant").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def read(source: str | Path) -> Inputs:
    """Read inputs from a file, or the packaged ones of a plan.

    Raises
    ------
    InputError : no such file, or what is wrong in it.
    """
    name = str(source)
    if name in packaged():
        content = (data() / "instant" / f"{name}.toml").read_text(encoding="utf-8")
    else:
        try:
            content = text.read(source, SIZE_LIMIT)
        except FileNotFoundError:
            allowed = f"a file, or one of: {', '.join(packaged())}"
            near = nearest(name, packaged())
            raise InputError(Problem("unreadable", "no such inputs", Where(name), name, allowed, near)) from None
    found = box.parsed(Inputs, content, name)
    box.require_sound(found.input, name)
    return found
