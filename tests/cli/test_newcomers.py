"""What people type who have not read the manual: each is answered with what to do, not with a type or a shrug."""

import pytest
from typer.testing import CliRunner

import premortem as pm
from premortem.cli.main import build
from premortem.errors import InputError


def refused(*words: str) -> str:
    result = CliRunner().invoke(build(list(words)), list(words))
    assert result.exit_code, result.output
    return f"{result.output}{result.exception}"


def test_what_is_no_plan_says_what_would_be() -> None:
    with pytest.raises(
        InputError, match=r"plan\(source\): not of the type asked for\n  found:   5\n  allowed: Plan \| str \| Path"
    ):
        pm.plan(5)  # type: ignore[arg-type]


def test_no_change_makes_no_variant() -> None:
    whole = pm.plan("kingpin")
    assert whole.replace({}) is whole
    assert pm.replace("kingpin", {}).title == whole.title


def test_a_start_that_is_none_names_the_starts_and_the_months() -> None:
    assert "allowed: 2012, 2018, 2025, 2026-04, or a month, 2007-01 to 20" in refused(
        "theatre", "show", "--start", "foo"
    )


def test_a_part_of_an_id_leads_to_the_ids_that_hold_it() -> None:
    told = refused("evidence", "show", "homicides")
    assert "violence.homicides." in told
    assert " more" in told
    assert "premortem evidence search" in refused("evidence", "show", "xyz")
    assert "did you mean 'state.arrests'?" in refused("evidence", "show", "state.arests")


def test_codes_of_rules_may_come_together() -> None:
    words = ["lint", "kingpin", "--select", "FO104,EN", "--format", "json"]
    found = CliRunner().invoke(build(words), words)
    assert found.exit_code in {0, 1}
    assert '"EN' in found.output
    assert '"AU' not in found.output
    assert "AU999" in refused("lint", "kingpin", "--ignore", "AU101, AU999")
