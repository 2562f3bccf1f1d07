"""A theatre is data: a made-up one of four regions lints, runs and reports, without a line of code."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import premortem as surface
from premortem import theatre
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence.reading import Entry
from premortem.plan.language.load import load, load_text
from premortem.study import experiment
from premortem.study.spec import make
from premortem.theatre.folder import Folder
from tests.small_model import SMALL_MODEL, simulating

TINY = Path(__file__).parents[1] / "data/tiny_theatre"


def call(*words: str) -> Result:
    return CliRunner().invoke(build(list(words)), list(words), env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the toy's plans under a part of the model that compiles in seconds."""
    folder = tmp_path_factory.mktemp("toy") / "run"
    with simulating(SMALL_MODEL):
        plan, against = str(TINY / "river_zone.toml"), str(TINY / "status_quo.toml")
        result = call(
            "run", "--plan", plan, "--against", against, "--futures", "4", "--years", "1", "--out", str(folder)
        )
        assert result.exit_code == 0, result.output
        report = call("report", str(folder), "--out", str(folder / "report.html"))
        assert report.exit_code == 0, report.output
    return folder


def test_it_has_four_regions_and_its_own_names() -> None:
    loaded = load(TINY / "river_zone.toml")
    assert len(theatre.load(loaded.plan.theatre, depth_miles=10).regions) == 4
    assert loaded.plan.glossary.units["river_company"].people == 150
    assert loaded.plan.partner[0].regions == ("On the river", "Inland")  # one of them by its code


def test_its_plan_lints_with_its_own_names_and_lengths() -> None:
    result = call("lint", str(TINY / "river_zone.toml"), "--format", "json", "--fail-on", "never")
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(result.stdout):
        found.setdefault(finding["code"], []).append(finding)
    assert "4 River company" in found["FO103"][0]["message"]
    assert "FO107" not in found  # its base is near its line
    assert not {"FO108", "ZO114", "ZO120"} & found.keys()


def test_it_runs_and_reports_without_a_map_of_elsewhere(run_folder: Path) -> None:
    report = (run_folder / "report.html").read_text(encoding="utf-8")
    assert "A zone along the river" in report
    assert "River company" in report
    assert 'id="maps"' not in report
    assert not [sector for sector in ("Rio Grande Valley", "Big Bend") if sector in report]


@pytest.mark.slow
def test_with_all_mechanisms_every_future_of_it_is_sound(tmp_path: Path) -> None:
    plans = str(TINY / "status_quo.toml"), str(TINY / "river_zone.toml")
    run = surface.run(*plans, futures=40, years=5, out=tmp_path / "run")
    assert run.store.table().collect()["fault"].null_count() == 80


def test_a_plan_of_one_theatre_does_not_know_the_names_of_another() -> None:
    text = (TINY / "river_zone.toml").read_text()
    with pytest.raises(InputError) as caught:
        load_text(text.replace('theatre = "."\n', ""), str(TINY / "x.toml"), TINY)
    found = {(problem.kind, problem.where.key) for problem in caught.value.problems}
    assert ("unknown_name", "task_force.bridge.base") in found
    assert ("unknown_name", "zone.states") in {(kind, key.partition("[")[0]) for kind, key in found}


def test_plans_of_two_theatres_are_not_compared() -> None:
    with pytest.raises(InputError, match="in one theatre only"):
        experiment.Experiment.of(make(plans=("border_task_forces", str(TINY / "river_zone.toml")), futures=1, years=1))
    with pytest.raises(InputError, match="in one theatre only"):
        experiment.Experiment.of(make(plans=("border_task_forces",), theatre=str(TINY), futures=1, years=1))


@pytest.mark.parametrize(("named", "near"), [("us-mexco", "us-mexico"), ("nowhere", ""), ("..", ""), ("", "")])
def test_a_theatre_that_is_not_there_is_an_error_with_its_line(tmp_path: Path, named: str, near: str) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'title = "x"\nsource = ["project"]\ntheatre = "{named}"\n')
    with pytest.raises(InputError) as caught:
        load(plan)
    (problem,) = caught.value.problems
    assert problem.where.line == 3
    assert problem.nearest == near


def test_a_text_without_a_folder_names_packaged_theatres_only() -> None:
    text = f'title = "x"\nsource = ["project"]\ntheatre = "{TINY}"\n'
    with pytest.raises(InputError, match="no such theatre"):
        load_text(text)


def test_a_variant_in_another_folder_takes_its_parents_theatre(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny")
    (tmp_path / "parent.toml").write_text('title = "p"\nsource = ["project"]\ntheatre = "tiny"\n')
    (tmp_path / "child.toml").write_text('extends = "parent"\ntitle = "c"\n')
    assert load(tmp_path / "child.toml").plan.glossary.name == "tiny"


def test_what_a_plan_says_does_not_depend_on_where_its_theatre_lies(tmp_path: Path) -> None:
    shutil.copytree(TINY, tmp_path / "tiny_theatre")
    assert load(TINY / "river_zone.toml").content_hash == load(tmp_path / "tiny_theatre/river_zone.toml").content_hash


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("units.toml", "people = 150", 'people = "many"', "people: not a whole number"),
        ("units.toml", "people = 150", 'evidence = { unit_type = "Horse" }', "no such row in the evidence table"),
        ("units.toml", "[[unit]]", "[unit]", "not an array of tables"),
        ("bases.toml", "km_to_line", "miles", "km_to_line: is missing"),
        ("services.toml", "foreign_police", "pirates", "kind: not one of the words allowed"),
        ("services.toml", '"border_patrol"', '"river_patrol"', "no such service"),
        ("commands.toml", '"area"', '"everything"', "role: not one of the words allowed"),
        ("vocabulary.toml", 'north = "The north"', "north = 1", "not a table of words"),
        ("parameters.toml", "arms.origin", "arms.orgin", "no such parameter"),
        ("parameters.toml", "leadership.hier.east", "leadership.hier.west", "no such organisation"),
        ("parameters.toml", "point(1)", "pint(1)", "pint"),
    ],
)
def test_a_fault_in_its_names_says_the_file_and_what_is_wrong(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    tiny = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    text = (tiny / file).read_text()
    assert old in text
    (tiny / file).write_text(text.replace(old, new))

    def read() -> None:
        load(tiny / "river_zone.toml")
        theatre.load(tiny)

    with pytest.raises(InputError) as caught:
        read()
    assert any(file in str(problem) and message in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085", "\x0b"])
def test_a_mark_that_ends_no_line_does_not_part_a_row_of_a_table(mark: str) -> None:
    class Row(Entry):
        code: str
        note: str

    folder = Folder("toy", TINY).with_files({"rows.csv": f'code,note\nA,"one{mark}two"\r\nB,last\n'})
    assert [(row.code, row.note) for row in folder.table("rows.csv", Row)] == [("A", f"one{mark}two"), ("B", "last")]
