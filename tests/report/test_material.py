import subprocess
import sys
from pathlib import Path

import pytest

from premortem.errors import InputError, RunError
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


@pytest.mark.parametrize(
    "name",
    ["outcomes.parquet/0001-000000.parquet", "draws.parquet/0000-000000.parquet", "trajectories.zarr/weekly/c/0/0/1/0"],
)
def test_of_a_damaged_run_there_is_no_report(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path / "run")
    (folder / name).write_bytes(b"PAR1 not a table")
    with pytest.raises(RunError, match=rf"{name} is not what was written.*study verify"):
        page.html(brief.read(str(folder), messages("en")))


def test_no_study_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no study"):
        read(Store.open(tmp_path))


def test_a_plan_that_has_changed_since_is_named(tmp_path: Path) -> None:
    folder = make(tmp_path / "run")
    store = Store.open(folder)
    recipe = store.provenance.recipe
    older = tuple(one.model_copy(update={"hash": "0" * 64}) for one in recipe.plans[1:])
    changed = recipe.model_copy(update={"plans": (recipe.plans[0], *older)})
    about = store.provenance.model_copy(update={"recipe": changed})
    assert {key for key, _ in read(Store(store.folder, about, store.seals)).partial} == {"partial_changed"}


def test_a_study_of_one_plan_has_nothing_to_compare(tmp_path: Path) -> None:
    folder = make(tmp_path / "run", Invented(plans=("status_quo",)))
    with pytest.raises(InputError, match="compares plans"):
        read(Store.open(folder))


def test_reporting_does_not_import_jax() -> None:
    check = "import sys, premortem.report.files, premortem.report.material; assert 'jax' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)
