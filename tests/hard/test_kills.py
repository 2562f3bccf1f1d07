"""Killed at any moment, nothing is half there and nothing is lost but what was being computed."""

from pathlib import Path

import pytest

from tests.hard.kills import TARGETS, Bench


@pytest.mark.slow
def test_kills_at_random_moments(tmp_path: Path) -> None:
    """Four of each; `python -m tests.hard.kills` does a hundred."""
    bench = Bench(tmp_path)
    assert [trouble for number in range(4 * len(TARGETS)) if (trouble := bench.kill(number))] == []
