import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from premortem.cli.main import build
from premortem.errors import InputError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.store import Store
from tests.own import nothing_read, written
from tests.small_model import SMALL_MODEL, simulating

RUNNER = CliRunner()
FUTURES = FUTURES_PER_CHUNK + 4
SMALL = ("--futures", str(FUTURES), "--years", "1", "--seed", "7")


def invoke(*arguments: str) -> Result:
    words = ["run", *arguments]
    return RUNNER.invoke(build(words), words, env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def document(small_model: None, folder: Path) -> dict[str, Any]:
    result = invoke(*SMALL, "--format", "json", "--out", str(folder / "one"))
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_the_answer_for_programs_keeps_its_contract(document: dict[str, Any]) -> None:
    assert (document["plan"], document["baseline"]) == ("border_task_forces", "status_quo")
    assert document["futures"] == FUTURES
    assert "members" in {outcome["id"] for outcome in document["outcomes"]}
    for outcome in document["outcomes"]:
        assert outcome["direction"] in {"up", "down", "none"}
        for side in ("baseline", "plan", "difference"):
            assert outcome[side]["low"] <= outcome[side]["median"] <= outcome[side]["high"]
        assert (outcome["share_better"] is None) == (outcome["direction"] == "none")
        assert 0 <= (outcome["share_better"] or 0) + outcome["share_same"] <= 1
    assert [one["id"] for one in document["carried_out"]] == [one["id"] for one in document["outcomes"]]
    assert document["carried_out"][0].keys() == document["outcomes"][0].keys()
    assert document["unfolding"] is None, "the small model has no Washington"
    provenance = document["provenance"]
    assert provenance["stoppable"] == ["border_task_forces"]
    assert provenance["seed"] == 7
    assert provenance["versions"]["jax"]
    assert all(len(plan["hash"]) == 64 for plan in provenance["source"]["plans"])
    assert len(provenance["source"]["evidence"]) == 64


def test_the_same_seed_gives_the_same_bytes(folder: Path, document: dict[str, Any]) -> None:
    again = invoke(*SMALL, "--format", "json", "--out", str(folder / "two"))
    assert json.loads(again.stdout)["outcomes"] == document["outcomes"]
    assert Store.open(folder / "one").digest() == Store.open(folder / "two").digest()


def test_a_run_leaves_a_folder_that_other_programs_can_read(folder: Path, document: dict[str, Any]) -> None:
    one = folder / "one"
    assert sorted(path.name for path in one.iterdir()) == [
        "draws.parquet",
        "outcomes.parquet",
        "provenance.json",
        "seal.json",
        "trajectories.zarr",
    ]
    table = pl.read_parquet(one / "outcomes.parquet")
    assert table.shape[0] == 3 * FUTURES, "both plans as likely to unfold, and one of them as carried out"
    assert table["fault"].null_count() == 3 * FUTURES
    assert json.loads((one / "provenance.json").read_text())["seed"] == 7


def test_the_table_for_people_fits_a_hundred_columns_and_says_what_it_rests_on(small_model: None, folder: Path) -> None:
    result = invoke(*SMALL, "--all", "--out", str(folder / "table"))
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 100
    for part in (
        "compared with Status quo carried on",
        f"{FUTURES} futures of 1 year",
        "Members of organisations",
        "What this rests on",
        "assumed",
        "Left open by border_task_forces",
        "No future failed",
        str(folder / "table")[:40],
    ):
        assert part in result.stdout
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--plan", "border_task_force"], "did you mean 'border_task_forces'"),
        (["--plan", "status_quo"], "a plan is named twice"),
        (["--futures", "0"], "futures: out of bounds(.|\n)*at least 1"),
        (["--years", "1000"], "years: out of bounds(.|\n)*at most 40"),
        (["--seed", "-1"], "seed: "),
    ],
)
def test_bad_input_is_one_clear_error_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*arguments)
    assert isinstance(result.exception, InputError)
    with pytest.raises(InputError, match=message):
        raise result.exception
    assert result.exception.exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_several_plans_are_each_compared_with_the_same_one(small_model: None, folder: Path) -> None:
    plans = ("kingpin", "status_quo", "civil_combination")
    asked = (*plans, "--against", "border_task_forces", "--years", "1", "--futures", "4", "--out", str(folder / "many"))
    result = invoke(*asked, "--format", "json")
    assert result.exit_code == 0, result.output
    documents = json.loads(result.stdout)
    assert [(one["plan"], one["baseline"]) for one in documents] == [(name, "border_task_forces") for name in plans]
    shown = ["study", "show", str(folder / "many"), "--against", "border_task_forces"]
    table = RUNNER.invoke(build(shown), shown, env={"COLUMNS": "100"}).stdout
    assert "3 plans, compared with border_task_forces" in table


