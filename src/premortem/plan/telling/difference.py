"""What sets one plan apart from another, field by field and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from premortem.plan.language.fields import NAMES, fields
from premortem.plan.language.kinds import Interval
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import UNSPECIFIED

ABOUT_THE_PAPER = frozenset({"schema_", "id", "title", "source", "locator", "summary", "extends", "drop", "notes"})
"""Fields that tell of the paper, not of what is done."""
LISTED = 8
"""Items of a list named in a sentence."""


@dataclass(frozen=True)
class Difference:
    """One thing in which two plans differ.

    ``path`` is the field, table or element; ``before`` and ``after`` are its values as written, None where a plan does
    not have it; ``words`` says it in a sentence.
    """

    path: str
    before: Any
    after: Any
    words: str


def differences(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Return what ``after`` changes of ``before``, in the order of the field table."""
    return tuple(_tables(before, after, "", ""))


def in_words(value: Any) -> str:
    """Return a value in words.

    >>> in_words(UNSPECIFIED), in_words(True), in_words(("raid", "strike")), in_words(())
    ('left open', 'yes', 'raid, strike', 'none')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {in_words(item)}" for key, item in value.items()) or "none"
    if isinstance(value, Interval):
        return f"week {value.first} to {'the end' if value.last is None else f'week {value.last}'}"
    if isinstance(value, tuple | list):
        return ", ".join(in_words(item) for item in value) or "none"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:,}"
    plain = {UNSPECIFIED: "left open", True: "yes", False: "no", None: "not stated"}
    return plain.get(value) or str(getattr(value, "value", value))


def _tables(before: Table, after: Table, path: str, row: str) -> Iterator[Difference]:
    for name in type(before).model_fields:
        if not path and name in ABOUT_THE_PAPER:
            continue
        old, new = getattr(before, name), getattr(after, name)
        here, inner = (f"{path}.{name}", f"{row}.{name}") if path else (name, name)
        if old == new:
            continue
        if isinstance(old, Table) and isinstance(new, Table) and f"{inner}" not in fields():
            yield from _tables(old, new, here, inner)
        elif isinstance(old, Table) or isinstance(new, Table):
            yield _whole(here, old, new)
        elif name in NAMES or name in {"success", "expect"}:
            yield from _arrays(old, new, here, f"{inner}[]")
        else:
            words = f"{fields()[inner].meaning} [{here}]: {_change(old, new)}"
            yield Difference(here, _written(before, name), _written(after, name), words)


def _change(old: Any, new: Any) -> str:
    """Return a change in words: of lists, what came and what went."""
    plain = isinstance(old, tuple) and isinstance(new, tuple) and not isinstance(old, Interval)
    if not plain or not old or not new:
        return f"{in_words(old)} -> {in_words(new)}"
    came, went = tuple(x for x in new if x not in old), tuple(x for x in old if x not in new)
    parts = [f"{verb} {_listed(items)}" for verb, items in (("adds", came), ("drops", went)) if items]
    return "; ".join(parts) or "another order"


def _listed(items: tuple[Any, ...]) -> str:
    rest = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return in_words(items[:LISTED]) + rest


def _arrays(old: tuple[Table, ...], new: tuple[Table, ...], path: str, row: str) -> Iterator[Difference]:
    olds, news = _by_name(old, path), _by_name(new, path)
    for name in dict.fromkeys([*olds, *news]):
        here = f"{path}.{name}"
        first, second = olds.get(name), news.get(name)
        if first is None or second is None:
            yield _whole(here, first, second)
        else:
            yield from _tables(first, second, here, row)


def _by_name(elements: tuple[Table, ...], array: str) -> dict[str, Table]:
    """Return elements by id; those without one go by what they are about, and their number if that is not enough."""
    named: dict[str, Table] = {}
    for element in elements:
        about = getattr(element, "lever", None) or getattr(element, "outcome", None) or "branch"
        name = getattr(element, NAMES.get(array, ""), None) or about
        named[name if name not in named else f"{name}#{len(named)}"] = element
    return named


def _whole(path: str, old: Table | None, new: Table | None) -> Difference:
    held, verb = (new, "added") if old is None else (old, "removed")
    assert held is not None
    facts = [f"{name} {in_words(getattr(held, name))}" for name in type(held).model_fields if held.stated(name)]
    words = f"{path} {verb}: {'; '.join(facts)}"
    return Difference(path, old and _dump(old), new and _dump(new), words)


def _dump(table: Table) -> Any:
    return table.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _written(table: Table, name: str) -> Any:
    return table.model_dump(mode="json", include={name})[name]
