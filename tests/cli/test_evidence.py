import json

import pytest
from typer.testing import CliRunner

from premortem.cli import cards
from premortem.cli.main import build
from premortem.errors import InputError
from premortem.evidence import load, parameters
from premortem.wording.quantities import number

RUNNER = CliRunner()


def run(*arguments: str, code: int = 0) -> str:
    result = RUNNER.invoke(build(list(arguments)), list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_fact_is_shown_with_range_grade_sources_and_users() -> None:
    text = run("evidence", "show", "arms.flow.southbound_per_year_2010_2012")
    for part in (
        "253,000 firearm/year",
        "106,700 to 426,729",
        "A: official",
        "https://doi.org/10.1093/jeg/lbu021",
        "arms.flow",
        "guns_500k",
    ):
        assert part in text


def test_a_parameter_is_shown_with_its_quantiles_and_facts() -> None:
    text = run("evidence", "show", "state.arrests")
    for part in ("lognormal(140, 0.35)", "78.72", "140", "249", "cartels.pc.eta"):
        assert part in text


@pytest.mark.parametrize("kind", ["facts", "tables", "claims", "rules", "sources"])
def test_every_entry_has_a_card_and_a_document(kind: str) -> None:
    for record in getattr(load(), kind).values():
        cards.card(record)
        json.dumps(cards.document(record))


def test_every_parameter_has_a_card_and_a_document() -> None:
    for parameter in parameters.load().values():
        cards.card(parameter)
        json.dumps(cards.document(parameter))


def test_json_holds_whole_sources_and_users_and_nothing_else_is_on_standard_output() -> None:
    shown = json.loads(run("evidence", "show", "demand.healing_trial", "--format", "json"))
    assert (shown["kind"], shown["low"], shown["high"]) == ("fact", -0.24, 0.09)
    assert shown["sources"][0]["url"].startswith("https://")
    assert {"kind": "parameter", "id": "overdose.e_kit"} in shown["used_by"]
    found = json.loads(run("evidence", "search", "homicide", "rate", "--format", "json"))
    assert {line["kind"] for line in found} >= {"fact", "parameter"}


@pytest.mark.parametrize("group", [["evidence", "show"], ["claims", "show"]])
def test_an_unknown_id_names_the_nearest(group: list[str]) -> None:
    word = "guns_500"
    with pytest.raises(InputError) as caught:
        RUNNER.invoke(build(group), [*group, word], catch_exceptions=False)
    assert caught.value.exit_code == 2
    assert caught.value.problems[0].nearest == "guns_500k"


def test_an_unknown_topic_names_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        RUNNER.invoke(build(["evidence"]), ["evidence", "list", "--topic", "drug"], catch_exceptions=False)
    assert caught.value.problems[0].nearest == "drugs"


def test_a_topic_lists_its_facts_and_tables_only() -> None:
    lines = json.loads(run("evidence", "list", "--topic", "geography", "--format", "json"))
    assert {line["kind"] for line in lines} == {"fact", "table"}
    assert "geo.zone20.population_mx" in {line["id"] for line in lines}


def test_the_check_passes_and_says_so_in_json() -> None:
    checked = json.loads(run("evidence", "check", "--format", "json"))
    assert checked["ok"] is True
    assert checked["problems"] == []


def test_a_failed_check_prints_the_problem_and_exits_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from premortem.errors import Problem
    from premortem.evidence import checks

    monkeypatch.setattr(checks, "check", lambda: [Problem("unit", "the unit 'x' is not in units.txt")])
    assert "the unit 'x'" in run("evidence", "check", code=1)
    assert json.loads(run("evidence", "check", "--format", "json", code=1))["ok"] is False


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (253000.0, "253,000"),
        (0.0303, "0.0303"),
        (1.55e-5, "1.55e-05"),
        (0.0, "0"),
        (-1.5, "-1.5"),
        (873.0, "873"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_read_well(value: float, text: str) -> None:
    assert number(value) == text
