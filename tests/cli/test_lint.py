"""``premortem lint``: the contract of its output and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from premortem.cli.main import build
from premortem.errors import InputError
from premortem.lint.catalogue import rules

RUNNER = CliRunner()


def run(*arguments: str) -> Result:
    return RUNNER.invoke(build(["lint"]), ["lint", *arguments])


def document(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--format", "json").stdout)


def test_json_is_a_list_of_findings_with_the_keys_of_the_contract() -> None:
    found = document("border_task_forces")
    assert {"code", "severity", "line", "column", "message", "citation"} <= set(found[0])
    assert {"open", "depends_on", "facts", "phase"} <= set(found[0])
    assert all(isinstance(finding["line"], int) for finding in found)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["border_task_forces"], 1),
        (["border_task_forces", "--fail-on", "never"], 0),
        (["lint_base", "--fail-on", "needs-authority"], 0),
        (["kingpin"], 0),
        (["kingpin", "--fail-on", "exposure"], 1),
        (["kingpin", "status_quo", "--fail-on", "notice"], 1),
        (["lint_base", "border_task_forces"], 1),
    ],
)
def test_the_exit_code_follows_the_threshold(arguments: list[str], code: int) -> None:
    assert run(*arguments).exit_code == code


def test_text_counts_first_and_shows_ten_findings_unless_all_are_asked_for() -> None:
    total, *shown = run("border_task_forces").stdout.splitlines()
    count = int(total.split()[1])
    assert total.startswith("packaged:border_task_forces.toml: ")
    places = [line for line in shown if line.startswith("packaged:")]
    assert len(places) == 10
    assert "[violation]" in places[0]
    assert shown[-1] == f"{count - 10} more: --all"
    whole = run("border_task_forces", "--all").stdout
    assert sum(line.startswith("packaged:") for line in whole.splitlines()[1:]) == count
    assert "packaged:border_task_forces.toml:44:1 AU211 [needs-authority] SOCOM" in whole
    assert ' 44 | lead = "socom"' in whole


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    """A variant that is refused consent, and states the claims of its parent in another order."""
    plan = tmp_path / "mine.toml"
    plan.write_text(
        'extends = "border_task_forces"\ntitle = "Mine"\nsource = ["mcinerney_vallely2025"]\nsummary = "Refused."\n'
        'claims = ["military_led", "more_than_criminal", "urgent_threat"]\n[consent]\nmexico = "none"\n'
    )
    return plan


def test_of_a_variant_its_own_lines_come_first_and_it_says_how_to_see_what_it_changes(variant: Path) -> None:
    _, own, _, first, *_ = run(str(variant)).stdout.splitlines()
    assert f"premortem lint {variant} --against border_task_forces" in own
    assert first.startswith(f"{variant}:")


def test_against_its_parent_a_plan_adds_cures_and_keeps(variant: Path) -> None:
    change = document(str(variant), "--against", "border_task_forces")
    assert set(change) == {"added", "cured", "kept"}
    was, found = document("border_task_forces"), document(str(variant))
    assert len(change["added"]) + len(change["kept"]) == len(found)
    added = {one["code"]: one for one in change["added"]}
    assert added["AU404"]["severity"] == "violation"  # an open exposure of the parent, and now sure
    assert "AU404" not in {one["code"] for one in change["cured"]}
    assert "AU416" in {one["code"] for one in change["cured"]}  # silence on consent
    assert not {"CL101", "CL103"} & set(added)  # a claim is what it says, not its number in the list
    assert {one["code"] for one in change["cured"]} <= {one["code"] for one in was}


def test_against_itself_a_plan_changes_nothing_and_fails_nothing() -> None:
    result = run("border_task_forces", "--against", "border_task_forces")
    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)
    assert "adds 0, cures 0, keeps " in result.stdout


def test_the_exit_code_against_another_follows_what_is_added(variant: Path) -> None:
    assert run(str(variant), "--against", "border_task_forces").exit_code == 1
    assert run("border_task_forces", "--against", str(variant)).exit_code == 0


@pytest.mark.parametrize("more", [["kingpin"], ["--format", "sarif"]])
def test_only_one_plan_is_compared_and_not_as_sarif(more: list[str]) -> None:
    assert run("border_task_forces", "--against", "status_quo", *more).exit_code == 2


def test_an_unreadable_plan_is_reported_after_the_others_are_linted(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "T"\nsource = ["project"]\n[zone]\nkind = "exclusio"\ndepth_miles = 20\n')
    result = run(str(broken), "border_task_forces", "--format", "json")
    assert isinstance(result.exception, InputError)
    assert result.exception.exit_code == 2
    assert result.exception.problems[0].where.line == 4
    assert len(json.loads(result.stdout)) > 10


def test_a_file_is_linted_by_its_path(tmp_path: Path) -> None:
    plan = tmp_path / "mine.toml"
    plan.write_text('extends = "lint_base"\n[authority]\ncites = ["aumf2001"]\n')
    (found,) = [finding for finding in document(str(plan)) if finding["code"] == "AU206"]
    assert (found["file"], found["line"], found["column"]) == (str(plan), 3, 1)


def test_rules_lists_the_catalogue() -> None:
    catalogue = document("--rules")
    assert [rule["code"] for rule in catalogue] == list(rules())
    assert {
        "code",
        "name",
        "severity",
        "when",
        "message",
        "citation",
        "dispute",
        "cure",
        "facts",
        "fails",
        "passes",
    } <= set(catalogue[0])
    assert "AU203" in run("--rules").stdout


def test_explain_tells_all_of_one_rule_and_refuses_an_unknown_one() -> None:
    assert run("--explain", "zo101").stdout.startswith("ZO101 residents-fate-open [needs-authority]")
    assert isinstance(run("--explain", "ZO999").exception, InputError)


def test_sarif_is_printed_alone() -> None:
    assert json.loads(run("border_task_forces", "--format", "sarif").stdout)["version"] == "2.1.0"


def test_a_plan_must_be_named() -> None:
    assert run().exit_code == 2


def test_linting_imports_nothing_heavy() -> None:
    heavy = ["jax", "polars", "xarray", "pint", "scipy", "numpy", "zarr"]
    code = (
        "import sys\nfrom premortem.cli.main import build\n"
        "try:\n    build(['lint'])(['lint', 'border_task_forces'])\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_an_unreadable_plan_is_said_in_what_programs_read_too(tmp_path: Path, form: str) -> None:
    (tmp_path / "bad.toml").write_text("title = ", encoding="utf-8")
    result = run("status_quo", str(tmp_path / "bad.toml"), "--format", form)
    assert isinstance(result.exception, InputError)
    document = json.loads(result.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    if form == "json":
        (bad,) = [one for one in document if one["severity"] == "unreadable"]
        assert (bad["code"], bad["file"], bad["line"]) == (None, str(tmp_path / "bad.toml"), 1)
        assert {one["file"] for one in document} > {bad["file"]}
    else:
        assert document["runs"][0]["invocations"][0]["executionSuccessful"] is False
        assert document["runs"][0]["results"]


SKETCH = """extends = "kingpin"
id = "sketch"
title = "Sketch"
source = ["project"]
# lint: ignore EN123 because the succession is another plan's
"""


def test_rules_and_families_can_be_selected_and_ignored() -> None:
    every = {one["code"] for one in json.loads(run("kingpin", "--format", "json", "--fail-on", "never").stdout)}
    for options, expected in (
        (("--select", "EN"), {code for code in every if code.startswith("EN")}),
        (("--select", "EN123", "--select", "CO"), {code for code in every if code == "EN123" or code.startswith("CO")}),
        (("--ignore", "EN"), {code for code in every if not code.startswith("EN")}),
    ):
        done = run("kingpin", "--format", "json", "--fail-on", "never", *options)
        assert {one["code"] for one in json.loads(done.stdout)} == expected != every


def test_a_file_leaves_a_rule_out_with_its_reason_and_the_reason_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "sketch.toml"
    file.write_text(SKETCH, encoding="utf-8")
    done = run(str(file), "--fail-on", "never", "--all")
    assert "EN123 [" not in done.stdout
    assert "left out by the file: EN123, because the succession is another plan's" in done.stdout
    file.write_text(SKETCH.replace("because the succession is another plan's", ""), encoding="utf-8")
    assert "EN123 [" in run(str(file), "--fail-on", "never", "--all").stdout, "without a reason it stays"
    file.write_text(
        SKETCH.replace(" the succession is another plan's", "") + 'id = "x"\n'.replace("id", "# id"), "utf-8"
    )
    assert "EN123 [" in run(str(file), "--fail-on", "never", "--all").stdout, "the next line is no reason"
    file.write_text(SKETCH.replace("EN123", "EN999"), encoding="utf-8")
    wrong = run(str(file))
    assert f"{file}:5" in str(wrong.exception), "the file and line of a code that there is not"


def test_a_link_to_a_plan_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    real.write_text(SKETCH + "budget_usd = “x”\n", encoding="utf-8")
    link.symlink_to(real)
    run(str(link), "--fix")
    assert link.is_symlink()
    assert "“" not in real.read_text("utf-8")


def test_an_unknown_rule_is_named_with_the_nearest() -> None:
    done = run("kingpin", "--ignore", "EN12")
    assert isinstance(done.exception, InputError)
    assert re.search(r"EN12\n[\s\S]*did you mean 'EN", str(done.exception))
