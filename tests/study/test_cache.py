"""The user's cache of units: the same numbers, never another question's, whatever happens to its files."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from typer.testing import CliRunner

from premortem.cli.main import build
from premortem.engine import compilation, simulate
from premortem.errors import InputError
from premortem.model.controls import Branch
from premortem.study.cache import Cache, key_of
from premortem.study.chunks import Chunk, run
from premortem.study.executors import Threads
from premortem.study.run import conduct
from premortem.study.store import Store
from tests.study.toy_recipe import MODEL, ToySource

PLENTY = 10**9
ROWS = np.arange(3)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(compilation, "signature", lambda model: "of toys")
    return Cache(tmp_path / "units", PLENTY)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with every chunk that is simulated."""
    calls: list[int] = []
    really: Callable[..., Any] = simulate.run_chunk

    def counting(*arguments: Any) -> Any:
        calls.append(1)
        return really(*arguments)

    monkeypatch.setattr(simulate, "run_chunk", counting)
    return calls


def study(folder: Path, source: ToySource, cache: Cache | None, **how: Any) -> str:
    store = Store.create(folder, source)
    conduct(store, source, cache=cache, **how)
    return store.digest()


def test_a_study_from_the_cache_is_the_study_that_was_simulated(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = counted(monkeypatch)
    plain = study(tmp_path / "plain", ToySource(poison=3), None)
    chunks = len(calls)
    assert study(tmp_path / "first", ToySource(poison=3), cache) == plain
    assert len(calls) == 2 * chunks
    assert study(tmp_path / "again", ToySource(poison=3), cache, executor=Threads(2)) == plain
    assert len(calls) == 2 * chunks, "nothing was simulated"
    for one, other in zip(
        sorted((tmp_path / "plain").rglob("c/*")), sorted((tmp_path / "again").rglob("c/*")), strict=True
    ):
        assert one.is_dir() or one.read_bytes() == other.read_bytes()


def test_another_plan_is_simulated_and_the_baseline_is_not(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    study(tmp_path / "first", ToySource(("arrest_1", "arrest_5"), futures=40), cache)
    calls = counted(monkeypatch)
    found = study(tmp_path / "second", ToySource(("arrest_1", "arrest_9"), futures=40), cache)
    assert len(calls) == 1
    assert found == study(tmp_path / "plain", ToySource(("arrest_1", "arrest_9"), futures=40), None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :],
        lambda content: b"another" + content[7:],
    ],
    ids=["empty", "cut short", "a byte changed", "of another version"],
)
def test_a_damaged_unit_is_simulated_again_and_put_right(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[bytes], bytes]
) -> None:
    source = ToySource(("arrest_1",), futures=40)
    plain = study(tmp_path / "first", source, cache)
    (unit,) = cache.units()
    whole = unit.read_bytes()
    unit.write_bytes(spoil(whole))
    calls = counted(monkeypatch)
    assert study(tmp_path / "again", source, cache) == plain
    assert len(calls) == 1
    assert unit.read_bytes() == whole


