"""The fixed text that people read, from a catalogue in each language, with that language's plurals (CLDR, by Babel)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import outcomes
from premortem.evidence.reading import document

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language: texts by dotted key, with named places in braces.

    A text that depends on a number is a table of the language's plural forms (``one``, ``other``), and the number is its place ``n``.
    """

    language: str
    texts: Mapping[str, str]

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


def _plural_form(language: str, number: Decimal) -> str:
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
    names = {f"outcome.{info.id}": info.spanish for info in outcomes.load().values()} if language == "es" else {}
    return Messages(language, dict(_flat(document(f"report/{language}.toml"))) | names)


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    return [
        pair
        for key, value in table.items()
        for pair in (_flat(value, f"{before}{key}.") if isinstance(value, Mapping) else [(before + key, str(value))])
    ]
