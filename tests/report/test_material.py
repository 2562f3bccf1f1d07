import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from premortem.errors import InputError, PremortemError
from premortem.model.units import FUTURES_PER_CHUNK
from premortem.report import brief, page
from premortem.report.brief import Brief
from premortem.report.material import read
from premortem.study.chunks import Chunk
from premortem.study.store import Store
from premortem.wording.languages import messages
from tests.report.runs import FUTURES, Invented, make


def keys(folder: Path) -> set[str]:
    return {key for key, _ in read(Store.open(folder)).partial}


def test_a_whole_run_is_not_marked_as_partial(run: Path) -> None:
    assert keys(run) == set()


def test_an_unfinished_run_reports_what_is_there_and_says_so(tmp_path: Path) -> None:
    folder = make(tmp_path / "run", leave_out=[Chunk(1, 0), Chunk(1, 1)], finish=False)
    material = read(Store.open(folder))
    assert material.comparisons[0].futures == FUTURES_PER_CHUNK
    html = page.html(Brief(material, messages("en")))
    assert "Partial report" in html
    assert f"{FUTURES} of {2 * FUTURES} runs are done" in html


def test_a_run_with_one_plan_done_says_that_there_is_nothing_to_compare_yet(tmp_path: Path) -> None:
    folder = make(tmp_path / "run", leave_out=[Chunk(0, 1), Chunk(1, 1)], finish=False)
    with pytest.raises(InputError, match="resume"):
        read(Store.open(folder))


def test_lost_trajectories_and_draws_are_left_out_and_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "run")
    shutil.rmtree(folder / "trajectories.zarr")
    (folder / "draws.parquet").write_bytes(b"not parquet")
    assert keys(folder) == {"partial_trajectories", "partial_draws"}
    assert "Partial report" in page.html(brief.read(str(folder), messages("en")))


@pytest.mark.parametrize("damage", [b"", b"PAR1 not a table"])
def test_damaged_results_are_a_clear_error(tmp_path: Path, damage: bytes) -> None:
    folder = make(tmp_path / "run")
    (folder / "outcomes.parquet").write_bytes(damage)
    with pytest.raises(PremortemError, match="cannot be read"):
        read(Store.open(folder))


def test_no_study_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no study"):
        read(Store.open(tmp_path))


def test_a_plan_that_has_changed_since_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "run")
    header = json.loads((folder / "provenance.json").read_text())
    header["source"]["plans"][1]["hash"] = "0" * 64
    (folder / "provenance.json").write_text(json.dumps(header))
    assert keys(folder) == {"partial_changed"}


def test_a_study_of_one_plan_has_nothing_to_compare(tmp_path: Path) -> None:
    folder = make(tmp_path / "run", Invented(plans=("status_quo",)))
    with pytest.raises(InputError, match="compares plans"):
        read(Store.open(folder))


def test_reporting_does_not_import_jax() -> None:
    check = "import sys, premortem.report.files, premortem.report.material; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)
