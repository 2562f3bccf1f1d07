"""Kinds of plan fields: what a value may be, how it is read, how it is described in JSON Schema and in the manual.

A kind is written as the annotation of a field of ``schema``, for instance ``Annotated[int, Whole(0, 260)]``.
Its errors are Pydantic custom errors whose type is an error kind of the plan language (``docs/plan_language.md``)
and whose context says what is allowed; ``problems`` turns them into messages with a place.
"""

from __future__ import annotations

import math
import re
import unicodedata
from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from premortem.plan.language import catalogue
from premortem.plan.language.expression import Condition, ConditionError
from premortem.plan.language.words import Unspecified
from premortem.theatre.glossary import Glossary

SLUG = re.compile(r"[a-z][a-z0-9_]{0,63}")
LAST_WEEK = 2080
"""Forty years, the longest that a plan can look ahead."""
CONDITION_LIMIT = 500  # characters
LARGEST_PLAIN = 1e6  # number that is written without an exponent
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2049, 12, 31)
JsonSchema = dict[str, Any]
RETIRED = {"lever": ("rivalry.truce",)}
"""Words of older files that ``plan upgrade`` rewrites (``premortem.plan.language.upgrade``), by vocabulary."""


def refuse(kind: str, message: str, allowed: str = "", **context: object) -> PydanticCustomError:
    """Return the error of a value that is not allowed.

    ``context`` may hold ``vocabulary`` (name to search for the nearest spelling), ``offset`` (characters into a
    text) and ``key`` (the key inside a table that is to blame).
    """
    return PydanticCustomError(kind, "{message}", {"message": message, "allowed": allowed, **context})


def lookalike(text: str, ascii_only: bool) -> str:
    """Return the first letter of ``text`` that only looks like one of the name's alphabet, described, or nothing.

    >>> lookalike("n\\u043ene", ascii_only=True)
    'CYRILLIC SMALL LETTER O'
    """
    for letter in text:
        name = unicodedata.name(letter, "an unnamed character")
        if not letter.isascii() and (ascii_only or (letter.isalpha() and not name.startswith("LATIN"))):
            return name
    return ""


class Kind(ABC):
    """What a value of a field may be."""

    notation: str = ""

    @abstractmethod
    def read(self, value: object) -> object:
        """Return the value as Python holds it, or raise the error of :func:`refuse`."""

    @abstractmethod
    def json_schema(self) -> JsonSchema:
        """Return the JSON Schema of the value as written."""

    def write(self, value: Any) -> object:
        """Return the value as it is written in a file."""
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._read, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        return self.json_schema()

    def _read(self, value: object, info: ValidationInfo) -> object:
        if value == Unspecified.UNSPECIFIED.value or isinstance(value, Unspecified):
            raise refuse("unspecified_not_allowed", "this field cannot be left open", self.notation)
        return self.read_in(value, info.context)

    def read_in(self, value: object, glossary: Glossary | None) -> object:
        """Return the value of a plan of a theatre; None: of the default one."""
        return self.read(value)


class Flag(Kind):
    """True or false."""

    notation = "bool"

    def read(self, value: object) -> bool:
        """Return a truth value."""
        if not isinstance(value, bool):
            raise refuse("wrong_type", "not a truth value", "true or false")
        return value

    def json_schema(self) -> JsonSchema:
        """Return a boolean."""
        return {"type": "boolean"}


def _plain(number: float) -> str:
    return f"{number:,.0f}".replace(",", "") if abs(number) < LARGEST_PLAIN and number == int(number) else f"{number:g}"


class Number(Kind):
    """A number within inclusive bounds."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high
        self.notation = f"num[{_plain(low)},{_plain(high)}]"

    def read(self, value: object) -> float:
        """Return a finite number within the bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refuse("wrong_type", "not a number", f"a number from {_plain(self.low)} to {_plain(self.high)}")
        if not math.isfinite(value):
            raise refuse(
                "not_finite", "not a finite number", f"a number from {_plain(self.low)} to {_plain(self.high)}"
            )
        if not self.low <= value <= self.high:
            raise refuse("out_of_range", "outside its bounds", f"{_plain(self.low)} to {_plain(self.high)}")
        return value

    def json_schema(self) -> JsonSchema:
        """Return a bounded number."""
        return {"type": "number", "minimum": self.low, "maximum": self.high}


