"""``plan upgrade``: older words are written anew, comments stay, and what is current is left as it is to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from premortem.errors import InputError
from premortem.plan.language import packaged
from premortem.plan.language.load import load_text
from premortem.plan.language.upgrade import upgrade

HEAD = 'schema = 1\ntitle = "Old"\nsource = ["project"]\nstart = 2026-01-05 # a comment\n'
CASES = sorted((Path(__file__).parents[2] / "data" / "cases").glob("p*.toml"))


@pytest.mark.parametrize("name", packaged.names() + packaged.gallery())
def test_a_packaged_plan_is_current(name: str) -> None:
    text = packaged.text(name)
    assert upgrade(text, packaged.file(name)) == (text, ())


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_real_text_loads_before_and_after_and_keeps_its_comments(file: Path) -> None:
    text = file.read_text()
    before = load_text(text, str(file), file.parent).plan
    made, changed = upgrade(text, str(file), file.parent)
    after = load_text(made, str(file), file.parent).plan
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in made.splitlines() if line.startswith("#")
    ]
    assert (after == before) == (not changed)
    assert len(after.sea) == sum(force.place == "sea" for force in before.domestic)
    assert upgrade(made, str(file), file.parent) == (made, ())


def test_a_truce_by_decree_is_an_offer() -> None:
    old = f'{HEAD}[[measure]] # by decree\nid = "pact"\nlever = "rivalry.truce"\nlevel = 0.6\nweeks = [10, 60]\n'
    with pytest.raises(InputError, match="this word is no longer used"):
        load_text(old)
    made, changed = upgrade(old)
    plan = load_text(made).plan
    assert "# a comment" in made
    assert not plan.measure
    assert [(deal.id, deal.kind, deal.from_week, deal.to_week) for deal in plan.deal] == [("pact", "truce", 10, 60)]
    assert "drawn" in changed[0]


def test_a_force_at_sea_acts_at_sea() -> None:
    old = f'{HEAD}[[domestic]]\nid = "navy"\nservice = "navy"\nplace = "sea"\ntasks = ["surveillance", "search"]\n'
    plan = load_text(upgrade(old)[0]).plan
    assert not plan.domestic
    assert plan.sea[0].tasks == ("detect_monitor", "board")


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(InputError):
        upgrade("title = ")
    with pytest.raises(InputError):
        upgrade('schema = 1\ntitle = "x"\n')
