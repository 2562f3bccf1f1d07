"""Pages and schemas made from the code and its data are as `scripts/generate` would write them."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = runpy.run_path(str(ROOT / "scripts/generate.py"))["PAGES"]


SLOW = {"src/premortem/data/schema/plan_readers.json"}


@pytest.mark.parametrize("place", [pytest.param(p, marks=pytest.mark.slow if p in SLOW else ()) for p in PAGES])
def test_a_generated_page_is_current(place: str) -> None:
    assert (ROOT / place).read_text(encoding="utf-8") == PAGES[place](), f"{place} is stale: run scripts/generate"


def test_every_page_that_says_it_is_generated_is_in_the_list() -> None:
    saying = {
        page.relative_to(ROOT).as_posix()
        for page in (ROOT / "docs").rglob("*.md")
        if "by `scripts/generate`" in page.read_text(encoding="utf-8").split("\n## ")[0]
    }
    assert saying == {place for place in PAGES if place.endswith(".md")}
