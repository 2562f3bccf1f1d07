"""Marks on the types of fields: words that stand beside a value (``"unspecified"``), and lists."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, ClassVar, TypeVar, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from premortem.plan.language.kinds import JsonSchema, refuse
from premortem.plan.language.words import Always, Nothing, Unspecified

LIST_LIMIT = 256
ROUNDING = 1e-9  # of a sum of shares


class Sentinels:
    """Marks a union with ``Unspecified``, ``Nothing`` or ``Always``: those words are read before the rest is tried."""

    meanings: ClassVar[Mapping[type[Enum], str]] = {
        Unspecified: "left open: linted over all values, drawn once per future",
        Nothing: "stated absence",
        Always: "always on",
    }

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return a schema that reads the sentinels first."""
        rest, words = split(source)
        inner = handler.generate_schema(rest)
        by_text = {word.value: word for kind in words for word in kind}

        def read(value: Any, rest: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, words):
                return value
            return by_text[value] if isinstance(value, str) and value in by_text else rest(value)

        def write(value: Any, rest: core_schema.SerializerFunctionWrapHandler) -> Any:
            return value.value if isinstance(value, words) else rest(value)

        return core_schema.no_info_wrap_validator_function(
            read,
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(write, schema=inner),
            metadata={"words": words},
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Return the alternatives."""
        inner = handler(schema)
        words = schema["metadata"]["words"]
        constants = [{"const": word.value, "description": self.meanings[kind]} for kind in words for word in kind]
        return {"anyOf": [inner, *constants]}


def split(union: Any) -> tuple[Any, tuple[type[Enum], ...]]:
    """Part a union into what is not a sentinel and the sentinel types in it.

    >>> split(int | Unspecified)
    (<class 'int'>, (<enum 'Unspecified'>,))
    """
    parts = get_args(union)
    words = tuple(part for part in parts if part in Sentinels.meanings)
    (rest,) = [part for part in parts if part not in words]
    return rest, words


class Items:
    """Marks a list: at most 256 items, none twice, at least ``low``."""

    def __init__(self, low: int = 0) -> None:
        self.low = low

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the list's schema with the check behind it."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """Return an array without repeats."""
        inner = handler(schema)
        return inner | {"uniqueItems": True, "maxItems": LIST_LIMIT} | ({"minItems": self.low} if self.low else {})

    def check(self, items: tuple[object, ...]) -> tuple[object, ...]:
        """Return the items if none is there twice and their number is allowed."""
        if not self.low <= len(items) <= LIST_LIMIT:
            kind = "too_large" if len(items) > LIST_LIMIT else "out_of_range"
            raise refuse(kind, f"a list of {len(items)} items", f"{self.low} to {LIST_LIMIT} items")
        for index, item in enumerate(items):
            if item in items[:index]:
                raise refuse("duplicate_id", "the same item twice in a list", "each item once", key=index)
        return items


T = TypeVar("T")
Open = Annotated[T | Unspecified, Sentinels()]
OrNone = Annotated[T | Nothing | Unspecified, Sentinels()]
OrAlways = Annotated[T | Always | Unspecified, Sentinels()]
ListOf = Annotated[tuple[T, ...], Items()]
SomeOf = Annotated[tuple[T, ...], Items(1)]


def shares_sum(shares: Mapping[str, float | Unspecified]) -> Mapping[str, float | Unspecified]:
    """Return the shares if those stated sum to at most 1 (with room for rounding of decimals)."""
    total = sum(share for share in shares.values() if not isinstance(share, Unspecified))
    if total > 1 + ROUNDING:
        raise refuse("share_sum", f"shares of effort sum to {total:g}", "at most 1; the rest is rest and training")
    return shares
