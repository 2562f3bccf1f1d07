"""The guide to writing a mechanism, docs/model/README.md, followed to the letter in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/model/README.md").read_text(encoding="utf-8").split("## An example from nothing")[1]
FILES = {
    place: (kind, text)
    for place, kind, text in re.findall(r"`([\w/]+\.\w+)`[^`]*\n```(\w+)\n(.*?)```", GUIDE, re.DOTALL)
}
MECHANISM = "src/premortem/model/mechanisms/schools.py"
TRACED = """
from premortem.analysis.couplings import couplings
from premortem.engine.week import Model
from premortem.model.mechanisms.registry import MECHANISMS
assert couplings()
assert "schools_closed" in Model(MECHANISMS).outcomes
"""


def put(place: Path, kind: str, text: str) -> None:
    """Do what a block says: a diff goes around its context, other text to the end of its file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    known = place.read_text(encoding="utf-8") if place.exists() else ""
    if kind == "diff":
        context = next(line[1:] for line in text.splitlines() if line.startswith(" "))
        assert context in known
        new = "\n".join(line[1:] for line in text.splitlines())
        place.write_text(known.replace(context, new), encoding="utf-8")
    else:
        place.write_text(f"{known}\n{text}" if known else text, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package and of what its tests share, with the mechanism of the guide in it."""
    copied = tmp_path_factory.mktemp("guide")
    shutil.copytree(ROOT / "src", copied / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "tests/__init__.py", "tests/model", "tests/evidence"):
        source, target = ROOT / file, copied / file
        shutil.copytree(source, target) if source.is_dir() else put(target, "", source.read_text(encoding="utf-8"))
    for place, (kind, text) in FILES.items():
        put(copied / place, kind, text)
    return copied


def run(copy: Path, *arguments: str) -> None:
    environment = os.environ | {
        "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}",
        "PREMORTEM_CACHE": str(copy / "cache"),
    }
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mechanism_is_six_files_of_which_its_own_has_at_most_35_lines() -> None:
    assert len(FILES) == 6
    assert len(FILES[MECHANISM][1].splitlines()) <= 35


def test_the_evidence_of_the_example_is_in_order(copy: Path) -> None:
    run(copy, "-m", "premortem", "evidence", "check")


def test_the_tests_of_the_example_and_of_outcomes_pass(copy: Path) -> None:
    tests = ("tests/model/mechanisms/test_schools.py", "tests/evidence/test_outcomes.py")
    run(copy, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests)


def test_the_full_model_holds_the_example_and_its_declarations(copy: Path) -> None:
    run(copy, "-c", TRACED)


def test_its_style_is_the_house_style(copy: Path) -> None:
    files = [place for place in FILES if place.endswith(".py") and "registry" not in place]
    run(copy, "-m", "ruff", "check", "-q", *files)
    run(copy, "-m", "ruff", "format", "--check", "-q", *files)