def test_units_under_each_others_names_are_simulated_again(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ToySource(("arrest_1", "arrest_2"), futures=40)
    plain = study(tmp_path / "first", source, cache)
    one, other = cache.units()
    whole = {unit: unit.read_bytes() for unit in (one, other)}
    one.write_bytes(whole[other])
    other.write_bytes(whole[one])
    calls = counted(monkeypatch)
    assert study(tmp_path / "again", source, cache) == plain
    assert calls
    assert {unit: unit.read_bytes() for unit in (one, other)} == whole


def test_a_cache_that_cannot_be_written_is_read(tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ToySource(("arrest_1",), futures=40)
    plain = study(tmp_path / "first", source, cache)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError

    for name in ("mkdir", "write_bytes", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(os, "utime", refuse)
    calls = counted(monkeypatch)
    (unit,) = cache.units()
    key = unit.name.partition(".")[0]
    assert cache.get(key) is not None
    result = run(dataclasses.replace(source, seed=2), Chunk(0, 0), cache)
    assert len(calls) == 1
    assert result.failed == 0
    assert cache.units() == [unit]
    monkeypatch.undo()
    assert study(tmp_path / "again", source, cache) == plain


def test_the_units_used_longest_ago_make_room(tmp_path: Path, cache: Cache) -> None:
    study(tmp_path / "first", ToySource(("arrest_1", "arrest_2", "arrest_3"), futures=40), cache)
    units = cache.units()
    for age, unit in enumerate(reversed(units)):
        os.utime(unit, (1e9 - age, 1e9 - age))
    size = max(unit.stat().st_size for unit in units)
    cache.get(units[-1].name.partition(".")[0])  # the oldest by its time, now used
    small = dataclasses.replace(cache, most=int(3.5 * size))
    study(tmp_path / "second", ToySource(("arrest_4",), futures=40), small)
    left = small.units()
    assert small.bytes() <= small.most
    assert units[-1] in left
    assert len(left) == 2


def test_whatever_a_simulation_reads_is_in_the_key(cache: Cache) -> None:
    source = ToySource()
    setup = source.inputs(0, ROWS).setup
    branch = Branch("b", (("number", 1.0),), 1, 0)
    asked: dict[str, tuple[Any, ...]] = {
        "as it is": (MODEL, setup, 1, ROWS, 52),
        "another seed": (MODEL, setup, 2, ROWS, 52),
        "other luck": (MODEL, setup, 1, ROWS + 1, 52),
        "longer": (MODEL, setup, 1, ROWS, 104),
        "another plan": (MODEL, source.inputs(1, ROWS).setup, 1, ROWS, 52),
        "another branch": (
            MODEL,
            dataclasses.replace(setup, controls=dataclasses.replace(setup.controls, branches=(branch,))),
            1,
            ROWS,
            52,
        ),
    }
    keys = {why: key_of(*question) for why, question in asked.items()}
    assert len(set(keys.values())) == len(keys)
    leaves, tree = jax.tree.flatten(setup)
    for number, leaf in enumerate(leaves):
        other = np.array(leaf)
        if other.size:
            other.flat[0] = other.flat[0] == 0
            changed = jax.tree.unflatten(tree, [*leaves[:number], other, *leaves[number + 1 :]])
            assert key_of(MODEL, changed, 1, ROWS, 52) != keys["as it is"], f"leaf {number}"
    assert key_of(MODEL, source.inputs(0, ROWS).setup, 1, ROWS, 52) == keys["as it is"]


def test_mechanisms_of_somebody_else_are_not_kept() -> None:
    assert compilation.signature(MODEL) == ""


def test_the_cap_is_a_number_and_nought_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PREMORTEM_CACHE", str(tmp_path))
    monkeypatch.setenv("PREMORTEM_CACHE_MB", "7")
    assert Cache.of_user() == Cache(tmp_path / "units", 7_000_000)
    monkeypatch.setenv("PREMORTEM_CACHE_MB", "0")
    assert Cache.of_user() is None
    monkeypatch.setenv("PREMORTEM_CACHE_MB", "much")
    with pytest.raises(InputError, match="much"):
        Cache.of_user()


def test_clear_removes_units_and_what_killed_writers_left_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    units, program = tmp_path / "units", tmp_path / "xla/program"
    for file in (units / "a.unit", units / "b.unit", units / "c.0f.partial", program):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * 1_000_000)
    monkeypatch.setenv("PREMORTEM_CACHE", str(tmp_path))
    monkeypatch.setenv("PREMORTEM_CACHE_MB", "0")  # none are kept any more; those that are there can be removed
    asked = ["cache", "clear"]
    result = CliRunner().invoke(build(asked), asked)
    assert result.exit_code == 0
    assert "Removed 2 units, 3 MB." in result.stdout
    assert not list(units.iterdir())
    assert program.exists()
    assert "Removed 0 units, 0 MB." in CliRunner().invoke(build(asked), asked).stdout


def test_what_killed_writers_left_goes_when_a_unit_is_written(tmp_path: Path, cache: Cache) -> None:
    cache.folder.mkdir()
    left, written = cache.folder / "a.0f.partial", cache.folder / "b.0f.partial"
    for file in (left, written):
        file.write_bytes(b"x")
    os.utime(left, (1e9, 1e9))
    study(tmp_path / "first", ToySource(("arrest_1",), futures=40), cache)
    assert not left.exists()
    assert written.exists(), "another process may be writing it"
