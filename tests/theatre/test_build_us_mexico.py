import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from premortem.evidence.reading import data

SCRIPT = Path(__file__).parents[2] / "scripts/build_us_mexico.py"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_us_mexico", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name", ["places", "depths", "adjacency", "starts", "sectors", "line", "ports", "drugs", "overdoses", "content"]
)
def test_a_shipped_table_is_what_the_rules_make_of_the_ledger(build: ModuleType, name: str) -> None:
    assert set(build.TABLES) == {
        "places",
        "depths",
        "adjacency",
        "starts",
        "sectors",
        "line",
        "ports",
        "drugs",
        "overdoses",
        "content",
    }
    shipped = (data() / "theatres/us-mexico" / f"{name}.csv").read_text(encoding="utf-8")
    assert build.text(name) == shipped, "run scripts/build_us_mexico.py"
