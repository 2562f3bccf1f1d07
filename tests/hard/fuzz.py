"""Made-up damage to the texts that people write, and the readers that must answer it with a result or an error of ours, never another.

usage: python -m tests.hard.fuzz [KIND] [--tries 20000] [--seconds 300] [--first 0]
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from premortem.errors import PremortemError
from tests.hard.sources import KINDS

# fmt: off
VALUES = (
    "0", "-1", "1e400", "-1e-400", "nan", "-inf", "9" * 400, "true", '""', "[]", "{}", "[[[]]]", '"' + "x" * 300 + '"', '"\\u0000"',
    "1979-05-27", "07:32:00", "0x7fffffffffffffffffff", '"😀"', '"\\u202E"', "[1, 'a']", "[nan]", "[" * 2000 + "]" * 2000,
    "{a = {b = {c = 1}}}", "'''", '"unspecified"', '"=cmd()"', '"../../../etc/passwd"', '"\\u001b[2J"', "1_000", "1,5",
    ".5", "5.", "2025-13-45",
)
# fmt: on
TOKEN = re.compile(r'"[^"\n]*"[,:]?|-?\d[\d.eE+-]*,?')
NOISE = "=[]{}\"'#,.\n\t\r\\\0\x1b\x7féß€😀\u202e\ufeff-+0123456789e"


def mutated(text: str, luck: random.Random) -> str:
    """Return a text with one to four things wrong: letters, words, lines, values."""
    for _ in range(luck.choice((1, 1, 1, 2, 4))):
        text = luck.choice(MUTATIONS)(text, luck)
    return text


def _letters(text: str, luck: random.Random) -> str:
    place = luck.randrange(len(text) + 1)
    return text[:place] + "".join(luck.choices(NOISE, k=luck.randrange(4))) + text[place + luck.randrange(4) :]


def _value(text: str, luck: random.Random) -> str:
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if "=" in line]
    if places:
        number = luck.choice(places)
        lines[number] = f"{lines[number].partition('=')[0]}= {luck.choice(VALUES)}"
    return "\n".join(lines)


def _cell(text: str, luck: random.Random) -> str:
    rows = [line.split(",") for line in text.split("\n")]
    row = luck.choice(rows)
    row[luck.randrange(len(row))] = luck.choice((*VALUES, ""))
    return "\n".join(",".join(row) for row in rows)


def _lines(text: str, luck: random.Random) -> str:
    lines = text.split("\n")
    one, other = luck.randrange(len(lines)), luck.randrange(len(lines))
    how = luck.randrange(4)
    if how == 0:
        del lines[one]
    elif how == 1:
        lines.insert(other, lines[one])
    elif how == 2:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines = lines[:one]
    return "\n".join(lines)


def _word(text: str, luck: random.Random) -> str:
    words = text.split()
    return text.replace(luck.choice(words), luck.choice((luck.choice(words), "", "x" * 70)), 1) if words else text


def _token(text: str, luck: random.Random) -> str:
    """Put another value in the place of a number, a quoted string, or one with its comma or colon."""
    places = list(TOKEN.finditer(text))
    if not places:
        return text
    place = luck.choice(places)
    return text[: place.start()] + luck.choice((*VALUES, "null", "", luck.choice(places)[0])) + text[place.end() :]


MUTATIONS: tuple[Callable[[str, random.Random], str], ...] = (_letters, _value, _value, _cell, _lines, _word, _token)


def fuzz(kind: str, tries: range, seconds: float = 1e9) -> dict[str, Any]:
    """Return how many texts were tried, how many of them were refused, and what raised anything else, with the number of the try."""
    until, done, refused, wrong = time.monotonic() + seconds, 0, 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        sources = list(KINDS[kind](Path(folder)))
        for number in tries:
            if time.monotonic() > until:
                break
            luck = random.Random(f"{kind} {number}")
            text, read = luck.choice(sources)
            done += 1
            try:
                with warnings.catch_warnings(action="error"):
                    read(mutated(text, luck))
            except PremortemError as error:
                refused += 1
                if not str(error).strip():
                    wrong.append(f"{kind} {number}: an error that says nothing")
            except Exception as error:  # whatever else it is, it is a traceback
                wrong.append(f"{kind} {number}: {type(error).__name__}: {str(error)[:200]}")
    return {"kind": kind, "tried": done, "refused": refused, "wrong": wrong}


def main() -> None:
    """Print a line per kind, and every try that went wrong."""
    options = argparse.ArgumentParser()
    options.add_argument("kinds", nargs="*", default=list(KINDS))
    options.add_argument("--tries", type=int, default=20_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seconds", type=float, default=300)
    chosen = options.parse_args()
    failed = 0
    for kind in chosen.kinds:
        found = fuzz(kind, range(chosen.first, chosen.first + chosen.tries), chosen.seconds)
        print(
            f"{kind:12} tried {found['tried']:7,}  refused {found['refused']:7,}  wrong {len(found['wrong'])}",
            flush=True,
        )
        for line in found["wrong"][:20]:
            print("   ", line, flush=True)
        failed += len(found["wrong"])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