class Whole(Number):
    """A whole number within inclusive bounds."""

    def __init__(self, low: int, high: int) -> None:
        super().__init__(low, high)
        self.notation = f"int[{low},{high}]"

    def read(self, value: object) -> int:
        """Return a whole number within the bounds."""
        if isinstance(value, bool) or not isinstance(value, int):
            if isinstance(value, float):
                super().read(value)
            raise refuse("wrong_type", "not a whole number", f"a whole number from {self.low} to {self.high}")
        super().read(value)
        return value

    def json_schema(self) -> JsonSchema:
        """Return a bounded integer."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


class Text(Kind):
    """A text of bounded length."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.notation = f"str[{low},{high}]"

    def read(self, value: object) -> str:
        """Return a text."""
        if not isinstance(value, str):
            raise refuse("wrong_type", "not a text", "a text in quotes")
        if not self.low <= len(value) <= self.high:
            raise refuse("out_of_range", f"a text of {len(value)} characters", f"{self.low} to {self.high} characters")
        return value

    def json_schema(self) -> JsonSchema:
        """Return a bounded string."""
        return {"type": "string", "minLength": self.low, "maxLength": self.high}


class Day(Kind):
    """A calendar day within the years a plan may start in."""

    notation = "date"

    def read(self, value: object) -> date:
        """Return a date without time."""
        if isinstance(value, datetime) or not isinstance(value, date):
            raise refuse("wrong_type", "not a date", "a date without time and without quotes, such as 2026-01-05")
        if not FIRST_DAY <= value <= LAST_DAY:
            raise refuse("date_range", "a date outside the years of the language", f"{FIRST_DAY} to {LAST_DAY}")
        return value

    def write(self, value: date) -> str:
        """Return the ISO form."""
        return value.isoformat()

    def json_schema(self) -> JsonSchema:
        """Return a date."""
        return {"type": "string", "format": "date"}


class Slug(Kind):
    """An identifier: small ASCII letters, digits and underscores, a letter first, at most 64 in all."""

    notation = "slug"
    allowed = "a small letter, then small letters, digits or underscores, 64 at most"

    def read(self, value: object) -> str:
        """Return an identifier."""
        if not isinstance(value, str):
            raise refuse("wrong_type", "not an identifier", self.allowed)
        if strange := lookalike(value, ascii_only=True):
            raise refuse("lookalike", f"a deceptive letter in a name: {strange}", self.allowed)
        if not SLUG.fullmatch(value):
            raise refuse("bad_id", "not an identifier", self.allowed)
        return value

    def json_schema(self) -> JsonSchema:
        """Return a patterned string."""
        return {"type": "string", "pattern": f"^{SLUG.pattern}$"}


class PlanName(Slug):
    """The identifier of a plan to extend: a name, never a path."""

    def read(self, value: object) -> str:
        """Return an identifier."""
        if isinstance(value, str) and not SLUG.fullmatch(value) and re.search(r"[/\\.:~]", value):
            raise refuse("extends_path", "a plan is extended by its name, not by a path or file name", self.allowed)
        return super().read(value)


class Path(Kind):
    """A dotted path to a table, an element or a field."""

    notation = "drop"
    pattern = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+){0,3}")

    def read(self, value: object) -> str:
        """Return a dotted path."""
        allowed = 'a dotted path such as "zone", "task_force.west" or "detention.site"'
        if not isinstance(value, str):
            raise refuse("wrong_type", "not a path", allowed)
        if not self.pattern.fullmatch(value):
            raise refuse("bad_reference", "not a path of the plan language", allowed)
        return value

    def json_schema(self) -> JsonSchema:
        """Return a patterned string."""
        return {"type": "string", "pattern": f"^{self.pattern.pattern}$"}


