import dataclasses
import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from jax import export

from premortem.engine import compilation
from premortem.engine.week import Model
from premortem.errors import InputError
from premortem.model.campaign import Campaign
from premortem.model.conditions import NONE
from tests.model.toys import FIGHT

traced: list[str] = []


def doubled(model: Model, x: Any, y: dict[str, Any]) -> dict[str, Any]:
    traced.append("doubled")
    return {"sum": x + y["a"], "twice": (2.0 * x,)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return an empty cache, as a new process on a new machine has it."""
    monkeypatch.setattr(compilation, "_folder", tmp_path)
    new_process()
    yield tmp_path
    compilation._programs.clear()


def new_process() -> None:
    compilation._programs.clear()
    traced.clear()


def answer(model: Model | None = None) -> list[float]:
    x, y = np.arange(3, dtype=np.float32), {"a": np.ones(3, dtype=np.float32)}
    result = compilation.call(doubled, model or Model(()), x, y)
    assert np.asarray(result["twice"][0]).tolist() == [0, 2, 4]
    return [float(number) for number in result["sum"]]


def test_a_program_is_traced_once_on_a_machine(folder: Path) -> None:
    assert answer() == answer() == [1, 2, 3]
    assert traced == ["doubled"]
    new_process()
    assert answer() == [1, 2, 3]
    assert traced == []


@pytest.mark.parametrize("model", [Model(()), Model((FIGHT,))])
def test_a_program_is_known_by_shapes_before_there_are_numbers(folder: Path, model: Model) -> None:
    shape = jax.ShapeDtypeStruct((3,), np.float32)  # type: ignore[no-untyped-call]
    program = compilation.program(doubled, model, shape, {"a": shape})
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), program.result) == {
        "sum": ((3,), np.float32),
        "twice": (((3,), np.float32),),
    }
    assert answer(model) == [1, 2, 3]
    assert traced == ["doubled"]


def test_other_code_or_another_model_is_another_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer()
    answer(Model((), noise=False))
    new_process()
    monkeypatch.setattr(compilation, "_code", lambda: "changed")
    answer()
    assert traced == ["doubled"]
    assert len(list((folder / "programs").iterdir())) == 3


def test_a_damaged_cache_only_costs_time(folder: Path) -> None:
    answer()
    (file,) = (folder / "programs").iterdir()
    for content in (b"", b"nonsense", file.read_bytes()[:-40]):
        file.write_bytes(content)
        new_process()
        assert answer() == [1, 2, 3]
        assert traced == ["doubled"]


class Trap:
    """Unpickling it is seen."""

    def __reduce__(self) -> Any:
        return traced.append, ("executed",)


def test_what_is_foreign_in_the_cache_is_ignored_and_never_executed(folder: Path) -> None:
    answer()
    (file,) = (folder / "programs").iterdir()
    other = export.export(jax.jit(lambda x: x + 1.0))(np.float32(1)).serialize()
    whole = hashlib.sha256(other).digest() + bytes(other)
    for content in (pickle.dumps((Trap(), Trap())), bytes(other), b"premortem program 0\n" + whole):
        file.write_bytes(content)
        new_process()
        assert answer() == [1, 2, 3]
        assert traced == ["doubled"]


def test_records_come_back_from_the_cache_with_all_that_they_hold(folder: Path) -> None:
    """A state of the whole model, and what is static in a record, through a file."""

    def record(model: Model, x: Any) -> Any:
        traced.append("record")
        return Campaign(x, 2.0 * x, 3.0 * x, 4.0 * x, 5.0 * x), dataclasses.replace(NONE, numbers=x)

    for expected in (["record"], []):
        new_process()
        campaign, conditions = compilation.call(record, Model(()), np.ones(2, np.float32))
        assert traced == expected
        assert campaign.windows.tolist() == [5, 5]
        assert conditions.window_weeks == NONE.window_weeks


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(compilation, "_folder", tmp_path / "file")
    new_process()
    assert answer() == [1, 2, 3]
    compilation._programs.clear()


def test_mechanisms_that_are_not_the_packages_are_never_kept(folder: Path) -> None:
    assert answer(Model((FIGHT,))) == [1, 2, 3]
    assert list(folder.iterdir()) == []


SET_BY_LIBRARIES = ("TF_CPP_MIN_LOG_LEVEL", "TPU_SKIP_MDS_QUERY", "_RJEM_MALLOC_CONF")
"""What JAX and Polars set in this process, where a test imports them."""

IMPORTED = """
import importlib, os, pkgutil
before = dict(os.environ)
import premortem
for module in pkgutil.walk_packages(premortem.__path__, "premortem."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
    assert dict(os.environ) == before, (module.name, set(os.environ.items()) ^ set(before.items()))
from premortem.arrays import jax
assert jax.config.jax_compilation_cache_dir is None, "importing sets up a cache"
"""

CONFIGURED = """
import os
before = dict(os.environ)
from premortem.engine import compilation
compilation.configure()
compilation.configure()
assert dict(os.environ) == before
import jax, jax.numpy as jnp
print(jax.config.jax_compilation_cache_dir)
rows = jax.vmap(lambda a, i: a.at[i].set(1.0))(jnp.zeros((5, 3)), jnp.arange(5) % 3)
assert rows.sum() == 5, "what others compile in this process is whole"
"""


def in_a_fresh_process(code: str, **environment: str) -> str:
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in {"XLA_FLAGS", "PREMORTEM_ENGINE", *SET_BY_LIBRARIES}
    }
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code],
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_premortem_changes_nothing_in_the_process() -> None:
    in_a_fresh_process(IMPORTED)


def test_configuring_leaves_the_environment_and_the_programs_of_others_alone(tmp_path: Path) -> None:
    assert str(tmp_path / "xla") in in_a_fresh_process(CONFIGURED, PREMORTEM_CACHE=str(tmp_path))


def test_an_unknown_engine_is_an_error_that_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREMORTEM_ENGINE", "steam")
    with pytest.raises(InputError, match="steam") as error:
        compilation.configure()
    assert "vmap" in str(error.value)


def test_importing_the_engine_starts_no_computation() -> None:
    """XLA reads our flags when it starts: an array made at import would start it without them, and compiling would take twice as long."""
    code = "import premortem.study.experiment; from jax._src import xla_bridge; assert not xla_bridge.backends_are_initialized()"
    subprocess.run([sys.executable, "-c", code], check=True)
