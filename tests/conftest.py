"""What holds for every test."""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

import premortem
from premortem import Comparison
from premortem.engine import compilation
from premortem.evidence import made_of
from premortem.study.cache import CAP

# A machine may be busy: no test fails for how long it takes.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def pytest_configure(config: pytest.Config) -> None:
    """Compile in two thirds of the time for tests that run little; the slow ones run what users run."""
    if config.option.markexpr == "not slow":
        compilation.COMPILER_OPTIONS["xla_backend_optimization_level"] = 0
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0".strip()
    compilation.prepare_xla()
    os.environ.setdefault(CAP, "0")  # what a test simulates is simulated


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what was imported: tracing a model makes millions of objects, none of which is garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the stored results that another version made: honest, as their pages say so, but not to be forgotten."""
    if names := made_of.older():
        terminalreporter.write_line(f"stored results of another version of the model: {', '.join(names)}")


TOGETHER = {
    "whole model": (
        "tests/analysis/test_evaluate.py",
        "tests/laws/test_mexico.py",
        "tests/laws/test_readings.py",
        "tests/laws/test_washington.py",
        "tests/test_front_door.py",
        "tests/docs/test_blocks.py",
        "tests/docs/test_tour.py",
    ),
}
"""Files whose tests share a compiled program or a run: one process has all of them, as it has all tests of a file."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., Any]) -> Any:
    """Divide tests by file, and some files together."""
    from xdist.scheduler import LoadScopeScheduling

    group_of = {file: group for group, files in TOGETHER.items() for file in files}

    class ByProgram(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return group_of.get(file, file)

    return ByProgram(config, log)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """The op-ed's plan against the status quo, 40 futures of a year of the whole model: one run for all tests of a process."""
    folder = tmp_path_factory.mktemp("runs") / "border_task_forces_vs_status_quo"
    return premortem.compare("border_task_forces", "status_quo", futures=40, years=1, out=folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser; what asks for one is skipped where there is none."""
    from tests.browsing import opened

    with opened() as program:
        yield program


@pytest.fixture(autouse=True)
def _typer_speaks_as_before() -> Iterator[None]:
    """A command in another language puts what Typer says into it, for its process: here the next test is in the same."""
    from typer import rich_utils

    had = dict(vars(rich_utils))
    yield
    vars(rich_utils).update(had)
