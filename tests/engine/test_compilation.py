from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from premortem.engine import compilation
from premortem.engine.week import Model
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


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(compilation, "_folder", tmp_path / "file")
    new_process()
    assert answer() == [1, 2, 3]
    compilation._programs.clear()


def test_mechanisms_that_are_not_the_packages_are_never_kept(folder: Path) -> None:
    assert answer(Model((FIGHT,))) == [1, 2, 3]
    assert list(folder.iterdir()) == []
