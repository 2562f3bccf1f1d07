"""Fixtures for tests of commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from premortem.model.mechanisms.registry import MECHANISMS
from tests.small_model import SMALL_MODEL, simulating


@pytest.fixture(scope="module")
def small_model() -> Iterator[None]:
    """Let studies simulate a part of the model that compiles in seconds: recruitment and rivalry."""
    with simulating(SMALL_MODEL):
        yield


@pytest.fixture
def whole_model() -> Iterator[None]:
    """Let studies simulate the whole model, also where other tests of the file keep to a part of it."""
    with simulating(MECHANISMS):
        yield
