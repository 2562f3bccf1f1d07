"""What people write in a plan file that TOML is not: dates and numbers as on paper, curly quotation marks, bare words.

Each is reported with its cause and its cure. What can be read without doubt is read: `harmless` replaces spaces that only look like one.
"""

from __future__ import annotations

import re
import unicodedata
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
END_OF_VALUE = r"\s*(?:[}\]#].*)?$"
"""What may stand behind the value of a key: no comma, for that may part the numbers of a list without its brackets."""
ENDS_AN_ITEM = r"[,}\]#]"
"""What stands behind an item of a list, whose digits no comma can part."""
WIDE = {"\uff0e": ".", "\uff0c": ",", "\uff0d": "-", "\uff0f": "/"}
PARTED = re.compile(r"([+-]?)(\d(?:[\d.,'’_ ]*\d)?)")
IN_LIST = re.compile(r"(?:^|[\[,])\s*([A-Za-z_][\w-]*)\s*(?=[\],])")
"""A bare word of a list, on one line with others or on one of its own; an inline table has ``=`` behind its words."""
TRUTH = frozenset({"true", "false"})
ISO = "year-month-day, such as 2026-01-05"
YEAR_DIGITS = 4
NUMBER = "digits with a decimal point, such as 100.5 or 1_000_000"
MINUS, DASH = "\u2212", "\u2013"
MONEY = "$€£"
TOML = re.compile(r"(?:0|[1-9]\d*(?:_\d+)*)(?:\.\d+(?:_\d+)*)?")
THOUSANDS = re.compile(r"([1-9]\d{0,2}([.,'’_ ])\d{3}(?:\2\d{3})*)([.,]\d+)?")
"""Groups of three behind one mark, none of them led by a nought, and decimals behind another mark."""
DECIMAL_COMMA = re.compile(r"(?:0|[1-9]\d*),\d+")
BEGINS = re.compile(r"([=\[,])\s*|^\s*(?=[^\s#\[=,]+,?\s*$)")
"""Where a value of an inline table or of a list begins, also an item of a list on a line of its own."""
TOKEN = re.compile(r"[^\s,}\]#]+")


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


def find(line: str, column: int = 0) -> Mistake | None:
    """Return what is wrong with a line at which reading stopped, if it is one of the things people write.

    ``column``: where it stopped, from 1; 0 if that is unknown. It tells which value of an inline table or of a list is meant.
    """
    value = VALUE.match(line)
    start = value.end() if value else 0
    return next(_found(line, start), None) or next(_inside(line, column), None)


def _inside(line: str, column: int) -> Iterator[Mistake]:
    """Yield what is wrong with the value of an inline table, or with the item of a list, in or just behind which reading stopped."""
    outside = STRINGS.sub(lambda kept: " " * len(kept[0]), line)
    for begins in BEGINS.finditer(outside):
        start = begins.end()
        rest = line[start:] if begins[1] == "=" else re.split(ENDS_AN_ITEM, line[start:])[0].rstrip()
        for one in _value(rest, start + 1, END):
            behind = start + len(one.found)
            if start < column <= behind + len(line[behind:]) - len(line[behind:].lstrip()) + 1:
                yield one
        word = re.match(rf"[A-Za-z_][\w-]*(?={END})", outside[start:])
        if begins[1] == "=" and word and word[0] not in TRUTH and start < column <= start + len(word[0]) + 1:
            yield _bare(start + 1, word[0])


def _value(rest: str, column: int, end: str) -> Iterator[Mistake]:
    """Yield what is wrong with a date, a number or a percentage that stands at the beginning of ``rest``."""
    slashes = re.match(r"(\d{1,4})([/.])(\d{1,2})[/.](\d{1,4})(?=[\s,}\]#]|$)", rest)
    if slashes and (readings := _dates(slashes[1], slashes[3], slashes[4])):
        yield Mistake(column, "not a TOML date", slashes[0], f"{ISO}; here {' or '.join(readings)}", only(readings))
    elif slashes and (slashes[2] == "/" or YEAR_DIGITS in {len(slashes[1]), len(slashes[4])}):
        yield Mistake(column, "not a date that can be read for sure", slashes[0], ISO)
    token = TOKEN.match(rest)
    if token and (plain := _ascii(token[0])) != token[0]:
        cure = plain if TOML.fullmatch(plain.lstrip("+-")) else ""
        yield Mistake(
            column, "digits that are not 0 to 9 of the keyboard", token[0], f"plain digits; here {plain}", cure
        )
    yield from _numbers(rest, column, end)
    if dashes := re.match(r"\d+-\d+-\d+", rest):
        try:
            date.fromisoformat(dashes[0])
        except ValueError:
            yield Mistake(column, "not a date", dashes[0], "a day that exists, such as 2026-01-05")
    if per := re.match(r"[+-]?[\d.,]+\s*(%|percent)", rest):
        yield Mistake(column, "a percentage", per[0], "a share between 0 and 1, such as 0.2 for 20 %")


