"""The fixed text of a report, from a catalogue in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from premortem.errors import InputError, Problem, nearest
from premortem.evidence import outcomes
from premortem.evidence.reading import document

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Messages:
    """The catalogue of one language: texts by dotted key, with named places in braces."""

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its places filled."""
        return self.texts[key].format(**values)

    def named(self, kind: str, word: str) -> str:
        """Return the name of a unit, outcome, group or other word of the data; the word itself where the catalogue has none."""
        return self.texts.get(f"{kind}.{word}", word)


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
