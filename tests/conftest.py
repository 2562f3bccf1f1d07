"""What holds for every test."""

import os

import pytest

import premortem
from premortem import Comparison
from premortem.engine import compilation


def pytest_configure(config: pytest.Config) -> None:
    """Compile in two thirds of the time for tests that run little; the slow ones run what users run."""
    if config.option.markexpr == "not slow":
        compilation.COMPILER_OPTIONS["xla_backend_optimization_level"] = 0
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0".strip()
    compilation.prepare_xla()


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """The op-ed's plan against the status quo, 40 futures of a year of the whole model: one run for all tests of a process."""
    folder = tmp_path_factory.mktemp("runs") / "border_task_forces_vs_status_quo"
    return premortem.compare("border_task_forces", "status_quo", futures=40, years=1, out=folder)