class Word(Kind):
    """A word of a vocabulary or catalogue; an alias is replaced by the word it stands for."""

    own_notation = frozenset({"base", "lever", "claim"})
    open_ended = frozenset({"source"})  # grows with the evidence: not listed in the JSON Schema

    def __init__(self, vocabulary: str) -> None:
        self.vocabulary = vocabulary
        names = {"observable": "obs"}
        self.notation = vocabulary if vocabulary in self.own_notation else names.get(vocabulary, f"enum:{vocabulary}")

    def read(self, value: object) -> str:
        """Return a word of the vocabulary in the default theatre."""
        return self.read_in(value, None)

    def read_in(self, value: object, glossary: Glossary | None) -> str:
        """Return a word of the vocabulary in a theatre."""
        known = catalogue.vocabulary(self.vocabulary, glossary)
        if isinstance(value, list | tuple):
            named = [word for word in value if isinstance(word, str) and word in known]
            allowed = " or ".join(f'"{word}"' for word in named) + ", without brackets" if named else ""
            raise refuse("wrong_type", "a list where one word is meant", allowed, vocabulary=self.vocabulary)
        if not isinstance(value, str):
            raise refuse("wrong_type", "not a word", f"a word of {self.vocabulary}", vocabulary=self.vocabulary)
        if value in known:
            return known.aliases.get(value, value)
        if value in RETIRED.get(self.vocabulary, ()):
            raise refuse("unknown_name", "this word is no longer used", "premortem plan upgrade FILE rewrites it")
        if strange := lookalike(value, known.ascii):
            message = f"a deceptive letter in a name: {strange}"
            raise refuse("lookalike", message, vocabulary=self.vocabulary)
        raise refuse("unknown_name", f"not in the list of {self.vocabulary}", vocabulary=self.vocabulary)

    def json_schema(self) -> JsonSchema:
        """Return the words, with their meanings for editors that show them."""
        if self.vocabulary in self.open_ended:
            return {"type": "string"}
        known = catalogue.vocabulary(self.vocabulary)
        meanings = {"x-taplo": {"docs": {"enumValues": list(known.words.values())}}}
        schema = {"type": "string", "enum": [*known.words]}
        if known.aliases:
            return {"anyOf": [schema, {"type": "string", "enum": [*known.aliases]}]}
        return schema | meanings


class SourceKey(Word):
    """The key of a source: of the evidence ledger, or of a reference of the plan's own (``load`` checks which there are)."""

    def __init__(self) -> None:
        super().__init__("source")

    def read_in(self, value: object, glossary: Glossary | None) -> str:
        """Return the key; one that no ledger has may be the plan's own."""
        return value if isinstance(value, str) and SLUG.fullmatch(value) else super().read_in(value, glossary)


class Conditional(Kind):
    """A condition over observables (``expression``)."""

    notation = "expr"

    def read(self, value: object) -> Condition:
        """Return the parsed and checked condition."""
        if isinstance(value, Condition):
            return value
        if not isinstance(value, str):
            raise refuse("wrong_type", "not a condition", 'a condition in quotes, such as "us_killed > 50"')
        try:
            return Condition.parse(value)
        except ConditionError as error:
            context = {"vocabulary": "observable"} if error.kind in {"expr_unknown_name", "lookalike"} else {}
            raise refuse(
                error.kind, error.message, error.allowed, offset=error.offset, found=error.found, **context
            ) from None

    def write(self, value: Condition) -> str:
        """Return the text of the condition."""
        return value.text

    def json_schema(self) -> JsonSchema:
        """Return a string."""
        return {"type": "string", "minLength": 1, "maxLength": CONDITION_LIMIT}


class Interval(NamedTuple):
    """Weeks from ``first`` to before ``last``; ``last`` None is the end of the plan."""

    first: int
    last: int | None


class Weeks(Kind):
    """A half-open interval of weeks, ``[from, to)``; ``to`` may be ``"end"``."""

    notation = "interval"
    allowed = f'[from, to] in weeks, 0 to {LAST_WEEK}, to > from; to may be "end"'

    def read(self, value: object) -> Interval:
        """Return the interval."""
        if isinstance(value, Interval):
            return value
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise refuse("wrong_type", "not a pair of weeks", self.allowed)
        first = Whole(0, LAST_WEEK).read(value[0])
        if value[1] == "end":
            return Interval(first, None)
        last = Whole(1, LAST_WEEK).read(value[1])
        if last <= first:
            raise refuse("bad_interval", "the interval ends before it begins", self.allowed)
        return Interval(first, last)

    def write(self, value: Interval) -> list[int | str]:
        """Return the pair."""
        return [value.first, "end" if value.last is None else value.last]

    def json_schema(self) -> JsonSchema:
        """Return a pair."""
        week = {"type": "integer", "minimum": 0, "maximum": LAST_WEEK}
        return {"type": "array", "items": [week, {"anyOf": [week, {"const": "end"}]}], "minItems": 2, "maxItems": 2}
