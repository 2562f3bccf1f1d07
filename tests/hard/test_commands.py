"""Every command, with hostile arguments one at a time: a result or an error of ours, at once."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from tests.hard.commands import called, trial
from tests.report.runs import make


@pytest.mark.parametrize("command", ["cache"])
def test_hostile_arguments_of_a_quick_command(command: str) -> None:
    tried, wrong = trial([command])
    assert wrong == []
    assert tried > 20


@pytest.mark.parametrize(
    "words",
    [
        ["theatre", "show", f"--theatre={'x' * 300}"],
        ["data", "update", "x" * 300],
        ["evidence", "show", ""],
        ["report", "kingpin", "-o", f"{'x' * 300}/r.html"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_name_too_long_or_empty_is_an_error_for_people(words: list[str]) -> None:
    assert called(words) == ""


@pytest.mark.slow
def test_hostile_arguments_of_every_command() -> None:
    tried, wrong = trial([])
    assert wrong == []
    assert tried > 3000


@pytest.mark.parametrize(
    "words", [["run", "kingpin"], ["study", "run", "s.toml"], ["decide", "attribute", "x"], ["serve"]]
)
def test_more_workers_than_any_machine_has_are_refused(words: list[str]) -> None:
    found = CliRunner().invoke(build([]), [*words, "--workers=100000"])
    assert found.exit_code == 2
    assert "1000" in found.output


def test_a_study_without_what_predictions_are_about_is_no_traceback(tmp_path: Path) -> None:
    assert called(["exercise", str(make(tmp_path / "run"))]) == ""
