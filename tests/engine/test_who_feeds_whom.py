import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

from premortem.model.mechanisms.registry import MECHANISMS

SCRIPT = Path(__file__).parents[2] / "scripts/who_feeds_whom.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("who_feeds_whom", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def couplings(script: ModuleType) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = script.couplings()
    return found


def test_the_page_shows_the_model_as_it_is(script: ModuleType, couplings: set[tuple[str, str, str]]) -> None:
    assert script.FILE.read_text(encoding="utf-8") == script.page(couplings), "run scripts/who_feeds_whom.py"


def test_nearly_all_mechanisms_lie_on_one_web_of_feedback(couplings: set[tuple[str, str, str]]) -> None:
    names = [mechanism.name for mechanism in MECHANISMS]
    arrows = np.zeros((len(names), len(names)))
    for reader, _, provider in couplings:
        arrows[names.index(provider), names.index(reader)] = 1
    _, part = connected_components(arrows, connection="strong")
    outside = {name for name, number in zip(names, part, strict=True) if number != np.bincount(part).argmax()}
    assert outside <= {"cost", "overdose", "foreign", "economy"}, outside
