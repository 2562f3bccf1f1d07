"""Stored results are of the packaged findings and their verdicts follow from their numbers; a file of one's own says what it lacks."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import premortem as pm
from premortem.api.validations import LONGEST
from premortem.calibration.findings import page
from premortem.calibration.findings.dilution import Interval
from premortem.calibration.findings.halves import uses
from premortem.calibration.findings.reading import packaged
from premortem.calibration.findings.results import digest_of, stored
from premortem.calibration.findings.tally import ordered
from premortem.calibration.findings.verdicts import judge
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence.reading import data
from premortem.study.spec import make

GOOD = (data() / "findings" / "truces.toml").read_text(encoding="utf-8")


def test_results_are_of_the_findings_that_are_packaged() -> None:
    kept = stored()
    assert kept.findings == digest_of(packaged().values()), "run scripts/findings.py"
    assert [one.id for one in kept.results] == list(packaged())
    halves = uses(packaged().values())
    assert {one.id: one.use for one in kept.results} == dict(halves)


def test_every_verdict_follows_from_the_numbers_that_are_stored() -> None:
    for one in stored().results:
        assert (one.model is None) == bool(one.missing) == (one.verdict == "not_expressible"), one.id
        if one.model is not None:
            found = judge(packaged()[one.id], Interval(one.model.low, one.model.median, one.model.high))
            assert (found.verdict, found.power) == (one.verdict, one.power), one.id


def test_the_command_prints_what_its_contract_says() -> None:
    shown = CliRunner().invoke(build(["validate"]), ["validate", "--half", "test", "--format", "json"])
    rows = json.loads(shown.stdout)
    assert {"id", "use", "statistic", "published", "model", "verdict", "power", "sources"} <= rows[0].keys()
    assert {row["use"] for row in rows} == {"test"}
    assert all(row["published"].keys() == {"estimate", "low", "high"} for row in rows)
    assert {tuple(row["model"]) for row in rows if row["model"]} == {("median", "low", "high")}
    assert {row["verdict"] for row in rows} <= {"inside", "outside", "wrong_sign", "not_expressible"}
    assert len(rows) == len(pm.validate(half="test"))


def test_shares_are_printed_in_per_cent_and_stay_shares_in_json() -> None:
    for words in (["validate"], ["validate", "--lang", "es"]):
        shown = CliRunner().invoke(build(words), words, env={"COLUMNS": "400"}).stdout
        lines = {line.split()[0]: line for line in shown.splitlines() if line.strip()}
        line = lines["border.fence_interior"]
        assert "-22 (" in line, line
        assert "-31.9" in line, line
        assert "%" in line.split(), line
        assert "-31.1 (" in lines["emergency.mass_detention"]  # not a share
        assert "-0.2 (" in lines["effort.coordination_violence"]  # not a share
    rows = json.loads(CliRunner().invoke(build(["validate"]), ["validate", "--format", "json"]).stdout)
    (row,) = [one for one in rows if one["id"] == "find.border.fence_interior"]
    assert row["unit"] == "share"
    assert -0.23 < row["target"]["median"] < -0.21


def test_losses_come_first_and_every_loss_has_been_read() -> None:
    verdicts = [one["verdict"] for one in ordered(one.model_dump() for one in stored().results)]
    assert verdicts == sorted(verdicts, key=("wrong_sign", "outside", "inside", "not_expressible").index)
    assert "Nobody has read" not in page.page()


def test_a_file_that_the_model_cannot_express_says_which_part(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    one = GOOD[GOOD.rindex("[[finding]]") :]
    file.write_text(re.sub('outcome = "[a-z_]+"', 'outcome = "missing:peace"', one), encoding="utf-8")
    (row,) = pm.validate(file, runs=tmp_path / "runs", futures=2).to_dicts()
    assert row["verdict"] == "not_expressible"
    assert "does not print peace" in row["missing"]
    assert row["power"] is False


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ('"MX-BCN"', '"MX-BCX"', "run", "MX-BCX"),
        ("in_turn = true", 'in_turn = true\ndose = "uniform(1)"', "run.dose", ")"),
        ("in_turn = true", "in_turns = true", "run.in_turns", "in_turns"),
    ],
)
def test_a_wrong_place_or_dose_has_file_key_and_what_was_found(
    tmp_path: Path, old: str, new: str, key: str, found: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        pm.validate(file)
    assert any("mine.toml" in p.where.file and key in p.where.key and found in p.found for p in error.value.problems), (
        error.value
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((r"window = .*", "window = [1, 99999]"), r"estimand\.window.*at most 40 years"),
        ((r"start = .*", "start = 2190-01-01"), r"start: no run begins near it"),
    ],
)
def test_what_ends_after_the_longest_run_is_refused_by_name_and_runs_nothing(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(re.sub(*change, GOOD, count=1), encoding="utf-8")
    with pytest.raises(InputError, match=rf"(?s)mine\.toml.*{says}"):
        pm.validate(file, runs=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
    make(plans=("status_quo",), futures=1, years=LONGEST)
    with pytest.raises(InputError):
        make(plans=("status_quo",), futures=1, years=LONGEST + 1)


def test_a_half_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="training or test"):
        pm.validate(half="both")


@pytest.mark.slow
def test_a_sample_of_stored_results_comes_out_again(tmp_path: Path) -> None:
    """Only where model and data are those of the stored run: else the page says that they have changed."""
    from premortem.calibration.findings.results import judged, stale, tried
    from premortem.calibration.findings.run import Asked

    if stale():
        pytest.skip("the model has changed since the stored run")
    kept = stored()
    asked = Asked(tmp_path, futures=kept.futures, seed=kept.seed)
    sample = [packaged()[name] for name in ("find.supply.meth1995_use", "find.leader.home_violence_6m")]
    before = {one.id: one for one in kept.results}
    for one in judged(tried(sample, asked), asked).results:
        assert one.model is not None
        assert before[one.id].model is not None
        assert one.model.median == pytest.approx(before[one.id].model.median, rel=1e-3)  # type: ignore[union-attr]


def test_what_is_stored_is_not_passed_off_as_another_run() -> None:
    with pytest.raises(InputError, match="nothing is run"):
        pm.validate(posterior="default")
