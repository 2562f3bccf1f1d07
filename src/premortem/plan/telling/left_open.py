"""What a plan leaves open: which fields, and by which law each is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from premortem.plan.language.catalogue import OpenLaw, open_laws
from premortem.plan.language.fields import NAMES
from premortem.plan.language.schema import Plan
from premortem.plan.language.table import Table
from premortem.plan.language.words import UNSPECIFIED


@dataclass(frozen=True)
class OpenField:
    """A field left open: its ``path`` in the plan, its ``row`` in the field table, and whether the plan says so.

    ``stated`` is True for ``"unspecified"`` written out, False for a field left out whose default is open.
    """

    path: str
    row: str
    stated: bool

    @property
    def law(self) -> OpenLaw:
        """What it is drawn from."""
        return open_laws()[self.row]


def left_open(plan: Plan) -> tuple[OpenField, ...]:
    """Return every open field of a plan, in the order of the field table."""
    return tuple(_open(plan, "", ""))


def _open(table: Table, path: str, row: str) -> Iterator[OpenField]:
    for name in type(table).model_fields:
        value = getattr(table, name)
        here, inner = (f"{path}.{name}", f"{row}.{name}") if path else (name, name)
        if value is UNSPECIFIED:
            yield OpenField(here, inner, table.stated(name))
        elif isinstance(value, Table):
            yield from _open(value, here, inner)
        elif isinstance(value, Mapping):
            yield from (OpenField(f"{here}.{key}", inner, True) for key, item in value.items() if item is UNSPECIFIED)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Table):
                    named = getattr(item, NAMES.get(name, ""), None) or index
                    yield from _open(item, f"{here}.{named}", f"{inner}[]")