def test_plans_are_named_once(folder: Path) -> None:
    result = invoke("kingpin", "--plan", "civil_combination")
    assert result.exit_code == 2
    assert "name plans once" in result.output


def test_a_finished_run_is_never_overwritten(folder: Path, document: dict[str, Any]) -> None:
    result = invoke(*SMALL, "--out", str(folder / "one"))
    assert isinstance(result.exception, InputError)
    assert "not empty" in str(result.exception)


@pytest.mark.slow
def test_the_whole_model_gives_the_same_bytes_on_threads_and_on_worker_processes(
    whole_model: None, folder: Path
) -> None:
    results = {
        name: invoke(*SMALL, "--format", "json", "--out", str(folder / f"w{name}"), "--workers", name) for name in "02"
    }
    documents = {name: json.loads(result.stdout) for name, result in results.items()}
    assert documents["0"]["outcomes"] == documents["2"]["outcomes"]
    assert sum(outcome["headline"] for outcome in documents["0"]["outcomes"]) >= 14
    assert Store.open(folder / "w0").digest() == Store.open(folder / "w2").digest()


def test_a_number_of_the_run_is_explained(document: dict[str, Any], folder: Path) -> None:
    words = ["explain", "members", str(folder / "one"), "--format", "json"]
    result = RUNNER.invoke(build(words), words)
    assert result.exit_code == 0, result.output
    explained = json.loads(result.stdout)
    line = next(one for one in document["outcomes"] if one["id"] == "members")
    assert explained["value"]["expected"] == line["expected"]
    assert explained["mechanisms"][0] == "recruitment"
    assert bool(explained["inputs"]) != bool(explained["why_no_inputs"])


def test_without_a_run_there_is_nothing_to_explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["explain", "homicides_mx"]
    with pytest.raises(InputError, match="premortem run first"):
        RUNNER.invoke(build(words), words, catch_exceptions=False)


def test_own_data_move_what_rests_on_them_are_kept_with_the_run_and_asked_for_again(
    document: dict[str, Any], folder: Path, tmp_path: Path
) -> None:
    ours = written(
        tmp_path / "data",
        {
            "parameters.toml": '[recruitment.growth0]\nprior = "lognormal(1, 0.1)"\n',
            "measures.toml": '[calm]\ntitle = "Calm"\nweights = { members = 1, recruits = 2 }\n',
        },
    )
    out = str(tmp_path / "run")
    with nothing_read(), simulating(SMALL_MODEL):
        result = invoke(*SMALL, "--with", str(ours), "--out", out)
        assert result.exit_code == 0, result.output
        assert "Own data laid over the packaged ones (2): recruitment.growth0, measures.calm." in " ".join(
            result.stdout.split()
        )
        assert "Calm: border_task_forces against status_quo by your measure" in " ".join(result.stdout.split())
    theirs, here = (pl.read_parquet(Path(one) / "draws.parquet") for one in (folder / "one", out))
    moved = [name for name in here.columns if not here[name].equals(theirs[name])]
    assert moved == ["recruitment.growth0"], "every other quantity is drawn as without them"
    assert (Path(out) / "own/parameters.toml").read_text() == (ours / "parameters.toml").read_text()
    with nothing_read():
        refused = RUNNER.invoke(build(["study"]), ["study", "show", out])
        assert isinstance(refused.exception, InputError)
        assert f"--with {out}/own" in str(refused.exception)
    with nothing_read():
        words = ["study", "show", out, "--with", f"{out}/own", "--format", "json"]
        shown = json.loads(RUNNER.invoke(build(words), words).stdout)
        assert shown[0]["measures"]["calm"]["share_better"] >= 0
