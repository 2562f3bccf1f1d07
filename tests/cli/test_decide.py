import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from premortem.api.studies import study
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.study.executors import Threads
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.study.toy_recipe import ToySource

RUNNER = CliRunner()
CONTRACT = {"method", "inputs", "result", "uncertainty", "warnings"}


def invoke(*arguments: str) -> Result:
    words = ["decide", *arguments]
    return RUNNER.invoke(build(words), words, env={"COLUMNS": "120"})


def answer(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("decide") / "s"
    recipe = ToySource(plans=("arrest_1", "arrest_open"), futures=200, years=2)
    store = Store.create(place, recipe)
    conduct(store, recipe, executor=Threads(1))
    return str(place)


@pytest.mark.parametrize(
    "asked",
    [
        ("robustness", "--outcome", "members"),
        ("robustness",),
        ("robustness", "--outcome", "members", "--outcome", "members"),
        ("conditions", "--outcome", "members"),
        ("conditions", "--outcome", "members", "--where", "word = left"),
        ("discover", "--when", "difference.members > 0 or arrest > 0.01", "--plan", "arrest_open"),
        ("voi", "--outcome", "members"),
        ("sensitivity", "--outcome", "members"),
        ("pathways", "--outcome", "members", "--level", "1000"),
        ("timeline", "--outcome", "members"),
    ],
)
def test_every_method_keeps_the_contract_and_says_the_same_in_words(asked: tuple[str, ...], folder: str) -> None:
    method, *options = asked
    told = json.loads(answer(method, folder, *options, "--format", "json"))
    assert told.keys() == CONTRACT
    assert told["method"] == method
    assert "by_default" not in told["inputs"]
    assert told["inputs"]["baseline"] == "arrest_1"
    text = answer(method, folder, *options)
    assert "As likely to unfold" in text
    assert "Before quoting" in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("robustness", "--outcome", "member"), "did you mean 'members'"),
        (("robustness", "--enough", "members"), "ID=NUMBER"),
        (("robustness", "--reading", "likely"), "as_likely, carried_out"),
        (("robustness", "--weights", "nowhere.toml"), "no such file"),
        (("conditions", "--outcome", "members", "--where", "word = middle"), "left, right"),
        (("conditions", "--outcome", "members", "--plan", "arrest_9"), "not a plan of this study"),
        (("conditions", "--outcome", "members", "--where", "1/0 > 1"), "divides by zero"),
        (("conditions", "--outcome", "members", "--where", "members / (2 - 2) > 1"), "divides by zero"),
        (("conditions", "--outcome", "members", "--where", " "), "an empty condition"),
        (("discover", "--when", ""), "an empty condition"),
        (("discover", "--when", "1 > 0"), "the same in every future"),
        (("discover", "--when", "1 / (members - members) > 0"), "divides by zero in every future"),
        (("conditions", "--outcome", "members", "--where", "members < 1e999"), "a number too large"),
        (("pathways", "--outcome", "members", "--level", "nan"), "found:   members: nan\n  allowed: a finite number"),
        (("pathways", "--outcome", "members", "--level", "inf"), "found:   members: inf"),
        (("robustness", "--enough", "members=nan"), "found:   members: nan"),
        (("robustness", "--enough", "members=-inf"), "found:   members: -inf"),
        (("discover", "--when", "members > 1"), "200 of 200"),
        (("voi", "--outcome", "members", "--weights", "nowhere.toml"), "say by what to choose"),
        (("voi", "--weights", "nowhere.toml"), "no such file"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_computed(asked: tuple[str, ...], said: str, folder: str) -> None:
    method, *options = asked
    result = invoke(method, folder, *options)
    assert isinstance(result.exception, InputError)
    assert said in str(result.exception)
    assert not result.stdout


def test_help_names_every_method_once(folder: str) -> None:
    assert Path(folder).is_dir()
    listed = answer("--help")
    for method in (
        "robustness",
        "conditions",
        "discover",
        "voi",
        "sensitivity",
        "pathways",
        "timeline",
        "attribute",
        "redteam",
    ):
        assert listed.count(f" {method} ") == 1


def test_redteam_keeps_the_contract_of_its_json(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are made up: each play's members are those of its plan, less what its policy adds up to."""

    def simulate(plays: Any, _about: Any, outcomes: Any, *, futures: int, **_: Any) -> dict[str, Any]:
        luck = np.random.default_rng(1).normal(1000, 10, futures)
        gain = {"arrest_1": 0.0, "arrest_open": 100.0}
        return {id_: np.stack([luck - gain[plan] + sum(policy) for plan, policy in plays]) for id_ in outcomes}

    monkeypatch.setattr("premortem.analysis.answers.require_possible", lambda _: None)
    monkeypatch.setattr("premortem.analysis.wedges.plan_of", lambda _, name: name)
    monkeypatch.setattr("premortem.analysis.answers.simulate", simulate)
    asked = "--outcome members --side organisations --aim members --futures 20 --fresh 20 --format json"
    told = json.loads(answer("redteam", folder, *asked.split()))
    assert told.keys() == CONTRACT
    assert told["method"] == "redteam"
    (found,) = told["result"].values()
    assert found.keys() == {"answers", "survival", "game"}
    survival = found["survival"]["arrest_open"]["members"]
    assert survival["unanswered"]["average"] == pytest.approx(-100)
    assert survival["survives"].keys() == {"share", "low", "high"}
    assert found["answers"].keys() == {"arrest_1", "arrest_open"}
    (uncertainty,) = told["uncertainty"].values()
    assert uncertainty["exploitability"].keys() >= {"trace", "fresh"}


def test_a_picture_of_no_known_kind_or_in_no_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for target, message in (("x.foo", "no such format"), ("nowhere/x.svg", "no such folder")):
        result = invoke("robustness", str(tmp_path / "no_study"), "--figure", str(tmp_path / target))
        assert isinstance(result.exception, InputError)
        assert message in str(result.exception)


def test_a_plan_is_not_compared_with_itself(folder: str) -> None:
    result = invoke("conditions", folder, "--outcome", "members", "--plan", "arrest_1")
    assert "compared with itself" in str(result.exception)


def test_discover_alone_says_what_it_looks_for(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="arrest_open raises"):  # too few such futures: it says which
        study(folder).decisions().discover()
    monkeypatch.setattr("premortem.decisions.discover.FEWEST_CASES", 1)
    told = json.loads(answer("discover", folder, "--format", "json"))
    assert told.keys() == CONTRACT
    looked = told["inputs"]["by_default"]
    assert looked.startswith("the futures in which arrest_open does worse than arrest_1 on ")
    text = " ".join(answer("discover", folder).split())
    assert text.startswith(f"No outcome or condition was named: this looks for {looked}.")


@pytest.mark.parametrize("level", [float("nan"), float("inf"), -float("inf"), "3", True])
def test_a_level_that_is_no_finite_number_is_refused(level: Any, folder: str) -> None:
    made = study(folder).decisions()
    words = "a finite number" if type(level) is float else "not of the type asked for"
    with pytest.raises(InputError, match=words):
        made.pathways("members", level=level)
    with pytest.raises(InputError, match=words):
        made.robustness(["members"], thresholds={"members": level})
