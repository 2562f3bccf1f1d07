"""Texts of the data and of the program in another language, found by their English words with what stands in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

PLACE = re.compile(r"\{([a-z_]+)\}")
NUMBER = r"[+\-\N{MINUS SIGN}]?\d[\d,.]*(?:e[+-]?\d+)?(?: ?%| million| billion)?"
"""What a place named by one letter holds: a number as it is shown."""
WORDS = re.compile(r"[^\W\d_]{2}")
KM_PER_MILE = 1.609344
MILES = re.compile(
    r"(?<![\d.,])(?:(\d[\d,]*(?:\.\d+)?)( a |-))?(\d[\d,]*(?:\.\d+)?) millas?( cuadradas)?\b(?! \([\d,. a-]+ km| cuadradas)"
)
KEY = re.compile("[a-z_]+")
SMALL = re.compile("[a-z]{2,}[,;:.]?")
EDGES = re.compile(r"(\s*(?:[-*] )?)(.*?)(\s*)", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?;]) (?=\S)")


@dataclass(frozen=True)
class _Template:
    """A text with places: the expression that finds it, and what it becomes.

    ``piece`` is its longest fixed part, ``weight`` how much of it is fixed. ``words``: it says enough by itself; one that does not, being
    glue or having no words of its own, applies where all that fills it is known.
    """

    expression: str
    names: tuple[str, ...]
    becomes: str
    piece: str
    weight: int
    words: bool

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.expression)


@dataclass(frozen=True)
class Texts:
    """Texts of one language.

    ``whole``: English -> this language, with named places in braces. ``parts``: the same for what only stands in a place of another text
    ("{first} and {last}").
    """

    whole: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, bool], str] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, text: str, *, inside: bool = False) -> str:
        """Return a text in this language: as a whole, else by lines, else by sentences; what is not known stays as it is.

        ``inside``: it stands in a place of another text.
        """
        if not WORDS.search(text):
            return text
        if (text, inside) not in self._known:
            found = EDGES.fullmatch(text)
            assert found is not None, text
            before, words, after = found.groups()
            self._known[text, inside] = f"{before}{self._made(words, inside=inside)}{after}"
        return self._known[text, inside]

    def _made(self, text: str, *, inside: bool) -> str:
        if (made := self._found(text, inside=inside)) is not None:
            return made
        if "\n" in text:
            return "\n".join(self(line) for line in text.split("\n"))
        sentences = SENTENCE.split(text)
        return " ".join(self(one) for one in sentences) if len(sentences) > 1 else text

    def _found(self, text: str, *, inside: bool) -> str | None:
        if inside and text in self.parts:
            return self.parts[text]
        if inside and KEY.fullmatch(text):  # of a plan, as a message names it
            return text
        if text in self.whole:
            return self.whole[text]
        if (upper := f"{text[:1].upper()}{text[1:]}") in self.whole:  # the beginning of a sentence, within one
            return f"{self.whole[upper][:1].lower()}{self.whole[upper][1:]}"
        for one in (*self._templates, *(self._glue if inside else ())):
            if one.piece in text and (found := one.pattern.fullmatch(text)):
                given = [value or "" for value in found.groups()]
                if text in given:
                    continue
                values = [self(value, inside=True) for value in given]
                known = (new != old or not _english(old) for new, old in zip(values, given, strict=True))
                if one.words or all(known):
                    return _filled(one.becomes, dict(zip(one.names, values, strict=True)))
        return None

    @cached_property
    def _templates(self) -> tuple[_Template, ...]:
        return _templates(self.whole, alone=True)

    @cached_property
    def _glue(self) -> tuple[_Template, ...]:
        return _templates(self.parts, alone=False)


def kilometres(text: str) -> str:
    """Return a Spanish text with kilometres beside miles, where they are not there.

    >>> kilometres("una zona de 20 millas; unas 1,960 millas de línea, 100 millas cuadradas")
    'una zona de 20 millas (32 km); unas 1,960 millas (3,150 km) de línea, 100 millas cuadradas (260 km²)'
    >>> kilometres("de 370 a 3,410 millas cuadradas")
    'de 370 a 3,410 millas cuadradas (960 a 8,830 km²)'
    """
    return MILES.sub(_beside, text)


def _beside(found: re.Match[str]) -> str:
    first, between, last, square = found.groups(default="")
    unit = "km\N{SUPERSCRIPT TWO}" if square else "km"
    least, most = (_metric(miles, square=bool(square)) for miles in (first or "0", last))
    return f"{found[0]} ({f'{least:,g}{between}' if first else ''}{most:,g} {unit})" if most >= 1 else found[0]


def _metric(miles: str, *, square: bool) -> float:
    """Return miles in kilometres, to as many digits as the miles have, of two and three."""
    plain = miles.replace(",", "")
    digits = max(2, min(3, len(plain.replace(".", "").strip("0"))))
    return float(f"{float(plain) * (KM_PER_MILE**2 if square else KM_PER_MILE):.{digits}g}")


def _english(text: str) -> bool:
    """Return whether a text has a word that is neither a name nor a key of a plan."""
    return not KEY.fullmatch(text) and any(SMALL.fullmatch(word) for word in text.split())


def _filled(text: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: values[place[1]], text).strip()


def _templates(texts: Mapping[str, str], *, alone: bool) -> tuple[_Template, ...]:
    """Return the texts that have places, the most particular first."""
    return tuple(sorted(_made(texts, alone=alone), key=lambda one: -one.weight))


def _made(texts: Mapping[str, str], *, alone: bool) -> Iterator[_Template]:
    for english, becomes in texts.items():
        if "{" not in english:
            continue
        parts = PLACE.split(english)
        names, pieces = parts[1::2], parts[::2]
        pattern = re.escape(pieces[0])
        for name, piece in zip(names, pieces[1:], strict=True):
            holds = NUMBER if len(name) == 1 else ".*?"
            optional = pattern.endswith("\\ ") and len(name) > 1  # an empty place takes the space before it with it
            pattern = f"{pattern[:-2]}(?:\\ ({holds}))?" if optional else f"{pattern}({holds})"
            pattern += re.escape(piece)
        fixed = [piece.strip() for piece in pieces]
        yield _Template(
            pattern,
            tuple(names),
            becomes,
            piece=max(fixed, key=len),
            weight=sum(map(len, fixed)),
            words=alone and bool(WORDS.search(" ".join(fixed))),
        )