def _ascii(text: str) -> str:
    """Return a text with the digits of other scripts and widths as plain ones, and full-width points as points."""
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else WIDE.get(letter, letter) for letter in text
    )


def _found(line: str, start: int) -> Iterator[Mistake]:
    rest = line[start:]
    outside = STRINGS.sub(lambda kept: " " * len(kept[0]), line)
    yield from _value(rest, start + 1, END if not start else END_OF_VALUE)
    if curly := re.search(f"[{CURLY}]", outside):
        yield Mistake(
            curly.start() + 1, "a curly quotation mark", curly[0], "straight ones: \" or '", STRAIGHT[curly[0]]
        )
    if start and (word := re.match(r"[A-Za-z_][\w-]*(?=" + END + ")", rest)) and word[0] not in TRUTH:
        yield _bare(start + 1, word[0])
    header = not start and line.lstrip().startswith("[")
    for word in () if header else IN_LIST.finditer(outside):
        if word[1] not in TRUTH:
            yield _bare(word.start(1) + 1, word[1])


def _numbers(rest: str, column: int, end: str) -> Iterator[Mistake]:
    """Yield what is wrong with a number that a value begins with: signs that are not TOML's, and marks between its digits."""
    money = re.match(rf"([+\-{MINUS}{DASH}]?)[{MONEY}]\s*", rest)
    odd = "" if money or rest[:1] not in {MINUS, DASH} else rest[0]
    ahead = money[0] if money else odd
    number = PARTED.match(rest[len(ahead) :])
    if number is None or not re.match(end, rest[len(ahead) + number.end() :]):
        return
    sign = "-" if odd or (money and money[1] in {"-", MINUS, DASH}) else number[1]
    found, readings = ahead + number[0], [sign + one for one in _readings(number[2])]
    here = _here(readings)
    if money:
        yield Mistake(
            column, "a sign of money in a number", found, f"{NUMBER}, without the sign: its key says the unit{here}"
        )
    elif odd and not number[1]:
        cure = only(readings) if odd == MINUS else ""
        yield Mistake(column, "a dash where a minus is meant", found, f"a minus as on the keyboard: -{here}", cure)
    elif odd or number[2].isdigit() or TOML.fullmatch(number[2]):
        return
    elif not readings:
        yield Mistake(column, "a number that cannot be read for sure", found, NUMBER)
    elif len(readings) > 1:
        yield Mistake(column, "a comma in a number", found, f"{NUMBER}{here}")
    elif DECIMAL_COMMA.fullmatch(number[2]):
        yield Mistake(column, "a decimal comma", found, f"a decimal point: {readings[0]}", readings[0])
    else:
        yield Mistake(column, "a number with its thousands separated", found, f"{NUMBER}{here}", readings[0])


def _here(readings: list[str]) -> str:
    if len(readings) > 1:
        return f"; here {readings[0]} if a thousand is meant, {readings[1]} if a decimal is"
    return f"; here {readings[0]}" if readings else ""


def _readings(digits: str) -> list[str]:
    """Return what a number as on paper can mean, without its sign: thousands first, then a decimal comma; empty where nobody can say.

    >>> [_readings(one) for one in ("1,234.56", "1.000,5", "1,234", "0,125", "0.125.5", "1,00,000", "1 000,500")]
    [['1234.56'], ['1000.5'], ['1234', '1.234'], ['0.125'], [], [], []]
    """
    if digits.isdigit() or TOML.fullmatch(digits):
        return [digits] if TOML.fullmatch(digits) else []
    readings = []
    if thousands := THOUSANDS.fullmatch(digits):
        whole, mark, decimals = re.sub(r"\D", "", thousands[1]), thousands[2], thousands[3] or ""
        unsure = mark in " '’_" and re.fullmatch(r",\d{3}", decimals)  # thousands again, or decimals
        if not unsure and decimals[:1] != mark:
            readings.append(whole + decimals.replace(",", "."))
    if DECIMAL_COMMA.fullmatch(digits):
        readings.append(digits.replace(",", "."))
    return readings


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
