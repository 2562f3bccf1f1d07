"""Code blocks of the manual, as the tests read them; those of CONTRIBUTING.md are followed by test_recipes.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    """A block: ``file`` is the word after its language (``toml data/levers.toml``), if there is one."""

    page: str
    line: int
    language: str
    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(language: str, pages: tuple[Path, ...] = PAGES) -> Iterator[Block]:
    """Yield every block of a language."""
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for found in BLOCK.finditer(text):
            if found["language"] == language:
                indent = len(found["indent"])
                lines = (line[indent:] for line in found["text"].splitlines())
                place = text.count("\n", 0, found.start()) + 1
                yield Block(str(page.relative_to(ROOT)), place, language, found["file"] or "", "\n".join(lines) + "\n")
