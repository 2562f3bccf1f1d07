"""``plan upgrade``: older words are written anew, comments stay, and what is current is left as it is to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

import premortem
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


@pytest.mark.slow
@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_a_real_text_runs_before_and_after(file: Path, tmp_path: Path) -> None:
    made, changed = upgrade(file.read_text(), str(file), file.parent)
    later = tmp_path / f"{file.stem}_upgraded.toml"
    later.write_text(made)
    texts = [file, later] if changed else [file]
    found = premortem.run(*texts, "status_quo", futures=2, years=1, out=tmp_path / "run", posterior="none").frame()
    assert found["fault"].null_count() == len(found)
    moved = [found.filter(plan=text.stem).drop("plan") for text in (*texts, Path("status_quo"))]
    assert not any(one.equals(moved[-1]) for one in moved[:-1])


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
