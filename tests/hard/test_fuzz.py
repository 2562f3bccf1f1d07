"""Whatever is wrong with a text that somebody wrote, its reader answers with a result or with an error of ours."""

import pytest

from tests.hard.fuzz import fuzz
from tests.hard.sources import KINDS

SAMPLE = 150
FEWER = {"own data": 40}
"""Kinds of which each text takes long."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_of_damaged_texts(kind: str) -> None:
    tries = FEWER.get(kind, SAMPLE)
    found = fuzz(kind, range(tries))
    assert found["wrong"] == []
    assert found["refused"] > tries // 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_texts(kind: str) -> None:
    """As many as half a minute allows; `python -m tests.hard.fuzz` tries more."""
    assert fuzz(kind, range(SAMPLE, 1_000_000), seconds=30)["wrong"] == []
