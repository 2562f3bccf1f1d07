"""Commands that read a damaged run give the old answer, or refuse with the name of what is damaged."""

from pathlib import Path

import pytest

from tests.hard.damaged_commands import COMMANDS, VERIFY, Bench

QUICK = (VERIFY, "study show {run} --format json", "study digest {run}", "study export {run} -o {out}/r.csv")
"""Commands that take a fraction of a second."""


def trial(scratch: Path, commands: tuple[str, ...], tries: int) -> None:
    bench = Bench(scratch, commands)
    found = [bench.damage(number) for number in range(tries)]
    assert [trouble for _, trouble in found if trouble] == []
    assert {did for did, _ in found} >= {"named", "refused"}


def test_a_sample_of_damages_by_quick_commands(tmp_path: Path) -> None:
    trial(tmp_path, QUICK, 16)


@pytest.mark.slow
def test_damages_by_every_command(tmp_path: Path) -> None:
    """As many as a few minutes allow; `python -m tests.hard.damaged_commands` tries more."""
    trial(tmp_path, COMMANDS, 60)
