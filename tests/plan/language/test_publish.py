import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from premortem.errors import InputError
from premortem.plan.language import fields, packaged, publish
from premortem.plan.language.load import load_text

ROOT = Path(__file__).parents[3]
VALIDATOR = Draft7Validator(publish.json_schema(), format_checker=Draft7Validator.FORMAT_CHECKER)


def as_json(value: Any) -> Any:
    """What an editor makes of TOML: dates are strings."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def accepts(text: str) -> bool:
    return bool(VALIDATOR.is_valid(as_json(tomllib.loads(text))))


def loads(text: str) -> bool:
    try:
        load_text(text)
    except InputError:
        return False
    return True


def test_the_schema_is_a_valid_draft_7_schema_without_loose_ends() -> None:
    Draft7Validator.check_schema(publish.json_schema())
    text = publish.json_schema_text()
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        assert reference.rpartition("/")[2] in publish.json_schema()["definitions"]


@pytest.mark.parametrize("name", [*packaged.names(), "lint_base"])
def test_the_schema_accepts_every_packaged_plan(name: str) -> None:
    assert list(VALIDATOR.iter_errors(as_json(tomllib.loads(packaged.text(name))))) == []


HEAD = 'title = "A"\nsource = ["project"]\n'
FORCE = "[[task_force]]\nid = 'a'\nreach = ['zone']\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "title = 'x'",
        HEAD + "sumary = 'x'",
        HEAD + "horizon_weeks = 3",
        HEAD + "horizon_weeks = true",
        HEAD + "horizon_weeks = 'unspecified'",
        HEAD + "start = 'soon'",
        HEAD + "claims = ['no_go_zone', 'no_go_zone']",
        HEAD + "[zone]\ndepth_miles = 3",
        HEAD + "[zone]\nkind = 'wall'\ndepth_miles = 3",
        HEAD + "[zone]\nkind = 'presence'\ndepth_miles = 300",
        HEAD + "[status]\ncombatant = 'unspecified'",
        HEAD + "[budget]\ntotal_musd = 'none'",
        HEAD + FORCE + "units = { tank = 1 }",
        HEAD + FORCE + "effort = { raids = 2 }",
        HEAD + FORCE + "base = 'fort_knox'",
        HEAD + "[[task_force]]\nid = 'a'",
        HEAD + "[[measure]]\nlever = 'x.y'\nlevel = 1",
        HEAD + "[[branch]]\nwhen = 'week > 1'",
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(text: str) -> None:
    assert not accepts(text)
    assert not loads(text)


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "start = 2026-01-05\nduration_weeks = 'unspecified'",
        HEAD + "[budget]\nceiling_musd_per_year = 'none'",
        HEAD + "[civilians]\nharm_policy = 'none'",
        HEAD + FORCE + "units = { seal_team = 'unspecified' }\neffort = 'unspecified'\ntrigger = 'always'",
        HEAD + FORCE + "regions = ['MX-NLE', 'Sonora']",
        HEAD + "[[measure]]\nlever = 'mexico.aid'\nlevel = 60\nweeks = [0, 'end']",
        HEAD
        + "[[phase]]\nname = 'p'\nset = { 'exit.after' = 'withdraw' }\n[[branch]]\nwhen = 'week > 1'\nthen = { phase = 'p' }",
        "extends = 'border_task_forces'\n[[task_force]]\nid = 'btfg_texas'\ndwell = 2\n[zone]\ndepth_miles = 5",
    ],
)
def test_what_the_loader_takes_the_schema_accepts(text: str) -> None:
    assert loads(text)
    assert accepts(text)


def test_every_field_has_a_description_in_the_schema() -> None:
    text = json.dumps(publish.json_schema())
    for row in fields.fields().values():
        assert json.dumps(publish.describe(row).replace("``", ""))[1:-1] in text, row.path
