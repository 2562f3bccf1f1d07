"""The fixed text that people read, from a catalogue in each language, with that language's plurals (CLDR, by Babel)."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import outcomes
from premortem.evidence.reading import document

LANGUAGES = ("en", "es")
SETTING = "PREMORTEM_LANG"
_asked: ContextVar[str] = ContextVar("language", default="")
DATA = ("report/es_data.toml", "report/es_rules.toml", "report/es_claims.toml")
PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language: texts by dotted key, with named places in braces.

    A text that depends on a number is a table of the language's plural forms (``one``, ``other``), and the number is its place ``n``.
    ``of_data``: English texts of the data (titles of plans, messages of rules, definitions) in this language.
    """

    language: str
    texts: Mapping[str, str]
    of_data: Mapping[str, str] = field(default_factory=dict)

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

    def data(self, text: str) -> str:
        """Return a text of the data in this language, the text itself where it is not translated."""
        return self.of_data.get(text, text)

    def filled(self, template: str, text: str) -> str:
        """Return in this language a text that was made from a template of the data by filling its places; the text itself if it was not."""
        if template not in self.of_data:
            return text
        names = PLACE.findall(template)
        parts = PLACE.split(template)
        pattern = re.escape(parts[0])
        for piece in parts[2::2]:
            optional = pattern.endswith("\\ ")  # an empty place takes the space before it with it
            pattern = f"{pattern.removesuffix(chr(92) + ' ')}(?:\\ (.*?))?" if optional else f"{pattern}(.*?)"
            pattern += re.escape(piece)
        found = re.fullmatch(pattern, text)
        if found is None:
            return text
        values = {name: self.data(value or "") for name, value in zip(names, found.groups(), strict=True)}
        return PLACE.sub(lambda place: values[place[1]], self.of_data[template]).strip()


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
    of_data = {text["en"]: text["es"] for file in DATA * (language == "es") for text in document(file)["text"]}
    names = {f"outcome.{info.id}": info.spanish for info in outcomes.load().values()} if language == "es" else {}
    return Messages(language, dict(_flat(document(f"report/{language}.toml"))) | names, of_data)


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
