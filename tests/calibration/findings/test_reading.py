"""Findings as files: they agree with the schema and the ledger, and a wrong one says where, what was found and what is allowed."""

import json
import re
from pathlib import Path

import pytest
import tomli
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from premortem.calibration.findings.reading import packaged, read
from premortem.calibration.findings.schema import Finding, json_schema_text
from premortem.errors import InputError, Problem
from premortem.evidence.reading import data

GOOD = (data() / "findings" / "truces.toml").read_text(encoding="utf-8")


def problems(tmp_path: Path, text: str) -> list[Problem]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read(file)
    return list(error.value.problems)


def test_the_package_has_ninety_findings_that_the_schema_accepts() -> None:
    assert len(packaged()) == 90
    schema = json.loads(json_schema_text())
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    for file in (data() / "findings").iterdir():
        rows = json.loads(json.dumps(tomli.loads(file.read_text(encoding="utf-8")), default=str))
        assert not list(validator.iter_errors(rows)), file.name


def test_what_is_written_is_what_is_read() -> None:
    for finding in packaged().values():
        assert Finding.model_validate(json.loads(finding.model_dump_json(by_alias=True))) == finding


def test_a_persons_file_may_bring_its_own_sources(tmp_path: Path) -> None:
    source = '[[source]]\nkey = "mine2026"\ntitle = "T"\nauthors = "A"\npublisher = "P"\n\n'
    file = tmp_path / "mine.toml"
    file.write_text(source + GOOD.replace("fin_katz2016", "mine2026"), encoding="utf-8")
    assert read(file)[0].sources == ("mine2026",)


@pytest.mark.parametrize(
    ("old", "new", "key", "found"),
    [
        ("low = -0.449", "low = -0.2", "find.truce.homicides", ""),
        ('unit = "share"', 'unit = "furlong"', "find.truce.homicides", "furlong"),
        ('outcome = "homicides_mx"', 'outcome = "homicide_mx"', "find.truce.homicides", "homicide_mx"),
        ('sources = ["fin_katz2016"]', 'sources = ["fin_katz"]', "find.truce.homicides", "fin_katz"),
        ('kind = "truce"', 'kind = "peace"', "intervention", "peace"),
        ("window = [1, 96]", "window = [96, 1]", "estimand", "96"),
        ("tier = 1", "tier = 3", "tier", "3"),
        ("estimate = -0.39", "estimat = -0.39", "estimat", "estimat"),
        ("low = 0.5\n", "low = 1.5\n", "dilution.low", "1.5"),
        (
            'id = "find.truce.partial_peace"',
            'id = "find.truce.homicides"',
            "find.truce.homicides",
            "find.truce.homicides",
        ),
    ],
)
def test_a_wrong_file_names_place_key_and_what_was_found(
    tmp_path: Path, old: str, new: str, key: str, found: str
) -> None:
    assert old in GOOD
    told = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any("mine.toml" in one.where.file and key in one.where.key and found in str(one) for one in told), told


@pytest.mark.parametrize(
    ("day", "taken"), [("1800-01-01", False), ("1980-01-01", True), ("2031-03-30", True), ("2031-03-31", False)]
)
def test_a_finding_of_a_time_near_which_no_run_begins_is_refused(tmp_path: Path, day: str, taken: bool) -> None:
    text = re.sub(r"start = \d{4}-\d\d-\d\d", f"start = {day}", GOOD, count=1)
    if taken:
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        assert str(read(tmp_path / "mine.toml")[0].start) == day
    else:
        (told,) = problems(tmp_path, text)
        assert (told.where.key, told.found) == ("find.truce.homicides start", day)
        assert told.allowed == "1980-01-01 to before 2031-03-31"


def test_what_is_no_toml_or_no_file_is_an_error_of_the_person(tmp_path: Path) -> None:
    assert "mine.toml" in str(problems(tmp_path, "[[finding")[0])
    with pytest.raises(InputError, match=re.escape("no such file")):
        read(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("kind", "unit", "said"),
    [
        ("relative", "USD", "unit of estimand.kind = 'relative' is 'share', has 'USD'"),
        ("elasticity", "share", "unit of estimand.kind = 'elasticity' is 'elasticity', has 'share'"),
        ("growth_difference", "share", "is '1/year', has 'share'"),
        ("difference", "share", "follows from the outcome's, has 'share'"),
        ("per_unit", "ratio", "follows from the outcome's, has 'ratio'"),
    ],
)
def test_a_unit_is_one_of_the_statistic(tmp_path: Path, kind: str, unit: str, said: str) -> None:
    text = GOOD.replace('unit = "share"', f'unit = "{unit}"').replace('kind = "relative"', f'kind = "{kind}"')
    assert any(said in problem.message for problem in problems(tmp_path, text))
