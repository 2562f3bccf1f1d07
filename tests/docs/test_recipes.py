"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the package."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks

PAGE = ROOT / "CONTRIBUTING.md"
KINDS = ("fact", "parameter", "mechanism", "outcome", "lever", "plan", "lint rule", "theatre", "language", "finding")
APPENDED = [block for kind in ("toml", "python") for block in blocks(kind, (PAGE,))]
CHANGED = list(blocks("diff", (PAGE,)))
COMMANDS = [line for block in blocks("sh", (PAGE,)) for line in block.text.splitlines()]


def put_in(text: str, block: Block) -> str:
    """Return a file with the lines of a diff in it, each addition below the line above it, each replacement in its place."""
    lines, here = text.splitlines(), -1
    for change in block.text.splitlines():
        sign, words = change[:1], change[1:]
        if sign == "+":
            here += 1
            lines.insert(here, words)
            continue
        assert lines.count(words) == 1, f"{block}: {words!r} stands {lines.count(words)} times in {block.file}"
        here = lines.index(words)
        if sign == "-":
            del lines[here]
            here -= 1
    return "\n".join(lines) + "\n"


class Copy:
    """A copy of the package, in which things can be added and commands run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.package = folder, folder / "src/premortem"

    def run(self, *words: str) -> str:
        """Run a command in the copy and return what it prints."""
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src"), "COLUMNS": "200"}
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{shlex.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def python(self, code: str) -> str:
        """Run Python in the copy and return what it prints."""
        return self.run(sys.executable, "-c", textwrap.dedent(code)).strip()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the package with everything that the page adds."""
    made = Copy(tmp_path_factory.mktemp("recipes"))
    shutil.copytree(ROOT / "src/premortem", made.package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests/data/tiny_theatre", made.folder / "tests/data/tiny_theatre")
    for block in APPENDED:
        file = made.package / block.file
        before = file.read_text(encoding="utf-8").rstrip("\n") + "\n\n\n" if file.exists() else ""
        file.write_text(before + block.text, encoding="utf-8")
    for block in CHANGED:
        file = made.package / block.file
        file.write_text(put_in(file.read_text(encoding="utf-8"), block), encoding="utf-8")
    for line in COMMANDS:
        first, *words = shlex.split(line)
        made.run(*([sys.executable, "-m", "premortem"] if first == "premortem" else [first]), *words)
    return made


def test_the_page_has_a_recipe_for_each_kind_of_thing() -> None:
    found = re.findall(r"^## An? (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(KINDS)
    assert all(block.file for block in (*APPENDED, *CHANGED))


def test_a_fact_a_parameter_and_their_sources_are_found(copy: Copy) -> None:
    found = copy.python("""
        import premortem as pm
        fact = pm.evidence("geo.border.states_mx")
        print(fact.record.value, fact.rests_on[0].id, pm.evidence("scholarships.reach").record.grade)
    """)
    assert found == "6.0 inegi2020 assumption"


def test_the_lever_moves_the_outcome_of_the_mechanism_by_the_parameter(copy: Copy) -> None:
    found = copy.python("""
        import numpy as np
        from premortem.model.mechanisms.registry import MECHANISMS
        from premortem.study import experiment
        experiment.MECHANISMS = tuple(m for m in MECHANISMS if m.name == "scholarships")  # compiles in a second
        import premortem as pm
        made = pm.compare("school_places", "status_quo", futures=4, years=1)
        rows, draws = made.study.frame(), made.study.store.draws().collect()
        ours = rows.filter(rows["plan"] == "school_places").sort("future")["residents_in_school"].to_numpy()
        theirs = rows.filter(rows["plan"] == "status_quo")["residents_in_school"].to_numpy()
        assert (theirs == 0).all()
        per_draw = ours / draws.sort("future")["scholarships.reach"].to_numpy()
        assert (ours > 0).all() and np.ptp(per_draw) / per_draw.mean() < 0.2, per_draw
        print(made.line("residents_in_school").share_better)
    """)
    assert found == "1.0"


def test_the_whole_model_takes_the_mechanism_in(copy: Copy) -> None:
    """The declarations fit their entries, the lever has its reader, and a week of all mechanisms can be traced."""
    found = copy.python("""
        from premortem.analysis.couplings import couplings
        from premortem.engine.week import Model
        from premortem.model.mechanisms.registry import MECHANISMS
        assert couplings()
        print(*(m.name for m in MECHANISMS if m.name == "scholarships"), *Model(MECHANISMS).outcomes["residents_in_school"][:1])
    """)
    assert found == "scholarships scholarships"


def test_the_plan_is_offered_and_the_rule_finds_it(copy: Copy) -> None:
    found = copy.python("""
        import premortem as pm
        from premortem.plan.language.load import load_text
        from premortem.lint import lint, rules
        assert "CO199" in pm.lint("school_places")["code"].to_list()
        rule = rules()["CO199"]
        for text, there in ((rule.fails, True), (rule.passes, False)):
            base = 'extends = "lint_base"\\n' + text
            assert ("CO199" in {f.code for f in lint(load_text(base))}) == there
        from premortem.plan.language import packaged
        print("school_places" in packaged.names())
    """)
    assert found == "True"


def test_the_language_is_one_that_reports_are_written_in(copy: Copy) -> None:
    found = copy.python("""
        from premortem.wording.languages import messages
        print(messages("fr")("contents") == messages("en")("contents"))
    """)
    assert found == "True"
