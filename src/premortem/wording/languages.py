"""The fixed text that people read, from a catalogue in each language, with that language's plurals (CLDR, by Babel)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import outcomes
from premortem.evidence.reading import document
from premortem.wording import SETTING
from premortem.wording.texts import Texts, kilometres

LANGUAGES = ("en", "es")
_asked: ContextVar[str] = ContextVar("language", default="")
TEXTS = (
    *(
        "data",
        "rules",
        "claims",
        "errors",
        "lint",
        "explain",
        "commands",
        "help",
        "plans",
        "gallery",
        "parameters",
        "facts",
        "notes",
    ),
    "events",
)
"""Files of English texts in Spanish: report/es_NAME.toml."""
NAMES = ("outcome", "input", "mechanism", "unit", "change", "group", "choice", "verdict")
"""Families of the catalogue whose texts also stand within texts that are found by their English words."""


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language: texts by dotted key, with named places in braces.

    A text that depends on a number is a table of the language's plural forms (``one``, ``other``), and the number is its place ``n``.
    ``of_data``: English texts of the data and of the program (titles of plans, messages of rules, heads of tables) in this language.
    """

    language: str
    texts: Mapping[str, str]
    of_data: Texts = field(default_factory=Texts)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its places filled, in the plural form that ``n`` asks for."""
        text = self.texts.get(key)
        return (self.of(key, values["n"]) if text is None else text).format(**values)

    def of(self, key: str, number: object) -> str:
        """Return the form of a text that goes with a number, which may be text as it is shown ("1.0" is not "1" in English)."""
        exact = Decimal(str(number).replace(",", "").replace("\N{MINUS SIGN}", "-"))
        form = f"{key}.{_plural_form(self.language, exact)}"
        return self.texts[form if form in self.texts else f"{key}.other"]

    def count(self, what: str, number: int) -> str:
        """Return a number of things: "1 future", "200 futures"."""
        return self(f"count.{what}", n=number)

    def named(self, kind: str, word: str) -> str:
        """Return the name, in the plural, of a unit, outcome, group or other word of the data; the word itself where there is none."""
        key = f"{kind}.{word}"
        return self.texts.get(key, self.texts.get(f"{key}.other", word))

    def translated(self, text: str, *, inside: bool = False) -> str:
        """Return in this language a text of the data or of the program, the text itself where nobody has translated it.

        ``inside``: it is a part of a text, such as a unit.
        """
        return kilometres(self.of_data(text, inside=inside)) if self.language != "en" else text


def _plural_form(language: str, number: Decimal) -> str:
    if language == "en":  # as CLDR has it, without the library, for commands that take half a second
        return "one" if str(abs(number)) == "1" else "other"
    from babel import Locale  # loads when the first plural is written, not with every command

    return Locale(language).plural_form(abs(number))


@cache
def messages(language: str) -> Messages:
    """Return the catalogue of a language.

    Raises
    ------
    InputError : there is none.
    """
    if language not in LANGUAGES:
        near = nearest(language, LANGUAGES)
        raise InputError(
            Problem("language", "no such language", found=language, allowed=", ".join(LANGUAGES), nearest=near)
        )
    texts = dict(_flat(document(f"report/{language}.toml")))
    if language == "en":
        return Messages(language, texts)
    known = outcomes.load().values()
    english = dict(_flat(document("report/en.toml"))) | {f"outcome.{info.id}": info.title for info in known}
    texts |= {f"outcome.{info.id}": info.spanish for info in known}
    files = [document(f"report/es_{name}.toml") for name in TEXTS]
    whole, parts = (_pairs(one for file in files for one in file.get(kind, ())) for kind in ("text", "part"))
    own = {text: texts[key] for key, text in english.items() if key.partition(".")[0] in NAMES and "{" not in text}
    return Messages(language, texts, Texts(own | whole, parts))


def _pairs(entries: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {entry["en"]: entry["es"] for entry in entries}


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    return [
        pair
        for key, value in table.items()
        for pair in (_flat(value, f"{before}{key}.") if isinstance(value, Mapping) else [(before + key, str(value))])
    ]


def spoken() -> Messages:
    """Return the catalogue of the language that is asked for: by `speaking`, else by ``PREMORTEM_LANG``, else English.

    Raises
    ------
    InputError : there is no such language.
    """
    return messages(_asked.get() or os.environ.get(SETTING, "") or "en")


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language within a block; that of the surroundings if none is named.

    Raises
    ------
    InputError : there is no such language.
    """
    if language:
        messages(language)
    token = _asked.set(language or _asked.get())
    try:
        yield
    finally:
        _asked.reset(token)
