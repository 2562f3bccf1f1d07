"""What holds for every test."""

import os

import pytest

from premortem.engine import compilation


def pytest_configure(config: pytest.Config) -> None:
    """Compile in two thirds of the time for tests that run little; the slow ones run what users run."""
    if config.option.markexpr == "not slow":
        compilation.COMPILER_OPTIONS["xla_backend_optimization_level"] = 0
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0".strip()
    compilation.prepare_xla()
