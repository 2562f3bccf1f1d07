"""Base of every table of the plan language, and the metadata its fields carry."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from premortem.plan.language.kinds import refuse
from premortem.plan.language.words import UNSPECIFIED

REQUIRED: Any = ...


class Table(BaseModel):
    """A table of a plan: frozen, without unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), validate_by_name=True, validate_by_alias=True
    )

    def stated(self, name: str) -> bool:
        """Whether the file states the field ``name``, be it as ``"unspecified"``; False if it was left out."""
        return name in self.model_fields_set

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Table:
        first, last = getattr(self, "from_week", None), getattr(self, "to_week", None)
        if isinstance(first, int) and isinstance(last, int) and last <= first:
            message = f"ends in week {last}, not after it begins in week {first}"
            raise refuse("bad_interval", message, "to_week > from_week", key="to_week", found=str(last))
        return self


def about(default: Any, meaning: str, *, otherwise: str = "", factory: Any = None, alias: str | None = None) -> Any:
    """Declare a field: its default and its meaning.

    ``otherwise`` tells in words what holds where the default is None: "sum of units and support".
    """
    extra: dict[str, Any] = {"otherwise": otherwise}
    if factory is not None:
        return Field(default_factory=factory, description=meaning, json_schema_extra=extra)
    return Field(default, alias=alias, description=meaning, json_schema_extra=extra)


def opened(meaning: str) -> Any:
    """Declare a field that is open unless stated."""
    return about(UNSPECIFIED, meaning)
