"""docs/mission.md has a row for each statement of the op-ed, in its order, and says what the data say encodes it."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from premortem.claims import encoding
from premortem.evidence import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/mission.md").read_text(encoding="utf-8")
ROWS = {
    m[2]: m
    for m in re.finditer(r"^\| (\S+|left out) \| `(\w+)`: (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", PAGE, re.MULTILINE)
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mission", ROOT / "scripts/mission.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_statement_has_its_row_in_the_order_of_the_text(script: ModuleType) -> None:
    assert list(ROWS) == [claim.id for claim in script.rows(load().claims)]
    paragraphs = {int(m[1]) for m in ROWS.values() if m[1].isdigit()}
    assert paragraphs == set(range(1, 11))


def test_a_row_says_what_encodes_it_now(script: ModuleType) -> None:
    off = [id_ for id_, claim in load().claims.items() if ROWS[id_][4] != script.encodes(claim)]
    assert off == [], "python scripts/mission.py writes it anew"


def test_every_row_says_what_moves_or_why_nothing_can_be_moved() -> None:
    told = r"(nothing in \d+ futures|\d+ outcomes?; most: .*)"
    for id_, claim in load().claims.items():
        carries = bool(encoding(claim).parameters)
        swung = rf"of \d+ swung, `[\w.]+`: {told}" if carries else "nothing: a judgement .*"
        form = f"{told}|{swung}" if claim.altered else swung
        assert re.fullmatch(form, ROWS[id_][5]), id_


def test_most_statements_about_the_world_move_something() -> None:
    world = [ROWS[id_][5] for id_, claim in load().claims.items() if encoding(claim).parameters and not claim.altered]
    assert sum("nothing in" in says for says in world) < len(world) / 3


def test_most_of_what_can_be_altered_moves_something() -> None:
    altered = [id_ for id_, claim in load().claims.items() if claim.altered]
    still = [id_ for id_ in altered if not ROWS[id_][5][0].isdigit()]
    assert len(still) < len(altered) / 3, still


def test_no_row_shows_a_difference_that_prints_as_nothing() -> None:
    shown = {id_: re.search(r"most: (.*) in [<>\d]", row[5]) for id_, row in ROWS.items()}
    assert [id_ for id_, found in shown.items() if found and not re.search("[1-9]", found[1])] == []
