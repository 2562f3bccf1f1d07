import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from premortem.api.studies import study as open_study
from premortem.cli.main import build
from premortem.errors import InputError, RunError, StoppedError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.study.executors import Threads
from premortem.study.store import Store

RUNNER = CliRunner()
FUTURES = FUTURES_PER_CHUNK + 4
STUDY = f"""
plans = ["status_quo", "border_task_forces", "kingpin"]
futures = {FUTURES}
years = 1
seed = 7
design = "monte_carlo"
"""


def invoke(*arguments: str) -> Result:
    words = ["study", *arguments]
    return RUNNER.invoke(build(words), words, env={"COLUMNS": "100"})


def answer(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


@pytest.fixture(scope="module")
def study(small_model: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    assert answer("run", str(folder / "study.toml"), "--out", str(folder / "s")) == ""
    return folder / "s"


def test_a_finished_study_says_so(study: Path) -> None:
    state = json.loads(answer("status", str(study), "--format", "json"))
    assert state == {
        "complete": True,
        "units": 8,
        "units_done": 8,
        "units_failed": 0,
        "runs": 4 * FUTURES,
        "runs_done": 4 * FUTURES,
        "failed": 0,
        "failures": [],
    }
    assert f"complete, {4 * FUTURES} of {4 * FUTURES} runs" in answer("status", str(study))


def test_the_digest_is_the_first_word_and_the_same_for_the_same_study(study: Path, tmp_path: Path) -> None:
    first = answer("digest", str(study)).split()[0]
    assert len(first) == 64
    answer("run", str(study.parent / "study.toml"), "--out", str(tmp_path / "again"))
    assert answer("digest", str(tmp_path / "again")).split()[0] == first


def test_ctrl_c_leaves_a_study_that_resumes_to_the_same_digest(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = iter(range(3))

    class Interrupted(Threads):
        def run(self, work: object, chunks: object) -> object:  # type: ignore[override]
            for report in super().run(work, chunks):  # type: ignore[arg-type]
                if next(done, None) is None:
                    raise KeyboardInterrupt
                yield report

    out = str(tmp_path / "s")
    monkeypatch.setattr("premortem.study.executors.Threads", Interrupted)
    result = invoke("run", str(study.parent / "study.toml"), "--out", out)
    assert isinstance(result.exception, StoppedError)
    assert f"complete and safe. Go on with: premortem study resume {out}" in str(result.exception)
    state = json.loads(answer("status", out, "--format", "json"))
    assert not state["complete"]
    assert 3 <= state["units_done"] < 6
    assert "not complete" in answer("digest", out)
    monkeypatch.undo()
    answer("resume", out)
    assert answer("digest", out) == answer("digest", str(study))
    answer("resume", out)


def test_plans_are_compared_side_by_side_or_one_in_full(study: Path) -> None:
    overview = answer("show", str(study))
    assert "2 plans, compared with status_quo" in overview
    assert "kingpin" in overview
    assert max(map(len, overview.splitlines())) <= 100
    one = answer("show", str(study), "--plan", "kingpin", "--against", "border_task_forces")
    assert "Members of organisations" in one
    documents = json.loads(answer("show", str(study), "--format", "json"))
    assert [document["plan"] for document in documents] == ["border_task_forces", "kingpin"]


@pytest.mark.parametrize("ending", ["nc", "csv", "xlsx"])
def test_a_study_is_exported(study: Path, tmp_path: Path, ending: str) -> None:
    answer("export", str(study), "-o", str(tmp_path / f"study.{ending}"))
    assert (tmp_path / f"study.{ending}").stat().st_size > 0


def test_bad_input_is_one_clear_error(study: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (("run", str(tmp_path / "no.toml"), "--out", str(tmp_path / "s")), "no such study file"),
        (("run", str(study.parent / "study.toml"), "--out", str(study)), "holds a study already"),
        (("status", str(tmp_path)), "no study in"),
        (("show", str(study), "--plan", "kingpinn"), "did you mean 'kingpin'"),
        (("export", str(study), "-o", str(tmp_path / "x.doc")), "no such format"),
    ):
        result = invoke(*arguments)
        assert isinstance(result.exception, InputError), arguments
        assert message in str(result.exception)


def test_chunks_that_fail_end_with_an_error_and_the_rest_is_kept(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from premortem.study.experiment import Experiment

    whole = Experiment.inputs

    def broken(self: Experiment, plan: int, futures: object) -> object:
        if plan == 1:
            raise FloatingPointError("bang")
        return whole(self, plan, futures)  # type: ignore[arg-type]

    monkeypatch.setattr(Experiment, "inputs", broken)
    result = invoke("run", str(study.parent / "study.toml"), "--out", str(tmp_path / "s"))
    assert isinstance(result.exception, RunError)
    assert "4 of 8 chunks could not be computed" in str(result.exception)
    assert "FloatingPointError: bang" in str(result.exception)
    assert Store.open(tmp_path / "s").status().chunks_done == 4


def test_balance_gives_for_every_plan_and_outcome_the_shares_of_futures(study: Path) -> None:
    rows = json.loads(answer("balance", str(study), "--format", "json"))
    assert {row["plan"] for row in rows} == {"border_task_forces", "kingpin"}
    for row in rows:
        assert row["better"] + row["worse"] + row["same"] == pytest.approx(1)
    assert "shares have a side that hardly occurs" in " ".join(answer("balance", str(study)).split())


def test_screen_ranks_parameters_or_says_why_not(study: Path) -> None:
    result = invoke("screen", str(study), "--plan", "kingpin")
    if result.exit_code:  # two mechanisms alone: the plans do not differ
        assert isinstance(result.exception, InputError)
    else:
        assert "What decides kingpin" in result.stdout


def test_the_ledger_is_exported_for_a_sankey(study: Path, tmp_path: Path) -> None:
    answer("export", str(study), "--what", "ledger", "--out", str(tmp_path / "ledger.csv"))
    head, first, *_ = (tmp_path / "ledger.csv").read_text(encoding="utf-8").splitlines()
    assert head.startswith("plan,source,target,value,unit")
    assert first.startswith("status_quo,")


def test_the_aftermath_of_a_run_too_short_for_it_says_which_years_would_do(study: Path) -> None:
    after = {entry["plan"]: entry for entry in json.loads(answer("aftermath", str(study), "--format", "json"))}
    assert set(after) == {"border_task_forces", "kingpin"}
    assert after["kingpin"]["ended"] == 0
    assert [entry["futures"] for entry in after["kingpin"]["after"]] == [0, 0]
    needed = after["kingpin"]["after"][0]["years_needed"]  # 26 weeks to its start, 156 as planned, and two years
    assert needed == 6
    told = answer("aftermath", str(study), "--plan", "kingpin")
    assert f"ends in none of {FUTURES} futures of 1 year" in told
    assert "Run at least 6 years for that." in " ".join(told.split())


def test_damage_is_named_refused_and_repaired(study: Path, tmp_path: Path) -> None:
    here = tmp_path / "s"
    shutil.copytree(study, here)
    assert answer("verify", str(here)) == f"{here}: whole\n"
    (shard,) = here.glob("trajectories.zarr/weekly/c/1/0/1/0")
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    name = shard.relative_to(here).as_posix()
    found = invoke("verify", str(here))
    assert (found.exit_code, found.stdout.splitlines()[0]) == (1, f"{name}: is not what was written")
    found = invoke("verify", str(here), "--format", "json")
    assert (found.exit_code, json.loads(found.stdout)["damaged"]) == (
        1,
        [{"file": name, "trouble": "is not what was written"}],
    )
    for command in (("digest", str(here)), ("export", str(here), "--out", str(tmp_path / "x.nc"))):
        refused = invoke(*command)
        assert isinstance(refused.exception, RunError)
        assert refused.exception.exit_code == 3
    assert f"{here}: 1 repaired" in answer("repair", str(here))
    assert answer("repair", str(here)) == f"{here}: whole; nothing was changed\n"
    assert answer("digest", str(here)) == answer("digest", str(study))


@pytest.mark.parametrize("damage", ["draws", "outcomes", "stranger", "zarr", "lost zarr", "lost draws"])
def test_no_digest_is_given_of_a_study_that_verify_finds_damaged(study: Path, tmp_path: Path, damage: str) -> None:
    here = tmp_path / "s"
    shutil.copytree(study, here)
    if damage in {"draws", "outcomes"}:
        file = min((here / f"{damage}.parquet").glob("*.parquet"))
        file.write_bytes(file.read_bytes()[:-9] + bytes([file.read_bytes()[-9] ^ 1]) + file.read_bytes()[-8:])
    elif damage == "stranger":
        file = min((here / "outcomes.parquet").glob("*.parquet"))
        file = Path(shutil.copy(file, file.with_name("part-999999.parquet")))
    elif damage == "lost draws":
        file = min((here / "draws.parquet").glob("*.parquet"))
        file.unlink()
    else:
        file = here / "trajectories.zarr/zarr.json"
        file.unlink() if damage == "lost zarr" else file.write_text("{", encoding="utf-8")
    assert invoke("verify", str(here)).exit_code == 1
    refused = invoke("digest", str(here))
    assert isinstance(refused.exception, RunError)
    assert refused.exception.exit_code == 3
    assert file.relative_to(here).as_posix() in str(refused.exception)
    assert refused.stdout == ""


def test_a_design_that_cannot_be_is_refused_before_a_folder_is_made(small_model: None, tmp_path: Path) -> None:
    for line, cure in (
        ('design = "sobol"', "allowed: 32 or 64"),
        ('design = "sobol"\nuncertainties = ["nothing.*"]', "no such parameter"),
    ):
        (tmp_path / "study.toml").write_text(STUDY.replace('design = "monte_carlo"', line), encoding="utf-8")
        result = invoke("run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "s"))
        assert isinstance(result.exception, InputError)
        assert cure in str(result.exception)
        assert not (tmp_path / "s").exists()


def test_wedges_of_a_plan_in_a_study_add_up_in_both_readings(study: Path) -> None:
    words = [
        "decide",
        "attribute",
        str(study),
        "--plan",
        "border_task_forces",
        "--outcome",
        "homicides_mx",
        "--futures",
        "20",
    ]
    words += ["--element", "zone", "--element", "measure.arms_oversight"]
    readings = ("as_likely", "carried_out")
    both = [*words, *(word for reading in readings for word in ("--reading", reading)), "--format", "json"]
    result = RUNNER.invoke(build(both), both, env={"COLUMNS": "100"})
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads(result.stdout)
    assert tuple(told["result"]) == readings
    for reading in readings:
        found = told["result"][reading]["homicides_mx"]
        assert set(found["wedges"]) == {"zone", "measure.arms_oversight", "the rest of the plan"}
        assert sum(part["average"] for part in found["wedges"].values()) == pytest.approx(found["difference"], abs=1e-6)
        assert told["inputs"]["readings"][reading]["futures"] == 20
    called = (
        open_study(study)
        .decisions("border_task_forces")
        .attribute(["homicides_mx"], elements=["zone", "measure.arms_oversight"], futures=20)
    )
    assert called.inputs["new_runs"] == told["inputs"]["new_runs"] == 2 * 5 * 20
    assert called.result == told["result"]
    unknown = RUNNER.invoke(build(words), [*words, "--element", "zon"])
    assert isinstance(unknown.exception, InputError)
    assert "did you mean 'zone'" in str(unknown.exception)


@pytest.mark.slow
def test_what_each_mechanism_contributes_adds_up_to_nine_digits(study: Path) -> None:
    words = ["decide", "attribute", str(study), "--plan", "border_task_forces", "--outcome", "homicides_mx"]
    words += ["--futures", "10"]
    result = RUNNER.invoke(build(words), [*words, "--mechanisms", "--format", "json"], env={"COLUMNS": "100"})
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads(result.stdout)
    found = told["result"]["as_likely"]["homicides_mx"]
    assert set(found["wedges"]) == {"recruitment", "rivalry"}
    assert sum(part["average"] for part in found["wedges"].values()) == pytest.approx(found["difference"], rel=1e-9)
    assert told["inputs"]["new_runs"] == 4 * 10
    assert not any("Run anew" in warning for warning in told["warnings"])
    for more, cure in (
        (["--mechanism", "rivalr"], "did you mean 'rivalry'"),
        (["--mechanisms", "--element", "zone"], "apart"),
        (["--mechanisms", "--workers", "2"], "leave out --workers"),
        (["--mechanisms", "--futures", "1000"], f"{FUTURES} futures"),
    ):
        refused = RUNNER.invoke(build(words), [*words, *more])
        assert isinstance(refused.exception, InputError)
        assert cure in str(refused.exception)


def test_a_future_of_a_study_is_traced_and_what_cannot_be_is_refused(study: Path) -> None:
    words = ["decide", "trace", str(study), "--plan", "kingpin", "--outcome", "homicides_mx"]
    result = RUNNER.invoke(build(words), [*words, "--future", "3", "--format", "json"], env={"COLUMNS": "100"})
    assert result.exit_code == 0, (result.output, result.exception)
    told = json.loads(result.stdout)
    assert set(told) == {"method", "inputs", "result", "uncertainty", "warnings"}
    assert (told["inputs"]["future"], told["inputs"]["new_runs"]) == (3, 4)
    assert not any("Run anew" in warning for warning in told["warnings"])
    spanish = RUNNER.invoke(build(words), [*words, "--language", "es"], env={"COLUMNS": "100"})
    assert "En el futuro 0" in spanish.stdout
    for more, cure in (
        (["--future", str(FUTURES)], f"a number from 0 to {FUTURES - 1}"),
        (["--language", "fr"], "en, es"),
        (["--outcome", "homicide_mx"], "did you mean 'homicides_mx'"),
        (["--reading", "loosely"], "no such reading"),
    ):
        refused = RUNNER.invoke(build(words), [*words, *more])
        assert isinstance(refused.exception, InputError), more
        assert cure in str(refused.exception)
