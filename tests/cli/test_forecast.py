"""``premortem forecast``: filed with its rivals and its digest, never overwritten, refused once changed, scored by what came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from premortem.calibration import ahead, forecast, forecast_page
from premortem.calibration.baselines import BASELINES
from premortem.calibration.targets import MX, TARGETS, cells
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import months
from premortem.evidence.skill import MODEL
from premortem.evidence.vintages import EVER, Vintage
from tests.cli.test_hindcast import made_up

RUNNER = CliRunner()
ORIGIN, PERIOD = "2021-12", "2022"


def answer(*arguments: str) -> str:
    words = ["forecast", *arguments]
    result = RUNNER.invoke(build(words), words, env={"COLUMNS": "150"}, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A forecast of 2022 from made-up futures, filed by the command."""
    file = tmp_path_factory.mktemp("forecast") / "f.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ahead, "simulate", made_up)
        patch.setattr(forecast, "FUTURES", 200)
        answer("file", "--period", PERIOD, "--from", ORIGIN, "--out", str(file))
        with pytest.raises(InputError, match="never overwritten"):
            answer("file", "--period", PERIOD, "--from", ORIGIN, "--out", str(file))
    return file


def changed(filed: Path, to: Path, change: dict[str, Any]) -> str:
    to.write_text(json.dumps(json.loads(filed.read_text(encoding="utf-8")) | change), encoding="utf-8")
    return str(to)


