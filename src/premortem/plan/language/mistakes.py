"""What people write in a plan file that TOML is not: dates and numbers as on paper, curly quotation marks, bare words.

Each is reported with its cause and its cure. What can be read without doubt is read: `harmless` replaces spaces that only look like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

SPACES = "\u00a0\u2007\u202f\u2009"
"""No-break, figure, narrow no-break and thin space: what word processors put where a plain space was typed."""
CURLY = "“”„‟«»‘’‚‛"
STRAIGHT = {mark: '"' if mark in "“”„‟«»" else "'" for mark in CURLY}
STRINGS = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\Z)|' + r"'''.*?(?:'''|\Z)|" + r'"(?:\\.|[^"\\\n])*"?|' + r"'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
VALUE = re.compile(r"^[^#=]*?=\s*")
END = r"\s*(?:[,}\]#].*)?$"
IN_LIST = re.compile(r"(?:^|[\[,])\s*([A-Za-z_][\w-]*)\s*(?=[\],])")
"""A bare word of a list, on one line with others or on one of its own; an inline table has ``=`` behind its words."""
TRUTH = frozenset({"true", "false"})
ISO = "year-month-day, such as 2026-01-05"
YEAR_DIGITS = 4
NUMBER = "digits with a decimal point, such as 100.5 or 1_000_000"


@dataclass(frozen=True)
class Mistake:
    """What was found in a line: where (columns from 1), and what to write instead; ``cure`` where only one thing can be meant."""

    column: int
    message: str
    found: str
    allowed: str
    cure: str = ""


def harmless(text: str) -> str:
    """Return the text with plain spaces where no-break spaces stand outside of strings and comments; letter for letter as long.

    >>> harmless('level\\u00a0=\\u00a0100 # 1\\u00a0000')
    'level = 100 # 1\\xa0000'
    """
    if not any(space in text for space in SPACES):
        return text
    table = str.maketrans(SPACES, " " * len(SPACES))
    parts, last = [], 0
    for kept in STRINGS.finditer(text):
        parts += [text[last : kept.start()].translate(table), kept[0]]
        last = kept.end()
    return "".join([*parts, text[last:].translate(table)])


def find(line: str) -> Mistake | None:
    """Return what is wrong with a line at which reading stopped, if it is one of the things people write."""
    value = VALUE.match(line)
    start = value.end() if value else 0
    return next(_found(line, start), None)


def _found(line: str, start: int) -> Iterator[Mistake]:
    rest = line[start:]
    outside = STRINGS.sub(lambda kept: " " * len(kept[0]), line)
    if curly := re.search(f"[{CURLY}]", outside):
        yield Mistake(
            curly.start() + 1, "a curly quotation mark", curly[0], "straight ones: \" or '", STRAIGHT[curly[0]]
        )
    slashes = re.match(r"(\d{1,4})[/.](\d{1,2})[/.](\d{1,4})(?=[\s,}\]#]|$)", rest)
    if slashes and (readings := _dates(*slashes.groups())):
        yield Mistake(start + 1, "not a TOML date", slashes[0], f"{ISO}; here {' or '.join(readings)}", only(readings))
    if dashes := re.match(r"\d+-\d+-\d+", rest):
        try:
            date.fromisoformat(dashes[0])
        except ValueError:
            yield Mistake(start + 1, "not a date", dashes[0], "a day that exists, such as 2026-01-05")
    grouped = re.match(r"[+-]?\d{1,3}(?:([.,' ’])\d{3})(?:\1\d{3})*(?:[.,]\d+)?" + END, rest)
    digits = re.match(r"[+-]?[\d.,' ’]*\d", rest)
    if grouped and digits:
        plain = re.sub(r"[^\d+-]", "", digits[0])
        if grouped[1] == "," and digits[0].count(",") == 1 and "." not in digits[0]:
            whole, _, part = digits[0].partition(",")
            allowed = f"{NUMBER}; here {plain} if a thousand is meant, {whole}.{part} if a decimal is"
            yield Mistake(start + 1, "a comma in a number", digits[0], allowed)
        else:
            yield Mistake(
                start + 1, "a number with its thousands separated", digits[0], f"{NUMBER}; here {plain}", plain
            )
    if comma := re.match(rf"([+-]?\d+,\d+){END}", rest):
        yield Mistake(
            start + 1,
            "a decimal comma",
            comma[1],
            f"a decimal point: {comma[1].replace(',', '.')}",
            comma[1].replace(",", "."),
        )
    if per := re.match(r"[+-]?[\d.]+\s*(%|percent)", rest):
        yield Mistake(start + 1, "a percentage", per[0], "a share between 0 and 1, such as 0.2 for 20 %")
    if start and (word := re.match(r"[A-Za-z_][\w-]*(?=" + END + ")", rest)) and word[0] not in TRUTH:
        yield _bare(start + 1, word[0])
    header = not start and line.lstrip().startswith("[")
    for word in () if header else IN_LIST.finditer(outside):
        if word[1] not in TRUTH:
            yield _bare(word.start(1) + 1, word[1])


def _bare(column: int, word: str) -> Mistake:
    allowed = word.lower() if word.lower() in TRUTH else f'"{word}"'
    return Mistake(column, "a word without quotation marks", word, allowed, allowed)


def only(readings: list[str]) -> str:
    """Return the reading where there is one, else nothing."""
    return readings[0] if len(readings) == 1 else ""


def _dates(first: str, second: str, third: str) -> list[str]:
    """Return the days that a date with slashes or points can mean, earliest notation of the United States first."""
    a, b, c = int(first), int(second), int(third)
    year_last = [(c, a, b), (c, b, a)] if len(third) == YEAR_DIGITS else []
    orders = [(a, b, c)] if len(first) == YEAR_DIGITS else year_last
    readings: list[str] = []
    for year, month, day in orders:
        try:
            readings.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(readings))
