"""What cannot be run is refused before anything is computed or a folder is made: exit code 2, and what to do about it."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from premortem.cli import streams
from premortem.cli.main import main
from premortem.engine import simulate
from tests.report.runs import make

NAMED = {"plans": '["status_quo", "kingpin"]', "futures": "8", "years": "1"}


def of(**keys: str) -> str:
    """Return a study file with other or more keys."""
    return "".join(f"{key} = {value}\n" for key, value in (NAMED | keys).items())


STUDIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Sobol without a power of two": (of(design='"sobol"', futures="100"), ("powers of two", "64 or 128")),
    "Saltelli without a power of two": (of(design='"saltelli"', futures="6"), ("powers of two", "4 or 8")),
    "a design that spreads nothing": (of(design='"sobol"', uncertainties="[]"), ("at least one uncertainty",)),
    "an unknown uncertainty": (of(uncertainties='["nothing.such"]'), ("no such parameter",)),
    "an unknown design": (of(design='"sobel"'), ("monte_carlo, latin_hypercube", "did you mean 'sobol'")),
    "no futures": (of(futures="0"), ("at least 1",)),
    "half a future": (of(futures="1.5"), ("not a whole number",)),
    "a billion futures": (of(futures="1000000000"), ("at most 10,000,000",)),
    "no years": (of(years="0"), ("at least 1",)),
    "forty-one years": (of(years="41"), ("at most 40",)),
    "a negative seed": (of(seed="-1"), ("at least 0",)),
    "an unknown lever": (of(levers='{ "mexico.aidd" = [1] }'), ("did you mean 'mexico.aid'",)),
    "a level no lever has": (of(levers='{ "mexico.aid" = [1e9] }'), ("0 to 5000",)),
    "a lever without levels": (of(levers='{ "mexico.aid" = [] }'), ("too few entries", "at least 1")),
    "more plans than there may be": (of(levers=f'{{ "mexico.aid" = {list(range(600))} }}'), ("at most 1000",)),
    "an unknown outcome": (of(outcomes='["homicide_mx"]'), ("did you mean 'homicides_mx'",)),
    "no outcomes": (of(outcomes="[]"), ("too few entries",)),
    "an unknown thing to keep": (of(keep='["weekley"]'), ("did you mean 'weekly'",)),
    "another theatre than the plans'": (of(theatre='"atlantis"'), ("one theatre only",)),
    "a start before all records": (of(start='"1066-01"'), ("2007-01 to 2026-07",)),
    "a start that is no month": (of(start='"someday"'), ("or a month, 2007-01",)),
    "a fit that there is not": (of(posterior='"2031-01"'), ("premortem calibrate fit",)),
    "a plan that begins before the start": (of(start='"2019-03"'), ("does not start within", "2019-03-04")),
    "a zone deeper than the country": (of(depth_miles="1000"), ("at most 100",)),
    "a plan that there is not": (of(plans='["kingpinn"]'), ("did you mean 'kingpin'",)),
    "a plan twice": (of(plans='["kingpin", "kingpin"]'), ("plans with different ids",)),
    "no plans": (of(plans="[]"), ("too few entries",)),
    "a file that is no plan": (of(plans='["wrong.toml"]'), ("wrong.toml:1:1", "'source' is missing")),
    "a plan that the start refuses": (of(plans='["late.toml"]'), ("late.toml:3:9", "2026-04-06 to before")),
    "nothing": ("", ("plans: is missing", "futures: is missing")),
    "an unknown key": (of(chunk="8"), ("no such key", "allowed: plans, futures")),
    "no TOML": ("plans = [", ("not TOML",)),
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "run kingpin --out s --futures 0": ("at least 1",),
    "run kingpin --out s --years 41": ("at most 40",),
    "run kingpin --out s --seed -1": ("at least 0",),
    "run kingpin --out s --posterior nothing": ("no such fit",),
    "run kingpin --out s --against kingpin": ("plans with different ids",),
    "run kingpinn --out s": ("did you mean 'kingpin'",),
    "run kingpin --out s --workers -1": ("--workers", "out of bounds", "at least 0"),
    "run kingpin --out s --workers 5000": ("out of bounds", "at most 1,000"),
    "run kingpin --out s --futures few": ("--futures", "not a whole number", "found: few"),
    "study run study.toml --out s --dask nonsense": ("not the address of a Dask scheduler", "such as tcp://host:8786"),
    "study run study.toml --out s --dask http://127.0.0.1:8786": ("not the address of a Dask scheduler",),
    "run late.toml --out s": ("late.toml:3:9",),
    "run wrong.toml --out s": ("'source' is missing",),
    "run kingpin --out full": ("not empty",),
    "run kingpin --out nowhere://s": ("cannot use this address",),
    "run kingpin --out memory://s": ("a folder of this machine",),
    "study run study.toml --out full": ("full",),
    "study run study.toml --out nowhere://s": ("cannot use this address",),
    "study run nothing.toml --out s": ("no such study file",),
    "study resume s": ("no study in s",),
    "study repair full": ("no study in full",),
    "decide search --plan kingpin --out s --budget -1": ("above 0",),
    "decide search --plan kingpin --out s --plans 0": ("at least 200",),
    "decide search --plan kingpin --out s --futures 0": ("at least 10",),
    "decide search --plan kingpin --out s --generation 0": ("at least 8",),
    "decide search --plan kingpin --out s --confirm -1": ("at least 1",),
    "decide search --plan kingpin --out s --objective nothing": ("no such outcome",),
    "decide search --plan kingpin --out s --reading hopeful": ("as_likely, carried_out",),
    "decide search --plan kingpin --out s --inputs wrong.toml": ("wrong.toml:1:1", "allowed: input"),
    "decide attribute stored --orders 1": ("--orders",),
    "instant design nothing --out s": ("no such inputs",),
    "instant design border_task_forces --out s --plans 2": ("--plans",),
    "instant design border_task_forces --out s --seed -1": ("--seed",),
    "instant fit s -o s.pmia": ("premortem instant design makes one",),
    "calibrate fit --cut nomonth --runs s --out s.json": ("YYYY-MM",),
    "calibrate fit --cut 2031-01 --runs s --out s.json": ("2015-01 to 2026-07",),
    "calibrate fit --cut 2019-01 --runs s --out s.json --futures 10": ("--futures",),
    "hindcast --origins 2030-01 2031-01 --runs s": ("2007-01 to 2026-07",),
    "hindcast --origins 2019-03 2018-03 --runs s": ("before the first",),
    "hindcast --origins x y --runs s": ("YYYY-MM",),
    "forecast file --period x --out s.json": ("YYYY",),
    "validate --again --runs s --futures 1": ("--futures",),
    "validate --again --runs s --posterior nothing.json": ("no such fit",),
    "validate --finding wrong.toml --runs s": ("finding: is missing",),
    "exercise s": ("no study in s",),
    "report s -o s.html": ("no study in s",),
    "study export stored -o s.docx": (".nc, .csv, .xlsx",),
}

EXTRAS: dict[str, tuple[str, str, str]] = {
    "saltelli": ("SALib", "study run study.toml --out s", "premortem[sensitivity]"),
    "morris": ("SALib", "study run study.toml --out s", "premortem[sensitivity]"),
    "search": ("pymoo", "decide search --plan kingpin --out s", "premortem[search]"),
    "dask": ("distributed", "study run study.toml --out s --dask tcp://127.0.0.1:1", "premortem[dask]"),
    "netcdf": ("h5netcdf", "study export stored -o s.nc", "premortem[export]"),
    "workbook": ("xlsxwriter", "study export stored -o s.xlsx", "premortem[export]"),
    "web": ("fastapi", "serve --folder s --no-open", "premortem[web]"),
    "lsp": ("pygls", "lint --lsp", "premortem[lsp]"),
}
"""Command by the library that it lacks: what to install."""

SETTINGS = {"JAX_ENABLE_X64": "1", "JAX_DISABLE_JIT": "true", "PREMORTEM_ENGINE": "abacus"}
"""Under which results would be others, or never come; ``JAX_PLATFORMS`` is read once a process: tests/cli/test_streams.py."""


def _computed(*_: Any, **__: Any) -> Any:
    raise AssertionError("something was computed")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("stored") / "run")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: Path) -> Iterator[Path]:
    """A folder with files that are wrong in some way, and nothing else; at the end there is nothing more."""
    monkeypatch.chdir(tmp_path)
    head = 'title = "x"\nsource = ["project"]\n'
    texts = {"wrong.toml": "a = 1\n", "late.toml": f"{head}start = 2049-01-01\n", "study.toml": of()}
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
    Path("full").mkdir()
    Path("full/mine").write_text("", encoding="utf-8")
    Path("stored").symlink_to(stored)
    before = sorted(tmp_path.rglob("*"))
    with patch.object(simulate, "run_chunk", _computed):
        yield tmp_path
    assert sorted(tmp_path.rglob("*")) == before


def refused(command: str) -> str:
    """Return what a command says that ends with exit code 2."""
    said, ends = io.StringIO(), list[int]()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        patch.object(sys, "argv", ["premortem", *command.split()]),
        patch.object(streams, "leave", ends.append),
        patch.object(streams, "interruptible", contextlib.nullcontext),
    ):
        main()
    assert ends == [2], said.getvalue()
    return " ".join(said.getvalue().split())


@pytest.mark.parametrize("what", STUDIES)
def test_a_study_that_cannot_be_run(here: Path, what: str) -> None:
    text, cure = STUDIES[what]
    (here / "study.toml").write_text(text, encoding="utf-8")
    said = refused("study run study.toml --out s")
    assert all(words in said for words in cure), said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_asks_for_what_there_is_not(here: Path, command: str) -> None:
    said = refused(command)
    assert all(words in said for words in COMMANDS[command]), said


@pytest.mark.parametrize("what", EXTRAS)
def test_a_library_that_is_not_installed(here: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    library, command, extra = EXTRAS[what]
    if library == "SALib":
        (here / "study.toml").write_text(of(design=f'"{what}"'), encoding="utf-8")
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, library, None)
    assert extra in refused(command)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("command", ["run kingpin --out s", "study run study.toml --out s"])
def test_a_setting_under_which_results_would_be_others(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    monkeypatch.setenv(name, SETTINGS[name])
    assert name in refused(command)