def test_a_place_where_nothing_can_be_filed_is_refused_before_anything_is_simulated(
    filed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise AssertionError("it was simulated")

    monkeypatch.setattr(forecast, "make", none)
    for file, message in ((filed, "never overwritten"), (filed.parent / "none" / "f.json", "no such folder")):
        with pytest.raises(InputError, match=message):
            answer("file", "--period", PERIOD, "--out", str(file))
    assert forecast.read(str(filed)).period == PERIOD


def test_what_is_filed_has_every_rival_joint_paths_and_digests(filed: Path) -> None:
    found = forecast.read(str(filed))
    assert {len(one.values) for one in found.quantiles} == {1 + len(BASELINES)}
    assert all(one.target_end.startswith(PERIOD) for one in found.quantiles)
    assert {one.target for one in found.quantiles} == set(TARGETS)
    assert (len(found.paths), {len(path) for path in found.paths}) == (forecast.PATHS, {len(found.quantiles)})
    assert (len(found.model), len(found.evidence), found.posterior) == (64, 64, "none")
    # One path is one future: its months add up to its year, and its states to their nation.
    paths, place = np.array(found.paths), {one.cell: i for i, one in enumerate(found.quantiles)}
    year = place["missing_yearly", MX, "2022-12-31"]
    of_months = [i for (target, _, _), i in place.items() if target == "missing"]
    np.testing.assert_allclose(paths[:, of_months].sum(axis=1), paths[:, year], rtol=2e-3)
    states = [i for (target, where, _), i in place.items() if target == "homicides_registered_yearly" and where != MX]
    nation = place["homicides_registered_yearly", MX, "2022-12-31"]
    np.testing.assert_allclose(paths[:, states].sum(axis=1), paths[:, nation], rtol=2e-3)


def test_scores_are_those_of_its_quantiles_and_never_without_rivals(filed: Path) -> None:
    made = json.loads(answer("score", str(filed), "--format", "json"))
    assert made["known"] == made["filed"]["cells"]
    for line in made["lines"]:
        assert set(line["scores"]) == {MODEL, *BASELINES}
    truth, target = cells(TARGETS["missing"], Vintage(EVER)), TARGETS["missing"]
    (row,) = [
        row
        for row in made["rows"]
        if (row["model"], row["target"], row["target_end"]) == (MODEL, "missing", "2022-03-31")
    ]
    observed = target.observed(truth, MX, months.of("2022-03"))
    assert observed is not None
    assert row["observed"] == observed
    (one,) = [one for one in forecast.read(str(filed)).quantiles if one.cell == ("missing", MX, "2022-03-31")]
    losses = [
        (level - (observed < value)) * (observed - value)
        for level, value in zip(forecast.LEVELS, one.values[MODEL], strict=True)
    ]
    assert row["crps"] == pytest.approx(2 * np.mean(losses))
    text = answer("score", str(filed))
    assert "Failed, by the rule" in text
    assert "best rival" in text


def test_newer_series_are_what_it_is_scored_by(filed: Path) -> None:
    """Planted: deaths by overdose are what the forecast's own median says."""
    found = forecast.read(str(filed))
    rows = [dict(row) for row in Vintage(EVER).rows("drugs.overdose_by_year")]
    (one,) = [one for one in found.quantiles if one.target == "overdose_yearly"]
    middle = one.values[MODEL][forecast.LEVELS.index(0.5)]
    planted = [row | {"deaths_all_drugs": str(middle)} if str(row["year"]) == PERIOD else row for row in rows]
    score = forecast.scores(found, {"drugs.overdose_by_year": tuple(planted)})
    (ours,) = (row for row in score.to_dicts() if (row["model"], row["target"]) == (MODEL, "overdose_yearly"))
    assert ours["observed"] == middle
    assert (ours["in50"], ours["in90"]) == (1.0, 1.0)


def test_what_failed_is_told_by_the_rule_that_was_filed(filed: Path) -> None:
    found = forecast.scores(forecast.read(str(filed)))
    said = forecast.failures(found)
    states = [row for row in found.to_dicts() if row["target"] == "homicide_victims_yearly" and row["location"] != MX]
    by_model = {
        name: np.mean([row["crps"] for row in states if row["model"] == name]) for name in (MODEL, forecast.REFEREE)
    }
    lost = any(one.startswith("Homicide victims, prosecutors, by year, states: mean score") for one in said)
    assert lost == (by_model[MODEL] > by_model[forecast.REFEREE])
    whole = any(one.startswith("The year as a whole") for one in said)
    assert whole == (lost or 2 * sum("above the pool's" in one for one in said) > 13)
    worse = found.with_columns(crps=found["crps"] + (found["model"] == MODEL).cast(float) * 1e6)
    assert forecast.failures(worse)[0] == "The year as a whole: it lost to the pool in 13 of 13 series"
    perfect = found.with_columns(crps=found["crps"].clip(upper_bound=0.0), in90=found["in90"].clip(1.0, 1.0))
    assert forecast.failures(perfect) == ()


@pytest.mark.parametrize("period", ["next year", "20"])
def test_a_period_that_is_no_year_is_refused(period: str) -> None:
    with pytest.raises(InputError, match="calendar year"):
        answer("file", "--period", period, "--from", ORIGIN)


def test_a_forecast_of_what_has_begun_is_refused() -> None:
    with pytest.raises(InputError, match="up to its January"):
        answer("file", "--period", "2021", "--from", ORIGIN)


def test_a_changed_number_a_missing_rival_and_another_file_are_refused(filed: Path, tmp_path: Path) -> None:
    held = json.loads(filed.read_text(encoding="utf-8"))
    first = held["quantiles"][0]
    better = first | {"values": first["values"] | {MODEL: [value + 1 for value in first["values"][MODEL]]}}
    with pytest.raises(InputError, match="changed after it was filed"):
        answer("score", changed(filed, tmp_path / "a.json", {"quantiles": [better, *held["quantiles"][1:]]}))
    with pytest.raises(InputError, match="changed after it was filed"):
        answer("score", changed(filed, tmp_path / "b.json", {"filed_on": "2020-01-01"}))
    alone = first | {"values": {MODEL: first["values"][MODEL]}}
    with pytest.raises(InputError, match="without its naive rivals"):
        answer("score", changed(filed, tmp_path / "c.json", {"quantiles": [alone, *held["quantiles"][1:]]}))
    with pytest.raises(InputError, match="no such forecast"):
        answer("score", str(tmp_path / "none.json"))


def test_the_page_shows_what_came_beside_the_best_rival(filed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Nothing of 2027 is known to this version yet" in forecast_page.page()
    held = forecast.read(str(filed))
    monkeypatch.setattr(forecast, "read", lambda _: held)
    text = forecast_page.page()
    assert "| series, ahead | known | model | best rival | which |" in text
    assert "\nFailed: " in text
