"""Folders of runs that hindcasts and published effects are scored from: what is not what was written is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import premortem as pm
from premortem.calibration.kept import SUMS, checked
from premortem.errors import RunError


def write(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        np.savez_compressed(folder / name, values=np.random.default_rng(number).random(100))


def flipped(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": flipped,
    "cut off": lambda file: file.write_bytes(file.read_bytes()[:-20]),
    "emptied": lambda file: file.write_bytes(b""),
    "text": lambda file: file.write_text("not an archive"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_damaged_file_is_named_whether_its_sum_was_written_or_not(tmp_path: Path, damage: str, sealed: bool) -> None:
    write(tmp_path, "a.npz", "b.npz")
    if sealed:
        with checked(tmp_path):
            pass
    with checked(tmp_path):  # whole
        pass
    if not sealed:
        (tmp_path / SUMS).unlink()
    DAMAGES[damage](tmp_path / "b.npz")
    with pytest.raises(RunError, match=r"b\.npz: is not what was written"), checked(tmp_path):
        pytest.fail("it was read")
    (tmp_path / "b.npz").unlink()
    with checked(tmp_path):
        write(tmp_path, "c.npz")


def test_a_file_under_another_name_is_refused_and_what_a_stopped_call_made_is_sealed(tmp_path: Path) -> None:
    def stopped() -> None:
        with checked(tmp_path):
            write(tmp_path, "a.npz", "b.npz")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    shutil.copyfile(tmp_path / "a.npz", tmp_path / "b.npz")
    with pytest.raises(RunError, match=r"b\.npz"), checked(tmp_path):
        pytest.fail("it was read")
    (tmp_path / SUMS).write_text("[]")
    with pytest.raises(RunError, match=SUMS), checked(tmp_path):
        pytest.fail("it was read")


@pytest.mark.parametrize("put", [Path.rename, shutil.copyfile])
def test_a_file_under_a_name_that_nobody_knows_is_refused(tmp_path: Path, put: Callable[[Path, Path], object]) -> None:
    with checked(tmp_path):
        write(tmp_path, "2018-12.npz", "2019-06.npz")
    put(tmp_path / "2018-12.npz", tmp_path / "2019-03.npz")
    with pytest.raises(RunError, match=r"2019-03\.npz: is not what was written"), checked(tmp_path):
        pytest.fail("it was read")
    (tmp_path / "2019-03.npz").unlink()
    with checked(tmp_path):  # what a removal leaves is computed again
        write(tmp_path, "2018-12.npz")


def test_both_who_keep_runs_hold_to_it(tmp_path: Path) -> None:
    write(tmp_path, "2020-03.npz")
    flipped(tmp_path / "2020-03.npz")
    with pytest.raises(RunError, match="is not what was written"):
        pm.hindcast("2020-03", "2020-03", runs=tmp_path)
    with pytest.raises(RunError, match="is not what was written"):
        pm.validate(again=True, runs=tmp_path)
