"""Fixtures for tests of commands."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from premortem.model.mechanisms.registry import MECHANISMS
from premortem.study import experiment
from tests.cli.terminal import SMALL_MODEL


@pytest.fixture(scope="module")
def small_model() -> Iterator[None]:
    """Let studies simulate a part of the model that compiles in seconds: recruitment and rivalry."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "MECHANISMS", SMALL_MODEL)
        experiment._parameters.cache_clear()
        yield
    experiment._parameters.cache_clear()


@pytest.fixture
def whole_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let studies simulate the whole model, also where other tests of the file keep to a part of it."""
    remembered = (experiment._parameters, experiment._drawn)
    monkeypatch.setattr(experiment, "MECHANISMS", MECHANISMS)
    for cached in remembered:
        cached.cache_clear()
    yield
    for cached in remembered:
        cached.cache_clear()
