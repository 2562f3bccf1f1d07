"""Notebooks are executed by ``scripts/notebooks`` from sources beside them, and are what their sources say."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "docs" / "notebooks"
SOURCES = sorted(NOTEBOOKS.glob("*.py"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = spec_from_file_location("notebooks", ROOT / "scripts" / "notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_source_is_executed_cell_by_cell(script: ModuleType) -> None:
    made = script.executed("# %% [markdown]\n# # Title\n# Words.\n\n# %%\nx = 2\nprint(x)\nx + 1\n\n# %%\nx * 2\n")
    text, first, second = made["cells"]
    assert text["source"] == "# Title\nWords."
    assert [output["output_type"] for output in first["outputs"]] == ["stream", "display_data"]
    assert first["outputs"][0]["text"] == "2\n"
    assert first["outputs"][1]["data"] == {"text/plain": "3"}
    assert second["outputs"][0]["data"]["text/plain"] == "4", "one namespace for all cells"
    assert json.loads(json.dumps(made)) == made


def test_a_cell_that_fails_is_an_error_and_no_notebook(script: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError):
        script.executed("# %%\n1 / 0\n")


def test_every_notebook_has_a_source_and_says_what_it_says(script: ModuleType) -> None:
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} <= {path.stem for path in SOURCES}
    for source in SOURCES:
        cells = list(script.cells(source.read_text(encoding="utf-8")))
        assert any(kind == "code" for kind, _ in cells)
        compile("\n".join(text for kind, text in cells if kind == "code"), source.name, "exec")
        if (notebook := source.with_suffix(".ipynb")).exists():
            made = json.loads(notebook.read_text(encoding="utf-8"))
            assert [(cell["cell_type"], cell["source"]) for cell in made["cells"]] == cells


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_notebooks_run(script: ModuleType, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script.executed(source.read_text(encoding="utf-8"))
