import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence.ledger import load as ledger
from premortem.plan.language import catalogue, packaged
from premortem.plan.language.load import load

RUNNER = CliRunner()


def run(*arguments: str, code: int = 0, keys: str = "") -> str:
    result = RUNNER.invoke(build(list(arguments)), list(arguments), input=keys)
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


@pytest.mark.parametrize("name", packaged.names())
def test_every_packaged_plan_can_be_shown(name: str) -> None:
    text = run("plan", "show", name)
    assert load(name).plan.title in text
    assert "Timeline" in text


def test_the_op_eds_sheet_shows_forces_zone_and_what_is_open() -> None:
    text = " ".join(run("plan", "show", "border_task_forces").split())
    for part in (
        "btfg_california",
        "Ranger battalion",
        "20 miles",
        "may act",
        "any_cartel_activity",
        "91 fields say so",
    ):
        assert part in text


def test_a_sheet_as_json_is_the_plan_with_its_open_fields() -> None:
    document = json.loads(run("plan", "show", "kingpin", "--format", "json"))
    assert document["plan"]["title"] == "Kingpin campaign"
    assert document["hash"] == load("kingpin").content_hash
    assert {"path": "retaliation.plan", "stated": True, "law": "none"} in document["open"]


def test_a_sheet_names_the_words_that_the_simulation_refuses(tmp_path: Path) -> None:
    plan = tmp_path / "civilians.toml"
    text = '[roe]\ntargets = ["fighter", "family"]\n[retaliation]\nplan = ["public_warning", "protect_ports"]\n'
    plan.write_text(f'schema = 1\ntitle = "Civilians"\nsource = ["project"]\n{text}')
    shown = " ".join(run("plan", "show", str(plan)).split())
    assert "roe.targets family names civilians or what is theirs: refused" in shown
    assert "retaliation.plan public_warning checked, not simulated" in shown
    assert "fighter names" not in shown
    assert "changes no result" not in run("plan", "show", "kingpin")


def test_a_difference_is_told_in_words_and_as_json() -> None:
    assert "depth from the line" not in run("plan", "diff", "zone_only", "border_task_forces")
    assert "partner.navy_units added" in run("plan", "diff", "status_quo", "kingpin")
    assert "Nothing" in run("plan", "diff", "kingpin", "kingpin")
    assert json.loads(run("plan", "diff", "kingpin", "kingpin", "--format", "json")) == []


def test_plans_and_levers_are_listed_for_people_and_programs() -> None:
    plans = json.loads(run("plans", "--format", "json"))
    assert [plan["id"] for plan in plans] == list(packaged.names())
    assert "lint_base" not in packaged.names()
    assert {"id", "title", "source", "summary", "variant_of"} == set(plans[0])
    assert plans == json.loads(run("plan", "list", "--format", "json"))
    levers = json.loads(run("levers", "--format", "json"))
    assert len(levers) >= 25
    assert {"id", "unit", "low", "high", "status_quo", "who", "mechanisms", "meaning", "price", "moves"} <= set(
        levers[0]
    )
    assert "border_task_forces" in run("plans")
    assert "mexico.aid" in run("levers")


def test_the_gallery_is_listed_apart_with_sources_of_the_ledger() -> None:
    gallery = json.loads(run("plans", "--gallery", "--format", "json"))
    assert len(gallery) >= 20
    assert gallery == json.loads(run("plan", "list", "--gallery", "--format", "json"))
    for entry in gallery:
        assert {"id", "title", "source", "summary", "variant_of", "cannot_say", "moves"} == set(entry)
        assert entry["title"]
        assert entry["cannot_say"]
        assert set(entry["source"]) <= ledger().sources.keys()
    offered = {plan["id"] for plan in json.loads(run("plans", "--format", "json"))}
    assert not offered & {entry["id"] for entry in gallery}
    assert "jump_start_2006" in run("plans", "--gallery")
    assert load("jump_start_2006").plan.title in run("plan", "show", "jump_start_2006")


def test_the_schema_and_the_field_table_are_printed_alone() -> None:
    assert json.loads(run("plan", "schema"))["title"] == "Premortem plan"
    assert run("plan", "schema", "--fields").startswith("# Plan fields")


