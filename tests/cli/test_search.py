"""``premortem decide search``: its contract, its files, and what it refuses; runs are a formula here (tests/decisions/test_search.py)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from premortem.analysis import evaluate
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.lint.engine import lint
from premortem.plan.language.load import LoadedPlan, load
from premortem.study.resume import begin
from premortem.study.spec import StudySpec, make
from tests.decisions.test_search import INPUTS, OBJECTIVES, simulated

RUNNER = CliRunner()
SMALL = ("--plans", "24", "--generation", "12", "--futures", "10", "--confirm", "2", "--fresh", "100")


def invoke(*arguments: str) -> Result:
    words = ["decide", "search", *arguments]
    return RUNNER.invoke(build(words), words, env={"COLUMNS": "120"})


@pytest.fixture
def formula(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    def evaluated(plans: Sequence[LoadedPlan], spec: StudySpec, outcomes: Sequence[str], **_: Any) -> dict[str, Any]:
        made = simulated(plans, spec.seed, spec.futures, spec.years)
        return {id_: made[id_] for id_ in outcomes}

    monkeypatch.setattr(evaluate, "evaluate", evaluated)
    file = tmp_path / "inputs.toml"
    file.write_text(INPUTS, encoding="utf-8")
    return str(file)


def test_the_answer_keeps_the_contract_and_its_plans_lint_and_load(formula: str, tmp_path: Path) -> None:
    mine = tmp_path / "Mine - 2.toml"  # no name that a variant could extend
    about = 'extends = "civil_combination"\nsource = ["project"]\ntitle = "Mine \\"2\\" \\\\ twice"\n'
    mine.write_text(f"schema = 1\n{about}", encoding="utf-8")
    chosen = [word for id_ in OBJECTIVES for word in ("--objective", id_)]
    out = tmp_path / "out"
    asked = ("--plan", str(mine), "--inputs", formula, "--out", str(out), *chosen, *SMALL)
    result = invoke(*asked, "--format", "json")
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads(result.stdout)
    assert told.keys() == {"method", "inputs", "result", "uncertainty", "warnings"}
    assert told["method"] == "search"
    assert (told["inputs"]["plan"], told["inputs"]["baseline"]) == ("mine_2", "status_quo")
    assert told["result"]["looked"]["plans"] == 24
    assert set(told["uncertainty"]["optimism"]) == set(OBJECTIVES)
    for one in told["result"]["found"]:
        plan = load(out / one["file"])
        held = {(finding.code, finding.where.key) for finding in lint(plan) if finding.severity == "violation"}
        assert {f"{code} {key}" for code, key in held} <= set(told["inputs"]["faults_allowed"])
    archive = (out / "archive.json").read_bytes()
    picture = tmp_path / "found.svg"
    said = " ".join(result.stderr.split())
    assert (
        f"24 plans around {mine}, each in 10 futures of 3 years; then the best 2 in 100 fresh futures of 5 years"
        in said
    )
    assert f"the same command goes on where it was (folder {out})" in said
    assert "It goes on" not in said
    again = invoke(*asked, "--figure", str(picture))
    assert "It goes on: 24 plans were tried before." in again.stderr
    assert again.exit_code == 0, (again.output, again.exception)
    assert (out / "archive.json").read_bytes() == archive
    assert "Before quoting" in again.stdout
    assert "24 plans around mine_2" in " ".join(again.stdout.split())
    assert picture.read_text(encoding="utf-8").startswith("<svg")


def test_a_plan_of_a_study_is_searched_around_in_the_studys_own_futures(formula: str, tmp_path: Path) -> None:
    plans = ("status_quo", "kingpin", "civil_combination")
    begin(make(plans=plans, futures=10, years=2, start="2025", posterior="none"), tmp_path / "study")
    asked = (
        str(tmp_path / "study"),
        "--plan",
        "civil_combination",
        "--inputs",
        formula,
        "--out",
        str(tmp_path / "out"),
    )
    chosen = [word for id_ in OBJECTIVES for word in ("--objective", id_)]
    result = invoke(*asked, *chosen, *SMALL, "--format", "json")
    assert result.exit_code == 0, (result.output, result.exception)
    inputs = json.loads(result.stdout)["inputs"]
    assert (inputs["plan"], inputs["baseline"]) == ("civil_combination", "status_quo")
    assert (inputs["start"], inputs["posterior"]) == ("2025", "none")
    alone = (str(tmp_path / "study"), "--out", str(tmp_path / "alone"), *chosen, *SMALL)
    first = invoke(*alone, "--format", "json")
    assert first.exit_code == 0, (first.output, first.exception)
    assert json.loads(first.stdout)["inputs"]["plan"] == "kingpin"
    assert "24 plans around kingpin" in " ".join(first.stderr.split())
    wrong = invoke(str(tmp_path / "study"), "--plan", "raids_only", *SMALL)
    assert "not a plan of this study" in str(wrong.exception)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "say around which plan"),
        (("nowhere", "--plan", "kingpin"), "no study in"),
        (("nowhere",), "no study in"),
        (("--out", "found"), "say around which plan"),
        (("--plan", "kingpinn"), "did you mean 'kingpin'"),
        (("--plan", "status_quo"), "the baseline itself"),
        (("--plan", "kingpin", "--objective", "members"), "a member killed is a member less"),
        (("--plan", "kingpin", "--objective", "overdose_death"), "did you mean 'overdose_deaths'"),
        (("--plan", "kingpin", "--futures", "3"), "an average over fewer is luck"),
        (("--plan", "kingpin", "--fresh", "30"), "fewer confirm nothing"),
        (("--plan", "kingpin", "--reading", "likely"), "as_likely, carried_out"),
        (("--plan", "kingpin", "--inputs", "nowhere.toml"), "no such file"),
        (("--plan", "kingpin", "--figure", "x.jpg"), "no such format"),
        (("--plan", "kingpin", "--budget", "-3"), "no budget"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_computed(
    asked: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*asked)
    assert isinstance(result.exception, InputError), result.output
    assert said in str(result.exception)
    assert not result.stdout
    assert not list(tmp_path.iterdir())


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymoo.core.algorithm", None)
    result = invoke("--plan", "kingpin", "--out", str(tmp_path / "out"))
    assert isinstance(result.exception, InputError)
    assert "pip install 'premortem[search]'" in str(result.exception)
    assert not (tmp_path / "out").exists()
