import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from premortem import theatre
from premortem.analysis import first_months, history, reconciliation
from premortem.analysis.compare import Interval
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import ledger
from premortem.evidence.series import series

RUNNER = CliRunner()


def run(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(build(list(arguments)), list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def test_show_prints_regions_organisations_forces_and_crossings_with_ranges() -> None:
    text = run("theatre", "show", "--start", "2025")
    for part in (
        "MX-SIN",
        "MX-TAM_zone",
        "cjng",
        "22,750",
        "174,997",
        "91,000",
        "338,000",
        "lrt_ports",
        "8,500",
        "us.border.guard_2025",
    ):
        assert part in text


def test_show_as_json_is_one_document_with_ranges() -> None:
    document = json.loads(run("theatre", "show", "--start", "2018", "--depth", "40", "--format", "json"))
    assert document["start"] == "2018"
    assert document["depth_miles"] == 40
    loaded = theatre.load(start="2018", depth_miles=40)
    assert [region["code"] for region in document["regions"]] == [region.code for region in loaded.regions]
    there = [one.id for one in loaded.organisations if not one.spare]
    assert [one["id"] for one in document["organisations"]] == there
    assert len(document["crossings"]) == len(loaded.crossings)
    for region in document["regions"]:
        assert region["homicides"]["low"] <= region["homicides"]["value"] <= region["homicides"]["high"]
    assert document["organisations"][0]["name"] == "Sinaloa"


@pytest.fixture
def made_up_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge what the theatre holds, without an ensemble: that the model's flows lie inside is a slow test elsewhere."""
    told = [row for row in reconciliation.rows() if not row.simulated]
    monkeypatch.setattr(reconciliation, "rows", lambda: told)


@pytest.mark.usefixtures("made_up_flows")
def test_check_lists_every_quantity_with_its_range_and_facts() -> None:
    rows = json.loads(run("theatre", "check", "--format", "json"))
    assert {"quantity", "model", "low", "high", "facts", "inside"} <= set(rows[0])
    assert all(row["inside"] for row in rows)
    assert {"geo.zone20.population_mx", "geo.mx.population_total"} <= {fact for row in rows for fact in row["facts"]}
    assert "none outside" in run("theatre", "check", "--start", "2012", "--depth", "0")


@pytest.mark.usefixtures("made_up_flows")
def test_check_fails_and_names_what_is_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    good = theatre.load()
    bad = dataclasses.replace(good, arrays={**good.arrays, "homicides": 2 * good.arrays["homicides"]})
    monkeypatch.setattr(theatre, "load", lambda *_: bad)
    assert "OUTSIDE" in run("theatre", "check", code=1)
    rows = json.loads(run("theatre", "check", "--format", "json", code=1))
    assert "Homicides recorded at the start" in {row["quantity"] for row in rows if not row["inside"]}


def test_show_and_check_take_a_folder_of_data() -> None:
    folder = str(Path(__file__).parents[1] / "data/tiny_theatre")
    assert "X-A_interior" in run("theatre", "show", "--theatre", folder, "--depth", "5")
    assert all(row["inside"] for row in json.loads(run("theatre", "check", "--theatre", folder, "--format", "json")))


@pytest.mark.parametrize(
    "arguments", [["--start", "1812"], ["--depth", "-3"], ["--depth", "nan"], ["--theatre", "atlantis"]], ids=" ".join
)
def test_what_does_not_exist_is_an_input_error(arguments: list[str]) -> None:
    result = RUNNER.invoke(build(["theatre"]), ["theatre", "show", *arguments])
    assert isinstance(result.exception, InputError)


def test_history_prints_every_year_and_no_score_without_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    homicides = next(one for one in series() if one.id == "homicides")
    made_up = {"homicides_mx": np.repeat(np.linspace(36_650.0, 36_680.0, 101)[:, None], 2, axis=1)}
    monkeypatch.setattr(history, "hindcast", lambda *_: (history.judge(homicides, 2018, made_up, {}),))
    text = run("theatre", "history")
    assert "years inside" not in text
    assert "premortem hindcast" in text
    assert "OUTSIDE" in text
    rows = json.loads(run("theatre", "history", "--format", "json"))
    assert [(row["year"], row["recorded"], row["inside"]) for row in rows] == [
        (2018, 36687, False),
        (2019, 36662, True),
    ]


def test_a_start_of_a_month_is_written_as_a_theatre_and_can_be_shown(tmp_path: Path) -> None:
    folder = tmp_path / "then"
    text = run("theatre", "start", "--to", "2019-03", "--out", str(folder))
    assert "2019-03-04" in text
    assert "to 2019-01-31, 4 weeks before the start" in text
    shown = json.loads(run("theatre", "show", "--theatre", str(folder), "--format", "json"))
    assert (shown["start"], shown["date"]) == ("2019-03", "2019-03-04")
    same = theatre.load(start="2019-03")
    assert sum(region["homicides"]["value"] for region in shown["regions"]) == pytest.approx(
        same.arrays["homicides"].sum()
    )


@pytest.mark.parametrize("month", ["2006-12", "2031-01", "soon"])
def test_a_start_that_cannot_be_built_is_refused(tmp_path: Path, month: str) -> None:
    with pytest.raises(InputError):
        RUNNER.invoke(
            build(["theatre"]),
            ["theatre", "start", "--to", month, "--out", str(tmp_path / "x")],
            catch_exceptions=False,
        )
    assert not (tmp_path / "x").exists()


def test_the_check_takes_no_newer_series(tmp_path: Path) -> None:
    asked = ["theatre", "start", "--to", "2025-07", "--check", "--series", str(tmp_path)]
    with pytest.raises(InputError, match="leave out --series"):
        RUNNER.invoke(build(["theatre"]), asked, catch_exceptions=False)


def test_the_first_months_are_printed_as_a_list_and_as_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    months = (
        first_months.Month("homicides", "Homicides", "person", "2025-09", 1945.0, Interval(2200.0, 1950.0, 2700.0)),
        first_months.Month("transfers", "Prisoners", "person", "2025-09", 26.0, Interval(0.0, 0.0, 44.0)),
    )
    monkeypatch.setattr(first_months, "check", lambda loaded: months)
    rows = json.loads(run("theatre", "start", "--to", "2025-07", "--check", "--format", "json"))
    assert [set(row) >= {"series", "month", "recorded", "low", "median", "high", "inside"} for row in rows] == [
        True
    ] * 2
    assert [row["inside"] for row in rows] == [False, True]
    text = run("theatre", "start", "--to", "2025-07", "--check")
    assert "1 of 2 recorded months lie in the range" in text
    assert "OUTSIDE" in text


def test_newer_data_are_joined_and_what_changed_is_said(tmp_path: Path) -> None:
    table = ledger.load().tables["violence.table.national"]
    rows = table.path.read_text(encoding="utf-8") + "2025,25000,inegi,cronica20251110,A,\n"
    (tmp_path / "homicides_national.csv").write_text(rows, encoding="utf-8")
    (change,) = json.loads(run("data", "update", str(tmp_path), "--to", str(tmp_path / "series"), "--format", "json"))
    assert (change["table"], change["added"], change["revised"]) == ("violence.table.national", 1, 0)
    assert "1 new cells" in run("data", "update", str(tmp_path), "--to", str(tmp_path / "series"))
    started = run(
        "theatre", "start", "--to", "2026-07", "--series", str(tmp_path / "series"), "--out", str(tmp_path / "x")
    )
    assert "2026-07-06" in started


def test_events_are_listed_with_their_role() -> None:
    rows = json.loads(run("theatre", "events", "--since", "2026-02", "--format", "json"))
    by_kind = {row["kind"]: row for row in rows}
    assert min(row["date"] for row in rows) >= "2026-02"
    assert by_kind["tariff"]["role"] == "acts"
    assert any(row["role"] == "recorded" and row["why"] for row in rows)
    text = run("theatre", "events", "--since", "2026-02")
    for part in ("Head of CJNG", "tariff", "recorded: is recorded only"):
        assert part in " ".join(text.split())
