"""What pydantic finds wrong is said in our words, whatever is asked for and whatever is given."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from premortem import faults


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    low: FiniteFloat = 0.0
    scale: Literal["linear", "log"] = "linear"


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=4, pattern=r"^[a-z]+$")] = "a"
    count: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 1
    flag: bool = True
    day: datetime.date = datetime.date(2026, 1, 1)
    parts: Annotated[tuple[Part, ...], Field(max_length=2)] = ()
    chosen: Literal["all"] | tuple[str, ...] = "all"
    table: dict[str, float] = Field(default_factory=dict)


def found(**values: Any) -> list[tuple[str, str, str, str, str]]:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(values)
    return [
        (faults.key(place), one.message, one.found, one.allowed, one.nearest)
        for place, one in faults.in_words(caught.value.errors(), Whole)
    ]


SAID: dict[str, tuple[dict[str, Any], tuple[str, str, str, str, str]]] = {
    "an unknown key": ({"cuont": 3}, ("cuont", "no such key", "cuont", ", ".join(Whole.model_fields), "count")),
    "an unknown key within": ({"parts": [{}, {"lwo": 1}]}, ("parts.1.lwo", "no such key", "lwo", "low, scale", "low")),
    "a word": ({"parts": [{"scale": "lag"}]}, ("parts.0.scale", "not one of the words allowed", "lag", "linear, log", "log")),
    "too many": ({"parts": [{}] * 3}, ("parts", "too many entries", "[{}, {}, {}]", "at most 2", "")),
    "too long": ({"name": "a" * 900}, ("name", "too many letters", "a" * 77 + "...", "at most 4", "")),
    "another form": ({"name": "A"}, ("name", "not of the form allowed", "A", "what matches ^[a-z]+$", "")),
    "below": ({"count": 0}, ("count", "out of bounds", "0", "at least 1", "")),
    "above": ({"count": 10_001}, ("count", "out of bounds", "10001", "at most 10,000", "")),
    "part of a number": ({"count": 1.5}, ("count", "not a whole number", "1.5", "", "")),
    "a flag as a number": ({"count": True}, ("count", "not a whole number", "true", "", "")),
    "no flag": ({"flag": "perhaps"}, ("flag", "neither true nor false", "perhaps", "true or false", "")),
    "no day": ({"day": "soon"}, ("day", "not a date", "soon", "such as 2026-10-05", "")),
    "no number": ({"table": {"a": "x"}}, ("table.a", "not a number", "x", "", "")),
    "infinite": ({"parts": [{"low": float("inf")}]}, ("parts.0.low", "not a finite number", "inf", "", "")),
    "no list": ({"parts": 5}, ("parts", "not a list", "5", "a list in [ ]", "")),
    "no table": ({"table": 5}, ("table", "not a table", "5", "a table of keys and values", "")),
    "neither of two": (
        {"chosen": 5},
        ("chosen", "not one of the words allowed; not a list", "5", "all, or a list in [ ]", ""),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SAID)
def test_it_is_said_what_is_wrong_what_was_found_and_what_is_allowed(what: str) -> None:
    values, said = SAID[what]
    assert found(**values) == [said]


def test_what_is_missing_and_what_our_own_checks_say_is_kept() -> None:
    class Asked(BaseModel):
        name: str

    with pytest.raises(ValidationError) as caught:
        Asked.model_validate({})
    assert faults.first(caught.value) == "name: is missing"
    assert faults.first(ValueError("its digest is wrong")) == "its digest is wrong"
    error = {"type": "value_error", "loc": (), "msg": "Value error, low < high", "input": {}, "ctx": {}}
    ((place, problem),) = faults.in_words([error])
    assert (place, problem.message, problem.found) == ((), "low < high", "")
