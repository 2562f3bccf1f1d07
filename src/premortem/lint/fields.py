"""A field of a plan as rules see it: its path, its value, and conditions on it with three values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from premortem.lint.logic import Span, Truth, known, opened
from premortem.plan.language.fields import NAMES
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import UNSPECIFIED


@dataclass(frozen=True)
class Field:
    """A field: ``value`` is as in the typed plan; ``choices`` are all that an open one could be, if that is known."""

    path: str
    value: object
    choices: frozenset[object] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the plan leaves it open."""
        return self.value is UNSPECIFIED

    def is_in(self, *values: object) -> Truth:
        """Return whether it is one of ``values``."""
        if not self.is_open:
            return known(_plain(self.value) in values)
        if self.choices is None or (self.choices & set(values) and self.choices - set(values)):
            return opened(self.path)
        return known(self.choices <= set(values))

    def has(self, *items: str) -> Truth:
        """Return whether its list holds at least one of ``items``."""
        return opened(self.path) if self.is_open else known(bool(self._items() & set(items)))

    def all_in(self, *items: str) -> Truth:
        """Return whether its list holds something and nothing but ``items``."""
        if self.is_open:
            return opened(self.path)
        held = self._items()
        return known(bool(held) and held <= set(items))

    def is_nothing(self) -> bool:
        """Whether it is open, ``none``, or an empty list: nothing is provided."""
        return self.is_open or _plain(self.value) == "none" or self.value == ()

    def number(self, low: float = 0, high: float = math.inf) -> Span:
        """Return its number; between ``low`` and ``high`` if it is open."""
        if isinstance(self.value, int | float):
            return Span.of(self.value)
        return Span.unknown(self.path, low, high)

    def _items(self) -> set[str]:
        return set(self.value) if isinstance(self.value, tuple) else set()


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def field_of(plan: Plan, path: str) -> Field:
    """Return a field by its dotted path; elements go by name, or by number from 0 where they have none."""
    held: object = plan
    names: str | None = None
    for part in path.split("."):
        if names is not None:
            assert isinstance(held, tuple)
            held = next((e for i, e in enumerate(held) if part in {getattr(e, names, None), str(i)}), None)
            names = None
        else:
            held = getattr(held, part)
            names = NAMES.get(part, "id") if isinstance(held, tuple) and part in ARRAYS else None
    return Field(path, held)


ARRAYS = {*NAMES, "success", "expect"}


def left_open(plan: Plan) -> tuple[str, ...]:
    """Return the paths of all fields that the plan itself writes as open."""
    return tuple(_left_open(plan, ""))


def _left_open(held: object, path: str) -> Iterator[str]:
    if held is UNSPECIFIED:
        yield path
    elif isinstance(held, Table):
        for name in type(held).model_fields:
            if held.stated(name):
                yield from _left_open(getattr(held, name), f"{path}.{name}" if path else name)
    elif isinstance(held, Mapping):
        for key, value in held.items():
            yield from _left_open(value, f"{path}.{key}")
    elif isinstance(held, tuple):
        for index, value in enumerate(held):
            yield from _left_open(value, f"{path}.{index}")
