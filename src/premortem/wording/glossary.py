"""Words that a reader may ask about: a page marks each where it first says it, and explains it there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from markupsafe import Markup, escape

from premortem.evidence.reading import document
from premortem.wording.languages import LANGUAGES

FILE = "report/glossary.toml"


@dataclass(frozen=True)
class Word:
    """A word of the glossary in one language: what it means, and the forms in which a page says it."""

    id: str
    word: str
    forms: tuple[str, ...]
    meaning: str


@cache
def words(language: str) -> Mapping[str, Word]:
    """Return the words by id, in the order of the file."""
    found = {
        id_: Word(id_, held[language]["word"], tuple(held[language]["forms"]), held[language]["meaning"])
        for id_, held in document(FILE).items()
    }
    return MappingProxyType(found)


@dataclass
class Marks:
    """The words that a page has marked so far: each once, where it is said first."""

    language: str
    used: list[Word] = field(default_factory=list)

    def __call__(self, text: str) -> Markup:
        """Return a text as HTML in which words that the page has not explained yet open their meaning."""
        left = [one for one in words(self.language).values() if one not in self.used]
        by_form = {form.casefold(): one for one in left for form in one.forms}
        if not by_form:
            return escape(text)
        longest = sorted(by_form, key=len, reverse=True)
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b", re.IGNORECASE)
        parts, last = [], 0
        for found in pattern.finditer(text):
            one = by_form[found[0].casefold()]
            if one not in self.used:
                self.used.append(one)
                button = '<button class="term" type="button" popovertarget="term-{}">{}</button>'
                parts += [escape(text[last : found.start()]), Markup(button).format(one.id, found[0])]
                last = found.end()
        return Markup("").join([*parts, escape(text[last:])])


def page() -> str:
    """Return docs/glossary.md: every word in both languages."""
    rows = (
        " | ".join(("", *(part for language in LANGUAGES for part in _said(id_, language)), "")).strip()
        for id_ in words("en")
    )
    return (
        "# Words / Palabras\n"
        "What the words of a report and of the command line mean, in English and in Spanish. In a report each opens its meaning where "
        "it is said first. Outcomes have their own list: [reference/outcomes.md](reference/outcomes.md). Made by `scripts/generate` from "
        "`data/report/glossary.toml`.\n\n"
        "| word | what it means | palabra | qué significa |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def _said(id_: str, language: str) -> tuple[str, str]:
    one = words(language)[id_]
    return one.word, one.meaning
