"""Every command, with hostile arguments one at a time: a result or an error of ours, at once."""

import pytest

from tests.hard.commands import trial


@pytest.mark.parametrize("command", ["cache"])
def test_hostile_arguments_of_a_quick_command(command: str) -> None:
    tried, wrong = trial([command])
    assert wrong == []
    assert tried > 20


@pytest.mark.slow
def test_hostile_arguments_of_every_command() -> None:
    tried, wrong = trial([])
    assert wrong == []
    assert tried > 3000
