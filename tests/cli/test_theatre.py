import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from premortem import theatre
from premortem.analysis import history, reconciliation
from premortem.cli.main import build
from premortem.errors import InputError

RUNNER = CliRunner()


def run(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(build(list(arguments)), list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def test_show_prints_regions_organisations_forces_and_crossings_with_ranges() -> None:
    text = run("theatre", "show")
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


def test_history_prints_every_year_and_how_many_lie_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    homicides = next(one for one in history.series() if one.id == "homicides")
    made_up = {"homicides_mx": np.repeat(np.linspace(36_650.0, 36_680.0, 101)[:, None], 2, axis=1)}
    monkeypatch.setattr(history, "hindcast", lambda _: (history.judge(homicides, 2018, made_up, {}),))
    text = run("theatre", "history")
    assert "1 of 2 years inside" in " ".join(text.split())
    assert "OUTSIDE" in text
    rows = json.loads(run("theatre", "history", "--format", "json"))
    assert [(row["year"], row["recorded"], row["inside"]) for row in rows] == [
        (2018, 36687, False),
        (2019, 36662, True),
    ]