def test_a_new_plan_is_written_from_flags(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    run(
        "plan", "new", str(file), "--title", "Mine", "--start", "2026-01-05", "--duration-weeks", "52", "--zone",
        "exclusion:20", "--task-force", "west:CA", "--measure", "mexico.aid:100",
    )  # fmt: skip
    plan = load(file).plan
    assert (plan.id, plan.title, str(plan.start), plan.duration_weeks) == ("mine", "Mine", "2026-01-05", 52)
    assert plan.measure[0].level == 100


def test_a_new_plan_is_written_from_answers(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    run("plan", "new", str(file), keys="Mine\n\nborder_task_forces\n\n104\npresence:5\n\nmexico.aid:100\n")
    plan = load(file).plan
    assert (plan.title, plan.extends, plan.duration_weeks) == ("Mine", "border_task_forces", 104)


@pytest.mark.parametrize(
    "flags",
    [["--zone", "exclusion"], ["--zone", "exclusion:deep"], ["--measure", "mexico.aid"], ["--task-force", "west"]],
)
def test_a_flag_of_the_wrong_form_is_bad_input_and_nothing_is_written(tmp_path: Path, flags: list[str]) -> None:
    run("plan", "new", str(tmp_path / "mine.toml"), "--title", "Mine", *flags, code=2)
    assert list(tmp_path.iterdir()) == []


def test_a_flag_with_a_wrong_word_is_reported_and_nothing_is_written(tmp_path: Path) -> None:
    arguments = ["plan", "new", str(tmp_path / "mine.toml"), "--title", "Mine", "--zone", "wall:20"]
    result = RUNNER.invoke(build(arguments), arguments)
    assert isinstance(result.exception, InputError)
    assert list(tmp_path.iterdir()) == []


def test_a_new_plan_without_title_or_answers_is_bad_input(tmp_path: Path) -> None:
    arguments = ["plan", "new", str(tmp_path / "mine.toml")]
    result = RUNNER.invoke(build(arguments), arguments, input="")
    assert isinstance(result.exception, InputError)
    assert list(tmp_path.iterdir()) == []


def test_setting_a_field_keeps_the_rest_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(packaged.text("border_task_forces"))
    run("plan", "set", str(file), "zone.depth_miles", "10")
    run("plan", "set", str(file), "zone.residents", "evacuated")
    arguments = ["plan", "set", str(file), "zone.depth_miles", "-3"]
    refused = RUNNER.invoke(build(arguments), arguments)
    assert isinstance(refused.exception, InputError)
    zone = load(file).plan.zone
    assert zone is not None
    assert (zone.depth_miles, zone.residents) == (10, "evacuated")
    assert "# no_go_zone" in file.read_text()


@pytest.mark.parametrize(
    ("command", "names"),
    [(["plans"], packaged.names()), (["plans", "--gallery"], packaged.gallery()), (["levers"], [*catalogue.levers()])],
)
def test_names_are_never_cut_at_eighty_columns(
    command: list[str], names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = {line.split(" ")[0] for line in run(*command).splitlines()}
    assert set(names) <= shown


def test_a_sheet_of_the_gallery_says_what_the_language_cannot() -> None:
    page = run("plan", "show", "remittance_tax_2025")
    assert "the language cannot say yet" in page


def test_an_old_file_is_upgraded_and_a_current_one_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "old.toml"
    file.write_text(
        'schema = 1\ntitle = "x"\nsource = ["project"]\n[[domestic]]\nid = "n"\nservice = "navy"\nplace = "sea"\ntasks = ["search"]\n'
    )
    assert "[[sea]]" in run("plan", "upgrade", str(file))
    after = file.read_text()
    assert "nothing to change" in run("plan", "upgrade", str(file))
    assert file.read_text() == after


def test_a_zone_is_added_by_its_table(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('schema = 1\ntitle = "x"\nsource = ["project"]\n')
    run("plan", "set", str(file), "zone", '{ kind = "presence", depth_miles = 5 }')
    assert load(file).plan.zone is not None
